import { describe, expect, test } from 'bun:test'
import { chainOf, ledgerRig } from '../../../test/support/ledger-rig.ts'
import { addKey, eventOf, NOON } from '../../../test/support/records.ts'
import { held, reservationNumber, used } from '../../store/conformance/ledger-case.conformance.ts'
import { ROUNDS_MAX } from '../ground/attempts.ts'
import { MAX } from '../ground/bounds.ts'
import { DAY_MS } from '../ground/clock.ts'
import type { Caller } from '../ground/turns.ts'
import type { Key } from '../types.ts'
import type { LedgerEntry } from './entries.ts'

const HONEST: Caller = { userId: 'honest', keyId: 'honest-key' }

function report(key: Key, name: string, count: number): LedgerEntry[] {
  return Array.from({ length: count }, (_, n) => used(eventOf(key.id, `${name}-${n}`)))
}

describe('holds that run out', () => {
  test('a charge in the room of an expired hold is never on disk before the end of that hold', async () => {
    const { ledger, store, clock, commits } = await ledgerRig()
    const key = await addKey(store, 10, { limits: { total: 10n } })
    const other = await addKey(store, 11)
    const chain = chainOf(key)
    await ledger.load(chain)
    const hold = reservationNumber(key.id, 1, { amount: 10n, expiresAt: NOON + 1_000 })
    const taken = await ledger.admit(chain, { amount: 10n, entry: held(hold), caller: HONEST })
    expect(taken).toMatchObject({ outcome: 'written' })
    clock.advance(1_000)
    // Ends of other holds, which fill the server's own turns.
    const ends = Array.from({ length: 60 }, (_, n) => report(other, `server-${n}`, 50))
    const before = commits.length
    const busy = ends.map((entries) => ledger.record(entries, null))
    const charging = { amount: 10n, entry: used(eventOf(key.id, 'charge')), caller: HONEST }
    // Memory cannot decide before the hold is ended.
    expect(ledger.admit(chain, charging)).toBeNull()
    await ledger.load(chain)
    expect(await ledger.admit(chain, charging)).toMatchObject({ outcome: 'written' })
    await Promise.all(busy)
    const order = commits.slice(before).flat()
    const end = order.findIndex((entry) => entry.kind === 'resolution')
    const spent = order.findIndex((entry) => entry.kind === 'event' && entry.event.id === 'charge')
    expect(end).toBeGreaterThanOrEqual(0)
    expect(spent).toBeGreaterThan(end)
  })
})

describe('an account with many open holds', () => {
  test('is read once for each earlier day whose windows are needed, and not again for others', async () => {
    const { ledger, store, reads } = await ledgerRig()
    const key = await addKey(store, 10, { limits: { total: 1_000n } })
    const chain = chainOf(key)
    const yesterday = NOON - DAY_MS
    const settle = (n: number) => ({
      amount: null,
      windowsAt: yesterday + n,
      entry: ofYesterday(n),
      caller: null,
    })
    const ofYesterday = (n: number) => used(eventOf(key.id, `e${n}`, { amount: 1n, at: yesterday + n }))
    await Promise.all(Array.from({ length: 100 }, (_, n) => ledger.load(chain, yesterday + n)))
    expect(reads()).toBe(2)
    const settled = Array.from({ length: 100 }, (_, n) => ledger.admit(chain, settle(n)))
    expect(new Set((await Promise.all(settled)).map((each) => each?.outcome))).toEqual(new Set(['written']))
    expect(reads()).toBe(2)
    // The day before is missing in the copy, and nothing else.
    await Promise.all([0, 1, 2].map((n) => ledger.load(chain, yesterday - DAY_MS + n)))
    expect(reads()).toBe(3)
    expect(ledger.budget(chain)).toMatchObject([{ spent: 100n }])
  })

  test('is loaded in pieces, while others have turns, and then counts all of its holds', async () => {
    const { ledger, store } = await ledgerRig()
    const count = 10_000
    const key = await addKey(store, 10, { limits: { total: BigInt(count) * 5n + 1n } })
    for (let from = 0; from < count; from += 1_000) {
      const holds = Array.from({ length: 1_000 }, (_, n) => reservationNumber(key.id, 1_000 + from + n))
      await store.commitLedger(holds.map(held))
    }
    let turns = 0
    let isLoaded = false
    const next = () => {
      turns += 1
      if (!isLoaded) setImmediate(next)
    }
    setImmediate(next)
    await ledger.load(chainOf(key))
    isLoaded = true
    console.log(`${count} holds were read with ${turns} turns between`)
    // Once when they are read, and once when they are sorted.
    expect(turns).toBeGreaterThanOrEqual((2 * count) / MAX.holdsReadAtOnce - 4)
    expect(ledger.budget(chainOf(key))).toMatchObject([{ reserved: 50_000n, remaining: 1n }])
  })

  test('thousands of holds that expire at once are ended in small batches, and then there is room', async () => {
    const { ledger, store, clock } = await ledgerRig()
    const key = await addKey(store, 10, { limits: { total: 7_000n } })
    const chain = chainOf(key)
    await ledger.load(chain)
    const holds = Array.from({ length: 7_000 }, (_, n) => {
      const hold = reservationNumber(key.id, n + 1, { amount: 1n, expiresAt: NOON + 1_000 })
      return ledger.admit(chain, { amount: 1n, entry: held(hold), caller: HONEST })
    })
    const admitted = await Promise.all(holds)
    expect(admitted.filter((each) => each?.outcome === 'written')).toHaveLength(7_000)
    expect(ledger.budget(chain)?.[0]?.remaining).toBe(0n)
    // Ending them takes more rounds than a decision that loads single facts may have.
    expect(7_000 / MAX.holdsEndedAtOnce).toBeGreaterThan(ROUNDS_MAX)
    clock.advance(1_000)
    let turns = 0
    const counting = setInterval(() => {
      turns += 1
    }, 0)
    expect(ledger.budget(chain)).toBeNull()
    await ledger.load(chain)
    clearInterval(counting)
    expect(ledger.budget(chain)?.[0]?.remaining).toBe(7_000n)
    expect(turns).toBeGreaterThan(1)
    await ledger.drained()
    expect(await store.findRunOut(clock.now(), 10)).toEqual([])
  })
})
