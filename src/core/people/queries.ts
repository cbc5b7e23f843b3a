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
  /** Only workspaces that this user is a member of. */
  memberId?: UserId
  limit: number
  after?: Cursor
}

/** How a workspace is named. `alsoDeleted` also finds a deleted one, for its history. */
export type WorkspaceRef = { id: WorkspaceId; alsoDeleted?: true } | { slug: string } | 'default'

/** The standing of a member in a workspace: a manager also makes, changes and revokes the keys of the other members. */
export type MemberStanding = 'member' | 'manager'
/** Every standing, for schemas. */
export const MEMBER_STANDINGS = ['member', 'manager'] as const satisfies readonly MemberStanding[]

/** A user that may see and use a workspace. */
export interface Member {
  user: User
  /** In the default workspace everybody is a `member`. */
  standing: MemberStanding
  /** When the user joined; in the default workspace, when the user was created. */
  joinedAt: Instant
  /** The user that added this member; null for the default workspace, and when unknown. */
  addedById: UserId | null
}

/** A member, and whether this call has added it. */
export interface Joined extends Member {
  isNew: boolean
  /** When the user joined; in the default workspace, when the user was created. */
  revision: Revision
}

/** Whose members to list: those of one workspace, or of the default one, to which everybody belongs. */
export interface MemberQuery {
  of: WorkspaceId | 'everybody'
  /** With a workspace: only while this user belongs to it. */
  memberId?: UserId
  limit: number
  after?: Cursor
}
