// Tests: test/wire/native/corrections.test.ts
import type { Correction, Money, UsageEvent } from './entries.ts'

/** How the ids of events begin that take money back; no reporter may choose such an id. */
export const CORRECTION_EVENT_PREFIX = 'correction:'

/**
 * The event that a correction adds to the ledger: the same as what it corrects, with amounts below zero and no request, so that
 * all events of an account still add up to its sums.
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

/** What an event adds to the sums of what was taken back: nothing, unless it is that of a correction. */
export function takenBackBy({ amount, byokAmount }: Money): Money {
  return { amount: amount < 0n ? -amount : 0n, byokAmount: byokAmount < 0n ? -byokAmount : 0n }
}
