import { describe, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../open.ts'
import { runStoreTests } from '../store.conformance.ts'

const runner = { describe, test }

runStoreTests(
  'SQLite in memory',
  async () => {
    const store = await openStore('sqlite::memory:')
    return { store, dispose: () => store.close() }
  },
  { runner },
)

runStoreTests(
  'SQLite file',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-store-'))
    const store = await openStore(`sqlite:${join(folder, 'latchkey.db')}`)
    return {
      store,
      async dispose() {
        await store.close()
        rmSync(folder, { recursive: true })
      },
    }
  },
  { runner },
)
