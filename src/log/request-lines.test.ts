import { expect, test } from 'bun:test'
import { testClock } from '../../test/support/clock.ts'
import { memoryRateLimiter } from '../rates/memory.ts'
import { createRequestLines, type RequestLogMode } from './request-lines.ts'

const PASSED = 1_000

const ANYBODY = { verdict: null, verifiedKeyId: null, keyId: null, clientIp: null } as const

/** How many of so many requests, each of another key, have a line. */
function lines(mode: RequestLogMode, status: number): number {
  const { wants } = createRequestLines(mode, memoryRateLimiter(testClock()))
  return Array.from({ length: PASSED }, (_, n) => wants({ ...ANYBODY, status, keyId: `key ${n}` })).filter(
    Boolean,
  ).length
}

test.each<[RequestLogMode, passed: number, refused: number]>([
  ['none', 0, 0],
  ['refused', 0, PASSED],
  ['sampled', PASSED / 100, PASSED],
  ['all', PASSED, PASSED],
])(
  '%s: %d of the requests that passed have a line, and %d of those that were refused',
  (mode, passed, refused) => {
    expect(lines(mode, 200)).toBe(passed)
    expect([lines(mode, 400), lines(mode, 503)]).toEqual([refused, refused])
  },
)

test('a verify that refuses a key is a refused request, whatever its status', () => {
  const { wants, wantsRefused } = createRequestLines('refused', memoryRateLimiter(testClock()))
  const verified = { ...ANYBODY, status: 200, keyId: 'service' }
  expect(wants({ ...verified, verdict: 'VALID', verifiedKeyId: 'key' })).toBe(false)
  expect(wants({ ...verified, verdict: 'DISABLED', verifiedKeyId: 'key' })).toBe(true)
  expect(wants({ ...verified, verdict: 'NOT_FOUND' })).toBe(true)
  expect(wantsRefused('key')).toBe(true)
})

test('a flood of refusals gets a bounded number of lines, omitted lines are counted, and others keep theirs', () => {
  const clock = testClock()
  const { wants, takeLeftOut } = createRequestLines('refused', memoryRateLimiter(clock))
  const refused = (keyId: string) =>
    wants({ ...ANYBODY, status: 200, verdict: 'DISABLED', verifiedKeyId: keyId })
  const count = (times: number, ask: (n: number) => boolean) =>
    Array.from({ length: times }, (_, n) => ask(n)).filter(Boolean).length
  expect(count(PASSED, () => refused('flood'))).toBe(60)
  expect(takeLeftOut()).toBe(PASSED - 60)
  expect(takeLeftOut()).toBe(0)
  expect(refused('another')).toBe(true)
  clock.advance(2_000)
  expect(count(PASSED, () => refused('flood'))).toBe(2)
  // Strangers of a thousand addresses share one bound, and leave that of keys alone.
  const stranger = (n: number) => wants({ ...ANYBODY, status: 401, clientIp: `192.0.2.${n}` })
  expect(count(PASSED, stranger)).toBe(600)
  expect(refused('a third')).toBe(true)
  expect(count(10_000, (n) => refused(`key ${n}`))).toBeLessThanOrEqual(1_200)
})

test('when every request must have a line, a flood has all of its lines', () => {
  const { wants, takeLeftOut } = createRequestLines('all', memoryRateLimiter(testClock()))
  const all = Array.from({ length: PASSED }, () => wants({ ...ANYBODY, status: 401 }))
  expect(all.every(Boolean)).toBe(true)
  expect(takeLeftOut()).toBe(0)
})
