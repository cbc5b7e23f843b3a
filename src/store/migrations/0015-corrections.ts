import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

const TABLES = ['usage_events', 'key_totals', 'spend', 'account_spend', 'meta_spend', 'activity'] as const

/** Amounts that were recorded by mistake can be taken back: events and sums have a column for the amount taken back. */
export async function corrections(db: Kysely<unknown>, { text, integer }: ColumnForms): Promise<void> {
  for (const table of TABLES) {
    for (const name of ['corrected', 'byok_corrected']) {
      await db.schema
        .alterTable(table)
        .addColumn(name, integer, (column) => column.notNull().defaultTo(sql`0`))
        .execute()
    }
  }
  for (const name of ['corrects', 'reason'])
    await db.schema.alterTable('usage_events').addColumn(name, text).execute()
}
