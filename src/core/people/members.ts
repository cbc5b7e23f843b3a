// Tests: test/wire/native/members.test.ts
import type { MemberStore } from '../../store/members.ts'
import type { UserStore } from '../../store/people.ts'
import { callerOf, needsMembership, type Principal, requireAbility } from '../access/abilities.ts'
import type { Call } from '../access/audit.ts'
import type { Authority } from '../access/authority.ts'
import type { Clock } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { Cursor, Page } from '../ground/page.ts'
import type { Remember } from '../keys/remembered.ts'
import type { UserId } from '../types.ts'
import type { Changes } from '../verify/changes.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import { joining, memberOf } from './membership.ts'
import type { Joined, Member, MemberStanding, WorkspaceRef } from './queries.ts'
import type { Workspaces } from './workspaces.ts'

/** The operations on members of workspaces. */
export interface Members {
  /** Adds a user to a workspace. A user that is a member already stays one. Needs MANAGE_WORKSPACES. */
  add(
    call: Call,
    by: WorkspaceRef,
    member: { userId: UserId; standing?: MemberStanding },
    remember?: Remember<Joined>,
  ): Promise<Joined>
  /**
   * Removes a user from a workspace, never from the default one. Its keys there go on working, but the user reaches neither them nor
   * the workspace any more. Needs MANAGE_WORKSPACES.
   */
  remove(call: Call, by: WorkspaceRef, userId: UserId): Promise<void>
  /**
   * Lists the members of a workspace, the latest to join first. A caller that sees only its own workspaces sees their members; in the
   * default one, to which everybody belongs, it sees only itself.
   */
  list(call: Call, by: WorkspaceRef, query: { limit: number; after?: Cursor }): Promise<Page<Member>>
}

/** Builds the operations on members. */
export function createMembers({
  store,
  workspaces,
  authority,
  changes,
  clock,
}: {
  store: WithoutWrites<MemberStore & UserStore>
  workspaces: Workspaces
  authority: Authority
  changes: Changes
  clock: Clock
}): Members {
  return {
    async add(call, by, { userId, standing }, remember) {
      const act = authority.act(call, clock.now(), managesMembers)
      const { id: workspaceId } = await workspaces.get(call, by)
      if ((await store.findUser({ id: userId })) === null) throw NO_USER()
      const record = {
        act,
        audit: joining({ workspaceId, userId }, standing),
        ...(standing && { standing }),
        ...(remember && { remember }),
      }
      const { written } = await changes.make(
        { kind: 'user', id: userId },
        (records) => records.addMember({ workspaceId, userId }, record),
        call.wait,
      )
      return written
    },

    async remove(call, by, userId) {
      const act = authority.act(call, clock.now(), managesMembers)
      const { id: workspaceId } = await workspaces.get(call, by)
      const target = { kind: 'workspace' as const, id: workspaceId }
      const before = { memberId: userId }
      const audit = { action: 'workspace.remove_member', target, before, after: null, reason: null }
      await changes.make(
        { kind: 'user', id: userId },
        (records) => records.removeMember({ workspaceId, userId }, { act, audit }),
        call.wait,
      )
    },

    async list(call, by, query) {
      const { user } = call.principal
      requireAbility(call.principal, 'DISPLAY_WORKSPACE')
      const { id, isDefault } = await workspaces.get(call, by)
      if (isDefault && needsMembership(user.role))
        return {
          rows: [{ user, standing: 'member' as const, joinedAt: user.createdAt, addedById: null }],
          next: null,
        }
      const of = isDefault ? 'everybody' : id
      return store.listMembers({ ...query, of, ...memberOf(call.principal) }, callerOf(call.principal))
    },
  }
}

const NO_USER = () =>
  new Fault('user_not_found', { errors: [{ place: ['userId'], message: 'No such user.' }] })

function managesMembers(principal: Principal): void {
  requireAbility(principal, 'MANAGE_WORKSPACES')
}
