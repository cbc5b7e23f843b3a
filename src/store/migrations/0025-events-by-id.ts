import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * Events are stored in the order of their ids, and then of their keys. Ids mostly rise with time, so the rows of a commit lie side by
 * side, whatever their keys are. Before, each key had a page of its own to write.
 */
export async function eventsById(db: Kysely<unknown>, forms: ColumnForms): Promise<void> {
  if (forms.tablesAreIndexes) await rewritten(db, forms)
  else {
    await db.schema.alterTable('usage_events').dropConstraint('usage_events_id').execute()
    await db.schema
      .alterTable('usage_events')
      .addPrimaryKeyConstraint('usage_events_id', [...KEY])
      .execute()
  }
}

const KEY = ['id', 'key_id'] as const

// The rows lie in the index of the primary key, so another primary key needs another table.
async function rewritten(db: Kysely<unknown>, { text, integer, narrow }: ColumnForms): Promise<void> {
  const before = 'usage_events_by_key'
  await db.schema.dropIndex('usage_events_recorded_at').execute()
  await db.schema.alterTable('usage_events').renameTo(before).execute()
  const zero = sql`0`
  await db.schema
    .createTable('usage_events')
    .addColumn('key_id', text, (column) => column.notNull())
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('amount', integer, (column) => column.notNull())
    .addColumn('byok_amount', integer, (column) => column.notNull())
    .addColumn('requests', integer, (column) => column.notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('recorded_at', integer, (column) => column.notNull())
    .addColumn('meta', text, (column) => column.notNull())
    .addColumn('reported_by', text)
    .addColumn('corrected', integer, (column) => column.notNull().defaultTo(zero))
    .addColumn('byok_corrected', integer, (column) => column.notNull().defaultTo(zero))
    .addColumn('corrects', text)
    .addColumn('reason', text)
    .addPrimaryKeyConstraint('usage_events_id', [...KEY])
    .modifyEnd(narrow)
    .execute()
  const columns = sql.raw(
    'key_id, id, amount, byok_amount, requests, at, recorded_at, meta, reported_by, corrected, byok_corrected, corrects, reason',
  )
  await sql`insert into usage_events (${columns}) select ${columns} from ${sql.table(before)} order by id, key_id`.execute(
    db,
  )
  await db.schema.dropTable(before).execute()
  await db.schema.createIndex('usage_events_recorded_at').on('usage_events').column('recorded_at').execute()
}
