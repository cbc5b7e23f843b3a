import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAX } from '../src/core/ground/bounds.ts'

const root = join(import.meta.dir, '..')
const page = readFileSync(join(root, 'docs/scaling.md'), 'utf8')

test('the files that docs/scaling.md names contain the named statements', () => {
  const [, section = ''] = page.split('## What each statement needs')
  const named = [...section.matchAll(/^\| [^|]+ \| (?:`(\w+)` in )?`(store\/[\w/.-]+\.ts)` \|/gm)]
  expect(named.length).toBeGreaterThan(6)
  const gone = named.flatMap(([, name, file = '']) => {
    const path = join(root, 'src', file)
    const defines = new RegExp(`(function|class) ${name}\\b`)
    const isThere = existsSync(path) && (name === undefined || defines.test(readFileSync(path, 'utf8')))
    return isThere ? [] : [`${name} in ${file}`]
  })
  expect(gone).toEqual([])
})

test('docs/scaling.md has the maximum age of a copy of an account', () => {
  expect(page).toContain(`for up to ${MAX.accountAgeMs / 1_000} s after another node`)
})
