import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Cursor } from '../../../core/ground/page.ts'
import type { SqlDatabase, Trx } from './database.ts'
import { allOf, inOrderOf, type Order, positionOf } from './pages.ts'

/** A condition of a list. */
export interface Equal {
  column: string
  value: string
}

/** A list of one table. */
export interface BoundedList {
  table: string
  order: Order
  /** What the rows of the list have; each column has an index that goes on with the list's order. */
  equals: readonly Equal[]
  /** A condition that all of these indexes have; rows that do not meet it are in none. */
  within?: RawBuilder<SqlBool>
  /** Bounds on the value of the order: from this one, and below that one. */
  from?: bigint | undefined
  to?: bigint | undefined
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
  const { first, others } = await rarestFirst(db, trx, list)
  const walked = walkOf(db, list, first)
  const read = others.length === 0 ? limit + 1 : MAX.listRowsRead
  const looked = sql`select * ${walked} limit ${BigInt(read)}`
  const met = sql`
    select * from (${looked}) as looked
    where ${allOf([...others.map(isMet), db.inTime(sql.ref(order.id))])} ${inOrderOf(order)} limit ${BigInt(limit + 1)}`
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
  db: SqlDatabase,
  trx: Trx,
  list: BoundedList,
): Promise<{ first: Equal | undefined; others: readonly Equal[] }> {
  const { equals } = list
  if (equals.length < 2) return { first: equals[0], others: [] }
  const counts = equals.map(
    (each, index) => sql`
      (select count(*) from (select 1 ${walkOf(db, list, each)} limit ${BigInt(MAX.listRowsRead)}) as bounded) as ${sql.ref(`met_${index}`)}`,
  )
  const { rows } = await sql<Record<string, bigint>>`select ${sql.join(counts)}`.execute(trx)
  const met = equals.map((_, index) => rows[0]?.[`met_${index}`] ?? 0n)
  const least = met.reduce((best, count, index) => (count < (met[best] ?? count) ? index : best), 0)
  return { first: equals[least], others: equals.filter((_, index) => index !== least) }
}

function isMet({ column, value }: Equal): RawBuilder<SqlBool> {
  return sql`${sql.ref(column)} = ${value}`
}

/** The rows that meet a condition, for a SELECT: one range of the condition's index, in the list's order. See {@link SqlDatabase.estimates}. */
function walkOf(
  db: SqlDatabase,
  { table, order, within, from, to, after }: BoundedList,
  equal: Equal | undefined,
): RawBuilder<unknown> {
  const leading = equal !== undefined && db.estimates ? [equal] : []
  const columns = [...leading.map(({ column }) => column), order.value, order.id].map((column) =>
    sql.ref(column),
  )
  const bound = (sign: string, ...place: RawBuilder<unknown>[]) => {
    const values = [...leading.map(({ value }) => sql`${value}`), ...place]
    return sql<SqlBool>`(${sql.join(columns.slice(0, values.length))}) ${sql.raw(sign)} (${sql.join(values)})`
  }
  const conditions = within === undefined ? [] : [within]
  if (equal !== undefined && !db.estimates) conditions.push(isMet(equal))
  // A range begins at the first condition on its first column, so there is none but the narrowest.
  const isDown = order.direction === 'desc'
  if (after !== undefined)
    conditions.push(bound(isDown ? '<' : '>', sql`cast(${positionOf(after)} as bigint)`, sql`${after.id}`))
  if (to !== undefined) conditions.push(bound('<', sql`${to}`))
  if (from !== undefined) conditions.push(bound('>=', sql`${from}`))
  if (leading.length > 0 && from === undefined && (isDown || after === undefined))
    conditions.push(bound('>='))
  if (leading.length > 0 && to === undefined && (!isDown || after === undefined)) conditions.push(bound('<='))
  const sorted = sql.join(columns.map((column) => sql`${column} ${sql.raw(order.direction)}`))
  return sql`from ${sql.table(table)} where ${allOf(conditions)} order by ${sorted}`
}

function cursorOf({ value, id }: Order, row: Record<string, unknown>): Cursor {
  return { value: Number(row[value]), id: String(row[id]) }
}
