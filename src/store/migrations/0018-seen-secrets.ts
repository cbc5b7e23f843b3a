import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * A secret names the user who has seen it besides the key's owner. For existing secrets only the key's creator is known, not those who
 * rotated it later.
 */
export async function seenSecrets(db: Kysely<unknown>, { text }: ColumnForms): Promise<void> {
  await db.schema.alterTable('secrets').addColumn('seen_by', text).execute()
  await sql`
    update secrets set seen_by = (
      select created_by_id from keys where keys.id = secrets.key_id and keys.created_by_id <> keys.owner_id
    )`.execute(db)
}
