import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import type { Cursor, Page } from '../../../core/ground/page.ts'
import type { KeyQuery, KeySort, ListedKey } from '../../../core/keys/queries.ts'
import { noReserved, noSpend } from '../../../core/money/budgets.ts'
import type { Key, User } from '../../../core/types.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { isBehind, isUpTo, type Order } from '../base/pages.ts'
import { readUser } from '../base/rows.ts'
import { standingIn } from '../ledger/spend.ts'
import { filtersOf, type KeyFilter, type KeySource } from './key-filters.ts'
import { type KeyRow, withSecrets } from './key-rows.ts'
import { type ListPlan, planList } from './list-plan.ts'
import { type ListStart, startAtFew, startAtLabel, startInOrder } from './list-starts.ts'
import { type KeySearch, searchKeys } from './search-index.ts'
import { newestStretches } from './search-stretches.ts'

/** See `KeyStore.listKeys`. */
export function listKeys(db: SqlDatabase, query: KeyQuery): Promise<Page<ListedKey>> {
  return snapshot(db, async (trx) => {
    const search = query.search === undefined ? null : await searchKeys(db, trx, query.search)
    const filters = filtersOf(db, query, search)
    const plan = await planList(db, trx, { query, filters })
    const { ids, next } = await readPage(db, trx, { query, filters, plan })
    const keys = await withSecrets(db, trx, { rows: await rowsOf(db, trx, ids), at: query.at })
    return { rows: await asListed(db, trx, { keys, at: query.at }), next }
  })
}

/** A list while it is read. */
interface Listing {
  query: KeyQuery
  filters: readonly KeyFilter[]
  plan: ListPlan
}

interface KeyPlace {
  id: string
  value: bigint
}

/**
 * Reads the ids of a page's keys. If no filter has few matches, keys are read in the list's order, at most {@link MAX.listRowsRead} of
 * them. Then the page ends, however few it has, and the next one continues from there.
 */
async function readPage(db: SqlDatabase, trx: Trx, listing: Listing): Promise<KeyPage> {
  const { query, filters, plan } = listing
  const { limit, sort } = query
  if (plan.few !== null && plan.sortsFirst) return sorted(db, trx, { ...listing, source: plan.few })
  const found = filters.find((filter) => filter.search !== undefined)?.search
  const search = sort === 'createdAt' && plan.few === null ? found : undefined
  if (search !== undefined && !isDense(search, limit)) return newestFound(db, trx, { ...listing, search })
  const start =
    plan.label === null ? startInOrder(db, query, plan.scope) : startAtLabel(db, query, plan.label)
  if (start.others.length === 0 && filters.every(({ inIndex }) => inIndex))
    return pageOf(await run(db, trx, { ...listing, start }), sort, limit)
  const last = await lastToRead(trx, { ...listing, start })
  const keys = await run(db, trx, { ...listing, start, last })
  if (last === null || keys.length > limit) return pageOf(keys, sort, limit)
  if (plan.few !== null) return sorted(db, trx, { ...listing, source: plan.few })
  if (search !== undefined) return newestFound(db, trx, { ...listing, search })
  return { ids: keys.map(({ id }) => id), next: cursorOf(sort, last) }
}

/** True when a search finds so many keys that reading the list in its order fills a page faster than looking them up. */
function isDense({ proposed, lastNumber }: KeySearch, limit: number): boolean {
  let count = 0
  for (const keys of proposed.values()) count += keys
  return limit * lastNumber <= (count * MAX.listRowsRead) / 2
}

/** Sorts all keys of a source. */
async function sorted(db: SqlDatabase, trx: Trx, listing: Listing & { source: KeySource }): Promise<KeyPage> {
  const { query, source } = listing
  const filters = listing.filters.filter((filter) => !source.isExact || filter.source !== source)
  const found = await run(db, trx, { ...listing, filters, start: startAtFew(db, query, source) })
  return pageOf(found, query.sort, query.limit)
}

/**
 * The newest keys that a search finds, however many there are: the stretches of the search index are read, the one with the newest key
 * first, until there are enough keys. Only keys that are newer than every key of the remaining stretches are returned.
 */
async function newestFound(
  db: SqlDatabase,
  trx: Trx,
  listing: Listing & { search: KeySearch },
): Promise<KeyPage> {
  const { query, search } = listing
  const { stretches, rest } = await newestStretches(db, trx, { search, after: query.after })
  const source = sql`from ${search.keysIn(stretches)} as searched`
  const filters = listing.filters.filter((filter) => filter.search === undefined)
  const start = startAtFew(db, query, {
    from: source,
    keyId: 'key_id',
    isExact: true,
    hasAge: true,
  })
  const last = rest === null ? null : { value: rest + 1n, id: '' }
  const found = await run(db, trx, { ...listing, filters, start, last })
  if (rest === null || found.length > query.limit) return pageOf(found, query.sort, query.limit)
  return { ids: found.map(({ id }) => id), next: cursorOf(query.sort, { value: rest + 1n, id: LOWEST_ID }) }
}

const LOWEST_ID = '00000000-0000-0000-0000-000000000000'

/** The ids of a page's keys, and the start of the next page. */
interface KeyPage {
  ids: string[]
  next: Cursor | null
}

function pageOf(found: readonly KeyPlace[], sort: KeySort, limit: number): KeyPage {
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const next = found.length > limit && last !== undefined ? cursorOf(sort, last) : null
  return { ids: shown.map(({ id }) => id), next }
}

function cursorOf(sort: KeySort, { value, id }: KeyPlace): Cursor {
  // An amount may have more digits than a number can represent.
  return { value: sort === 'spent' ? String(value) : Number(value), id }
}

type Read = Listing & { start: ListStart; last?: KeyPlace | null }

async function run(db: SqlDatabase, trx: Trx, { query, filters, start, last }: Read): Promise<KeyPlace[]> {
  const { order } = start
  const conditions = [...start.walked, ...start.others, ...filters.map(({ condition }) => condition)]
  if (query.after !== undefined) conditions.push(isBehind(order, query.after))
  if (last) conditions.push(isUpTo(order, { value: String(last.value), id: last.id }))
  conditions.push(db.inTime(sql.ref(order.id)))
  const needed = new Set(filters.map(({ table }) => table))
  const { rows } = await sql<KeyPlace>`
    select ${placeColumns(order)}
    from ${start.tables(needed)}
    where ${allOf(conditions)}
    ${inOrderOf(order)}
    limit ${BigInt(query.limit + 1)} offset ${BigInt(query.offset ?? 0)}`.execute(trx)
  return rows
}

/** The place of the last key that may be read in the list's order; null when there are fewer keys. */
async function lastToRead(trx: Trx, { query, filters, start }: Read): Promise<KeyPlace | null> {
  const { order, index } = start
  const conditions = [...start.walked, ...filters.flatMap(({ range }) => range ?? [])]
  if (query.after !== undefined) conditions.push(isBehind(order, query.after))
  const { rows } = await sql<KeyPlace>`
    select ${placeColumns(order)}
    from ${sql.table(index)}
    where ${allOf(conditions)}
    ${inOrderOf(order)}
    limit 1 offset ${BigInt(MAX.listRowsRead - 1)}`.execute(trx)
  return rows[0] ?? null
}

function placeColumns({ value, id }: Order): RawBuilder<unknown> {
  return sql`${sql.ref(value)} as value, ${sql.ref(id)} as id`
}

function allOf(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return sql`${sql.join(
    conditions.map((condition) => sql`(${condition})`),
    sql` and `,
  )}`
}

function inOrderOf({ value, id, direction }: Order): RawBuilder<unknown> {
  const way = sql.raw(direction)
  return sql`order by ${sql.ref(value)} ${way}, ${sql.ref(id)} ${way}`
}

async function rowsOf(db: SqlDatabase, trx: Trx, ids: readonly string[]): Promise<KeyRow[]> {
  if (ids.length === 0) return []
  const totals = db.besideEach(sql.table('key_totals'), sql`key_totals.key_id = keys.id`)
  const { rows } = await sql<KeyRow>`
    select keys.*, key_totals.last_used_at, key_totals.request_count
    from keys ${totals} where ${db.oneOf(sql`keys.id`, ids)}`.execute(trx)
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => byId.get(id) ?? [])
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
