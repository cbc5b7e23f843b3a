import type { Selectable } from 'kysely'
import { LIMIT_WINDOWS, type Limits, type LimitWindow } from '../../../core/money/windows.ts'
import type { Allowance, Boost, Boosts } from '../../../core/types.ts'
import type { LimitColumns } from '../base/tables.ts'

/** The limits of an account as columns of its row, without its boosts. */
export function limitColumns({ limits, includeByokInLimit }: Allowance): Selectable<LimitColumns> {
  return {
    limit_daily: limits.daily ?? null,
    limit_weekly: limits.weekly ?? null,
    limit_monthly: limits.monthly ?? null,
    limit_total: limits.total ?? null,
    include_byok_in_limit: includeByokInLimit ? 1n : 0n,
  }
}

/** The limits and boosts from an account's row. */
export function readAllowance(
  row: Selectable<LimitColumns>,
): Pick<Allowance, 'limits' | 'includeByokInLimit'> {
  const limits: Limits = {}
  for (const window of LIMIT_WINDOWS) {
    const limit = row[`limit_${window}`]
    if (limit !== null) limits[window] = limit
  }
  return { limits, includeByokInLimit: row.include_byok_in_limit === 1n }
}

/** Limits in their form in JSON: decimal texts, so that no digit is lost. */
export function amountTexts(limits: Limits): { [W in LimitWindow]?: string } {
  return Object.fromEntries(Object.entries(limits).map(([window, amount]) => [window, String(amount)]))
}

/** Reads the limits that {@link amountTexts} has written. */
export function readAmounts(texts: { [W in LimitWindow]?: string }): Limits {
  const limits: Limits = {}
  for (const window of LIMIT_WINDOWS) {
    const amount = texts[window]
    if (amount !== undefined) limits[window] = BigInt(amount)
  }
  return limits
}

/** Boosts as JSON; {@link readBoosts} reads it, and so does, member by member, the statement that finds crossed limits. */
export function boostsText(boosts: Boosts): string {
  const members = Object.entries(boosts).map(([window, { amount, ...rest }]) => [
    window,
    { amount: String(amount), ...rest },
  ])
  return JSON.stringify(Object.fromEntries(members))
}

/** The boosts of a column. */
export function readBoosts(text: string): Boosts {
  const members = JSON.parse(text) as { [W in LimitWindow]?: Omit<Boost, 'amount'> & { amount: string } }
  const boosts: Boosts = {}
  for (const window of LIMIT_WINDOWS) {
    const boost = members[window]
    if (boost !== undefined) boosts[window] = { ...boost, amount: BigInt(boost.amount) }
  }
  return boosts
}
