// Tests: test/wire/native/members.test.ts, test/wire/native/removed-members.test.ts
import type { KeyStore } from '../../store/keys.ts'
import type { MemberStore } from '../../store/members.ts'
import { needsMembership, type Principal } from '../access/abilities.ts'
import type { AuditRecord } from '../access/audit-entry.ts'
import type { KeyId, UserId, WorkspaceId } from '../types.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import type { MemberStanding } from './queries.ts'

/** The audit record of a user that joins a workspace. */
export function joining(
  { workspaceId, userId }: { workspaceId: WorkspaceId; userId: UserId },
  standing: MemberStanding = 'member',
): AuditRecord {
  const target = { kind: 'workspace' as const, id: workspaceId }
  return {
    action: 'workspace.add_member',
    target,
    before: null,
    after: { memberId: userId, ...(standing === 'manager' && { standing }) },
    reason: null,
  }
}

/** The user whose memberships bound the caller's view; none for a caller that sees every workspace. */
export function memberOf({ user }: Principal): { memberId?: UserId } {
  return needsMembership(user.role) ? { memberId: user.id } : {}
}

/** The same user as the reader of one account, which it sees as a member or a manager; none for a caller that sees every account. */
export function readerOf({ user }: Principal): { readerId?: UserId } {
  return needsMembership(user.role) ? { readerId: user.id } : {}
}

/**
 * Whether a caller manages a workspace as a member, so that it reaches the keys of others there. This matters only for roles that
 * otherwise reach no more than their own.
 */
export async function manages(
  store: WithoutWrites<MemberStore>,
  { user }: Principal,
  workspaceId: WorkspaceId,
): Promise<boolean> {
  return needsMembership(user.role) && store.isManager({ workspaceId, userId: user.id })
}

/** Whether a caller sees the records of a workspace. */
export async function sees(
  store: WithoutWrites<MemberStore>,
  { user }: Principal,
  workspaceId: WorkspaceId,
): Promise<boolean> {
  return !needsMembership(user.role) || store.isMember({ workspaceId, userId: user.id })
}

/**
 * Whether a key belongs to the caller, in a workspace that the caller sees. Of another user's key nothing else is read, so that it takes
 * as long as an unknown one.
 */
export async function seesAsOwner(
  store: WithoutWrites<KeyStore & MemberStore>,
  principal: Principal,
  id: KeyId,
): Promise<boolean> {
  return (await readAsOwner(store, principal, { id, read: async () => true })) !== null
}

/** What is read of such a key, or null. The read may wait, so the membership is judged after it. */
export async function readAsOwner<T>(
  store: WithoutWrites<KeyStore & MemberStore>,
  principal: Principal,
  { id, read }: { id: KeyId; read: () => Promise<T> },
): Promise<T | null> {
  const payer = (await store.resolveKeys([{ id }])).get(id)
  if (payer?.ownerId !== principal.user.id) return null
  const found = await read()
  return (await sees(store, principal, payer.workspaceId)) ? found : null
}
