import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Kysely, sql } from 'kysely'
import { fillKeysOfPostgres, fillOf } from '../../../test/scale/fill-keys.ts'
import { KEY_SORTS } from '../../../test/scale/list-filters.ts'
import { postgresForTests } from '../../../test/support/postgres.ts'
import { type Asked, type Plans, plansAt, touchedBy } from '../../../test/support/postgres-plans.ts'
import { NOON } from '../../../test/support/records.ts'
import { readingOn } from '../reading/reading-database.ts'
import type { SqlDatabase } from '../sql/base/database.ts'
import type { Tables } from '../sql/base/tables.ts'
import { runLongRead } from '../sql/long-reads.ts'
import { POSTGRES_CAPABILITIES } from './capabilities.ts'
import { postgresDialect } from './driver.ts'
import { openPostgres } from './open.ts'
import { readSettings } from './open-reading.ts'
import { newPool, sessionsAt } from './sessions.ts'

// The rows that a filter finds are counted up to a bound. Here they are the last rows of the table: a read of the table in no order, which
// PostgreSQL prefers where it believes that half of all rows are found, would read all the others first.

const ROWS = 60_000
/** More than the steps of a count or a page touch, and less than the others. */
const ROWS_MAX = 22_000
const SETTINGS = readSettings('lists', 60_000)
const { workspaceId: WORKSPACE, ownerId: OWNER } = fillOf(ROWS)
const CUSTOMER = 'customer'

const postgres = await postgresForTests()
const skipped = 'absent' in postgres

let db: SqlDatabase
let plans: Plans
const closers: (() => Promise<unknown>)[] = []
const seen: Asked[] = []

beforeAll(async () => {
  if ('absent' in postgres) return
  const { url, drop } = await postgres.migratedDatabase()
  closers.push(drop)
  await (await openPostgres(url)).close()
  await fillKeysOfPostgres(url, { keys: ROWS, at: NOON })
  plans = await plansAt(url)
  const kysely = new Kysely<Tables>({
    dialect: postgresDialect(newPool({ ...sessionsAt(url), max: 1 })),
    log({ query: { sql, parameters } }) {
      if (/^\s*select/.test(sql)) seen.push({ sql, parameters })
    },
  })
  db = readingOn(kysely, { ...POSTGRES_CAPABILITIES })
  closers.push(plans.close, db.close)
  await sql`
    insert into audit (id, at, action, outcome, target_kind, target_id, actor_user_id,
      request_id, revision, count)
    select 'd' || lpad(n::text, 8, '0'), ${BigInt(NOON)}::bigint + n, case when n > ${ROWS / 2} then 'key.update' else 'key.create' end,
      case when n > ${ROWS / 2} then 'denied' else 'done' end, case when n > ${ROWS / 2} then 'key' else 'user' end,
      'k', case when n % 2 = 0 then 'b' when n % 100 = 1 then 'a' else 'c' || n % 1000 end, 'r' || n, n + 1000000, 1
    from generate_series(1, cast(${ROWS} as bigint)) as n`.execute(kysely)
  // A changed row moves to the end of its table.
  await sql`
    update keys set access = 'manage', workspace_id = ${WORKSPACE}, owner_id = ${OWNER}, external_user_id = ${CUSTOMER},
      limit_daily = null, limit_weekly = null, limit_monthly = null, limit_total = null, revoked = 0,
      expires_at = ${BigInt(NOON + 1)}::bigint where id > (select id from keys order by id offset ${ROWS / 2} limit 1)`.execute(
    kysely,
  )
  // Without a vacuum, as right after many changes, an index does not answer without the table, which makes it dearer to read.
  await sql`analyze`.execute(kysely)
}, 120_000)
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

/** The steps of all statements of a list that touch too many rows. */
async function tooLongIn(list: 'listAudit' | 'listKeys', query: Record<string, unknown>) {
  seen.length = 0
  await runLongRead(db, list, [{ ...query, limit: 100, at: NOON }])
  const tooLong: [step: string, rows: number][] = []
  const asked = [...seen]
  for (const each of asked)
    for (const step of await plans.stepsOf(each, SETTINGS))
      if (touchedBy(step) > ROWS_MAX)
        tooLong.push([`${step['Node Type']} ${step['Relation Name']}`, touchedBy(step)])
  expect(asked.length).toBeGreaterThan(0)
  return tooLong
}

// Entries are listed from the newest on, so the oldest are those that an index of all would reach last.
test.skipIf(skipped).each([
  { action: 'key.update', targetKind: 'key', outcome: 'denied' },
  { action: 'key.create', targetKind: 'user', outcome: 'done' },
  { action: 'key.create', targetKind: 'user', outcome: 'done', to: NOON + ROWS },
  { action: 'key.create', targetKind: 'user', outcome: 'done', from: NOON },
  { action: 'key.create' },
  // PostgreSQL takes the comparison of several columns for that of the first alone, and few actors come before this one.
  { actorUserId: 'b', targetKind: 'user', to: NOON + ROWS },
])('a page of the audit log with %j reads no other entries, wherever they are', async (filter) => {
  expect(await tooLongIn('listAudit', filter)).toEqual([])
})

test
  .skipIf(skipped)
  .each([
    { access: 'manage' },
    { access: 'use' },
    { neverExpires: true },
    { externalUserId: CUSTOMER },
    { unlimited: true },
    { expiresBefore: NOON + 2, access: 'manage' },
    { workspaceId: WORKSPACE, ownerId: OWNER },
  ])('counting the keys with %j reads no others, wherever they are', async (filter) => {
  for (const sort of KEY_SORTS) {
    const tooLong = await tooLongIn('listKeys', { ...filter, sort })
    expect({ sort, tooLong }).toEqual({ sort, tooLong: [] })
  }
})
