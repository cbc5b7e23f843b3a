import { AbortedFailure } from './failures.ts'

/** Where time and chance come from; tests bring their own. */
export interface Timing {
  /** Milliseconds since the epoch. */
  now(): number
  /** At least 0, below 1. */
  random(): number
  /** Resolves after so many milliseconds; rejects with an AbortedFailure as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal | null): Promise<void>
}

/** The real ones. */
export const systemTiming: Timing = { now: () => Date.now(), random: () => Math.random(), sleep }

/** How one attempt ended. */
export type Outcome<T> = { value: T } | { error: unknown }

/** When to try again, and after how long. */
export interface RetryPolicy<T> {
  /** Whether this outcome is worth another attempt; a number is the pause that the server asked for, in ms. */
  wants(outcome: Outcome<T>, now: number): boolean | number
  /** The pause before retry number `retry` (the first is 0), in ms, where the server asked for none. */
  pauseMs(retry: number, random: () => number): number
  /** No pause is longer, whoever asked for it. */
  maxPauseMs: number
  /** No further attempt begins to be planned once so much time has passed since the first began. */
  maxElapsedMs: number
  /** Unlimited when absent. */
  maxRetries?: number | undefined
}

/**
 * Repeats an attempt as its policy says. Ends like the last attempt: with its value or its error.
 * @throws AbortedFailure when the signal aborts during a pause.
 */
export async function retrying<T>(
  attempt: (retry: number) => Promise<T>,
  policy: RetryPolicy<T>,
  options: { signal?: AbortSignal | null | undefined; timing?: Timing | undefined } = {},
): Promise<T> {
  const { signal, timing = systemTiming } = options
  const start = timing.now()
  for (let retry = 0; ; retry += 1) {
    const outcome = await outcomeOf(attempt(retry))
    const now = timing.now()
    const wanted = policy.wants(outcome, now)
    const spent =
      retry >= (policy.maxRetries ?? Number.POSITIVE_INFINITY) || now - start > policy.maxElapsedMs
    if (wanted === false || spent) {
      if ('error' in outcome) throw outcome.error
      return outcome.value
    }
    const pauseMs = wanted === true ? policy.pauseMs(retry, timing.random) : wanted
    await timing.sleep(Math.max(0, Math.min(pauseMs, policy.maxPauseMs)), signal)
  }
}

async function outcomeOf<T>(attempt: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await attempt }
  } catch (error) {
    return { error }
  }
}

/**
 * The pause an answer asks for, in ms: `retry-after-ms`, else `retry-after` in seconds or as a date. Undefined where it
 * asks for none, or for none that can be read.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const milliseconds = numberOf(headers.get('retry-after-ms'))
  if (milliseconds !== undefined) return milliseconds
  const text = headers.get('retry-after')
  const seconds = numberOf(text)
  if (seconds !== undefined) return seconds * 1_000
  // Engines read dates into almost anything; one without a time of day is none.
  const date = text?.includes(':') ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

function numberOf(text: string | null): number | undefined {
  return text && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined
}

function sleep(ms: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(
        new AbortedFailure('The call was aborted while it waited to try again.', { cause: signal?.reason }),
      )
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}
