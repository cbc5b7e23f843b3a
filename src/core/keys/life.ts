import type { Instant } from '../ground/clock.ts'
import type { Key, KeyStatus, StoredSecret, User } from '../types.ts'

/**
 * The expiry of a secret that somebody has ended. It lies before every instant, because an end holds for every clock: also for one that
 * is behind the clock of the node where the secret was ended, or that is set back later.
 */
export const ENDED: Instant = 0

/** The members of a key and its owner that decide whether the key is alive; null for a deleted owner. */
export interface Lived {
  key: Pick<Key, 'revokedAt' | 'disabled' | 'expiresAt' | 'notBefore'>
  owner: Pick<User, 'disabled'> | null
}

/**
 * The status of a key at one instant: the one answer to what makes a key alive. Verify, the check for the last manager and every view
 * of a key use it, and the conformance suite compares the filter of the key list with it. When several apply, the first of revoked,
 * disabled, not yet valid and expired counts. A key whose owner is disabled is disabled, too.
 */
export function keyStatus({ key, owner }: Lived, at: Instant): KeyStatus {
  if (key.revokedAt !== null) return 'revoked'
  if (key.disabled || owner?.disabled === true) return 'disabled'
  if (key.notBefore !== null && key.notBefore > at) return 'not_yet_valid'
  if (key.expiresAt !== null && key.expiresAt <= at) return 'expired'
  return 'active'
}

/**
 * Why a secret of the key may not be used at this instant for anything, or null. A secret whose overlap has ended is as dead as a
 * revoked key.
 */
export function refuseLife(
  lived: Lived & { secret: Pick<StoredSecret, 'expiresAt'> },
  now: Instant,
): 'NOT_FOUND' | 'DISABLED' | 'NOT_YET_VALID' | 'EXPIRED' | null {
  const { expiresAt } = lived.secret
  if (expiresAt !== null && expiresAt <= now) return 'NOT_FOUND'
  return REFUSALS[keyStatus(lived, now)]
}

const REFUSALS = {
  revoked: 'NOT_FOUND',
  disabled: 'DISABLED',
  not_yet_valid: 'NOT_YET_VALID',
  expired: 'EXPIRED',
  active: null,
} as const satisfies Record<KeyStatus, unknown>
