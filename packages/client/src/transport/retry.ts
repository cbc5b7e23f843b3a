import { AbortedFailure } from './failures.ts'
import { onAbort, TIMER_MS } from './within.ts'

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

// How often a server may ask for a shorter pause than ours. One that always asks for none would be called without a pause
// for as long as calls are repeated.
const SHORT_PAUSES = 3

/** The bounds that the caller sets on all attempts together. */
export interface RetryOptions {
  /** Ends a pause. */
  signal?: AbortSignal | null | undefined
  /** When all attempts and pauses must be over, by the timing's clock; absent: never. */
  endMs?: number | undefined
  /** The system's when absent. */
  timing?: Timing | undefined
  /** Told of every attempt, before the pause behind it. */
  told?: ((attempt: Attempt<unknown>) => void) | undefined
}

/** One attempt that is over. */
export interface Attempt<T> {
  /** How it ended. */
  outcome: Outcome<T>
  /** 0 for the first. */
  retry: number
  /** How long it took, in milliseconds. */
  tookMs: number
  /** The pause before the next attempt, in milliseconds; absent after the last one. */
  pauseMs?: number | undefined
}

/**
 * Repeats an attempt as its policy says. Ends like the last attempt: with its value or its error, and at once where the
 * pause before the next would take longer than all may.
 * @throws AbortedFailure when the signal aborts during a pause.
 */
export async function retrying<T>(
  attempt: (retry: number) => Promise<T>,
  policy: RetryPolicy<T>,
  options: RetryOptions = {},
): Promise<T> {
  const { signal, endMs = Number.POSITIVE_INFINITY, timing = systemTiming, told } = options
  const start = timing.now()
  for (let retry = 0; ; retry += 1) {
    const begun = timing.now()
    const outcome = await outcomeOf(attempt(retry))
    const now = timing.now()
    const wanted = policy.wants(outcome, now)
    const spent =
      retry >= (policy.maxRetries ?? Number.POSITIVE_INFINITY) || now - start > policy.maxElapsedMs
    const own = policy.pauseMs(retry, timing.random)
    const heard = typeof wanted === 'number' && (wanted >= own || retry < SHORT_PAUSES)
    const pauseMs = Math.max(0, Math.min(heard ? wanted : own, policy.maxPauseMs))
    const over = wanted === false || spent || now + pauseMs >= endMs
    told?.({ outcome, retry, tookMs: now - begun, ...(!over && { pauseMs }) })
    if (over) {
      if ('error' in outcome) throw outcome.error
      return outcome.value
    }
    await timing.sleep(pauseMs, signal)
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
      forget?.()
      reject(
        new AbortedFailure('The call was aborted while it waited to try again.', { cause: signal?.reason }),
      )
    }
    const timer = setTimeout(
      () => {
        forget?.()
        resolve()
      },
      Math.min(ms, TIMER_MS),
    )
    const forget = signal && onAbort(signal, abort)
    if (signal?.aborted) abort()
  })
}
