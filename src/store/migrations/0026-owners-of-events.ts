import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * A key may get another owner, so an event names the owner whose sums contain it. Events without a name are in the sums of the first
 * owner.
 */
export async function ownersOfEvents(db: Kysely<unknown>, { text }: ColumnForms): Promise<void> {
  await db.schema.alterTable('usage_events').addColumn('owner_id', text).execute()
  await db.schema.alterTable('key_totals').addColumn('first_owner_id', text).execute()
}
