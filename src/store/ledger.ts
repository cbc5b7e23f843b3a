import type { MAX } from '../core/ground/bounds.ts'
import type { Instant } from '../core/ground/clock.ts'
import type { LimitWindow } from '../core/money/windows.ts'
import type { KeyId, NanoUsd, UserId, WorkspaceId } from '../core/types.ts'
import type { Cursor, Page, Spend } from './store.ts'

/** A reservation's stable identifier: a UUID v7. */
export type ReservationId = string & { readonly __brand: 'ReservationId' }

/** Whose sums: a key's own, or those of all keys of a user or a workspace. */
export interface AccountId {
  kind: 'key' | 'user' | 'workspace'
  id: KeyId | UserId | WorkspaceId
}

/** The key that spends and the two accounts above it; none of the three ever changes for a key. */
export interface Payer {
  keyId: KeyId
  ownerId: UserId
  workspaceId: WorkspaceId
}

/** Money held back for a call that has not been settled. */
export interface Hold extends Payer {
  id: ReservationId
  amount: NanoUsd
  /** Decides the windows that the hold, and later its settlement, belong to. */
  heldAt: Instant
  /** First instant at which the hold no longer counts. */
  expiresAt: Instant
}

/** How a reservation ended. Each ends once; `expired` may still be settled late, which is recorded. */
export type ReservationState = 'open' | 'settled' | 'released' | 'expired'

/** A reservation and, once it has ended, how. */
export interface Reservation extends Hold {
  /** The caller's own name for the request; unique per key. */
  requestId: string | null
  state: ReservationState
  resolvedAt: Instant | null
  /** What was settled; null unless `settled`. */
  settlement: Settlement | null
}

/** What settling a reservation recorded. */
export interface Settlement {
  amount: NanoUsd
  byokAmount: NanoUsd
  meta: Record<string, string>
  /** What came back of the hold. */
  released: NanoUsd
  /** What was spent beyond the hold. */
  overdraft: NanoUsd
  /** True when the hold had expired before. */
  late: boolean
}

/** One reported use of money. `at` decides its windows. */
export interface UsageEvent extends Payer {
  /** Chosen by the reporter; a second event of the same key with the same id is a duplicate. */
  id: string
  amount: NanoUsd
  byokAmount: NanoUsd
  requests: number
  at: Instant
  recordedAt: Instant
  meta: Record<string, string>
}

/** The end of a reservation that is stored in the state `from`. */
export interface Resolution extends Payer {
  id: ReservationId
  from: ReservationState
  state: Exclude<ReservationState, 'open'>
  resolvedAt: Instant
  settlement: Settlement | null
}

/** One thing that happens to the ledger. */
export type LedgerEntry =
  | { kind: 'event'; event: UsageEvent }
  | { kind: 'hold'; reservation: Reservation }
  | { kind: 'resolution'; resolution: Resolution; event?: UsageEvent }

/** `duplicate`: the entry had been written before, or its reservation had ended in another way; nothing was changed by it. */
export type LedgerOutcome = 'written' | 'duplicate'

/** What is settled and held, as far as it concerns the windows of one instant. */
export interface AccountState {
  spend: Spend
  /** Every reservation stored as open, also one that has run out and was not ended yet. */
  holds: Hold[]
}

/** A limit that usage has come near to, or reached; recorded once per account, window and threshold. */
export interface ThresholdCrossing {
  account: AccountId
  window: LimitWindow
  /** Start of the window in which it happened. */
  start: Instant
  /** 50, 80 or 100. */
  percent: number
  at: Instant
}

/** How usage is added up in a report. */
export interface UsageReportQuery {
  from: Instant
  to: Instant
  interval: 'hour' | 'day' | 'week' | 'month'
  groupBy:
    | { kind: 'none' | 'key' | 'owner' | 'workspace' }
    /** The value that the key's label has now; keys without it have none. */
    | { kind: 'label'; name: string }
    /** The value that each event carried. */
    | { kind: 'meta'; name: string }
  /** Only keys of this owner. */
  ownerId?: UserId
  keyId?: KeyId
  workspaceId?: WorkspaceId
  rowsMax: number
}

/** One sum of a report. `group` is null for usage without the label or meta name, and when nothing was grouped. */
export interface UsageReportRow {
  start: Instant
  group: string | null
  amount: NanoUsd
  byokAmount: NanoUsd
  requests: number
}

/** Whose activity of which days. */
export interface ActivityQuery {
  from: Instant
  to: Instant
  /** Tells workspaces apart, too. */
  byWorkspace: boolean
  /** Only keys of this owner. */
  ownerId?: UserId
  keyId?: KeyId
  workspaceId?: WorkspaceId
  rowsMax: number
}

/** What one model, by one endpoint of one provider, was used for on one UTC day; a name that is empty was not told. */
export interface ActivityRow {
  /** Start of the day. */
  start: Instant
  /** Null unless workspaces are told apart. */
  workspaceId: WorkspaceId | null
  model: string
  modelPermaslug: string
  endpointId: string
  providerName: string
  amount: NanoUsd
  byokAmount: NanoUsd
  requests: number
  promptTokens: number
  completionTokens: number
  reasoningTokens: number
}

/** Which reservations to list, newest first. */
export interface ReservationQuery {
  keyId?: KeyId
  ownerId?: UserId
  /** `open` leaves out those that have run out at `at`; `expired` includes them. */
  state?: ReservationState
  at: Instant
  limit: number
  after?: Cursor
}

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
   * resolution changes only a reservation that is stored as `from`, and its event is written only then. Usage of revoked
   * keys is recorded too. Sums that cross 50, 80 or 100 per cent of a limit in force (boosts counted at the event's
   * `recordedAt`) leave one crossing per account, window and threshold. Faults: `amount_out_of_range` when a sum would
   * pass 2^63-1 nano-USD, `key_not_found`.
   */
  commitLedger(entries: readonly LedgerEntry[]): Promise<LedgerOutcome[]>

  /** Sums of the windows that `at` lies in, and all open reservations, of one account. */
  readAccount(account: AccountId, at: Instant): Promise<AccountState>

  /**
   * Settled usage of the windows that `at` lies in, and the open holds that count in each of them, for each given key;
   * zeros for a key without usage. Constant number of queries.
   */
  standingOf(
    keyIds: KeyId[],
    at: Instant,
  ): Promise<Map<KeyId, { spend: Spend; reserved: Record<LimitWindow, NanoUsd> }>>

  /** Reads a reservation, by id or by its key and request id. */
  findReservation(
    by: { id: ReservationId } | { keyId: KeyId; requestId: string },
  ): Promise<Reservation | null>

  /** Lists reservations, newest first, ties by id. */
  listReservations(query: ReservationQuery): Promise<Page<Reservation>>

  /** Reads one event; null when it was never written, or purged. */
  findEvent(keyId: KeyId, id: string): Promise<UsageEvent | null>

  /**
   * Adds usage up by interval and group, oldest interval first, groups in order of their text. Intervals are whole: the
   * first is the one that `from` lies in, the last the one that lies before `to`. The sums equal those of the events,
   * also of purged ones. Costs nothing per event. Throws `input_invalid` when there would be more than `rowsMax` rows.
   */
  usageReport(query: UsageReportQuery): Promise<UsageReportRow[]>

  /**
   * Adds usage up by UTC day and by what its events carried as `model`, `model_permaslug`, `endpoint_id` and `provider_name`,
   * and with it their `prompt_tokens`, `completion_tokens` and `reasoning_tokens`; a count that is not a whole number from 0
   * to {@link MAX.usageTokens} counts as 0. Days are whole, as the intervals of `usageReport` are. The oldest day comes
   * first, then the order is that of workspace and names. The sums equal those of the events, also of purged ones. Of one key, user
   * or workspace the first {@link MAX.activityGroups} different sets of names of a day are told apart; once a commit finds so
   * many, it adds what comes under further ones to the row without names. Costs nothing per event. Throws `input_invalid` when
   * there would be more than `rowsMax` rows.
   */
  activityReport(query: ActivityQuery): Promise<ActivityRow[]>

  /**
   * Lets the order of `listKeys` by `spent` follow the sums, for at most `limit` keys; also those that a process which has
   * ended left behind. Returns how many keys it has dealt with: fewer than `limit` once the order is that of the sums.
   */
  refreshSpentOrder(limit: number): Promise<number>

  /** Lists crossings of one account, newest first. */
  listCrossings(account: AccountId, limit: number): Promise<ThresholdCrossing[]>

  /** Deletes raw events recorded before the instant, at most `limit`; returns how many. Sums stay. */
  purgeEvents(recordedBefore: Instant, limit: number): Promise<number>

  /** Reservations that are stored as open and ran out at or before the instant, at most `limit`, longest ago first. */
  findRunOut(at: Instant, limit: number): Promise<Hold[]>
}
