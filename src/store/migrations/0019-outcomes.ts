import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/** Counts of verdicts by key and hour, the reasons of refusals, the last uses of secrets, and the indexes that find keys at risk. */
export async function outcomes(db: Kysely<unknown>, { text, integer, narrow }: ColumnForms): Promise<void> {
  const counts = [
    'valid',
    'disabled',
    'not_yet_valid',
    'expired',
    'forbidden',
    'insufficient_permissions',
    'rate_limited',
    'budget_exceeded',
    'refused',
  ]
  const hours = db.schema
    .createTable('key_hours')
    .addColumn('key_id', text, (column) => column.notNull())
    .addColumn('hour', integer, (column) => column.notNull())
  await counts
    .reduce((table, name) => table.addColumn(name, integer, (column) => column.notNull()), hours)
    .addPrimaryKeyConstraint('key_hours_pk', ['key_id', 'hour'])
    .modifyEnd(narrow)
    .execute()
  await db.schema
    .createIndex('key_hours_refused')
    .on('key_hours')
    .columns(['hour', 'refused', 'key_id'])
    .execute()
  await db.schema
    .createTable('verify_hours')
    .addColumn('hour', integer, (column) => column.notNull())
    .addColumn('code', text, (column) => column.notNull())
    .addColumn('verdicts', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('verify_hours_pk', ['hour', 'code'])
    .modifyEnd(narrow)
    .execute()
  await db.schema
    .createTable('key_refusals')
    .addColumn('key_id', text, (column) => column.notNull())
    .addColumn('code', text, (column) => column.notNull())
    .addColumn('bound', text, (column) => column.notNull())
    .addColumn('refusals', integer, (column) => column.notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('ip', text)
    .addPrimaryKeyConstraint('key_refusals_pk', ['key_id', 'code', 'bound'])
    .modifyEnd(narrow)
    .execute()
  await db.schema.createIndex('key_refusals_at').on('key_refusals').columns(['at']).execute()
  await db.schema
    .createTable('secret_uses')
    .addColumn('key_id', text, (column) => column.notNull())
    .addColumn('digest', text, (column) => column.notNull())
    .addColumn('uses', integer, (column) => column.notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('ip', text)
    .addPrimaryKeyConstraint('secret_uses_pk', ['key_id', 'digest'])
    .modifyEnd(narrow)
    .execute()
  await sql`create index keys_unlimited on keys (revoked, id) where limit_daily is null and limit_weekly is null
    and limit_monthly is null and limit_total is null`.execute(db)
  await db.schema
    .createIndex('crossings_reached')
    .on('crossings')
    .columns(['kind', 'win', 'start', 'percent', 'account_id'])
    .execute()
}
