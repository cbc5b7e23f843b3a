// Tests: src/core/ledger/ledger.test.ts, test/wire/native/verify-money.test.ts
import type { Place } from '../ground/faults.ts'
import type { NewId } from '../ground/ids.ts'
import type { Caller } from '../ground/turns.ts'
import type { NanoUsd } from '../money/money.ts'
import type { LedgerEntry, OnExpiry, Payer, Reservation, ReservationId } from './entries.ts'
import type { Meta } from './meta.ts'

/**
 * Money that a call takes. Of all calls of a key with the same `requestId` only the first takes money; the others must have the same
 * amount.
 */
export type MoneyDemand = Charge | Hold

interface Asked {
  amount: NanoUsd
  requestId: string | null
  /** The place of the amount in the request, for faults; `amount` by default. */
  place?: Place
  /** The caller, by whose credential turns at the disk are taken. Null is the server itself, `payer` the key that pays. */
  caller: Caller | 'payer' | null
}

/** Spent at once, and recorded with the metadata. */
interface Charge extends Asked {
  kind: 'charge'
  meta?: Meta
}

/** Held until it is settled, released, or `ttlMs` is over. */
interface Hold extends Asked {
  kind: 'reserve'
  ttlMs: number
  /** `release` when absent. */
  onExpiry?: OnExpiry
}

/** The entry of a new charge or hold. */
export type NewEntry = Extract<LedgerEntry, { kind: 'event' | 'hold' }>

/** The entry that records a demand, with new ids where the caller gave none. */
export function entryOf(
  payer: Payer,
  demand: MoneyDemand,
  { by, now, newId }: { by: Caller | null; now: number; newId: NewId },
): NewEntry {
  const { amount, requestId } = demand
  if (demand.kind === 'charge') {
    const id = requestId ?? newId<string>()
    const { meta = {} } = demand
    const money = { amount, byokAmount: 0n, requests: 1 }
    return {
      kind: 'event',
      event: { ...payer, id, ...money, at: now, recordedAt: now, reportedBy: by, meta },
    }
  }
  const reservation: Reservation = {
    ...payer,
    id: newId<ReservationId>(),
    amount,
    firstAmount: amount,
    heldAt: now,
    expiresAt: now + demand.ttlMs,
    onExpiry: demand.onExpiry ?? 'release',
    requestId,
    state: 'open',
    resolvedAt: null,
    resolvedBy: null,
    settlement: null,
  }
  return { kind: 'hold', reservation }
}
