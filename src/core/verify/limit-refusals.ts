// Tests: src/core/verify/verify.test.ts
import type { Instant } from '../ground/clock.ts'
import type { Outlook } from '../ledger/room.ts'
import type { BudgetLine } from '../money/budgets.ts'
import type { Key } from '../types.ts'
import type { KeyFacts } from './key-facts.ts'
import type { RateRefusal, RateState } from './rates.ts'
import { opensFor, type Retry, retryFrom } from './retry.ts'

/** A rate limit has no room. `retry` is when the same call passes if nothing else happens; null when it never does. */
export interface RateLimited {
  valid: false
  code: 'RATE_LIMITED'
  key: Key
  bound: RateState
  retry: Retry | null
}

/** A limit on money has no room; `bound` is the one that has it last. */
export interface BudgetExceeded {
  valid: false
  code: 'BUDGET_EXCEEDED'
  key: Key
  bound: BudgetLine
  budget: BudgetLine[]
  retry: Retry | null
}

/** The refusal by a rate limit of a key that may be used otherwise. */
export function rateLimited(
  known: KeyFacts,
  { rate, outlook, now }: { rate: RateRefusal; outlook: Outlook; now: Instant },
): RateLimited {
  const retry = retryFrom(opensFor(rate, { outlook, amount: 0n, now }), known, now)
  return { valid: false, code: 'RATE_LIMITED', key: known.key, bound: rate.bound, retry }
}

/** The refusal by a limit that has nothing left; null when all have something left. */
export function budgetExceeded(
  known: KeyFacts,
  { outlook, now }: { outlook: Outlook; now: Instant },
): BudgetExceeded | null {
  const refused = outlook.refusal(0n)
  if (refused === null) return null
  const { opensAt, ...limits } = refused
  return {
    valid: false,
    code: 'BUDGET_EXCEEDED',
    key: known.key,
    ...limits,
    retry: retryFrom(opensAt, known, now),
  }
}
