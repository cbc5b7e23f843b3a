import type { CompiledQuery } from 'kysely'
import type { Trx } from './database.ts'

/** Hints to a driver about a query in a transaction. A driver that ignores them runs the query at once, which is also correct. */
export interface QueryHints {
  /**
   * Nobody needs the result, so the query may be sent together with the next one. If it fails, the next one or the commit fails in its
   * place.
   */
  canWait?: true
  /** It reads a few rows by an index. As long as its transaction has written nothing, any connection may read them. */
  isLookUp?: true
}

/** Writes in a transaction without waiting for the result; the next statement of the transaction runs after it. */
export async function writeNext(trx: Trx, write: { compile(): CompiledQuery }): Promise<void> {
  await trx.executeQuery(hinted(write.compile(), { canWait: true }))
}

/** Reads a few rows by an index, as a look-up. */
export async function lookUp<Row>(trx: Trx, read: { compile(): CompiledQuery<Row> }): Promise<Row[]> {
  return (await trx.executeQuery<Row>(hinted(read.compile(), { isLookUp: true }))).rows
}

/** The query with its hints. */
export function hinted<Row>(query: CompiledQuery<Row>, hints: QueryHints): CompiledQuery<Row> & QueryHints {
  return { ...query, ...hints }
}
