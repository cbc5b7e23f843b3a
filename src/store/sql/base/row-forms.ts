import { type RawBuilder, sql } from 'kysely'
import type { Tables } from './tables.ts'

/** A value in a row of a step. Money is passed as decimal text, so that it keeps every digit. */
export type Cell = string | number | null

/** The SQL form of a cell. */
export type CellKind = 'text' | 'integer'

/** Statements, and the rows for which each of them runs before the next. */
export interface Step {
  /** JSON array of rows, each an array of cells: one parameter, which is cheap to send to a server or a thread. */
  rows: string
  statements: readonly StepStatement[]
}

/** One statement of a step. */
export interface StepStatement {
  sql: string
  /** The number of a row's cells that it uses, from the first; an embedded engine binds only these. */
  cells: number
  /** The number of rows that it must change in all; null when any number is right. */
  changes: number | null
}

/**
 * The way an engine runs one statement for many rows. An embedded engine runs it once per row, which is several times as fast as reading
 * the rows from JSON in SQL; a server runs it once for all of them, because each statement is a round trip.
 */
export interface RowForm {
  /** The text before the statement; `lock` names rows that the statement will change. */
  prefix(columns: readonly [string, CellKind][], lock: RowLock | undefined): RawBuilder<unknown>
  cell(name: string, place: number, kind: CellKind): RawBuilder<unknown>
  from(lock: RowLock | undefined): RawBuilder<unknown>
  beside: RawBuilder<unknown>
  spread(values: RawBuilder<unknown>): RawBuilder<unknown>
  sum(cell: RawBuilder<unknown>): RawBuilder<unknown>
  groupBy(columns: RawBuilder<unknown>): RawBuilder<unknown>
}

/** Rows to lock in the order of the column, so that two callers never wait for each other in a circle. */
export interface RowLock {
  table: keyof Tables & string
  column: string
}

/**
 * SQLite: placeholders, bound again for each row. Each is in a cast, because without it the engine plans a statement over several tables
 * again for every row.
 */
export const ROW_BY_ROW: RowForm = {
  prefix: () => sql``,
  cell: (_, place, kind) => sql.raw(`cast(?${place} as ${kind})`),
  from: () => sql``,
  beside: sql``,
  spread: (values) => sql`from ${values}`,
  sum: (cell) => cell,
  groupBy: () => sql``,
}

/** PostgreSQL: a table made from the JSON. Rows are written in their order, and locked in that order before they are changed. */
export const ALL_ROWS: RowForm = {
  prefix(columns, lock) {
    const cells = columns.map(([name, kind], index) => {
      const text = sql`(given.value ->> ${sql.lit(index)})`
      return sql`${kind === 'text' ? text : sql`cast(${text} as bigint)`} as ${sql.ref(name)}`
    })
    const given = sql`jsonb_array_elements(cast($1 as jsonb)) with ordinality as given (value, place)`
    const input = sql`with input as materialized (select ${sql.join(cells)} from ${given} order by given.place)`
    if (lock === undefined) return input
    const column = sql.ref(`${lock.table}.${lock.column}`)
    return sql`${input}, locked as materialized (
      select ${column} from ${sql.table(lock.table)}
      where ${column} in (select ${sql.ref(`input.${lock.column}`)} from input)
      order by 1 for no key update)`
  },
  cell: (name) => sql.ref(`input.${name}`),
  from(lock) {
    if (lock === undefined) return sql`from input`
    return sql`from input join locked on ${sql.ref(`locked.${lock.column}`)} = ${sql.ref(`input.${lock.column}`)}`
  },
  beside: sql`cross join input`,
  spread: (values) => sql`from input cross join lateral ${values}`,
  sum: (cell) => sql`cast(sum(${cell}) as bigint)`,
  groupBy: (columns) => sql`group by ${columns} order by ${columns}`,
}
