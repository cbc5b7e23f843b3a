import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { goodmem } from '../../../src/http/goodmem/index.ts'
import type { GoldenGap } from '../golden.ts'

const root = join(import.meta.dir, '../../..')
const page = readFileSync(join(root, 'docs/wire/goodmem.md'), 'utf8')
const rows = page.split('\n').filter((line) => /^\| `(?:GET|POST|PUT|DELETE) /.test(line))
const texts = readdirSync(import.meta.dir).map((file) => readFileSync(join(import.meta.dir, file), 'utf8'))

test('the page on this dialect has a row for every operation, and for no other', () => {
  const operations = goodmem.operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
  expect(rows.map((row) => row.split('`')[1]).sort()).toEqual(operations.sort())
})

test('every test that the page names exists', () => {
  const named = rows.flatMap((row) => [...row.matchAll(/"([^"]+)"/g)].map(([, name]) => name ?? ''))
  expect(named.length).toBeGreaterThan(goodmem.operations.length)
  expect(named.filter((name) => !texts.some((text) => isTestIn(text, name)))).toEqual([])
})

test('the page lists the gaps that the golden exchanges have, and no others', () => {
  const gaps: GoldenGap[] = JSON.parse(readFileSync(join(import.meta.dir, 'gaps.json'), 'utf8'))
  const section = page.slice(page.indexOf('\n## Gaps'), page.indexOf('\n## Choices'))
  const listed = [...section.matchAll(/^\| "([^"]+)"/gm)].map(([, name]) => name)
  expect(listed).toEqual(gaps.map(({ name }) => name))
})

function isTestIn(text: string, name: string): boolean {
  return [`test('${name}'`, `test("${name}"`, `"name": "${name}"`].some((form) => text.includes(form))
}
