import { describe, expect, test } from 'bun:test'
import { MAX } from '../core/ground/bounds.ts'
import { HOUR_MS } from '../core/ground/clock.ts'
import type { RateLimit } from '../core/types.ts'
import type { RateDemand, RateLimiter } from '../core/verify/rates.ts'
import { take } from './taking.conformance.ts'

const ROUNDS = 20
const NEW_NAMES = 9

/**
 * Tests that a limiter remembers a bounded number of the limits that a subject has no longer. Limits are by the hour, so that a clock that
 * runs changes nothing. `run` gives each case an empty limiter, and may repeat it.
 */
export function runRateNamesTests(
  name: string,
  run: (work: (limiter: RateLimiter, subject: string) => Promise<void>) => Promise<void>,
): void {
  describe(`names of rate limits: ${name}`, () => {
    test('of limits that a key has no longer the newest are remembered, however often its limits get other names', () =>
      run(async (limiter, subject) => {
        const limit = (named: string): RateLimit => ({ name: named, limit: 3, windowMs: HOUR_MS })
        const demand = (named: string, cost: number): RateDemand => ({ subject, rate: limit(named), cost })
        const passes = async (named: string, cost: number) =>
          (await take(limiter, demand(named, cost))).allowed
        expect(await passes('kept', 3)).toBe(true)
        for (let round = 0; round < ROUNDS; round += 1) {
          const others = Array.from({ length: NEW_NAMES }, (_, n) => demand(`other-${round}-${n}`, 1))
          // The caller may ask for no unit of a limit.
          expect((await take(limiter, ...[demand('kept', 0), ...others])).allowed).toBe(true)
        }
        // The limit that it has all the time, and those that come back soon, count their earlier uses.
        expect(await passes('kept', 1)).toBe(false)
        const last = ROUNDS * NEW_NAMES - 1
        const named = (n: number) => `other-${Math.floor(n / NEW_NAMES)}-${n % NEW_NAMES}`
        const counted: number[] = []
        for (let n = last; n >= 0; n -= 1) {
          const looked = await limiter.look([demand(named(n), 3)])
          if (looked.refusal !== null) counted.push(n)
        }
        const newest = Array.from({ length: MAX.ratesKept - 1 }, (_, n) => last - n)
        expect(counted).toEqual(newest)
      }))
  })
}
