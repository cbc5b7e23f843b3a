// Tests: src/core/ledger/spare.test.ts
import type { Place } from '../ground/bounded-memory.ts'
import type { Instant } from '../ground/clock.ts'
import type { BudgetLine } from '../money/budgets.ts'
import { type Calendar, calendarOf } from '../money/windows.ts'
import type { Account } from './account.ts'
import type { AccountMemory } from './account-memory.ts'
import type { Chain } from './demand.ts'
import { type Limited, outlookOf } from './room.ts'

/** A chain that is checked repeatedly, with the last answer. */
export interface AskedChain {
  chain: Chain
  /** Written by the ledger alone. */
  standing: Standing | null
}

/** An answer, with everything on which it depends. */
export interface Standing {
  calendar: Calendar
  copies: readonly { place: Place<Account>; changes: number }[]
  /** Before this instant, when the clock is set back, holds may count that have run out. */
  since: Instant
  /** When the next open hold runs out: then its money is free again. */
  runsOutAt: Instant
  budget: readonly BudgetLine[]
}

/**
 * The lines of a chain whose limits all have something left; null if that is not so, or not known from memory: then the outlook decides.
 * While nothing is spent, held or changed, it returns the same list again after a few comparisons.
 */
export type Spare = (asked: AskedChain, now: Instant) => readonly BudgetLine[] | null

/** Builds it over the copies in memory. `limitedOf` finds those of a chain, or null, as for the outlook. */
export function createSpare(
  memory: AccountMemory,
  limitedOf: (chain: Chain, instants: readonly [Instant]) => Limited[] | null,
): Spare {
  function holds({ calendar, copies, since, runsOutAt }: Standing, now: Instant): boolean {
    if (calendar !== calendarOf(now) || now < since || runsOutAt <= now) return false
    for (const { place, changes } of copies) {
      const { value: account } = place
      if (!place.stands || account.changes !== changes) return false
      if (!memory.isRecent(account, now)) return false
      place.wanted = true
    }
    return true
  }

  function renewed(asked: AskedChain, now: Instant): readonly BudgetLine[] | null {
    const limited = limitedOf(asked.chain, [now])
    if (limited === null) return null
    const { budget, refusal } = outlookOf(limited, now)
    if (refusal(0n) !== null) return null
    const copies = []
    let runsOutAt = Number.POSITIVE_INFINITY
    for (const { allowed, account } of limited) {
      const place = memory.placeOf(allowed.account)
      // A boost ends in the middle of a day.
      if (place?.value !== account || Object.keys(allowed.allowance.boosts ?? {}).length > 0) return budget
      copies.push({ place, changes: account.changes })
      runsOutAt = Math.min(runsOutAt, account.holds.runsOutAfter(now))
    }
    asked.standing = { calendar: calendarOf(now), copies, since: now, runsOutAt, budget }
    return budget
  }

  return (asked, now) => {
    const { standing } = asked
    return standing !== null && holds(standing, now) ? standing.budget : renewed(asked, now)
  }
}
