import type { Spend, WindowSpend } from '../store/store.ts'
import type { Instant } from './clock.ts'
import type { Key, NanoUsd } from './types.ts'
import { LIMIT_WINDOWS, type LimitWindow, windowEnd, windowStart } from './windows.ts'

/** Where one limit of a key stands (spec.md §2: remaining = limit - spent - reserved, never below 0). */
export interface BudgetLine {
  window: LimitWindow
  limit: NanoUsd
  /** Settled usage that counts against the limit. */
  spent: NanoUsd
  /** Open reservations. */
  reserved: NanoUsd
  remaining: NanoUsd
  /** When the next window opens; null for `total`. */
  resetsAt: Instant | null
}

/** Usage of nothing, in every window. */
export function noSpend(): Spend {
  const none = (): WindowSpend => ({ amount: 0n, byokAmount: 0n, requests: 0 })
  return { daily: none(), weekly: none(), monthly: none(), total: none() }
}

/** What sums read for the windows of `readAt` are worth at `at`: a window that has ended since counts from zero. */
export function spendAt(spend: Spend, readAt: Instant, at: Instant): Spend {
  const current = { ...spend }
  for (const window of LIMIT_WINDOWS) {
    if (windowStart(window, readAt) !== windowStart(window, at)) current[window] = noSpend()[window]
  }
  return current
}

/** Every limit of the key with what is left of it, shortest window first. */
export function budgetOf(key: Key, spend: Spend, at: Instant): BudgetLine[] {
  const lines: BudgetLine[] = []
  for (const window of LIMIT_WINDOWS) {
    const limit = key.limits[window]
    if (limit === undefined) continue
    const spent = countedSpend(key, spend[window])
    const reserved = 0n
    const left = limit - spent - reserved
    lines.push({
      window,
      limit,
      spent,
      reserved,
      remaining: left > 0n ? left : 0n,
      resetsAt: windowEnd(window, at),
    })
  }
  return lines
}

/** The limit that leaves no room, the one that opens last if there are several; undefined while all leave some. */
export function exhaustedLine(budget: readonly BudgetLine[]): BudgetLine | undefined {
  return budget.findLast((line) => line.remaining === 0n)
}

/** The limit with the least room; of equals the longest window. Undefined for a key without limits. */
export function bindingLine(budget: readonly BudgetLine[]): BudgetLine | undefined {
  return budget.reduce<BudgetLine | undefined>(
    (least, line) => (least === undefined || line.remaining <= least.remaining ? line : least),
    undefined,
  )
}

function countedSpend(key: Key, spend: WindowSpend): NanoUsd {
  return key.includeByokInLimit ? spend.amount + spend.byokAmount : spend.amount
}
