import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** The state of rate limits with long windows, so that a restart does not give them back. */
export async function rates(db: Kysely<unknown>, { text, integer, narrow }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('key_rates')
    .addColumn('key_id', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('rate_limit', integer, (column) => column.notNull())
    .addColumn('window_ms', integer, (column) => column.notNull())
    .addColumn('whole_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('key_rates_pk', ['key_id', 'name'])
    .modifyEnd(narrow)
    .execute()
  await db.schema.createIndex('key_rates_whole_at').on('key_rates').columns(['whole_at']).execute()
}
