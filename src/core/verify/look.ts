// Tests: src/core/verify/look.test.ts
import type { RateDemand, RateLimiter, RateLook } from './rates.ts'

/** One request's look at its rate limits, while its other facts may change. It is kept for the demands for which it was taken. */
export interface LookAtRates {
  /** The state of the limits; null until `load` has looked for these demands. */
  of(demands: readonly RateDemand[]): RateLook | null
  /** Looks, and replaces an earlier look. */
  load(demands: readonly RateDemand[]): Promise<void>
}

/** Builds one that has not looked yet. */
export function createLookAtRates(rates: Pick<RateLimiter, 'look'>): LookAtRates {
  let last: { demands: readonly RateDemand[]; look: RateLook } | undefined
  return {
    of(demands) {
      return last !== undefined && areEqual(last.demands, demands) ? last.look : NO_LOOK.of(demands)
    },
    async load(demands) {
      if (demands.length > 0) last = { demands, look: await rates.look(demands) }
    },
  }
}

/** Used by requests that have not looked; it knows only keys without rate limits. */
export const NO_LOOK: Pick<LookAtRates, 'of'> = { of: (demands) => (demands.length === 0 ? NOTHING : null) }

const NOTHING: RateLook = { refusal: null, states: [] }

function areEqual(some: readonly RateDemand[], others: readonly RateDemand[]): boolean {
  return (
    some.length === others.length &&
    some.every((one, index) => {
      const other = others[index]
      return (
        other !== undefined &&
        one.subject === other.subject &&
        one.cost === other.cost &&
        one.rate.name === other.rate.name &&
        one.rate.limit === other.rate.limit &&
        one.rate.windowMs === other.rate.windowMs
      )
    })
  )
}
