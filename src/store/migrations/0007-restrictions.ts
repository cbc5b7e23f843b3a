import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * Who set what holds a record back is remembered from now on. Of keys that somebody with the role ROOT or ADMIN has made or
 * changed last for another owner, all that holds them back counts as set by an ADMIN, because nobody knows better.
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
