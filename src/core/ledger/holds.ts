import { isAhead } from '../ground/ahead.ts'
import type { Instant } from '../ground/clock.ts'
import type { NanoUsd } from '../money/money.ts'
import { calendarOf, type LimitWindow, windowEnd, windowStart } from '../money/windows.ts'
import type { Hold, ReservationId } from './entries.ts'

/** A window and its start as one text; amounts are added up per slot. */
export type Slot = string & { readonly __brand: 'Slot' }

/** The slot of the window that contains an instant. */
export function slotOf(window: LimitWindow, at: Instant): Slot {
  return calendarOf(at).names[window] as Slot
}

/** The slots of all windows that contain an instant. */
function slotsOf(at: Instant): Record<LimitWindow, Slot> {
  return calendarOf(at).names as Record<LimitWindow, Slot>
}

/** The open holds of one account, with their sums, in the order of their expiry. */
export interface Holds {
  /** Adds a hold and returns true; returns false and changes nothing when it is already there. */
  add(hold: Hold): boolean
  /** Removes a hold and returns it; undefined when there is none. */
  remove(id: ReservationId): Hold | undefined
  /** Whether this hold is there, with this amount and expiry. */
  has(hold: Pick<Hold, 'id' | 'amount' | 'expiresAt'>): boolean
  /** The number of open holds. */
  count(): number
  /** The amount held in the window that contains `at`, by holds that have run out, too. */
  held(window: LimitWindow, at: Instant): NanoUsd
  /** The part of it that is free again at `now`, because holds have run out. */
  ranOut(window: LimitWindow, at: Instant, now: Instant): NanoUsd
  /**
   * The instant by which at least this amount of the holds in the window that contains `at` will be released by expiry, as it seems now;
   * null for never.
   */
  givenBackAt(window: LimitWindow, at: Instant, amount: NanoUsd, now: Instant): Instant | null
  /** When the next hold runs out after this instant; infinite without one. */
  runsOutAfter(now: Instant): Instant
  /** True when a hold has expired at this instant. */
  hasRunOut(at: Instant): boolean
  /** At most `countMax` of the expired holds, the earliest expiry first. */
  runOut(at: Instant, countMax: number): Hold[]
}

/** Consecutive holds in the order of their expiry, and the amounts that their expiry releases, by slot. */
interface Run {
  holds: Hold[]
  sums: Map<Slot, NanoUsd>
}

/** A longer run is split in two. */
const RUN_MAX = 512
/** Two neighbours that together are no longer than this are joined. */
const RUN_MIN = 128

/**
 * Builds the holds of an account, in the order of their expiry. The list is split into runs of some hundred holds, each with its sums. So
 * a change touches one run, and the sums of the other runs show when enough is released without visiting their holds.
 */
export function createHolds(): Holds {
  return new OpenHolds()
}

/** Parts of holds. */
interface Parts {
  open: Map<ReservationId, Hold>
  sums: Map<Slot, NanoUsd>
  runs: Run[]
}

const NO_RUNS: readonly Run[] = []

/** Memory has a hundred thousand accounts, most of them without holds. So the methods are shared, and the parts exist only with holds. */
class OpenHolds implements Holds {
  private parts: Parts | null = null

  add(hold: Hold): boolean {
    this.parts ??= { open: new Map(), sums: new Map(), runs: [] }
    const { open, sums, runs } = this.parts
    if (open.has(hold.id)) return false
    open.set(hold.id, hold)
    insert(runs, hold)
    addTo(sums, hold, hold.amount)
    return true
  }

  remove(id: ReservationId): Hold | undefined {
    const hold = this.parts?.open.get(id)
    if (this.parts === null || hold === undefined) return undefined
    const { open, sums, runs } = this.parts
    open.delete(id)
    takeOut(runs, hold)
    addTo(sums, hold, -hold.amount)
    if (open.size === 0) this.parts = null
    return hold
  }

  has({ id, amount, expiresAt }: Pick<Hold, 'id' | 'amount' | 'expiresAt'>): boolean {
    const known = this.parts?.open.get(id)
    return known?.expiresAt === expiresAt && known.amount === amount
  }

  count(): number {
    return this.parts?.open.size ?? 0
  }

  held(window: LimitWindow, at: Instant): NanoUsd {
    return this.parts?.sums.get(slotOf(window, at)) ?? 0n
  }

  givenBackAt(window: LimitWindow, at: Instant, amount: NanoUsd, now: Instant): Instant | null {
    const slot = slotOf(window, at)
    const isOfWindow = withinWindow(window, at)
    let missing = amount
    for (const run of this.runs()) {
      const sum = run.sums.get(slot) ?? 0n
      if (sum < missing) missing -= sum
      else {
        for (const hold of run.holds) {
          if (isOfWindow(hold)) missing -= comesBack(hold)
          if (missing <= 0n) return endOf(hold, now)
        }
      }
    }
    return null
  }

  ranOut(window: LimitWindow, at: Instant, now: Instant): NanoUsd {
    if (!this.hasRunOut(now)) return 0n
    const slot = slotOf(window, at)
    const isOfWindow = withinWindow(window, at)
    let sum = 0n
    for (const run of this.runs()) {
      if (lastOf(run).expiresAt <= now) {
        sum += run.sums.get(slot) ?? 0n
        continue
      }
      for (const hold of run.holds) {
        if (hold.expiresAt > now) return sum
        if (isOfWindow(hold)) sum += comesBack(hold)
      }
    }
    return sum
  }

  runsOutAfter(now: Instant): Instant {
    const run = this.runs().find((each) => lastOf(each).expiresAt > now)
    return run?.holds.find(({ expiresAt }) => expiresAt > now)?.expiresAt ?? Number.POSITIVE_INFINITY
  }

  hasRunOut(at: Instant): boolean {
    const first = this.runs()[0]?.holds[0]
    return first !== undefined && first.expiresAt <= at
  }

  runOut(at: Instant, countMax: number): Hold[] {
    const found: Hold[] = []
    for (const { holds } of this.runs()) {
      for (const hold of holds) {
        if (hold.expiresAt > at || found.length === countMax) return found
        found.push(hold)
      }
    }
    return found
  }

  private runs(): readonly Run[] {
    return this.parts?.runs ?? NO_RUNS
  }
}

function insert(runs: Run[], hold: Hold): void {
  const place = Math.min(placeIn(runs, hold, lastOf), Math.max(0, runs.length - 1))
  runs[place] ??= { holds: [], sums: new Map() }
  const run = runs[place]
  run.holds.splice(placeIn(run.holds, hold, itself), 0, hold)
  addTo(run.sums, hold, comesBack(hold))
  if (run.holds.length > RUN_MAX) runs.splice(place, 1, ...halvesOf(run))
}

function takeOut(runs: Run[], hold: Hold): void {
  const place = placeIn(runs, hold, lastOf)
  const run = runs[place]
  if (run === undefined) return
  run.holds.splice(placeIn(run.holds, hold, itself), 1)
  addTo(run.sums, hold, -comesBack(hold))
  if (run.holds.length === 0) runs.splice(place, 1)
  else join(runs, place)
}

/** Joins a run and the next one when both have become short. */
function join(runs: Run[], place: number): void {
  const [one, next] = [runs[place], runs[place + 1]]
  if (one === undefined || next === undefined || one.holds.length + next.holds.length > RUN_MIN) return
  runs.splice(place, 2, runOf([...one.holds, ...next.holds]))
}

/** The amount that is free again when a hold expires. */
function comesBack({ amount, onExpiry }: Hold): NanoUsd {
  return onExpiry === 'release' ? amount : 0n
}

/** When a hold ends. Of one that a clock placed that was ahead only its length counts, from when that is noticed. */
function endOf({ heldAt, expiresAt }: Hold, now: Instant): Instant {
  return isAhead(heldAt, now) ? now + (expiresAt - heldAt) : expiresAt
}

function withinWindow(window: LimitWindow, at: Instant): (hold: Hold) => boolean {
  if (window === 'total') return () => true
  const start = windowStart(window, at)
  const end = windowEnd(window, at) ?? Number.POSITIVE_INFINITY
  return ({ heldAt }) => heldAt >= start && heldAt < end
}

function addTo(sums: Map<Slot, NanoUsd>, hold: Hold, amount: NanoUsd): void {
  for (const slot of Object.values(slotsOf(hold.heldAt))) {
    const sum = (sums.get(slot) ?? 0n) + amount
    if (sum === 0n) sums.delete(slot)
    else sums.set(slot, sum)
  }
}

function runOf(holds: Hold[]): Run {
  const run: Run = { holds, sums: new Map() }
  for (const hold of holds) addTo(run.sums, hold, comesBack(hold))
  return run
}

function halvesOf({ holds }: Run): [Run, Run] {
  const middle = holds.length >> 1
  return [runOf(holds.slice(0, middle)), runOf(holds.slice(middle))]
}

const itself = (hold: Hold) => hold
const lastOf = ({ holds }: Run) => holds[holds.length - 1] as Hold

/** The first place whose item does not come before the hold. */
function placeIn<T>(list: readonly T[], hold: Hold, holdOf: (item: T) => Hold): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (comesBefore(holdOf(list[middle] as T), hold)) low = middle + 1
    else high = middle
  }
  return low
}

/** Ordered by expiry, then by id, so that no two holds are equal. */
function comesBefore(one: Hold, other: Hold): boolean {
  return one.expiresAt < other.expiresAt || (one.expiresAt === other.expiresAt && one.id < other.id)
}
