import { expect, test } from 'bun:test'
import { Client } from 'pg'
import { postgresForTests } from '../../../test/support/postgres.ts'
import { seed } from '../../../test/support/records.ts'
import { isBefore, RACES, type Race } from '../conformance/warrant-races.conformance.ts'
import { actsOnEachOther } from '../conformance/warrants.conformance.ts'
import { openStore } from '../open.ts'

const postgres = await postgresForTests()

test.skipIf('absent' in postgres)('actors that act on each other at once run into no deadlock', async () => {
  if ('absent' in postgres) return
  const database = await postgres.freshDatabase()
  const store = await openStore(database.url)
  const { calls, faults } = await actsOnEachOther(store)
  await store.close()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  // A deadlock that a retry has resolved appears in no answer, only here.
  const { rows } = await client.query<{ deadlocks: string }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  )
  await client.end()
  await database.drop()
  console.log(`locks: ${calls} acts on each other at once`)
  expect([rows[0]?.deadlocks, faults]).toEqual(['0', []])
})

/** The lock that holds a change once it has read everything on which it rests. The changes that take that away do not need this lock. */
const HOLDING: Record<Race['verb'], string> = {
  createKey: 'lock table secrets in share mode',
  changeKey: 'lock table keys in share mode',
  handOver: 'select id from workspaces for update',
}

test.skipIf('absent' in postgres).each(Object.entries(RACES))(
  'an act keeps its ground until it commits: then %s',
  async (_name, prepare) => {
    if ('absent' in postgres) return
    const database = await postgres.migratedDatabase()
    const store = await openStore(database.url)
    await seed(store)
    const { act, end, verb } = await prepare(store, 0)
    const holder = new Client({ connectionString: database.url })
    const watcher = new Client({ connectionString: database.url })
    for (const client of [holder, watcher]) await client.connect()
    const waiting = async () => {
      const { rows } = await watcher.query<{ count: string }>(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
      return Number(rows[0]?.count)
    }
    await holder.query(`begin; ${HOLDING[verb]}`)
    const acting = act()
    while ((await waiting()) === 0);
    let isEnded = false
    const ending = end().finally(() => {
      isEnded = true
    })
    while (!isEnded && (await waiting()) < 2);
    await holder.query('commit')
    const [actedAt, endedAt] = [await acting, await ending]
    for (const client of [holder, watcher]) await client.end()
    await store.close()
    await database.drop()
    expect([isEnded, actedAt !== null && isBefore(actedAt, endedAt)]).toEqual([true, true])
  },
)
