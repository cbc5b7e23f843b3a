import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { KeyQuery } from '../../../core/keys/queries.ts'
import type { SqlDatabase } from '../base/database.ts'
import type { Order } from '../base/pages.ts'
import { type KeySource, type KeyTableName, type ScopeName, SORT_COLUMNS, scopeOf } from './key-filters.ts'

/** The place and the tables where a page starts to read. */
export interface ListStart {
  /** The table whose index is read in the list's order. */
  index: 'keys' | 'key_totals' | 'key_labels'
  /** The conditions on that table that its index answers. */
  walked: RawBuilder<SqlBool>[]
  /** The other conditions on the workspace and owner of a key. */
  others: RawBuilder<SqlBool>[]
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
    tables: (needed) => joined(db, { first: table, needed }),
    order,
  }
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
    tables(needed) {
      const keys = db.besideEach(sql.table('keys'), sql`keys.id = key_labels.key_id`)
      const totals = db.besideEach(sql.table('key_totals'), sql`key_totals.key_id = key_labels.key_id`)
      return sql`key_labels ${keys} ${needed.has('key_totals') ? totals : sql``}`
    },
    order: { value: 'key_labels.created_at', id: 'key_labels.key_id', direction: 'desc' },
  }
}

/** Sorts the few keys of a source. */
export function startAtFew(db: SqlDatabase, query: KeyQuery, source: KeySource): ListStart {
  if (source.hasAge && query.sort === 'createdAt') return startAtAged(db, query, source)
  const order = orderOf(query)
  const { table, id } = order
  const each = source.hasAge ? sql`` : sql`distinct`
  const found = sql`(select ${each} ${sql.ref(source.keyId)} as key_id ${source.from}) as found`
  const first = db.besideEach(sql.table(table), sql`${sql.ref(id)} = found.key_id`)
  return {
    index: table,
    walked: [],
    others: scopeOf(query, { table, by: null, part: 'all' }),
    tables: (needed) => sql`${found} ${first} ${others(db, { first: table, needed })}`,
    order,
  }
}

/** The same by the age that the source itself has, so that the keys need not be read for it. */
function startAtAged(db: SqlDatabase, query: KeyQuery, source: KeySource): ListStart {
  const found = sql`(select key_id, created_at ${source.from}) as found`
  const totals = db.besideEach(sql.table('key_totals'), sql`key_totals.key_id = found.key_id`)
  return {
    index: 'key_totals',
    walked: [],
    others: scopeOf(query, { table: 'key_totals', by: null, part: 'all' }),
    tables: (needed) => sql`${found} ${totals} ${others(db, { first: 'key_totals', needed })}`,
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

function joined(db: SqlDatabase, joining: Joining): RawBuilder<unknown> {
  return sql`${sql.table(joining.first)} ${others(db, joining)}`
}

function others(db: SqlDatabase, { first, needed }: Joining): RawBuilder<unknown> {
  const other: KeyTableName = first === 'keys' ? 'key_totals' : 'keys'
  if (!needed.has(other)) return sql``
  return db.besideEach(sql.table(other), sql`${sql.ref(ID_COLUMNS[other])} = ${sql.ref(ID_COLUMNS[first])}`)
}
