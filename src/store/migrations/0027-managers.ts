import type { Kysely } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** A member of a workspace may manage it. Existing members do not. */
export async function managers(db: Kysely<unknown>, { text }: ColumnForms): Promise<void> {
  await db.schema
    .alterTable('workspace_members')
    .addColumn('standing', text, (column) => column.notNull().defaultTo('member'))
    .execute()
}
