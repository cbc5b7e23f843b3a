import type { Instant } from '../core/ground/clock.ts'
import type { Page } from '../core/ground/page.ts'
import type { Caller } from '../core/ground/turns.ts'
import type {
  AccountId,
  AccountState,
  Correction,
  EventName,
  Hold,
  LedgerEntry,
  LedgerOutcome,
  Money,
  Reservation,
  ReservationId,
  UsageEvent,
} from '../core/ledger/entries.ts'
import type { Judge } from '../core/ledger/judge.ts'
import type { ReservationQuery } from '../core/metering/reports.ts'
import type { NanoUsd } from '../core/money/money.ts'
import type { Spend } from '../core/money/spend.ts'
import type { LimitWindow } from '../core/money/windows.ts'
import type { KeyId, UserId } from '../core/types.ts'

/**
 * The durable side of the ledger: immutable events, reservations, and sums kept in the same transaction. It records what
 * the core has decided; it refuses only what was recorded before. Every sentence is an obligation that the conformance
 * suite tests.
 */
export interface LedgerStore {
  /**
   * Writes the entries in their order in one transaction: all of them or, when it throws, none. Once it has answered, all
   * of it survives a crash. Answers one outcome per entry. Events add to the sums of their key, its owner and its
   * workspace, in every window of the event's time, once however often they are written, also within one call; a
   * resolution changes only a reservation that is stored as `from`, and its event is written only then; one with `ranOutAt`
   * only a reservation that was to run out just then. An extension changes an open reservation only from the amount and end
   * that it names, and a correction an event only from what it says was taken back of it; then an event of its own takes the
   * money back in the same windows, and its audit entry, without a revision, is written, too. Usage of revoked
   * keys is recorded too. Sums that cross 50, 80 or 100 per cent of a limit in force (boosts counted at the event's
   * `recordedAt`) leave one crossing per account, window and threshold. Sums of money are
   * exact however large they are; one amount is less than 2^62 nano-USD. Faults: `key_not_found`.
   *
   * A judge decides which of the entries are written; without one, all are. While it decides, nobody else changes the sums, holds or
   * limits of their accounts, and what it is shown of them is what the commit adds to. An entry that was written before is a
   * duplicate, whatever the judge would say. Where nothing is written, no version moves.
   */
  commitLedger(entries: readonly LedgerEntry[], judge?: Judge): Promise<LedgerOutcome[]>

  /** True where other processes may spend from the same accounts. */
  readonly sharesAccounts: boolean

  /**
   * The accounts among those of the entries whose rows somebody else has locked now, as far as that can be told. A commit that
   * has waited for such a row throws `store_unavailable` with `heldUp`.
   */
  findLocked(entries: readonly LedgerEntry[]): Promise<AccountId[]>

  /** Sums of the windows that `at` lies in, and all open reservations, of each account. Constant number of queries. */
  readAccounts(accounts: readonly AccountId[], at: Instant): Promise<AccountState[]>

  /** The version of each account, which every commit on it and every change of its limits counts up; 0 where one process writes. */
  readVersions(accounts: readonly AccountId[]): Promise<number[]>

  /**
   * Settled usage of the windows that `at` lies in, and the open holds that count in each of them, for each given key;
   * zeros for a key without usage. Constant number of queries.
   */
  standingOf(
    keyIds: KeyId[],
    at: Instant,
  ): Promise<Map<KeyId, { spend: Spend; reserved: Record<LimitWindow, NanoUsd> }>>

  /** Reads a reservation, by id (and then perhaps only of one owner's keys) or by its key and request id. */
  findReservation(
    by: { id: ReservationId; ownerId?: UserId } | { keyId: KeyId; requestId: string },
  ): Promise<Reservation | null>

  /** Lists reservations, newest first, ties by id. */
  listReservations(query: ReservationQuery, by?: Caller | null): Promise<Page<Reservation>>

  /** Reads one event; null when it was never written, or purged. */
  findEvent(keyId: KeyId, id: string): Promise<UsageEvent | null>

  /** Reads the events of these names, each once, in any order; those never written, or purged, are missing. */
  findEvents(names: readonly EventName[]): Promise<UsageEvent[]>

  /** Reads an event that may be corrected, and what was taken back of it; null as `findEvent`, and for a correction's own. */
  findCorrectable(keyId: KeyId, id: string): Promise<{ event: UsageEvent; taken: Money } | null>

  /** Reads a correction by its key and its own id; null when it was never written, or purged. */
  findCorrection(keyId: KeyId, id: string): Promise<Correction | null>

  /** Deletes raw events recorded before the instant, at most `limit`; returns how many. Sums stay. */
  purgeEvents(recordedBefore: Instant, limit: number): Promise<number>

  /** Reservations that are stored as open and ran out at or before the instant, at most `limit`, longest ago first. */
  findRunOut(at: Instant, limit: number): Promise<Hold[]>

  /** How many reservations are open at the instant, counted up to `most`. */
  countOpen(at: Instant, most: number): Promise<number>
}
