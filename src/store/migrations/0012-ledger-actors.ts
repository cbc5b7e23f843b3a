import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** The key that ended a reservation, and the key that reported an event. For existing rows it is unknown. */
export async function ledgerActors(db: Kysely<unknown>, { text }: ColumnForms): Promise<void> {
  await db.schema.alterTable('reservations').addColumn('resolved_by', text).execute()
  await db.schema.alterTable('usage_events').addColumn('reported_by', text).execute()
}
