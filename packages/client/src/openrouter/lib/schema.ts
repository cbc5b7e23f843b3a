/** One thing that does not fit, and where. Holds kinds, never values: a value may be a secret. */
export interface Issue {
  /** The place, from the outside in. */
  path: readonly (string | number)[]
  /** The expected type, and the received one. */
  message: string
}

/** Turns a foreign value into a T, or adds why it cannot be one. */
export type Schema<T> = (value: unknown, issues: Issue[], path: readonly (string | number)[]) => T

/** One schema per member of T. */
export type Members<T> = { [Name in keyof T]-?: Schema<T[Name]> }

/** Any text. */
export const text: Schema<string> = (value, issues, path) =>
  fit(typeof value === 'string', 'string', value, issues, path)

/** A number that JSON can carry. */
export const number: Schema<number> = (value, issues, path) =>
  fit(Number.isFinite(value), 'number', value, issues, path)

/** A number without a fraction. */
export const integer: Schema<number> = (value, issues, path) =>
  fit(Number.isSafeInteger(value), 'integer', value, issues, path)

/** True or false. */
export const flag: Schema<boolean> = (value, issues, path) =>
  fit(typeof value === 'boolean', 'boolean', value, issues, path)

/** True alone. */
export const yes: Schema<true> = (value, issues, path) => fit(value === true, 'true', value, issues, path)

/** An object with members of any kind. */
// biome-ignore lint/suspicious/noExplicitAny: the type that users of the official client have here.
export const record: Schema<Record<string, any>> = (value, issues, path) =>
  fit(isObject(value), 'object', value, issues, path)

/** A Date, which leaves as RFC 3339 in UTC. */
export const dateOut: Schema<string> = (value, issues, path) => {
  const valid = value instanceof Date && !Number.isNaN(value.getTime())
  return valid ? value.toISOString() : fit(false, 'a valid Date', value, issues, path)
}

const INSTANT =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** RFC 3339 with seconds and an offset, which becomes a Date. */
export const dateIn: Schema<Date> = (value, issues, path) => {
  const day = typeof value === 'string' ? INSTANT.exec(value)?.[1] : undefined
  const midnight = new Date(`${day}T00:00:00Z`)
  // Some engines read 30 February as a day in March.
  const exists = !Number.isNaN(midnight.getTime()) && midnight.toISOString().slice(0, 10) === day
  return exists ? new Date(value as string) : fit(false, 'RFC 3339 date-time', value, issues, path)
}

/** A T or null. */
export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return (value, issues, path) => (value === null ? null : schema(value, issues, path))
}

/** A T or nothing. */
export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return (value, issues, path) => (value === undefined ? undefined : schema(value, issues, path))
}

/** A list of T. */
export function list<T>(schema: Schema<T>): Schema<T[]> {
  return (value, issues, path) =>
    Array.isArray(value)
      ? // A list with a million errors reports only the first of them.
        value.map((item, index) => (issues.length < ISSUES ? schema(item, issues, [...path, index]) : item))
      : fit(false, 'array', value, issues, path)
}

/** An object of the wire, whose snake_case members become camelCase. Members that are not named are dropped. */
export function incoming<T>(members: Members<T>): Schema<T> {
  return object(members, wireName, (name) => name)
}

/** An object of the caller, whose camelCase members become snake_case. Members that are not named are dropped. */
export function outgoing<T>(
  members: { [Name in keyof T]-?: Schema<unknown> },
): Schema<Record<string, unknown>> {
  return object(members as Members<Record<string, unknown>>, (name) => name, wireName)
}

function object<T>(
  members: Members<T>,
  from: (name: string) => string,
  to: (name: string) => string,
): Schema<T> {
  return (value, issues, path) => {
    if (!isObject(value)) return fit(false, 'object', value, issues, path)
    const made: Record<string, unknown> = {}
    for (const [name, schema] of Object.entries<Schema<unknown>>(members)) {
      const member = schema(value[from(name)], issues, [...path, from(name)])
      if (member !== undefined) made[to(name)] = member
    }
    return made as T
  }
}

const ISSUES = 10_000

function fit<T>(fits: boolean, expected: string, value: unknown, issues: Issue[], path: Issue['path']): T {
  if (!fits) issues.push({ path, message: `expected ${expected}, received ${kindOf(value)}` })
  return value as T
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (value instanceof Date) return 'Date'
  return typeof value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wireName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** A path as people write it: `data[0].name`. */
export function pathText(path: Issue['path']): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${step}` : step),
    '',
  )
}
