import { afterAll, describe, test } from 'bun:test'
import { Client } from 'pg'
import { postgresForTests, type TestDatabase } from '../../../test/support/postgres.ts'
import { openStore } from '../open.ts'
import { runStoreTests } from '../store.conformance.ts'

const postgres = await postgresForTests()
const shared = 'absent' in postgres ? null : await sharedDatabase(await postgres.freshDatabase())

if (shared !== null) {
  runStoreTests(
    'PostgreSQL',
    async () => {
      await shared.empty()
      const store = await openStore(shared.url)
      return { store, dispose: () => store.close() }
    },
    { runner: { describe, test } },
  )
}

/** One database for all tests of the suite, because creating one for each takes several times as long as the tests. */
async function sharedDatabase(database: TestDatabase): Promise<{ url: string; empty: () => Promise<void> }> {
  await (await openStore(database.url)).close()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(
    `select tablename as name from pg_tables
      where schemaname = 'public' and tablename not like 'schema_%' and tablename <> 'meta'`,
  )
  // This is far quicker than TRUNCATE for a few rows; the session ignores foreign keys meanwhile.
  const emptying = rows.map((row) => `delete from ${row.name};`).join(' ')
  await client.query('set session_replication_role = replica')
  afterAll(async () => {
    await client.end()
    await database.drop()
  })
  return {
    url: database.url,
    empty: async () => {
      await client.query(`${emptying} delete from meta where name like '%_until'; update meta set value = 0`)
    },
  }
}
