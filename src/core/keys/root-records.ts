// Tests: test/server/reset-root.long.test.ts
import { UNBOUNDED } from '../access/delegation.ts'
import type { Instant } from '../ground/clock.ts'
import { UNLIMITED } from '../money/budgets.ts'
import type { Key, KeyId, StoredSecret, User, UserId, WorkspaceId } from '../types.ts'
import { newKey } from './new-key.ts'

/** A user that may do everything, without any bound. */
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

/** A key that can manage everything, without an expiry and from every address. Its owner has no bounds. */
export function rootKey(
  owner: User,
  made: { id: KeyId; workspaceId: WorkspaceId; first: StoredSecret; at: Instant },
): Key {
  const input = { name: 'root', access: 'full', labels: { purpose: 'admin' } } as const
  return newKey(input, { ...made, granter: owner, owner })
}
