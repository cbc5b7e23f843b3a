// Tests: src/core/ledger/room.test.ts, test/wire/native/verify-money.test.ts, test/money/retry.test.ts
import type { Instant } from '../ground/clock.ts'
import { type Allowed, type BudgetLine, budgetLine, counted, limitInForce } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import { LIMIT_WINDOWS, type LimitWindow, windowEnd } from '../money/windows.ts'
import { type Account, spendIn } from './account.ts'

/** An account with limits, and its copy in memory. */
export interface Limited {
  allowed: Allowed
  account: Account
}

/**
 * The present use of every limit of a chain, and the time when it will have room if nothing else happens. Holds that have run out and give
 * their money back do not count, whether or not their end is written.
 */
export interface Outlook {
  budget: BudgetLine[]
  /** The refusal of an amount that does not fit; null when it fits. An amount of 0 fits only when some money is left. */
  refusal(amount: NanoUsd): Refusal | null
  /** The first instant, from the given one on, at which every limit has room for the amount; null if it never has. */
  roomFrom(amount: NanoUsd, from: Instant): Instant | null
}

/** The refusal for lack of room: the limit that gets room last, and the time when every limit has room; null for never. */
export interface Refusal {
  bound: BudgetLine
  budget: BudgetLine[]
  opensAt: Instant | null
}

/**
 * The outlook of accounts at an instant; memory must hold their sums for it. With `windowsAt`, the outlook of the windows of that earlier
 * instant, which get no new window after them.
 */
export function outlookOf(limited: readonly Limited[], now: Instant, windowsAt?: Instant): Outlook {
  const at = windowsAt ?? now
  const budget: BudgetLine[] = []
  for (const each of limited) addLines(budget, each, now, at)
  const question = (amount: NanoUsd) => ({ needed: neededFor(amount), windowsAt: windowsAt ?? null, now })
  return {
    budget,
    refusal(amount) {
      const asked = question(amount)
      const bound = lastToOpen(limited, budget, asked)
      return bound === undefined ? null : { bound, budget, opensAt: roomFrom(limited, asked, now) }
    },
    roomFrom: (amount, from) => roomFrom(limited, question(amount), from),
  }
}

/**
 * Whether every limit is less than half used when the amount is added to it, open holds included. Then it has room, and no threshold is
 * reached. Nearly every demand passes this, which costs much less than the lines of an outlook.
 */
export function staysBelowHalf(
  limited: readonly Limited[],
  amount: NanoUsd,
  { now, windowsAt = now }: { now: Instant; windowsAt?: Instant | undefined },
): boolean {
  return everyLimit(limited, { now, windowsAt }, (used, limit) => used + amount < limit / 2n)
}

/** Whether every limit has room for the amount while holds that have run out still count: then it need not wait for their ends. */
export function fitsBesideRunOut(
  limited: readonly Limited[],
  amount: NanoUsd,
  { now, windowsAt = now }: { now: Instant; windowsAt?: Instant | undefined },
): boolean {
  const needed = neededFor(amount)
  return everyLimit(limited, { now, windowsAt }, (used, limit) => used + needed <= limit)
}

/** Whether something holds for what is used of every limit, open holds included, also those that have run out. */
function everyLimit(
  limited: readonly Limited[],
  { now, windowsAt }: { now: Instant; windowsAt: Instant },
  holds: (used: NanoUsd, limit: NanoUsd) => boolean,
): boolean {
  for (const each of limited) {
    for (const window of LIMIT_WINDOWS) {
      const limit = limitInForce(each.allowed.allowance, window, now)
      if (limit !== undefined && !holds(usedIn(each, window, windowsAt), limit)) return false
    }
  }
  return true
}

/** Adds the lines of an account, only for its limits: this runs for each verify. */
function addLines(lines: BudgetLine[], { allowed, account }: Limited, now: Instant, windowsAt: Instant) {
  for (const window of LIMIT_WINDOWS) {
    const limit = limitInForce(allowed.allowance, window, now)
    if (limit === undefined) continue
    const spend = spendIn(account, window, windowsAt)
    const reserved = account.holds.held(window, windowsAt) - account.holds.ranOut(window, windowsAt, now)
    lines.push(budgetLine(allowed, window, { limit, spend, reserved, windowsAt }))
  }
}

/** The needed amount, its windows (those of the moment (null), or those of one instant), and the time at which it is asked. */
interface Question {
  needed: NanoUsd
  windowsAt: Instant | null
  now: Instant
}

// Amounts are whole nano-dollars: money is left when there is room for one.
function neededFor(amount: NanoUsd): NanoUsd {
  return amount === 0n ? 1n : amount
}

/** The first instant from `from` on at which every limit has room, as windows end, holds expire and boosts end. */
function roomFrom(limited: readonly Limited[], question: Question, from: Instant): Instant | null {
  let at = from
  for (;;) {
    let latest = at
    for (const each of limited) {
      for (const window of LIMIT_WINDOWS) {
        const opens = opensAt(each, window, { ...question, from: latest })
        if (opens === null) return null
        latest = opens
      }
    }
    // A limit that was checked before may have lost its room by then, because a boost has ended.
    if (latest === at) return at
    at = latest
  }
}

/**
 * Among the limits without room now, the one that gets room last; among those that never do, the one whose window ends last. Undefined
 * when all have room.
 */
function lastToOpen(
  limited: readonly Limited[],
  lines: readonly BudgetLine[],
  question: Question,
): BudgetLine | undefined {
  let last: { line: BudgetLine; opens: Instant } | undefined
  for (const line of lines) {
    if (line.spent + line.reserved + question.needed <= line.limit) continue
    const owner = limited.find(({ allowed }) => allowed.account === line.account)
    const at = owner === undefined ? null : opensAt(owner, line.window, { ...question, from: question.now })
    const opens = at ?? Number.POSITIVE_INFINITY
    const isLater =
      last === undefined || opens > last.opens || (opens === last.opens && endOf(line) >= endOf(last.line))
    if (isLater) last = { line, opens }
  }
  return last?.line
}

function endOf({ resetsAt }: BudgetLine): Instant {
  return resetsAt ?? Number.POSITIVE_INFINITY
}

/** The first instant from `from` on at which one limit has room; null if it never has. */
function opensAt(
  limited: Limited,
  window: LimitWindow,
  { from, ...question }: Question & { from: Instant },
): Instant | null {
  if (limited.allowed.allowance.limits[window] === undefined) return from
  for (let at = from; ; ) {
    const opens = opensWithin(limited, window, { ...question, from: at })
    if (opens !== null) return opens
    const next = question.windowsAt === null ? windowEnd(window, at) : null
    if (next === null || usedIn(limited, window, at) === 0n) return null
    at = next
  }
}

/** The same, within the window that contains `from`. A limit falls once at most, when its boost ends. */
function opensWithin(
  limited: Limited,
  window: LimitWindow,
  { needed, from, windowsAt, now }: Question & { from: Instant },
): Instant | null {
  const { allowance } = limited.allowed
  const at = windowsAt ?? from
  const end = (windowsAt === null ? windowEnd(window, from) : null) ?? Number.POSITIVE_INFINITY
  const until = allowance.boosts?.[window]?.until ?? from
  const used = usedIn(limited, window, at)
  for (const start of until > from ? [from, until] : [from]) {
    const limit = limitInForce(allowance, window, start) ?? 0n
    const missing = used + needed - limit
    const enough = missing <= 0n ? start : limited.account.holds.givenBackAt(window, at, missing, now)
    if (enough === null) continue
    const opens = Math.max(start, enough)
    if (opens < (start < until ? Math.min(until, end) : end)) return opens
  }
  return null
}

/** The amount used in the window that contains `at`, including holds that will have expired by then. */
function usedIn({ allowed, account }: Limited, window: LimitWindow, at: Instant): NanoUsd {
  return counted(allowed.allowance, spendIn(account, window, at)) + account.holds.held(window, at)
}
