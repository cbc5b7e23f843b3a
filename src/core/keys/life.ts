import type { Instant } from '../ground/clock.ts'
import type { Key, KeyStatus, User } from '../types.ts'

/**
 * What a key's life looks like at one instant. Where several hold, the first of revoked, disabled, expired and not yet
 * valid is shown. A key whose owner is disabled is disabled with it.
 */
export function keyStatus(
  key: Pick<Key, 'revokedAt' | 'disabled' | 'expiresAt' | 'notBefore'>,
  owner: Pick<User, 'disabled'> | null,
  at: Instant,
): KeyStatus {
  if (key.revokedAt !== null) return 'revoked'
  if (key.disabled || owner?.disabled === true) return 'disabled'
  if (key.expiresAt !== null && key.expiresAt <= at) return 'expired'
  if (key.notBefore !== null && key.notBefore > at) return 'not_yet_valid'
  return 'active'
}
