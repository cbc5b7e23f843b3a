import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openStore } from '../../src/store/open.ts'
import { runStoreTests } from '../../src/store/store.conformance.ts'

// The store's contract under Node >= 24, which runs core and store as they are: `node --test test/node/store.node.ts`.

const runner = {
  describe,
  test(name: string, body: () => Promise<void>) {
    test(name, body)
  },
}

runStoreTests(
  'SQLite file on Node',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-node-'))
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

runStoreTests(
  'SQLite in memory on Node',
  async () => {
    const store = await openStore('sqlite::memory:')
    return { store, dispose: () => store.close() }
  },
  { runner },
)
