import type { Instant } from '../ground/clock.ts'
import type { NanoUsd } from './money.ts'

/**
 * A stretch of time over which spending is summed: the UTC day, the UTC week from Monday, the UTC month from the 1st,
 * or all time. A window is computed from the clock; nothing ever resets it.
 */
export type LimitWindow = 'daily' | 'weekly' | 'monthly' | 'total'

/** Every window, shortest first. */
export const LIMIT_WINDOWS = ['daily', 'weekly', 'monthly', 'total'] as const satisfies readonly LimitWindow[]

/** USD caps per window in nano-USD; a missing window has no cap. */
export type Limits = { [W in LimitWindow]?: NanoUsd }

const DAY_MS = 86_400_000
// 1970-01-01 was a Thursday, so the first Monday at or before it is three days earlier.
const FIRST_MONDAY_MS = -3 * DAY_MS

/** The first instant of the window that `at` lies in; 0 for `total`, which has only one. */
export function windowStart(window: LimitWindow, at: Instant): Instant {
  switch (window) {
    case 'daily':
      return Math.floor(at / DAY_MS) * DAY_MS
    case 'weekly':
      return FIRST_MONDAY_MS + Math.floor((at - FIRST_MONDAY_MS) / (7 * DAY_MS)) * 7 * DAY_MS
    case 'monthly':
      return monthStart(at, 0)
    case 'total':
      return 0
  }
}

/** The first instant after the window that `at` lies in; null for `total`, which never ends. */
export function windowEnd(window: LimitWindow, at: Instant): Instant | null {
  switch (window) {
    case 'daily':
      return windowStart('daily', at) + DAY_MS
    case 'weekly':
      return windowStart('weekly', at) + 7 * DAY_MS
    case 'monthly':
      return monthStart(at, 1)
    case 'total':
      return null
  }
}

/** The start of the month that lies so many months after that of `at`. `Date.UTC` would take the year 99 for 1999. */
function monthStart(at: Instant, monthsLater: number): Instant {
  const date = new Date(at)
  const start = new Date(0)
  start.setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth() + monthsLater, 1)
  return start.getTime()
}
