import type { Clock, Instant } from '../core/ground/clock.ts'
import type { RateLimit } from '../core/types.ts'
import type { ImmediateRateLimiter, RateDecision, RateDemand, RateState } from '../core/verify/rates.ts'
import { type Cell, unitMs, usedUnder, wholeAt } from './cells.ts'

/**
 * Exact rate limits in the memory of one process: a bucket per limit, from which used units leak away (the generic cell rate
 * algorithm). A burst of `limit` units is allowed, then one unit every `windowMs / limit`. A changed rate counts
 * what was used before. A cell is dropped only when it is whole, so dropping never grants anything. `cells` may be shared
 * with whoever keeps them for longer than this process lives; their names are made by {@link cellName}.
 */
export function memoryRateLimiter(clock: Clock, cells = new Map<string, Cell>()): ImmediateRateLimiter {
  let sweepAt = SWEEP_ENTRIES

  function weigh(demand: RateDemand, now: Instant) {
    const { subject, rate, cost } = demand
    const id = cellName(subject, rate.name)
    const known = cells.get(id)
    const used = usedUnder(known, rate, now)
    // Written down at once: a later look would count what is used now by a rate that is no longer in force.
    if (used > 0) cells.set(id, cellOf(rate, used, now))
    return { id, rate, cost, used, over: used + cost - rate.limit }
  }

  function decide(demands: readonly RateDemand[], commit: boolean): RateDecision {
    const now = clock.now()
    const weighed = demands.map((demand) => weigh(demand, now))
    const refused = weighed.find(({ over, cost, rate }) => cost > 0 && over > roundingUnits(rate))
    if (refused !== undefined) {
      const { rate, cost, used, over } = refused
      return {
        allowed: false,
        bound: stateOf(rate, used, now),
        retryAfterMs:
          cost > rate.limit ? rate.windowMs : Math.ceil((over - roundingUnits(rate)) * unitMs(rate)),
      }
    }
    if (commit)
      for (const { id, rate, cost, used } of weighed)
        if (cost > 0) cells.set(id, cellOf(rate, used + cost, now))
    if (cells.size > sweepAt) sweep(now)
    return { allowed: true, states: weighed.map(({ rate, used, cost }) => stateOf(rate, used + cost, now)) }
  }

  function sweep(now: Instant) {
    for (const [id, cell] of cells) if (wholeAt(cell) <= now) cells.delete(id)
    sweepAt = Math.max(SWEEP_ENTRIES, cells.size * 2)
  }

  function giveBack(demands: readonly RateDemand[]): void {
    const now = clock.now()
    for (const { subject, rate, cost } of demands) {
      const id = cellName(subject, rate.name)
      const known = cells.get(id)
      if (known !== undefined)
        cells.set(id, cellOf(rate, Math.max(0, usedUnder(known, rate, now) - cost), now))
    }
  }

  return {
    peek: (demands) => decide(demands, false),
    take: (demands) => decide(demands, true),
    giveBack,
    async load() {},
    async flush() {},
    forgetWhole: async () => 0,
  }
}

/** The name under which the state of one limit is kept. */
export function cellName(subject: string, rateName: string): string {
  return `${subject}\n${rateName}`
}

function cellOf({ limit, windowMs }: RateLimit, used: number, at: Instant): Cell {
  return { used, at, limit, windowMs }
}

const SWEEP_ENTRIES = 10_000

/** Sums of fractions of units drift by far less than this, and one millisecond of the slowest limit is worth more. */
function roundingUnits({ limit }: RateLimit): number {
  return 1e-10 + limit * 1e-14
}

function stateOf(rate: RateLimit, used: number, now: Instant): RateState {
  return {
    name: rate.name,
    limit: rate.limit,
    windowMs: rate.windowMs,
    remaining: Math.min(rate.limit, Math.max(0, Math.floor(rate.limit - used + roundingUnits(rate)))),
    resetsAt: Math.ceil(now + used * unitMs(rate)),
  }
}
