// Tests: test/wire/native/crossed.test.ts
import type { BudgetLine } from './budgets.ts'

/** The parts of a limit, in percent, whose crossing by settled usage is recorded. */
export const THRESHOLDS = [50, 80, 100] as const

/** One of {@link THRESHOLDS}. */
export type Threshold = (typeof THRESHOLDS)[number]

/** The thresholds that usage has newly reached in any limit, by the same lines before and after it, ascending. */
export function crossedBetween(before: readonly BudgetLine[], after: readonly BudgetLine[]): Threshold[] {
  if (after.every(isBelowAll)) return []
  return THRESHOLDS.filter((percent) =>
    after.some((line, index) => {
      const earlier = before[index]
      return earlier !== undefined && hasReached(line, percent) && !hasReached(earlier, percent)
    }),
  )
}

const NONE: readonly Threshold[] = []

/** The thresholds that a limit has reached, ascending. */
export function reachedBy(line: Pick<BudgetLine, 'spent' | 'limit'>): readonly Threshold[] {
  if (isBelowAll(line)) return NONE
  return THRESHOLDS.filter((percent) => hasReached(line, percent))
}

/** True when no threshold can be reached. Asked of every limit for every charge, and nearly always true. */
function isBelowAll({ spent, limit }: Pick<BudgetLine, 'spent' | 'limit'>): boolean {
  return spent < limit / 2n
}

/** Fractions are rounded up; of a limit of 0 only the whole can be reached, by anything. The store has the same rule in SQL. */
function hasReached({ spent, limit }: Pick<BudgetLine, 'spent' | 'limit'>, percent: Threshold): boolean {
  if (spent <= 0n || (limit === 0n && percent < 100)) return false
  return spent >= limit - (limit * BigInt(100 - percent)) / 100n
}
