/** Both clocks of a machine, read together, in milliseconds. */
export interface Reading {
  /** Nobody can set it, but it may stop while the machine sleeps. */
  monotonicMs: number
  /** It continues while the machine sleeps, but may be set. */
  wallMs: number
}

/** The right to answer from memory, which expires. */
export interface Lease {
  /** When its renewal was sent: every change committed before that is applied. */
  sentAt: Reading
  leaseMs: number
}

/** How far the wall clock may fall behind the monotonic one before it counts as set back, in milliseconds. */
const SET_BACK_MS = 250
/** The part of a lease that its holder does not use, as a margin for clocks that drift. */
const MARGIN = 0.1

/** How long a holder may use a lease of this length. */
export function usableMs(leaseMs: number): number {
  return leaseMs * (1 - MARGIN)
}

/** The age of the lease, by the clock that has advanced further; infinite when the wall clock was set back. */
export function ageMs({ sentAt }: Lease, now: Reading): number {
  const monotonic = now.monotonicMs - sentAt.monotonicMs
  const wall = now.wallMs - sentAt.wallMs
  if (wall < monotonic - SET_BACK_MS) return Number.POSITIVE_INFINITY
  return Math.max(monotonic, wall)
}

/** Whether answers may come from memory. Must be called in the turn of the event loop that answers, so that no pause comes between. */
export function isFresh(lease: Lease | null, now: Reading): boolean {
  return lease !== null && ageMs(lease, now) < usableMs(lease.leaseMs)
}
