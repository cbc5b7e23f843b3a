import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { systemRandom } from '../../src/core/ground/clock.ts'
import { Secret } from '../../src/core/ground/secret.ts'
import { createLatchkey } from '../../src/core/latchkey.ts'
import { memoryRateLimiter } from '../../src/rates/memory.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { testClock } from '../support/clock.ts'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'
import { testSettings } from '../support/settings.ts'

// A commit of node A takes a report for new that node B has recorded, so its first attempt is rolled back. Between its attempts B changes the
// same account. The second attempt must see that, whatever the first one has read.

const postgres = await postgresForTests()
const ROUNDS = 5
const ROOT = 'root-secret-of-the-money-tests-0123456789'
/** Longer than B needs to wait for A's rows. */
const HELD_MS = 80
/** Long enough for two calls to be queued for the next commit. */
const FILLED_MS = 60

const clock = testClock()
let database: TestDatabase
const stores: Store[] = []
/** The version of the key that each attempt of a node's commit has found. */
const attempts: { node: 'A' | 'B'; version: number }[] = []
/** Called once while the next first attempt of node A that has several entries holds its rows. */
let whileHeld: (() => void) | null = null

beforeAll(async () => {
  if ('absent' in postgres) return
  database = await postgres.migratedDatabase()
  for (const _ of 'AB') stores.push(await openStore(database.url))
})

afterAll(async () => {
  for (const store of stores) await store.close()
  await database?.drop()
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A node whose commits tell their attempts; those of A also wait, so that others arrive meanwhile. */
function nodeOver(store: Store, node: 'A' | 'B') {
  const seen: Store = {
    ...store,
    commitLedger: (entries, judge, probably) =>
      store.commitLedger(
        entries,
        judge && {
          ...judge,
          async prepare(rows) {
            await judge.prepare(rows)
            const [first] = entries
            if (first?.kind !== 'event') return
            const { keyId, id } = first.event
            attempts.push({ node, version: rows.versionOf({ kind: 'key', id: keyId }) })
            if (node === 'A' && id.startsWith('filler')) await pause(FILLED_MS)
            if (node !== 'A' || whileHeld === null || entries.length === 1) return
            whileHeld()
            whileHeld = null
            await pause(HELD_MS)
          },
        },
        probably,
      ),
  }
  const rates = memoryRateLimiter(clock)
  return createLatchkey({ store: seen, clock, random: systemRandom, settings: testSettings(), rates })
}

/** Two nodes, and what a round needs: a reporter whose commits are optimistic, a key of 10 USD, and a key that fills a commit. */
async function scene(round: string) {
  const [a, b] = [nodeOver(stores[0] as Store, 'A'), nodeOver(stores[1] as Store, 'B')]
  if (!(await a.isInitialized())) await a.initialize(new Secret(ROOT))
  const as = async (secret: Secret) => ({
    principal: await a.authenticate(secret, undefined),
    requestId: null,
    ip: null,
  })
  const root = await as(new Secret(ROOT))
  const person = { username: round, email: `${round}@example.com`, displayName: 's', role: 'SERVICE' }
  const service = await a.users.create(root, person as Parameters<typeof a.users.create>[1])
  const { secret: credential } = await a.keys.create(root, { access: 'manage', ownerId: service.id })
  const { view: filler } = await a.keys.create(root, { access: 'use' })
  const { view, secret } = await a.keys.create(root, { access: 'use', limits: { total: 10n } })
  const charge = async (node: typeof a, amount: bigint) =>
    node.verify({ secret, take: { kind: 'charge', amount, requestId: null, caller: null } })
  const event = { id: 'e', key: { id: view.key.id }, amount: 0n, byokAmount: 0n, requests: 1, meta: {} }
  await charge(a, 1n)
  await b.usage.report(root, [event])
  const by = await as(credential)
  return {
    a,
    b,
    root,
    view,
    charge,
    /** Sends the report to A again, together with a charge, while `theirs` runs at B between the two attempts of that commit. */
    async between<T>(theirs: () => Promise<T>) {
      attempts.length = 0
      let other: Promise<T> | null = null
      whileHeld = () => {
        other = theirs()
      }
      const fill = { ...event, id: `filler${round}`, key: { id: filler.key.id } }
      const filling = a.usage.report(root, [fill])
      await pause(FILLED_MS / 2)
      const [, mine] = await Promise.all([a.usage.report(by, [event]), charge(a, 6n)])
      await filling
      return { mine, theirs: await (other as Promise<T> | null) }
    },
  }
}

/** Whether B's commit came between the two attempts of A's. */
function cameBetween(): boolean {
  const versions = attempts.filter(({ node }) => node === 'A').map(({ version }) => version)
  return versions.length > 2 && versions.at(-1) !== versions.at(-2)
}

describe.skipIf('absent' in postgres)('between two attempts of a commit', () => {
  test('another node spends: the limit is not passed', async () => {
    let chances = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      const { a, b, root, view, charge, between } = await scene(`spends${round}`)
      await between(() => charge(b, 6n))
      if (cameBetween()) chances += 1
      expect((await a.keys.get(root, { id: view.key.id })).spend.total.amount).toBe(7n)
    }
    process.stdout.write(`  ${chances} of ${ROUNDS} commits of B came between\n`)
    expect(chances).toBeGreaterThan(0)
  }, 60_000)

  test('another node releases money: nothing is refused for it afterwards', async () => {
    let chances = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      const { a, b, root, view, charge, between } = await scene(`releases${round}`)
      const held = await b.reservations.reserve(root, {
        key: { id: view.key.id },
        amount: 6n,
        ttlMs: 3_600_000,
        requestId: null,
      } as Parameters<typeof b.reservations.reserve>[1])
      const id = held.taken ? held.reservation.id : ''
      await between(() => b.reservations.release(root, id as Parameters<typeof b.reservations.release>[1]))
      if (cameBetween()) chances += 1
      // Its first attempt, or the one that B had to let pass, may still have seen the hold.
      await charge(a, 6n)
      expect((await a.keys.get(root, { id: view.key.id })).spend.total.amount).toBe(7n)
    }
    process.stdout.write(`  ${chances} of ${ROUNDS} commits of B came between\n`)
    expect(chances).toBeGreaterThan(0)
  }, 60_000)
})
