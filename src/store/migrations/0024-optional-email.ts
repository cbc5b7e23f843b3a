import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** A user may have no e-mail address. SQLite cannot remove `not null` from a column, so both columns are made again. */
export async function optionalEmail(db: Kysely<unknown>, { text }: ColumnForms): Promise<void> {
  await db.schema.dropIndex('users_email_folded').execute()
  for (const column of ['email', 'email_folded']) {
    const before = `${column}_before`
    await db.schema.alterTable('users').renameColumn(column, before).execute()
    await db.schema.alterTable('users').addColumn(column, text).execute()
    await sql`update users set ${sql.ref(column)} = ${sql.ref(before)}`.execute(db)
    await db.schema.alterTable('users').dropColumn(before).execute()
  }
  await sql`create unique index users_email_folded on users (email_folded) where deleted_at is null`.execute(
    db,
  )
}
