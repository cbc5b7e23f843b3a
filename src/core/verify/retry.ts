// Tests: test/money/retry.test.ts
import type { Instant } from '../ground/clock.ts'
import type { Outlook } from '../ledger/room.ts'
import type { NanoUsd } from '../money/money.ts'
import type { KeyFacts } from './key-facts.ts'
import type { RateRefusal } from './rates.ts'

/** The time at which a refused call passes, if nothing else happens until then. */
export interface Retry {
  at: Instant
  /** The time until then; more than 0. */
  afterMs: number
}

/** The time at which a call that a rate limit has refused finds room in rate limits and budgets; null for never. */
export function opensFor(
  { retryAfterMs }: RateRefusal,
  { outlook, amount, now }: { outlook: Outlook; amount: NanoUsd; now: Instant },
): Instant | null {
  return retryAfterMs === null ? null : outlook.roomFrom(amount, now + retryAfterMs)
}

/** The retry of a call whose limits have room from an instant on; null when the key is dead by then. */
export function retryFrom(
  opensAt: Instant | null,
  { key, secret }: Pick<KeyFacts, 'key' | 'secret'>,
  now: Instant,
): Retry | null {
  if (opensAt === null) return null
  const ends = Math.min(
    key.expiresAt ?? Number.POSITIVE_INFINITY,
    secret.expiresAt ?? Number.POSITIVE_INFINITY,
  )
  return opensAt < ends ? { at: opensAt, afterMs: opensAt - now } : null
}
