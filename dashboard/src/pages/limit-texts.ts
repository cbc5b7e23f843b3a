import type { Limits } from '@latchkey/client'
import { usd } from '../parts/money.ts'

/** The windows of a limit, in the order in which they are shown. */
export const WINDOWS = ['daily', 'weekly', 'monthly', 'total'] as const

/** One of them. */
export type Window = (typeof WINDOWS)[number]

/** Limits as they are typed, an empty text for none. */
export type LimitTexts = Record<Window, string>

/** The limits of a record as texts. */
export function textsOf(limits: Limits): LimitTexts {
  const { daily = '', weekly = '', monthly = '', total = '' } = limits
  return { daily, weekly, monthly, total }
}

/** What has to be changed to get from one to the other, null for a limit that goes; undefined when nothing has. */
export function limitsChange(before: LimitTexts, after: LimitTexts) {
  const changed = WINDOWS.filter((window) => before[window].trim() !== after[window].trim())
  if (changed.length === 0) return undefined
  return Object.fromEntries(changed.map((window) => [window, after[window].trim() || null]))
}

/** Whether a text is an amount that a limit may be. */
export function isAmount(text: string): boolean {
  return /^\d+(\.\d{1,9})?$/.test(text.trim())
}

/** Each limit in words: `$25.00 daily`. */
export function limitWords(limits: Limits): string[] {
  return WINDOWS.flatMap((window) =>
    limits[window] === undefined ? [] : [`${usd(limits[window])} ${window}`],
  )
}
