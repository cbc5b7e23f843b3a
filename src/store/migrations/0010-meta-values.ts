import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** The different values of metadata per account and day, so that their number can be bounded. */
export async function metaValues(db: Kysely<unknown>, { text, integer, narrow }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('meta_values')
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('account_id', text, (column) => column.notNull())
    .addColumn('day', integer, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('value', text, (column) => column.notNull())
    .addColumn('place', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('meta_values_day', ['kind', 'account_id', 'day', 'name', 'value'])
    .modifyEnd(narrow)
    .execute()
  await db.schema
    .createIndex('meta_values_place')
    .on('meta_values')
    .columns(['kind', 'account_id', 'day', 'place'])
    .execute()
}
