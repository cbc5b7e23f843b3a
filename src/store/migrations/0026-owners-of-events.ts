import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** A key may get another owner, so an event says in whose sums it is. Those that say nothing are in the first owner's. */
export async function ownersOfEvents(db: Kysely<unknown>, { text }: ColumnForms): Promise<void> {
  await db.schema.alterTable('usage_events').addColumn('owner_id', text).execute()
  await db.schema.alterTable('key_totals').addColumn('first_owner_id', text).execute()
}
