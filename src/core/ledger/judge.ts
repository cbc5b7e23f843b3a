// Tests: src/store/conformance/ledger-commit.conformance.ts, test/money
import type { Instant } from '../ground/clock.ts'
import type { Allowance, Revision } from '../types.ts'
import type { AccountId, AccountState, LedgerEntry } from './entries.ts'

/** Decides, inside a commit, which of its entries are written. */
export interface Judge {
  /** Called when the accounts of all entries are locked, and again whenever the commit has to begin anew. */
  prepare(rows: LockedRows): Promise<void>
  /**
   * Whether an entry is to be written. Asked of each in their order, as far as it is not known to have been written before, and those that were admitted
   * count for those that follow.
   */
  admits(entry: LedgerEntry): boolean
}

/** What is stored of the accounts of a commit, which nobody else changes until it ends. */
export interface LockedRows {
  /** How often the account has been committed to, this time not counted; always 0 where one process writes. */
  versionOf(account: AccountId): number
  /** The revision that last changed the account's limits, as far as another process can have changed them. */
  limitsRevisionOf(account: AccountId): Revision
  /** Sums of the windows that `at` lies in and open reservations, of several accounts in their order. */
  readAccounts(accounts: readonly AccountId[], at: Instant): Promise<AccountState[]>
  /** What the accounts may spend, by the name of the account. */
  readAllowances(accounts: readonly AccountId[]): Promise<ReadonlyMap<string, Allowance>>
}

/** Writes whatever was not written before. */
export const ADMITS_ALL: Judge = { prepare: async () => {}, admits: () => true }
