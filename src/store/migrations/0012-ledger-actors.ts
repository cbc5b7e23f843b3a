import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** Who ended a reservation and who reported an event: the key that was the credential. Of those of before nobody knows. */
export async function ledgerActors(db: Kysely<unknown>, { text }: ColumnForms): Promise<void> {
  await db.schema.alterTable('reservations').addColumn('resolved_by', text).execute()
  await db.schema.alterTable('usage_events').addColumn('reported_by', text).execute()
}
