import type { Word } from '../words.ts'

/** The stretch of time that a limit counts in. */
export type Window = 'daily' | 'weekly' | 'monthly' | 'total' | Word

const DAY_MS = 86_400_000
// 1970-01-05 was a Monday.
const MONDAY_MS = 4 * DAY_MS

/**
 * The window that a moment lies in, all in milliseconds: the UTC day, the UTC week from Monday, the UTC month, or all time, which has
 * no end. Throws a TypeError for another word.
 */
export function windowAt(window: Window, at: number): { start: number; end: number | undefined } {
  if (window === 'total') return { start: 0, end: undefined }
  if (window === 'monthly') return { start: monthStart(at, 0), end: monthStart(at, 1) }
  const lengthMs = window === 'daily' ? DAY_MS : 7 * DAY_MS
  if (window !== 'daily' && window !== 'weekly') throw new TypeError(`"${window}" is no window.`)
  const origin = window === 'daily' ? 0 : MONDAY_MS
  const start = at - ((((at - origin) % lengthMs) + lengthMs) % lengthMs)
  return { start, end: start + lengthMs }
}

function monthStart(at: number, later: number): number {
  const date = new Date(at)
  // Date.UTC takes the years 0 to 99 for those of the last century.
  const start = new Date(0)
  start.setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth() + later, 1)
  return start.getTime()
}
