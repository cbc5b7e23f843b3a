import { DIALECT_MEMBERS } from './dialect-members.ts'
import { NATIVE_MEMBERS } from './native-members.ts'
import type { JsonSchema } from './schema-text.ts'

/** Descriptions of the form of a value, not of its meaning; they follow the meaning. */
const FORMS = new Set([
  'RFC 3339, UTC, milliseconds.',
  'USD as a decimal text.',
  '`<n>s|m|h|d`.',
  'Milliseconds since 1970.',
  'USD',
])

interface LooseDocument {
  components?: { schemas?: object }
  paths?: object
}

interface LooseOperation {
  operationId?: string
  parameters?: { name: string; in: string; description?: string; schema?: JsonSchema }[]
  requestBody?: { content?: Record<string, { schema?: JsonSchema }> }
  responses?: Record<string, LooseResponse>
}

interface LooseResponse {
  content?: Record<string, { schema?: JsonSchema }>
  headers?: Record<string, { description?: string; schema?: JsonSchema }>
}

/**
 * Gives every member of a schema, every parameter and every header a description: its own, or the one of its name in the tables.
 * Changes the document. A name that no table has stays without a description, and a test fails.
 */
export function describeMembers(document: LooseDocument): void {
  const schemas = (document.components?.schemas ?? {}) as Record<string, JsonSchema>
  for (const [name, schema] of Object.entries(schemas)) describeSchema(schema, [name])
  for (const item of Object.values(document.paths ?? {}))
    for (const operation of Object.values(item as Record<string, LooseOperation>))
      describeOperation(operation)
}

function describeOperation({
  operationId = '',
  parameters = [],
  requestBody,
  responses = {},
}: LooseOperation): void {
  for (const parameter of parameters) {
    const own = parameter.description ?? parameter.schema?.description
    const text = describedAs(own, [operationId], parameter.name)
    if (text !== undefined) parameter.description = text
  }
  for (const { content = {}, headers = {} } of [
    requestBody ?? {},
    ...Object.values(responses),
  ] as LooseResponse[]) {
    for (const { schema } of Object.values(content)) if (schema) describeSchema(schema, [operationId])
    for (const [name, header] of Object.entries(headers)) {
      const text = describedAs(header.description ?? header.schema?.description, [operationId], name)
      if (text !== undefined) header.description = text
    }
  }
}

function describeSchema(schema: JsonSchema, places: readonly string[]): void {
  // The generator writes the flags of a regular expression after it; patterns of JSON Schema are Unicode in any case.
  if (schema.pattern?.endsWith('/u')) schema.pattern = schema.pattern.slice(0, -'/u'.length)
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    liftDescription(member)
    const text = describedAs(member.description, places, name)
    if (text !== undefined) member.description = text
    describeSchema(member, [...places, name])
  }
  const parts = [schema.items, schema.additionalProperties, ...alternatives(schema)]
  for (const part of parts) if (typeof part === 'object') describeSchema(part, places)
}

/** A reference with its own description comes as two parts. OpenAPI 3.1 allows both side by side, and tools show that better. */
function liftDescription(member: JsonSchema): void {
  const [base, about, ...others] = member.allOf ?? []
  if (base?.$ref === undefined || about === undefined || others.length > 0) return
  const { description, ...rest } = about
  if (description === undefined || Object.keys(rest).length > 0) return
  delete member.allOf
  Object.assign(member, { $ref: base.$ref, description })
}

function alternatives({ anyOf = [], oneOf = [], allOf = [] }: JsonSchema): JsonSchema[] {
  return [...anyOf, ...oneOf, ...allOf]
}

/** The description of a member: the entry with the nearest parent, before the entry of the name alone. */
function describedAs(own: string | undefined, places: readonly string[], name: string): string | undefined {
  if (own !== undefined && !FORMS.has(own)) return own
  const names = [...places.toReversed().map((place) => `${place}.${name}`), name]
  const found = names
    .map((each) => NATIVE_MEMBERS[each] ?? DIALECT_MEMBERS[each])
    .find((text) => text !== undefined)
  return found !== undefined && own !== undefined ? `${found} ${own}` : (found ?? own)
}
