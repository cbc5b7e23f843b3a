import type { Instant } from '../ground/clock.ts'
import type { RateLimit } from '../types.ts'

/** One limit with the units that this request takes from it. */
export interface RateDemand {
  /** What the limit belongs to, for example a key's id. */
  subject: string
  rate: RateLimit
  cost: number
}

/** Where a limit stands after a decision. */
export interface RateState {
  name: string
  limit: number
  windowMs: number
  /** Whole units left now. */
  remaining: number
  /** When the limit is whole again. */
  resetsAt: Instant
}

/** The outcome of a demand on several limits: all of them or none. */
export type RateDecision =
  | { allowed: true; states: RateState[] }
  | { allowed: false; bound: RateState; retryAfterMs: number }

/** Counts how fast limits are used. */
export interface RateLimiter {
  /** Whether all demands could be met now; takes nothing. */
  peek(demands: readonly RateDemand[]): RateDecision
  /** Takes all demands if every one can be met, else none. */
  take(demands: readonly RateDemand[]): RateDecision
  /** Undoes a `take` whose request was refused for another reason after all. */
  giveBack(demands: readonly RateDemand[]): void
}
