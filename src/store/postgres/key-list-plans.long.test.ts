import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Kysely } from 'kysely'
import { fillKeysOfPostgres, type KeyFill } from '../../../test/scale/fill-keys.ts'
import { KEY_SORTS, listFilters } from '../../../test/scale/list-filters.ts'
import { postgresForTests } from '../../../test/support/postgres.ts'
import { type Plans, plansAt, type Step, touchedBy } from '../../../test/support/postgres-plans.ts'
import { NOON } from '../../../test/support/records.ts'
import type { SqlDatabase } from '../sql/base/database.ts'
import type { Tables } from '../sql/base/tables.ts'
import { listKeys } from '../sql/keys/key-list.ts'
import { POSTGRES_CAPABILITIES } from './capabilities.ts'
import { postgresDialect } from './driver.ts'
import { openPostgres } from './open.ts'
import { readSettings } from './open-reading.ts'
import { newPool, sessionsAt } from './sessions.ts'

// The work that PostgreSQL really does for a page of keys: no step of any statement may touch more rows than a page may read, whatever
// the planner estimates, and however often the session has run it. There are more keys than that, so that reading all of them is noticed.

const KEYS = 40_000
const ROWS_MAX = 22_000
/** In all steps of all statements of a page together. A page orders rows, looks some records up for each, and counts what it might order. */
const PAGE_ROWS_MAX = 15_000
/** The time limit of a read; every machine is faster. */
const LIMIT_MS = 60_000
/** Every filter alone, and a sample of the pairs: one in this many. */
const EVERY_PAIR = 3

const postgres = await postgresForTests()
const skipped = 'absent' in postgres

let fill: KeyFill
let plans: Plans
let db: SqlDatabase
const closers: (() => Promise<unknown>)[] = []
const seen: { sql: string; parameters: readonly unknown[] }[] = []

beforeAll(async () => {
  if ('absent' in postgres) return
  const { url, drop } = await postgres.migratedDatabase()
  closers.push(async () => drop())
  await (await openPostgres(url)).close()
  fill = await fillKeysOfPostgres(url, { keys: KEYS, at: NOON })
  plans = await plansAt(url)
  const kysely = new Kysely<Tables>({
    dialect: postgresDialect(newPool({ ...sessionsAt(url), max: 1 })),
    log({ query: { sql, parameters } }) {
      if (/^\s*select/.test(sql)) seen.push({ sql, parameters })
    },
  })
  closers.push(
    () => plans.close(),
    () => kysely.destroy(),
  )
  db = {
    writer: kysely,
    chores: kysely,
    reader: kysely,
    runSteps: () => Promise.reject(new Error('Nothing is written here.')),
    runDecided: null,
    longReads: null,
    requireOwnership() {},
    ...POSTGRES_CAPABILITIES,
    close: () => kysely.destroy(),
  }
}, 120_000)
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

test.skipIf(skipped)(
  'no page of keys makes PostgreSQL touch more rows than a page may look at',
  async () => {
    let statements = 0
    let most = 0
    let mostOfPage = 0
    const tooMany: [name: string, step: string, rows: number][] = []
    for (const sort of KEY_SORTS) {
      for (const [name, filter] of listFilters(fill, NOON).filter(
        ([each], n) => !each.includes(' + ') || n % EVERY_PAIR === 0,
      )) {
        seen.length = 0
        let ofPage = 0
        await listKeys(db, { sort, limit: 100, at: NOON, ...filter })
        for (const asked of [...seen]) {
          statements += 1
          for (const step of await plans.stepsOf(asked, readSettings('lists', LIMIT_MS))) {
            const touched = touchedBy(step)
            most = Math.max(most, touched)
            if (step['Relation Name'] !== undefined || step['Index Name'] !== undefined) ofPage += touched
            if (touched > ROWS_MAX || looksForKeyAmongMany(step))
              tooMany.push([`${name}, ${sort}`, nameOf(step), touched])
          }
        }
        mostOfPage = Math.max(mostOfPage, ofPage)
        if (ofPage > PAGE_ROWS_MAX) tooMany.push([`${name}, ${sort}`, 'the whole page', ofPage])
      }
    }
    console.log(
      `plans of lists on PostgreSQL: ${statements} statements; at most ${most} rows in a step, ${mostOfPage} for a page`,
    )
    expect(tooMany).toEqual([])
    expect(statements).toBeGreaterThan(500)
  },
  240_000,
)

/** Index entries that are skipped because of a later column do not count: for example all keys with a label, to find one of them. */
function looksForKeyAmongMany(step: Step): boolean {
  return step['Index Name'] === 'key_labels_newest' && /\bkey_id = /.test(step['Index Cond'] ?? '')
}

function nameOf(step: Step): string {
  return `${step['Node Type']} ${step['Relation Name'] ?? ''}`.trim()
}
