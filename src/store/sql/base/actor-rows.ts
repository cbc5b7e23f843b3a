import type { Selectable } from 'kysely'
import type { Actor } from '../../../core/access/warrant.ts'
import type { Access, Digest, KeyId, StoredSecret, UserId } from '../../../core/types.ts'
import { optionalNumber, readExpiry, readSeers } from './rows.ts'
import type { KeyTable, SecretTable } from './tables.ts'

/** The members of a secret that decide whether it is still valid, and the users who have seen it. */
export function readSecretLife(
  row: Pick<Selectable<SecretTable>, 'digest' | 'expires_at' | 'seen_by'>,
): Pick<StoredSecret, 'digest' | 'expiresAt' | 'seenBy'> {
  const { digest, expires_at, seen_by } = row
  return {
    digest: digest as Digest,
    expiresAt: readExpiry(expires_at),
    seenBy: readSeers(seen_by),
  }
}

/** The members of a key that decide whether it may still act, and its owner. */
export function readActorKey(
  row: Pick<Selectable<KeyTable>, ActorColumns>,
): Actor['key'] & { ownerId: UserId } {
  return {
    id: row.id as KeyId,
    ownerId: row.owner_id as UserId,
    access: row.access as Access,
    disabled: row.disabled === 1n,
    allowedIps: JSON.parse(row.allowed_ips) as string[],
    notBefore: optionalNumber(row.not_before),
    expiresAt: readExpiry(row.expires_at),
    revokedAt: optionalNumber(row.revoked_at),
  }
}

type ActorColumns =
  | 'id'
  | 'owner_id'
  | 'access'
  | 'disabled'
  | 'allowed_ips'
  | 'not_before'
  | 'expires_at'
  | 'revoked_at'
