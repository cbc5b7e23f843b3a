import { describe, expect, test } from 'bun:test'
import type { TestClock } from '../../test/support/clock.ts'
import type { RateDemand, RateLimiter, RateTaking } from '../core/verify/rates.ts'
import { take } from './taking.conformance.ts'

const SECOND_MS = 1_000
// One unit of a limit of 100 leaks away in ten seconds.
const WINDOW_MS = 1_000 * SECOND_MS

/** A limiter without used units, and the clock by which it counts. */
export interface Counted {
  limiter: RateLimiter
  clock: TestClock
  subject: string
}

/**
 * Tests that units that are given back count nowhere any more, beside limits that are lowered and raised. `run` gives the case its limiter,
 * and may repeat it with another subject.
 */
export function runGivingBackTests(
  name: string,
  run: (work: (counted: Counted) => Promise<void>) => Promise<void>,
): void {
  const limited = (subject: string, limit: number, cost = 1): RateDemand => ({
    subject,
    rate: { name: 'requests', limit, windowMs: WINDOW_MS },
    cost,
  })

  describe(`units given back: ${name}`, () => {
    test('taken after a cut, given back, and raised again: only the units from before the cut count', () =>
      run(async ({ limiter, subject }) => {
        expect((await take(limiter, limited(subject, 100, 80))).allowed).toBe(true)
        expect((await take(limiter, limited(subject, 10))).allowed).toBe(false)
        for (let times = 0; times < 100; times += 1) giveBack(await take(limiter, limited(subject, 81)))
        expect(await limiter.look([limited(subject, 100)])).toMatchObject({ states: [{ remaining: 20 }] })
      }))

    test('taken, cut, given back, and raised: only the units that were kept count', () =>
      run(async ({ limiter, subject }) => {
        expect((await take(limiter, limited(subject, 100, 60))).allowed).toBe(true)
        const taking = await take(limiter, limited(subject, 100, 20))
        expect((await take(limiter, limited(subject, 10))).allowed).toBe(false)
        giveBack(taking)
        expect(await limiter.look([limited(subject, 100)])).toMatchObject({ states: [{ remaining: 40 }] })
      }))

    test('taken after a cut, cut again, given back, and raised: only the units that were kept count', () =>
      run(async ({ limiter, subject }) => {
        expect((await take(limiter, limited(subject, 100, 80))).allowed).toBe(true)
        expect((await take(limiter, limited(subject, 10))).allowed).toBe(false)
        const taking = await take(limiter, limited(subject, 81))
        expect((await take(limiter, limited(subject, 10))).allowed).toBe(false)
        giveBack(taking)
        expect(await limiter.look([limited(subject, 100)])).toMatchObject({ states: [{ remaining: 20 }] })
      }))

    test('given back late: of the units that count for a raise, too, the earlier ones leak away first', () =>
      run(async ({ limiter, subject, clock }) => {
        expect((await take(limiter, limited(subject, 100, 60))).allowed).toBe(true)
        expect((await take(limiter, limited(subject, 10))).allowed).toBe(false)
        // At the former rate 30 of the 60 units leak away, at the lowered rate 3.
        clock.advance(300 * SECOND_MS)
        const taking = await take(limiter, limited(subject, 10, 3))
        clock.advance(100 * SECOND_MS)
        giveBack(taking)
        expect(await limiter.look([limited(subject, 10)])).toMatchObject({ states: [{ remaining: 4 }] })
        expect(await limiter.look([limited(subject, 100)])).toMatchObject({ states: [{ remaining: 80 }] })
      }))
  })
}

function giveBack(taking: RateTaking): void {
  if (!taking.allowed) throw new Error('There is room.')
  taking.giveBack()
}
