/** What every value takes beside its text, about. */
const VALUE_BYTES = 16

/** The bytes that a text takes in memory: one per character if all are ASCII. */
export function textBytes(text: string): number {
  const { length } = text
  return Buffer.byteLength(text) === length ? length : 2 * length
}

/** About the bytes that plain data takes in memory, with everything in it. A text that is in it twice counts twice. */
export function dataBytes(data: unknown): number {
  if (typeof data === 'string') return VALUE_BYTES + textBytes(data)
  if (typeof data !== 'object' || data === null) return VALUE_BYTES
  if (ArrayBuffer.isView(data)) return VALUE_BYTES + data.byteLength
  let bytes = VALUE_BYTES
  for (const member of data instanceof Map ? data.values() : Object.values(data)) bytes += dataBytes(member)
  return bytes
}
