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

/** Whose keys: all, or those of one user, and of these perhaps only those in workspaces that a user belongs to. */
export interface KeyScope {
  ownerId?: UserId
  memberId?: UserId
}

/** How verifies went. Every sentence is an obligation that the conformance suite tests. */
export interface VerificationStore {
  /** Adds to what is counted, and moves forward, never back, when something was last. No revision, no audit entry. */
  recordOutcomes(gathered: GatheredOutcomes): Promise<void>

  /**
   * What is counted of one key: its hours from `from` to before `to`, oldest first, those without verdicts left out; its
   * refusals by reason, the latest {@link MAX.refusalsShown}, newest first; and the uses of its secrets.
   */
  outcomesOfKey(
    query: { keyId: KeyId; from: Instant; to: Instant },
    by?: Caller | null,
  ): Promise<{ hours: CountedInterval[]; refusals: KeyRefusal[]; uses: SecretUse[] }>

  /**
   * The same hours of all keys together, with verdicts on secrets that name none where no owner is asked for. And the
   * {@link MAX.failingShown} keys that were refused most since `failingFrom`, of those {@link MAX.failingRead} that were refused most in
   * one of these hours, most first.
   */
  outcomesOfAll(
    query: KeyScope & { from: Instant; to: Instant; failingFrom: Instant },
    by?: Caller | null,
  ): Promise<{ hours: CountedInterval[]; failing: FailingKey[] }>

  /**
   * Counts, up to {@link MAX.risksCounted} and one more each, the keys that are not revoked and have no limit; never expire; were made
   * and not used since before `unusedSince`; have used 80 % of one of their limits in a window that runs at `at`; expire between `at` and
   * `expiresBefore`.
   */
  keyRisks(
    query: KeyScope & { at: Instant; unusedSince: Instant; expiresBefore: Instant },
    by?: Caller | null,
  ): Promise<KeyRisks>

  /** Deletes at most `limit` rows each of hours that began, refusals that were last and totals before this instant; answers the most it deleted of one. */
  purgeOutcomes(before: Instant, limit: number): Promise<number>
}
