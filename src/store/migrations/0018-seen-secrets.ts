import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * Secrets say who has seen them besides the key's owner. Of those from before only who made the key is known; who has rotated it
 * since is not.
 */
export async function seenSecrets(db: Kysely<unknown>, { text }: ColumnForms): Promise<void> {
  await db.schema.alterTable('secrets').addColumn('seen_by', text).execute()
  await sql`
    update secrets set seen_by = (
      select created_by_id from keys where keys.id = secrets.key_id and keys.created_by_id <> keys.owner_id
    )`.execute(db)
}
