import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Instant } from '../../../core/ground/clock.ts'
import type { Cursor, Page } from '../../../core/ground/page.ts'
import type { KeyQuery, KeySort, ListedKey } from '../../../core/keys/queries.ts'
import { noReserved, noSpend } from '../../../core/money/budgets.ts'
import type { Key, User } from '../../../core/types.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { isBehind, isUpTo, type Order, pageOf } from '../base/pages.ts'
import { readUser } from '../base/rows.ts'
import { standingIn } from '../ledger/spend.ts'
import { filtersOf, type KeySource, SORT_COLUMNS, scopeOf } from './key-filters.ts'
import { type KeyRow, withSecrets } from './key-rows.ts'
import { rarestSource, selectiveSource } from './key-selectivity.ts'

/** At most so many keys are read in the list's order, in the hope that enough of them meet the query's conditions. */
const READ_KEYS_MAX = 20_000

/** See `Store.listKeys`. */
export function listKeys(db: SqlDatabase, query: KeyQuery): Promise<Page<ListedKey>> {
  return snapshot(db, async (trx) => {
    const rows = await readRows(db, trx, query)
    const page = pageOf(rows, query.limit, {
      record: (row) => row,
      cursor: (row) => cursorOf(query.sort, row),
    })
    const keys = await withSecrets(db, trx, { rows: page.rows, at: query.at })
    return { rows: await asListed(db, trx, { keys, at: query.at }), next: page.next }
  })
}

async function asListed(
  db: SqlDatabase,
  trx: Trx,
  { keys, at }: { keys: Key[]; at: Instant },
): Promise<ListedKey[]> {
  const standings = await standingIn(db, trx, { keyIds: keys.map((key) => key.id), at })
  const owners = await ownersOf(db, trx, keys)
  return keys.map((key) => {
    const standing = standings.get(key.id) ?? { spend: noSpend(), reserved: noReserved() }
    return { key, owner: owners.get(key.ownerId) ?? null, ...standing }
  })
}

async function ownersOf(db: SqlDatabase, trx: Trx, keys: Key[]): Promise<Map<string, User>> {
  const ids = [...new Set(keys.map((key) => key.ownerId))]
  if (ids.length === 0) return new Map()
  const rows = await trx
    .selectFrom('users')
    .selectAll()
    .where('deleted_at', 'is', null)
    .where(db.oneOf(sql`users.id`, ids))
    .execute()
  return new Map(rows.map((row) => [row.id, readUser(row)]))
}

type ListedRow = KeyRow & { sort_value: bigint }

function cursorOf(sort: KeySort, row: ListedRow): Cursor {
  // An amount may have more digits than a number holds.
  return { value: sort === 'spent' ? String(row.sort_value) : Number(row.sort_value), id: row.id }
}

/**
 * Reads a page's rows, and one more if there is one. Keys that a condition finds quickly are sorted; otherwise keys are
 * read in the list's order until the page is full. When that takes too long, because those wanted all stand far down, the
 * first way is taken after all.
 */
async function readRows(db: SqlDatabase, trx: Trx, query: KeyQuery): Promise<ListedRow[]> {
  const sources = filtersOf(query).flatMap(({ source }) => source ?? [])
  const inOrder = startAt(query.sort, null)
  if (sources.length === 0) return run(db, trx, query, inOrder)
  const selective = await selectiveSource(db, trx, { query, sources })
  if (selective !== null) return run(db, trx, query, startAt(query.sort, selective))
  const [label] = query.labels ?? []
  if (query.sort === 'createdAt' && label !== undefined) return run(db, trx, query, startAtLabel(label))
  const last = await lastToRead(trx, query, inOrder)
  const rows = await run(db, trx, query, last === null ? inOrder : { ...inOrder, last })
  if (last === null || rows.length > query.limit) return rows
  return run(db, trx, query, startAt(query.sort, await rarestSource(trx, sources)))
}

/** Where a page starts reading: the tables in the order in which they are read, and how each is joined to the first. */
interface Start {
  tables: RawBuilder<unknown>
  joins: RawBuilder<SqlBool>[]
  order: Order
  /** The table whose columns say what the key belongs to. */
  scope: 'keys' | 'key_totals'
  /** Nothing behind this is read. */
  last?: Cursor
}

async function run(db: SqlDatabase, trx: Trx, query: KeyQuery, start: Start): Promise<ListedRow[]> {
  const { tables, joins, order, last } = start
  const conditions = [sql<SqlBool>`keys.id = key_totals.key_id`, ...joins, ...placeOf(query, start)]
  for (const { condition } of filtersOf(query)) conditions.push(condition)
  if (last !== undefined) conditions.push(isUpTo(order, last))
  conditions.push(db.inTime(sql`key_totals.key_id`))
  const { rows } = await sql<ListedRow>`
    select keys.*, key_totals.last_used_at, key_totals.request_count, ${sql.ref(order.value)} as sort_value
    from ${tables}
    where ${allOf(conditions)}
    ${inOrderOf(order)}
    limit ${BigInt(query.limit + 1)} offset ${BigInt(query.offset ?? 0)}`.execute(trx)
  return rows
}

/** The place of the last key that may be read in the list's order; null when there are not that many. */
async function lastToRead(trx: Trx, query: KeyQuery, start: Start): Promise<Cursor | null> {
  const { order, scope } = start
  const bounds = filtersOf(query).flatMap(({ condition, boundsOrder }) => (boundsOrder ? condition : []))
  const { rows } = await sql<{ value: bigint; id: string }>`
    select ${sql.ref(order.value)} as value, ${sql.ref(order.id)} as id
    from ${sql.table(scope)}
    where ${allOf([...placeOf(query, start), ...bounds])}
    ${inOrderOf(order)}
    limit 1 offset ${BigInt(READ_KEYS_MAX)}`.execute(trx)
  const [row] = rows
  return row === undefined ? null : { value: String(row.value), id: row.id }
}

function placeOf(query: KeyQuery, { order, scope }: Start): RawBuilder<SqlBool>[] {
  const behind = query.after === undefined ? [] : [isBehind(order, query.after)]
  return [...scopeOf(query, scope), ...behind]
}

function allOf(conditions: RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return sql.join(
    conditions.map((condition) => sql`(${condition})`),
    sql` and `,
  )
}

function inOrderOf({ value, id, direction }: Order): RawBuilder<unknown> {
  const way = sql.raw(direction)
  return sql`order by ${sql.ref(value)} ${way}, ${sql.ref(id)} ${way}`
}

// Tables are joined by CROSS JOIN throughout: SQLite reads them in the order in which they are written then, while
// PostgreSQL, which keeps statistics, chooses for itself.
function startAt(sort: KeySort, source: KeySource | null): Start {
  const value = SORT_COLUMNS[sort]
  const scope = value.startsWith('keys.') ? 'keys' : 'key_totals'
  const id = scope === 'keys' ? 'keys.id' : 'key_totals.key_id'
  const order: Order = { value, id, direction: sort === 'expiresAt' ? 'asc' : 'desc' }
  if (source === null) {
    const tables = scope === 'keys' ? sql`keys cross join key_totals` : sql`key_totals cross join keys`
    return { tables, joins: [], order, scope }
  }
  const found = sql`(select distinct ${sql.ref(source.keyId)} as key_id ${source.from}) as found`
  const tables = sql`${found} cross join keys cross join key_totals`
  return { tables, joins: [sql`keys.id = found.key_id`], order, scope }
}

// The newest keys that carry a label stand side by side, however many there are.
function startAtLabel({ name, value }: { name: string; value: string }): Start {
  return {
    tables: sql`key_labels cross join keys cross join key_totals`,
    joins: [
      sql`key_labels.name = ${name}`,
      sql`key_labels.value = ${value}`,
      sql`keys.id = key_labels.key_id`,
    ],
    order: { value: 'key_labels.created_at', id: 'key_labels.key_id', direction: 'desc' },
    scope: 'keys',
  }
}
