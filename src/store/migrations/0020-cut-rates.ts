import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** The state of a rate limit before it was lowered, so that raising it again counts the earlier use. For earlier changes it is unknown. */
export async function cutRates(db: Kysely<unknown>, { integer }: ColumnForms): Promise<void> {
  for (const column of ['cut_rate_limit', 'cut_window_ms', 'cut_whole_at'])
    await db.schema.alterTable('key_rates').addColumn(column, integer).execute()
}
