import { CompiledQuery, type RawBuilder, sql } from 'kysely'
import { requireStorableTexts, type SqlDatabase, transact } from './database.ts'
import type { Tables } from './tables.ts'

/** A value in a row of a step. Money crosses as decimal text, so that it keeps every digit. */
export type Cell = string | number | null

/** What a cell becomes in SQL. */
export type CellKind = 'text' | 'integer'

/** A statement and the rows that it is run for. */
export interface Step {
  sql: string
  /** JSON array of rows, each an array of cells: one parameter, which is cheap to hand to a server or a thread. */
  rows: string
  /** How many rows of the database the step must change in all; null where any number is right. */
  changes: number | null
}

/** The current row, as a statement sees it. */
export interface StepRow<Name extends string> {
  /** The value of a column of the row. */
  cell(name: Name): RawBuilder<unknown>
  /** All columns of the row, in their order. */
  cells: RawBuilder<unknown>
  /** The row as the source of a SELECT or an UPDATE that reads no other table. */
  from: RawBuilder<unknown>
  /** The row beside the tables that a SELECT reads. */
  beside: RawBuilder<unknown>
}

/**
 * How an engine runs one statement for many rows. An embedded engine runs it once per row, which is several times as fast
 * as taking the rows from JSON in SQL; a server runs it once for all of them, because each statement is a round trip.
 */
export interface RowForm {
  /** What stands before the statement; `lock` names rows that it will change. */
  prefix(columns: readonly [string, CellKind][], lock: RowLock | undefined): RawBuilder<unknown>
  cell(name: string, place: number, kind: CellKind): RawBuilder<unknown>
  from(lock: RowLock | undefined): RawBuilder<unknown>
  beside: RawBuilder<unknown>
}

/** Rows to lock in the order of the column, so that two callers never wait for each other in a circle. */
export interface RowLock {
  table: keyof Tables & string
  column: string
}

/** SQLite: placeholders, bound anew for each row. */
export const ROW_BY_ROW: RowForm = {
  prefix: () => sql``,
  cell: (_, place, kind) => (kind === 'text' ? sql.raw(`?${place}`) : sql.raw(`cast(?${place} as integer)`)),
  from: () => sql``,
  beside: sql``,
}

/** PostgreSQL: a table made from the JSON. Rows are written in their order, and locked in it before they are changed. */
export const ALL_ROWS: RowForm = {
  prefix(columns, lock) {
    const cells = columns.map(([name, kind], index) => {
      const text = sql`(given.value ->> ${sql.lit(index)})`
      return sql`${kind === 'text' ? text : sql`cast(${text} as bigint)`} as ${sql.ref(name)}`
    })
    const given = sql`jsonb_array_elements(cast($1 as jsonb)) with ordinality as given (value, place)`
    const input = sql`with input as materialized (select ${sql.join(cells)} from ${given} order by given.place)`
    if (lock === undefined) return input
    const table = sql.table(lock.table)
    const column = sql.ref(`${lock.table}.${lock.column}`)
    return sql`${input}, locked as materialized (
      select ${column} from ${table} where ${column} in (select ${sql.ref(`input.${lock.column}`)} from input)
      order by 1 for no key update)`
  },
  cell: (name) => sql.ref(`input.${name}`),
  from(lock) {
    if (lock === undefined) return sql`from input`
    return sql`from input join locked on ${sql.ref(`locked.${lock.column}`)} = ${sql.ref(`input.${lock.column}`)}`
  },
  beside: sql`cross join input`,
}

/**
 * A statement for rows with these columns, built once per database. Answers the step that runs it for some rows; all of
 * them must have the columns in their order. Throws `input_invalid` for texts that not every engine can keep.
 */
export function rowStep<Name extends string>(
  columns: Record<Name, CellKind>,
  build: (row: StepRow<Name>, db: SqlDatabase) => RawBuilder<unknown>,
  lock?: RowLock,
): (db: SqlDatabase, rows: readonly Cell[][], changes?: number) => Step {
  const built = new WeakMap<SqlDatabase, string>()
  const kinds = Object.entries(columns) as [Name, CellKind][]

  function textFor(db: SqlDatabase): string {
    const { rowForm } = db
    const cells = new Map(
      kinds.map(([name, kind], index) => [name, rowForm.cell(name, index + 1, kind)] as const),
    )
    const row: StepRow<Name> = {
      cell: (name) => cells.get(name) ?? sql``,
      cells: sql.join([...cells.values()]),
      from: rowForm.from(lock),
      beside: rowForm.beside,
    }
    return sql`${rowForm.prefix(kinds, lock)} ${build(row, db)}`.compile(db.writer).sql
  }

  return (db, rows, changes) => {
    const text = built.get(db) ?? textFor(db)
    built.set(db, text)
    // JSON would hide them behind escapes that look like any other text.
    for (const row of rows) requireStorableTexts(row)
    return { sql: text, rows: JSON.stringify(rows), changes: changes ?? null }
  }
}

class UnexpectedChanges extends Error {}

/**
 * Runs steps in one transaction of a server, one round trip each. False, and nothing written, when a step has changed
 * another number of rows than it must.
 */
export async function runStepsInTransaction(db: SqlDatabase, steps: readonly Step[]): Promise<boolean> {
  try {
    await transact(db, async (trx) => {
      for (const step of steps) {
        const { numAffectedRows = 0n } = await trx.executeQuery(CompiledQuery.raw(step.sql, [step.rows]))
        if (step.changes !== null && Number(numAffectedRows) !== step.changes) throw new UnexpectedChanges()
      }
    })
    return true
  } catch (error) {
    if (error instanceof UnexpectedChanges) return false
    throw error
  }
}
