import type { Instant } from '../../../core/ground/clock.ts'
import { Fault } from '../../../core/ground/faults.ts'
import type { UserId, WorkspaceId } from '../../../core/types.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { lookUp } from '../base/query-hints.ts'

/**
 * Requires that a key may belong to this user and workspace, and keeps both from being deleted until the transaction ends. Throws
 * `user_not_found` or `workspace_not_found`.
 */
export async function requireOwners(
  db: SqlDatabase,
  trx: Trx,
  { ownerId, workspaceId }: { ownerId: UserId; workspaceId: WorkspaceId },
): Promise<void> {
  if (!(await userExists(db, trx, ownerId))) throw new Fault('user_not_found')
  await requireWorkspace(db, trx, workspaceId)
}

/** The members of a workspace that decide who belongs to it. */
export interface Home {
  id: WorkspaceId
  isDefault: boolean
  createdAt: Instant
}

/**
 * Requires that a key may belong to this workspace, and keeps it from being deleted until the transaction ends. Throws
 * `workspace_not_found`.
 */
export async function requireWorkspace(db: SqlDatabase, trx: Trx, id: WorkspaceId): Promise<Home> {
  const home = trx
    .selectFrom('workspaces')
    .select(['is_default', 'created_at'])
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(db.locksRows, (select) => select.forShare())
  const [row] = await lookUp(trx, home)
  if (row === undefined) throw new Fault('workspace_not_found')
  return { id, isDefault: row.is_default === 1n, createdAt: Number(row.created_at) }
}

async function userExists(db: SqlDatabase, trx: Trx, id: UserId): Promise<boolean> {
  const row = await trx
    .selectFrom('users')
    .select('id')
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(db.locksRows, (select) => select.forShare())
    .executeTakeFirst()
  return row !== undefined
}
