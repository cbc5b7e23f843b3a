import type { Clock } from '../core/ground/clock.ts'
import type { RateLimit } from '../core/types.ts'
import type { RateDecision, RateDemand, RateLimiter, RateState } from '../core/verify/rates.ts'

/**
 * Exact rate limits in the memory of one process, by the generic cell rate algorithm: one number per limit, the instant
 * at which it would be whole again. A burst of `limit` units is allowed, then one unit every `windowMs / limit`. An
 * entry is dropped only when it is whole, so dropping never grants anything.
 */
export function memoryRateLimiter(clock: Clock): RateLimiter {
  const wholeAt = new Map<string, number>()
  let sweepAt = SWEEP_ENTRIES

  function weigh({ subject, rate, cost }: RateDemand, now: number) {
    const unitMs = rate.windowMs / rate.limit
    const id = nameOf(subject, rate)
    const room = now + rate.windowMs
    const known = wholeAt.get(id) ?? now
    // A clock that was set back must not lock a limit for longer than its window.
    if (known > room + ROUNDING_MS) wholeAt.set(id, room)
    const from = Math.min(Math.max(known, now), room)
    return { id, unitMs, from, to: from + cost * unitMs, room }
  }

  function decide(demands: readonly RateDemand[], commit: boolean): RateDecision {
    const now = clock.now()
    const weighed = demands.map((demand) => ({ demand, ...weigh(demand, now) }))
    const refused = weighed.find(({ to, room, demand }) => demand.cost > 0 && to > room + ROUNDING_MS)
    if (refused !== undefined) {
      const { demand, from, room, to, unitMs } = refused
      return {
        allowed: false,
        bound: stateOf(demand.rate, from, { now, unitMs }),
        retryAfterMs: demand.cost > demand.rate.limit ? demand.rate.windowMs : Math.ceil(to - room),
      }
    }
    if (commit) for (const { id, to, demand } of weighed) if (demand.cost > 0) wholeAt.set(id, to)
    if (wholeAt.size > sweepAt) sweep(now)
    return {
      allowed: true,
      states: weighed.map(({ demand, to, unitMs }) => stateOf(demand.rate, to, { now, unitMs })),
    }
  }

  function sweep(now: number) {
    for (const [id, at] of wholeAt) if (at <= now) wholeAt.delete(id)
    sweepAt = Math.max(SWEEP_ENTRIES, wholeAt.size * 2)
  }

  function giveBack(demands: readonly RateDemand[]): void {
    for (const { subject, rate, cost } of demands) {
      const id = nameOf(subject, rate)
      const known = wholeAt.get(id)
      if (known !== undefined) wholeAt.set(id, known - (cost * rate.windowMs) / rate.limit)
    }
  }

  return { peek: (demands) => decide(demands, false), take: (demands) => decide(demands, true), giveBack }
}

function nameOf(subject: string, rate: RateLimit): string {
  return `${subject}\n${rate.name}`
}

const SWEEP_ENTRIES = 10_000
// Sums of fractions of a millisecond drift by far less than this.
const ROUNDING_MS = 1e-6

function stateOf(
  rate: RateLimit,
  wholeAt: number,
  { now, unitMs }: { now: number; unitMs: number },
): RateState {
  const remaining = Math.floor((now + rate.windowMs - wholeAt) / unitMs + ROUNDING_MS)
  return {
    name: rate.name,
    limit: rate.limit,
    windowMs: rate.windowMs,
    remaining: Math.min(rate.limit, Math.max(0, remaining)),
    resetsAt: Math.ceil(wholeAt),
  }
}
