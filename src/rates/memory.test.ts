import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { testClock } from '../../test/support/clock.ts'
import { memoryRateLimiter } from './memory.ts'

const perMinute = { name: 'requests', limit: 3, windowMs: 60_000 }
const one = { subject: 'key', rate: perMinute, cost: 1 }

describe('rate limits', () => {
  test('a burst of the limit passes, the next is refused with the wait until one unit is back', () => {
    const limiter = memoryRateLimiter(testClock())
    for (let taken = 0; taken < 3; taken += 1) expect(limiter.take([one]).allowed).toBe(true)
    expect(limiter.take([one])).toMatchObject({
      allowed: false,
      retryAfterMs: 20_000,
      bound: { remaining: 0 },
    })
  })

  test('waiting exactly as told is enough, a millisecond less is not', () => {
    const clock = testClock()
    const limiter = memoryRateLimiter(clock)
    for (let taken = 0; taken < 3; taken += 1) limiter.take([one])
    clock.advance(19_999)
    expect(limiter.take([one])).toMatchObject({ allowed: false, retryAfterMs: 1 })
    clock.advance(1)
    expect(limiter.take([one]).allowed).toBe(true)
  })

  test('of several limits all are taken or none', () => {
    const limiter = memoryRateLimiter(testClock())
    const small = { subject: 'key', rate: { name: 'images', limit: 1, windowMs: 60_000 }, cost: 1 }
    expect(limiter.take([one, small]).allowed).toBe(true)
    expect(limiter.take([one, small])).toMatchObject({ allowed: false, bound: { name: 'images' } })
    expect(limiter.peek([one])).toMatchObject({ allowed: true, states: [{ remaining: 1 }] })
  })

  test('peeking takes nothing', () => {
    const limiter = memoryRateLimiter(testClock())
    for (let peeked = 0; peeked < 100; peeked += 1) limiter.peek([one])
    expect(limiter.take([{ ...one, cost: 3 }]).allowed).toBe(true)
  })

  test('a cost above the limit never passes and is told to wait a whole window', () => {
    const limiter = memoryRateLimiter(testClock())
    expect(limiter.take([{ ...one, cost: 4 }])).toMatchObject({ allowed: false, retryAfterMs: 60_000 })
  })

  test('a cost of nothing always passes', () => {
    const limiter = memoryRateLimiter(testClock())
    limiter.take([{ ...one, cost: 3 }])
    expect(limiter.take([{ ...one, cost: 0 }]).allowed).toBe(true)
  })

  test('subjects do not share a limit', () => {
    const limiter = memoryRateLimiter(testClock())
    limiter.take([{ ...one, cost: 3 }])
    expect(limiter.take([{ ...one, subject: 'other' }]).allowed).toBe(true)
  })

  test('a clock set back for a day locks a limit for no longer than its window, and grants nothing', () => {
    const clock = testClock()
    const limiter = memoryRateLimiter(clock)
    limiter.take([{ ...one, cost: 3 }])
    clock.advance(-86_400_000)
    expect(limiter.take([one]).allowed).toBe(false)
    clock.advance(60_000)
    expect(limiter.take([one]).allowed).toBe(true)
  })

  test('forgetting idle subjects never grants more than the limit', () => {
    const clock = testClock()
    const limiter = memoryRateLimiter(clock)
    limiter.take([{ ...one, cost: 3 }])
    for (let other = 0; other < 30_000; other += 1) limiter.take([{ ...one, subject: `idle-${other}` }])
    expect(limiter.take([one]).allowed).toBe(false)
  })

  test('in no stretch of one window do more than limit + the refill of that stretch pass, and no wait is in vain', () => {
    const steps = fc.array(fc.record({ waitMs: fc.nat(40_000), cost: fc.integer({ min: 1, max: 3 }) }), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(steps, (history) => {
        const clock = testClock(0)
        const limiter = memoryRateLimiter(clock)
        const taken: { at: number; cost: number }[] = []
        for (const { waitMs, cost } of history) {
          clock.advance(waitMs)
          const decision = limiter.take([{ ...one, cost }])
          if (decision.allowed) taken.push({ at: clock.now(), cost })
          else {
            expect(limiter.peek([{ ...one, cost }]).allowed).toBe(false)
            clock.advance(decision.retryAfterMs)
            expect(limiter.peek([{ ...one, cost }]).allowed).toBe(true)
          }
        }
        for (const [first, { at }] of taken.entries()) {
          for (const [last, { at: until }] of taken.entries()) {
            if (last < first) continue
            const sum = taken.slice(first, last + 1).reduce((total, { cost }) => total + cost, 0)
            expect(sum).toBeLessThanOrEqual(3 + (until - at) / 20_000 + 1e-6)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
