/** A JSON schema of the document. It is typed loosely, because a generator made it. */
export interface JsonSchema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  description?: string
  default?: unknown
  example?: unknown
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
}

/** The name of the shared schema that a reference points to; null for another schema. */
export function referredName({ $ref }: JsonSchema): string | null {
  return $ref === undefined ? null : $ref.slice($ref.lastIndexOf('/') + 1)
}

/** The types of a schema in words, for example `string | null`; shared schemas by `name`. */
export function typeText(schema: JsonSchema, name: (shared: string) => string): string {
  const shared = referredName(schema)
  if (shared !== null) return name(shared)
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives !== undefined) return unique(alternatives.map((each) => typeText(each, name))).join(' | ')
  const [base, ...more] = schema.allOf ?? []
  if (base !== undefined)
    return unique([base, ...more].filter(isTyped).map((each) => typeText(each, name))).join(' & ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const types = schema.type === undefined ? ['any'] : [schema.type].flat()
  return types.map((type) => (type === 'array' ? `array of ${itemText(schema, name)}` : type)).join(' | ')
}

/** Follows a reference to the schema that it names. */
export function resolverOf(schemas: Record<string, JsonSchema>): (schema: JsonSchema) => JsonSchema {
  return function resolve(schema): JsonSchema {
    const name = referredName(schema)
    const target = name === null ? undefined : schemas[name]
    return target === undefined ? schema : resolve(target)
  }
}

/** The schema with the members of all its parts together, when it has several (`allOf`). */
export function wholeOf(schema: JsonSchema, resolve: (schema: JsonSchema) => JsonSchema): JsonSchema {
  const full = resolve(schema)
  if (full.allOf === undefined) return full
  const { allOf, ...rest } = full
  const parts = [...allOf.map((part) => wholeOf(part, resolve)), rest]
  return {
    ...rest,
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required = [] }) => required),
  }
}

/** The members of the schema itself, of its items or of its parts, without those of schemas that it refers to. */
export function ownMembers(schema: JsonSchema): Pick<JsonSchema, 'properties' | 'required'> {
  if (schema.properties !== undefined) return schema
  const parts = [schema.items, ...(schema.allOf ?? []), ...(schema.anyOf ?? [])]
  return parts.find((part) => part?.properties !== undefined) ?? {}
}

/** The bounds of a schema in words; empty for none. */
export function boundsText(schema: JsonSchema): string {
  const { format, pattern, minimum, maximum, minLength, maxLength, minItems, maxItems } = schema
  const facts = [
    format,
    rangeText(minimum, maximum, ''),
    rangeText(minLength, maxLength, ' characters'),
    rangeText(minItems, maxItems, ' items'),
    pattern === undefined ? undefined : `matches ${pattern}`,
    schema.default === undefined ? undefined : `default ${JSON.stringify(schema.default)}`,
  ]
  return facts.filter((fact) => fact !== undefined).join(', ')
}

/**
 * A value that the schema allows, made of its examples. Optional members without an example are left out, so the value shows the usual
 * case and not every possible member.
 */
export function exampleOf(schema: JsonSchema, resolve: (schema: JsonSchema) => JsonSchema): unknown {
  const full = resolve(schema)
  if (full.example !== undefined) return full.example
  if (full.const !== undefined) return full.const
  if (full.default !== undefined) return full.default
  if (full.enum !== undefined) return full.enum[0]
  const [first] = full.anyOf ?? full.oneOf ?? []
  if (first !== undefined) return exampleOf(first, resolve)
  if (full.allOf !== undefined)
    return Object.assign({}, ...full.allOf.filter(isTyped).map((each) => exampleOf(each, resolve)))
  if (full.properties !== undefined) return exampleObject(full, resolve)
  switch ([full.type].flat()[0]) {
    case 'array':
      return full.items === undefined ? [] : [exampleOf(full.items, resolve)]
    case 'object':
      return {}
    case 'integer':
    case 'number':
      return full.minimum ?? 0
    case 'boolean':
      return false
    case 'null':
      return null
    default:
      return EXAMPLE_OF_FORMAT[full.format ?? ''] ?? 'text'
  }
}

const EXAMPLE_OF_FORMAT: Record<string, string> = {
  uuid: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e',
  'date-time': '2026-11-22T12:00:00.000Z',
  email: 'ada@example.com',
}

function exampleObject(
  { properties = {}, required = [] }: JsonSchema,
  resolve: (schema: JsonSchema) => JsonSchema,
): object {
  const shown = Object.entries(properties).filter(
    ([name, member]) => required.includes(name) || resolve(member).example !== undefined,
  )
  return Object.fromEntries(shown.map(([name, member]) => [name, exampleOf(member, resolve)]))
}

function itemText({ items }: JsonSchema, name: (shared: string) => string): string {
  const text = items === undefined ? 'any' : typeText(items, name)
  return text.includes(' | ') ? `(${text})` : text
}

function isTyped(schema: JsonSchema): boolean {
  return schema.$ref !== undefined || schema.type !== undefined
}

function rangeText(least: number | undefined, most: number | undefined, unit: string): string | undefined {
  if (least === undefined && most === undefined) return undefined
  if (least === undefined) return `at most ${most}${unit}`
  if (most === undefined) return `at least ${least}${unit}`
  return least === most ? `exactly ${least}${unit}` : `${least} to ${most}${unit}`
}

function unique(texts: string[]): string[] {
  return [...new Set(texts)]
}
