// Tests: src/core/verify/verify.test.ts
import type { Instant } from '../ground/clock.ts'
import type { Key, KeyId, RateLimit } from '../types.ts'

/** One limit with the units that this request takes from it. */
export interface RateDemand {
  /** The id of the limit's record, such as a key's id. */
  subject: string
  rate: RateLimit
  cost: number
  /** The limiter's own data about it, so that the same demand costs less the next time. Only the limiter uses it. */
  found?: unknown
}

/** The units that a use takes from the limits of a key: one each, or the given cost by name. */
export function rateDemands(
  { id, rateLimits }: Pick<Key, 'id' | 'rateLimits'>,
  costs: ReadonlyMap<string, number> | undefined,
): RateDemand[] {
  return rateLimits.map((rate) => ({ subject: id, rate, cost: costs?.get(rate.name) ?? 1 }))
}

/** The state of a limit after a decision. */
export interface RateState {
  name: string
  limit: number
  windowMs: number
  /** Whole units left now. */
  remaining: number
  /** When the limit is full again. */
  resetsAt: Instant
}

/** The outcome of a demand on several limits: all of them or none. States are in the order of the demands. */
export type RateDecision = { allowed: true; states: RateState[] } | RateRefusal

/** The same, before anything is taken. `take` takes it, only in the same turn of the event loop, and once at most. */
export type RateOffer = { allowed: true; states: RateState[]; take(): void } | RateRefusal

/** A limit has no room. */
export interface RateRefusal {
  allowed: false
  /** The limit without room; of several, the one that has room last. */
  bound: RateState
  /** How long until all limits have room if nothing else is taken; null when a cost is larger than its limit. */
  retryAfterMs: number | null
}

/** The state of limits. Nothing was taken for it, on any node. */
export interface RateLook {
  /** The limit that would refuse the demands now; null when all of them could be met. */
  refusal: RateRefusal | null
  /** The limits before the demands, in their order. */
  states: RateState[]
}

/** The outcome of taking units. */
export type RateTaking =
  | {
      allowed: true
      states: RateState[]
      /**
       * For a request that was refused for another reason afterwards: returns those of its units that have not come back by themselves
       * meanwhile, so that a late call gives no more room than there would be without the taking. Only the first call has an effect.
       */
      giveBack: () => void
    }
  | RateRefusal

/**
 * Counts the use of limits. `peek` and `take` return null while the state of a limit has to be read first; `load` reads it, and the
 * caller asks again. Every implementation passes the suite in `src/rates`.
 */
export interface RateLimiter {
  /** Whether all demands could be met at `now`, which a caller passes if it knows it; takes nothing. */
  peek(demands: readonly RateDemand[], now?: Instant): RateOffer | null
  /** Takes all demands if every one can be met, else none. */
  take(demands: readonly RateDemand[]): RateTaking | null
  /** The present state of the limits; neither takes nor holds a unit. The answer for demands that take nothing. */
  look(demands: readonly RateDemand[]): Promise<RateLook>
  /** Reads the state of limits that memory does not hold. */
  load(demands: readonly RateDemand[]): Promise<void>
  /** Writes the state that has to outlive this process and has changed since the last time. */
  flush(): Promise<void>
  /** Deletes some of the written states that mean nothing any more; returns how many. */
  forgetWhole(): Promise<number>
}

/** A limiter that holds all of its state, so it answers every demand at once. */
export interface ImmediateRateLimiter extends RateLimiter {
  peek(demands: readonly RateDemand[], now?: Instant): RateOffer
  take(demands: readonly RateDemand[]): RateTaking
  /** Takes one unit of one limit if there is room for it, for callers that need no more than that; the cost in the demand is ignored. */
  takeUnit(demand: RateDemand): boolean
}

/** The state of one limit that outlives a process. */
export interface StoredRate extends StoredBucket {
  keyId: KeyId
  name: string
  /** The same under the rate before it was lowered, as long as raising it again would count the earlier use; null when there is none. */
  beforeCut: StoredBucket | null
}

/** The used part, under one rate. */
export interface StoredBucket {
  /** The rate for which `wholeAt` was computed. */
  limit: number
  windowMs: number
  /** The time at which the limit would be full again, rounded up. */
  wholeAt: Instant
}
