import { expect } from 'bun:test'
import fc from 'fast-check'
import { Fault } from '../../src/core/ground/faults.ts'
import { rejectionOf } from '../support/failures.ts'
import { type Command, compareSums, type Pair, perform } from './commands.ts'
import { anyHistory } from './histories.ts'
import { MoneyModel } from './model.ts'
import type { MoneyRig } from './rig.ts'

// The promises about money (docs/architecture.md#why-no-limit-is-passed) as functions that throw when one is broken. They
// are run on the real thing, and on planted mistakes.

const NONE = { accepted: 0, duplicates: 0, conflicts: [] }

/** Makes a fresh rig for one history. */
export type NewRig = () => Promise<MoneyRig>

/** Random histories agree with the model step by step and in every sum. Returns how often each command ran. */
export async function agreesWithModel(
  newRig: NewRig,
  histories: number,
  history: fc.Arbitrary<readonly Command[]> = anyHistory,
): Promise<Map<Command['do'], number>> {
  const counts = new Map<Command['do'], number>()
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const rig = await newRig()
      const pair: Pair = { rig, model: new MoneyModel(rig.clock.now()), holds: [], corrections: new Map() }
      for (const step of steps) {
        await perform(pair, step)
        counts.set(step.do, (counts.get(step.do) ?? 0) + 1)
      }
      await compareSums(pair)
      await rig.restart()
      await compareSums(pair)
    }),
    { numRuns: histories, endOnFailure: true },
  )
  return counts
}

const demand = fc.record({
  key: fc.constantFrom('key0' as const, 'key1' as const),
  amount: fc.bigInt({ min: 1n, max: 9n }),
  hold: fc.boolean(),
})
const crowds = fc.array(demand, { minLength: 2, maxLength: 60 })
const limits = fc.record({ key0: fc.bigInt({ min: 0n, max: 80n }), owner: fc.bigInt({ min: 0n, max: 120n }) })

/** Of demands that start together exactly as many pass as there is room for. Returns the number of demands. */
export async function crowdsFit(newRig: NewRig, rounds: number): Promise<number> {
  let demands = 0
  await fc.assert(
    fc.asyncProperty(crowds, limits, async (crowd, { key0, owner }) => {
      const rig = await newRig()
      const { latchkey, call } = rig
      await latchkey.keys.update(call, { id: rig.keys.key0.key.id }, { patch: { limits: { daily: key0 } } })
      await latchkey.users.update(call, rig.ownerId, { patch: { limits: { total: owner } } })
      // With the facts in memory all demands are made at once: reads of facts begin one after the other.
      for (const { secret } of Object.values(rig.keys)) await latchkey.verify({ secret })
      const outcomes = await Promise.all(
        crowd.map(async ({ key, amount, hold }) => {
          const { secret } = rig.keys[key]
          const take = hold
            ? { kind: 'reserve' as const, amount, ttlMs: 60_000, requestId: null, caller: null }
            : { kind: 'charge' as const, amount, requestId: null, caller: null }
          return { key, amount, passed: (await rig.latchkey.verify({ secret, take })).valid }
        }),
      )
      demands += crowd.length
      const sumOf = (taken: typeof outcomes) => taken.reduce((sum, { amount }) => sum + amount, 0n)
      const all = sumOf(outcomes.filter(({ passed }) => passed))
      const own = sumOf(outcomes.filter(({ passed, key }) => passed && key === 'key0'))
      expect(own <= key0 && all <= owner).toBe(true)
      for (const { key, amount, passed } of outcomes) {
        // Nothing was released, so a refused demand has no room now either.
        if (!passed) expect(all + amount > owner || (key === 'key0' && own + amount > key0)).toBe(true)
      }
    }),
    { numRuns: rounds, endOnFailure: true },
  )
  return demands
}

/** Of 1,000 reserves of one unit at once against a limit of 100 exactly 100 pass, and after a restart none more. */
export async function thousandReserves(newRig: NewRig): Promise<void> {
  const rig = await newRig()
  const id = rig.keys.key0.key.id
  await rig.latchkey.keys.update(rig.call, { id }, { patch: { limits: { monthly: 100n } } })
  let unanswered = 0
  // On a busy machine some get no connection in time; a retry with the same id gets the result of the first attempt.
  const reserve = async (n: number): Promise<{ taken: boolean }> => {
    const request = { key: { id }, amount: 1n, ttlMs: 60_000, requestId: `r${n}` }
    for (;;) {
      try {
        return await rig.latchkey.reservations.reserve(rig.call, request)
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'store_unavailable' || unanswered > 3_000) throw error
        unanswered += 1
      }
    }
  }
  const outcomes = await Promise.all(Array.from({ length: 1_000 }, (_, n) => reserve(n)))
  process.stdout.write(`1,000 reserves at once: ${unanswered} asked again\n`)
  expect(outcomes.filter(({ taken }) => taken)).toHaveLength(100)
  await rig.restart()
  expect((await reserve(1_000)).taken).toBe(false)
}

/**
 * Of many reserves at once, over the two keys of an owner, exactly as many pass as the owner may have open, and after a restart no more.
 * When all have run out, exactly as many pass again. The rig must bound the holds of a user by `most`. The owner has a limit or none.
 */
export async function holdsOfUserFit(newRig: NewRig, most: number, isLimited: boolean): Promise<void> {
  const rig = await newRig()
  const limits = isLimited ? { total: 1_000_000n } : {}
  await rig.latchkey.users.update(rig.call, rig.ownerId, { patch: { limits } })
  const { key0, key1 } = rig.keys
  for (const { secret } of [key0, key1]) await rig.latchkey.verify({ secret })
  let unanswered = 0
  const reserve = async (n: number, ttlMs: number): Promise<string> => {
    const request = { key: { id: (n % 2 === 0 ? key0 : key1).key.id }, amount: 1n, ttlMs, requestId: `h${n}` }
    for (;;) {
      try {
        const { taken } = await rig.latchkey.reservations.reserve(rig.call, request)
        return taken ? 'taken' : 'no room'
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        // On a busy machine some get no connection in time.
        if (error.code !== 'store_unavailable' || unanswered > 3_000) return error.code
        unanswered += 1
      }
    }
  }
  const crowd = async (from: number, ttlMs: number) => {
    const outcomes = await Promise.all(Array.from({ length: 3 * most }, (_, n) => reserve(from + n, ttlMs)))
    const taken = outcomes.filter((outcome) => outcome === 'taken').length
    expect(new Set(outcomes)).toEqual(new Set(['taken', 'too_many_holds']))
    return { taken, isTaken: outcomes.map((outcome) => outcome === 'taken') }
  }
  const first = await crowd(0, 60_000)
  expect(first.taken).toBe(most)
  await rig.restart()
  expect(await reserve(10_000, 60_000)).toBe('too_many_holds')
  // A repeated one is answered as before, on any node.
  const n = first.isTaken.indexOf(true)
  for (let time = 0; time < 3; time += 1) expect(await reserve(n, 60_000)).toBe('taken')
  rig.clock.advance(60_000)
  expect((await crowd(20_000, 3_600_000)).taken).toBe(most)
  process.stdout.write(`reserves of an owner with ${most} places: ${unanswered} asked again\n`)
}

/**
 * When a commit fails its callers get the error, none of it counts, and a repeat counts once. `failNext` makes the next commit fail
 * without writing anything.
 */
export async function failuresAreTold(newRig: NewRig, failNext: () => void): Promise<void> {
  const rig = await newRig()
  const { key } = rig.keys.key0
  const spent = async () => (await rig.latchkey.keys.get(rig.call, { id: key.id })).spend.total.amount
  for (let round = 1n; round <= 5n; round += 1n) {
    const event = { id: `f${round}`, key: { id: key.id }, amount: 7n, byokAmount: 0n, requests: 1, meta: {} }
    failNext()
    expect(await rejectionOf(rig.latchkey.usage.report(rig.call, [event]))).toBeInstanceOf(Error)
    expect(await spent()).toBe((round - 1n) * 7n)
    expect(await rig.latchkey.usage.report(rig.call, [event])).toEqual({ ...NONE, accepted: 1 })
    expect(await rig.latchkey.usage.report(rig.call, [event])).toEqual({ ...NONE, duplicates: 1 })
    expect(await spent()).toBe(round * 7n)
  }
}
