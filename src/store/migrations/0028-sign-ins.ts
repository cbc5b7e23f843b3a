import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** Browsers that have signed in are known to all processes, see `docs/adr/0079-stored-browser-sessions.md`. */
export async function signIns(db: Kysely<unknown>, { text, integer, narrow }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('browser_sessions')
    .addColumn('digest', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('credential', text, (column) => column.notNull())
    .addColumn('began_at', integer, (column) => column.notNull())
    .addColumn('active_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('browser_sessions_digest', ['digest'])
    .modifyEnd(narrow)
    .execute()
  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(`browser_sessions_${name}`).on('browser_sessions').columns(columns).execute()
  await index('user', ['user_id', 'active_at', 'digest'])
  await index('began', ['began_at'])
  await index('active', ['active_at'])
  await db.schema
    .createTable('sign_in_links')
    .addColumn('digest', text, (column) => column.notNull())
    .addColumn('credential', text, (column) => column.notNull())
    .addColumn('ends_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('sign_in_links_digest', ['digest'])
    .modifyEnd(narrow)
    .execute()
}
