import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Cursor } from '../../../core/ground/page.ts'
import type { SqlDatabase, Trx } from './database.ts'
import { allOf, inOrderOf, isBehind, type Order } from './pages.ts'

/** A list of one table. */
export interface BoundedList {
  table: string
  order: Order
  /** True for the rows of the list; each condition has an index of its own, in the list's order. */
  conditions: readonly RawBuilder<SqlBool>[]
  /** Conditions that every one of these indexes answers: the rows that they exclude, and the range of the order. */
  within: readonly RawBuilder<SqlBool>[]
  after: Cursor | undefined
  limit: number
}

/**
 * Reads a page of rows that meet several conditions. The rows of the condition that the fewest meet are read in the list's order, at most
 * {@link MAX.listRowsRead} of them. Then the page ends, however few it has, and the next one continues from there.
 */
export async function boundedPage<Row>(
  db: SqlDatabase,
  trx: Trx,
  list: BoundedList,
): Promise<{ rows: Row[]; next: Cursor | null }> {
  const { order, limit } = list
  const { first, others } = await rarestFirst(trx, list)
  const table = sql.table(list.table)
  const inOrder = inOrderOf(order)
  const walked = sql`from ${table} where ${allOf([...first, ...placeOf(list)])} ${inOrder}`
  const read = others.length === 0 ? limit + 1 : MAX.listRowsRead
  const looked = sql`select * ${walked} limit ${BigInt(read)}`
  const met = sql`
    select * from (${looked}) as looked
    where ${allOf([...others, db.inTime(sql.ref(order.id))])} ${inOrder} limit ${BigInt(limit + 1)}`
  const page = sql<Row & Record<string, unknown>>`${others.length === 0 ? looked : met}`
  const { rows } = await page.execute(trx)
  const last = rows[limit - 1]
  if (rows.length > limit && last !== undefined)
    return { rows: rows.slice(0, limit), next: cursorOf(order, last) }
  if (others.length === 0) return { rows, next: null }
  const ends = await sql<Record<string, unknown>>`
    select ${sql.ref(order.value)}, ${sql.ref(order.id)} ${walked} limit 1 offset ${BigInt(read - 1)}`.execute(
    trx,
  )
  const [end] = ends.rows
  return { rows, next: end === undefined ? null : cursorOf(order, end) }
}

async function rarestFirst(
  trx: Trx,
  list: BoundedList,
): Promise<{ first: RawBuilder<SqlBool>[]; others: RawBuilder<SqlBool>[] }> {
  const { conditions } = list
  if (conditions.length < 2) return { first: [...conditions], others: [] }
  const counts = conditions.map(
    (condition, index) => sql`
      (select count(*) from (
        select 1 from ${sql.table(list.table)} where ${allOf([condition, ...placeOf(list)])}
        limit ${BigInt(MAX.listRowsRead)}
      ) as bounded) as ${sql.ref(`met_${index}`)}`,
  )
  const { rows } = await sql<Record<string, bigint>>`select ${sql.join(counts)}`.execute(trx)
  const met = conditions.map((_, index) => rows[0]?.[`met_${index}`] ?? 0n)
  const least = met.reduce((best, count, index) => (count < (met[best] ?? count) ? index : best), 0)
  return {
    first: conditions.filter((_, index) => index === least),
    others: conditions.filter((_, index) => index !== least),
  }
}

function placeOf({ within, order, after }: BoundedList): RawBuilder<SqlBool>[] {
  return after === undefined ? [...within] : [...within, isBehind(order, after)]
}

function cursorOf({ value, id }: Order, row: Record<string, unknown>): Cursor {
  return { value: Number(row[value]), id: String(row[id]) }
}
