import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * One row for each account that was ever spent from. A commit that decides about the account locks this row first; its version shows
 * whether a copy of the account in memory is still right.
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
