import { MAX } from '../core/ground/bounds.ts'
import type { Clock, Instant } from '../core/ground/clock.ts'
import type { RateLimit } from '../core/types.ts'
import type {
  ImmediateRateLimiter,
  RateDemand,
  RateLook,
  RateOffer,
  RateRefusal,
  RateState,
  RateTaking,
} from '../core/verify/rates.ts'
import {
  type Bucket,
  type Cell,
  type Cells,
  cellName,
  cellUnder,
  createCells,
  isUnder,
  unitMs,
  usedOf,
  wholeAt,
} from './cells.ts'

/**
 * Exact rate limits in the memory of one process: a bucket per limit, from which used units leak away (the generic cell rate algorithm).
 * A burst of `limit` units is allowed, then one unit every `windowMs / limit`. A changed rate counts earlier uses. A cell of a limit that
 * its subject still has is dropped only when none of its units is used, so dropping never grants anything. `cells` may be shared with code that keeps them beyond this process;
 * {@link cellName} makes their names.
 */
export function memoryRateLimiter(clock: Clock, cells: Cells = createCells()): ImmediateRateLimiter {
  /** The place of a demand's cell, remembered from an earlier question or looked up now. */
  function foundOf(demand: RateDemand): Found {
    const known = demand.found as Found | undefined
    if (known !== undefined && known.cells === cells) return known
    const found = { cells, name: cellName(demand.subject, demand.rate.name), cell: undefined }
    demand.found = found
    return found
  }

  /** The cell of a limit under the rate in force; undefined when no unit is used. */
  function currentCell(found: Found, rate: RateLimit, now: Instant): Cell | undefined {
    let known = found.cell
    if (known === undefined || known.isGone) {
      known = cells.get(found.name)
      found.cell = known
      if (known === undefined) return undefined
    }
    // Stored at once, like a changed rate: later the cell would be counted by a clock that was wrong, or by a rate that is no longer in
    // force.
    setBack(known, now)
    if (known.beforeCut !== undefined) setBack(known.beforeCut, now)
    if (isUnder(known, rate)) return known
    const current = cellUnder(known, rate, now)
    cells.keep(found.name, current)
    found.cell = current
    return current
  }

  function weigh(demand: RateDemand, now: Instant): Weighed {
    const { rate, cost } = demand
    const found = foundOf(demand)
    const cell = currentCell(found, rate, now)
    const used = cell === undefined ? 0 : usedOf(cell, now)
    const usedBeforeCut = cell?.beforeCut === undefined ? 0 : usedOf(cell.beforeCut, now)
    return { found, rate, cost, used, usedBeforeCut, over: used + cost - rate.limit }
  }

  function weighAll(demands: readonly RateDemand[], now: Instant): Weighed[] {
    const weighed: Weighed[] = []
    for (const demand of demands) weighed.push(weigh(demand, now))
    return weighed
  }

  /** The refusal by the limit that has room last; null where all have room. */
  function refusalOf(weighed: readonly Weighed[], now: Instant): RateRefusal | null {
    let last: { waitMs: number; weighed: Weighed } | undefined
    for (const each of weighed) {
      if (each.cost === 0 || each.over <= roundingUnits(each.rate)) continue
      const waitMs = waitOf(each)
      if (last === undefined || waitMs > last.waitMs) last = { waitMs, weighed: each }
    }
    if (last === undefined) return null
    const { rate, used } = last.weighed
    const retryAfterMs = last.waitMs === Number.POSITIVE_INFINITY ? null : last.waitMs
    return { allowed: false, bound: stateOf(rate, used, now), retryAfterMs }
  }

  function statesOf(weighed: readonly Weighed[], now: Instant): RateState[] {
    const states: RateState[] = []
    for (const { rate, used, cost } of weighed) states.push(stateOf(rate, used + cost, now))
    return states
  }

  /** Drops some of the cells without used units, whenever one is added. */
  function sweep(now: Instant): void {
    if (cells.count() > SWEEP_ENTRIES) cells.dropSome((cell) => isWhole(cell, now), SWEPT_FOR_EACH)
  }

  /** Takes units of a limit; `used` units are used already. Nothing else refers to a cell, so an existing one is changed in place. */
  function use(
    { found, rate, used, cost }: Pick<Weighed, 'found' | 'rate' | 'used' | 'cost'>,
    at: Instant,
  ): void {
    const known = currentOf(found)
    if (known === undefined) {
      const cell = { used: cost, at, limit: rate.limit, windowMs: rate.windowMs }
      cells.keep(found.name, cell)
      found.cell = cell
      sweep(at)
      return
    }
    known.used = used + cost
    known.at = at
    const { beforeCut } = known
    if (beforeCut === undefined) return
    beforeCut.used = usedOf(beforeCut, at) + cost
    beforeCut.at = at
  }

  /** The cell that is kept now, under whatever rate. */
  function currentOf(found: Found): Cell | undefined {
    const { cell } = found
    return cell === undefined || cell.isGone ? cells.get(found.name) : cell
  }

  /** Drops limits that the subject has no longer, beyond {@link MAX.ratesKept}: it could be given ever new ones. */
  function dropFormer(weighed: readonly Weighed[]): void {
    const [first] = weighed
    const names = first === undefined ? [] : cells.beside(first.found.name)
    if (names.length <= MAX.ratesKept) return
    const present = new Set(weighed.map(({ found }) => found.name))
    const former = names.filter((name) => !present.has(name))
    for (const name of former.slice(0, names.length - MAX.ratesKept)) cells.drop(name)
  }

  function takeWeighed(weighed: readonly Weighed[], now: Instant): void {
    const before = cells.count()
    for (const each of weighed) if (each.cost > 0) use(each, now)
    if (cells.count() > before) dropFormer(weighed)
  }

  function giveBack(taken: readonly Weighed[], takenAt: Instant): void {
    const now = clock.now()
    for (const { found, rate, cost, used, usedBeforeCut } of taken) {
      const known = currentOf(found)
      if (known === undefined) continue
      const { beforeCut } = known
      const returnTo = (bucket: Bucket, usedBefore: number) =>
        returnUnits(bucket, { cost, usedBefore, takenAt }, now)
      if (isUnder(known, rate)) {
        returnTo(known, used)
        if (beforeCut !== undefined) returnTo(beforeCut, usedBeforeCut)
        // Under any other rate it is unknown how many of these units have leaked away.
      } else if (beforeCut !== undefined && isUnder(beforeCut, rate)) returnTo(beforeCut, used)
    }
  }

  function take(demands: readonly RateDemand[]): RateTaking {
    const now = clock.now()
    const weighed = weighAll(demands, now)
    const refusal = refusalOf(weighed, now)
    if (refusal !== null) return refusal
    takeWeighed(weighed, now)
    let isTaken = true
    return {
      allowed: true,
      states: statesOf(weighed, now),
      giveBack() {
        if (isTaken) giveBack(weighed, now)
        isTaken = false
      },
    }
  }

  function look(demands: readonly RateDemand[]): RateLook {
    const now = clock.now()
    const weighed = weighAll(demands, now)
    const states = weighed.map(({ rate, used }) => stateOf(rate, used, now))
    return { refusal: refusalOf(weighed, now), states }
  }

  return {
    peek(demands, now = clock.now()) {
      if (demands.length === 0) return NOTHING_ASKED
      const weighed = weighAll(demands, now)
      const refusal = refusalOf(weighed, now)
      if (refusal !== null) return refusal
      return { allowed: true, states: statesOf(weighed, now), take: () => takeWeighed(weighed, now) }
    },
    take,
    look: async (demands) => look(demands),
    takeUnit(demand) {
      const now = clock.now()
      const { rate } = demand
      const found = foundOf(demand)
      const cell = currentCell(found, rate, now)
      const used = cell === undefined ? 0 : usedOf(cell, now)
      const isAllowed = used + 1 - rate.limit <= roundingUnits(rate)
      if (isAllowed) use({ found, rate, used, cost: 1 }, now)
      return isAllowed
    },
    async load() {},
    async flush() {},
    forgetWhole: async () => 0,
  }
}

const NOTHING_ASKED: RateOffer = { allowed: true, states: [], take() {} }

/** The place of a demand's cell, kept with the demand so that the next question finds it at once. */
interface Found {
  /** The memory that has the cell. */
  cells: Cells
  name: string
  /** The cell that was found last; it may be gone by now. Undefined where nothing was used. */
  cell: Cell | undefined
}

/** A demand, and the units that were used before it. */
interface Weighed {
  found: Found
  rate: RateLimit
  cost: number
  used: number
  /** The same under the rate from before a cut. */
  usedBeforeCut: number
  /** The units by which it would exceed the limit. */
  over: number
}

/** The same name for a demand; a demand that this limiter was asked about has it already. */
export function nameOfDemand({ subject, rate, found }: RateDemand): string {
  return (found as Found | undefined)?.name ?? cellName(subject, rate.name)
}

/** The time until there is room; infinite for a cost above the limit. */
function waitOf({ cost, rate, over }: Weighed): number {
  if (cost > rate.limit) return Number.POSITIVE_INFINITY
  return Math.max(1, Math.ceil((over - roundingUnits(rate)) * unitMs(rate)))
}

/** Where the clock was set back, no unit has leaked away since. */
function setBack(bucket: Bucket, now: Instant): void {
  if (bucket.at > now) bucket.at = now
}

function isWhole(cell: Cell, now: Instant): boolean {
  return wholeAt(cell) <= now && (cell.beforeCut === undefined || wholeAt(cell.beforeCut) <= now)
}

/** Gives back the units that have not leaked away since they were taken. */
function returnUnits(
  bucket: Bucket,
  { cost, usedBefore, takenAt }: { cost: number; usedBefore: number; takenAt: Instant },
  now: Instant,
): void {
  // The units used earlier leak away first.
  const backMeanwhile = Math.max(0, Math.max(0, now - takenAt) / unitMs(bucket) - usedBefore)
  const left = Math.max(0, cost - backMeanwhile)
  bucket.used = Math.max(0, usedOf(bucket, now) - left)
  bucket.at = now
}

const SWEEP_ENTRIES = 10_000
/** Cells that are looked at for each new one. So all of them have been looked at before a quarter as many have been added. */
const SWEPT_FOR_EACH = 4

/** A tolerance in units: sums of fractions drift by far less than this, and the slowest limit leaks more in one millisecond. */
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
