// Tests: test/wire/native/extend.test.ts, test/money
import type { Instant } from '../ground/clock.ts'
import type { Caller } from '../ground/turns.ts'
import type { Hold, LedgerEntry, Payer, Reservation, Settlement, UsageEvent } from './entries.ts'

/** The prefix of the ids of settlements' events; a reporter may not use it. */
export const SETTLEMENT_EVENT_PREFIX = 'reservation:'

/** The entry that ends an expired hold: it releases the money, or charges all of it. */
export function expiryOf(hold: Hold, now: Instant): Extract<LedgerEntry, { kind: 'resolution' }> {
  const ended = {
    ...payerOnly(hold),
    id: hold.id,
    from: 'open',
    fromAmount: hold.amount,
    ranOutAt: hold.expiresAt,
    resolvedAt: now,
    resolvedBy: null,
  } as const
  if (hold.onExpiry === 'release') {
    return { kind: 'resolution', resolution: { ...ended, state: 'expired', settlement: null } }
  }
  const settlement = inFull(hold)
  return {
    kind: 'resolution',
    resolution: { ...ended, state: 'settled', settlement },
    event: settlementEvent(hold, settlement, { by: null, now }),
  }
}

/** A reservation as it is at an instant: an expired one has ended, whether or not its end is stored. */
export function reservationAt(reservation: Reservation, at: Instant): Reservation {
  if (reservation.state !== 'open' || reservation.expiresAt > at) return reservation
  return reservation.onExpiry === 'release'
    ? { ...reservation, state: 'expired' }
    : { ...reservation, state: 'settled', settlement: inFull(reservation) }
}

/** The event of a settlement. It belongs to the windows of the hold, however late it arrives. */
export function settlementEvent(
  hold: Hold,
  { amount, byokAmount, meta }: Pick<Settlement, 'amount' | 'byokAmount' | 'meta'>,
  { by, now }: { by: Caller | null; now: Instant },
): UsageEvent {
  const id = `${SETTLEMENT_EVENT_PREFIX}${hold.id}`
  return {
    ...payerOnly(hold),
    id,
    amount,
    byokAmount,
    requests: 1,
    at: hold.heldAt,
    recordedAt: now,
    reportedBy: by,
    meta,
  }
}

function inFull({ amount }: Hold): Settlement {
  return { amount, byokAmount: 0n, meta: {}, released: 0n, overdraft: 0n, late: false }
}

/** The key that pays and the accounts above it. */
export function payerOnly({ keyId, ownerId, workspaceId }: Payer): Payer {
  return { keyId, ownerId, workspaceId }
}
