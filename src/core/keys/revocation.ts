// Tests: test/wire/native/rotate-and-revoke.test.ts
import type { Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { Key, KeyId } from '../types.ts'
import type { Receipt } from '../verify/changes.ts'
import type { InForce } from '../verify/nodes.ts'
import type { KeyWork } from './change-key.ts'

/** Revokes a key, for any caller that may do it. */
export function revocation(reason: string | null): Pick<KeyWork, 'action' | 'reason' | 'next'> {
  return {
    action: 'key.revoke',
    reason,
    next(current, { granter, at }) {
      if (current.revokedAt !== null) return null
      const end = { revokedAt: at, revokedReason: reason }
      return { ...current, ...end, updatedAt: at, updatedById: granter.id }
    },
  }
}

/** The receipt of a revocation. A repeated revocation gets the same receipt. */
export function receiptOf({
  written: { id, revision, revokedAt },
  inForce,
  at,
}: Receipt<Key>): RevocationReceipt {
  if (revokedAt === null) throw new Fault('internal', { internal: 'a key lives after its revocation' })
  return { id, revision, inForce, at: at ?? revokedAt }
}

/** The result of a revocation and the nodes on which it is in force. */
export interface RevocationReceipt {
  id: KeyId
  revision: Key['revision']
  /**
   * The nodes that stopped accepting the key before this answer; null for this node alone, when the caller chose not to wait for the
   * others.
   */
  inForce: InForce | null
  /** The time from which on that holds. */
  at: Instant
}
