import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Glob } from 'bun'

// The client is left out: its exports are for the programs of others.
const FOLDERS = ['src', 'dashboard/src', 'scripts', 'bench', 'test', 'packages/client/src']
const root = join(import.meta.dir, '..')
const texts = new Map(
  FOLDERS.flatMap((folder) => [...new Glob(`${folder}/**/*.{ts,tsx}`).scanSync(root)]).map((file) => [
    file,
    readFileSync(join(root, file), 'utf8'),
  ]),
)

test('every exported function, class and constant is used by another file', () => {
  expect(texts.size).toBeGreaterThan(1_000)
  expect(unusedIn(texts)).toEqual([])
})

test('an export that no other file uses is noticed', () => {
  const planted = new Map([
    ['src/a.ts', 'export function used() {}\nexport const MAX = 1\nexport async function* alone() {}\n'],
    [
      'src/b.ts',
      "import { used } from './a.ts'\nexport default class Whole { at = used() }\nexport type Kind = 1\n",
    ],
    ['test/c.ts', "import { MAX } from '../src/a.ts'\n"],
  ])
  expect(unusedIn(planted)).toEqual(['src/a.ts: alone', 'src/b.ts: Whole'])
})

function unusedIn(files: ReadonlyMap<string, string>): string[] {
  const users = new Map<string, number>()
  for (const text of files.values())
    for (const word of new Set(text.match(/\w+/g))) users.set(word, (users.get(word) ?? 0) + 1)
  return [...files].flatMap(([file, text]) => {
    if (file.startsWith('packages/') || file.endsWith('.gen.ts')) return []
    const exported = text.matchAll(
      /^export (?:default |abstract |async )*(?:function\*?|class|const|let|enum) (\w+)/gm,
    )
    return [...exported].flatMap(([, name = '']) => (users.get(name) === 1 ? [`${file}: ${name}`] : []))
  })
}
