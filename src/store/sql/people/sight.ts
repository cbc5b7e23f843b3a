import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { Fault } from '../../../core/ground/faults.ts'
import type { KeyId, UserId, WorkspaceId } from '../../../core/types.ts'
import type { Trx } from '../base/database.ts'

/** True where the column names a workspace that is not deleted and that the user belongs to. */
export function isHomeOf(workspace: RawBuilder<unknown>, userId: UserId): RawBuilder<SqlBool> {
  return sql`exists (
    select 1 from workspaces as home
    where home.id = ${workspace} and home.deleted_at is null and ${isOpenTo(sql.table('home'), userId)})`
}

/** True for rows of a table of workspaces that the user belongs to. */
export function isOpenTo(workspaces: RawBuilder<unknown>, userId: UserId): RawBuilder<SqlBool> {
  return sql`(${workspaces}.is_default = 1 or exists (
    select 1 from workspace_members as membership
    where membership.workspace_id = ${workspaces}.id and membership.user_id = ${userId}))`
}

/** True where the column names a workspace that is not deleted and that the user manages. */
export function isManagedBy(workspace: RawBuilder<unknown>, userId: UserId): RawBuilder<SqlBool> {
  return sql`exists (
    select 1 from workspaces as managed join workspace_members as manager on manager.workspace_id = managed.id
    where managed.id = ${workspace} and managed.deleted_at is null
      and manager.user_id = ${userId} and manager.standing = 'manager')`
}

// A read may wait after its caller was judged, and the caller may have been removed meanwhile. So what a USER may read as a member or manager
// is checked in the snapshot that the read shows, by a look-up of its own: as a condition it could change how the rows are found.

/** Requires that the user, if one is given, belongs to the workspace. */
export function requireMember(trx: Trx, workspaceId: WorkspaceId, userId: UserId | undefined): Promise<void> {
  return requireSeen(trx, userId, (user) => isHomeOf(sql`${workspaceId}`, user))
}

/** Requires of a query that names a manager that this user manages the workspace of the query. */
export function requireManager(
  trx: Trx,
  { workspaceId, managerId }: { workspaceId?: WorkspaceId | undefined; managerId?: UserId | undefined },
): Promise<void> {
  return requireSeen(trx, managerId, (user) => isManagedBy(sql`${workspaceId ?? null}`, user))
}

async function requireSeen(
  trx: Trx,
  userId: UserId | undefined,
  condition: (user: UserId) => RawBuilder<SqlBool>,
): Promise<void> {
  if (userId === undefined) return
  const { rows } = await sql`select 1 where ${condition(userId)}`.execute(trx)
  if (rows.length === 0) throw new Fault('workspace_not_found')
}

/** Requires that the user, if one is given, reaches the key: as its owner who belongs to its workspace, or as a manager of that. */
export async function requireReached(trx: Trx, keyId: KeyId, userId: UserId | undefined): Promise<void> {
  if (userId === undefined) return
  const home = sql.ref('keys.workspace_id')
  const { rows } = await sql`
    select 1 from keys where keys.id = ${keyId}
      and ((keys.owner_id = ${userId} and ${isHomeOf(home, userId)}) or ${isManagedBy(home, userId)})`.execute(
    trx,
  )
  if (rows.length === 0) throw new Fault('key_not_found')
}
