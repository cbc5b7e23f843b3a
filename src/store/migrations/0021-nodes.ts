import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** The rows by which several processes on one database know of each other, see `docs/adr/0060-leases-and-revisions.md`. */
export async function nodes(db: Kysely<unknown>, { text, integer, narrow }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('nodes')
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('renewals', integer, (column) => column.notNull())
    .addColumn('applied', integer, (column) => column.notNull())
    .addColumn('lease_ms', integer, (column) => column.notNull())
    .addColumn('joined_at', integer, (column) => column.notNull())
    .addColumn('renewed_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('nodes_id', ['id'])
    .modifyEnd(narrow)
    .execute()
}
