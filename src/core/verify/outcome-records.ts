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

/** A verdict that is about a key, as far as it is counted. */
export type KeyVerdict =
  | ({ code: Exclude<VerdictCode, 'NOT_FOUND' | 'RATE_LIMITED' | 'BUDGET_EXCEEDED'> } & OfKey)
  | ({ code: 'RATE_LIMITED'; bound: { name: string } } & OfKey)
  | ({ code: 'BUDGET_EXCEEDED'; bound: { account: { kind: string }; window: string } } & OfKey)

/** A verdict, as far as it is counted. */
export type CountedVerdict = { code: 'NOT_FOUND' } | KeyVerdict

/** How many verdicts there were of each code; one that is absent was not given. */
export type VerdictCounts = Partial<Record<VerdictCode, number>>

/** The verdicts on one key within one hour. */
export interface KeyHour {
  keyId: KeyId
  /** The start of the hour. */
  hour: Instant
  counts: VerdictCounts
}

/** Refusals of one key for one reason: equal ones are one entry, which counts them. */
export interface KeyRefusal {
  keyId: KeyId
  code: VerdictCode
  /** The limit that bound, as `rate:<name>`, or as `<whose>:<window>`; empty where none did. */
  bound: string
  count: number
  /** The last of them. */
  at: Instant
  ip: string | null
}

/** Uses of one secret of a key. */
export interface SecretUse {
  keyId: KeyId
  digest: Digest
  count: number
  /** The last of them. */
  at: Instant
  ip: string | null
}

/** The outcomes between two flushes. */
export interface GatheredOutcomes {
  hours: KeyHour[]
  /** The verdicts of all keys, and on secrets that name none, by the start of the hour. */
  totals: { hour: Instant; counts: VerdictCounts }[]
  refusals: KeyRefusal[]
  uses: SecretUse[]
}

/** Verdicts of one interval. */
export interface CountedInterval {
  start: Instant
  counts: VerdictCounts
}

/** How many verifies of one key were refused lately. */
export interface FailingKey {
  id: KeyId
  name: string
  mask: string
  ownerId: UserId
  refused: number
  valid: number
}

/** Keys that want looking at, each counted up to {@link MAX.risksCounted} and one more. */
export interface KeyRisks {
  unlimited: number
  neverExpires: number
  unused: number
  nearLimit: number
  expiresSoon: number
}
