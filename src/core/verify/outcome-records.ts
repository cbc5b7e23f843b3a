import type { MAX } from '../ground/bounds.ts'
import type { Instant } from '../ground/clock.ts'
import type { Digest, KeyId, UserId } from '../types.ts'

/** The code of a verdict. */
export type VerdictCode =
  | 'NOT_FOUND'
  | 'DISABLED'
  | 'NOT_YET_VALID'
  | 'EXPIRED'
  | 'FORBIDDEN'
  | 'INSUFFICIENT_PERMISSIONS'
  | 'RATE_LIMITED'
  | 'BUDGET_EXCEEDED'
  | 'VALID'

interface OfKey {
  key: { id: KeyId }
}

/** A verdict about a key, with the members that are counted. */
export type KeyVerdict =
  | ({ code: Exclude<VerdictCode, 'NOT_FOUND' | 'RATE_LIMITED' | 'BUDGET_EXCEEDED'> } & OfKey)
  | ({ code: 'RATE_LIMITED'; bound: { name: string } } & OfKey)
  | ({ code: 'BUDGET_EXCEEDED'; bound: { account: { kind: string }; window: string } } & OfKey)

/** A verdict, with the members that are counted. */
export type CountedVerdict = { code: 'NOT_FOUND' } | KeyVerdict

/** The number of verdicts of each code; a code without verdicts is absent. */
export type VerdictCounts = Partial<Record<VerdictCode, number>>

/** The verdicts on one key within one hour. */
export interface KeyHour {
  keyId: KeyId
  /** The start of the hour. */
  hour: Instant
  counts: VerdictCounts
}

/** Refusals of one key for one reason: equal ones are one entry with a count. */
export interface KeyRefusal {
  keyId: KeyId
  code: VerdictCode
  /** The limit that bound, as `rate:<name>`, or as `<key, user or workspace>:<window>`; empty for none. */
  bound: string
  count: number
  /** The time of the last one. */
  at: Instant
  ip: string | null
}

/** Uses of one secret of a key. */
export interface SecretUse {
  keyId: KeyId
  digest: Digest
  count: number
  /** The time of the last one. */
  at: Instant
  ip: string | null
}

/** The outcomes between two flushes. */
export interface GatheredOutcomes {
  hours: KeyHour[]
  /** The verdicts of all keys, and on secrets without a key, by the start of the hour. */
  totals: { hour: Instant; counts: VerdictCounts }[]
  refusals: KeyRefusal[]
  uses: SecretUse[]
}

/** Verdicts of one interval. */
export interface CountedInterval {
  start: Instant
  counts: VerdictCounts
}

/** The number of refused verifies of one key lately. */
export interface FailingKey {
  id: KeyId
  name: string
  mask: string
  ownerId: UserId
  refused: number
  valid: number
}

/** Keys at risk, each kind counted up to {@link MAX.risksCounted} and one more. */
export interface KeyRisks {
  unlimited: number
  neverExpires: number
  unused: number
  nearLimit: number
  expiresSoon: number
}
