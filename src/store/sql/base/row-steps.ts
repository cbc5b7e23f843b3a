import { CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely'
import { type SqlDatabase, type Trx, transactOn } from './database.ts'
import type { Cell, CellKind, RowForm, RowLock, Step, StepStatement } from './row-forms.ts'
import type { Tables } from './tables.ts'

/** The current row of a step, for use in a statement. */
export interface StepRow<Name extends string> {
  /** The value of a column of the row. */
  cell(name: Name): RawBuilder<unknown>
  /** All columns of the row, in their order. */
  cells: RawBuilder<unknown>
  /** The row as the source of a SELECT or an UPDATE that reads no other table. */
  from: RawBuilder<unknown>
  /** The row beside the tables that a SELECT reads. */
  beside: RawBuilder<unknown>
  /** The row once for each of some texts, as the source of a SELECT: `places.column1` is the text, `places.column2` its value. */
  spread(places: readonly { text: string; value: RawBuilder<unknown> }[]): RawBuilder<unknown>
  /** The row once for each row of a source that may refer to its cells, as the source of a SELECT. */
  joined(source: RawBuilder<unknown>): RawBuilder<unknown>
  /** A column added up over the rows that a {@link StepRow.groupBy} combines. */
  sum(name: Name): RawBuilder<unknown>
  /** The clauses after the conditions of a SELECT with sums. */
  groupBy(columns: readonly RawBuilder<unknown>[]): RawBuilder<unknown>
}

/** Builds one statement of a step. */
export type BuildStatement<Name extends string> = (row: StepRow<Name>, db: SqlDatabase) => RawBuilder<unknown>

/** Rows that are written already: a JSON array of rows, each an array of cells. */
export interface WrittenRows {
  json: string
}

/**
 * Statements for rows with these columns, built once per database. Returns a function that makes the step for some rows, which must have
 * the columns in this order; `changes` is the number of rows that the first statement must change.
 */
export function rowStep<Name extends string>(
  columns: Record<Name, CellKind>,
  statements: readonly BuildStatement<Name>[],
  lock?: RowLock,
): (db: SqlDatabase, rows: readonly Cell[][] | WrittenRows, changes?: number) => Step {
  const built = new WeakMap<SqlDatabase, Omit<StepStatement, 'changes'>[]>()
  const kinds = Object.entries(columns) as [Name, CellKind][]

  function builtFor(db: SqlDatabase): Omit<StepStatement, 'changes'>[] {
    const prefix = db.rowForm.prefix(kinds, lock)
    return statements.map((build) => {
      const { row, taken } = rowOf(db.rowForm, kinds, lock)
      const text = sql`${prefix} ${build(row, db)}`.compile(db.writer).sql
      return { sql: text, cells: taken() }
    })
  }

  return (db, rows, changes) => {
    const texts = built.get(db) ?? builtFor(db)
    built.set(db, texts)
    return {
      rows: 'json' in rows ? rows.json : JSON.stringify(rows),
      statements: texts.map((text, index) => ({ ...text, changes: index === 0 ? (changes ?? null) : null })),
    }
  }
}

/** The row with which a statement is built, and the number of its cells that the statement uses. */
function rowOf<Name extends string>(
  form: RowForm,
  kinds: readonly [Name, CellKind][],
  lock: RowLock | undefined,
): { row: StepRow<Name>; taken: () => number } {
  let taken = 0
  const cell = (name: Name) => {
    const index = kinds.findIndex(([known]) => known === name)
    taken = Math.max(taken, index + 1)
    return form.cell(name, index + 1, kinds[index]?.[1] ?? 'text')
  }
  const row: StepRow<Name> = {
    cell,
    get cells() {
      return sql.join(kinds.map(([name]) => cell(name)))
    },
    from: form.from(lock),
    beside: form.beside,
    spread(places) {
      const values = places.map(({ text, value }) => sql`(${sql.lit(text)}, ${value})`)
      return form.spread(sql`(values ${sql.join(values)}) as places`)
    },
    joined: (source) => form.spread(source),
    sum: (name) => form.sum(cell(name)),
    groupBy: (columns) => form.groupBy(sql.join(columns)),
  }
  return { row, taken: () => taken }
}

class UnexpectedChanges extends Error {}
class NothingToWrite extends Error {}

/**
 * Runs steps in one transaction of a server, one round trip per statement. Returns false and writes nothing when a statement has changed
 * a different number of rows than it must. Steps may be decided in the transaction; without steps it is rolled back.
 */
export async function runStepsInTransaction(
  db: SqlDatabase,
  steps: readonly Step[] | ((trx: Trx) => Promise<readonly Step[]>),
  on: Kysely<Tables> = db.writer,
): Promise<boolean> {
  try {
    await transactOn(on, db, async (trx) => {
      const decided = typeof steps === 'function' ? await steps(trx) : steps
      if (decided.length === 0) throw new NothingToWrite()
      for (const { statements, rows } of decided) {
        for (const { sql: text, changes } of statements) {
          const { numAffectedRows = 0n } = await trx.executeQuery(CompiledQuery.raw(text, [rows]))
          if (changes !== null && Number(numAffectedRows) !== changes) throw new UnexpectedChanges()
        }
      }
    })
    return true
  } catch (error) {
    if (error instanceof NothingToWrite) return true
    if (error instanceof UnexpectedChanges) return false
    throw error
  }
}
