import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Key } from '../../core/types.ts'
import type { Cursor, KeyQuery, KeySort, Page } from '../store.ts'
import { type SqlDatabase, snapshot, type Trx } from './database.ts'
import { filtersOf, type KeySource, SORT_COLUMNS, scopeOf } from './key-filters.ts'
import { type KeyRow, withSecrets } from './key-rows.ts'
import { isBehind, type Order, pageOf } from './pages.ts'
import { statement } from './statement.ts'

/** At most so many keys are sorted for one page. */
const SORTED_KEYS_MAX = 10_000

/** See `Store.listKeys`. */
export function listKeys(db: SqlDatabase, query: KeyQuery): Promise<Page<Key>> {
  return snapshot(db, async (trx) => {
    const { rows } = await pageQuery(query, await chooseStart(db, trx, query)).execute(trx)
    const page = pageOf(rows, query.limit, {
      record: (row) => row,
      cursor: (row) => cursorOf(query.sort, row),
    })
    return { rows: await withSecrets(trx, page.rows, query.at), next: page.next }
  })
}

type ListedRow = KeyRow & { sort_value: bigint }

function cursorOf(sort: KeySort, row: ListedRow): Cursor {
  // An amount may have more digits than a number holds.
  return { value: sort === 'spent' ? String(row.sort_value) : Number(row.sort_value), id: row.id }
}

/** Where a page starts reading: the tables in the order in which they are read, and how each is joined to the first. */
interface Start {
  tables: RawBuilder<unknown>
  joins: RawBuilder<SqlBool>[]
  order: Order
  /** The table whose columns say what the key belongs to. */
  scope: 'keys' | 'key_totals'
}

function pageQuery(query: KeyQuery, { tables, joins, order, scope }: Start): RawBuilder<ListedRow> {
  const filters = filtersOf(query).map((filter) => filter.condition)
  const behind = query.after === undefined ? [] : [isBehind(order, query.after)]
  const conditions = [
    sql`keys.id = key_totals.key_id`,
    ...joins,
    ...scopeOf(query, scope),
    ...filters,
    ...behind,
  ].map((condition) => sql`(${condition})`)
  const direction = sql.raw(order.direction)
  return sql<ListedRow>`
    select keys.*, key_totals.last_used_at, key_totals.request_count, ${sql.ref(order.value)} as sort_value
    from ${tables}
    where ${sql.join(conditions, sql` and `)}
    order by ${sql.ref(order.value)} ${direction}, ${sql.ref(order.id)} ${direction}
    limit ${BigInt(query.limit + 1)} offset ${BigInt(query.offset ?? 0)}`
}

// Tables are joined by CROSS JOIN throughout: SQLite reads them in the order in which they are written then, while
// PostgreSQL, which keeps statistics, chooses for itself.
async function chooseStart(db: SqlDatabase, trx: Trx, query: KeyQuery): Promise<Start> {
  const source = await selectiveSource(db, trx, query)
  if (source !== null) return startAt(query.sort, source)
  const [label] = query.labels ?? []
  if (query.sort === 'createdAt' && label !== undefined) return startAtLabel(label)
  return startAt(query.sort, null)
}

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

/** The condition that the fewest keys meet, unless the list's own order is the better start. */
async function selectiveSource(db: SqlDatabase, trx: Trx, query: KeyQuery): Promise<KeySource | null> {
  const sources = filtersOf(query).flatMap(({ source }) => source ?? [])
  if (sources.length === 0) return null
  const scope = sql.join(scopeOf(query, 'keys'), sql` and `)
  const own =
    query.workspaceId === undefined && query.ownerId === undefined ? [] : [sql`from keys where ${scope}`]
  const sortable = await sortableKeys(db, trx, query.limit)
  const counts = await boundedCounts(trx, [...own, ...sources.map((source) => source.from)], sortable + 1)
  const least = counts.reduce((best, count, index) => (count < (counts[best] ?? count) ? index : best), 0)
  if ((counts[least] ?? 0) > sortable) return null
  return sources[least - own.length] ?? null
}

/**
 * Up to how many keys it is cheaper to sort than to read the list in its order. Of `all` keys, m that meet a condition
 * cost m look-ups to sort, and about `limit * all / m` to come across: both cost the same at the root of `limit * all`.
 */
async function sortableKeys(db: SqlDatabase, trx: Trx, limit: number): Promise<number> {
  // No engine counts rows quickly. Every key was one change at least, so the revision is never below their number.
  const [meta] = await lastRevision(db, trx, {})
  return Math.min(SORTED_KEYS_MAX, Math.ceil(Math.sqrt(limit * Number(meta?.value ?? 0n))))
}

const lastRevision = statement([], (trx) =>
  trx.selectFrom('meta').select('value').where('name', '=', 'revision'),
)

async function boundedCounts(trx: Trx, sources: RawBuilder<unknown>[], bound: number): Promise<number[]> {
  const columns = sources.map(
    (from, index) =>
      sql`(select count(*) from (select 1 ${from} limit ${BigInt(bound)}) as bounded) as ${sql.ref(`source_${index}`)}`,
  )
  const { rows } = await sql<Record<string, bigint>>`select ${sql.join(columns)}`.execute(trx)
  return sources.map((_, index) => Number(rows[0]?.[`source_${index}`] ?? 0n))
}
