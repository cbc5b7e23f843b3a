import type { Limits } from '@latchkey/client'
import { usd } from '../parts/money.ts'

/** The windows of a limit, in the order in which they are shown. */
export const WINDOWS = ['daily', 'weekly', 'monthly', 'total'] as const

/** One of them. */
export type Window = (typeof WINDOWS)[number]

/** Limits as texts of fields, an empty text for none. */
export type LimitTexts = Record<Window, string>

/** The limits of a record as texts. */
export function textsOf(limits: Limits): LimitTexts {
  const { daily = '', weekly = '', monthly = '', total = '' } = limits
  return { daily, weekly, monthly, total }
}

/** The change from one to the other, null for a limit that is removed; undefined for no change. */
export function limitsChange(before: LimitTexts, after: LimitTexts) {
  const changed = WINDOWS.filter((window) => before[window].trim() !== after[window].trim())
  if (changed.length === 0) return undefined
  return Object.fromEntries(changed.map((window) => [window, after[window].trim() || null]))
}

/** Whether a text is an amount for a limit. */
export function isAmount(text: string): boolean {
  return /^\d+(\.\d{1,9})?$/.test(text.trim())
}

/** Each limit in words: `$25.00 daily`. */
export function limitWords(limits: Limits): string[] {
  return WINDOWS.flatMap((window) =>
    limits[window] === undefined ? [] : [`${usd(limits[window])} ${window}`],
  )
}
