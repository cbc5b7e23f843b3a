import type { MAX } from '../core/ground/bounds.ts'
import type { Instant } from '../core/ground/clock.ts'
import type { Caller } from '../core/ground/turns.ts'
import type { KeyId, UserId } from '../core/types.ts'
import type {
  CountedInterval,
  FailingKey,
  GatheredOutcomes,
  KeyRefusal,
  KeyRisks,
  SecretUse,
} from '../core/verify/outcome-records.ts'

/** The keys of a query: all, or those of one user, and of these perhaps only those in workspaces that a user belongs to. */
export interface KeyScope {
  ownerId?: UserId
  memberId?: UserId
}

/** The outcomes of verifies. Every sentence is an obligation that the conformance suite tests. */
export interface VerificationStore {
  /** Adds to the counts, and moves the times of last refusals and uses forward, never back. No revision, no audit entry. */
  recordOutcomes(gathered: GatheredOutcomes): Promise<void>

  /**
   * The counts of one key: its hours from `from` to before `to`, oldest first, without those that have no verdicts; its refusals by
   * reason, the latest {@link MAX.refusalsShown}, newest first; and the uses of its secrets. Throws `key_not_found` unless the reader, if one is named, reaches the key in the moment
   * that is shown: as its owner who belongs to its workspace, or as a manager of that.
   */
  outcomesOfKey(
    query: { keyId: KeyId; from: Instant; to: Instant; readerId?: UserId },
    by?: Caller | null,
  ): Promise<{ hours: CountedInterval[]; refusals: KeyRefusal[]; uses: SecretUse[] }>

  /**
   * The same hours of all keys together, with verdicts on unknown secrets if the query names no owner; and the {@link MAX.failingShown}
   * keys with the most refusals since `failingFrom`, among the {@link MAX.failingRead} most refused of each of these hours, most first.
   */
  outcomesOfAll(
    query: KeyScope & { from: Instant; to: Instant; failingFrom: Instant },
    by?: Caller | null,
  ): Promise<{ hours: CountedInterval[]; failing: FailingKey[] }>

  /**
   * Counts, each up to {@link MAX.risksCounted} and one more, the unrevoked keys that have no limit; that never expire; that were created
   * before `unusedSince` and not used since; that have used 80 % of a limit in a window that contains `at`; that expire between `at` and
   * `expiresBefore`.
   */
  keyRisks(
    query: KeyScope & { at: Instant; unusedSince: Instant; expiresBefore: Instant },
    by?: Caller | null,
  ): Promise<KeyRisks>

  /**
   * Deletes at most `limit` rows each of hours, last refusals and totals from before this instant; returns the largest of the three
   * numbers.
   */
  purgeOutcomes(before: Instant, limit: number): Promise<number>
}
