import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * Workspaces have members from now on. Before, every user saw and used all of them. The owners of unrevoked keys in a workspace stay
 * members, and so does its creator.
 */
export async function members(db: Kysely<unknown>, { text, integer, narrow }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('workspace_members')
    .addColumn('workspace_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('joined_at', integer, (column) => column.notNull())
    .addColumn('added_by_id', text)
    .addColumn('workspace_created_at', integer, (column) => column.notNull())
    .addColumn('revision', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('workspace_members_pk', ['workspace_id', 'user_id'])
    .modifyEnd(narrow)
    .execute()
  await db.schema
    .createIndex('workspace_members_newest')
    .on('workspace_members')
    .columns(['workspace_id', 'joined_at', 'user_id'])
    .execute()
  await db.schema
    .createIndex('workspace_members_of_user')
    .on('workspace_members')
    .columns(['user_id', 'workspace_created_at', 'workspace_id'])
    .execute()
  await fill(db)
}

// When they joined is unknown; the workspace's creation is the earliest possible time. No revision is taken, because nobody has
// changed anything: these rows have the revision of the workspace.
async function fill(db: Kysely<unknown>): Promise<void> {
  await sql`
    insert into workspace_members (workspace_id, user_id, joined_at, added_by_id, workspace_created_at, revision)
    select workspaces.id, users.id, workspaces.created_at, null, workspaces.created_at, workspaces.revision
    from (
      select workspace_id, owner_id as user_id from keys where revoked = 0
      union
      select id, created_by_id from workspaces where created_by_id is not null
    ) as found
    join workspaces on workspaces.id = found.workspace_id
    join users on users.id = found.user_id
    where workspaces.is_default = 0 and workspaces.deleted_at is null and users.deleted_at is null`.execute(
    db,
  )
}
