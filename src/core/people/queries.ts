import type { Instant } from '../ground/clock.ts'
import type { Cursor } from '../ground/page.ts'
import type { Revision, Role, User, UserId, WorkspaceId } from '../types.ts'

/** Which users to list, newest first. */
export interface UserQuery {
  role?: Role
  externalId?: string
  limit: number
  after?: Cursor
}

/** Which workspaces to list, newest first. */
export interface WorkspaceQuery {
  /** Only those that this user is a member of. */
  memberId?: UserId
  limit: number
  after?: Cursor
}

/** How a workspace is named. `alsoDeleted` finds one whose history is asked for although it is gone. */
export type WorkspaceRef = { id: WorkspaceId; alsoDeleted?: true } | { slug: string } | 'default'

/** What a member of a workspace is there: a manager also makes, changes and ends the keys of the other members. */
export type MemberStanding = 'member' | 'manager'
/** Every standing, for schemas. */
export const MEMBER_STANDINGS = ['member', 'manager'] as const satisfies readonly MemberStanding[]

/** Somebody who may see and use a workspace. */
export interface Member {
  user: User
  /** In the default workspace everybody is a `member`. */
  standing: MemberStanding
  /** When the user joined; of the default workspace, where everybody is, when the user was added. */
  joinedAt: Instant
  /** The user that added this member; null for the default workspace, and when unknown. */
  addedById: UserId | null
}

/** A member, and whether this call has made it one. */
export interface Joined extends Member {
  isNew: boolean
  /** When the user joined; in the default workspace, when the user was created. */
  revision: Revision
}

/** Whose members to list: of one workspace, or of the default one, where everybody is. */
export interface MemberQuery {
  of: WorkspaceId | 'everybody'
  limit: number
  after?: Cursor
}
