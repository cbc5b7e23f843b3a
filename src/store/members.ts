import type { Act, AuditRecord } from '../core/access/audit-entry.ts'
import type { Page } from '../core/ground/page.ts'
import type { Caller } from '../core/ground/turns.ts'
import type { Remember } from '../core/keys/remembered.ts'
import type { Joined, Member, MemberQuery, MemberStanding } from '../core/people/queries.ts'
import type { Revision, UserId, WorkspaceId } from '../core/types.ts'

/** A user that belongs to a workspace. */
export interface Membership {
  workspaceId: WorkspaceId
  userId: UserId
}

/**
 * The durable memberships. Everybody belongs to the default workspace, for which nothing is stored. Memberships end with their user and
 * their workspace. Every sentence is an obligation that the conformance suite tests.
 */
export interface MemberStore {
  /**
   * Makes a user a member. One that is a member already stays as it is, and no revision is taken. Faults: `user_not_found`,
   * `workspace_not_found` (missing or deleted), `too_many_members` (of the workspace, or workspaces of the user, however many
   * are added at once).
   * With a standing, a member that has another one gets it, as a change of its own. Also faults: `member_default` for a manager of the default workspace.
   */
  addMember(
    membership: Membership,
    record: { act: Act; audit: AuditRecord; remember?: Remember<Joined>; standing?: MemberStanding },
  ): Promise<Joined>

  /**
   * Ends a membership and returns the revision. Keys that the user owns there stay as they are. Faults: `workspace_not_found`,
   * `member_not_found`, `member_default` (of the default workspace).
   */
  removeMember(membership: Membership, record: { act: Act; audit: AuditRecord }): Promise<Revision>

  /** True for a member of a workspace that is not deleted. */
  isMember(membership: Membership): Promise<boolean>

  /** True for a manager of a workspace that is not deleted. */
  isManager(membership: Membership): Promise<boolean>

  /**
   * Lists members, the latest to join first, ties by id; or all users, newest first. Throws `workspace_not_found` unless the `memberId`
   * belongs to the workspace in the moment that the page shows.
   */
  listMembers(query: MemberQuery, by?: Caller | null): Promise<Page<Member>>
}
