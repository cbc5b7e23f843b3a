import { expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
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

/** What not every engine that speaks to clients of PostgreSQL has, or has in the same way. */
const SPECIAL = new RegExp(
  [
    /for(Share|Update|NoKeyUpdate)\(|for (share|update|no key update)\b|skip locked|savepoint|advisory/,
    /lateral|with ordinality|\bover \(|unnest\(|set local|set_config|current_setting/,
    /\bpg_\w+\(|has_table_privilege/,
  ]
    .map(({ source }) => source)
    .join('|'),
)

test('docs/scaling.md names every file with a statement that needs more than plain SQL', () => {
  const [, section = ''] = page.split('## What each statement needs')
  const files = readdirSync(join(root, 'src/store'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => /^(sql|postgres|migrations|older-copy)\/.*\.ts$/.test(file) && !/\.test\.ts$/.test(file),
  )
  const special = files.filter((file) => SPECIAL.test(readFileSync(join(root, 'src/store', file), 'utf8')))
  expect(special.length).toBeGreaterThan(15)
  expect(special.filter((file) => !section.includes(`\`store/${file}\``)).sort()).toEqual([])
})

test('docs/scaling.md has the maximum age of a copy of an account', () => {
  expect(page).toContain(`for up to ${MAX.accountAgeMs / 1_000} s after another node`)
})
