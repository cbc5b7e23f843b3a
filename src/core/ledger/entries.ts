// Tests: test/wire/native/repeats.test.ts
import type { Act, AuditRecord } from '../access/audit-entry.ts'
import type { Instant } from '../ground/clock.ts'
import type { Caller } from '../ground/turns.ts'
import type { NanoUsd } from '../money/money.ts'
import type { Spend } from '../money/spend.ts'
import type { LimitWindow } from '../money/windows.ts'
import type { KeyId, UserId, WorkspaceId } from '../types.ts'

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
  onExpiry: OnExpiry
}

/** What becomes of a hold that nobody ends: its money comes back, or all of it is charged. */
export type OnExpiry = 'release' | 'settle'

/** How a reservation ended. Each ends once; `expired` may still be settled late, which is recorded. */
export type ReservationState = 'open' | 'settled' | 'released' | 'expired'

/** A reservation and, once it has ended, how. */
export interface Reservation extends Hold {
  /** The caller's own name for the request; unique per key. */
  requestId: string | null
  /** What was held at first, which is what a repeated request asks for; `amount` grows when the hold is extended. */
  firstAmount: NanoUsd
  state: ReservationState
  resolvedAt: Instant | null
  /** Who ended it; null while it is open, and when the server did because it ran out. */
  resolvedBy: Caller | null
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

/** By what an event is found. */
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
  /** Who reported, charged or settled it; null for the server itself. */
  reportedBy: Caller | null
  meta: Record<string, string>
}

/** What an event, a part of one, or all that was taken back of it, comes to. */
export type Money = Pick<UsageEvent, 'amount' | 'byokAmount'>

/** Money of one event that is taken back, in the windows of that event. */
export interface Correction extends Payer, Money {
  /** Chosen by the caller; a second correction of the same key with the same id is a duplicate. */
  id: string
  eventId: string
  /** When the event happened, and what it carried. */
  at: Instant
  meta: Record<string, string>
  recordedAt: Instant
  /** Who took it back. */
  reportedBy: Caller | null
  reason: string
}

/** A correction as it is written: it changes an event only from what had been taken back of it. */
export interface NewCorrection extends Correction {
  from: Money
  /** Written together with it. */
  audit: { id: string; act: Act; record: AuditRecord }
}

/** True when both say the same, in whatever order. */
export function sameMeta(one: UsageEvent['meta'], other: UsageEvent['meta']): boolean {
  const text = (meta: UsageEvent['meta']) => JSON.stringify(Object.entries(meta).sort())
  return text(one) === text(other)
}

/** An open reservation that lasts longer, or holds more, than it did. It is extended only from what it was. */
export interface Extension extends Hold {
  from: Pick<Hold, 'amount' | 'expiresAt'>
}

/** The end of a reservation that is stored in the state `from`. */
export interface Resolution extends Payer {
  id: ReservationId
  from: ReservationState
  /** Of one that has run out: when it was to. It does not end when it has been extended meanwhile. */
  ranOutAt?: Instant
  state: Exclude<ReservationState, 'open'>
  resolvedAt: Instant
  /** Null when the server ends what has run out. */
  resolvedBy: Caller | null
  settlement: Settlement | null
}

/** One thing that happens to the ledger. */
export type LedgerEntry =
  | { kind: 'event'; event: UsageEvent }
  | { kind: 'hold'; reservation: Reservation }
  | { kind: 'extension'; extension: Extension }
  | { kind: 'correction'; correction: NewCorrection }
  | { kind: 'resolution'; resolution: Resolution; event?: UsageEvent }

/**
 * `duplicate`: the entry had been written before, or what it changes was not as it says (a reservation that has ended in another
 * way, an event of which more was taken back); nothing was changed by it. `refused`: whoever judged the commit did not admit it.
 */
export type LedgerOutcome = 'written' | 'duplicate' | 'refused'

/** What is settled and held, as far as it concerns the windows of one instant. */
export interface AccountState {
  /** Counted up by every commit on the account; always 0 where one process writes. */
  version: number
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
