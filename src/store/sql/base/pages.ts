import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { inputFault } from '../../../core/ground/faults.ts'
import type { Cursor, Page } from '../../../core/ground/page.ts'

/** The column by which a list is ordered, and the one that orders equal values. */
export interface Order {
  value: string
  id: string
  direction: 'asc' | 'desc'
}

/**
 * Rows behind a cursor, in the list's order. Both columns are compared together, so that the rows are one range of the index. Throws
 * `input_invalid` for a cursor that no list has returned.
 */
export function isBehind(order: Order, cursor: Cursor): RawBuilder<SqlBool> {
  const { columns, place } = compared(order, cursor)
  return order.direction === 'desc' ? sql`${columns} < ${place}` : sql`${columns} > ${place}`
}

/** The row of a cursor and the rows before it. */
export function isUpTo(order: Order, cursor: Cursor): RawBuilder<SqlBool> {
  const { columns, place } = compared(order, cursor)
  return order.direction === 'desc' ? sql`${columns} >= ${place}` : sql`${columns} <= ${place}`
}

/** True where every condition is; without conditions everywhere. */
export function allOf(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  if (conditions.length === 0) return sql`true`
  return sql`${sql.join(
    conditions.map((condition) => sql`(${condition})`),
    sql` and `,
  )}`
}

/** The clause that puts rows into the list's order. */
export function inOrderOf({ value, id, direction }: Order): RawBuilder<unknown> {
  const way = sql.raw(direction)
  return sql`order by ${sql.ref(value)} ${way}, ${sql.ref(id)} ${way}`
}

function compared({ value, id }: Order, cursor: Cursor) {
  return {
    columns: sql`(${sql.ref(value)}, ${sql.ref(id)})`,
    place: sql`(cast(${positionOf(cursor)} as bigint), ${cursor.id})`,
  }
}

/** Makes a page of rows that were read with one more than the limit. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  { record, cursor }: { record: (row: Row) => T; cursor: (row: Row) => Cursor },
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const next = rows.length > limit && last !== undefined ? cursor(last) : null
  return { rows: shown.map(record), next }
}

/** The sort value of a cursor. Throws `input_invalid` for a cursor that no list has returned. */
export function positionOf({ value }: Pick<Cursor, 'value'>): bigint {
  const position = /^-?\d{1,19}$/.test(String(value)) ? BigInt(value) : null
  if (position === null || BigInt.asIntN(64, position) !== position) {
    throw inputFault(['cursor'], 'The cursor does not come from a page of this list.')
  }
  return position
}
