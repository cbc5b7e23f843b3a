// Tests: test/money, test/wire/native/boosts.test.ts
import { MAX } from '../ground/bounds.ts'
import type { Instant } from '../ground/clock.ts'
import { Fault, inputFault } from '../ground/faults.ts'
import type { AccountId } from '../ledger/entries.ts'
import type { Allowance, Boost, Boosts, Key, Revision } from '../types.ts'
import type { NanoUsd } from './money.ts'
import type { Spend, WindowSpend } from './spend.ts'
import { LIMIT_WINDOWS, type Limits, type LimitWindow, windowEnd } from './windows.ts'

/** An account and its allowance. */
export interface Allowed {
  account: AccountId
  allowance: Allowance
  /** The revision of the record with the allowance; absent where it does not matter. */
  revision?: Revision
}

/** True when the allowance has a limit. */
export function hasLimits({ allowance }: Pick<Allowed, 'allowance'>): boolean {
  const { daily, weekly, monthly, total } = allowance.limits
  return daily !== undefined || weekly !== undefined || monthly !== undefined || total !== undefined
}

/** The settled and reserved amounts of an account, in the windows of one instant. */
export interface Standing {
  spend: Spend
  reserved: Record<LimitWindow, NanoUsd>
}

/** The state of one limit (remaining = limit - spent - reserved, never below 0). */
export interface BudgetLine {
  account: AccountId
  window: LimitWindow
  /** The limit in force, with a boost while it lasts. */
  limit: NanoUsd
  /** Settled usage that counts against the limit. */
  spent: NanoUsd
  /** Open reservations. */
  reserved: NanoUsd
  remaining: NanoUsd
  /** When the next window opens; null for `total`. */
  resetsAt: Instant | null
}

/** An allowance without any limit. */
export const UNLIMITED: Allowance = { limits: {}, includeByokInLimit: false }

/** No usage, in every window. */
export function noSpend(): Spend {
  const none = (): WindowSpend => ({ amount: 0n, byokAmount: 0n, requests: 0 })
  return { daily: none(), weekly: none(), monthly: none(), total: none() }
}

/** No holds, in every window. */
export function noReserved(): Record<LimitWindow, NanoUsd> {
  return { daily: 0n, weekly: 0n, monthly: 0n, total: 0n }
}

/** The limit of a window at an instant, with its boost while that lasts; undefined without a limit. */
export function limitInForce(allowance: Allowance, window: LimitWindow, at: Instant): NanoUsd | undefined {
  const limit = allowance.limits[window]
  const boost = allowance.boosts?.[window]
  return limit === undefined || boost === undefined || boost.until <= at ? limit : limit + boost.amount
}

/** The limits at an instant, with their boosts while those last. */
export function limitsInForce(allowance: Allowance, at: Instant): Limits {
  const result: Limits = {}
  for (const window of LIMIT_WINDOWS) {
    const limit = limitInForce(allowance, window, at)
    if (limit !== undefined) result[window] = limit
  }
  return result
}

/** The future instants at which a limit in force gets lower because a boost ends. */
export function boostEnds({ boosts = {} }: Pick<Allowance, 'boosts'>, at: Instant): Instant[] {
  return Object.values(boosts).flatMap(({ until }) => (until > at ? [until] : []))
}

/** The boosts of an allowance with one of them set or ended. Throws `limit_missing` and `input_invalid`. */
export function boosted(
  { limits, boosts }: Pick<Key, 'limits' | 'boosts'>,
  { window, boost, at }: { window: LimitWindow; boost: Boost | null; at: Instant },
): Boosts {
  const { [window]: _ended, ...others } = boosts
  if (boost === null) return others
  if (limits[window] === undefined) throw new Fault('limit_missing')
  if (boost.until <= at) throw inputFault(['until'], 'The end of a boost must lie in the future.')
  if (boost.until > at + MAX.boostMs) throw inputFault(['until'], 'A boost lasts at most a year.')
  return { ...others, [window]: boost }
}

/** The limits of one key with the rest of each, from its stored sums. */
export function keyBudget({ key, spend, reserved, at }: Standing & { key: Key; at: Instant }): BudgetLine[] {
  return budgetLines({ account: { kind: 'key', id: key.id }, allowance: key }, { spend, reserved }, at)
}

/** The part of usage that counts against the limits of an allowance. */
export function counted(
  allowance: Allowance,
  { amount, byokAmount }: { amount: NanoUsd; byokAmount: NanoUsd },
): NanoUsd {
  return allowance.includeByokInLimit ? amount + byokAmount : amount
}

/**
 * Every limit of an account with its rest, shortest window first. The standing is that of the windows of `windowsAt`, by default now;
 * the limits are those in force now.
 */
function budgetLines(
  { account, allowance }: Allowed,
  standing: Standing,
  at: Instant,
  windowsAt: Instant = at,
): BudgetLine[] {
  const lines: BudgetLine[] = []
  for (const window of LIMIT_WINDOWS) {
    const limit = limitInForce(allowance, window, at)
    if (limit === undefined) continue
    const stands = { limit, spend: standing.spend[window], reserved: standing.reserved[window] }
    lines.push(budgetLine({ account, allowance }, window, { ...stands, windowsAt }))
  }
  return lines
}

/** The state of a limit whose account has settled and holds these amounts in the window that contains `windowsAt`. */
export function budgetLine(
  { account, allowance }: Allowed,
  window: LimitWindow,
  {
    limit,
    spend,
    reserved,
    windowsAt,
  }: { limit: NanoUsd; spend: WindowSpend; reserved: NanoUsd; windowsAt: Instant },
): BudgetLine {
  const spent = counted(allowance, spend)
  const left = limit - spent - reserved
  const remaining = left > 0n ? left : 0n
  return { account, window, limit, spent, reserved, remaining, resetsAt: windowEnd(window, windowsAt) }
}

/** The limit with the least room; of equal ones the one that opens last. Undefined when there is no limit. */
export function bindingLine(lines: readonly BudgetLine[]): BudgetLine | undefined {
  return lines.reduce<BudgetLine | undefined>((least, line) => {
    if (least === undefined || line.remaining < least.remaining) return line
    return line.remaining === least.remaining && opensAt(line) >= opensAt(least) ? line : least
  }, undefined)
}

function opensAt({ resetsAt }: BudgetLine): Instant {
  return resetsAt ?? Number.POSITIVE_INFINITY
}
