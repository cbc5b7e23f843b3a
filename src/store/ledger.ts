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
 * The durable side of the ledger: immutable events, reservations, and sums kept in the same transaction. It records the decisions of the
 * core; it refuses only entries that were recorded before. Every sentence is an obligation that the conformance suite tests.
 */
export interface LedgerStore {
  /**
   * Writes the entries in their order in one transaction: all of them or, when it throws, none. Once it has resolved, all entries survive
   * a crash. Resolves to one outcome per entry. Events add to the sums of their key, its owner and its workspace, in every window of the
   * event's time, once however often they are written, also within one call; a resolution changes only a reservation that is stored as
   * `from` with the amount `fromAmount`, and its event is written only then; one with `ranOutAt` changes only a reservation with exactly
   * that expiry. An extension changes an open reservation only from the amount and end that it names, and a correction changes an event
   * only if the event has exactly the earlier corrections that it names; then an event of its own takes the money back in the same
   * windows, and its audit entry, without a revision, is written, too. Usage of revoked keys is recorded as well. Sums that cross 50, 80
   * or 100 per cent of a limit in force (boosts counted at the event's `recordedAt`) leave one crossing per account, window and threshold.
   * Sums of money are exact however large they are; one amount is less than 2^62 nano-USD. Faults: `key_not_found`.
   *
   * A judge decides which of the entries are written; without one, all are. While it decides, nobody else changes the sums, holds or
   * limits of their accounts, and it sees exactly the rows to which the commit adds. An entry that was written before is a duplicate,
   * whatever the judge would decide. A commit that writes nothing changes no version.
   *
   * Entries that are probably new (`areNew`, the default) cost least when they are, and else twice as much; it changes no outcome.
   */
  commitLedger(
    entries: readonly LedgerEntry[],
    judge?: Judge,
    probably?: { areNew: boolean },
  ): Promise<LedgerOutcome[]>

  /** True where other processes may spend from the same accounts. */
  readonly sharesAccounts: boolean

  /**
   * The accounts of the entries whose rows another transaction has locked now, as far as that can be found out, and those of the records
   * that another transaction changes or is about to change. A commit that has waited for one of them throws `store_unavailable` with
   * `heldUp`.
   */
  findLocked(entries: readonly LedgerEntry[], records?: readonly AccountId[]): Promise<AccountId[]>

  /** The sums of the windows that contain `at`, and all open reservations, of each account. Takes a constant number of queries. */
  readAccounts(accounts: readonly AccountId[], at: Instant): Promise<AccountState[]>

  /** The version of each account, which every commit on it increments, and nothing else; 0 where one process writes. */
  readVersions(accounts: readonly AccountId[]): Promise<number[]>

  /**
   * The settled usage of the windows that contain `at`, and the open holds that count in each of them, for each given key; zeros for a
   * key without usage. Takes a constant number of queries.
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

  /**
   * Reads the events of these names, each once, in any order, with their metadata as {@link WrittenMeta}; those never written, or purged, are
   * missing.
   */
  findEvents(names: readonly EventName[]): Promise<UsageEvent[]>

  /** Reads an event that may be corrected, with its corrected amounts; null like `findEvent`, and for the event of a correction. */
  findCorrectable(keyId: KeyId, id: string): Promise<{ event: UsageEvent; taken: Money } | null>

  /** Reads a correction by its key and its own id; null when it was never written, or purged. */
  findCorrection(keyId: KeyId, id: string): Promise<Correction | null>

  /** Deletes raw events recorded before the instant, at most `limit`; returns how many. Sums stay. */
  purgeEvents(recordedBefore: Instant, limit: number): Promise<number>

  /** Reservations that are stored as open and expired at or before the instant, at most `limit`, the earliest expiry first. */
  findRunOut(at: Instant, limit: number): Promise<Hold[]>

  /** Reservations that are stored as open and held after the instant, at most `limit`, the earliest first, ties by id; behind one of them if given. */
  findHeldAfter(at: Instant, limit: number, last?: Pick<Hold, 'heldAt' | 'id'>): Promise<Hold[]>

  /** The number of reservations that are open at the instant, counted up to `most`. */
  countOpen(at: Instant, most: number): Promise<number>
}
