import { describe, test } from 'bun:test'
import { openStore } from '../open.ts'
import { runStoreTests } from '../store.conformance.ts'

// This database is in memory. A file, with its threads, gets the same tests in file-store.long.test.ts.

runStoreTests(
  'SQLite in memory',
  async () => {
    const store = await openStore('sqlite::memory:')
    return { store, dispose: () => store.close() }
  },
  { runner: { describe, test } },
)
