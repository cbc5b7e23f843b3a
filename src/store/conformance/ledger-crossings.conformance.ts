import assert from 'node:assert/strict'
import {
  addKey,
  addUser,
  addWorkspace,
  eventOf,
  idOf,
  NOON,
  patchKey,
  seed,
} from '../../../test/support/records.ts'
import type { AccountId } from '../../core/ledger/entries.ts'
import type { LimitWindow } from '../../core/money/windows.ts'
import type { Key, KeyId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'
import { ended, held, keyAccount, reservationNumber, settlementOf, used } from './ledger-case.conformance.ts'

const KEY = idOf<KeyId>(10)
const DAY = Date.parse('2026-11-22T00:00:00.000Z')

/** `listCrossings`, and the rows that `commitLedger` writes for it. */
export function ledgerCrossingTests(it: It): void {
  it('listCrossings > has 50, 80 and 100 per cent, each once per window, when the sum reaches it exactly', async (store) => {
    const spend = await limited(store, { limits: { daily: 10n } })
    assert.deepEqual(await spend(4n), [])
    assert.deepEqual(await spend(1n), [50])
    assert.deepEqual(await spend(2n), [50])
    assert.deepEqual(await spend(1n), [80, 50])
    assert.deepEqual(await spend(1n), [80, 50])
    assert.deepEqual(await spend(1n), [100, 80, 50])
    assert.deepEqual(await spend(100n), [100, 80, 50])
  })

  it('listCrossings > fractions of a limit are rounded up, and the largest limit does not overflow', async (store) => {
    await seed(store)
    const largest = 2n ** 63n - 1n
    const limits: [limit: bigint, thresholds: bigint[]][] = [
      [1n, [1n, 1n, 1n]],
      [3n, [2n, 3n, 3n]],
      [7n, [4n, 6n, 7n]],
      [largest, [2n ** 62n, 7_378_697_629_483_820_646n, largest]],
    ]
    for (const [group, [limit, thresholds]] of limits.entries()) {
      for (const [index, threshold] of thresholds.entries()) {
        const percents = [50, 80, 100].filter((_, n) => (thresholds[n] ?? 0n) < threshold)
        const n = 100 + group * 10 + index
        const payer = await ownPlace(store, n)
        await addKey(store, n, { limits: { total: limit }, ...payer })
        const spend = async (id: string, amount: bigint) => {
          await store.commitLedger([used(eventOf(idOf(n), id, { ...payer, amount }))])
          return percentsOf(store, keyAccount(idOf(n)))
        }
        assert.deepEqual(await spend('just below', threshold - 1n), percents.toReversed())
        assert.ok((await spend('exactly', 1n)).includes([50, 80, 100][index] ?? 0))
      }
    }
  })

  it('listCrossings > only windows with a limit are crossed, each separately, and again in the next window', async (store) => {
    await limited(store, { limits: { daily: 10n, total: 16n } })
    const at = (day: number) => DAY + day * 86_400_000
    const entry = (id: string, day: number) =>
      used(eventOf(KEY, id, { amount: 8n, at: at(day), recordedAt: at(day) + 5 }))
    await store.commitLedger([entry('a', 0)])
    await store.commitLedger([entry('b', 1)])
    const rows = await store.listCrossings({ account: keyAccount(KEY), limit: 100 })
    assert.deepEqual(
      rows.map(({ window, start, percent, at: when }) => [window, start, percent, when]),
      [
        ['daily', at(1), 80, at(1) + 5],
        ['daily', at(1), 50, at(1) + 5],
        ['total', 0, 100, at(1) + 5],
        ['total', 0, 80, at(1) + 5],
        ['daily', at(0), 80, at(0) + 5],
        ['daily', at(0), 50, at(0) + 5],
        ['total', 0, 50, at(0) + 5],
      ],
    )
    assert.deepEqual(rows.slice(0, 2), await store.listCrossings({ account: keyAccount(KEY), limit: 2 }))
  })

  it('listCrossings > weekly and monthly limits are crossed, too, and late events count in the windows of their time', async (store) => {
    await limited(store, { limits: { weekly: 10n, monthly: 10n } })
    const at = Date.parse('2026-10-30T10:00:00.000Z')
    await store.commitLedger([used(eventOf(KEY, 'late', { amount: 10n, at }))])
    const seen = await store.listCrossings({ account: keyAccount(KEY), limit: 100 })
    const starts = new Set(seen.map(({ window, start }) => `${window} ${new Date(start).toISOString()}`))
    assert.deepEqual([...starts].sort(), [
      'monthly 2026-10-01T00:00:00.000Z',
      'weekly 2026-10-26T00:00:00.000Z',
    ])
    assert.equal(seen.length, 6)
    assert.deepEqual(new Set(seen.map((row) => row.at)), new Set([NOON]))
  })

  it('listCrossings > limits of users and workspaces are crossed by all of their keys together', async (store) => {
    await seed(store)
    const owner = await addUser(store, 5, { limits: { daily: 10n } })
    const workspace = await addWorkspace(store, 6, { limits: { total: 20n }, includeByokInLimit: true })
    const place = { ownerId: owner.id, workspaceId: workspace.id }
    await addKey(store, 10, place)
    await addKey(store, 11, place)
    await store.commitLedger([
      used(eventOf(idOf(10), 'a', { ...place, amount: 4n, byokAmount: 6n })),
      used(eventOf(idOf(11), 'b', { ...place, amount: 4n, byokAmount: 2n })),
    ])
    assert.deepEqual(await percentsOf(store, { kind: 'user', id: owner.id }), [80, 50])
    assert.deepEqual(await percentsOf(store, { kind: 'workspace', id: workspace.id }), [80, 50])
    assert.deepEqual(await percentsOf(store, keyAccount(idOf(10))), [])
    const [first] = await store.listCrossings({ account: { kind: 'workspace', id: workspace.id }, limit: 1 })
    assert.deepEqual(first, {
      account: { kind: 'workspace', id: workspace.id },
      window: 'total',
      start: 0,
      percent: 80,
      at: NOON,
    })
  })

  it('listAllCrossings > lists every account, oldest first and page by page, from an instant on, for one threshold or one user', async (store) => {
    await seed(store)
    const owner = await addUser(store, 5, { limits: { daily: 10n } })
    const other = await addUser(store, 7)
    const workspace = await addWorkspace(store, 6, { limits: { total: 20n } })
    const place = { ownerId: owner.id, workspaceId: workspace.id }
    await addKey(store, 10, { ...place, limits: { daily: 10n } })
    await addKey(store, 11, { ownerId: other.id, limits: { daily: 10n } })
    const spend = (n: number, id: string, at: number, more: object = {}) =>
      store.commitLedger([used(eventOf(idOf(n), id, { ...more, amount: 5n, at, recordedAt: at }))])
    await spend(10, 'a', NOON, place)
    await spend(11, 'b', NOON + 1, { ownerId: other.id })
    await spend(10, 'c', NOON + 2, place)
    const all = (await store.listAllCrossings({ limit: 100 })).rows
    const seen = all.map(({ account, percent, at }) => `${at - NOON} ${account.kind} ${percent}`)
    assert.deepEqual(seen, [
      '0 key 50',
      '0 user 50',
      '1 key 50',
      '2 key 80',
      '2 key 100',
      '2 user 80',
      '2 user 100',
      '2 workspace 50',
    ])
    for (const limit of [1, 2, 3, 7]) {
      const paged: unknown[] = []
      let page = await store.listAllCrossings({ limit })
      for (; page.next !== null; page = await store.listAllCrossings({ limit, after: page.next }))
        paged.push(...page.rows)
      assert.deepEqual([...paged, ...page.rows], all)
    }
    const rows = async (query: object) => (await store.listAllCrossings({ limit: 100, ...query })).rows
    assert.deepEqual(await rows({ since: NOON + 1 }), all.slice(2))
    assert.deepEqual(await rows({ since: NOON + 3 }), [])
    assert.deepEqual(await rows({ percent: 80 }), [all[3], all[5]])
    assert.deepEqual(await rows({ percent: 100, since: NOON + 2 }), [all[4], all[6]])
    assert.deepEqual(await rows({ ownerId: other.id }), [all[2]])
    assert.equal((await rows({ ownerId: owner.id })).length, 6)
    // A user that is not a member of the workspace does not see its key there.
    assert.equal((await rows({ ownerId: owner.id, memberId: other.id })).length, 3)
    const [first] = (await store.listAllCrossings({ limit: 1, ownerId: other.id })).rows
    assert.deepEqual(first, all[2])
  })

  it('listCrossings > usage paid elsewhere counts only if the account includes it', async (store) => {
    await seed(store)
    await addKey(store, 10, { limits: { total: 10n } })
    await addKey(store, 11, { limits: { total: 10n }, includeByokInLimit: true })
    for (const n of [10, 11]) {
      await store.commitLedger([used(eventOf(idOf(n), 'a', { amount: 1n, byokAmount: 7n }))])
    }
    assert.deepEqual(await percentsOf(store, keyAccount(idOf(10))), [])
    assert.deepEqual(await percentsOf(store, keyAccount(idOf(11))), [80, 50])
  })

  it('listCrossings > a limit of 0 is crossed at 100 % by any usage; usage of 0 crosses none', async (store) => {
    const spend = await limited(store, { limits: { daily: 0n } })
    assert.deepEqual(await spend(0n), [])
    assert.deepEqual(await spend(1n), [100])
    await addKey(store, 11, { limits: { total: 0n } })
    await store.commitLedger([used(eventOf(idOf(11), 'a', { amount: 0n, byokAmount: 5n }))])
    assert.deepEqual(await percentsOf(store, keyAccount(idOf(11))), [])
  })

  it('listCrossings > boosts raise the limit while they last, judged when the event is recorded', async (store) => {
    const boosts = { daily: { amount: 10n, until: NOON + 100 } }
    await limited(store, { limits: { daily: 10n, total: 100n }, boosts })
    const record = async (id: string, recordedAt: number) => {
      await store.commitLedger([used(eventOf(KEY, id, { amount: 9n, at: NOON, recordedAt }))])
      return percentsOf(store, keyAccount(KEY), 'daily')
    }
    assert.deepEqual(await record('a', NOON + 99), [])
    assert.deepEqual(await record('b', NOON + 99), [80, 50])
    await patchKey(store, KEY, { boosts: { daily: { amount: 100n, until: NOON + 100 } } })
    assert.deepEqual(await record('c', NOON + 99), [80, 50])
    assert.deepEqual(await record('d', NOON + 100), [100, 80, 50])
  })

  it('listCrossings > limits and boosts at the edge of 64 bits do not overflow', async (store) => {
    const limit = 2n ** 63n - 1n
    const boosts = { total: { amount: limit, until: NOON + 1 } }
    await seed(store)
    await addKey(store, 10, { limits: { total: limit }, boosts, includeByokInLimit: true })
    await store.commitLedger([used(eventOf(KEY, 'a', { amount: limit - 1n, byokAmount: limit }))])
    assert.deepEqual(await percentsOf(store, keyAccount(KEY)), [100, 80, 50])
  })

  it('listCrossings > a settlement crosses like an event; a hold and a duplicate do not', async (store) => {
    await limited(store, { limits: { daily: 10n } })
    const open = reservationNumber(KEY, 100, { amount: 10n })
    await store.commitLedger([held(open)])
    assert.deepEqual(await percentsOf(store, keyAccount(KEY)), [])
    await store.commitLedger([ended(open, 'settled', { settlement: settlementOf({ amount: 5n }) })])
    assert.deepEqual(await percentsOf(store, keyAccount(KEY)), [50])
    await patchKey(store, KEY, { limits: { daily: 5n } })
    await store.commitLedger([used(eventOf(KEY, `reservation:${open.id}`, { amount: 5n }))])
    assert.deepEqual(await percentsOf(store, keyAccount(KEY)), [50])
  })
}

/** Creates a key with a limit; returns a function that spends at noon and returns the crossings so far. */
async function limited(store: Store, members: Partial<Key>): Promise<(amount: bigint) => Promise<number[]>> {
  await seed(store)
  await addKey(store, 10, members)
  let n = 0
  return async (amount) => {
    n += 1
    await store.commitLedger([used(eventOf(KEY, `${n}`, { amount }))])
    return percentsOf(store, keyAccount(KEY))
  }
}

/** An owner and a workspace of its own, so that sums near the largest one fit. */
async function ownPlace(store: Store, n: number): Promise<Pick<Key, 'ownerId' | 'workspaceId'>> {
  const owner = await addUser(store, 10_000 + n)
  const workspace = await addWorkspace(store, 20_000 + n)
  return { ownerId: owner.id, workspaceId: workspace.id }
}

async function percentsOf(store: Store, account: AccountId, window?: LimitWindow): Promise<number[]> {
  const rows = await store.listCrossings({ account, limit: 100 })
  const percents = rows
    .filter((row) => window === undefined || row.window === window)
    .map((row) => row.percent)
  return percents.sort((one, other) => other - one)
}
