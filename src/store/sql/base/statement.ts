import type { CompiledQuery } from 'kysely'
import type { SqlDatabase, Trx } from './database.ts'
import { hinted, type QueryHints } from './query-hints.ts'

/** A query or a piece of raw SQL, as Kysely builds them. */
interface Source<Row> {
  compile(trx: Trx): CompiledQuery<Row>
}

/** Runs a statement with its arguments. */
export type Statement<Args, Row> = (db: SqlDatabase, trx: Trx, args: Args) => Promise<Row[]>

/**
 * A statement that is built once per database and then only gets new arguments, because building it costs several times as much as
 * running it. `build` gets a placeholder for each named argument, which it may only use as a value. A statement that reads must be a
 * look-up of few rows by an index. One whose result nobody needs `canWait` for the next.
 */
export function statement<Args extends object, Row>(
  names: readonly (keyof Args & string)[],
  build: (trx: Trx, args: Args, db: SqlDatabase) => Source<Row>,
  hints: Pick<QueryHints, 'canWait'> = {},
): Statement<Args, Row> {
  const built = new WeakMap<SqlDatabase, CompiledQuery<Row>>()
  const standIns = Object.fromEntries(names.map((name) => [name, { argument: name }])) as Args

  return async (db, trx, args) => {
    const query = built.get(db) ?? build(trx, standIns, db).compile(trx)
    built.set(db, query)
    const values = new Map<unknown, unknown>(Object.entries(args))
    const parameters = query.parameters.map((value) =>
      isStandIn(value) ? values.get(value.argument) : value,
    )
    return (await trx.executeQuery<Row>(hinted({ ...query, parameters }, { isLookUp: true, ...hints }))).rows
  }
}

function isStandIn(value: unknown): value is { argument: string } {
  return typeof value === 'object' && value !== null && 'argument' in value
}

/** The numbers of rows that one statement writes: few, so that each length is built and prepared once. An event has three windows. */
const LENGTHS = [60, 12, 3, 1] as const

/**
 * A statement that writes any number of rows, in pieces of a few lengths. Every row must have the same members in the same
 * order, all of which `build` uses as values, row by row and in that order.
 */
export function bulkStatement<Row extends object, Result>(
  build: (trx: Trx, rows: Row[]) => Source<Result>,
): Statement<Row[], Result> {
  const built = new WeakMap<SqlDatabase, Map<number, CompiledQuery<Result>>>()

  function query(db: SqlDatabase, trx: Trx, rows: Row[]): CompiledQuery<Result> {
    const known = built.get(db) ?? new Map<number, CompiledQuery<Result>>()
    built.set(db, known)
    const compiled = known.get(rows.length) ?? build(trx, rows).compile(trx)
    known.set(rows.length, compiled)
    return { ...compiled, parameters: rows.flatMap((row) => Object.values(row)) }
  }

  return async (db, trx, rows) => {
    const results: Result[] = []
    for (const piece of pieces(rows)) {
      const result = await trx.executeQuery(query(db, trx, piece))
      for (const row of result.rows) results.push(row)
    }
    return results
  }
}

function* pieces<T>(rows: readonly T[]): Generator<T[]> {
  let from = 0
  for (const length of LENGTHS) {
    for (; rows.length - from >= length; from += length) yield rows.slice(from, from + length)
  }
}
