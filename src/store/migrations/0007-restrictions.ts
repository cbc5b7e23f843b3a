import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * From now on a record remembers the role of whoever restricted it. For existing keys this is unknown: when a ROOT or ADMIN has made
 * or last changed a key for another owner, all of its restrictions count as set by an ADMIN.
 */
export async function restrictions(db: Kysely<unknown>, { text }: ColumnForms): Promise<void> {
  for (const table of ['keys', 'users', 'workspaces']) {
    await db.schema
      .alterTable(table)
      .addColumn('restrictions', text, (column) => column.notNull().defaultTo(sql.lit('{}')))
      .execute()
  }
  await sql`
    update keys set restrictions = '"ADMIN"'
    where exists (
      select 1 from users
      where users.id in (keys.created_by_id, keys.updated_by_id) and users.id <> keys.owner_id
        and users.role in ('ROOT', 'ADMIN')
    )`.execute(db)
}
