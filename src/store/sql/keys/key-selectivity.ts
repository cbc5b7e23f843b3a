import { type RawBuilder, sql } from 'kysely'
import type { KeyQuery } from '../../../core/keys/queries.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { statement } from '../base/statement.ts'
import { type KeySource, scopeOf } from './key-filters.ts'

/** More keys than this are only sorted for a page when there is no better way. */
const SORTED_KEYS_MAX = 5_000
/** What a look-up of one key among many costs, in rows read one after the other; measured at a million keys. */
const LOOKUP_COST = 4
/** Up to here matches are counted to tell which of several conditions fewer keys meet. */
const COUNTED_KEYS_MAX = 200_000

/** The condition that so few keys meet that sorting them is cheaper than reading the list in its order; null for none. */
export async function selectiveSource(
  db: SqlDatabase,
  trx: Trx,
  { query, sources }: { query: KeyQuery; sources: KeySource[] },
): Promise<KeySource | null> {
  const scope = sql.join(scopeOf(query, 'keys'), sql` and `)
  const isScoped = query.workspaceId !== undefined || query.ownerId !== undefined
  const own = isScoped ? [sql`from keys where ${scope}`] : []
  const sortable = await sortableKeys(db, trx, query.limit)
  const counts = await boundedCounts(trx, [...own, ...sources.map((source) => source.from)], sortable + 1)
  const least = indexOfLeast(counts)
  if ((counts[least] ?? 0) > sortable) return null
  return sources[least - own.length] ?? null
}

/** The condition that the fewest keys meet, as far as counting goes. */
export async function rarestSource(trx: Trx, sources: KeySource[]): Promise<KeySource | null> {
  const froms = sources.map((source) => source.from)
  return sources[indexOfLeast(await boundedCounts(trx, froms, COUNTED_KEYS_MAX))] ?? null
}

/**
 * Up to how many keys it is cheaper to sort than to read the list in its order. Of `all` keys, m that meet a condition
 * cost m look-ups to sort, and about `limit * all / m` rows to come across; this is the m at which both cost the same.
 */
async function sortableKeys(db: SqlDatabase, trx: Trx, limit: number): Promise<number> {
  // No engine counts rows quickly. Every key was one change at least, so the revision is never below their number.
  const [meta] = await lastRevision(db, trx, {})
  const all = Number(meta?.value ?? 0n)
  return Math.min(SORTED_KEYS_MAX, Math.ceil(Math.sqrt((limit * all) / LOOKUP_COST)))
}

const lastRevision = statement([], (trx) =>
  trx.selectFrom('meta').select('value').where('name', '=', 'revision'),
)

async function boundedCounts(trx: Trx, sources: RawBuilder<unknown>[], bound: number): Promise<number[]> {
  const columns = sources.map(
    (from, index) =>
      sql`(select count(*) from (select 1 ${from} limit ${BigInt(bound)}) as bounded) as ${sql.ref(`source_${index}`)}`,
  )
  const { rows } = await sql<Record<string, bigint>>`select ${sql.join(columns)}`.execute(trx)
  return sources.map((_, index) => Number(rows[0]?.[`source_${index}`] ?? 0n))
}

function indexOfLeast(counts: readonly number[]): number {
  return counts.reduce((best, count, index) => (count < (counts[best] ?? count) ? index : best), 0)
}
