import { expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decisions } from '../scripts/decisions-index.ts'

// docs/ports.md names the decision behind the present form of each port, so a port does not change without one.

const root = join(import.meta.dir, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Files of `src/store` that open a store, or that several ports are made of. */
const NO_PORTS = new Set([
  'open.ts',
  'open-error.ts',
  'open-options.ts',
  'foundation.ts',
  'store.conformance.ts',
])

function ports(): string[] {
  const files = readdirSync(join(root, 'src/store')).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !NO_PORTS.has(name),
  )
  return [
    ...files.map((name) => `src/store/${name}`),
    'src/core/verify/rates.ts',
    'src/core/verify/nodes.ts',
  ].toSorted()
}

/** What tells two forms of a port apart: its text without comments, imports and white space. */
function formOf(text: string): string {
  const declared = text
    .replaceAll(/\/\*.*?\*\//gs, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/^import .*?from '.*?'$/gms, '')
    .replaceAll(/\s+/g, '')
  return createHash('sha256').update(declared).digest('hex').slice(0, 12)
}

const rows = [...read('docs/ports.md').matchAll(/^\| `([^`]+)` \| `([0-9a-f]+)` \| (.+) \|$/gm)].map(
  ([, path = '', form = '', reasons = '']) => ({ path, form, reasons }),
)

test('each port has the form that docs/ports.md names a decision for', () => {
  const listed = rows.map(({ path, form }) => `${path} ${form}`)
  expect(listed).toEqual(ports().map((path) => `${path} ${formOf(read(path))}`))
})

test('the decisions that docs/ports.md names exist', () => {
  const known = new Set(decisions().map(({ file }) => `adr/${file}`))
  for (const { path, reasons } of rows) {
    const named = [...reasons.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target)
    expect([path, named.length > 0, named.filter((target) => !known.has(target))]).toEqual([path, true, []])
  }
})

test('a change of a port is noticed, and a change of its comments is none', () => {
  const before =
    "import type { A } from './a.ts'\n/** Text. */\nexport interface P {\n  // Why.\n  find(id: string): A\n}\n"
  expect(formOf(before.replace('Text.', 'Other text.').replace('// Why.', ''))).toBe(formOf(before))
  expect(formOf(before.replace('id: string', 'id: string, at: number'))).not.toBe(formOf(before))
})
