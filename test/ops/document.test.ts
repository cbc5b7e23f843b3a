import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { goodmem } from '../../src/http/goodmem/index.ts'
import { native } from '../../src/http/native/index.ts'
import { openrouter } from '../../src/http/openrouter/index.ts'
import { describeMembers } from '../../src/http/reference/descriptions.ts'
import type { ApiDocument } from '../../src/http/reference/generate.ts'
import { exampleOf, type JsonSchema, referredName } from '../../src/http/reference/schema-text.ts'
import { type TestApp, testApp } from '../support/app.ts'

let app: TestApp
let document: ApiDocument
let schemas: Record<string, JsonSchema>

interface Described {
  name: string
  path: string
  operationId: string
  summary?: string
  tags: string[]
  security: object[]
  parameters?: { name: string; in: string; required?: boolean; schema: JsonSchema }[]
  requestBody?: { content: Record<string, { schema: JsonSchema }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: JsonSchema }> }>
}
let operations: Described[]

beforeAll(async () => {
  app = await testApp()
  document = (await app.call('GET', '/openapi.json', { key: null })).json
  schemas = document.components?.schemas as Record<string, JsonSchema>
  operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Omit<Described, 'name' | 'path'>>).map(([method, each]) => ({
      ...each,
      path,
      name: `${method.toUpperCase()} ${path}`,
    })),
  )
})
afterAll(() => app.close())

function resolve(schema: JsonSchema): JsonSchema {
  const name = referredName(schema)
  return name === null ? schema : resolve(schemas[name] ?? {})
}

function validator(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats(ajv)
  ajv.addSchema(document, 'document')
  return ajv
}

const rebased = (schema: JsonSchema) => JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'))

describe('/openapi.json', () => {
  // Generators take a member with a default for one that must be there, also in a request.
  test('no member of a request has a default, so that every generated client may leave it out', () => {
    const inBodies = operations.flatMap(({ name, requestBody }) =>
      Object.values(requestBody?.content ?? {}).flatMap(({ schema }) =>
        Object.entries(resolve(schema).properties ?? {}).map(
          ([member, each]) => [`${name} ${member}`, resolve(each as JsonSchema)] as const,
        ),
      ),
    )
    expect(inBodies.length).toBeGreaterThan(100)
    expect(inBodies.filter(([, schema]) => 'default' in schema).map(([member]) => member)).toEqual([])
  })

  test('describes every operation of every dialect, and nothing else', () => {
    const mounted = [native, goodmem, openrouter].flatMap(({ base, operations: list }) =>
      list.map(({ method, path }) => `${method.toUpperCase()} ${base}${path}`),
    )
    const own = ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs', '/'].map((path) => `GET ${path}`)
    expect(operations.map(({ name }) => name).toSorted()).toEqual([...mounted, ...own].toSorted())
    expect(document.openapi).toBe('3.1.0')
  })

  test('every operation has its own id, a summary, a known tag, and a description of every answer', () => {
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const tags = document.tags?.map(({ name }) => name)
    for (const { name, summary, tags: own, responses } of operations) {
      expect([name, summary?.length ?? 0]).not.toEqual([name, 0])
      expect(tags).toContain(own[0] ?? '')
      for (const { description } of Object.values(responses)) expect(description.length).toBeGreaterThan(0)
    }
    // A topic without operations would be an empty chapter, and a topic of all of them would tell nothing.
    const sizes = tags?.map((tag) => operations.filter(({ tags: own }) => own[0] === tag).length) ?? []
    expect(Math.min(...sizes)).toBeGreaterThan(0)
    expect(Math.max(...sizes)).toBeLessThan(operations.length / 3)
  })

  test('an operation declares a credential exactly when it requires one', () => {
    const callers = new Map<string, string>(
      [native, goodmem, openrouter].flatMap(({ base, operations: list }) =>
        list.map((each) => [`${each.method.toUpperCase()} ${base}${each.path}`, each.callers] as const),
      ),
    )
    const schemes = Object.keys(document.components?.securitySchemes ?? {})
    expect(schemes).toEqual(['bearer', 'apiKey'])
    for (const { name, security, responses } of operations) {
      const isPublic = callers.get(name) === 'public' || (!callers.has(name) && name !== 'GET /metrics')
      expect([name, security.length]).toEqual([name, isPublic ? 0 : 2])
      expect([name, '401' in responses]).toEqual([name, !isPublic])
      for (const each of security) expect(schemes).toContain(Object.keys(each)[0] ?? '')
    }
  })

  test('every parameter of a path is declared, and every reference resolves', () => {
    for (const { name, path, parameters = [] } of operations) {
      const declared = parameters.filter((each) => each.in === 'path').map((each) => each.name)
      expect([name, declared]).toEqual([
        name,
        [...path.matchAll(/\{([^}]+)\}/g)].map(([, each]) => each ?? ''),
      ])
      for (const each of parameters) if (each.in === 'path') expect(each.required).toBe(true)
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)]
    expect(references.length).toBeGreaterThan(100)
    for (const [, name = ''] of references) expect(Object.keys(schemas)).toContain(name)
  })

  test('every schema is a JSON schema, and every example obeys its schema', () => {
    const ajv = validator()
    let examples = 0
    // Most answers have the same schema; compiling it once is enough.
    const known = new Set<string>()
    const check = (place: string, schema: JsonSchema) => {
      examples += 1
      const text = JSON.stringify(schema)
      if (known.has(text)) return
      known.add(text)
      expect([place, ajv.validateSchema(schema), ajv.errorsText(ajv.errors)]).toEqual([
        place,
        true,
        'No errors',
      ])
      const example = exampleOf(schema, resolve)
      const valid = ajv.validate(rebased(schema), example)
      expect([place, valid ? null : [ajv.errorsText(ajv.errors), example]]).toEqual([place, null])
    }
    for (const [name, schema] of Object.entries(schemas)) check(name, schema)
    for (const { name, parameters = [], requestBody, responses } of operations) {
      for (const each of parameters) check(`${name} ${each.name}`, each.schema)
      for (const content of Object.values(requestBody?.content ?? {})) check(`${name} body`, content.schema)
      for (const [status, { content = {} }] of Object.entries(responses)) {
        for (const { schema } of Object.values(content)) check(`${name} ${status}`, schema)
      }
    }
    expect(examples).toBeGreaterThan(300)
    // The flags of a regular expression are no part of its pattern.
    expect(
      [...JSON.stringify(document).matchAll(/"pattern":"[^"]*\/[a-z]+"/g)].map(([each]) => each),
    ).toEqual([])
  })

  test('two schemas never share a name: each dialect alone has the same schemas', async () => {
    const { OpenAPIHono } = await import('@hono/zod-openapi')
    for (const dialect of [native, goodmem, openrouter]) {
      const alone = new OpenAPIHono<never>()
      for (const operation of dialect.operations) operation.mount(alone as never, [])
      const described = alone.getOpenAPI31Document({ openapi: '3.1.0', info: { title: '', version: '' } })
      describeMembers(described)
      // In the form of the wire, where undefined members are absent.
      const own = JSON.parse(JSON.stringify(described.components?.schemas)) as Record<string, JsonSchema>
      expect(Object.keys(own).length).toBeGreaterThan(2)
      for (const [name, schema] of Object.entries(own)) expect([name, schemas[name]]).toEqual([name, schema])
    }
  })

  test('is not sent again to a client that has this version', async () => {
    const first = await app.call('GET', '/openapi.json', { key: null })
    const etag = first.headers.get('etag') ?? ''
    const again = await app.call('GET', '/openapi.json', { key: null, headers: { 'if-none-match': etag } })
    expect([first.status, again.status, again.text]).toEqual([200, 304, ''])
    expect(first.headers.get('x-robots-tag')).toBe('noindex')
  })
})
