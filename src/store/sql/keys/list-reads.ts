import { type RawBuilder, sql } from 'kysely'
import type { Cursor } from '../../../core/ground/page.ts'
import type { KeyQuery, KeySort } from '../../../core/keys/queries.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { allOf, inOrderOf, isBehind, isUpTo, type Order } from '../base/pages.ts'
import type { KeyFilter } from './key-filters.ts'
import type { ListPlan } from './list-plan.ts'
import type { ListStart } from './list-starts.ts'
import { rowsNeeded, rowsToRead } from './list-work.ts'

/** A list while it is read. */
export interface Listing {
  query: KeyQuery
  filters: readonly KeyFilter[]
  plan: ListPlan
}

/** The place of a key in the list's order. */
export interface KeyPlace {
  id: string
  value: bigint
}

/** The ids of a page's keys, and the start of the next page. */
export interface KeyPage {
  ids: string[]
  next: Cursor | null
}

/** Makes a page of keys that were read with one more than the limit. */
export function pageOf(found: readonly KeyPlace[], sort: KeySort, limit: number): KeyPage {
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const next = found.length > limit && last !== undefined ? cursorOf(sort, last) : null
  return { ids: shown.map(({ id }) => id), next }
}

/** The start of the page that continues behind a place. */
export function cursorOf(sort: KeySort, { value, id }: KeyPlace): Cursor {
  // An amount may have more digits than a number can represent.
  return { value: sort === 'spent' ? String(value) : Number(value), id }
}

/** A read of a list; `limit` is the number of its rows, otherwise those of a page and one more. */
export type Read = Listing & { start: ListStart; last?: KeyPlace | null; limit?: number }

/** The places of the keys that meet all filters, from the query's cursor up to `last`, in the list's order. */
export async function run(db: SqlDatabase, trx: Trx, read: Read): Promise<KeyPlace[]> {
  const { query, filters, start, last, limit } = read
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
    limit ${BigInt(limit ?? query.limit + 1)} offset ${BigInt(limit === undefined ? (query.offset ?? 0) : 0)}`.execute(
    trx,
  )
  return rows
}

/** The ids of the keys of a start that meet all filters, in no order. */
export async function idsThatMeet(
  db: SqlDatabase,
  trx: Trx,
  { filters, start }: Pick<Read, 'filters' | 'start'>,
): Promise<Set<string>> {
  const { order } = start
  const conditions = [...start.walked, ...start.others, ...filters.map(({ condition }) => condition)]
  conditions.push(db.inTime(sql.ref(order.id)))
  const { rows } = await sql<{ id: string }>`
    select ${sql.ref(order.id)} as id
    from ${start.tables(rowsNeeded(start.index, filters))}
    where ${allOf(conditions)}`.execute(trx)
  return new Set(rows.map(({ id }) => id))
}

/** The place of the last key that may be read in the list's order; null when there are fewer keys. */
export async function lastToRead(trx: Trx, { query, filters, start }: Read): Promise<KeyPlace | null> {
  const { order } = start
  const conditions = [...start.walked, ...filters.flatMap(({ range }) => range ?? [])]
  if (query.after !== undefined) conditions.push(isBehind(order, query.after))
  const { rows } = await sql<KeyPlace>`
    select ${placeColumns(order)}
    from ${start.tables(new Set())}
    where ${allOf(conditions)}
    ${inOrderOf(order)}
    limit 1 offset ${BigInt(rowsToRead(start, filters) - 1)}`.execute(trx)
  return rows[0] ?? null
}

function placeColumns({ value, id }: Order): RawBuilder<unknown> {
  return sql`${sql.ref(value)} as value, ${sql.ref(id)} as id`
}
