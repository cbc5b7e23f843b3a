import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** Equal denials become one entry of the audit log with a count. Before, each was an entry and a write of its own. */
export async function denials(db: Kysely<unknown>, { integer }: ColumnForms): Promise<void> {
  await db.schema
    .alterTable('audit')
    .addColumn('count', integer, (column) => column.notNull().defaultTo(sql`1`))
    .execute()
  await db.schema.alterTable('audit').addColumn('last_at', integer).execute()
}
