import { expect, test } from 'bun:test'
import { testClock } from '../../test/support/clock.ts'
import { runRateLimiterTests } from './limiter.conformance.ts'
import { memoryRateLimiter } from './memory.ts'

runRateLimiterTests('memory', (clock) => memoryRateLimiter(clock))

test('a cost above the limit never passes, and no wait is told', () => {
  const limiter = memoryRateLimiter(testClock())
  const rate = { name: 'requests', limit: 3, windowMs: 60_000 }
  expect(limiter.take([{ subject: 'key', rate, cost: 4 }])).toMatchObject({
    allowed: false,
    retryAfterMs: null,
  })
})
