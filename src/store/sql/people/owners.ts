import { Fault } from '../../../core/ground/faults.ts'
import type { UserId, WorkspaceId } from '../../../core/types.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'

/**
 * Insists that a key may belong to this user and workspace, and keeps both from being deleted until the transaction
 * ends. Throws `user_not_found` or `workspace_not_found`.
 */
export async function requireOwners(
  db: SqlDatabase,
  trx: Trx,
  { ownerId, workspaceId }: { ownerId: UserId; workspaceId: WorkspaceId },
): Promise<void> {
  if (!(await exists(db, trx, { table: 'users', id: ownerId }))) throw new Fault('user_not_found')
  await requireWorkspace(db, trx, workspaceId)
}

/** Insists that a key may belong to this workspace, and keeps it from being deleted until the transaction ends. Throws `workspace_not_found`. */
export async function requireWorkspace(db: SqlDatabase, trx: Trx, id: WorkspaceId): Promise<void> {
  if (!(await exists(db, trx, { table: 'workspaces', id }))) throw new Fault('workspace_not_found')
}

async function exists(
  db: SqlDatabase,
  trx: Trx,
  { table, id }: { table: 'users' | 'workspaces'; id: string },
): Promise<boolean> {
  const row = await trx
    .selectFrom(table as 'users')
    .select('id')
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(db.locksRows, (select) => select.forShare())
    .executeTakeFirst()
  return row !== undefined
}
