import { ConnectionFailure } from '../../transport/failures.ts'
import { type Outcome, type RetryPolicy, retryAfterMs } from '../../transport/retry.ts'
import type { Incoming } from '../../transport/send.ts'

/** The growth of the pauses. Times are milliseconds. */
export interface BackoffStrategy {
  /** The first pause, in milliseconds. */
  initialInterval: number
  /** No pause is longer, not even one that the server asked for. */
  maxInterval: number
  /** The power of its number by which a pause grows. */
  exponent: number
  /** Once so much time has passed, the last outcome stands. */
  maxElapsedTime: number
}

/** Whether and how a call is repeated. */
export type RetryConfig =
  | { strategy: 'none' }
  | {
      strategy: 'backoff'
      backoff?: BackoffStrategy | undefined
      /** Repeat also where the connection was refused, reset or cut. */
      retryConnectionErrors?: boolean | undefined
    }

/** Half a second, growing up to a minute, for up to an hour. */
export const DEFAULT_BACKOFF: BackoffStrategy = {
  initialInterval: 500,
  maxInterval: 60_000,
  exponent: 1.5,
  maxElapsedTime: 3_600_000,
}

/** The defaults, without an option of the call or the client. */
export const DEFAULT_RETRIES: RetryConfig = {
  strategy: 'backoff',
  backoff: DEFAULT_BACKOFF,
  retryConnectionErrors: true,
}

/** The statuses that are repeated, in the same way. */
export const DEFAULT_RETRY_CODES: readonly string[] = ['5XX']

/** The policy that a configuration means. A time-out is not repeated: it was the caller's own limit. */
export function policyOf(config: RetryConfig, codes: readonly string[]): RetryPolicy<Incoming> {
  if (config.strategy === 'none') {
    return { wants: () => false, pauseMs: () => 0, maxPauseMs: 0, maxElapsedMs: 0 }
  }
  const { backoff = DEFAULT_BACKOFF, retryConnectionErrors = false } = config
  const wants = (outcome: Outcome<Incoming>, now: number) => {
    if ('error' in outcome) {
      const { error } = outcome
      return retryConnectionErrors && error instanceof ConnectionFailure && error.transient
    }
    const { status, headers } = outcome.value
    return codes.some((code) => matches(code, status)) && (retryAfterMs(headers, now) ?? true)
  }
  return {
    wants,
    pauseMs: (retry, random) => backoff.initialInterval * retry ** backoff.exponent + random() * 1_000,
    maxPauseMs: backoff.maxInterval,
    maxElapsedMs: backoff.maxElapsedTime,
  }
}

/** `429` is that status, `5XX` are all from 500 to 599. */
function matches(code: string, status: number): boolean {
  return /^[1-5]XX$/i.test(code) ? code[0] === String(status)[0] : code === String(status)
}
