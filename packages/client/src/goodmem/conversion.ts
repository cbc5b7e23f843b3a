import { ApiClientError } from './errors.ts'

/** A kind of value, as the generated models name it: a word, a class, a list of one kind or a map. */
export type Kind = string | ModelClass | readonly [Kind] | { readonly [key: string]: Kind }

/** The members of every model's class. */
export interface ModelClass {
  /** Reads a model from JSON. */
  constructFromObject(data: unknown, target?: never): unknown
}

/** Converts a JSON value to a kind. Null and undefined stay unchanged. */
export function convert(data: unknown, kind: Kind): unknown {
  if (data === null || data === undefined) return data
  if (typeof kind === 'function' || 'constructFromObject' in Object(kind)) {
    return (kind as ModelClass).constructFromObject(data)
  }
  if (Array.isArray(kind)) return Array.isArray(data) ? data.map((item) => convert(item, kind[0])) : data
  if (typeof kind === 'object') return convertMap(data, Object.entries(kind)[0]?.[1] ?? 'Object')
  switch (kind) {
    case 'Boolean':
      return Boolean(data)
    case 'Integer':
      return Number.parseInt(String(data), 10)
    case 'Number':
      return Number.parseFloat(String(data))
    case 'String':
      return String(data)
    case 'Date':
      return parseDate(data as string)
    default:
      return data
  }
}

/** A map whose values are all of one kind. */
function convertMap(data: unknown, kind: Kind): unknown {
  if (typeof data !== 'object') return data
  return Object.fromEntries(Object.entries(data as object).map(([key, value]) => [key, convert(value, kind)]))
}

/** The value of a JSON text; undefined for any other text. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A date of text, or of milliseconds since the epoch as a number or text. */
export function parseDate(text: string | number): Date {
  return new Date(Number.isNaN(Number(text)) ? text : Number(text))
}

/** Whether it is a number, or a text that is one. */
export function numeric(value: unknown): boolean {
  return typeof value === 'string' ? /^-?\d+$/.test(value) : Number.isFinite(value)
}

/** The members of a model and the kind of each. */
export type Fields = Readonly<Record<string, Kind>>

/** Copies the known members of `data` into a model; absent ones stay absent. */
export function fill<T extends object>(target: T, data: unknown, fields: Fields): T {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new ApiClientError(`Expected an object, not ${Array.isArray(data) ? 'an array' : typeof data}.`)
  }
  for (const [name, kind] of Object.entries(fields)) {
    if (Object.hasOwn(data, name)) Object.assign(target, { [name]: convert((data as never)[name], kind) })
  }
  return target
}

/** Throws when an existing member is not of its kind. Times may be numbers or text. */
export function check(data: unknown, fields: Fields): true {
  for (const [name, kind] of Object.entries(fields)) {
    const value = (data as Record<string, unknown> | null)?.[name]
    if (value === null || value === undefined) continue
    const fits =
      kind === 'Number'
        ? ['number', 'string'].includes(typeof value)
        : kind === 'Boolean' || kind === 'String'
          ? typeof value === kind.toLowerCase()
          : Array.isArray(kind) === Array.isArray(value) && typeof value === 'object'
    if (!fits)
      throw new ApiClientError(`Expected the field \`${name}\` to be ${nameOf(kind)}, not ${typeof value}.`)
  }
  return true
}

function nameOf(kind: Kind): string {
  if (typeof kind === 'string') return `a ${kind.toLowerCase()}`
  return Array.isArray(kind) ? 'an array' : 'an object'
}
