import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** A reservation can be extended, and says what happens to it at its expiry. Existing ones are released. */
export async function extensions(db: Kysely<unknown>, { text, integer }: ColumnForms): Promise<void> {
  await db.schema
    .alterTable('reservations')
    .addColumn('first_amount', integer, (column) => column.notNull().defaultTo(sql`0`))
    .execute()
  await db.schema
    .alterTable('reservations')
    .addColumn('on_expiry', text, (column) => column.notNull().defaultTo(sql`'release'`))
    .execute()
  await sql`update reservations set first_amount = amount`.execute(db)
}
