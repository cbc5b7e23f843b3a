import { type RawBuilder, sql } from 'kysely'
import type { AccountId } from '../../../core/ledger/entries.ts'
import type { UsageGrouping, UsageReportQuery } from '../../../core/metering/reports.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { isHomeOf } from '../people/members.ts'

/** Where a report reads the sums that it adds up. */
export interface ReportAccounts {
  /** The tables, in the order in which they are read. */
  tables: RawBuilder<unknown>
  conditions: RawBuilder<unknown>[]
  /** The table that holds the sums. */
  sums: RawBuilder<unknown>
  /** What the sums are grouped by besides the interval, one for each of `groupBy`. */
  groups: readonly RawBuilder<unknown>[]
  /** True when no two stored sums of one interval are of the same group. */
  isRowEach: boolean
}

/** The sums of a report: in which table, and which of them, whoever's they are. */
interface Wanted {
  table: 'spend' | 'meta_spend' | 'activity'
  which(sums: RawBuilder<unknown>): RawBuilder<unknown>[]
  /** With `meta_spend`, whose order begins with accounts: which rows of `spend` tell the accounts that have sums in the time. */
  inTimeOf?(spend: RawBuilder<unknown>): RawBuilder<unknown>[]
}

/**
 * The accounts whose sums make up the report: the workspaces or one of them, the users or one of them, or else the keys.
 * The fewest possible, so that a report on everything does not read the sums of every key.
 */
export async function accountsOf(
  db: SqlDatabase,
  trx: Trx,
  { query, ...wanted }: Wanted & { query: UsageReportQuery },
): Promise<ReportAccounts> {
  const { groupBy, ownerId, workspaceId, keyId } = query
  const { table, which, inTimeOf } = wanted
  const kind = kindOf(query)
  // A user's own sums are of all its keys, also of those that it no longer sees.
  if (kind === 'key' || (kind === 'user' && (await mayHideKeys(trx, query))))
    return keysOf(db, trx, { query, wanted })
  const sums = sql.table(table === 'spend' ? 'account_spend' : table)
  const conditions = [sql`${sums}.kind = ${kind}`, ...which(sums)]
  const id = keyId ?? (kind === 'user' ? ownerId : workspaceId)
  if (id !== undefined) conditions.push(sql`${sums}.account_id = ${id}`)
  const groups = groupBy.map(() => sql`${sums}.account_id`)
  const isRowEach = table === 'spend' && (groupBy.length > 0 || id !== undefined)
  // What events carried is in the order of accounts before that of time, so each account that was used is looked up by itself.
  if (inTimeOf !== undefined && id === undefined) {
    const spend = sql.table('account_spend')
    const used = usedIn(db, { id: sql`account_id`, spend, which: [sql`kind = ${kind}`, ...inTimeOf(spend)] })
    conditions.push(sql`${sums}.account_id = used.id`)
    const tables = sql`${used} ${db.besideEach(sums, sql.join(conditions, sql` and `))}`
    return { tables, conditions: [], sums, groups, isRowEach }
  }
  return { tables: sql`${sums}`, conditions, sums, groups, isRowEach }
}

/** The accounts that have sums of the time, each once, as the table `used`. */
function usedIn(
  db: SqlDatabase,
  { id, spend, which }: { id: RawBuilder<unknown>; spend: RawBuilder<unknown>; which: RawBuilder<unknown>[] },
): RawBuilder<unknown> {
  const conditions = sql.join([...which, db.inTime(id)], sql` and `)
  return sql`(select distinct ${id} as id from ${spend} where ${conditions}) as used`
}

/** The kind of account that is enough to tell apart what the report tells apart. */
function kindOf({
  groupBy,
  ownerId,
  workspaceId,
  keyId,
  externalUserId,
}: UsageReportQuery): AccountId['kind'] {
  const groups = new Set<UsageGrouping['kind']>(groupBy.map(({ kind }) => kind))
  const byOwner = ownerId !== undefined || groups.has('owner')
  const byWorkspace = workspaceId !== undefined || groups.has('workspace')
  const byKey =
    keyId !== undefined ||
    externalUserId !== undefined ||
    (['key', 'label', 'externalUser'] as const).some((kind) => groups.has(kind))
  if (byKey || (byOwner && byWorkspace)) return 'key'
  return byOwner ? 'user' : 'workspace'
}

async function keysOf(
  db: SqlDatabase,
  trx: Trx,
  { query, wanted }: { query: UsageReportQuery; wanted: Wanted },
): Promise<ReportAccounts> {
  const { groupBy } = query
  const { table, which, inTimeOf } = wanted
  const scope = scopeOf(query)
  const sums = sql.table(table)
  const own =
    table === 'spend'
      ? [sql`spend.key_id = key_totals.key_id`]
      : [sql`${sums}.kind = 'key'`, sql`${sums}.account_id = key_totals.key_id`]
  const ofKey = sql.join([...own, ...which(sums)], sql` and `)
  const named = sql.join(groupBy.map(namesOf), sql` `)
  const isOneKeyEach = query.keyId !== undefined || groupBy.some(({ kind }) => kind === 'key')
  const found = { sums, groups: groupBy.map(groupOf), isRowEach: table === 'spend' && isOneKeyEach }
  if (table === 'activity' || (await startsAtKeys(trx, query, scope))) {
    // Keys without any usage take time as well.
    const conditions = [...scope, db.inTime(sql`key_totals.key_id`)]
    return { ...found, tables: sql`key_totals ${db.besideEach(sums, ofKey)} ${named}`, conditions }
  }
  const totals = sql.table('key_totals')
  if (inTimeOf !== undefined) {
    // Details are not in the order of time: of many keys those that were used in the time are looked up one by one.
    const spend = sql.table('spend')
    const used = usedIn(db, { id: sql`key_id`, spend, which: inTimeOf(spend) })
    const ofUsed = db.besideEach(totals, sql.join([sql`key_totals.key_id = used.id`, ...scope], sql` and `))
    return { ...found, tables: sql`${used} ${ofUsed} ${db.besideEach(sums, ofKey)} ${named}`, conditions: [] }
  }
  const besides = db.besideEach(totals, sql.join([...own, ...scope], sql` and `))
  return { ...found, tables: sql`spend ${besides} ${named}`, conditions: which(sums) }
}

/** The table with what keys are grouped by in this place, where that is not their own. */
function namesOf(grouping: UsageGrouping, place: number): RawBuilder<unknown> {
  const joined = joinedTable(place)
  if (grouping.kind === 'label')
    return sql`left join key_labels as ${joined} on ${joined}.key_id = key_totals.key_id and ${joined}.name = ${grouping.name}`
  return grouping.kind === 'externalUser'
    ? sql`left join keys as ${joined} on ${joined}.id = key_totals.key_id`
    : sql``
}

function joinedTable(place: number): RawBuilder<unknown> {
  return sql.table(`named_${place}`)
}

function groupOf({ kind }: UsageGrouping, place: number): RawBuilder<unknown> {
  switch (kind) {
    case 'key':
      return sql`key_totals.key_id`
    case 'owner':
      return sql`key_totals.owner_id`
    case 'workspace':
      return sql`key_totals.workspace_id`
    case 'label':
      return sql`${joinedTable(place)}.value`
    case 'externalUser':
      return sql`${joinedTable(place)}.external_user_id`
    case 'meta':
      throw new Error('No account is grouped by the meta of its events.')
  }
}

function scopeOf({
  ownerId,
  memberId,
  workspaceId,
  keyId,
  externalUserId,
}: UsageReportQuery): RawBuilder<unknown>[] {
  const scope: RawBuilder<unknown>[] = []
  if (keyId !== undefined) scope.push(sql`key_totals.key_id = ${keyId}`)
  if (ownerId !== undefined) scope.push(sql`key_totals.owner_id = ${ownerId}`)
  if (workspaceId !== undefined) scope.push(sql`key_totals.workspace_id = ${workspaceId}`)
  if (externalUserId !== undefined) {
    const own = sql`select id from keys as own where own.external_user_id = ${externalUserId}`
    scope.push(sql`key_totals.key_id in (${own})`)
  }
  if (memberId !== undefined) scope.push(isHomeOf(sql.ref('key_totals.workspace_id'), memberId))
  return scope
}

/** Of an owner with more keys than this nobody looks whether all of them are in workspaces that a member sees. */
const SEEN_KEYS_MAX = 20_000

async function mayHideKeys(trx: Trx, { ownerId, memberId }: UsageReportQuery): Promise<boolean> {
  if (memberId === undefined) return false
  const { rows } = await sql<{ keys: bigint; seen: bigint | null }>`
    select count(*) as keys, sum(case when ${isHomeOf(sql.ref('own.workspace_id'), memberId)} then 1 else 0 end) as seen
    from (
      select workspace_id from key_totals where owner_id = ${ownerId} limit ${BigInt(SEEN_KEYS_MAX + 1)}
    ) as own`.execute(trx)
  const [{ keys, seen } = { keys: 0n, seen: 0n }] = rows
  return keys > BigInt(SEEN_KEYS_MAX) || keys !== (seen ?? 0n)
}

/** Up to so many keys of a workspace are looked up one by one; of more, all that was used in the time is read. */
const KEYS_MAX = 1_000

/** The report of an owner or a customer never reads the sums of others, however many keys there are. */
async function startsAtKeys(
  trx: Trx,
  { keyId, ownerId, externalUserId }: UsageReportQuery,
  scope: readonly RawBuilder<unknown>[],
): Promise<boolean> {
  if (keyId !== undefined || ownerId !== undefined || externalUserId !== undefined) return true
  if (scope.length === 0) return false
  const { rows } = await sql<{ keys: bigint }>`
    select count(*) as keys from (
      select 1 from key_totals where ${sql.join([...scope], sql` and `)} limit ${BigInt(KEYS_MAX + 1)}
    ) as bounded`.execute(trx)
  return (rows[0]?.keys ?? 0n) <= BigInt(KEYS_MAX)
}
