// Tests: test/wire/native/members.test.ts
import type { MemberStore } from '../../store/members.ts'
import { needsMembership, type Principal } from '../access/abilities.ts'
import type { AuditRecord } from '../access/audit-entry.ts'
import type { UserId, WorkspaceId } from '../types.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'

/** The audit record of a user that joins a workspace. */
export function joining({ workspaceId, userId }: { workspaceId: WorkspaceId; userId: UserId }): AuditRecord {
  const target = { kind: 'workspace' as const, id: workspaceId }
  return {
    action: 'workspace.add_member',
    target,
    before: null,
    after: { memberId: userId },
    reason: null,
  }
}

/** Whose memberships bound what a caller sees; nobody's for one that sees every workspace. */
export function memberOf({ user }: Principal): { memberId?: UserId } {
  return needsMembership(user.role) ? { memberId: user.id } : {}
}

/** Whether a caller sees what is in a workspace. */
export async function sees(
  store: WithoutWrites<MemberStore>,
  { user }: Principal,
  workspaceId: WorkspaceId,
): Promise<boolean> {
  return !needsMembership(user.role) || store.isMember({ workspaceId, userId: user.id })
}
