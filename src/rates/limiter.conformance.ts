import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type TestClock, testClock } from '../../test/support/clock.ts'
import { idOf } from '../../test/support/records.ts'
import { DAY_MS } from '../core/ground/clock.ts'
import type { RateDecision, RateDemand, RateLimiter, RateTaking } from '../core/verify/rates.ts'

/** Opens an empty limiter of the implementation under test. */
export type OpenLimiter = (clock: TestClock) => RateLimiter | Promise<RateLimiter>

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS

/**
 * Tests one implementation against the contract of the rate limiter. `scale` stretches every window, so that the same promises are tested
 * for windows that survive a restart.
 */
export function runRateLimiterTests(name: string, open: OpenLimiter, scale = 1): void {
  const perMinute = { name: 'requests', limit: 3, windowMs: MINUTE_MS * scale }
  const one: RateDemand = { subject: idOf(1), rate: perMinute, cost: 1 }

  async function opened(clock = testClock()) {
    const limiter = await open(clock)
    const known = <Answer>(answer: Answer | null): Answer => {
      if (answer === null) throw new Error('The limiter does not know what it has loaded.')
      return answer
    }
    return {
      clock,
      async take(...demands: RateDemand[]): Promise<RateTaking> {
        await limiter.load(demands)
        return known(limiter.take(demands))
      },
      async peek(...demands: RateDemand[]): Promise<RateDecision> {
        await limiter.load(demands)
        return known(limiter.peek(demands))
      },
    }
  }

  describe(`rate limits: ${name}`, () => {
    test('a burst of the limit passes, the next is refused with the wait until one unit is back', async () => {
      const { take } = await opened()
      for (let taken = 0; taken < 3; taken += 1) expect((await take(one)).allowed).toBe(true)
      expect(await take(one)).toMatchObject({
        allowed: false,
        retryAfterMs: 20 * SECOND_MS * scale,
        bound: { remaining: 0 },
      })
    })

    test('waiting for exactly the stated time is enough, a millisecond less is not', async () => {
      const { take, clock } = await opened()
      for (let taken = 0; taken < 3; taken += 1) await take(one)
      clock.advance(20 * SECOND_MS * scale - 1)
      expect(await take(one)).toMatchObject({ allowed: false, retryAfterMs: 1 })
      clock.advance(1)
      expect((await take(one)).allowed).toBe(true)
    })

    test('units are taken from all of several limits or from none', async () => {
      const { take, peek } = await opened()
      const small = { ...one, rate: { name: 'images', limit: 1, windowMs: MINUTE_MS * scale } }
      expect((await take(one, small)).allowed).toBe(true)
      expect(await take(one, small)).toMatchObject({ allowed: false, bound: { name: 'images' } })
      expect(await peek(one)).toMatchObject({ allowed: true, states: [{ remaining: 1 }] })
    })

    test('peeking takes nothing', async () => {
      const { take, peek } = await opened()
      for (let peeked = 0; peeked < 100; peeked += 1) await peek(one)
      expect((await take({ ...one, cost: 3 })).allowed).toBe(true)
    })

    test('a cost of nothing always passes', async () => {
      const { take } = await opened()
      await take({ ...one, cost: 3 })
      expect((await take({ ...one, cost: 0 })).allowed).toBe(true)
    })

    test('subjects do not share a limit', async () => {
      const { take } = await opened()
      await take({ ...one, cost: 3 })
      expect((await take({ ...one, subject: idOf(2) })).allowed).toBe(true)
    })

    test('a clock that is set far back blocks a limit for no longer than its window, and grants nothing', async () => {
      const { take, clock } = await opened()
      await take({ ...one, cost: 3 })
      clock.advance(-DAY_MS * scale)
      expect((await take(one)).allowed).toBe(false)
      clock.advance(MINUTE_MS * scale)
      expect((await take(one)).allowed).toBe(true)
    })

    test('forgetting idle subjects never grants more than the limit', async () => {
      const { take } = await opened()
      await take({ ...one, cost: 3 })
      const idle = { ...perMinute, windowMs: SECOND_MS }
      for (let other = 10; other < 30_000; other += 1)
        await take({ ...one, subject: idOf(other), rate: idle })
      expect((await take(one)).allowed).toBe(false)
    })

    test('a raised limit has room at once for its unused units', async () => {
      const { take, peek } = await opened()
      await take({ ...one, cost: 3 })
      const raised = { ...one, rate: { ...perMinute, limit: 6 } }
      expect(await peek(raised)).toMatchObject({ allowed: true, states: [{ remaining: 2 }] })
      expect((await take({ ...raised, cost: 3 })).allowed).toBe(true)
      expect((await take(raised)).allowed).toBe(false)
    })

    test('a lowered limit counts the uses from before', async () => {
      const { take } = await opened()
      const wide = { ...one, rate: { ...perMinute, limit: 100 } }
      await take({ ...wide, cost: 50 })
      const cut = { ...one, rate: { ...perMinute, limit: 10 } }
      expect(await take(cut)).toMatchObject({ allowed: false, bound: { remaining: 0 } })
    })

    test('a limit that is lowered and raised again counts the uses from before and since', async () => {
      const { take, peek, clock } = await opened()
      const wide = { ...one, rate: { ...perMinute, limit: 100 } }
      const cut = { ...one, rate: { ...perMinute, limit: 10 } }
      const between = { ...one, rate: { ...perMinute, limit: 50 } }
      await take({ ...wide, cost: 80 })
      expect((await take(cut)).allowed).toBe(false)
      expect((await take(between)).allowed).toBe(false)
      expect(await peek({ ...wide, cost: 0 })).toMatchObject({ states: [{ remaining: 20 }] })
      expect((await take(cut)).allowed).toBe(false)
      // At the former rate 40 of the 80 units have leaked away, at the lowered rate 4.
      clock.advance((MINUTE_MS * scale * 4) / 10)
      expect((await take({ ...cut, cost: 5 })).allowed).toBe(false)
      expect((await take({ ...cut, cost: 4 })).allowed).toBe(true)
      expect(await peek({ ...wide, cost: 0 })).toMatchObject({ states: [{ remaining: 56 }] })
    })

    test('uses from before a cut are forgotten after its window, and the lowered limit gets room like any other', async () => {
      const { take, peek, clock } = await opened()
      const wide = { ...one, rate: { ...perMinute, limit: 100 } }
      const cut = { ...one, rate: { ...perMinute, limit: 10 } }
      await take({ ...wide, cost: 100 })
      expect(await take(cut)).toMatchObject({ allowed: false, retryAfterMs: 6 * SECOND_MS * scale })
      clock.advance(6 * SECOND_MS * scale)
      expect((await take(cut)).allowed).toBe(true)
      clock.advance(MINUTE_MS * scale)
      expect(await peek({ ...wide, cost: 0 })).toMatchObject({ states: [{ remaining: 100 }] })
    })

    test('units given back after a cut are also given back for a later raise', async () => {
      const { take, peek } = await opened()
      const wide = { ...one, rate: { ...perMinute, limit: 100 } }
      const cut = { ...one, rate: { ...perMinute, limit: 10 } }
      await take({ ...wide, cost: 80 })
      await take(cut)
      const wider = { ...one, rate: { ...perMinute, limit: 81 } }
      const taking = await take(wider)
      expect((await take(cut)).allowed).toBe(false)
      if (taking.allowed) taking.giveBack()
      expect(await peek({ ...wide, cost: 0 })).toMatchObject({ states: [{ remaining: 20 }] })
    })

    test('cuts and raises in between let nothing pass that would not have passed without them', async () => {
      const widest = 20
      const step = fc.record({
        // In three seconds one unit of the widest limit leaks away.
        waitMs: fc.nat(6 * SECOND_MS * scale),
        limit: fc.constantFrom(widest, widest, 10, 5, 2),
        cost: fc.integer({ min: 1, max: 5 }),
        isGivenBack: fc.nat(9).map((n) => n === 0),
      })
      let [subjects, passed, cuts] = [0, 0, 0]
      const { take, clock } = await opened()
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 50 }), async (history) => {
          const changing = { ...one, subject: idOf(++subjects) }
          const constant = {
            ...one,
            subject: idOf(++subjects),
            rate: { ...perMinute, limit: widest },
          }
          for (const { waitMs, limit, cost, isGivenBack } of history) {
            clock.advance(waitMs)
            const taking = await take({ ...changing, rate: { ...perMinute, limit }, cost })
            if (limit < widest) cuts += 1
            if (!taking.allowed) continue
            if (isGivenBack) taking.giveBack()
            else expect((await take({ ...constant, cost })).allowed).toBe(true)
            passed += 1
          }
        }),
        { numRuns: 200 },
      )
      console.log(`rates: ${passed} passed, of ${cuts} asked under a cut`)
      expect(Math.min(passed, cuts)).toBeGreaterThan(1_000)
    })

    test('a changed window counts earlier uses, and a change back and forth grants nothing', async () => {
      const { take } = await opened()
      await take({ ...one, cost: 2 })
      const longer = { ...one, rate: { ...perMinute, windowMs: perMinute.windowMs * 10 } }
      expect(await take(longer)).toMatchObject({ allowed: true, states: [{ remaining: 0 }] })
      expect((await take(one)).allowed).toBe(false)
      expect((await take(longer)).allowed).toBe(false)
    })

    test('whatever the history of takes and changes, used units count under the rate that is in force', async () => {
      const step = fc.record({
        limit: fc.integer({ min: 1, max: 20 }),
        minutes: fc.integer({ min: 1, max: 5 }),
        cost: fc.integer({ min: 1, max: 5 }),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (history) => {
          // The clock stands still, so that no unit leaks away and the model is a plain sum.
          const { take } = await opened()
          let used = 0
          for (const { limit, minutes, cost } of history) {
            const rate = { ...perMinute, limit, windowMs: minutes * MINUTE_MS * scale }
            const { allowed } = await take({ ...one, rate, cost })
            // A limit that was lowered below its uses is full, and the uses are not forgotten.
            expect(allowed).toBe(used + cost <= limit)
            if (allowed) used += cost
          }
        }),
        { numRuns: 200 },
      )
    })

    test('units given back at once count as never taken, and only once however often they are given back', async () => {
      const { take, peek } = await opened()
      await take(one)
      const taking = await take({ ...one, cost: 2 })
      if (!taking.allowed) throw new Error('There is room.')
      for (let call = 0; call < 3; call += 1) taking.giveBack()
      expect(await peek({ ...one, cost: 0 })).toMatchObject({ states: [{ remaining: 2 }] })
    })

    test('units given back after they have leaked away give no more room', async () => {
      const { take, clock } = await opened()
      const taking = await take({ ...one, cost: 3 })
      clock.advance(MINUTE_MS * scale)
      expect((await take({ ...one, cost: 3 })).allowed).toBe(true)
      if (taking.allowed) taking.giveBack()
      expect((await take(one)).allowed).toBe(false)
    })

    test('units given back at any time never give more room than if they had not been taken', async () => {
      const step = fc.record({
        waitMs: fc.nat(50 * SECOND_MS * scale),
        cost: fc.integer({ min: 1, max: 2 }),
        backAfter: fc.option(fc.nat(4)),
      })
      const { take, clock } = await opened()
      let givenBack = 0
      let subjects = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (history) => {
          const real = { ...one, subject: idOf(++subjects) }
          // Takes only the units that the other one takes and keeps.
          const without = { ...one, subject: idOf(++subjects) }
          const due: { at: number; giveBack: () => void }[] = []
          for (const [at, { waitMs, cost, backAfter }] of history.entries()) {
            clock.advance(waitMs)
            for (const back of due) if (back.at === at) back.giveBack()
            const taking = await take({ ...real, cost })
            if (taking.allowed && backAfter !== null) {
              due.push({ at: at + 1 + backAfter, giveBack: taking.giveBack })
              givenBack += 1
            } else if (taking.allowed) expect((await take({ ...without, cost })).allowed).toBe(true)
          }
        }),
        { numRuns: 300 },
      )
      expect(givenBack).toBeGreaterThan(300)
    })

    test('in every period at most the limit plus the refill of that period passes, and every stated wait is enough', async () => {
      const steps = fc.array(
        fc.record({ waitMs: fc.nat(40 * SECOND_MS * scale), cost: fc.integer({ min: 1, max: 3 }) }),
        { maxLength: 60 },
      )
      await fc.assert(
        fc.asyncProperty(steps, async (history) => {
          const { take, peek, clock } = await opened(testClock(0))
          const taken: { at: number; cost: number }[] = []
          for (const { waitMs, cost } of history) {
            clock.advance(waitMs)
            const decision = await take({ ...one, cost })
            if (decision.allowed) taken.push({ at: clock.now(), cost })
            else {
              expect((await peek({ ...one, cost })).allowed).toBe(false)
              clock.advance(decision.retryAfterMs ?? Number.NaN)
              expect((await peek({ ...one, cost })).allowed).toBe(true)
            }
          }
          for (const [first, { at }] of taken.entries()) {
            for (const [last, { at: until }] of taken.entries()) {
              if (last < first) continue
              const sum = taken.slice(first, last + 1).reduce((total, { cost }) => total + cost, 0)
              expect(sum).toBeLessThanOrEqual(3 + (until - at) / (20 * SECOND_MS * scale) + 1e-6)
            }
          }
        }),
        { numRuns: 200 },
      )
    })
  })
}
