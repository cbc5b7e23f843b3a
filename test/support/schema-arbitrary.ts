import fc from 'fast-check'
import type { Schema } from './openapi.ts'

/** Values that a careless client may send anywhere: wrong types, extreme numbers, hostile texts. */
export const nastyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1e-7,
    1e308,
    2 ** 53 + 1,
    '',
    '0',
    '-1',
    'NaN',
    ' ',
    '\u202e',
    '😀',
    "'; DROP TABLE keys; --",
    '../../etc/passwd',
    '__proto__',
    'constructor',
    {},
    [],
    [[]],
    { toString: 1 },
  ),
  fc.string({ maxLength: 40 }),
  fc.string({ minLength: 300, maxLength: 400 }),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
)

/** Values that follow a schema, as far as a generator can read it. */
export function matching(
  schema: Schema,
  resolve: (schema: Schema) => Schema,
  depth = 0,
): fc.Arbitrary<unknown> {
  const {
    type,
    enum: choices,
    properties,
    required,
    items,
    additionalProperties,
    format,
    const: constant,
  } = resolve(schema) as {
    type?: string | string[]
    enum?: unknown[]
    properties?: Record<string, Schema>
    required?: string[]
    items?: Schema
    additionalProperties?: Schema | boolean
    format?: string
    const?: unknown
  }
  const full = resolve(schema)
  const inner = (each: Schema) => matching(each, resolve, depth + 1)
  if (depth > 6) return fc.constant(null)
  if (constant !== undefined) return fc.constant(constant)
  if (choices !== undefined) return fc.constantFrom(...choices)
  const alternatives = (full.oneOf ?? full.anyOf) as Schema[] | undefined
  if (alternatives !== undefined) return fc.oneof(...alternatives.map(inner))
  if (Array.isArray(type)) return fc.oneof(...type.map((each) => inner({ ...full, type: each })))
  if (properties !== undefined) {
    const members = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, inner(each)]))
    return fc.record(members, { requiredKeys: required ?? [] })
  }
  switch (type) {
    case 'object':
      return fc.dictionary(
        fc.stringMatching(/^[a-z]{1,8}$/),
        typeof additionalProperties === 'object' ? inner(additionalProperties) : nastyValue,
        { maxKeys: 3 },
      )
    case 'array':
      return fc.array(items === undefined ? nastyValue : inner(items), { maxLength: 3 })
    case 'integer':
      return fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer())
    case 'number':
      return fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'string':
      return stringOf(format, full.pattern as string | undefined)
    default:
      return nastyValue
  }
}

/** A value with one error: a member dropped, added or replaced, or the whole value replaced. */
export function broken(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(valid, fc.nat(), nastyValue, fc.constantFrom('drop', 'add', 'replace', 'swap'))
    .map(([value, place, nasty, how]) => {
      if (how === 'swap' || typeof value !== 'object' || value === null) return nasty
      const entries = Object.entries(value)
      if (how === 'add')
        return { ...value, [typeof nasty === 'string' && nasty !== '' ? nasty : 'surplus']: nasty }
      const target = entries[place % Math.max(1, entries.length)]?.[0]
      if (target === undefined) return nasty
      if (how === 'replace') return { ...value, [target]: nasty }
      return Object.fromEntries(entries.filter(([name]) => name !== target))
    })
}

function stringOf(format: string | undefined, pattern: string | undefined): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid()
  if (format === 'date-time')
    return fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map((date) => date.toISOString())
  if (format === 'email') return fc.emailAddress()
  if (pattern !== undefined)
    return fc.oneof({ weight: 3, arbitrary: fc.stringMatching(new RegExp(pattern)) }, fc.string())
  return fc.string({ maxLength: 30 })
}
