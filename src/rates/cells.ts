import type { Instant } from '../core/ground/clock.ts'
import type { RateLimit } from '../core/types.ts'

/**
 * What is remembered of one limit: how many units were used up at an instant, and how fast they come back. Units, not
 * instants, because what was used is what counts when the rate is changed.
 */
export interface Cell {
  used: number
  at: Instant
  limit: number
  windowMs: number
}

/**
 * How many units are used up now under the rate that is in force: never more than its limit, so that a cut rate is full
 * and not overdrawn, and a limit is locked for no longer than its window. A clock that was set back gives nothing back.
 */
export function usedUnder(cell: Cell | undefined, rate: RateLimit, now: Instant): number {
  if (cell === undefined) return 0
  const elapsedMs = Math.max(0, now - cell.at)
  return Math.min(Math.max(0, cell.used - elapsedMs / unitMs(cell)), rate.limit)
}

/** When the limit is whole again. */
export function wholeAt(cell: Cell): Instant {
  return cell.at + cell.used * unitMs(cell)
}

/** How long it takes until one unit of the limit is given back. */
export function unitMs({ limit, windowMs }: Pick<RateLimit, 'limit' | 'windowMs'>): number {
  return windowMs / limit
}
