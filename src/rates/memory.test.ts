import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { testClock } from '../../test/support/clock.ts'
import { runRateLimiterTests } from './limiter.conformance.ts'
import { runRateLookTests } from './look.conformance.ts'
import { memoryRateLimiter } from './memory.ts'

runRateLimiterTests('memory', (clock) => memoryRateLimiter(clock))
runRateLookTests('memory', (work) => {
  const limiter = memoryRateLimiter(testClock())
  return work({ taker: limiter, looker: limiter }, 'key')
})

test('a cost above the limit never passes, and no wait is stated', () => {
  const limiter = memoryRateLimiter(testClock())
  const rate = { name: 'requests', limit: 3, windowMs: 60_000 }
  expect(limiter.take([{ subject: 'key', rate, cost: 4 }])).toMatchObject({
    allowed: false,
    retryAfterMs: null,
  })
})

test('a unit that is taken alone counts like one of a list: the same requests pass at any time', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ waitMs: fc.nat(40_000), alone: fc.boolean() })), (history) => {
      const clock = testClock()
      const [mixed, listed] = [memoryRateLimiter(clock), memoryRateLimiter(clock)]
      const rate = { name: 'requests', limit: 3, windowMs: 60_000 }
      const demands = [{ subject: 'key', rate, cost: 1 }]
      for (const { waitMs, alone } of history) {
        clock.advance(waitMs)
        const passed = alone ? mixed.takeUnit({ subject: 'key', rate, cost: 1 }) : mixed.take(demands).allowed
        expect(passed).toBe(listed.take(demands).allowed)
      }
    }),
  )
})
