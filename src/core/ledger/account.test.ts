import { heapStats } from 'bun:jsc'
import { expect, test } from 'bun:test'
import { NOON } from '../../../test/support/records.ts'
import { numbers } from '../../store/conformance/ledger-case.conformance.ts'
import { DAY_MS } from '../ground/clock.ts'
import { noSpend } from '../money/budgets.ts'
import { LIMIT_WINDOWS } from '../money/windows.ts'
import type { KeyId, UserId, WorkspaceId } from '../types.ts'
import {
  type Account,
  accountFrom,
  addWindows,
  applyEntry,
  coversWindows,
  newlyReached,
  spendIn,
  type Undo,
} from './account.ts'
import type { AccountId, Hold, LedgerEntry, ReservationId } from './entries.ts'

const KEY: AccountId = { kind: 'key', id: 'key' as KeyId }
const PAYER = { keyId: 'key' as KeyId, ownerId: 'owner' as UserId, workspaceId: 'space' as WorkspaceId }

function fresh(id = KEY): Promise<Account> {
  return accountFrom(id, { version: 0, spend: noSpend(), holds: [] }, NOON)
}

/** The number of objects in memory, without garbage. */
function objects(): number {
  Bun.gc(true)
  return heapStats().objectCount
}

function eventAt(at: number, amount: bigint): LedgerEntry {
  const event = { ...PAYER, id: 'event', at, recordedAt: at, amount, byokAmount: 0n, requests: 1, meta: {} }
  return { kind: 'event', event } as unknown as LedgerEntry
}

test('accounts without usage share their sums until one of them has some', async () => {
  const [one, other] = [await fresh(), await fresh()]
  applyEntry(one, eventAt(NOON, 5n))
  applyEntry(one, eventAt(NOON + 1, 2n))
  for (const window of LIMIT_WINDOWS) {
    expect(spendIn(one, window, NOON)).toEqual({ amount: 7n, byokAmount: 0n, requests: 2 })
    expect(spendIn(other, window, NOON)).toEqual({ amount: 0n, byokAmount: 0n, requests: 0 })
  }
})

test('an event counts in the windows that were read, and in those of its own day only', async () => {
  const account = await fresh()
  const yesterday = NOON - DAY_MS
  expect(coversWindows(account, NOON + 1_000)).toBe(true)
  expect(coversWindows(account, yesterday)).toBe(false)
  addWindows(account, noSpend(), yesterday)
  expect(coversWindows(account, yesterday)).toBe(true)
  applyEntry(account, eventAt(yesterday, 3n))
  applyEntry(account, eventAt(NOON, 4n))
  applyEntry(account, eventAt(NOON - 60 * DAY_MS, 100n))
  expect(spendIn(account, 'daily', yesterday).amount).toBe(3n)
  expect(spendIn(account, 'daily', NOON).amount).toBe(4n)
  expect(spendIn(account, 'monthly', NOON).amount).toBe(7n)
  expect(spendIn(account, 'total', NOON).amount).toBe(107n)
})

test('an account without usage and holds consists of few objects', async () => {
  const kept: Account[] = []
  for (let n = 0; n < 100; n += 1) kept.push(await fresh())
  const before = objects()
  for (let n = 0; n < 5_000; n += 1) kept.push(await fresh({ kind: 'key', id: `key ${n}` as KeyId }))
  const each = (objects() - before) / 5_000
  process.stdout.write(`objects of an account: ${each.toFixed(2)}\n`)
  expect(kept).toHaveLength(5_100)
  // The account, its id with the text, its sums and its holds. With methods and maps of its own it had thirty.
  expect(each).toBeLessThan(8)
})

test('holds that have ended leave nothing behind', async () => {
  const kept: Account[] = []
  for (let n = 0; n < 3_000; n += 1) kept.push(await fresh())
  const before = objects()
  for (const account of kept) {
    const id = 'hold' as ReservationId
    const hold: Hold = { ...PAYER, id, amount: 1n, heldAt: NOON, expiresAt: NOON + 1, onExpiry: 'release' }
    account.holds.add(hold)
    expect(account.holds.held('daily', NOON)).toBe(1n)
    account.holds.remove(id)
  }
  expect((objects() - before) / 3_000).toBeLessThan(1)
})

/** What anybody can see of an account. */
function seen(account: Account) {
  const days = [NOON, NOON - DAY_MS]
  return {
    spent: days.map((at) => LIMIT_WINDOWS.map((window) => spendIn(account, window, at))),
    held: days.map((at) => LIMIT_WINDOWS.map((window) => account.holds.held(window, at))),
    open: account.holds.runOut(Number.POSITIVE_INFINITY, 1_000),
    back: account.holds.givenBackAt('daily', NOON, 3n, NOON),
    reached: [...(account.reached ?? [])],
  }
}

test('entries of any kind are taken back exactly, in the reverse order', async () => {
  const random = numbers(7)
  const account = await fresh()
  addWindows(account, noSpend(), NOON - DAY_MS)
  for (let round = 0; round < 100; round += 1) {
    const before = seen(account)
    const { changes } = account
    const undos = Array.from({ length: random(12) }, () =>
      random(5) === 0 ? reach(account, random(3)) : applyEntry(account, anyEntry(random)),
    )
    for (const undo of undos.reverse()) undo()
    expect(seen(account)).toEqual(before)
    if (undos.length > 0) expect(account.changes).toBeGreaterThanOrEqual(changes)
    // Some stay, so that the next round begins with others.
    for (let n = 0; n < 5; n += 1) applyEntry(account, anyEntry(random))
  }
  expect(account.holds.count()).toBeGreaterThan(0)
})

function reach(account: Account, count: number): Undo {
  const thresholds = ([50, 80, 100] as const).slice(0, count)
  return newlyReached(account, { window: 'daily', at: NOON, thresholds }).undo
}

/** Mostly of holds that are open, sometimes of others. */
function anyEntry(random: (below: number) => number): LedgerEntry {
  const id = `hold ${random(20)}` as ReservationId
  const heldAt = NOON - random(2) * DAY_MS
  const hold: Hold = {
    ...PAYER,
    id,
    amount: BigInt(1 + random(9)),
    heldAt,
    expiresAt: NOON + 1 + random(9),
    onExpiry: random(2) === 0 ? 'release' : 'settle',
  }
  const event = eventAt(heldAt, BigInt(random(9)))
  const kinds: unknown[] = [
    event,
    { kind: 'hold', reservation: hold },
    { kind: 'extension', extension: { ...hold, from: hold } },
    { kind: 'resolution', resolution: { ...hold } },
    { ...event, kind: 'resolution', resolution: { ...hold } },
  ]
  return kinds[random(kinds.length)] as LedgerEntry
}
