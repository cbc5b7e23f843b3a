import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { testClock } from '../../test/support/clock.ts'
import type { RateLimit } from '../core/types.ts'
import type { RateDemand } from '../core/verify/rates.ts'
import { type Cell, createCells } from './cells.ts'
import { runGivingBackTests } from './giving-back.conformance.ts'
import { runRateLimiterTests } from './limiter.conformance.ts'
import { runRateLookTests } from './look.conformance.ts'
import { memoryRateLimiter } from './memory.ts'
import { runRateNamesTests } from './names.conformance.ts'

runRateLimiterTests('memory', (clock) => memoryRateLimiter(clock))
runGivingBackTests('memory', (work) => {
  const clock = testClock()
  return work({ limiter: memoryRateLimiter(clock), clock, subject: 'key' })
})
runRateLookTests('memory', (work) => {
  const limiter = memoryRateLimiter(testClock())
  return work({ taker: limiter, looker: limiter }, 'key')
})

runRateNamesTests('memory', (work) => work(memoryRateLimiter(testClock()), 'key'))

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

test('of limits that a key has no longer it remembers some, however often its limits get other names', () => {
  const cells = createCells()
  const limiter = memoryRateLimiter(testClock(), cells)
  const kept = { name: 'kept', limit: 3, windowMs: 60_000 }
  const demands = (rates: RateLimit[], cost = 1) => rates.map((rate) => ({ subject: 'key', rate, cost }))
  expect(limiter.take(demands([kept], 3)).allowed).toBe(true)
  for (let round = 0; round < 100; round += 1) {
    const others = Array.from({ length: 9 }, (_, n) => ({ ...kept, name: `other-${round}-${n}` }))
    // The caller may ask for no unit of a limit.
    const [none, ...some] = demands([kept, ...others])
    expect(limiter.take([{ ...(none as RateDemand), cost: 0 }, ...some]).allowed).toBe(true)
  }
  expect(cells.count()).toBeLessThanOrEqual(30)
  expect(limiter.take(demands([kept])).allowed).toBe(false)
  // A limit that comes back soon counts its earlier uses.
  const last = { ...kept, name: 'other-99-8' }
  expect(limiter.take(demands([last], 3)).allowed).toBe(false)
  expect(limiter.take(demands([last], 2)).allowed).toBe(true)
})

test('cells without used units are dropped, a few at a time, however many subjects there have been', () => {
  const clock = testClock()
  const cells = createCells()
  let looked = 0
  const counting = {
    ...cells,
    dropSome: (condition: (cell: Cell) => boolean, count: number) =>
      cells.dropSome((cell) => {
        looked += 1
        return condition(cell)
      }, count),
  }
  const limiter = memoryRateLimiter(clock, counting)
  const rate = { name: 'requests', limit: 10, windowMs: 10_000 }
  let [most, longest] = [0, 0]
  for (let n = 0; n < 200_000; n += 1) {
    const before = looked
    if (n % 2 === 0) limiter.takeUnit({ subject: `${n}`, rate, cost: 1 })
    else limiter.take([{ subject: `${n}`, rate, cost: 1 }])
    longest = Math.max(longest, looked - before)
    // 20,000 of them have used units at any time.
    if (n % 20 === 0) clock.advance(1)
    most = Math.max(most, cells.count())
  }
  expect(longest).toBeLessThanOrEqual(4)
  expect(most).toBeGreaterThan(20_000)
  expect(most).toBeLessThan(30_000)
  // What has used units stays.
  clock.advance(500)
  limiter.take([{ subject: 'new', rate, cost: 1 }])
  expect(limiter.peek([{ subject: '199999', rate, cost: 10 }]).allowed).toBe(false)
})
