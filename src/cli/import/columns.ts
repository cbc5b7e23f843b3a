import { isRow, type Row } from './records.ts'

// Exporting programs write the same thing in several ways: names in camel or snake case, a missing value as an empty cell or as \N, lists
// as JSON or in PostgreSQL's form.

/** One row cannot be imported; the others can. Its contents may be a secret, so the message does not quote them. */
export class RowError extends Error {
  override readonly name = 'RowError'
}

/** The value of a column, by any of its names; undefined when it is empty. */
export function cellOf(row: Row, ...names: string[]): unknown {
  for (const name of names.flatMap((each) => [each, snake(each)])) {
    const value = row[name]
    if (value !== undefined && value !== null && value !== '' && value !== '\\N' && value !== 'NULL')
      return value
  }
  return undefined
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** The same as text. A list or an object is refused: it may say when the key ends, as MongoDB writes times. */
export function textIn(row: Row, ...names: string[]): string | undefined {
  const value = cellOf(row, ...names)
  if (typeof value === 'object') throw new RowError(`${names[0]}: Must be one value.`)
  return value === undefined ? undefined : String(value)
}

/** The same as a number. */
export function numberIn(row: Row, ...names: string[]): number | undefined {
  const text = textIn(row, ...names)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isFinite(value)) throw new RowError(`${names[0]}: Must be a number.`)
  return value
}

const SWITCHES = new Map([
  ...['true', 't', 'yes', 'y', 'on', '1'].map((text) => [text, true] as const),
  ...['false', 'f', 'no', 'n', 'off', '0'].map((text) => [text, false] as const),
])

/** The same as a boolean. Any other value is refused: it may have been meant to disable the key. */
export function switchIn(row: Row, ...names: string[]): boolean | undefined {
  const text = textIn(row, ...names)
  if (text === undefined) return undefined
  const value = SWITCHES.get(text.trim().toLowerCase())
  if (value === undefined) throw new RowError(`${names[0]}: Must be true or false.`)
  return value
}

/** The same as parsed JSON. */
export function structureIn(row: Row, ...names: string[]): unknown {
  const value = cellOf(row, ...names)
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return /^\{.*\}$/.test(value)
      ? value
          .slice(1, -1)
          .split(',')
          .filter((each) => each !== '')
      : undefined
  }
}

/** The same as a list of texts. */
export function listIn(row: Row, ...names: string[]): string[] {
  const value = structureIn(row, ...names)
  return Array.isArray(value) ? value.map(String) : []
}

/** The same as a list of objects, or one object. Anything else is refused: it may have been meant to restrict the key. */
export function objectsIn(row: Row, name: string): Row[] {
  if (cellOf(row, name) === undefined) return []
  const value = structureIn(row, name)
  const all: unknown[] = Array.isArray(value) ? value : [value]
  if (!all.every(isRow)) throw new RowError(`${name}: Must be an object, or a list of them.`)
  return all
}

/** The same as an instant: a time without a zone is UTC, and a number is milliseconds since 1970. */
export function momentOf(row: Row, ...names: string[]): string | undefined {
  const value = textIn(row, ...names)
  if (value === undefined) return undefined
  if (/^\d{9,15}$/.test(value)) return new Date(Number(value)).toISOString()
  const iso = value
    .trim()
    .replace(' ', 'T')
    .replace(/(T.*[+-]\d\d)$/, '$1:00')
  const at = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(iso) || !iso.includes('T') ? iso : `${iso}Z`)
  // An invalid time is passed on unchanged, and the server reports it.
  return Number.isNaN(at) ? value : new Date(at).toISOString()
}

const HEX = /^(?:sha256[_:])?([0-9a-fA-F]{64})$/
const BASE64 = /^(?:sha256[_:])?([0-9A-Za-z+/_-]{43})=?$/

/** The hex form of a SHA-256 in hex, base64 or base64url; null for any other text. */
export function digestIn(text: string): string | null {
  const [, hex] = HEX.exec(text) ?? []
  if (hex !== undefined) return hex.toLowerCase()
  const [, base64] = BASE64.exec(text) ?? []
  return base64 === undefined ? null : Buffer.from(base64, 'base64url').toString('hex')
}
