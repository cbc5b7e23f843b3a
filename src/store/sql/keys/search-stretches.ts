import { sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Cursor } from '../../../core/ground/page.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { positionOf } from '../base/pages.ts'
import type { KeySearch } from './search-index.ts'

interface Stretch {
  stretch: bigint
  newest: bigint
}

/** The stretches of the index that are read for one page. */
export interface Stretches {
  stretches: number[]
  /** The creation time of the newest key in the remaining stretches; null when none remains. */
  rest: bigint | null
}

/**
 * The stretches with the newest keys behind a place, until they have enough keys. Keys get their numbers when they are created, so
 * stretches hardly overlap in time. Where they do, more of them are taken, so that every page makes progress.
 */
export async function newestStretches(
  db: SqlDatabase,
  trx: Trx,
  { search: { proposed }, after }: { search: KeySearch; after: Cursor | undefined },
): Promise<Stretches> {
  const before = after === undefined ? null : positionOf(after)
  const isBehind = before === null ? sql`true` : sql`oldest <= ${before}`
  const { rows } = await sql<Stretch>`
    select stretch, newest from key_stretches
    where ${db.oneOf(sql`stretch`, [...proposed.keys()])} and ${isBehind} and ${db.inTime(sql`stretch`)}
    order by newest desc`.execute(trx)
  const stretches: number[] = []
  let keys = 0
  for (const { stretch, newest } of rows) {
    const comesFurther = before === null || newest + 1n < before
    if (keys >= MAX.listSorted && comesFurther) return { stretches, rest: newest }
    stretches.push(Number(stretch))
    keys += proposed.get(Number(stretch)) ?? 0
  }
  return { stretches, rest: null }
}
