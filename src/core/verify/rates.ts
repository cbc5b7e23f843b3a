// Tests: src/core/verify/verify.test.ts
import type { Instant } from '../ground/clock.ts'
import type { Key, KeyId, RateLimit } from '../types.ts'

/** One limit with the units that this request takes from it. */
export interface RateDemand {
  /** The id of the limit's record, such as a key's id. */
  subject: string
  rate: RateLimit
  cost: number
  /** What the limiter has found for it, so that the same demand costs less the next time. Nobody else touches it. */
  found?: unknown
}

/** The units that a use takes from the limits of a key: one each, or the given cost by name. */
export function rateDemands(
  { id, rateLimits }: Pick<Key, 'id' | 'rateLimits'>,
  costs: ReadonlyMap<string, number> | undefined,
): RateDemand[] {
  return rateLimits.map((rate) => ({ subject: id, rate, cost: costs?.get(rate.name) ?? 1 }))
}

/** Where a limit stands after a decision. */
export interface RateState {
  name: string
  limit: number
  windowMs: number
  /** Whole units left now. */
  remaining: number
  /** When the limit is full again. */
  resetsAt: Instant
}

/** The outcome of a demand on several limits: all of them or none. States stand in the order of the demands. */
export type RateDecision = { allowed: true; states: RateState[] } | RateRefusal

/** The same, before anything is taken. `take` takes it, in the same turn of the event loop and once at most. */
export type RateOffer = { allowed: true; states: RateState[]; take(): void } | RateRefusal

/** A limit has no room. */
export interface RateRefusal {
  allowed: false
  /** The limit without room; of several, the one that has room last. */
  bound: RateState
  /** How long until all limits have room if nothing else is taken; null when a cost is larger than its limit. */
  retryAfterMs: number | null
}

/** Where limits stand. Nothing was taken for it, on any node. */
export interface RateLook {
  /** The limit that would refuse the demands now; null where all of them could be met. */
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
       * For a request that was refused for another reason after all: gives back what of its units has not come back by
       * itself meanwhile, so that a late call opens no more room than there would be without the taking. Only the first call
       * does anything.
       */
      giveBack: () => void
    }
  | RateRefusal

/**
 * Counts how fast limits are used. `peek` and `take` answer null while the state of a limit has to be read first; `load`
 * reads it, and the caller asks again. Every implementation passes the suite in `src/rates`.
 */
export interface RateLimiter {
  /** Whether all demands could be met now, which is `now` for whoever knows it already; takes nothing. */
  peek(demands: readonly RateDemand[], now?: Instant): RateOffer | null
  /** Takes all demands if every one can be met, else none. */
  take(demands: readonly RateDemand[]): RateTaking | null
  /** Where the limits stand now; neither takes nor holds a unit. Answers for demands that take nothing. */
  look(demands: readonly RateDemand[]): Promise<RateLook>
  /** Reads the state of limits that memory does not hold. */
  load(demands: readonly RateDemand[]): Promise<void>
  /** Writes what has to outlive this process and has changed since the last time. */
  flush(): Promise<void>
  /** Deletes some of what was written and says nothing any more; returns how many. */
  forgetWhole(): Promise<number>
}

/** A limiter that holds all that it needs, so that it answers every demand at once. */
export interface ImmediateRateLimiter extends RateLimiter {
  peek(demands: readonly RateDemand[], now?: Instant): RateOffer
  take(demands: readonly RateDemand[]): RateTaking
  /** Takes one unit of one limit if there is room for it, for those who need to know no more; the cost of the demand is of no matter. */
  takeUnit(demand: RateDemand): boolean
}

/** The state of one limit as it outlives a process. */
export interface StoredRate extends StoredBucket {
  keyId: KeyId
  name: string
  /** The same under the rate from before a cut, while a raise would count what was used by it; null when there is nothing of that. */
  beforeCut: StoredBucket | null
}

/** How much is used up, under one rate. */
export interface StoredBucket {
  /** The rate for which `wholeAt` was computed. */
  limit: number
  windowMs: number
  /** When the limit would be whole again, rounded up. */
  wholeAt: Instant
}
