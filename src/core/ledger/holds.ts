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
export function slotsOf(at: Instant): Record<LimitWindow, Slot> {
  return calendarOf(at).names as Record<LimitWindow, Slot>
}

/** The open holds of one account, with their sums, in the order of their expiry. */
export interface Holds {
  /** Adds a hold and returns true; returns false and changes nothing when it is already there. */
  add(hold: Hold): boolean
  /** Removes a hold and returns it; undefined when there is none. */
  remove(id: ReservationId): Hold | undefined
  /** The number of open holds. */
  count(): number
  /** The amount held in the window that contains `at`. */
  held(window: LimitWindow, at: Instant): NanoUsd
  /**
   * The instant by which at least this amount of the holds in the window that contains `at` will be released by expiry; null for never.
   */
  givenBackAt(window: LimitWindow, at: Instant, amount: NanoUsd): Instant | null
  /** When the next hold runs out, or has; infinite without one. */
  runsOutAt(): Instant
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
  const open = new Map<ReservationId, Hold>()
  const sums = new Map<Slot, NanoUsd>()
  const runs: Run[] = []

  function insert(hold: Hold): void {
    const place = Math.min(placeIn(runs, hold, lastOf), Math.max(0, runs.length - 1))
    runs[place] ??= { holds: [], sums: new Map() }
    const run = runs[place]
    run.holds.splice(placeIn(run.holds, hold, itself), 0, hold)
    addTo(run.sums, hold, comesBack(hold))
    if (run.holds.length > RUN_MAX) runs.splice(place, 1, ...halvesOf(run))
  }

  function takeOut(hold: Hold): void {
    const place = placeIn(runs, hold, lastOf)
    const run = runs[place]
    if (run === undefined) return
    run.holds.splice(placeIn(run.holds, hold, itself), 1)
    addTo(run.sums, hold, -comesBack(hold))
    if (run.holds.length === 0) runs.splice(place, 1)
    else join(place)
  }

  /** Joins a run and the next one when both have become short. */
  function join(place: number): void {
    const [one, next] = [runs[place], runs[place + 1]]
    if (one === undefined || next === undefined || one.holds.length + next.holds.length > RUN_MIN) return
    runs.splice(place, 2, runOf([...one.holds, ...next.holds]))
  }

  const runsOutAt = () => runs[0]?.holds[0]?.expiresAt ?? Number.POSITIVE_INFINITY

  return {
    add(hold) {
      if (open.has(hold.id)) return false
      open.set(hold.id, hold)
      insert(hold)
      addTo(sums, hold, hold.amount)
      return true
    },
    remove(id) {
      const hold = open.get(id)
      if (hold === undefined) return undefined
      open.delete(id)
      takeOut(hold)
      addTo(sums, hold, -hold.amount)
      return hold
    },
    count: () => open.size,
    held: (window, at) => (sums.size === 0 ? 0n : (sums.get(slotOf(window, at)) ?? 0n)),
    givenBackAt(window, at, amount) {
      const slot = slotOf(window, at)
      const isOfWindow = withinWindow(window, at)
      let missing = amount
      for (const run of runs) {
        const sum = run.sums.get(slot) ?? 0n
        if (sum < missing) missing -= sum
        else {
          for (const hold of run.holds) {
            if (isOfWindow(hold)) missing -= comesBack(hold)
            if (missing <= 0n) return hold.expiresAt
          }
        }
      }
      return null
    },
    runsOutAt,
    hasRunOut: (at) => runsOutAt() <= at,
    runOut(at, countMax) {
      const found: Hold[] = []
      for (const { holds } of runs) {
        for (const hold of holds) {
          if (hold.expiresAt > at || found.length === countMax) return found
          found.push(hold)
        }
      }
      return found
    },
  }
}

/** The amount that is free again when a hold expires. */
function comesBack({ amount, onExpiry }: Hold): NanoUsd {
  return onExpiry === 'release' ? amount : 0n
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
