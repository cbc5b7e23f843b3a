import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import type { KeyQuery, KeySort } from '../../../core/keys/queries.ts'
import type { KeyStatus } from '../../../core/types.ts'
import type { SqlDatabase } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { NEVER } from '../base/tables.ts'
import { isHomeOf } from '../people/members.ts'
import { crossedKeys, crossedNow, IS_UNLIMITED } from '../verifications/risks.ts'
import type { KeySearch } from './search-index.ts'

/** The column that each order of the key list sorts by; its table has an index of it that ends with the key's id. */
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
  /** True for the keys wanted. */
  condition: RawBuilder<SqlBool>
  /** The table that the condition looks at. */
  table: KeyTableName
  /** How to find at least the keys wanted without looking at any other; null when no index knows them. */
  source: KeySource | null
  /** A bound on the column that the list is ordered by, so that those wanted stand side by side. */
  range?: RawBuilder<SqlBool>
  /** Set where the index that is read in the list's order answers the condition, too. */
  inIndex?: true
  /** Set for a label, of which the newest keys stand side by side. */
  label?: { name: string; value: string }
  /** Set for the search, which knows more than its condition. */
  search?: KeySearch
}

/** The end of a SELECT that runs on an index, and the column in it that holds the key's id. */
export interface KeySource {
  from: RawBuilder<unknown>
  keyId: 'id' | 'key_id'
  /** Set where it has no other keys, so that the condition need not be asked again. */
  isExact: boolean
  /** Set where it has each key once, and with it the column `created_at`. */
  hasAge?: true
  /** How many keys it has, where that is known. */
  count?: number
}

/** The members of a query that say to whom keys belong; each has its own index for every order. */
export type ScopeName = 'workspaceId' | 'ownerId'

const SCOPE_COLUMNS = { workspaceId: 'workspace_id', ownerId: 'owner_id' } as const satisfies Record<
  ScopeName,
  string
>

/**
 * The keys of the query's workspace and owner, revoked or not; conditions on a table that has these three columns. `by` is the one whose index is
 * read, if any: `index` are the conditions that it answers, and `rest` the others, written so that no index is chosen for them.
 */
export function scopeOf(
  query: KeyQuery,
  { table, by, part }: { table: KeyTableName; by: ScopeName | null; part: 'index' | 'rest' | 'all' },
): RawBuilder<SqlBool>[] {
  const revoked = sql.ref(`${table}.revoked`)
  const isRevoked = revokedFlag(query.status)
  const index: RawBuilder<SqlBool>[] = [sql`${revoked} = ${isRevoked}`]
  const rest: RawBuilder<SqlBool>[] = []
  for (const name of Object.keys(SCOPE_COLUMNS) as ScopeName[]) {
    const id = query[name]
    if (id === undefined) continue
    const column = sql.ref(`${table}.${SCOPE_COLUMNS[name]}`)
    if (name === by) index.push(sql`${column} = ${id}`)
    else rest.push(withoutIndex(column, sql`= ${id}`))
  }
  if (part === 'index') return index
  return part === 'rest' ? rest : [sql`${revoked} + 0 = ${isRevoked}`, ...rest]
}

/** Every other condition of the query; `search` is what its search has come to. */
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
  if (access !== undefined) filters.push(columnFilter(query, 'keys.access', sql`= ${access}`))
  if (externalUserId !== undefined)
    filters.push(columnFilter(query, 'keys.external_user_id', sql`= ${externalUserId}`))
  if (includeDisabled === false) {
    // The index of a workspace's newest keys ends with it.
    const inIndex =
      query.sort === 'createdAt' && query.workspaceId !== undefined && query.ownerId === undefined
    const enabled = { condition: sql<SqlBool>`keys.disabled = 0`, table: 'keys' as const, source: null }
    filters.push(inIndex ? { ...enabled, inIndex } : enabled)
  }
  if (unusedSince !== undefined) {
    filters.push(columnFilter(query, 'key_totals.last_used_at', sql`< ${integer(unusedSince)}`))
  }
  if (expiresBefore !== undefined) {
    filters.push(columnFilter(query, 'keys.expires_at', sql`< ${integer(expiresBefore)}`))
  }
  if (createdBefore !== undefined)
    filters.push(columnFilter(query, 'keys.created_at', sql`< ${integer(createdBefore)}`))
  if (neverExpires) filters.push(columnFilter(query, 'keys.expires_at', sql`= ${NEVER}`))
  if (unlimited) filters.push(unlimitedFilter(query))
  if (nearLimit) filters.push(nearLimitFilter(db, query))
  for (const label of labels ?? []) filters.push(labelFilter(db, query, label))
  if (search !== null) filters.push(searchFilter(query, search))
  if (memberId !== undefined)
    filters.push({ condition: isHomeOf(sql.ref('keys.workspace_id'), memberId), source: null, table: 'keys' })
  return filters
}

// The answers of `keyStatus` in `core/keys/life.ts`; the conformance suite compares them.
// Numbers stand in the text, because only then are the indexes of just these rows used.
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
      return { ...DISABLED, condition: sql`(keys.disabled + 0 = 1 or ${hasDisabledOwner})` }
    case 'expired':
      return columnFilter(query, 'keys.expires_at', sql`<= ${at}`, begun)
    case 'not_yet_valid':
      return columnFilter(query, 'keys.not_before', sql`> ${at}`, enabled)
    case 'active':
      return columnFilter(query, 'keys.expires_at', sql`> ${at}`, begun)
  }
}

// Asked for each key, because there may be many users that are switched off.
const DISABLED_OWNER = sql`select 1 from users where users.id = keys.owner_id and users.disabled = 1`

/** Switched off itself, or with its owner. */
const DISABLED: Omit<KeyFilter, 'condition'> = {
  table: 'keys',
  source: {
    from: sql`from (
      select keys.id from keys where keys.revoked = 0 and keys.disabled = 1
      union all
      select keys.id from users cross join keys
        where users.disabled = 1 and keys.owner_id = users.id and keys.revoked = 0) as disabled_keys`,
    keyId: 'id',
    isExact: true,
  },
}

type FilterColumn =
  | 'keys.created_at'
  | 'keys.access'
  | 'keys.external_user_id'
  | 'keys.not_before'
  | 'keys.expires_at'
  | 'key_totals.last_used_at'

/** A test of one column, which has an index, and perhaps another condition, which has none. */
function columnFilter(
  { status, sort }: KeyQuery,
  column: FilterColumn,
  test: RawBuilder<unknown>,
  also?: RawBuilder<SqlBool>,
): KeyFilter {
  const isOrder = column === SORT_COLUMNS[sort]
  const wanted = isOrder ? sql<SqlBool>`${sql.ref(column)} ${test}` : withoutIndex(sql.ref(column), test)
  const table: KeyTableName = column === 'key_totals.last_used_at' ? 'key_totals' : 'keys'
  const revoked = sql`${sql.ref(`${table}.revoked`)} = ${revokedFlag(status)}`
  return {
    condition: also === undefined ? wanted : sql`${wanted} and ${also}`,
    table,
    source: {
      from: sql`from ${sql.table(table)} where ${revoked} and ${sql.ref(column)} ${test}`,
      keyId: table === 'keys' ? 'id' : 'key_id',
      isExact: also === undefined,
    },
    ...(isOrder && { range: wanted }),
  }
}

/** Keys without a limit, of which there is an index that has no others. */
function unlimitedFilter({ status }: KeyQuery): KeyFilter {
  const from = sql`from keys where keys.revoked = ${revokedFlag(status)} and ${IS_UNLIMITED}`
  return { condition: IS_UNLIMITED, table: 'keys', source: { from, keyId: 'id', isExact: true } }
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
    source: { from: sql`from ${crossedKeys(query.at)}`, keyId: 'key_id', isExact: true },
  }
}

// A list is read in its own order. SQLite, which keeps no statistics, would rather use any index that a condition fits, and sort everything
// it finds; PostgreSQL takes one that it has no statistics of to be rarely met, unless it is a plain truth.
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
    // By the key's own labels: the index of a label has its keys by their age, so that one of them is looked for among all.
    condition: db.findsForEach(sql`
      select 1 from key_labels where key_labels.key_id = ${keyId} and key_labels.name = ${label.name} and ${hasValue}`),
    table,
    source: { from: sql`from key_labels where ${pair}`, keyId: 'key_id', isExact: true },
    label,
  }
}

function searchFilter(query: KeyQuery, search: KeySearch): KeyFilter {
  const { table, keyId } = ownTable(query)
  const { proposed, keysIn } = search
  let count = 0
  for (const keys of proposed.values()) count += keys
  const from = sql`from ${keysIn(count <= MAX.listSorted ? proposed.keys() : [])} as searched`
  const source: KeySource = { from, keyId: 'key_id', isExact: true, hasAge: true, count }
  return { condition: search.holdsFor(keyId), table, source: count <= MAX.listSorted ? source : null, search }
}

/** The table that the list is ordered by, whose id is as good as the other's. */
function ownTable({ sort }: KeyQuery): { table: KeyTableName; keyId: RawBuilder<unknown> } {
  return SORT_COLUMNS[sort].startsWith('keys.')
    ? { table: 'keys', keyId: sql`keys.id` }
    : { table: 'key_totals', keyId: sql`key_totals.key_id` }
}
