import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * A user's sums name no workspaces, so the workspaces of the keys that it has given away are kept: there it has paid for usage that it may no
 * longer see. Earlier owners are known from the keys' first ones and from the events that are still stored.
 */
export async function formerHomes(db: Kysely<unknown>, { text, narrow }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('former_homes')
    .addColumn('owner_id', text, (column) => column.notNull())
    .addColumn('workspace_id', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('former_homes_pk', ['owner_id', 'workspace_id'])
    .modifyEnd(narrow)
    .execute()
  await sql`
    insert into former_homes (owner_id, workspace_id)
    select first_owner_id, workspace_id from key_totals where first_owner_id is not null
    union
    select usage_events.owner_id, key_totals.workspace_id from key_totals cross join usage_events
    where key_totals.first_owner_id is not null
      and usage_events.key_id = key_totals.key_id and usage_events.owner_id is not null`.execute(db)
}
