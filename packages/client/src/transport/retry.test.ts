import { expect, test } from 'bun:test'
import { AbortedFailure } from './failures.ts'
import { type RetryPolicy, retryAfterMs, retrying, systemTiming, type Timing } from './retry.ts'

function timingOf(): Timing & { pauses: number[] } {
  let at = 0
  const pauses: number[] = []
  return {
    pauses,
    now: () => at,
    random: () => 0.5,
    async sleep(ms) {
      pauses.push(ms)
      if (pauses.length > 100) throw new Error('It never ends.')
      at += ms
    },
  }
}

const policy: RetryPolicy<number> = {
  wants: (outcome) => 'error' in outcome || outcome.value >= 500,
  pauseMs: (retry, random) => 100 * 2 ** retry + random() * 10,
  maxPauseMs: 500,
  maxElapsedMs: 1_000,
}

/** Ends as the list says, number after number; an error is thrown. */
function attempts(...ends: (number | Error)[]): {
  attempt: (retry: number) => Promise<number>
  retries: number[]
} {
  const retries: number[] = []
  return {
    retries,
    async attempt(retry) {
      retries.push(retry)
      const end = ends[retry] ?? ends.at(-1)
      if (end instanceof Error) throw end
      return end as number
    },
  }
}

test('an attempt is repeated until its outcome is final, after growing pauses', async () => {
  const timing = timingOf()
  const { attempt, retries } = attempts(500, new Error('reset'), 503, 200)
  expect(await retrying(attempt, policy, { timing })).toBe(200)
  expect(retries).toEqual([0, 1, 2, 3])
  expect(timing.pauses).toEqual([105, 205, 405])
})

test('it ends like the last attempt once the time is over, with its value or its error', async () => {
  const timing = timingOf()
  expect(await retrying(attempts(500).attempt, policy, { timing })).toBe(500)
  // 105, 310, 715 and 1,215 ms: the fourth pause is capped, and after it the time is over.
  expect(timing.pauses).toEqual([105, 205, 405, 500])
  const broken = new Error('reset')
  expect(
    await retrying(attempts(broken).attempt, policy, { timing: timingOf() }).catch((error) => error),
  ).toBe(broken)
})

test('the number of retries can be bounded as well', async () => {
  const timing = timingOf()
  const { attempt, retries } = attempts(500)
  expect(await retrying(attempt, { ...policy, maxRetries: 2 }, { timing })).toBe(500)
  expect(retries).toEqual([0, 1, 2])
})

test('a pause that the server asks for replaces ours, up to the cap and not below 0', async () => {
  for (const [asked, paused] of [
    [7, 7],
    [0, 0],
    [9_999, 500],
    [-5, 0],
  ] as const) {
    const timing = timingOf()
    const asking: RetryPolicy<number> = {
      ...policy,
      wants: (outcome) => ('value' in outcome && outcome.value === 500 ? asked : false),
    }
    expect(await retrying(attempts(500, 200).attempt, asking, { timing })).toBe(200)
    expect(timing.pauses).toEqual([paused])
  }
})

test('a server that always asks for no pause is followed three times; then the pauses are ours', async () => {
  const timing = timingOf()
  const asking: RetryPolicy<number> = {
    ...policy,
    wants: (outcome) => 'value' in outcome && outcome.value === 500 && 0,
  }
  expect(await retrying(attempts(500).attempt, asking, { timing })).toBe(500)
  expect(timing.pauses.slice(0, 3)).toEqual([0, 0, 0])
  expect(timing.pauses.slice(3)).toEqual([500, 500, 500])
})

test('when the next attempt would come after the end, the last outcome counts without a pause', async () => {
  const timing = timingOf()
  const { attempt, retries } = attempts(500)
  expect(await retrying(attempt, policy, { timing, endMs: 300 })).toBe(500)
  expect(timing.pauses).toEqual([105])
  expect(retries).toEqual([0, 1])
})

test('an abort ends a pause at once, also when it comes before the pause', async () => {
  const controller = new AbortController()
  const long: RetryPolicy<number> = { ...policy, pauseMs: () => 60_000, maxPauseMs: 60_000 }
  const { attempt, retries } = attempts(500)
  const waiting = retrying(attempt, long, { signal: controller.signal }).catch((error) => error)
  setTimeout(() => controller.abort('enough'))
  const error = await waiting
  expect(error).toBeInstanceOf(AbortedFailure)
  expect(error.cause).toBe('enough')
  expect(retries).toEqual([0])
  expect(await systemTiming.sleep(60_000, AbortSignal.abort('no')).catch((reason) => reason.cause)).toBe('no')
})

test('a pause leaves no listener behind', async () => {
  const { signal } = new AbortController()
  let listeners = 0
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners += 1
    addEventListener.apply(signal, args)
  }
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners -= 1
    removeEventListener.apply(signal, args)
  }
  await systemTiming.sleep(1, signal)
  expect(listeners).toBe(0)
})

test.each([
  [{ 'retry-after-ms': '1500' }, 1_500],
  [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
  [{ 'retry-after': '2' }, 2_000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after-ms': 'soon', 'retry-after': '2' }, 2_000],
  [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:05 GMT' }, 4_000],
  [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-3' }, undefined],
  [{}, undefined],
] as [Record<string, string>, number | undefined][])('of %p the pause is %p', (headers, expected) => {
  expect(retryAfterMs(new Headers(headers), 1_000)).toBe(expected)
})
