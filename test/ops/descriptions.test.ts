import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { DIALECT_MEMBERS } from '../../src/http/reference/dialect-members.ts'
import { NATIVE_MEMBERS } from '../../src/http/reference/native-members.ts'
import type { JsonSchema } from '../../src/http/reference/schema-text.ts'
import { type TestApp, testApp } from '../support/app.ts'

interface Member {
  place: string
  description: string | undefined
}

interface LooseOperation {
  operationId: string
  parameters?: { name: string; description?: string }[]
  requestBody?: { content?: Record<string, { schema?: JsonSchema }> }
  responses: Record<string, LooseResponse>
}

interface LooseResponse {
  content?: Record<string, { schema?: JsonSchema }>
  headers?: Record<string, { description?: string }>
}

interface LooseDocument {
  components: {
    schemas: Record<string, JsonSchema>
    securitySchemes: Record<string, { description?: string }>
  }
  paths: Record<string, Record<string, LooseOperation>>
}

let app: TestApp
let document: LooseDocument
let members: Member[]

beforeAll(async () => {
  app = await testApp()
  document = (await app.call('GET', '/openapi.json', { key: null })).json
  members = everyMember(document)
})
afterAll(() => app.close())

/** Every member of every schema, and every parameter and header. */
function everyMember({ components, paths }: LooseDocument): Member[] {
  const operations = Object.values(paths).flatMap((item) => Object.values(item))
  return [
    ...Object.entries(components.schemas).flatMap(([name, schema]) => membersOf(schema, name)),
    ...Object.entries(components.securitySchemes).map(([place, { description }]) => ({ place, description })),
    ...operations.flatMap(({ operationId, parameters = [], requestBody, responses }) => [
      ...parameters.map(({ name, description }) => ({ place: `${operationId}?${name}`, description })),
      ...[requestBody ?? {}, ...Object.values(responses)].flatMap((part) => partsOf(part, operationId)),
    ]),
  ]
}

function partsOf({ content = {}, headers = {} }: LooseResponse, place: string): Member[] {
  return [
    ...Object.values(content).flatMap(({ schema }) => (schema === undefined ? [] : membersOf(schema, place))),
    ...Object.entries(headers).map(([name, { description }]) => ({ place: `${place} ${name}`, description })),
  ]
}

function membersOf(schema: JsonSchema, place: string): Member[] {
  const { properties = {}, items, additionalProperties, anyOf = [], oneOf = [], allOf = [] } = schema
  const below = [items, additionalProperties, ...anyOf, ...oneOf, ...allOf].filter(
    (part): part is JsonSchema => typeof part === 'object',
  )
  return [
    ...Object.entries(properties).flatMap(([name, member]) => [
      { place: `${place}.${name}`, description: member.description },
      ...membersOf(member, `${place}.${name}`),
    ]),
    ...below.flatMap((part) => membersOf(part, place)),
  ]
}

/** True for a text of at least three words that says more than the form of a value. */
function hasMeaning(description: string | undefined): boolean {
  if (description === undefined) return false
  return (
    description.split(' ').length >= 3 && !/^(RFC 3339|USD as a decimal|Milliseconds since)/.test(description)
  )
}

const SHORT = new Set([
  'The key.',
  'Always -1.',
  'Always 0.',
  'Says so.',
  'Always true.',
  'Without a meaning.',
])

describe('descriptions in /openapi.json', () => {
  test('every member, parameter and header has one', () => {
    const bare = members.filter(
      ({ description }) => !hasMeaning(description) && !SHORT.has(description ?? ''),
    )
    console.log(`members, parameters and headers: ${members.length}, without a description: ${bare.length}`)
    expect(bare).toEqual([])
    expect(members.length).toBeGreaterThan(900)
  })

  test('a member without one is noticed anywhere in the document', () => {
    const bare: JsonSchema = { type: 'object', properties: { lost: { type: 'string' } } }
    const hidden = [
      { items: bare },
      { allOf: [bare] },
      { anyOf: [{ type: 'null' }, bare] },
      { additionalProperties: bare },
      { properties: { outer: { ...bare, description: 'Something to look into.' } } },
    ]
    for (const schema of hidden)
      expect(membersOf(schema, 'Some').filter(({ description }) => !hasMeaning(description))).toHaveLength(1)
  })

  test('every entry of the tables is used', () => {
    const told = members.map(({ description = '' }) => description)
    const all = [...Object.entries(NATIVE_MEMBERS), ...Object.entries(DIALECT_MEMBERS)]
    expect(all.filter(([, words]) => !told.some((text) => text.startsWith(words)))).toEqual([])
    const names = Object.keys(NATIVE_MEMBERS).filter((name) => name in DIALECT_MEMBERS)
    expect(names).toEqual([])
  })

  test('a nullable member has null in its type, also when it refers to a shared schema', () => {
    const schemas = document.components.schemas
    for (const [name, member] of [
      ['Reservation', 'resolvedBy'],
      ['RecordedEvent', 'reportedBy'],
    ] as const)
      expect(schemas[name]?.properties?.[member]?.anyOf).toEqual([
        { $ref: '#/components/schemas/Caller' },
        { type: 'null' },
      ])
    const references = members.filter(({ place, description = '' }) => {
      const [name = '', member = ''] = place.split('.')
      const schema = schemas[name]?.properties?.[member]
      return schema?.$ref !== undefined && /\bnull\b/.test(description)
    })
    expect(references).toEqual([])
  })
})
