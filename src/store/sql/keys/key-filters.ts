import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Instant } from '../../../core/ground/clock.ts'
import type { KeyQuery, KeySort } from '../../../core/keys/queries.ts'
import type { KeyStatus } from '../../../core/types.ts'
import { integer } from '../base/rows.ts'
import { endOfWords, wordsOf } from './words.ts'

/** The column that each order of the key list sorts by; its table has an index of it that ends with the key's id. */
export const SORT_COLUMNS = {
  createdAt: 'keys.created_at',
  lastUsedAt: 'key_totals.last_used_at',
  expiresAt: 'keys.expires_at',
  spent: 'key_totals.listed_amount',
} as const satisfies Record<KeySort, string>

/** One condition of the key list. */
export interface KeyFilter {
  /** True for the keys wanted; a condition on the tables `keys` and `key_totals`. */
  condition: RawBuilder<SqlBool>
  /** How to find at least the keys wanted without looking at any other; null when no index knows them. */
  source: KeySource | null
  /** Set when the condition bounds the column that the list is ordered by, so that those wanted stand side by side. */
  boundsOrder?: boolean
}

/** The end of a SELECT that runs on an index, and the column in it that holds the key's id. */
export interface KeySource {
  from: RawBuilder<unknown>
  keyId: 'id' | 'key_id'
}

/** The keys of the query's workspace and owner, revoked or not; conditions on a table that has these three columns. */
export function scopeOf(query: KeyQuery, table: 'keys' | 'key_totals'): RawBuilder<SqlBool>[] {
  const { status, workspaceId, ownerId } = query
  const column = (name: string) => sql.ref(`${table}.${name}`)
  const scope = [sql<SqlBool>`${column('revoked')} = ${revokedFlag(status)}`]
  if (workspaceId !== undefined) scope.push(sql<SqlBool>`${column('workspace_id')} = ${workspaceId}`)
  if (ownerId !== undefined) scope.push(sql<SqlBool>`${column('owner_id')} = ${ownerId}`)
  return scope
}

/** Every other condition of the query. */
export function filtersOf(query: KeyQuery): KeyFilter[] {
  const { status, access, includeDisabled, labels, search, unusedSince, expiresBefore, at } = query
  const filters: KeyFilter[] = []
  if (status !== undefined && status !== 'revoked') filters.push(statusFilter(query, status, at))
  if (access !== undefined) filters.push(columnFilter(query, 'keys.access', sql`= ${access}`))
  if (includeDisabled === false) filters.push({ condition: sql`keys.disabled = 0`, source: null })
  if (unusedSince !== undefined) {
    filters.push(columnFilter(query, 'key_totals.last_used_at', sql`< ${integer(unusedSince)}`))
  }
  if (expiresBefore !== undefined) {
    filters.push(columnFilter(query, 'keys.expires_at', sql`< ${integer(expiresBefore)}`))
  }
  for (const label of labels ?? []) filters.push(labelFilter(label))
  for (const word of new Set(wordsOf(search ?? ''))) filters.push(wordFilter(word))
  return filters
}

// Where several states hold, the first of disabled, expired and not yet valid is the key's, as `core/keys/life.ts` has it.
// Numbers stand in the text, because only then are the indexes of just these rows used.
function statusFilter(query: KeyQuery, status: Exclude<KeyStatus, 'revoked'>, instant: Instant): KeyFilter {
  const at = integer(instant)
  const enabled = sql<SqlBool>`keys.disabled = 0 and keys.owner_id not in (${DISABLED_USERS})`
  const lasting = sql<SqlBool>`${enabled} and keys.expires_at > ${at}`
  const begun = sql<SqlBool>`${enabled} and (keys.not_before is null or keys.not_before <= ${at})`
  switch (status) {
    case 'disabled':
      return DISABLED
    case 'expired':
      return columnFilter(query, 'keys.expires_at', sql`<= ${at}`, enabled)
    case 'not_yet_valid':
      return columnFilter(query, 'keys.not_before', sql`> ${at}`, lasting)
    case 'active':
      return columnFilter(query, 'keys.expires_at', sql`> ${at}`, begun)
  }
}

const DISABLED_USERS = sql`select users.id from users where users.disabled = 1`

/** Switched off itself, or with its owner. */
const DISABLED: KeyFilter = {
  condition: sql`(keys.disabled + 0 = 1 or keys.owner_id in (${DISABLED_USERS}))`,
  source: {
    from: sql`from (
      select keys.id from keys where keys.revoked = 0 and keys.disabled = 1
      union all
      select keys.id from users cross join keys
        where users.disabled = 1 and keys.owner_id = users.id and keys.revoked = 0) as disabled_keys`,
    keyId: 'id',
  },
}

type FilterColumn = 'keys.access' | 'keys.not_before' | 'keys.expires_at' | 'key_totals.last_used_at'

/** A test of one column, which has an index, and perhaps another condition, which has none. */
function columnFilter(
  { status, sort }: KeyQuery,
  column: FilterColumn,
  test: RawBuilder<unknown>,
  also?: RawBuilder<SqlBool>,
): KeyFilter {
  const boundsOrder = column === SORT_COLUMNS[sort]
  const value = boundsOrder ? sql.ref(column) : withoutIndex(column)
  const [table = ''] = column.split('.')
  const revoked = sql`${sql.ref(`${table}.revoked`)} = ${revokedFlag(status)}`
  return {
    condition: also === undefined ? sql`${value} ${test}` : sql`${value} ${test} and ${also}`,
    source: {
      from: sql`from ${sql.table(table)} where ${revoked} and ${sql.ref(column)} ${test}`,
      keyId: table === 'keys' ? 'id' : 'key_id',
    },
    boundsOrder,
  }
}

// A list is read in its own order. SQLite, which keeps no statistics, would rather use any index that a condition fits,
// and sort everything it finds.
function withoutIndex(column: FilterColumn): RawBuilder<unknown> {
  return column === 'keys.access' ? sql`(keys.access || '')` : sql`(${sql.ref(column)} + 0)`
}

function revokedFlag(status: KeyStatus | undefined): bigint {
  return status === 'revoked' ? 1n : 0n
}

function labelFilter({ name, value }: { name: string; value: string }): KeyFilter {
  const pair = sql`key_labels.name = ${name} and key_labels.value = ${value}`
  return {
    condition: sql`exists (select 1 from key_labels where key_labels.key_id = keys.id and ${pair})`,
    source: { from: sql`from key_labels where ${pair}`, keyId: 'key_id' },
  }
}

function wordFilter(word: string): KeyFilter {
  const range = sql`key_terms.term >= ${word} and key_terms.term < ${endOfWords(word)}`
  return {
    condition: sql`exists (select 1 from key_terms where key_terms.key_id = keys.id and ${range})`,
    source: { from: sql`from key_terms where ${range}`, keyId: 'key_id' },
  }
}
