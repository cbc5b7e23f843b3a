import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * The tables of the first release. There are only two kinds of column: 64-bit integers, and texts compared byte by byte. Every order
 * of the key list, alone and within a workspace or an owner, has an index that ends with the id, so that the next page continues from
 * the last row. `revoked` comes first in each, because a list shows either live or revoked keys.
 */
export async function init(db: Kysely<unknown>, forms: ColumnForms): Promise<void> {
  await createSingletons(db, forms)
  await createOwners(db, forms)
  await createKeys(db, forms)
  await createKeyDetails(db, forms)
  await createUsage(db, forms)
  await createAudit(db, forms)
  await createIdempotency(db, forms)
}

async function createSingletons(db: Kysely<unknown>, { text, integer, wide }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('meta')
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('value', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('meta_name', ['name'])
    .modifyEnd(wide)
    .execute()
  await sql`insert into meta (name, value) values ('revision', 0), ('initialized', 0), ('users', 0)`.execute(
    db,
  )
}

async function createOwners(db: Kysely<unknown>, { text, integer, wide }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('username', text, (column) => column.notNull())
    .addColumn('username_folded', text, (column) => column.notNull())
    .addColumn('email', text, (column) => column.notNull())
    .addColumn('email_folded', text, (column) => column.notNull())
    .addColumn('display_name', text, (column) => column.notNull())
    .addColumn('external_id', text)
    .addColumn('role', text, (column) => column.notNull())
    .addColumn('disabled', integer, (column) => column.notNull())
    .addColumn('policy', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('updated_at', integer)
    .addColumn('deleted_at', integer)
    .addColumn('revision', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('users_id', ['id'])
    .modifyEnd(wide)
    .execute()
  await sql`create unique index users_username_folded on users (username_folded) where deleted_at is null`.execute(
    db,
  )
  await sql`create unique index users_email_folded on users (email_folded) where deleted_at is null`.execute(
    db,
  )
  await sql`create index users_newest on users (created_at, id) where deleted_at is null`.execute(db)
  await sql`create index users_disabled on users (id) where disabled = 1`.execute(db)
  await sql`create index users_by_role on users (role, created_at, id) where deleted_at is null`.execute(db)
  await sql`create index users_by_external_id on users (external_id, created_at, id) where deleted_at is null`.execute(
    db,
  )

  await db.schema
    .createTable('workspaces')
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('slug', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('description', text)
    .addColumn('is_default', integer, (column) => column.notNull())
    .addColumn('created_by_id', text)
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('updated_at', integer)
    .addColumn('deleted_at', integer)
    .addColumn('revision', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('workspaces_id', ['id'])
    .modifyEnd(wide)
    .execute()
  await sql`create unique index workspaces_slug on workspaces (slug) where deleted_at is null`.execute(db)
  await sql`create index workspaces_newest on workspaces (created_at, id) where deleted_at is null`.execute(
    db,
  )
  await sql`create index workspaces_default on workspaces (is_default) where is_default = 1`.execute(db)
}

async function createKeys(db: Kysely<unknown>, { text, integer, wide }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('keys')
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('hash', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('access', text, (column) => column.notNull())
    .addColumn('disabled', integer, (column) => column.notNull())
    .addColumn('owner_id', text, (column) => column.notNull().references('users.id'))
    .addColumn('workspace_id', text, (column) => column.notNull().references('workspaces.id'))
    .addColumn('external_user_id', text)
    .addColumn('labels', text, (column) => column.notNull())
    .addColumn('permissions', text, (column) => column.notNull())
    .addColumn('limit_daily', integer)
    .addColumn('limit_weekly', integer)
    .addColumn('limit_monthly', integer)
    .addColumn('limit_total', integer)
    .addColumn('include_byok_in_limit', integer, (column) => column.notNull())
    .addColumn('openrouter_window', text)
    .addColumn('rate_limits', text, (column) => column.notNull())
    .addColumn('allowed_ips', text, (column) => column.notNull())
    .addColumn('not_before', integer)
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('updated_at', integer)
    .addColumn('created_by_id', text, (column) => column.notNull())
    .addColumn('updated_by_id', text, (column) => column.notNull())
    .addColumn('revoked', integer, (column) => column.notNull())
    .addColumn('revoked_at', integer)
    .addColumn('revoked_reason', text)
    .addColumn('revision', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('keys_id', ['id'])
    .modifyEnd(wide)
    .execute()
  await createOrder(db, { table: 'keys', value: 'created_at', id: 'id' })
  await createOrder(db, { table: 'keys', value: 'expires_at', id: 'id' })
  await db.schema.createIndex('keys_access').on('keys').columns(['revoked', 'access']).execute()
  await sql`create index keys_disabled on keys (revoked) where disabled = 1`.execute(db)
  await sql`create index keys_not_before on keys (revoked, not_before) where not_before is not null`.execute(
    db,
  )
}

async function createKeyDetails(db: Kysely<unknown>, { text, integer, narrow }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('secrets')
    .addColumn('digest', text, (column) => column.notNull())
    .addColumn('key_id', text, (column) => column.notNull().references('keys.id'))
    .addColumn('ordinal', integer, (column) => column.notNull())
    .addColumn('mask', text, (column) => column.notNull())
    .addColumn('key_prefix', text, (column) => column.notNull())
    .addColumn('is_foreign', integer, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('secrets_digest', ['digest'])
    .modifyEnd(narrow)
    .execute()
  await db.schema.createIndex('secrets_key').unique().on('secrets').columns(['key_id', 'ordinal']).execute()
  await sql`create index secrets_foreign on secrets (is_foreign) where is_foreign = 1`.execute(db)

  await db.schema
    .createTable('key_labels')
    .addColumn('key_id', text, (column) => column.notNull().references('keys.id'))
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('value', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('key_labels_key', ['key_id', 'name'])
    .modifyEnd(narrow)
    .execute()
  await db.schema
    .createIndex('key_labels_newest')
    .on('key_labels')
    .columns(['name', 'value', 'created_at', 'key_id'])
    .execute()

  await db.schema
    .createTable('key_terms')
    .addColumn('key_id', text, (column) => column.notNull().references('keys.id'))
    .addColumn('term', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('key_terms_key', ['key_id', 'term'])
    .modifyEnd(narrow)
    .execute()
  await db.schema.createIndex('key_terms_term').on('key_terms').columns(['term', 'key_id']).execute()
}

// One order of the key list: among all keys, within a workspace, and within an owner.
async function createOrder(
  db: Kysely<unknown>,
  { table, value, id }: { table: string; value: string; id: string },
): Promise<void> {
  const name = `${table}_${value}`
  await db.schema.createIndex(name).on(table).columns(['revoked', value, id]).execute()
  for (const scope of ['workspace_id', 'owner_id']) {
    await db.schema.createIndex(`${name}_${scope}`).on(table).columns([scope, 'revoked', value, id]).execute()
  }
}

// Metering writes thousands of rows into these tables. Keys are never removed and are checked before, so no foreign key makes the
// engine look them up again for each row.
async function createUsage(db: Kysely<unknown>, { text, integer, narrow }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('key_totals')
    .addColumn('key_id', text, (column) => column.notNull())
    .addColumn('owner_id', text, (column) => column.notNull())
    .addColumn('workspace_id', text, (column) => column.notNull())
    .addColumn('revoked', integer, (column) => column.notNull())
    .addColumn('last_used_at', integer, (column) => column.notNull())
    .addColumn('request_count', integer, (column) => column.notNull())
    .addColumn('amount', integer, (column) => column.notNull())
    .addColumn('byok_amount', integer, (column) => column.notNull())
    .addColumn('requests', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('key_totals_key', ['key_id'])
    .modifyEnd(narrow)
    .execute()
  await createOrder(db, { table: 'key_totals', value: 'last_used_at', id: 'key_id' })
  await createOrder(db, { table: 'key_totals', value: 'amount', id: 'key_id' })

  await db.schema
    .createTable('spend')
    .addColumn('key_id', text, (column) => column.notNull())
    .addColumn('win', text, (column) => column.notNull())
    .addColumn('start', integer, (column) => column.notNull())
    .addColumn('amount', integer, (column) => column.notNull())
    .addColumn('byok_amount', integer, (column) => column.notNull())
    .addColumn('requests', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('spend_window', ['key_id', 'win', 'start'])
    .modifyEnd(narrow)
    .execute()

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
    .addPrimaryKeyConstraint('usage_events_id', ['key_id', 'id'])
    .modifyEnd(narrow)
    .execute()
}

async function createAudit(db: Kysely<unknown>, { text, integer, wide }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('audit')
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('action', text, (column) => column.notNull())
    .addColumn('outcome', text, (column) => column.notNull())
    .addColumn('target_kind', text, (column) => column.notNull())
    .addColumn('target_id', text)
    .addColumn('actor_user_id', text)
    .addColumn('actor_key_id', text)
    .addColumn('request_id', text)
    .addColumn('ip', text)
    .addColumn('before', text)
    .addColumn('after', text)
    .addColumn('reason', text)
    .addColumn('revision', integer)
    .addPrimaryKeyConstraint('audit_id', ['id'])
    .modifyEnd(wide)
    .execute()
  await db.schema.createIndex('audit_revision').unique().on('audit').column('revision').execute()
  await db.schema.createIndex('audit_newest').on('audit').columns(['at', 'id']).execute()
  for (const filter of ['action', 'outcome', 'target_kind', 'target_id', 'actor_user_id']) {
    await db.schema.createIndex(`audit_${filter}`).on('audit').columns([filter, 'at', 'id']).execute()
  }
}

async function createIdempotency(db: Kysely<unknown>, { text, integer, wide }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('idempotency')
    .addColumn('scope', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('fingerprint', text, (column) => column.notNull())
    .addColumn('token', text, (column) => column.notNull())
    .addColumn('claimed_at', integer, (column) => column.notNull())
    .addColumn('answered_at', integer)
    .addColumn('status', integer)
    .addColumn('body', text)
    .addPrimaryKeyConstraint('idempotency_name', ['scope', 'name'])
    .modifyEnd(wide)
    .execute()
  await db.schema.createIndex('idempotency_answered_at').on('idempotency').column('answered_at').execute()
}
