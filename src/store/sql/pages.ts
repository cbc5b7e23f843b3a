import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { inputFault } from '../../core/faults.ts'
import type { Cursor, Page } from '../store.ts'

/** The column that a list is ordered by, and the one that orders equal values. */
export interface Order {
  value: string
  id: string
  direction: 'asc' | 'desc'
}

/**
 * Rows behind a cursor, in the list's order. Both columns are compared at once, so that one index range holds them.
 * Throws `input_invalid` for a cursor that no list has given out.
 */
export function isBehind(order: Order, cursor: Cursor): RawBuilder<SqlBool> {
  const columns = sql`(${sql.ref(order.value)}, ${sql.ref(order.id)})`
  const place = sql`(cast(${positionOf(cursor)} as bigint), ${cursor.id})`
  return order.direction === 'desc'
    ? sql<SqlBool>`${columns} < ${place}`
    : sql<SqlBool>`${columns} > ${place}`
}

/** Cuts rows that were read with one more than the limit into a page. */
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

function positionOf({ value }: Cursor): bigint {
  const position = /^-?\d{1,19}$/.test(String(value)) ? BigInt(value) : null
  if (position === null || BigInt.asIntN(64, position) !== position) {
    throw inputFault('query:cursor', 'The cursor does not come from a page of this list.')
  }
  return position
}
