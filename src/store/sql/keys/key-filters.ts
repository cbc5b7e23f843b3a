import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Instant } from '../../../core/ground/clock.ts'
import type { KeyQuery, KeySort } from '../../../core/keys/queries.ts'
import type { KeyStatus } from '../../../core/types.ts'
import type { SqlDatabase } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { NEVER } from '../base/tables.ts'
import { isHomeOf } from '../people/sight.ts'
import { crossedKeys, crossedNow, IS_UNLIMITED } from '../verifications/risks.ts'
import type { KeySearch } from './search-index.ts'

/** The column by which each order of the key list sorts; its table has an index of it that ends with the key's id. */
export const SORT_COLUMNS = {
  createdAt: 'keys.created_at',
  lastUsedAt: 'key_totals.last_used_at',
  expiresAt: 'keys.expires_at',
  spent: 'key_totals.listed_amount',
} as const satisfies Record<KeySort, string>

/** The tables that have one row for each key. */
export type KeyTableName = 'keys' | 'key_totals'

/** One condition of the key list. */
export interface KeyFilter {
  /** True for the matching keys. */
  condition: RawBuilder<SqlBool>
  /** The table to which the condition refers. */
  table: KeyTableName
  /** Set when the condition needs no column of that row, or only the one by which the list is ordered. */
  withoutRow?: true
  /** The records of other tables that are looked up for one key, each by an index of its own. */
  lookUps?: number
  /** The way to find all matching keys, and few others, by an index; null when there is no such index. */
  source: KeySource | null
  /** A bound on the column by which the list is ordered, so that the matching keys are one range. */
  range?: RawBuilder<SqlBool>
  /** Set when the index that is read in the list's order answers the condition, too. */
  inIndex?: true
  /** Set for a label, whose keys are one range of its index, ordered by age. */
  label?: { name: string; value: string }
  /** Set for the search, which has more data than its condition. */
  search?: KeySearch
}

/** The end of a SELECT that runs on an index, and the column in it that holds the key's id. */
export interface KeySource {
  from: RawBuilder<unknown>
  keyId: 'id' | 'key_id'
  /**
   * The columns by which its index is ordered. A read of some of its rows must be in this order: in no order PostgreSQL may read the table,
   * which may have many others first. Absent when it has no index of its own.
   */
  order?: readonly string[]
  /** Set when it has only matching keys, so that the condition need not be checked again. */
  isExact: boolean
  /** Set when its rows are those of the table, once each, which then needs no look-up by the id. */
  rowsOf?: KeyTableName
  /** Set when the row of each key is read, because its index does not have all that it asks. */
  readsRows?: true
  /** Set when it has each key once, with the column `created_at`. */
  hasAge?: true
  /** The number of keys that it has, if known. */
  count?: number
}

/** The ORDER BY of these columns of an index; nothing without them. */
export function inIndexOrder(order: KeySource['order']): RawBuilder<unknown> {
  return order === undefined ? sql`` : sql`order by ${sql.join(order.map((column) => sql.ref(column)))}`
}

/** The members of a query that restrict it to the keys of a workspace or owner; each has its own index for every order. */
export type ScopeName = 'workspaceId' | 'ownerId'

/** The column of each; the indexes of their keys are named after it. */
export const SCOPE_COLUMNS = { workspaceId: 'workspace_id', ownerId: 'owner_id' } as const satisfies Record<
  ScopeName,
  string
>

/** Their names. */
export const SCOPE_NAMES = ['workspaceId', 'ownerId'] as const satisfies readonly ScopeName[]

/**
 * The conditions for the query's workspace, owner and revocation, on a table that has these three columns. `by` is the member whose index
 * is read, if any: `index` are the conditions that this index answers, and `rest` the others, written so that no index is chosen for
 * them.
 */
export function scopeOf(
  query: KeyQuery,
  {
    table,
    by,
    part,
  }: { table: KeyTableName | 'found'; by: ScopeName | null; part: 'index' | 'rest' | 'all' },
): RawBuilder<SqlBool>[] {
  const revoked = sql.ref(`${table}.revoked`)
  const isRevoked = revokedFlag(query.status)
  const index: RawBuilder<SqlBool>[] = [sql`${revoked} = ${isRevoked}`]
  const rest: RawBuilder<SqlBool>[] = []
  for (const name of SCOPE_NAMES) {
    const id = query[name]
    if (id === undefined) continue
    const column = sql.ref(`${table}.${SCOPE_COLUMNS[name]}`)
    if (name === by) index.push(sql`${column} = ${id}`)
    else rest.push(withoutIndex(column, sql`= ${id}`))
  }
  if (part === 'index') return index
  return part === 'rest' ? rest : [sql`${revoked} + 0 = ${isRevoked}`, ...rest]
}

/** Every other condition of the query; `search` is the state of its search. */
export function filtersOf(db: SqlDatabase, query: KeyQuery, search: KeySearch | null): KeyFilter[] {
  const {
    memberId,
    status,
    access,
    externalUserId,
    includeDisabled,
    labels,
    unusedSince,
    expiresBefore,
    at,
  } = query
  const { createdBefore, unlimited, neverExpires, nearLimit } = query
  const filters: KeyFilter[] = []
  if (status !== undefined && status !== 'revoked') filters.push(statusFilter(db, query, { status, at }))
  if (access !== undefined) filters.push(equalFilter(db, query, 'keys.access', access))
  if (externalUserId !== undefined)
    filters.push(equalFilter(db, query, 'keys.external_user_id', externalUserId))
  if (includeDisabled === false) {
    // The index of a workspace's newest keys ends with this column.
    const inIndex =
      query.sort === 'createdAt' && query.workspaceId !== undefined && query.ownerId === undefined
    const enabled = { condition: sql<SqlBool>`keys.disabled = 0`, table: 'keys' as const, source: null }
    filters.push(inIndex ? { ...enabled, inIndex } : enabled)
  }
  if (unusedSince !== undefined) {
    filters.push(columnFilter(db, query, 'key_totals.last_used_at', sql`< ${integer(unusedSince)}`))
  }
  if (expiresBefore !== undefined) {
    filters.push(columnFilter(db, query, 'keys.expires_at', sql`< ${integer(expiresBefore)}`))
  }
  if (createdBefore !== undefined)
    filters.push(columnFilter(db, query, 'keys.created_at', sql`< ${integer(createdBefore)}`))
  if (neverExpires) filters.push(equalFilter(db, query, 'keys.expires_at', NEVER))
  if (unlimited) filters.push(unlimitedFilter(db, query))
  if (nearLimit) filters.push(nearLimitFilter(db, query))
  for (const label of labels ?? []) filters.push(labelFilter(db, query, label))
  if (search !== null) filters.push(searchFilter(query, search))
  if (memberId !== undefined)
    filters.push({
      condition: isHomeOf(sql.ref('keys.workspace_id'), memberId),
      source: null,
      table: 'keys',
      lookUps: 1,
    })
  return filters
}

// Must agree with `keyStatus` in `core/keys/life.ts`; the conformance suite compares them. Numbers are part of the SQL text, because only
// then are the partial indexes used.
function statusFilter(
  db: SqlDatabase,
  query: KeyQuery,
  { status, at: instant }: { status: Exclude<KeyStatus, 'revoked'>; at: Instant },
): KeyFilter {
  const at = integer(instant)
  const hasDisabledOwner = db.findsForEach(DISABLED_OWNER)
  const enabled = sql<SqlBool>`keys.disabled = 0 and not ${hasDisabledOwner}`
  const begun = sql<SqlBool>`${enabled} and (keys.not_before is null or keys.not_before <= ${at})`
  switch (status) {
    case 'disabled':
      return {
        ...disabledKeys(db),
        condition: sql`(keys.disabled + 0 = 1 or ${hasDisabledOwner})`,
        lookUps: OWNER_LOOK_UPS,
      }
    case 'expired':
      return columnFilter(db, query, 'keys.expires_at', sql`<= ${at}`, begun)
    case 'not_yet_valid':
      return columnFilter(db, query, 'keys.not_before', sql`> ${at}`, enabled)
    case 'active':
      return columnFilter(db, query, 'keys.expires_at', sql`> ${at}`, begun)
  }
}

const OWNER_LOOK_UPS = 1
// Runs for each key, because there may be many disabled users.
const DISABLED_OWNER = sql`select 1 from users where users.id = keys.owner_id and users.disabled = 1`

/** The key or its owner is disabled. */
function disabledKeys(db: SqlDatabase): Omit<KeyFilter, 'condition'> {
  const from = sql`from (
    select keys.id from ${db.readBy('keys', 'keys_disabled')} where keys.revoked = 0 and keys.disabled = 1
    union all
    select keys.id from users cross join keys
      where users.disabled = 1 and keys.owner_id = users.id and keys.revoked = 0) as disabled_keys`
  return { table: 'keys', source: { from, keyId: 'id', isExact: true } }
}

/** The columns of filters, and the index of each. It ends with the key's id. */
const FILTER_INDEXES = {
  'keys.created_at': 'keys_created_at',
  'keys.access': 'keys_access',
  'keys.external_user_id': 'keys_external_user',
  'keys.not_before': 'keys_not_before',
  'keys.expires_at': 'keys_expires_at',
  'key_totals.last_used_at': 'key_totals_last_used_at',
} as const

/** A condition on one column that has an index, and perhaps another one, on the key's row and its owner. */
function columnFilter(
  db: SqlDatabase,
  { status, sort }: KeyQuery,
  column: keyof typeof FILTER_INDEXES,
  test: RawBuilder<unknown>,
  also?: RawBuilder<SqlBool>,
): KeyFilter {
  const isOrder = column === SORT_COLUMNS[sort]
  const wanted = isOrder ? sql<SqlBool>`${sql.ref(column)} ${test}` : withoutIndex(sql.ref(column), test)
  const table: KeyTableName = column === 'key_totals.last_used_at' ? 'key_totals' : 'keys'
  const keyId = table === 'keys' ? 'id' : 'key_id'
  const revoked = sql`${sql.ref(`${table}.revoked`)} = ${revokedFlag(status)}`
  return {
    condition: also === undefined ? wanted : sql`${wanted} and ${also}`,
    table,
    source: {
      from: sql`from ${db.readBy(table, FILTER_INDEXES[column])} where ${revoked} and ${sql.ref(column)} ${test}`,
      keyId,
      order: [column, `${table}.${keyId}`],
      isExact: also === undefined,
      rowsOf: table,
    },
    ...(isOrder && { range: wanted }),
    ...(isOrder && also === undefined && { withoutRow: true }),
    ...(also !== undefined && { lookUps: OWNER_LOOK_UPS }),
  }
}

/** The same for one value of the column. */
function equalFilter(
  db: SqlDatabase,
  query: KeyQuery,
  column: 'keys.access' | 'keys.external_user_id' | 'keys.expires_at',
  value: string | bigint,
): KeyFilter {
  const filter = columnFilter(db, query, column, sql`= ${value}`)
  const isCustomer = column === 'keys.external_user_id'
  const found = isCustomer
    ? isOnlyOf(db, query, { column, value })
    : sql`keys.revoked = ${revokedFlag(query.status)} and ${isOnly(db, sql.ref(column), value)}`
  const source: KeySource = {
    from: sql`from ${db.readBy('keys', FILTER_INDEXES[column])} where ${found}`,
    keyId: 'id',
    order: isCustomer ? [column, 'keys.revoked', 'keys.id'] : [column, 'keys.id'],
    isExact: true,
    rowsOf: 'keys',
  }
  return { ...filter, source }
}

/** True for the rows with one value, by an index that is read in the order of this column. See {@link SqlDatabase.estimates}. */
function isOnly(db: SqlDatabase, column: RawBuilder<unknown>, value: unknown): RawBuilder<SqlBool> {
  return db.estimates ? sql`${column} >= ${value} and ${column} <= ${value}` : sql`${column} = ${value}`
}

/** The same by an index that begins with this column and goes on with `revoked`. */
export function isOnlyOf(
  db: SqlDatabase,
  { status }: KeyQuery,
  { column, value }: { column: string; value: unknown },
): RawBuilder<SqlBool> {
  const [at, revoked] = [sql.ref(column), revokedFlag(status)]
  const both = isOnly(db, sql`(${at}, keys.revoked)`, sql`(${value}, ${revoked})`)
  const one = sql<SqlBool>`keys.revoked = ${revoked} and ${isOnly(db, at, value)}`
  return db.estimates ? sql`${both} and ${one}` : one
}

/** Keys without a limit, which have a partial index. */
function unlimitedFilter(db: SqlDatabase, { status }: KeyQuery): KeyFilter {
  const from = sql`from ${db.readBy('keys', 'keys_unlimited')} where ${isOnly(db, sql.ref('keys.revoked'), revokedFlag(status))} and ${IS_UNLIMITED}`
  return {
    condition: IS_UNLIMITED,
    table: 'keys',
    source: {
      from,
      keyId: 'id',
      order: ['keys.revoked', 'keys.id'],
      isExact: true,
      rowsOf: 'keys',
      readsRows: true,
    },
  }
}

/** Keys that have crossed four fifths of a limit in a window that runs at the query's instant. */
function nearLimitFilter(db: SqlDatabase, query: KeyQuery): KeyFilter {
  const { table, keyId } = ownTable(query)
  const crossed = crossedNow(query.at)
  return {
    condition: db.findsForEach(
      sql`select 1 from crossings where crossings.account_id = ${keyId} and ${crossed}`,
    ),
    table,
    withoutRow: true,
    lookUps: 1,
    source: { from: sql`from ${crossedKeys(query.at)}`, keyId: 'key_id', isExact: true },
  }
}

// A list must be read in its own order. SQLite, which keeps no statistics, would instead use any index that fits a condition, and sort
// everything it finds; PostgreSQL assumes that a condition without statistics is rarely met, unless it is a plain boolean.
function withoutIndex(column: RawBuilder<unknown>, test: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql`coalesce(${column} ${test}, false)`
}

function revokedFlag(status: KeyStatus | undefined): bigint {
  return status === 'revoked' ? 1n : 0n
}

function labelFilter(db: SqlDatabase, query: KeyQuery, label: { name: string; value: string }): KeyFilter {
  const pair = sql`key_labels.name = ${label.name} and key_labels.value = ${label.value}`
  const hasValue = withoutIndex(sql`key_labels.value`, sql`= ${label.value}`)
  const { table, keyId } = ownTable(query)
  return {
    // By the labels of the key: the index of a label is ordered by age, so that finding one key in it would read all of them.
    condition: db.findsForEach(sql`
      select 1 from key_labels where key_labels.key_id = ${keyId} and key_labels.name = ${label.name} and ${hasValue}`),
    table,
    withoutRow: true,
    lookUps: 1,
    source: {
      from: sql`from key_labels where ${pair}`,
      keyId: 'key_id',
      order: ['key_labels.created_at', 'key_labels.key_id'],
      isExact: true,
      hasAge: true,
    },
    label,
  }
}

/** A text is found by its key's id, and then by its number. */
const TEXT_LOOK_UPS = 2

function searchFilter(query: KeyQuery, search: KeySearch): KeyFilter {
  const { table, keyId } = ownTable(query)
  const { few, keysIn } = search
  return {
    condition: search.holdsFor(keyId),
    table,
    withoutRow: true,
    lookUps: TEXT_LOOK_UPS,
    source: few && {
      from: sql`from ${keysIn(few.stretches)} as searched`,
      keyId: 'key_id',
      isExact: true,
      hasAge: true,
      count: few.keys,
    },
    search,
  }
}

/** The table by which the list is ordered; it has the key's id, too. */
function ownTable({ sort }: KeyQuery): { table: KeyTableName; keyId: RawBuilder<unknown> } {
  return SORT_COLUMNS[sort].startsWith('keys.')
    ? { table: 'keys', keyId: sql`keys.id` }
    : { table: 'key_totals', keyId: sql`key_totals.key_id` }
}
