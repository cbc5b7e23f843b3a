import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

/**
 * Activity: the sums of a day by model, endpoint and provider, with tokens. The sums of the existing events are computed here, once;
 * no event of the days that activity shows has been deleted yet. Token counts are no groups any more.
 */
export async function activity(db: Kysely<unknown>, forms: ColumnForms): Promise<void> {
  await createActivity(db, forms)
  await fillActivity(db, forms)
  await sql`delete from meta_spend where name in (${sql.join(TOKENS.map((name) => sql.lit(name)))})`.execute(
    db,
  )
}

const NAMES = ['model', 'model_permaslug', 'endpoint_id', 'provider_name']
const TOKENS = ['prompt_tokens', 'completion_tokens', 'reasoning_tokens']
const SUMS = ['amount', 'byok_amount', 'requests']
const TOKENS_MAX = 1_000_000_000

// By day before account: the shown days lie side by side for all accounts, and within a day for each of them.
async function createActivity(db: Kysely<unknown>, { text, integer, narrow }: ColumnForms): Promise<void> {
  await db.schema
    .createTable('activity')
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('start', integer, (column) => column.notNull())
    .addColumn('account_id', text, (column) => column.notNull())
    .addColumn('model', text, (column) => column.notNull())
    .addColumn('model_permaslug', text, (column) => column.notNull())
    .addColumn('endpoint_id', text, (column) => column.notNull())
    .addColumn('provider_name', text, (column) => column.notNull())
    .addColumn('amount', integer, (column) => column.notNull())
    .addColumn('byok_amount', integer, (column) => column.notNull())
    .addColumn('requests', integer, (column) => column.notNull())
    .addColumn('prompt_tokens', integer, (column) => column.notNull())
    .addColumn('completion_tokens', integer, (column) => column.notNull())
    .addColumn('reasoning_tokens', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('activity_place', [
      'kind',
      'start',
      'account_id',
      'model',
      'model_permaslug',
      'endpoint_id',
      'provider_name',
    ])
    .modifyEnd(narrow)
    .execute()
}

async function fillActivity(db: Kysely<unknown>, { memberOf }: ColumnForms): Promise<void> {
  const member = (name: string) => memberOf(sql.ref('usage_events.meta'), name)
  const names = NAMES.map((name) => sql`coalesce(${member(name)}, '')`)
  const sums = [...SUMS.map((name) => sql.ref(`usage_events.${name}`)), ...TOKENS.map(countOf)]
  const told = [...NAMES, ...TOKENS].map((name) => sql`${member(name)} is not null`)
  const columns = [...NAMES, ...SUMS, ...TOKENS].map((name) => sql.ref(name))
  for (const [kind, column] of [
    ['key', 'key_id'],
    ['user', 'owner_id'],
    ['workspace', 'workspace_id'],
  ] as const) {
    await sql`
      insert into activity (kind, start, account_id, ${sql.join(columns)})
      select ${sql.lit(kind)}, usage_events.at - usage_events.at % 86400000, ${sql.ref(`key_totals.${column}`)},
        ${sql.join([...names, ...sums.map((amount) => sql`cast(sum(${amount}) as bigint)`)])}
      from usage_events join key_totals on key_totals.key_id = usage_events.key_id
      where ${sql.join(told, sql` or `)} group by 2, 3, 4, 5, 6, 7`.execute(db)
  }

  // Nothing has checked the counts before, so a value that is no number counts as 0.
  function countOf(name: string) {
    const count = member(name)
    const isShort = sql`length(${count}) between 1 and 10 and rtrim(${count}, '0123456789') = ''`
    const isCount = sql`case when ${isShort} then cast(${count} as bigint) <= ${sql.lit(TOKENS_MAX)} else false end`
    return sql`case when ${isCount} then cast(${count} as bigint) else 0 end`
  }
}
