import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * The ledger: limits and sums of users and workspaces, boosts of keys, sums by hour and by metadata, reservations, and crossings of
 * limits. The sums of the existing events are computed here, once.
 */
export async function ledger(db: Kysely<unknown>, forms: ColumnForms): Promise<void> {
  await addAllowances(db, forms)
  await createSums(db, forms)
  await fillSums(db, forms)
  await createReservations(db, forms)
  await createCrossings(db, forms)
  await db.schema.createIndex('usage_events_recorded_at').on('usage_events').column('recorded_at').execute()
}

async function addAllowances(db: Kysely<unknown>, { text, integer }: ColumnForms): Promise<void> {
  for (const table of ['users', 'workspaces']) {
    for (const window of ['daily', 'weekly', 'monthly', 'total']) {
      await db.schema.alterTable(table).addColumn(`limit_${window}`, integer).execute()
    }
    await db.schema
      .alterTable(table)
      .addColumn('include_byok_in_limit', integer, (column) => column.notNull().defaultTo(sql`0`))
      .execute()
  }
  await db.schema
    .alterTable('keys')
    .addColumn('boosts', text, (column) => column.notNull().defaultTo(sql`'{}'`))
    .execute()
}

// Each is in the order of its account, for a verify and for reports on one account. Reports on all accounts start at the time; those
// columns never change, so only the first use in a window pays for that index.
async function createSums(db: Kysely<unknown>, { text, integer, narrow }: ColumnForms): Promise<void> {
  await db.schema.createIndex('spend_start').on('spend').columns(['win', 'start', 'key_id']).execute()

  await db.schema
    .createTable('account_spend')
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('account_id', text, (column) => column.notNull())
    .addColumn('win', text, (column) => column.notNull())
    .addColumn('start', integer, (column) => column.notNull())
    .addColumn('amount', integer, (column) => column.notNull())
    .addColumn('byok_amount', integer, (column) => column.notNull())
    .addColumn('requests', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('account_spend_window', ['kind', 'account_id', 'win', 'start'])
    .modifyEnd(narrow)
    .execute()
  await db.schema
    .createIndex('account_spend_start')
    .on('account_spend')
    .columns(['kind', 'win', 'start', 'account_id'])
    .execute()

  await db.schema
    .createTable('meta_spend')
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('account_id', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('start', integer, (column) => column.notNull())
    .addColumn('value', text, (column) => column.notNull())
    .addColumn('amount', integer, (column) => column.notNull())
    .addColumn('byok_amount', integer, (column) => column.notNull())
    .addColumn('requests', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('meta_spend_hour', ['kind', 'account_id', 'name', 'start', 'value'])
    .modifyEnd(narrow)
    .execute()
}

/** Computes the sums of existing data: by hour from the events, none of which has been deleted yet; of owners from the sums of their keys. */
async function fillSums(db: Kysely<unknown>, { membersOf }: ColumnForms): Promise<void> {
  const hour = sql`usage_events.at - usage_events.at % 3600000`
  const sums = (table: string) =>
    sql.join(
      ['amount', 'byok_amount', 'requests'].map(
        (column) => sql`cast(sum(${sql.ref(`${table}.${column}`)}) as bigint)`,
      ),
    )
  await sql`
    insert into spend (key_id, win, start, amount, byok_amount, requests)
    select key_id, 'hourly', ${hour}, ${sums('usage_events')} from usage_events group by 1, 3`.execute(db)
  for (const [kind, column] of [
    ['user', 'owner_id'],
    ['workspace', 'workspace_id'],
  ] as const) {
    const account = sql.ref(`key_totals.${column}`)
    await sql`
      insert into account_spend (kind, account_id, win, start, amount, byok_amount, requests)
      select ${sql.lit(kind)}, ${account}, spend.win, spend.start, ${sums('spend')}
      from spend join key_totals on key_totals.key_id = spend.key_id group by 2, 3, 4`.execute(db)
    await sql`
      insert into account_spend (kind, account_id, win, start, amount, byok_amount, requests)
      select ${sql.lit(kind)}, ${account}, 'total', 0, ${sums('key_totals')}
      from key_totals where amount <> 0 or byok_amount <> 0 or requests <> 0 group by 2`.execute(db)
  }
  for (const [kind, column] of [
    ['key', 'key_id'],
    ['user', 'owner_id'],
    ['workspace', 'workspace_id'],
  ] as const) {
    await sql`
      insert into meta_spend (kind, account_id, name, start, value, amount, byok_amount, requests)
      select ${sql.lit(kind)}, ${sql.ref(`key_totals.${column}`)}, members.key, ${hour}, members.value, ${sums('usage_events')}
      from usage_events join key_totals on key_totals.key_id = usage_events.key_id
      cross join ${membersOf(sql.ref('usage_events.meta'))} as members group by 2, 3, 4, 5`.execute(db)
  }
}

// Lists of reservations are ordered by time within their state, so that each state is one range of an index. A list over all states
// merges the four.
async function createReservations(
  db: Kysely<unknown>,
  { text, integer, narrow }: ColumnForms,
): Promise<void> {
  await db.schema
    .createTable('reservations')
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('key_id', text, (column) => column.notNull())
    .addColumn('owner_id', text, (column) => column.notNull())
    .addColumn('workspace_id', text, (column) => column.notNull())
    .addColumn('amount', integer, (column) => column.notNull())
    .addColumn('held_at', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('request_id', text)
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('resolved_at', integer)
    .addColumn('settled_amount', integer)
    .addColumn('settled_byok_amount', integer)
    .addColumn('settled_meta', text)
    .addColumn('released', integer)
    .addColumn('overdraft', integer)
    .addColumn('late', integer)
    .addPrimaryKeyConstraint('reservations_id', ['id'])
    .modifyEnd(narrow)
    .execute()
  await sql`
    create unique index reservations_request on reservations (key_id, request_id) where request_id is not null
  `.execute(db)
  for (const [name, scope] of [
    ['reservations_newest', []],
    ['reservations_newest_key_id', ['key_id']],
    ['reservations_newest_owner_id', ['owner_id']],
  ] as const) {
    await db.schema
      .createIndex(name)
      .on('reservations')
      .columns([...scope, 'state', 'held_at', 'id'])
      .execute()
  }
  await sql`create index reservations_open_workspace on reservations (workspace_id) where state = 'open'`.execute(
    db,
  )
  await sql`create index reservations_run_out on reservations (expires_at, id) where state = 'open'`.execute(
    db,
  )
}

async function createCrossings(db: Kysely<unknown>, { text, integer, narrow }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('crossings')
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('account_id', text, (column) => column.notNull())
    .addColumn('win', text, (column) => column.notNull())
    .addColumn('start', integer, (column) => column.notNull())
    .addColumn('percent', integer, (column) => column.notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('crossings_once', ['kind', 'account_id', 'win', 'start', 'percent'])
    .modifyEnd(narrow)
    .execute()
  await db.schema
    .createIndex('crossings_newest')
    .on('crossings')
    .columns(['kind', 'account_id', 'at'])
    .execute()
}
