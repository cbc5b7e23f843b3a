import { type RawBuilder, sql } from 'kysely'
import type { AccountId } from '../../../core/ledger/entries.ts'
import type { UsageGrouping, UsageReportQuery } from '../../../core/metering/reports.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { isHomeOf } from '../people/sight.ts'

/** The place of the sums that a report adds up. */
export interface ReportAccounts {
  /** The tables, in the order in which they are read. */
  tables: RawBuilder<unknown>
  conditions: RawBuilder<unknown>[]
  /** The table that holds the sums. */
  sums: RawBuilder<unknown>
  /** The columns by which sums are grouped besides the interval, one for each member of `groupBy`. */
  groups: readonly RawBuilder<unknown>[]
  /** True when no two stored sums of one interval belong to the same group. */
  isRowEach: boolean
}

/** The table of a report's sums, and the conditions on them, for any account. */
interface Wanted {
  table: 'spend' | 'meta_spend' | 'activity'
  which(sums: RawBuilder<unknown>): RawBuilder<unknown>[]
  /**
   * Only for `meta_spend`, whose order begins with accounts: the conditions on rows of `spend` that find the accounts with sums in the
   * time.
   */
  inTimeOf?(spend: RawBuilder<unknown>): RawBuilder<unknown>[]
}

/**
 * The accounts whose sums make up the report: the workspaces or one of them, the users or one of them, or else the keys. They are as few
 * as possible, so that a report on everything does not read the sums of every key.
 */
export async function accountsOf(
  db: SqlDatabase,
  trx: Trx,
  { query, ...wanted }: Wanted & { query: UsageReportQuery },
): Promise<ReportAccounts> {
  const { groupBy, ownerId, workspaceId, keyId } = query
  const { table, which, inTimeOf } = wanted
  const kind = kindOf(query)
  // A user's own sums include all its keys, also those that it no longer sees, and those that it no longer owns.
  if (kind === 'key' || (kind === 'user' && (await mayHideKeys(trx, query))))
    return keysOf(db, trx, { query, wanted })
  const sums = sql.table(table === 'spend' ? 'account_spend' : table)
  const conditions = [sql`${sums}.kind = ${kind}`, ...which(sums)]
  const id = keyId ?? (kind === 'user' ? ownerId : workspaceId)
  if (id !== undefined) conditions.push(sql`${sums}.account_id = ${id}`)
  const groups = groupBy.map(() => sql`${sums}.account_id`)
  const isRowEach = table === 'spend' && (groupBy.length > 0 || id !== undefined)
  // The rows by metadata are ordered by account before time, so each account that was used is looked up separately.
  if (inTimeOf !== undefined && id === undefined) {
    const spend = sql.table('account_spend')
    const used = usedIn(db, { id: sql`account_id`, spend, which: [sql`kind = ${kind}`, ...inTimeOf(spend)] })
    conditions.push(sql`${sums}.account_id = used.id`)
    const tables = sql`${used} ${db.besideEach(sums, sql.join(conditions, sql` and `))}`
    return { tables, conditions: [], sums, groups, isRowEach }
  }
  return { tables: sql`${sums}`, conditions, sums, groups, isRowEach }
}

/** The accounts with sums in the time, each once, as the table `used`. */
function usedIn(
  db: SqlDatabase,
  { id, spend, which }: { id: RawBuilder<unknown>; spend: RawBuilder<unknown>; which: RawBuilder<unknown>[] },
): RawBuilder<unknown> {
  const conditions = sql.join([...which, db.inTime(id)], sql` and `)
  return sql`(select distinct ${id} as id from ${spend} where ${conditions}) as used`
}

/** The kind of account whose sums are detailed enough for the groups of the report. */
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
  const scope = scopeOf(db, query)
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
    // The tables of details are not ordered by time: of many keys, those that were used in the time are looked up one by one.
    const spend = sql.table('spend')
    const used = usedIn(db, { id: sql`key_id`, spend, which: inTimeOf(spend) })
    const ofUsed = db.besideEach(totals, sql.join([sql`key_totals.key_id = used.id`, ...scope], sql` and `))
    return { ...found, tables: sql`${used} ${ofUsed} ${db.besideEach(sums, ofKey)} ${named}`, conditions: [] }
  }
  const besides = db.besideEach(totals, sql.join([...own, ...scope], sql` and `))
  return { ...found, tables: sql`spend ${besides} ${named}`, conditions: which(sums) }
}

/** The table with the column by which keys are grouped in this place, if it is not one of their own. */
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

function scopeOf(
  db: SqlDatabase,
  { ownerId, memberId, workspaceId, keyId, externalUserId, within }: UsageReportQuery,
): RawBuilder<unknown>[] {
  const scope: RawBuilder<unknown>[] = []
  if (keyId !== undefined) scope.push(sql`key_totals.key_id = ${keyId}`)
  // An index may be read only by what bounds the caller: by the other filter it has keys that the caller does not see.
  const is = (column: 'owner_id' | 'workspace_id', value: string, isBound: boolean) => {
    const equal = sql`${sql.ref(`key_totals.${column}`)} = ${value}`
    return isBound ? equal : sql`coalesce(${equal}, false)`
  }
  if (ownerId !== undefined) scope.push(is('owner_id', ownerId, within !== 'workspaceId'))
  if (workspaceId !== undefined) scope.push(is('workspace_id', workspaceId, within !== 'ownerId'))
  if (externalUserId !== undefined) {
    const own = sql`select id from keys as own where own.external_user_id = ${externalUserId}`
    // The index of customers has the keys of all owners, and the time to read it would tell their number.
    const ofCustomer = sql`select 1 from keys as own
      where own.id = key_totals.key_id and coalesce(own.external_user_id = ${externalUserId}, false)`
    scope.push(within === undefined ? sql`key_totals.key_id in (${own})` : db.findsForEach(ofCustomer))
  }
  if (memberId !== undefined) scope.push(isHomeOf(sql.ref('key_totals.workspace_id'), memberId))
  return scope
}

/** For an owner with more keys than this it is not checked whether all of them are in workspaces that the member sees. */
const SEEN_KEYS_MAX = 20_000

/**
 * Whether an owner may have keys in workspaces that the member does not see, or had them when they were used, so that the owner's own sums
 * say too much.
 */
export async function mayHideKeys(
  trx: Trx,
  { ownerId, memberId }: Pick<UsageReportQuery, 'ownerId' | 'memberId'>,
): Promise<boolean> {
  if (memberId === undefined) return false
  const { rows } = await sql<{ keys: bigint; seen: bigint | null; left_homes: bigint }>`
    select count(*) as keys, sum(case when ${isHomeOf(sql.ref('own.workspace_id'), memberId)} then 1 else 0 end) as seen,
      (select count(*) from (
        select 1 from former_homes as former
        where former.owner_id = ${ownerId} and not ${isHomeOf(sql.ref('former.workspace_id'), memberId)} limit 1
      ) as unseen) as left_homes
    from (
      select workspace_id from key_totals where owner_id = ${ownerId}
      order by revoked, last_used_at, key_id limit ${BigInt(SEEN_KEYS_MAX + 1)}
    ) as own`.execute(trx)
  const [{ keys, seen, left_homes } = { keys: 0n, seen: 0n, left_homes: 0n }] = rows
  return left_homes > 0n || keys > BigInt(SEEN_KEYS_MAX) || keys !== (seen ?? 0n)
}

/** Up to this many keys of a workspace are looked up one by one; with more, all usage of the time is read. */
const KEYS_MAX = 1_000

/**
 * The report of an owner or a customer never reads the sums of others, however many keys there are; nor does one for a caller that sees no
 * others.
 */
async function startsAtKeys(
  trx: Trx,
  { keyId, ownerId, externalUserId, within }: UsageReportQuery,
  scope: readonly RawBuilder<unknown>[],
): Promise<boolean> {
  if (within !== undefined) return true
  if (keyId !== undefined || ownerId !== undefined || externalUserId !== undefined) return true
  if (scope.length === 0) return false
  const { rows } = await sql<{ keys: bigint }>`
    select count(*) as keys from (
      select 1 from key_totals where ${sql.join([...scope], sql` and `)} limit ${BigInt(KEYS_MAX + 1)}
    ) as bounded`.execute(trx)
  return (rows[0]?.keys ?? 0n) <= BigInt(KEYS_MAX)
}
