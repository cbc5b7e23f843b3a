import { DAY_MS, type Instant } from '../ground/clock.ts'
import type { NanoUsd } from './money.ts'

/**
 * A period over which spending is summed: the UTC day, the UTC week from Monday, the UTC month from the 1st, or all time. A window is
 * computed from the clock; nothing ever resets it.
 */
export type LimitWindow = 'daily' | 'weekly' | 'monthly' | 'total'

/** Every window, shortest first. */
export const LIMIT_WINDOWS = ['daily', 'weekly', 'monthly', 'total'] as const satisfies readonly LimitWindow[]

/** USD caps per window in nano-USD; a missing window has no cap. */
export type Limits = { [W in LimitWindow]?: NanoUsd }

const WEEK_MS = 7 * DAY_MS
// 1970-01-01 was a Thursday, so the first Monday at or before it is three days earlier.
const FIRST_MONDAY_MS = -3 * DAY_MS

/** The windows that contain an instant. They begin and end with days, so they are the same for a whole day. */
export interface Calendar {
  /** Days since 1970. */
  day: number
  starts: Record<LimitWindow, Instant>
  /** The first instant after each window; null for `total`, which never ends. */
  ends: Record<LimitWindow, Instant | null>
  /** Each window and its start in one text. */
  names: Record<LimitWindow, string>
}

const DAYS_KEPT = 64
const calendars = new Map<number, Calendar>()
let last: Calendar | null = null

/** The windows of an instant; those of recently used days are kept. */
export function calendarOf(at: Instant): Calendar {
  const day = Math.floor(at / DAY_MS)
  if (last?.day === day) return last
  const known = calendars.get(day)
  if (known !== undefined) {
    last = known
    return known
  }
  if (calendars.size >= DAYS_KEPT) calendars.clear()
  const calendar = calendarFrom(day)
  calendars.set(day, calendar)
  return calendar
}

/** The first instant of the window that contains `at`; 0 for `total`, which has only one. */
export function windowStart(window: LimitWindow, at: Instant): Instant {
  return calendarOf(at).starts[window]
}

/** The first instant after the window that contains `at`; null for `total`, which never ends. */
export function windowEnd(window: LimitWindow, at: Instant): Instant | null {
  return calendarOf(at).ends[window]
}

function calendarFrom(day: number): Calendar {
  const at = day * DAY_MS
  const weekly = FIRST_MONDAY_MS + Math.floor((at - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS
  const starts = { daily: at, weekly, monthly: monthStart(at, 0), total: 0 }
  const ends = { daily: at + DAY_MS, weekly: weekly + WEEK_MS, monthly: monthStart(at, 1), total: null }
  const name = (window: LimitWindow) => `${window} ${starts[window]}`
  const names = {
    daily: name('daily'),
    weekly: name('weekly'),
    monthly: name('monthly'),
    total: name('total'),
  }
  return { day, starts, ends, names }
}

/** The start of the month that is this many months after that of `at`. `Date.UTC` would take the year 99 for 1999. */
function monthStart(at: Instant, monthsLater: number): Instant {
  const date = new Date(at)
  const start = new Date(0)
  start.setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth() + monthsLater, 1)
  return start.getTime()
}
