import { UNBOUNDED } from '../access/delegation.ts'
import type { Instant } from '../ground/clock.ts'
import { UNLIMITED } from '../money/budgets.ts'
import type { Key, KeyId, StoredSecret, User, UserId, WorkspaceId } from '../types.ts'

/** A user who may do everything, without any bound. */
export function rootUser(
  named: Pick<User, 'username' | 'email'>,
  { id, at }: { id: UserId; at: Instant },
): User {
  return {
    id,
    ...named,
    displayName: 'System Root User',
    externalId: null,
    role: 'ROOT',
    disabled: false,
    policy: UNBOUNDED,
    restrictions: {},
    ...UNLIMITED,
    createdAt: at,
    updatedAt: null,
    revision: 0,
  }
}

/** A key by which everything can be managed, for good and from everywhere. */
export function rootKey({
  id,
  ownerId,
  workspaceId,
  first,
  at,
}: {
  id: KeyId
  ownerId: UserId
  workspaceId: WorkspaceId
  first: StoredSecret
  at: Instant
}): Key {
  return {
    id,
    hash: first.digest,
    name: 'root',
    access: 'full',
    disabled: false,
    ownerId,
    workspaceId,
    externalUserId: null,
    labels: { purpose: 'admin' },
    permissions: [],
    ...UNLIMITED,
    boosts: {},
    mainWindow: null,
    rateLimits: [],
    allowedIps: [],
    notBefore: null,
    expiresAt: null,
    lastUsedAt: null,
    requestCount: 0,
    createdAt: at,
    updatedAt: null,
    createdById: ownerId,
    updatedById: ownerId,
    revokedAt: null,
    revokedReason: null,
    restrictions: {},
    revision: 0,
    secrets: [first],
  }
}
