import { describe, expect, test } from 'bun:test'
import { chainOf, ledgerRig } from '../../../test/support/ledger-rig.ts'
import { addKey, eventOf, NOON } from '../../../test/support/records.ts'
import { ended, held, reservationNumber, used } from '../../store/conformance/ledger-case.conformance.ts'
import { MAX } from '../ground/bounds.ts'
import { DAY_MS } from '../ground/clock.ts'
import type { Caller } from '../ground/turns.ts'
import type { Key } from '../types.ts'
import type { Admission } from './demand.ts'
import type { LedgerEntry } from './entries.ts'
import type { Ledger } from './ledger.ts'

const HONEST: Caller = { userId: 'honest', keyId: 'honest-key' }

function report(key: Key, name: string, count: number): LedgerEntry[] {
  return Array.from({ length: count }, (_, n) => used(eventOf(key.id, `${name}-${n}`)))
}

/** Makes holds of 1 that end together a second later. */
async function holdMany(ledger: Ledger, key: Key, count: number): Promise<void> {
  const holds = Array.from({ length: count }, (_, n) => {
    const hold = reservationNumber(key.id, n + 1, { amount: 1n, expiresAt: NOON + 1_000 })
    return ledger.admit(chainOf(key), { amount: 1n, entry: held(hold), caller: HONEST })
  })
  const admitted = await Promise.all(holds)
  expect(admitted.filter((each) => each?.outcome === 'written')).toHaveLength(count)
}

/** A key with one hold that takes some of its limit, and whose end a second later is not written. */
async function withRunOutHold(limit: bigint) {
  const rig = await ledgerRig()
  const key = await addKey(rig.store, 10, { limits: { total: limit } })
  const chain = chainOf(key)
  await rig.ledger.load(chain)
  const hold = reservationNumber(key.id, 1, { amount: 10n, expiresAt: NOON + 1_000 })
  const taken = await rig.ledger.admit(chain, { amount: 10n, entry: held(hold), caller: HONEST })
  expect(taken).toMatchObject({ outcome: 'written' })
  rig.clock.advance(1_000)
  return { ...rig, key, chain, hold }
}

describe('holds that run out', () => {
  test('a charge in the room of an expired hold is never on disk before the end of that hold', async () => {
    const { ledger, store, commits, key, chain } = await withRunOutHold(10n)
    const other = await addKey(store, 11)
    // Ends of other holds, which fill the server's own turns.
    const ends = Array.from({ length: 60 }, (_, n) => report(other, `server-${n}`, 50))
    const before = commits.length
    const busy = ends.map((entries) => ledger.record(entries, null))
    const charging = { amount: 10n, entry: used(eventOf(key.id, 'charge')), caller: HONEST }
    // Its room can be seen at once, but it is not decided before the hold is ended.
    expect(ledger.budget(chain)).toMatchObject([{ reserved: 0n, remaining: 10n }])
    expect(await ledger.admit(chain, charging)).toEqual({ outcome: 'again' })
    expect(await ledger.admit(chain, charging)).toMatchObject({ outcome: 'written' })
    await Promise.all(busy)
    const order = commits.slice(before).flat()
    const end = order.findIndex((entry) => entry.kind === 'resolution')
    const spent = order.findIndex((entry) => entry.kind === 'event' && entry.event.id === 'charge')
    expect(end).toBeGreaterThanOrEqual(0)
    expect(spent).toBeGreaterThan(end)
  })

  test('of charges that are decided together, one whose room the others have left to an expired hold is made again', async () => {
    const { ledger, commits, key, chain } = await withRunOutHold(20n)
    const charge = (id: string) => {
      const entry = used(eventOf(key.id, id, { amount: 10n }))
      return ledger.admit(chain, { amount: 10n, entry, caller: HONEST })
    }
    const both = await Promise.all([charge('one'), charge('two')])
    expect(both.map((each) => each?.outcome)).toEqual(['written', 'again'])
    expect(commits.flat().map(({ kind }) => kind)).toEqual(['hold', 'event', 'event'])
    expect(await charge('two')).toEqual({ outcome: 'again' })
    expect(await charge('two')).toMatchObject({ outcome: 'written' })
    expect(commits.flat().map(({ kind }) => kind)).toEqual(['hold', 'event', 'event', 'resolution', 'event'])
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
    await Promise.all(Array.from({ length: 100 }, (_, n) => ledger.load(chain, { windowsAt: yesterday + n })))
    expect(reads()).toBe(2)
    const settled = Array.from({ length: 100 }, (_, n) => ledger.admit(chain, settle(n)))
    expect(new Set((await Promise.all(settled)).map((each) => each?.outcome))).toEqual(new Set(['written']))
    expect(reads()).toBe(2)
    // The day before is missing in the copy, and nothing else.
    await Promise.all([0, 1, 2].map((n) => ledger.load(chain, { windowsAt: yesterday - DAY_MS + n })))
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

  test('thousands that run out at once: their room shows at once, and only as many are ended as a demand needs', async () => {
    const { ledger, store, clock, commits, reads } = await ledgerRig()
    const key = await addKey(store, 10, { limits: { total: 7_010n } })
    const chain = chainOf(key)
    await ledger.load(chain)
    await holdMany(ledger, key, 7_000)
    expect(ledger.budget(chain)?.[0]?.remaining).toBe(10n)
    const [commitsBefore, readsBefore] = [commits.length, reads()]
    const written = () => commits.slice(commitsBefore).flat()
    clock.advance(1_000)
    expect(ledger.budget(chain)?.[0]?.remaining).toBe(7_010n)
    const charge = async (id: string, amount: bigint): Promise<Admission['outcome']> => {
      const entry = used(eventOf(key.id, id, { amount }))
      const made = await ledger.admit(chain, { amount, entry, caller: HONEST })
      return made?.outcome === 'again' ? charge(id, amount) : (made?.outcome ?? 'again')
    }
    // What fits beside them, or fits in no case, waits for no end.
    expect(await charge('fits', 10n)).toBe('written')
    expect(await charge('too much', 7_001n)).toBe('no_room')
    expect(written()).toHaveLength(1)
    expect(await charge('little', 300n)).toBe('written')
    expect(written()).toHaveLength(2 + 2 * MAX.holdsEndedAtOnce)
    // Housekeeping ends them meanwhile, and ends none of them twice.
    const overdue = await store.findRunOut(clock.now(), 10_000)
    const [all] = await Promise.all([charge('all', 6_700n), ledger.endRunOut(overdue)])
    expect(all).toBe('written')
    expect(written()).toHaveLength(7_000 + 3)
    expect(ledger.budget(chain)).toMatchObject([{ spent: 7_010n, reserved: 0n }])
    expect(await store.findRunOut(clock.now(), 10)).toEqual([])
    expect(reads()).toBe(readsBefore)
  })

  test('demands that need the room of the same ended holds are all made within a few attempts', async () => {
    const { ledger, store, clock, commits } = await ledgerRig()
    const count = 40 * MAX.holdsEndedAtOnce
    const key = await addKey(store, 10, { limits: { total: BigInt(count) } })
    const chain = chainOf(key)
    await ledger.load(chain)
    await holdMany(ledger, key, count)
    clock.advance(1_000)
    const amount = BigInt(MAX.holdsEndedAtOnce)
    const attempts: number[] = []
    const charge = async (id: string) => {
      const entry = used(eventOf(key.id, id, { amount }))
      for (let attempt = 1; ; attempt += 1) {
        const made = await ledger.admit(chain, { amount, entry, caller: HONEST })
        if (made?.outcome === 'again') continue
        attempts.push(attempt)
        return made?.outcome
      }
    }
    // One more than have room.
    const made = await Promise.all(Array.from({ length: 41 }, (_, n) => charge(`large-${n}`)))
    expect(made.filter((outcome) => outcome === 'written')).toHaveLength(40)
    expect(made.filter((outcome) => outcome === 'no_room')).toHaveLength(1)
    console.log(`41 demands were made in at most ${Math.max(...attempts)} attempts each`)
    expect(Math.max(...attempts)).toBeLessThanOrEqual(4)
    expect(commits.flat().filter(({ kind }) => kind === 'resolution')).toHaveLength(count)
    expect(ledger.budget(chain)).toMatchObject([{ remaining: 0n, reserved: 0n }])
  })

  test('a small demand waits little for large ones that want all of the same room', async () => {
    const { ledger, store, clock, commits } = await ledgerRig()
    const rounds = 60
    const count = rounds * MAX.holdsEndedAtOnce
    const key = await addKey(store, 10, { limits: { total: BigInt(count) } })
    const chain = chainOf(key)
    await ledger.load(chain)
    await holdMany(ledger, key, count)
    clock.advance(1_000)
    const ask = (id: string, amount: bigint, caller: Caller) =>
      ledger.admit(chain, { amount, entry: used(eventOf(key.id, id, { amount })), caller })
    const greedy: Caller = { userId: 'greedy', keyId: 'greedy-key' }
    const large = Array.from({ length: 30 }, (_, n) => ask(`large-${n}`, BigInt(count / 2), greedy))
    expect(await ask('small', 1n, HONEST)).toEqual({ outcome: 'again' })
    const ended = commits.flat().filter(({ kind }) => kind === 'resolution').length
    console.log(`a small demand waited for ${ended} of ${count} ends`)
    expect(ended).toBeLessThanOrEqual((MAX.endsForOthers + 2) * MAX.holdsEndedAtOnce)
    await Promise.all(large)
  })

  test('an end that somebody else has written drops no copy of the accounts', async () => {
    const { ledger, reads, chain, hold } = await withRunOutHold(100n)
    const before = reads()
    const releasing = ledger.record([ended(hold, 'released')], HONEST)
    await Promise.all([releasing, ledger.endRunOut([hold])])
    expect(await releasing).toEqual(['written'])
    expect(ledger.budget(chain)).toMatchObject([{ reserved: 0n }])
    expect(reads()).toBe(before)
  })
})
