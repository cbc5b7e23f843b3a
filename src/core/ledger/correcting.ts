// Tests: test/wire/native/corrections.test.ts
import type { Correction, Money, UsageEvent } from './entries.ts'

/** The prefix of the ids of corrections' events; a reporter may not use it. */
export const CORRECTION_EVENT_PREFIX = 'correction:'

/**
 * The event that a correction adds to the ledger: like the corrected event, but with negative amounts and no request, so that all events
 * of an account still add up to its sums.
 */
export function correctionEvent(correction: Correction): UsageEvent {
  const { keyId, ownerId, workspaceId, id, amount, byokAmount, at, recordedAt, reportedBy, meta } = correction
  return {
    keyId,
    ownerId,
    workspaceId,
    id: `${CORRECTION_EVENT_PREFIX}${id}`,
    amount: -amount,
    byokAmount: -byokAmount,
    requests: 0,
    at,
    recordedAt,
    reportedBy,
    meta,
  }
}

/** The amounts that an event adds to the corrected sums: none, unless it is a correction's event. */
export function takenBackBy({ amount, byokAmount }: Money): Money {
  return { amount: amount < 0n ? -amount : 0n, byokAmount: byokAmount < 0n ? -byokAmount : 0n }
}
