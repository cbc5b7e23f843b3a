import type { Clock, Instant } from '../core/ground/clock.ts'
import type { RateLimit } from '../core/types.ts'
import type {
  ImmediateRateLimiter,
  RateDecision,
  RateDemand,
  RateOffer,
  RateState,
  RateTaking,
} from '../core/verify/rates.ts'
import { type Cell, unitMs, usedUnder, wholeAt } from './cells.ts'

/**
 * Exact rate limits in the memory of one process: a bucket per limit, from which used units leak away (the generic cell rate
 * algorithm). A burst of `limit` units is allowed, then one unit every `windowMs / limit`. A changed rate counts
 * what was used before. A cell is dropped only when it is whole, so dropping never grants anything. `cells` may be shared
 * with whoever keeps them for longer than this process lives; their names are made by {@link cellName}.
 */
export function memoryRateLimiter(clock: Clock, cells = new Map<string, Cell>()): ImmediateRateLimiter {
  let sweepAt = SWEEP_ENTRIES

  function weigh(demand: RateDemand, now: Instant): Weighed {
    const { subject, rate, cost } = demand
    const id = cellName(subject, rate.name)
    const known = cells.get(id)
    const used = usedUnder(known, rate, now)
    // Written down at once: a later look would count what is used now by a rate that is no longer in force, or by a clock that was wrong.
    if (known !== undefined && used > 0 && (known.at > now || !isUnder(known, rate)))
      put({ id, rate, used, at: now })
    return { id, rate, cost, used, over: used + cost - rate.limit }
  }

  function decide(weighed: readonly Weighed[], now: Instant): RateDecision {
    let last: { waitMs: number; weighed: Weighed } | undefined
    for (const each of weighed) {
      if (each.cost === 0 || each.over <= roundingUnits(each.rate)) continue
      const waitMs = waitOf(each)
      if (last === undefined || waitMs > last.waitMs) last = { waitMs, weighed: each }
    }
    if (last !== undefined) {
      const { rate, used } = last.weighed
      const retryAfterMs = last.waitMs === Number.POSITIVE_INFINITY ? null : last.waitMs
      return { allowed: false, bound: stateOf(rate, used, now), retryAfterMs }
    }
    return { allowed: true, states: weighed.map(({ rate, used, cost }) => stateOf(rate, used + cost, now)) }
  }

  function sweep(now: Instant) {
    for (const [id, cell] of cells) if (wholeAt(cell) <= now) cells.delete(id)
    sweepAt = Math.max(SWEEP_ENTRIES, cells.size * 2)
  }

  /** Writes how much is used. Nobody else holds a cell, so one that is there need not be a new one. */
  function put({ id, rate, used, at }: Pick<Weighed, 'id' | 'rate' | 'used'> & { at: Instant }): void {
    const known = cells.get(id)
    if (known === undefined) cells.set(id, cellOf(rate, used, at))
    else {
      known.used = used
      known.at = at
      known.limit = rate.limit
      known.windowMs = rate.windowMs
    }
  }

  function takeWeighed(weighed: readonly Weighed[], now: Instant): void {
    for (const { id, rate, cost, used } of weighed)
      if (cost > 0) put({ id, rate, used: used + cost, at: now })
    if (cells.size > sweepAt) sweep(now)
  }

  function giveBack(taken: readonly Weighed[], takenAt: Instant): void {
    const now = clock.now()
    for (const { id, rate, cost, used } of taken) {
      const known = cells.get(id)
      // Under another rate nobody can tell what has come back of these units.
      if (known === undefined || !isUnder(known, rate)) continue
      // What was used before came back first.
      const backMeanwhile = Math.max(0, Math.max(0, now - takenAt) / unitMs(rate) - used)
      const left = Math.max(0, cost - backMeanwhile)
      cells.set(id, cellOf(rate, Math.max(0, usedUnder(known, rate, now) - left), now))
    }
  }

  function take(demands: readonly RateDemand[]): RateTaking {
    const now = clock.now()
    const weighed = demands.map((demand) => weigh(demand, now))
    const decision = decide(weighed, now)
    if (!decision.allowed) return decision
    takeWeighed(weighed, now)
    let isTaken = true
    return {
      allowed: true,
      states: decision.states,
      giveBack() {
        if (isTaken) giveBack(weighed, now)
        isTaken = false
      },
    }
  }

  return {
    peek(demands) {
      if (demands.length === 0) return NOTHING_ASKED
      const now = clock.now()
      const weighed = demands.map((demand) => weigh(demand, now))
      const decision = decide(weighed, now)
      if (!decision.allowed) return decision
      return { allowed: true, states: decision.states, take: () => takeWeighed(weighed, now) }
    },
    take,
    takeUnit(subject, rate) {
      const now = clock.now()
      const id = cellName(subject, rate.name)
      const used = usedUnder(cells.get(id), rate, now)
      const isAllowed = used + 1 - rate.limit <= roundingUnits(rate)
      put({ id, rate, used: isAllowed ? used + 1 : used, at: now })
      if (cells.size > sweepAt) sweep(now)
      return isAllowed
    },
    async load() {},
    async flush() {},
    forgetWhole: async () => 0,
  }
}

const NOTHING_ASKED: RateOffer = { allowed: true, states: [], take() {} }

/** A demand, and how many units were used up before it. */
interface Weighed {
  id: string
  rate: RateLimit
  cost: number
  used: number
  /** By how many units it would pass the limit. */
  over: number
}

/** The name under which the state of one limit is kept. */
export function cellName(subject: string, rateName: string): string {
  return `${subject}\n${rateName}`
}

/** How long until there is room: no time is enough for a cost above the limit. */
function waitOf({ cost, rate, over }: Weighed): number {
  if (cost > rate.limit) return Number.POSITIVE_INFINITY
  return Math.max(1, Math.ceil((over - roundingUnits(rate)) * unitMs(rate)))
}

/** Whether a cell was written under the rate that is in force. */
function isUnder(cell: Cell, { limit, windowMs }: RateLimit): boolean {
  return cell.limit === limit && cell.windowMs === windowMs
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
