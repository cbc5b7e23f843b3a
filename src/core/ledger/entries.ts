// Tests: test/wire/native/repeats.test.ts
import type { Act, AuditRecord } from '../access/audit-entry.ts'
import type { Instant } from '../ground/clock.ts'
import type { Caller } from '../ground/turns.ts'
import type { NanoUsd } from '../money/money.ts'
import type { Spend } from '../money/spend.ts'
import type { LimitWindow } from '../money/windows.ts'
import type { KeyId, UserId, WorkspaceId } from '../types.ts'
import type { Meta } from './meta.ts'

/** A reservation's stable identifier: a UUID v7. */
export type ReservationId = string & { readonly __brand: 'ReservationId' }

/** The owner of sums: a key, or a user or workspace with all of its keys. */
export interface AccountId {
  kind: 'key' | 'user' | 'workspace'
  id: KeyId | UserId | WorkspaceId
}

/** The key that spends and the two accounts above it. Money taken from an account stays with it when the key gets another owner. */
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
  onExpiry: OnExpiry
}

/** What happens to a hold that expires: its money is released, or all of it is charged. */
export type OnExpiry = 'release' | 'settle'

/** How a reservation ended. Each ends once; `expired` may still be settled late, which is recorded. */
export type ReservationState = 'open' | 'settled' | 'released' | 'expired'

/** A reservation and, once it has ended, its result. */
export interface Reservation extends Hold {
  /** The caller's own name for the request; unique per key. */
  requestId: string | null
  /** The amount of the reserve, by which a repeated request is recognised; `amount` grows when the hold is extended. */
  firstAmount: NanoUsd
  state: ReservationState
  resolvedAt: Instant | null
  /** The caller that ended it; null while it is open, and when the server ended it at its expiry. */
  resolvedBy: Caller | null
  /** The settlement; null unless `settled`. */
  settlement: Settlement | null
}

/** The record of a settled reservation. */
export interface Settlement {
  amount: NanoUsd
  byokAmount: NanoUsd
  meta: Meta
  /** The part of the hold that was released. */
  released: NanoUsd
  /** The amount spent beyond the hold. */
  overdraft: NanoUsd
  /** True when the hold had expired before. */
  late: boolean
}

/** The members that identify an event. */
export interface EventName {
  keyId: KeyId
  id: string
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
  /** The caller that reported, charged or settled it; null for the server itself. */
  reportedBy: Caller | null
  meta: Meta
}

/** The amounts of an event, of a part of it, or of all corrections of it. */
export type Money = Pick<UsageEvent, 'amount' | 'byokAmount'>

/** Money of one event that is taken back, in the windows of that event. */
export interface Correction extends Payer, Money {
  /** Chosen by the caller; a second correction of the same key with the same id is a duplicate. */
  id: string
  eventId: string
  /** The time and the metadata of the corrected event. */
  at: Instant
  meta: Meta
  recordedAt: Instant
  /** The caller that made the correction. */
  reportedBy: Caller | null
  reason: string
}

/** A correction to be written. It takes effect only if the stored event has exactly the earlier corrections that are stated here. */
export interface NewCorrection extends Correction {
  from: Money
  /** Written together with it. */
  audit: { id: string; act: Act; record: AuditRecord }
}

/**
 * An open reservation that lasts longer, or holds more, than before. It takes effect only if the stored hold still has its former state.
 */
export interface Extension extends Hold {
  from: Pick<Hold, 'amount' | 'expiresAt'>
}

/** The end of a reservation that is stored in the state `from`, with the amount `fromAmount`. */
export interface Resolution extends Payer {
  id: ReservationId
  from: ReservationState
  /** The amount of the hold from which the end was computed. The end is not written if the hold has another amount by now. */
  fromAmount: NanoUsd
  /** For an expired hold, its expiry. The end is not written if the hold was extended meanwhile. */
  ranOutAt?: Instant
  state: Exclude<ReservationState, 'open'>
  resolvedAt: Instant
  /** Null when the server ends an expired hold. */
  resolvedBy: Caller | null
  settlement: Settlement | null
}

/** One entry of the ledger. */
export type LedgerEntry =
  | { kind: 'event'; event: UsageEvent }
  | { kind: 'hold'; reservation: Reservation }
  | { kind: 'extension'; extension: Extension }
  | { kind: 'correction'; correction: NewCorrection }
  | { kind: 'resolution'; resolution: Resolution; event?: UsageEvent }

/**
 * `duplicate`: the entry had been written before, or the record that it changes was not in the stated condition (a reservation that ended
 * in another way, an event with more corrections); it changed nothing. `refused`: the judge of the commit did not admit it.
 */
export type LedgerOutcome = 'written' | 'duplicate' | 'refused'

/** The settled sums of the windows of one instant, and the open holds. */
export interface AccountState {
  /** Incremented by every commit on the account; always 0 where one process writes. */
  version: number
  spend: Spend
  /** Every reservation stored as open, including expired ones that are not ended yet. */
  holds: Hold[]
}

/** The number of stored open holds of an account, and the earliest expiry among them (infinite without one). */
export interface OpenHolds {
  count: number
  runsOutAt: Instant
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
