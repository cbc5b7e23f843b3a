import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Key } from '../../core/types.ts'
import type { Cursor, KeyQuery, KeySort, Page } from '../store.ts'
import { type SqlDatabase, snapshot, type Trx } from './database.ts'
import { filtersOf, type KeySource, scopeOf } from './key-filters.ts'
import { type KeyRow, withSecrets } from './key-rows.ts'
import { isBehind, type Order, pageOf } from './pages.ts'

/**
 * At most so many keys are sorted for one page. When every condition lets more pass, keys are read in the list's order
 * instead, until the page is full. At a million keys the two cost the same about here; see docs/storage.md.
 */
const SORTED_KEYS_MAX = 10_000n

/** See `Store.listKeys`. */
export function listKeys(db: SqlDatabase, query: KeyQuery): Promise<Page<Key>> {
  return snapshot(db, async (trx) => {
    const { rows } = await pageQuery(query, await chooseStart(trx, query)).execute(trx)
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
async function chooseStart(trx: Trx, query: KeyQuery): Promise<Start> {
  const source = await selectiveSource(trx, query)
  if (source !== null) return startAt(query.sort, source)
  const [label] = query.labels ?? []
  if (query.sort === 'createdAt' && label !== undefined) return startAtLabel(label)
  return startAt(query.sort, null)
}

/** Each order ends with the key's id, and its table has an index for it alone, within a workspace and within an owner. */
const ORDERS: Record<KeySort, Order & { table: 'keys' | 'key_totals' }> = {
  createdAt: { table: 'keys', value: 'keys.created_at', id: 'keys.id', direction: 'desc' },
  lastUsedAt: {
    table: 'key_totals',
    value: 'key_totals.last_used_at',
    id: 'key_totals.key_id',
    direction: 'desc',
  },
  expiresAt: { table: 'keys', value: 'keys.expires_at', id: 'keys.id', direction: 'asc' },
  spent: { table: 'key_totals', value: 'key_totals.amount', id: 'key_totals.key_id', direction: 'desc' },
}

function startAt(sort: KeySort, source: KeySource | null): Start {
  const { table: scope, ...order } = ORDERS[sort]
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

/** The condition that the fewest keys meet, unless the list's own index is the better start. */
async function selectiveSource(trx: Trx, query: KeyQuery): Promise<KeySource | null> {
  const sources = filtersOf(query).flatMap(({ source }) => source ?? [])
  if (sources.length === 0) return null
  const scope = sql.join(scopeOf(query, 'keys'), sql` and `)
  const own =
    query.workspaceId === undefined && query.ownerId === undefined ? [] : [sql`from keys where ${scope}`]
  const counts = await boundedCounts(trx, [...own, ...sources.map((source) => source.from)])
  const least = counts.reduce((best, count, index) => (count < (counts[best] ?? count) ? index : best), 0)
  if ((counts[least] ?? 0n) > SORTED_KEYS_MAX) return null
  return sources[least - own.length] ?? null
}

async function boundedCounts(trx: Trx, sources: RawBuilder<unknown>[]): Promise<bigint[]> {
  const columns = sources.map(
    (from, index) =>
      sql`(select count(*) from (select 1 ${from} limit ${SORTED_KEYS_MAX + 1n}) as bounded) as ${sql.ref(`source_${index}`)}`,
  )
  const { rows } = await sql<Record<string, bigint>>`select ${sql.join(columns)}`.execute(trx)
  return sources.map((_, index) => rows[0]?.[`source_${index}`] ?? 0n)
}
