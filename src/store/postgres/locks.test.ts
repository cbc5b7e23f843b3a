import { expect, test } from 'bun:test'
import { Client } from 'pg'
import { postgresForTests } from '../../../test/support/postgres.ts'
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
