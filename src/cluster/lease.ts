/** Both clocks of a machine, read together, in milliseconds. */
export interface Reading {
  /** Never set by anybody, but may stand still while the machine sleeps. */
  monotonicMs: number
  /** Goes on while the machine sleeps, but may be set. */
  wallMs: number
}

/** The right to answer from memory, which ends by itself. */
export interface Lease {
  /** When its renewal was sent: all that was committed before has been applied. */
  sentAt: Reading
  leaseMs: number
}

/** How far the wall clock may fall behind the other before it counts as set, in milliseconds. */
const SET_BACK_MS = 250
/** The part of a lease that its holder does not use, for clocks that run apart. */
const MARGIN = 0.1

/** How long a holder may use a lease of this length. */
export function usableMs(leaseMs: number): number {
  return leaseMs * (1 - MARGIN)
}

/** How much of the lease has passed: by whichever clock has gone further, and all of it when one of them was set back. */
export function ageMs({ sentAt }: Lease, now: Reading): number {
  const monotonic = now.monotonicMs - sentAt.monotonicMs
  const wall = now.wallMs - sentAt.wallMs
  if (wall < monotonic - SET_BACK_MS) return Number.POSITIVE_INFINITY
  return Math.max(monotonic, wall)
}

/** Whether memory may be answered from. Asked in the turn of the event loop that answers, so that no pause lies between. */
export function isFresh(lease: Lease | null, now: Reading): boolean {
  return lease !== null && ageMs(lease, now) < usableMs(lease.leaseMs)
}
