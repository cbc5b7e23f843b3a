// Tests: src/store/conformance/ledger-commit.conformance.ts, test/money
import type { Instant } from '../ground/clock.ts'
import type { Allowance, Digest, Revision, UserId } from '../types.ts'
import type { AccountId, AccountState, LedgerEntry, OpenHolds, ThresholdCrossing } from './entries.ts'

/** Decides, inside a commit, which of its entries are written. */
export interface Judge {
  /**
   * The records on which its decisions rest: who pays, and who calls. Where other processes change records, changes of these wait from then on
   * until the commit ends; asked before anything else is locked. Absent for a judge that looks at no record.
   */
  readonly records?: readonly AccountId[]
  /** Called when the accounts of all entries are locked, and again whenever the commit is retried. */
  prepare(rows: LockedRows): Promise<void>
  /**
   * Whether to write an entry. Called for the entries in their order, except those that are already known as duplicates; an admitted
   * entry counts for those that follow.
   */
  admits(entry: LedgerEntry): boolean
  /**
   * The thresholds that the limits of an admitted entry's accounts have reached, as far as they may not be stored yet. Null when the
   * judge does not know all of these limits, so that the store has to look; absent for a judge that never does.
   */
  reachedBy?(entry: LedgerEntry): readonly ThresholdCrossing[] | null
  /**
   * Whether all that it has admitted may still be written. Asked where the decision was made before the transaction, in the turn of the event loop
   * in which that begins. If not, the commit is retried, and what has fallen is admitted no more: so it is asked once more at most for each entry.
   * Absent for a judge whose decisions do not age.
   */
  stillStands?(): boolean
}

/** The stored rows of a commit's accounts, which nobody else changes until the commit ends. */
export interface LockedRows {
  /** The number of commits on the account, without this one; always 0 where one process writes. */
  versionOf(account: AccountId): number
  /** The revision that last changed the account's limits; 0 where no other process can change them. */
  limitsRevisionOf(account: AccountId): Revision
  /** The sums of the windows that contain `at`, and the open reservations, of several accounts in their order. */
  readAccounts(accounts: readonly AccountId[], at: Instant): Promise<AccountState[]>
  /** The number of reservations that are stored as open, of several users in their order. */
  countHolds(users: readonly UserId[]): Promise<OpenHolds[]>
  /** The limits and boosts of the accounts, by the name of the account. */
  readAllowances(accounts: readonly AccountId[]): Promise<ReadonlyMap<string, Allowance>>
  /**
   * Those of the browsers' sessions that have not ended. Where other processes write, their end waits for the commit from then on, and one
   * whose end is under way is missing.
   */
  liveSessions(digests: readonly Digest[]): Promise<ReadonlySet<Digest>>
  /**
   * Those of the judge's records that have changed after the revision, or all of them after very many changes; none where no other process
   * changes records.
   */
  changedSince(revision: Revision): Promise<readonly ChangedRecord[]>
}

/** A key, user or workspace, and the revision of its last change. */
export interface ChangedRecord {
  record: AccountId
  revision: Revision
}

/** Admits every entry that was not written before. */
export const ADMITS_ALL: Judge = { prepare: async () => {}, admits: () => true }
