import type { CompiledQuery } from 'kysely'
import type { Trx } from './database.ts'

/** What a driver may know of a query in a transaction. One that makes no use of it runs the query at once, which is right as well. */
export interface QueryHints {
  /**
   * Nobody looks at what the query brings, so it may be sent together with the next one. Where it fails, that one or the commit
   * fails in its place.
   */
  canWait?: true
  /** It reads a few rows by an index. As long as its transaction has written nothing, any look at what is committed serves it. */
  isLookUp?: true
}

/** Writes something in a transaction without waiting for it; what the transaction does next comes after it. */
export async function writeNext(trx: Trx, write: { compile(): CompiledQuery }): Promise<void> {
  await trx.executeQuery(hinted(write.compile(), { canWait: true }))
}

/** Reads a few rows by an index, as a look-up. */
export async function lookUp<Row>(trx: Trx, read: { compile(): CompiledQuery<Row> }): Promise<Row[]> {
  return (await trx.executeQuery<Row>(hinted(read.compile(), { isLookUp: true }))).rows
}

/** The query with what its driver may know of it. */
export function hinted<Row>(query: CompiledQuery<Row>, hints: QueryHints): CompiledQuery<Row> & QueryHints {
  return { ...query, ...hints }
}
