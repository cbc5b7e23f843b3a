import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Client } from 'pg'
import type { Judge } from '../../src/core/ledger/judge.ts'
import { held, reservationNumber } from '../../src/store/conformance/ledger-case.conformance.ts'
import { openStore } from '../../src/store/open.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { transact } from '../../src/store/sql/base/database.ts'
import type { Step } from '../../src/store/sql/base/row-forms.ts'
import { createSqlStore } from '../../src/store/sql/store.ts'
import type { Store } from '../../src/store/store.ts'
import { rejectionOf } from '../support/failures.ts'
import { postgresForTests } from '../support/postgres.ts'
import { agreesWithModel, crowdsFit, holdsOfUserFit, thousandReserves } from './promises.ts'
import { rigOverNodes } from './rig.ts'

// The promises about money over several nodes: each has a memory and connections of its own, all share one PostgreSQL.

const NODES = 3
const HISTORIES = Number(process.env.LATCHKEY_TEST_MONEY_HISTORIES ?? 8)
const postgres = await postgresForTests()
const closers: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

async function freshUrl(): Promise<string> {
  if ('absent' in postgres) throw new Error(postgres.absent)
  const { url, drop } = await postgres.migratedDatabase()
  closers.push(drop)
  const client = new Client({ connectionString: url })
  await client.connect()
  // Deadlocks are detected before any lock wait times out, so that a circle is reported as one.
  await client.query(`do $$ begin
    execute format('alter database %I set deadlock_timeout = ''20ms''', current_database()); end $$`)
  await client.end()
  return url
}

async function opened(open: (url: string) => Promise<Store>, url: string): Promise<Store[]> {
  const stores: Store[] = []
  for (let n = 0; n < NODES; n += 1) {
    const store = await open(url)
    closers.push(() => store.close())
    stores.push(store)
  }
  return stores
}

const openNode = (url: string) => openStore(url)

/** A node that decides from its memory, as a single node may. */
async function decidesFromMemory(url: string): Promise<Store> {
  const store = await openNode(url)
  return {
    ...store,
    sharesAccounts: false,
    readAccounts: async (ids, at) =>
      (await store.readAccounts(ids, at)).map((state) => ({ ...state, version: 0 })),
    commitLedger: (entries, judge) =>
      store.commitLedger(
        entries,
        judge && {
          admits: judge.admits,
          prepare: (rows) => judge.prepare({ ...rows, versionOf: () => 0, limitsRevisionOf: () => 0 }),
        },
      ),
  }
}

/** A node whose commits tell how often they count the open holds of users. */
async function countingNode(url: string): Promise<{ store: Store; counts: () => number }> {
  const store = await openNode(url)
  let counts = 0
  const commitLedger: Store['commitLedger'] = (entries, judge) => {
    const prepare: Judge['prepare'] = async (rows) =>
      judge?.prepare({
        ...rows,
        countHolds(users) {
          counts += 1
          return rows.countHolds(users)
        },
      })
    return store.commitLedger(entries, judge && { ...judge, prepare })
  }
  return { store: { ...store, commitLedger }, counts: () => counts }
}

/** A node that reads and decides first, and then locks and writes. */
async function readsUnlocked(url: string): Promise<Store> {
  const db = await openPostgres(url)
  return createSqlStore({
    ...db,
    async runDecided(decide) {
      let steps: readonly Step[] = []
      await transact(db, async (trx) => {
        steps = await decide(trx)
      })
      return steps.length === 0 || db.runSteps(steps)
    },
  })
}

/** A node that uses the limits in its memory. */
async function limitsOfMemory(url: string): Promise<Store> {
  const store = await openNode(url)
  return {
    ...store,
    commitLedger: (entries, judge) =>
      store.commitLedger(
        entries,
        judge && {
          admits: judge.admits,
          prepare: (rows) => judge.prepare({ ...rows, limitsRevisionOf: () => 0 }),
        },
      ),
  }
}

describe.skipIf('absent' in postgres)(`money on ${NODES} nodes of one PostgreSQL`, () => {
  let url = ''
  let nodes: Store[] = []

  beforeAll(async () => {
    url = await freshUrl()
    nodes = await opened(openNode, url)
  }, 60_000)

  test('every history, each step on another node, agrees with the model', async () => {
    const counts = await agreesWithModel(() => rigOverNodes(nodes), HISTORIES)
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    console.log(`${NODES} nodes: ${HISTORIES} histories, ${total} steps`)
    expect(total).toBeGreaterThan(HISTORIES * 5)
  }, 300_000)

  test('of demands that start together exactly as many pass as there is room for', async () => {
    console.log(`${NODES} nodes: ${await crowdsFit(() => rigOverNodes(nodes), HISTORIES)} demands in crowds`)
  }, 300_000)

  test(
    'of 1,000 concurrent reserves against a limit of 100 exactly 100 pass, and after a restart no more',
    () => thousandReserves(() => rigOverNodes(nodes)),
    60_000,
  )

  test.each([false, true])(
    'of reserves that start together exactly as many pass as a user may have open, also when others have run out (limits: %p)',
    async (isLimited) => {
      await holdsOfUserFit(() => rigOverNodes(nodes, { bounds: { holdsPerUser: 40 } }), 40, isLimited)
    },
    60_000,
  )

  test('a node counts the open holds of a user again only when another node has written, or when it is full and holds have ended', async () => {
    const { store, counts } = await countingNode(url)
    closers.push(() => store.close())
    const rig = await rigOverNodes([store], { bounds: { holdsPerUser: 6 } })
    const { key0, key1 } = rig.keys
    const reserve = async ({ key }: typeof key0) => {
      const asked = { key: { id: key.id }, amount: 2n, ttlMs: 60_000, requestId: null }
      const made = await rig.latchkey.reservations.reserve(rig.call, asked)
      if (!made.taken) throw new Error('There is no limit.')
      return made.reservation
    }
    const [settled, released] = [await reserve(key0), await reserve(key1)]
    const cost = { amount: 1n, byokAmount: 0n }
    await rig.latchkey.reservations.settle(rig.call, settled.id, { cost, meta: {} })
    await rig.latchkey.reservations.release(rig.call, released.id)
    const open = []
    for (const key of [key0, key1, key0, key1]) open.push(await reserve(key))
    expect(counts()).toBe(1)
    const heldAt = rig.clock.now()
    const { ownerId, workspaceId } = rig
    const ofOther = { ownerId, workspaceId, heldAt, expiresAt: heldAt + 60_000 }
    await nodes[0]?.commitLedger([held(reservationNumber(key0.key.id, 1, ofOther))])
    await reserve(key0)
    expect(counts()).toBe(2)
    const isRefused = async () =>
      expect(await rejectionOf(reserve(key1))).toMatchObject({ code: 'too_many_holds' })
    await isRefused()
    expect(counts()).toBe(2)
    for (const { id } of open.slice(0, 2)) await rig.latchkey.reservations.release(rig.call, id)
    await reserve(key0)
    await reserve(key1)
    expect(counts()).toBe(2)
    for (let n = 0; n < 3; n += 1) await isRefused()
    expect(counts()).toBe(3)
  }, 60_000)

  test('no two commits ever wait for each other in a circle', async () => {
    const client = new Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query<{ deadlocks: string; xact_commit: string }>(
      'select deadlocks, xact_commit from pg_stat_database where datname = current_database()',
    )
    await client.end()
    console.log(`${NODES} nodes: ${rows[0]?.xact_commit} transactions`)
    expect(rows[0]?.deadlocks).toBe('0')
  })

  test('a node that decides from its memory is noticed', async () => {
    const planted = await opened(decidesFromMemory, await freshUrl())
    expect(await rejectionOf(agreesWithModel(() => rigOverNodes(planted), 100))).toBeInstanceOf(Error)
    expect(await rejectionOf(crowdsFit(() => rigOverNodes(planted), 100))).toBeInstanceOf(Error)
    const bounded = () => rigOverNodes(planted, { bounds: { holdsPerUser: 40 } })
    for (const isLimited of [false, true])
      expect(await rejectionOf(holdsOfUserFit(bounded, 40, isLimited))).toBeInstanceOf(Error)
  }, 120_000)

  test('a node that decides before it has locked is noticed', async () => {
    const planted = await opened(readsUnlocked, await freshUrl())
    expect(await rejectionOf(crowdsFit(() => rigOverNodes(planted), 200))).toBeInstanceOf(Error)
  }, 120_000)

  test('a node that uses the limits in its memory is noticed', async () => {
    const planted = await opened(limitsOfMemory, await freshUrl())
    expect(await rejectionOf(agreesWithModel(() => rigOverNodes(planted), 200))).toBeInstanceOf(Error)
  }, 120_000)
})
