import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestApp, testApp } from '../support/app.ts'
import { root } from '../support/project-files.ts'

/** The parts of the OpenAPI document that the pages on the dialects repeat. */
interface Document {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>
  components: { schemas: Record<string, { properties?: Record<string, unknown> }> }
}

let app: TestApp
let document: Document
beforeAll(async () => {
  app = await testApp()
  document = (await app.call('GET', '/openapi.json')).json
})
afterAll(() => app.close())

// A section whose table has the members of a schema, and the members that it leaves out because the page describes them elsewhere.
const TABLES: Record<string, { section: string; schema: string; elsewhere?: string[] }[]> = {
  goodmem: [
    { section: 'The key object', schema: 'ApiKeyResponse' },
    { section: 'Make a key', schema: 'CreateApiKeyRequest' },
    {
      section: 'Change or delete a key',
      schema: 'UpdateApiKeyRequest',
      elsewhere: ['validateLabelStrategy'],
    },
  ],
  openrouter: [
    { section: 'The key object', schema: 'OpenRouterKey' },
    {
      section: 'The current key',
      schema: 'OpenRouterCurrentKey',
      elsewhere: [
        ...['label', 'limit', 'limit_remaining', 'limit_reset', 'include_byok_in_limit'],
        ...['usage', 'usage_daily', 'usage_weekly', 'usage_monthly'],
        ...['byok_usage', 'byok_usage_daily', 'byok_usage_weekly', 'byok_usage_monthly'],
        ...['creator_user_id', 'expires_at'],
      ],
    },
    { section: 'Make a key', schema: 'OpenRouterCreateKey' },
  ],
}

// Every operation may answer with these; the page says so once.
const EVERYWHERE = ['408', '413', '415', '429', '500', '503']

describe.each([
  ['goodmem', '', '/v1/'],
  ['openrouter', '/api/v1', '/api/v1/'],
])('the page on %s', (name, base, under) => {
  const page = readFileSync(join(root, `docs/wire/${name}.md`), 'utf8')

  for (const { section, schema, elsewhere = [] } of TABLES[name] ?? []) {
    test(`has a row for every member of ${schema}, and for no other`, () => {
      const members = Object.keys(document.components.schemas[schema]?.properties ?? {})
      expect(members.length).toBeGreaterThan(2)
      expect([...membersIn(sectionOf(page, section)), ...elsewhere].sort()).toEqual(members.sort())
    })
  }

  test('names the refusals that each operation declares, and no others', () => {
    const told = refusalsIn(page, base)
    const declared = Object.entries(document.paths)
      .filter(([path]) => path.startsWith(under))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { responses }]) => [
          `${method.toUpperCase()} ${path}`,
          Object.keys(responses).filter((status) => status >= '400' && !EVERYWHERE.includes(status)),
        ]),
      )
      .filter(([, statuses]) => statuses?.length !== 0)
    expect(told.size).toBeGreaterThan(6)
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(declared))
  })
})

test('a table and a refusal are read exactly', () => {
  const page =
    '## One\n\n`GET /a` and `PUT /b/{id}` do:\nit. Refusals: 400 (of 2), 401.\n\n| `x`, `y` | |\n| `z` | `w` |\n\n## Two\n| `v` | |\n'
  expect(membersIn(sectionOf(page, 'One'))).toEqual(['x', 'y', 'z'])
  expect([...refusalsIn(page, '/v9')]).toEqual([
    ['GET /v9/a', ['400', '401']],
    ['PUT /v9/b/{id}', ['400', '401']],
  ])
})

function sectionOf(page: string, heading: string): string {
  const from = page.indexOf(`## ${heading}\n`)
  if (from < 0) throw new Error(`There is no section ${heading}.`)
  const end = page.indexOf('\n## ', from)
  return page.slice(from, end < 0 ? undefined : end)
}

/** The names in the first column of a section's table. */
function membersIn(section: string): string[] {
  const columns = [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].map(([, column = '']) => column)
  return columns.flatMap((column) => [...column.matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
}

/** The text after `Refusals:` in the paragraphs that begin with operations, or after their table. */
function refusalsIn(page: string, base: string): Map<string, string[]> {
  const told = new Map<string, string[]>()
  let operations: string[] = []
  for (const line of page.split('\n')) {
    const opening = /^((?:`[A-Z]+ \/\S+`(?: and |, )?)+)/.exec(line)?.[1]
    if (opening !== undefined)
      operations = [...opening.matchAll(/`(\w+) (\S+)`/g)].map(([, m, p]) => `${m} ${base}${p}`)
    const refusals = /\bRefusals: ((?:\d{3}(?: \([^)]*\))?(?:, )?)+)\./.exec(line)?.[1]
    if (refusals === undefined) continue
    const statuses = refusals.replace(/\([^)]*\)/g, '').match(/\d{3}/g) ?? []
    for (const operation of operations) told.set(operation, statuses)
  }
  return told
}
