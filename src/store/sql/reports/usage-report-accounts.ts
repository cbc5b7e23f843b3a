import { type RawBuilder, sql } from 'kysely'
import type { AccountId } from '../../../core/ledger/entries.ts'
import type { UsageReportQuery } from '../../../core/metering/reports.ts'
import type { Trx } from '../base/database.ts'

/** Where a report reads the sums that it adds up. */
export interface ReportAccounts {
  /** The tables, in the order in which they should be read. */
  tables: RawBuilder<unknown>
  /** Which accounts of them. */
  conditions: RawBuilder<unknown>[]
  /** The table that holds the sums. */
  sums: RawBuilder<unknown>
  /** What the sums are grouped by besides the interval. */
  group: RawBuilder<unknown>
}

/**
 * The accounts whose sums make up the report: the workspaces or one of them, the users or one of them, or else the keys.
 * The fewest possible, so that a report on everything does not read the sums of every key.
 */
export async function accountsOf(
  trx: Trx,
  query: UsageReportQuery,
  table: 'spend' | 'meta_spend' | 'activity' = 'spend',
): Promise<ReportAccounts> {
  const { groupBy, ownerId, workspaceId, keyId } = query
  const kind = kindOf(query)
  if (kind === 'key') return table === 'spend' ? keysOf(trx, query) : detailsOfKeys(query, table)
  const name = sql.table(table === 'spend' ? 'account_spend' : table)
  const conditions = [sql`${name}.kind = ${kind}`]
  const id = keyId ?? (kind === 'user' ? ownerId : workspaceId)
  if (id !== undefined) conditions.push(sql`${name}.account_id = ${id}`)
  const group = groupBy.kind === 'none' ? NO_GROUP : sql`${name}.account_id`
  // What events carried is in the order of accounts before that of time, so each workspace is looked up by itself.
  if (table === 'meta_spend' && id === undefined) {
    conditions.push(sql`${name}.account_id = workspaces.id`)
    return { tables: sql`workspaces cross join ${name}`, conditions, sums: name, group }
  }
  return { tables: sql`${name}`, conditions, sums: name, group }
}

const NO_GROUP = sql`cast(null as text)`

/** The kind of account that is enough to tell apart what the report tells apart. */
function kindOf({ groupBy, ownerId, workspaceId, keyId }: UsageReportQuery): AccountId['kind'] {
  const byOwner = ownerId !== undefined || groupBy.kind === 'owner'
  const byWorkspace = workspaceId !== undefined || groupBy.kind === 'workspace'
  const byKey = keyId !== undefined || groupBy.kind === 'key' || groupBy.kind === 'label'
  if (byKey || (byOwner && byWorkspace)) return 'key'
  return byOwner ? 'user' : 'workspace'
}

async function keysOf(trx: Trx, query: UsageReportQuery): Promise<ReportAccounts> {
  const { groupBy } = query
  const scope = scopeOf(query)
  const label =
    groupBy.kind === 'label'
      ? sql`left join key_labels on key_labels.key_id = key_totals.key_id and key_labels.name = ${groupBy.name}`
      : sql``
  // SQLite reads tables that are joined by CROSS JOIN in the order in which they are written.
  const tables = (await startsAtKeys(trx, query, scope))
    ? sql`key_totals cross join spend ${label}`
    : sql`spend cross join key_totals ${label}`
  const conditions = [sql`spend.key_id = key_totals.key_id`, ...scope]
  return { tables, conditions, sums: sql.table('spend'), group: groupOf(groupBy) }
}

/** Always from the keys, because details are not ordered by time alone; one such report is of a single key or owner. */
function detailsOfKeys(query: UsageReportQuery, table: 'meta_spend' | 'activity'): ReportAccounts {
  const sums = sql.table(table)
  const conditions = [
    sql`${sums}.kind = 'key'`,
    sql`${sums}.account_id = key_totals.key_id`,
    ...scopeOf(query),
  ]
  return {
    tables: sql`key_totals cross join ${sums}`,
    conditions,
    sums,
    group: groupOf(query.groupBy),
  }
}

function groupOf({ kind }: UsageReportQuery['groupBy']): RawBuilder<unknown> {
  switch (kind) {
    case 'key':
      return sql`key_totals.key_id`
    case 'owner':
      return sql`key_totals.owner_id`
    case 'workspace':
      return sql`key_totals.workspace_id`
    case 'label':
      return sql`key_labels.value`
    case 'none':
    case 'meta':
      return NO_GROUP
  }
}

function scopeOf({ ownerId, workspaceId, keyId }: UsageReportQuery): RawBuilder<unknown>[] {
  const scope: RawBuilder<unknown>[] = []
  if (keyId !== undefined) scope.push(sql`key_totals.key_id = ${keyId}`)
  if (ownerId !== undefined) scope.push(sql`key_totals.owner_id = ${ownerId}`)
  if (workspaceId !== undefined) scope.push(sql`key_totals.workspace_id = ${workspaceId}`)
  return scope
}

/** Up to so many keys are looked up one by one; of more, all that was used in the time is read. */
const KEYS_MAX = 1_000

async function startsAtKeys(
  trx: Trx,
  { keyId }: UsageReportQuery,
  scope: readonly RawBuilder<unknown>[],
): Promise<boolean> {
  if (keyId !== undefined) return true
  if (scope.length === 0) return false
  const { rows } = await sql<{ keys: bigint }>`
    select count(*) as keys from (
      select 1 from key_totals where ${sql.join([...scope], sql` and `)} limit ${BigInt(KEYS_MAX + 1)}
    ) as bounded`.execute(trx)
  return (rows[0]?.keys ?? 0n) <= BigInt(KEYS_MAX)
}
