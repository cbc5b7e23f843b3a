import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

const SCOPES = {
  key_totals_amount: [],
  key_totals_amount_workspace_id: ['workspace_id'],
  key_totals_amount_owner_id: ['owner_id'],
}

/**
 * Lists by spent money are ordered by a column of their own, which follows the sums a moment later. The three indexes on the sum
 * itself were most of what recording an event wrote.
 */
export async function spentOrder(db: Kysely<unknown>, { integer }: ColumnForms): Promise<void> {
  for (const name of Object.keys(SCOPES)) await db.schema.dropIndex(name).execute()
  await db.schema
    .alterTable('key_totals')
    .addColumn('listed_amount', integer, (column) => column.notNull().defaultTo(sql`0`))
    .execute()
  await sql`update key_totals set listed_amount = amount where amount <> 0`.execute(db)
  for (const [name, scope] of Object.entries(SCOPES)) {
    await db.schema
      .createIndex(name.replace('amount', 'listed_amount'))
      .on('key_totals')
      .columns([...scope, 'revoked', 'listed_amount', 'key_id'])
      .execute()
  }
}
