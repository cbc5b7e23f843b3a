import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Client } from 'pg'
import { v7 } from 'uuid'
import { postgresForTests, restartablePostgres } from '../../../test/support/postgres.ts'
import { NOON, seed } from '../../../test/support/records.ts'
import { openStore } from '../open.ts'
import type { Store } from '../store.ts'

// A server process of PostgreSQL is killed, so that the server forgets what it had not written to its disk, and recovers under the same
// incarnation.

const ROUNDS = 8
const TRIES = 400
const postgres = await postgresForTests()

describe.skipIf('absent' in postgres)('a PostgreSQL that crashes and recovers', () => {
  let server: Awaited<ReturnType<typeof restartablePostgres>>
  let url: string
  let store: Store

  beforeAll(async () => {
    server = await restartablePostgres()
    url = (await server.freshDatabase()).url
    store = await openStore(url)
    await seed(store)
  }, 60_000)
  afterAll(async () => {
    await store?.close()
    await server?.stop()
  }, 60_000)

  /** A session with its process; the server may still be recovering from the last crash, which other sessions have not noticed yet. */
  async function victimOfCrash(): Promise<{ client: Client; pid: number }> {
    const client = new Client({ connectionString: url })
    client.on('error', () => {})
    await client.connect()
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    return { client, pid: rows[0]?.pid ?? 0 }
  }

  /** Kills a server process and waits until its session has ended. */
  async function crash(): Promise<void> {
    const { client, pid } = await answered(victimOfCrash)
    const ended = new Promise<void>((resolve) => client.once('end', resolve))
    process.kill(pid, 'SIGKILL')
    await ended
  }

  async function answered<T>(ask: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await ask()
      } catch (error) {
        if (tries === TRIES) throw error
        await Bun.sleep(25)
      }
    }
  }

  test('has every node and every renewal that it has answered', async () => {
    let incarnation: string | undefined
    for (let round = 1; round <= ROUNDS; round += 1) {
      // An attempt without an answer may have succeeded; each has its own name, as with real nodes.
      let id = ''
      await answered(() => {
        id = v7()
        return store.joinNode({ id, leaseMs: 1_000, at: NOON })
      })
      for (let n = 0; n < round; n += 1)
        await answered(() => store.renewNode({ id, applied: 3, at: NOON }, 3))
      await crash()
      const seen = await answered(() => store.findNodes())
      incarnation ??= seen.incarnation
      expect(seen.incarnation).toBe(incarnation)
      expect(seen.rows.find((row) => row.id === id)?.renewals).toBeGreaterThanOrEqual(round)
    }
    console.log(`renewals through ${ROUNDS} crashes: ${(ROUNDS * (ROUNDS + 1)) / 2} answered, none lost`)
  }, 120_000)
})
