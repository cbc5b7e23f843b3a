import { afterAll, describe, test } from 'bun:test'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../open.ts'
import { runStoreTests } from '../store.conformance.ts'

// Every test opens a copy of one empty database, because creating the tables takes several times as long as most tests.
const folder = mkdtempSync(join(tmpdir(), 'latchkey-empty-'))
const empty = join(folder, 'latchkey.db')
await (await openStore(`sqlite:${empty}`)).close()
afterAll(() => rmSync(folder, { recursive: true }))

runStoreTests(
  'SQLite file',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-store-'))
    const path = join(folder, 'latchkey.db')
    copyFileSync(empty, path)
    const store = await openStore(`sqlite:${path}`)
    return {
      store,
      async dispose() {
        await store.close()
        rmSync(folder, { recursive: true })
      },
    }
  },
  { runner: { describe, test } },
)
