import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openrouter } from '../../../src/http/openrouter/index.ts'

const root = join(import.meta.dir, '../../..')
const page = readFileSync(join(root, 'docs/wire/openrouter.md'), 'utf8')
const rows = page.split('\n').filter((line) => /^\| `(?:GET|POST|PATCH|DELETE) /.test(line))

test('the page on this dialect has a row for every operation, and for no other', () => {
  const operations = openrouter.operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
  expect(rows.map((row) => row.split('`')[1])).toEqual(operations)
})

test('every test that the page names exists', () => {
  const files = ['test/wire/openrouter', 'test/vendor-clients'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((file) => readFileSync(join(root, folder, file), 'utf8')),
  )
  const named = rows.flatMap((row) => [...row.matchAll(/"([^"]+)"/g)].map(([, name]) => name ?? ''))
  expect(named.length).toBeGreaterThan(openrouter.operations.length)
  for (const name of named) {
    expect([
      name,
      files.some((text) => text.includes(`'${name}'`) || text.includes(`"name": "${name}"`)),
    ]).toEqual([name, true])
  }
})
