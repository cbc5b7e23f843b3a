import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import { Fault } from '../../../core/ground/faults.ts'
import type { KeyQuery } from '../../../core/keys/queries.ts'
import { searchWords } from '../../../core/keys/search-text.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { statement } from '../base/statement.ts'
import { gramsOfWords, splitNumber } from './grams.ts'
import { NUMBERS_IN_SET } from './number-sets.ts'
import { createSearchSets, type SearchSets } from './search-sets.ts'

/** The state of a search. */
export interface KeySearch {
  /** True for the keys whose text contains every word; a condition on a table that has the key's id in this column. */
  holdsFor(keyId: RawBuilder<unknown>): RawBuilder<SqlBool>
  /** The keys whose text contains every word, among those of some stretches of the index and those that are not indexed yet. */
  keysIn(stretches: Iterable<number>): RawBuilder<unknown>
  /** The keys that the index proposes. */
  sets: SearchSets
  /** The stretches that have them all, and how many they are; null where they are too many to be sorted, or have not all been read. */
  few: { stretches: number[]; keys: number } | null
  /** The part of all keys that is proposed, as far as sets were read. */
  share: number
}

/** How many stretches are read first to see whether a search finds many keys; each further time it is twice as many. */
const FIRST_STRETCHES = 64

/**
 * Looks a search up. Throws `search_not_ready` while many keys are not indexed yet, as after an upgrade. For a query within a scope the
 * index, which has all keys, is not asked: the texts of the scope's own keys are compared.
 */
export async function searchKeys(
  db: SqlDatabase,
  trx: Trx,
  { search, sort, within }: Pick<KeyQuery, 'sort' | 'within'> & { search: string },
): Promise<KeySearch> {
  const words = searchWords(search)
  const isIndexAsked = words.length > 0 && within === undefined
  const hasWords = hasAll(words.map((word) => db.contains(sql`key_search.text`, word)))
  const lastNumber = words.length === 0 ? 0 : await requireReady(db, trx)
  const sets = await createSearchSets(db, trx, { grams: isIndexAsked ? gramsOfWords(words) : [], lastNumber })
  // The newest keys are found stretch by stretch, so that these need not all be known.
  const rowsMax = sort === 'createdAt' ? MAX.listSetsRead : Number.POSITIVE_INFINITY
  const stretches = isIndexAsked ? scattered(splitNumber(lastNumber).stretch + 1) : []
  return {
    holdsFor: (keyId) =>
      db.findsForEach(sql`select 1 from key_search where key_search.key_id = ${keyId} and ${hasWords}`),
    // A pending key may be in the index with an older text; the conditions on `pending` keep it from being found twice.
    keysIn: (some) => sql`(
      select key_id, created_at from key_search
      where ${db.oneOf(sql`number`, sets.numbersIn(some))} and pending = 0 and ${hasWords}
      union all
      select key_id, created_at from key_search where pending = 1 and ${hasWords}
    )`,
    sets,
    ...(await judged(sets, { stretches, rowsMax })),
  }
}

// A search without words finds nothing.
function hasAll(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return conditions.length === 0 ? sql`1 = 0` : sql`${sql.join(conditions, sql` and `)}`
}

/** Reads sets until they propose too many keys to sort, or until all are read. So a frequent word costs no more among more keys. */
async function judged(
  sets: SearchSets,
  { stretches, rowsMax }: { stretches: readonly number[]; rowsMax: number },
): Promise<Pick<KeySearch, 'few' | 'share'>> {
  const proposing: number[] = []
  let keys = 0
  let read = 0
  for (let size = FIRST_STRETCHES; read < stretches.length; size *= 2) {
    const some = stretches.slice(read, read + size)
    read += some.length
    await sets.read(some)
    for (const stretch of some) {
      if (sets.sizeIn(stretch) > 0) proposing.push(stretch)
      keys += sets.sizeIn(stretch)
    }
    const isEnough = keys > MAX.listSorted || (read < stretches.length && sets.rowsRead() >= rowsMax)
    if (isEnough) return { few: null, share: keys / (read * NUMBERS_IN_SET) }
  }
  return { few: { stretches: proposing, keys }, share: 0 }
}

/** The numbers below `count`, of which any first ones are spread over the range. */
function scattered(count: number): number[] {
  const bits = Math.max(1, 32 - Math.clz32(count - 1))
  const reversed = Array.from({ length: 2 ** bits }, (_, n) => {
    let value = 0
    for (let bit = 0; bit < bits; bit += 1) value = value * 2 + ((n >> bit) & 1)
    return value
  })
  return reversed.filter((n) => n < count)
}

// Pending texts are compared one by one, so that a key is found from the moment when it exists.
async function requireReady(db: SqlDatabase, trx: Trx): Promise<number> {
  const [state] = await readiness(db, trx, {})
  if (state === undefined || state.behind !== 0n || state.waiting > BigInt(MAX.searchPending))
    throw new Fault('search_not_ready')
  return Number(state.last)
}

const readiness = statement(
  [],
  () => sql<{ behind: bigint; last: bigint; waiting: bigint }>`
    select
      (select value from meta where name = 'search_behind') as behind,
      (select coalesce(max(number), 0) from key_search) as last,
      (select count(*) from (
        select 1 from key_search where pending = 1 order by number limit ${sql.lit(MAX.searchPending + 1)}
      ) as bounded) as waiting`,
)
