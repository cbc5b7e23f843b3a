import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * Keys are searched by any part of their name: `key_search` has the text of each key, `key_grams` the keys that have each short piece
 * of text, and `key_stretches` the age of the keys in one of its rows. They are filled step by step after the start, and so are later
 * changes; `search_behind` is 1 until every key has its text. The list of a workspace without disabled keys is read from its index
 * alone.
 */
export async function search(db: Kysely<unknown>, forms: ColumnForms): Promise<void> {
  const { text, integer, counted, wide } = forms
  await db.schema.dropTable('key_terms').execute()
  await db.schema
    .createTable('key_search')
    .addColumn('number', counted, (column) => column.notNull())
    .addColumn('key_id', text, (column) => column.notNull().references('keys.id'))
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('text', text, (column) => column.notNull())
    .addColumn('former', text)
    .addColumn('pending', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('key_search_number', ['number'])
    .addUniqueConstraint('key_search_key', ['key_id'])
    .modifyEnd(wide)
    .execute()
  await sql`create index key_search_pending on key_search (number) where pending = 1`.execute(db)
  await db.schema
    .createTable('key_grams')
    .addColumn('place', integer, (column) => column.notNull())
    .addColumn('numbers', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('key_grams_place', ['place'])
    .modifyEnd(wide)
    .execute()
  await db.schema
    .createTable('key_stretches')
    .addColumn('stretch', integer, (column) => column.notNull())
    .addColumn('newest', integer, (column) => column.notNull())
    .addColumn('oldest', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('key_stretches_stretch', ['stretch'])
    .modifyEnd(wide)
    .execute()
  await sql`
    insert into meta (name, value)
    select 'search_behind', case when exists (select 1 from keys) then 1 else 0 end`.execute(db)
  await db.schema.dropIndex('keys_created_at_workspace_id').execute()
  await db.schema
    .createIndex('keys_created_at_workspace_id')
    .on('keys')
    .columns(['workspace_id', 'revoked', 'created_at', 'id', 'disabled'])
    .execute()
}
