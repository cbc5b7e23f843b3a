import type { Instant } from '../core/ground/clock.ts'
import type { RateLimit } from '../core/types.ts'

type Rate = Pick<RateLimit, 'limit' | 'windowMs'>

/**
 * How many units of a limit were used up at an instant, and the rate by which they come back. Units, not instants, because what was
 * used is what counts when the rate is changed.
 */
export interface Bucket extends Rate {
  used: number
  at: Instant
}

/** What is remembered of one limit, under the rate that is in force. */
export interface Cell extends Bucket {
  /**
   * The same under the rate from before a cut, if more had been used of it than the limit is now: a raise counts it all the same. It
   * is whole when nothing of that is left.
   */
  beforeCut?: Bucket
}

/**
 * How many units of a bucket are used up now: never more than its limit, so that it is locked for no longer than its window. A clock
 * that was set back gives nothing back.
 */
export function usedOf(bucket: Bucket, now: Instant): number {
  const elapsedMs = Math.max(0, now - bucket.at)
  return Math.min(Math.max(0, bucket.used - elapsedMs / unitMs(bucket)), bucket.limit)
}

/** Whether the bucket is of this rate. */
export function isUnder(bucket: Bucket, { limit, windowMs }: Rate): boolean {
  return bucket.limit === limit && bucket.windowMs === windowMs
}

/**
 * The cell under a rate that takes the place of its own. A cut limit is full and not overdrawn; what was used beyond it is kept
 * beside, and goes away as fast as it would have without the cut.
 */
export function cellUnder(cell: Cell, { limit, windowMs }: Rate, now: Instant): Cell {
  const { beforeCut } = cell
  const isBefore = beforeCut !== undefined && usedOf(beforeCut, now) > usedOf(cell, now)
  const most = isBefore ? beforeCut : cell
  const used = usedOf(most, now)
  const current = { used: Math.min(used, limit), at: now, limit, windowMs }
  if (used <= limit && beforeCut === undefined) return current
  const kept = used > limit ? used : 0
  return { ...current, beforeCut: { used: kept, at: now, limit: most.limit, windowMs: most.windowMs } }
}

/** When the bucket is whole again. */
export function wholeAt(bucket: Bucket): Instant {
  return bucket.at + bucket.used * unitMs(bucket)
}

/** How long it takes until one unit of the limit is given back. */
export function unitMs({ limit, windowMs }: Rate): number {
  return windowMs / limit
}
