import type { Instant } from '../ground/clock.ts'
import type { Hold, ReservationId } from './entries.ts'

/** The open holds of one account, and which of them runs out next: none is looked at before its time has come. */
export interface Holds {
  /** Adds a hold, and answers true; false, and nothing changed, when it is there already. */
  add(hold: Hold): boolean
  /** Takes a hold out and answers it; undefined when there is none. */
  remove(id: ReservationId): Hold | undefined
  /** How many entries of the heap there are, with those that have ended: what the memory is for. */
  entries(): number
  /** How many are open. */
  count(): number
  /** True when a hold has run out at this instant. */
  hasRunOut(at: Instant): boolean
  /** Takes out some of the holds that have run out, those of longest ago first. */
  takeRunOut(at: Instant, countMax: number): Hold[]
}

/** Stale entries that are borne before the heap is built anew, however few holds are open. */
const STALE_MIN = 64

/**
 * Builds the holds of an account, on a binary heap by the time of running out. A hold that ends earlier stays in the heap
 * until it comes up, or until half of the heap is such: so ending one costs no search, and the heap is never twice too large.
 */
export function createHolds(): Holds {
  const open = new Map<ReservationId, Hold>()
  let heap: Hold[] = []

  /** The open hold that runs out first. Drops what has ended before it. */
  function first(): Hold | undefined {
    for (;;) {
      const [top] = heap
      if (top === undefined || open.get(top.id) === top) return top
      removeTop(heap)
    }
  }

  function dropStale(): void {
    if (heap.length - open.size <= Math.max(STALE_MIN, open.size)) return
    heap = [...open.values()].sort((one, other) => one.expiresAt - other.expiresAt)
  }

  return {
    add(hold) {
      if (open.has(hold.id)) return false
      open.set(hold.id, hold)
      insert(heap, hold)
      return true
    },
    remove(id) {
      const hold = open.get(id)
      if (hold !== undefined && open.delete(id)) dropStale()
      return hold
    },
    entries: () => heap.length,
    count: () => open.size,
    hasRunOut: (at) => (first()?.expiresAt ?? Number.POSITIVE_INFINITY) <= at,
    takeRunOut(at, countMax) {
      const taken: Hold[] = []
      for (let top = first(); top !== undefined && top.expiresAt <= at; top = first()) {
        if (taken.length === countMax) break
        taken.push(top)
        open.delete(top.id)
      }
      return taken
    },
  }
}

function insert(heap: Hold[], hold: Hold): void {
  let place = heap.length
  heap.push(hold)
  while (place > 0) {
    const parent = (place - 1) >> 1
    const above = heap[parent] as Hold
    if (above.expiresAt <= hold.expiresAt) break
    heap[place] = above
    place = parent
  }
  heap[place] = hold
}

function removeTop(heap: Hold[]): void {
  const moved = heap.pop()
  if (moved === undefined || heap.length === 0) return
  let place = 0
  for (;;) {
    let child = 2 * place + 1
    if (child >= heap.length) break
    const right = heap[child + 1]
    if (right !== undefined && right.expiresAt < (heap[child] as Hold).expiresAt) child += 1
    const below = heap[child] as Hold
    if (below.expiresAt >= moved.expiresAt) break
    heap[place] = below
    place = child
  }
  heap[place] = moved
}
