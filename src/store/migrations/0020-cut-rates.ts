import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** What was used of a rate limit before a cut, so that a raise counts it; nothing is known of cuts from before this. */
export async function cutRates(db: Kysely<unknown>, { integer }: ColumnForms): Promise<void> {
  for (const column of ['cut_rate_limit', 'cut_window_ms', 'cut_whole_at'])
    await db.schema.alterTable('key_rates').addColumn(column, integer).execute()
}
