import { expect, test } from 'bun:test'
import { ConnectionFailure, TimeoutFailure } from '../transport/failures.ts'
import { retrying, type Timing } from '../transport/retry.ts'
import type { Incoming } from '../transport/send.ts'
import { DEFAULT_RETRIES, DEFAULT_RETRY_CODES, policyOf, type RetryConfig } from './lib/retries.ts'

type End = number | Error | { status: number; headers: Record<string, string> }

/** Runs attempts that end so, the last for ever, against a clock that only the pauses move. */
async function pausesOf(ends: End[], config: RetryConfig = DEFAULT_RETRIES) {
  let at = 1_000_000
  const pauses: number[] = []
  const timing: Timing = {
    now: () => at,
    random: () => 0.25,
    async sleep(ms) {
      pauses.push(ms)
      at += ms
    },
  }
  const attempt = async (retry: number) => {
    const end = ends[Math.min(retry, ends.length - 1)] as End
    if (end instanceof Error) throw end
    const { status, headers } = typeof end === 'number' ? { status: end, headers: {} } : end
    return { status, headers: new Headers(headers) } as Incoming
  }
  const policy = policyOf(config, DEFAULT_RETRY_CODES)
  const end = await retrying(attempt, policy, { timing }).then(
    ({ status }) => status,
    ({ name }) => name,
  )
  return { pauses, end, elapsed: at - 1_000_000 }
}

test('the pauses of the default are half a second times n to the power of 1.5, and up to a second more', async () => {
  const { pauses, end } = await pausesOf([500, 502, 503, 504, 599, 200])
  expect(pauses.map(Math.round)).toEqual([250, 750, 1_664, 2_848, 4_250])
  expect(end).toBe(200)
})

test('no pause is longer than a minute, and after an hour the last response counts', async () => {
  const { pauses, end, elapsed } = await pausesOf([500])
  expect(Math.max(...pauses)).toBe(60_000)
  expect(elapsed).toBeGreaterThan(3_600_000)
  expect(elapsed).toBeLessThan(3_600_000 + 60_001)
  expect(end).toBe(500)
})

test('the wait that the server names wins, in milliseconds, seconds or as a date', async () => {
  const asks = [
    { status: 503, headers: { 'retry-after-ms': '70', 'retry-after': '9' } },
    { status: 503, headers: { 'retry-after': '7' } },
    { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 1970 00:17:10 GMT' } },
    { status: 503, headers: { 'retry-after': '86400' } },
    200,
  ]
  expect((await pausesOf(asks)).pauses).toEqual([70, 7_000, 1_030_000 - 1_007_070, 60_000])
})

test.each([
  ['a connection that broke', new ConnectionFailure('reset'), 1],
  ['a certificate that is refused', new ConnectionFailure('expired', { transient: false }), 0],
  ['a time-out', new TimeoutFailure('late', 5), 0],
  ['429', 429, 0],
  ['404', 404, 0],
  ['a success', 200, 0],
] as [string, End, number][])('after %s there are %p, %p retries', async (_, end, retries) => {
  expect((await pausesOf([end, 200])).pauses).toHaveLength(retries)
})

test('broken connections are not retried unless requested', async () => {
  const failure = new ConnectionFailure('reset')
  expect((await pausesOf([failure, 200], { strategy: 'backoff' })).end).toBe('ConnectionFailure')
  expect((await pausesOf([500, 200], { strategy: 'none' })).end).toBe(500)
})
