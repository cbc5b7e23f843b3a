import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './support/project-files.ts'

/** What a page says stands in a file of `src/`. */
interface Pointer {
  file: string
  names: string[]
}

const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')

describe('the page on the architecture', () => {
  test('refers to existing files that declare the named functions', () => {
    const rows = section('Where to look').match(/^\| .*\?.* \|$/gm) ?? []
    expect(rows.length).toBeGreaterThan(40)
    const pointers = pointersOf(rows.join('\n'))
    expect(pointers).toHaveLength(rows.length)
    expect(pointers.flatMap(wrongIn)).toEqual([])
  })

  for (const walk of ['A verify, step by step', 'A created key, step by step']) {
    test(`walks through files and functions that exist: ${walk}`, () => {
      const steps = section(walk)
        .split('\n')
        .filter((line) => /^\d+\. /.test(line))
      expect(steps.map((step) => Number.parseInt(step, 10))).toEqual(steps.map((_, index) => index + 1))
      const pointers = pointersOf(steps.join('\n'))
      expect(pointers).toHaveLength(steps.length)
      expect(pointers.flatMap(wrongIn)).toEqual([])
    })
  }

  test('a wrong row is noticed', () => {
    const row = '| Why? | `core/ground/gone.ts` | `anything` |'
    expect(pointersOf(row).flatMap(wrongIn)).toEqual(['there is no src/core/ground/gone.ts'])
    const step = '3. `core/ground/secret.ts` `mintSecret`, `crc32`, `forge`: a secret, and not `this`.'
    expect(pointersOf(step).flatMap(wrongIn)).toEqual([
      'src/core/ground/secret.ts does not declare crc32',
      'src/core/ground/secret.ts does not declare forge',
    ])
  })
})

function section(heading: string): string {
  const from = page.indexOf(`\n## ${heading}\n`)
  if (from < 0) throw new Error(`There is no section ${heading}.`)
  const end = page.indexOf('\n## ', from + 1)
  return page.slice(from, end < 0 ? undefined : end)
}

/** Rows `| question | file | names |` and steps `1. file names: what happens`. */
function pointersOf(text: string): Pointer[] {
  const places = /^(?:\|[^|]*\| |\d+\. )`([\w/.-]+\.ts)`(?: \||) ((?:`\w+`(?:, )?)+)(?: \||:)/gm
  return [...text.matchAll(places)].map(([, file = '', names = '']) => ({
    file: `src/${file}`,
    names: [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  }))
}

function wrongIn({ file, names }: Pointer): string[] {
  const path = join(root, file)
  if (!existsSync(path)) return [`there is no ${file}`]
  const text = readFileSync(path, 'utf8')
  return names.filter((name) => !declares(text, name)).map((name) => `${file} does not declare ${name}`)
}

/** True for what a file declares by a word, as a method with a body, or as a member that is a function; not for imports and calls. */
function declares(text: string, name: string): boolean {
  const words = new RegExp(
    `^\\s*(?:export )?(?:async )?(?:function|const|class|interface|type) ${name}\\b`,
    'm',
  )
  const method = new RegExp(`^ +(?:async )?${name}(?:<[^\\n]*>)?\\([^\\n]*\\)(?:: [^\\n]*)? \\{$`, 'm')
  const member = new RegExp(`^ +${name}: (?:async )?\\(`, 'm')
  return [words, method, member].some((form) => form.test(text))
}
