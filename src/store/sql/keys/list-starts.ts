import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { KeyQuery } from '../../../core/keys/queries.ts'
import type { SqlDatabase } from '../base/database.ts'
import type { Order } from '../base/pages.ts'
import {
  inIndexOrder,
  type KeySource,
  type KeyTableName,
  SCOPE_COLUMNS,
  SCOPE_NAMES,
  type ScopeName,
  SORT_COLUMNS,
  scopeOf,
} from './key-filters.ts'

/** The table whose index leads to the keys; `ids` when they are known. */
export type KeyIndex = KeyTableName | 'key_labels' | 'ids'

/** The place and the tables where a page starts to read. */
export interface ListStart {
  /** The table whose index is read, mostly in the list's order. */
  index: KeyIndex
  /** The conditions on that table that its index answers. */
  walked: RawBuilder<SqlBool>[]
  /** The other conditions on the workspace and owner of a key. */
  others: RawBuilder<SqlBool>[]
  /** The table on which these are. */
  scopeTable: KeyTableName
  /** The tables in the order in which they are read: the first one, and those whose columns filters need. */
  tables(needed: ReadonlySet<KeyTableName>): RawBuilder<unknown>
  order: Order
}

/** Reads keys in the list's order: those of a workspace, of an owner, or all. */
export function startInOrder(db: SqlDatabase, query: KeyQuery, by: ScopeName | null): ListStart {
  const order = orderOf(query)
  const { table } = order
  return {
    index: table,
    walked: scopeOf(query, { table, by, part: 'index' }),
    others: scopeOf(query, { table, by, part: 'rest' }),
    scopeTable: table,
    tables: (needed) => sql`${db.readBy(table, indexOf(query, by))} ${others(db, { first: table, needed })}`,
    order,
  }
}

/** The index of an order, alone or within a workspace or an owner. */
function indexOf({ sort }: KeyQuery, by: ScopeName | null): string {
  const index = SORT_COLUMNS[sort].replace('.', '_')
  return by === null ? index : `${index}_${SCOPE_COLUMNS[by]}`
}

/** Reads the newest keys with a label, which are one range of an index, however many there are. */
export function startAtLabel(
  db: SqlDatabase,
  query: KeyQuery,
  { name, value }: { name: string; value: string },
): ListStart {
  return {
    index: 'key_labels',
    walked: [sql`key_labels.name = ${name}`, sql`key_labels.value = ${value}`],
    others: scopeOf(query, { table: 'keys', by: null, part: 'all' }),
    scopeTable: 'keys',
    tables(needed) {
      const keys = db.besideEach(sql.table('keys'), sql`keys.id = key_labels.key_id`)
      const totals = db.besideEach(sql.table('key_totals'), sql`key_totals.key_id = key_labels.key_id`)
      return sql`${db.readBy('key_labels', 'key_labels_newest')} ${keys} ${needed.has('key_totals') ? totals : sql``}`
    },
    order: { value: 'key_labels.created_at', id: 'key_labels.key_id', direction: 'desc' },
  }
}

/**
 * Reads keys whose ids are known, in any number and in no order. The row by which the list is ordered is read only where a filter needs it
 * or, unless `isScoped`, the workspace and owner are not known yet.
 */
export function startAtIds(
  db: SqlDatabase,
  query: KeyQuery,
  { ids, isScoped }: { ids: readonly string[]; isScoped: boolean },
): ListStart {
  const order = orderOf(query)
  const { table, id } = order
  const column = id.replace(`${table}.`, '')
  return {
    index: 'ids',
    walked: [],
    others: isScoped ? [] : scopeOf(query, { table, by: null, part: 'all' }),
    scopeTable: table,
    tables(needed) {
      const rest = others(db, { first: table, needed })
      // Without its rows, the list of ids stands for the table.
      if (isScoped && !needed.has(table)) return sql`${db.listed(ids, column)} as ${sql.table(table)} ${rest}`
      const rows = db.besideEach(sql.table(table), sql`${sql.ref(id)} = listed.${sql.ref(column)}`)
      return sql`${db.listed(ids, column)} as listed ${rows} ${rest}`
    },
    order,
  }
}

/** Sorts the few keys of a source; {@link isByAges} says whether also those of other workspaces and owners. */
export function startAtFew(db: SqlDatabase, query: KeyQuery, source: KeySource): ListStart {
  if (isByAges(query, source)) return startAtAges(source)
  const order = orderOf(query)
  const { table, id } = order
  if (source.rowsOf === table) return startAtOwnRows(query, source)
  const each = source.hasAge ? sql`` : sql`distinct`
  const found = sql`(select ${each} ${sql.ref(source.keyId)} as key_id ${source.from}) as found`
  const first = db.besideEach(sql.table(table), sql`${sql.ref(id)} = found.key_id`)
  return {
    index: table,
    walked: [],
    others: scopeOf(query, { table, by: null, part: 'all' }),
    scopeTable: table,
    tables: (needed) => sql`${found} ${first} ${others(db, { first: table, needed })}`,
    order,
  }
}

/** True when a source has what the list is ordered by, and nothing else of a key. */
export function isByAges({ sort }: KeyQuery, { hasAge }: KeySource): boolean {
  return hasAge === true && sort === 'createdAt'
}

/** The same when the source's rows are those by which the list is ordered. */
function startAtOwnRows(query: KeyQuery, source: KeySource): ListStart {
  const { table, value, id, direction } = orderOf(query)
  const named = (column: string) => column.replace(table, 'found')
  // Only the columns that are looked at, so that an index that has them is enough.
  const scopes = SCOPE_NAMES.filter((name) => query[name] !== undefined).map((name) => SCOPE_COLUMNS[name])
  const columns = [value, id, ...['revoked', ...scopes].map((column) => `${table}.${column}`)]
  return {
    index: table,
    walked: [],
    others: scopeOf(query, { table: 'found', by: null, part: 'all' }),
    scopeTable: table,
    // The bound keeps the engine from reading another index, which is in the list's order but has all keys.
    tables: () =>
      sql`(select ${sql.join(columns.map((column) => sql.ref(column)))} ${source.from} ${inIndexOrder(source.order)} limit ${BigInt(MAX.listSorted + 1)}) as found`,
    order: { value: named(value), id: named(id), direction },
  }
}

/** The same by the age that the source itself has. The workspace and owner are not looked at, because the keys' rows are not read. */
function startAtAges(source: KeySource): ListStart {
  return {
    index: 'ids',
    walked: [],
    others: [],
    scopeTable: 'keys',
    tables: () => sql`(select key_id, created_at ${source.from}) as found`,
    order: { value: 'found.created_at', id: 'found.key_id', direction: 'desc' },
  }
}

function orderOf({ sort }: KeyQuery): Order & { table: KeyTableName } {
  const value = SORT_COLUMNS[sort]
  const table: KeyTableName = value.startsWith('keys.') ? 'keys' : 'key_totals'
  return { value, id: ID_COLUMNS[table], direction: sort === 'expiresAt' ? 'asc' : 'desc', table }
}

const ID_COLUMNS = { keys: 'keys.id', key_totals: 'key_totals.key_id' } as const

interface Joining {
  first: KeyTableName
  needed: ReadonlySet<KeyTableName>
}

function others(db: SqlDatabase, { first, needed }: Joining): RawBuilder<unknown> {
  const other: KeyTableName = first === 'keys' ? 'key_totals' : 'keys'
  if (!needed.has(other)) return sql``
  return db.besideEach(sql.table(other), sql`${sql.ref(ID_COLUMNS[other])} = ${sql.ref(ID_COLUMNS[first])}`)
}
