import type { Act } from '../core/access/audit-entry.ts'
import type { Page } from '../core/ground/page.ts'
import type { Caller } from '../core/ground/turns.ts'
import type { UserQuery, WorkspaceQuery, WorkspaceRef } from '../core/people/queries.ts'
import type { Revision, Role, User, UserId, Workspace, WorkspaceId } from '../core/types.ts'
import type { ActorContext, Creation, Decide, ManagersBeside } from './change.ts'

/** The other facts for the decision about a user. */
export interface UserContext extends ActorContext {
  /** Whether it owns a key that is not revoked; that stays so until the change commits. */
  ownsKeys: boolean
  /** The number of other enabled users with the role ROOT. */
  otherRoots: number
  /** Null for a user that is no ROOT and whose policy has bounds already, so that the change takes no full management away. */
  managers: ManagersBeside | null
  /**
   * When the change announces another role: the users besides this one who have seen a secret that works of one of its managing keys that are
   * neither disabled nor expired, also disabled and deleted users. Otherwise empty.
   */
  knowers: readonly User[]
}

/** The durable users. Every sentence is an obligation that the conformance suite tests. */
export interface UserStore {
  /**
   * Adds a user, as `decide` makes it with the same id. Faults: `user_id_taken`, `username_taken`, `email_taken` (letter case does not
   * distinguish either; any number of users have no address).
   */
  createUser(user: User, record: Creation<User>): Promise<User>

  /**
   * Like `KeyStore.changeKey`, for a user that is not deleted. The context counts the other enabled users with the
   * role ROOT, under a lock that keeps two callers from both removing the last but one. Faults: `user_not_found`,
   * `username_taken`, `email_taken`.
   */
  changeUser(
    id: UserId,
    decide: Decide<User, UserContext>,
    record: { act: Act; toRole?: Role },
  ): Promise<User>

  /**
   * Deletes a user (its name and address may be used again, its revoked keys still refer to it) and ends its memberships. `decide` sees
   * the same as in `UserStore.changeUser`; its `next` is not used. Returns the revision. Faults: `user_not_found`, `user_has_keys` while
   * it owns a key that is not revoked.
   */
  deleteUser(id: UserId, decide: Decide<User, UserContext>, record: { act: Act }): Promise<Revision>

  /** Reads a user that is not deleted, by id, or by e-mail or username without regard to letter case. */
  findUser(by: { id: UserId } | { email: string } | { username: string }): Promise<User | null>

  /** Lists users that are not deleted, newest first, ties by id. */
  listUsers(query: UserQuery, by?: Caller | null): Promise<Page<User>>
}

/** The durable workspaces. */
export interface WorkspaceStore {
  /** Adds a workspace, as `decide` makes it with the same id. Faults: `workspace_id_taken`, `slug_taken`. */
  createWorkspace(workspace: Workspace, record: Creation<Workspace>): Promise<Workspace>

  /** Like `KeyStore.changeKey`, for a workspace that is not deleted. Faults: `workspace_not_found`, `slug_taken`. */
  changeWorkspace(id: WorkspaceId, decide: Decide<Workspace>, record: { act: Act }): Promise<Workspace>

  /** Deletes a workspace and ends its memberships; `decide`'s `next` is not used. Returns the revision. Faults: `workspace_not_found`, `workspace_has_keys` while it holds a key that is not revoked. */
  deleteWorkspace(id: WorkspaceId, decide: Decide<Workspace>, record: { act: Act }): Promise<Revision>

  /**
   * Reads a workspace by id or slug, or the default one; a deleted one only by its id and on request. With a `memberId`, it takes the
   * same steps for a workspace of others as for a missing one.
   */
  findWorkspace(by: WorkspaceRef, memberId?: UserId | null): Promise<Workspace | null>

  /** Lists workspaces that are not deleted, newest first, ties by id. */
  listWorkspaces(query: WorkspaceQuery, by?: Caller | null): Promise<Page<Workspace>>
}
