import { describe, expect, test } from 'bun:test'
import type { RateDemand, RateLimiter } from '../core/verify/rates.ts'
import { take } from './taking.conformance.ts'

/** Two views of the same counts: two nodes, or twice the same limiter. */
export interface LookedAt {
  taker: RateLimiter
  looker: RateLimiter
}

const HOUR_MS = 3_600_000

/**
 * Tests what a look at rate limits promises. Limits are by the hour, so that a clock that runs changes nothing; each case has a subject
 * of its own. `run` gives the case its limiters, and may repeat it.
 */
export function runRateLookTests(
  name: string,
  run: (work: (limiters: LookedAt, subject: string) => Promise<void>) => Promise<void>,
): void {
  const limited = (subject: string, { limit = 3, cost = 1, named = 'requests' } = {}): RateDemand => ({
    subject,
    rate: { name: named, limit, windowMs: HOUR_MS },
    cost,
  })

  describe(`looks at rate limits: ${name}`, () => {
    test('a look shows the units left, and takes and holds none however often it is repeated', () =>
      run(async ({ taker, looker }, subject) => {
        const one = limited(subject)
        await take(taker, one)
        for (let looks = 0; looks < 20; looks += 1) {
          expect(await looker.look([one])).toMatchObject({ refusal: null, states: [{ remaining: 2 }] })
        }
        // At once: units that a look held for a moment would be missing.
        expect((await take(taker, { ...one, cost: 2 })).allowed).toBe(true)
        expect((await take(taker, one)).allowed).toBe(false)
      }))

    test('a look names the refusal that a taking would get, and the state before it', () =>
      run(async ({ taker, looker }, subject) => {
        const many = limited(subject, { limit: 100, cost: 10, named: 'many' })
        const few = limited(subject, { limit: 2, named: 'few' })
        await take(taker, many, { ...few, cost: 2 })
        const look = await looker.look([many, few])
        const taking = await take(taker, many, few)
        expect(taking).toMatchObject({ allowed: false, bound: { name: 'few', remaining: 0 } })
        expect(look.refusal).toMatchObject({ allowed: false, bound: { name: 'few', remaining: 0 } })
        const [wait, stated] = [!taking.allowed && taking.retryAfterMs, look.refusal?.retryAfterMs]
        // Between the two, some of a minute may have passed.
        expect(Math.abs(Number(wait) - Number(stated))).toBeLessThan(60_000)
        expect(look.states.map(({ remaining }) => remaining)).toEqual([90, 0])
      }))

    test('a look at a demand above its limit says that it never fits', () =>
      run(async ({ looker }, subject) => {
        const { refusal, states } = await looker.look([limited(subject, { cost: 4 })])
        expect(refusal).toMatchObject({ retryAfterMs: null })
        expect(states).toMatchObject([{ remaining: 3 }])
      }))

    test('a look for nothing is never refused, and shows a limit that is used up', () =>
      run(async ({ taker, looker }, subject) => {
        await take(taker, limited(subject, { cost: 3 }))
        const look = await looker.look([limited(subject, { cost: 0 })])
        expect(look).toMatchObject({ refusal: null, states: [{ remaining: 0 }] })
      }))

    test('a look under a changed limit counts the uses from before, and changes nothing for the former one', () =>
      run(async ({ taker, looker }, subject) => {
        await take(taker, limited(subject, { limit: 10, cost: 8 }))
        const raised = await looker.look([limited(subject, { limit: 20 })])
        expect(raised).toMatchObject({ refusal: null, states: [{ remaining: 12 }] })
        const after = await looker.look([limited(subject, { limit: 10, cost: 3 })])
        expect(after).toMatchObject({ refusal: { bound: { remaining: 2 } } })
      }))
  })
}
