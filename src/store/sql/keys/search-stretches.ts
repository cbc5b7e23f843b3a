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

/** The stretches are looked up so many at a time, then twice as many. */
const FIRST_STRETCHES = 4

/**
 * The stretches with the newest keys behind a place, until they have enough keys or many sets of the index were read. Keys get their
 * numbers when they are created, so stretches hardly overlap in time. Where they do, more of them are taken, so that every page makes
 * progress.
 */
export async function newestStretches(
  db: SqlDatabase,
  trx: Trx,
  { search: { sets }, after, enough }: { search: KeySearch; after: Cursor | undefined; enough: number },
): Promise<Stretches> {
  const before = after === undefined ? null : positionOf(after)
  const isBehind = before === null ? sql`true` : sql`oldest <= ${before}`
  const { rows } = await sql<Stretch>`
    select stretch, newest from key_stretches
    where ${isBehind} and ${db.inTime(sql`stretch`)}
    order by newest desc`.execute(trx)
  const rowsMax = sets.rowsRead() + MAX.listSetsRead
  const stretches: number[] = []
  let keys = 0
  for (let from = 0, size = FIRST_STRETCHES; from < rows.length; from += size, size *= 2) {
    const some = rows.slice(from, from + size).map((row) => ({ ...row, stretch: Number(row.stretch) }))
    const isLong = sets.rowsRead() >= rowsMax
    if (!isLong) await sets.read(some.map(({ stretch }) => stretch))
    for (const { stretch, newest } of some) {
      if (!isLong && sets.sizeIn(stretch) === 0) continue
      const comesFurther = before === null || newest + 1n < before
      if ((isLong || keys >= enough) && comesFurther) return { stretches, rest: newest }
      if (isLong) await sets.read([stretch])
      keys += sets.sizeIn(stretch)
      stretches.push(stretch)
    }
  }
  return { stretches, rest: null }
}
