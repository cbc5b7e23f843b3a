import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * One row for each account that was ever spent from, which whoever decides on the account locks first; its version says whether a
 * copy of the account is still right.
 */
export async function accountVersions(
  db: Kysely<unknown>,
  { text, integer, narrow }: ColumnForms,
): Promise<void> {
  await db.schema
    .createTable('account_versions')
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('account_id', text, (column) => column.notNull())
    .addColumn('version', integer, (column) => column.notNull())
    .addColumn('limits_revision', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('account_versions_id', ['kind', 'account_id'])
    .modifyEnd(narrow)
    .execute()
}
