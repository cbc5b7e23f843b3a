import { describe, test } from 'bun:test'
import { postgresForTests } from '../../test/support/postgres.ts'
import { openStore } from './open.ts'
import { runStoreTests } from './store.conformance.ts'

const postgres = await postgresForTests()

if (!('absent' in postgres)) {
  runStoreTests(
    'PostgreSQL',
    async () => {
      const database = await postgres.freshDatabase()
      const store = await openStore(database.url)
      return {
        store,
        async dispose() {
          await store.close()
          await database.drop()
        },
      }
    },
    { runner: { describe, test } },
  )
}
