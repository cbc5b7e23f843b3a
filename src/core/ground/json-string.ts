const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g
const SIGNS: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/**
 * The text of a JSON string that is given without its quotes; null for an escape that JSON does not have. `JSON.parse` would enter the text into
 * the engine's table of names, see `docs/adr/0096`.
 */
export function decodeJsonString(written: string): string | null {
  if (written.replace(ESCAPE, '').includes('\\')) return null
  return written.replace(ESCAPE, (_, unit: string | undefined, sign: string) =>
    unit === undefined ? (SIGNS[sign] ?? sign) : String.fromCharCode(Number.parseInt(unit, 16)),
  )
}
