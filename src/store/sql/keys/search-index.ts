import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import { Fault } from '../../../core/ground/faults.ts'
import { searchWords } from '../../../core/keys/search-text.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { statement } from '../base/statement.ts'
import { type Gram, gramsOfWords, placeOf, splitNumber, stretchAt } from './grams.ts'
import { keepCommon, NUMBERS_IN_SET, type NumberSet, numbersOf, readSet, sizeOfSet } from './number-sets.ts'

/** The state of a search. */
export interface KeySearch {
  /** True for the keys whose text contains every word; a condition on a table that has the key's id in this column. */
  holdsFor(keyId: RawBuilder<unknown>): RawBuilder<SqlBool>
  /** The keys whose text contains every word, among those of some stretches of the index and those that are not indexed yet. */
  keysIn(stretches: Iterable<number>): RawBuilder<unknown>
  /** The number of keys that the index proposes, by stretch of numbers. */
  proposed: ReadonlyMap<number, number>
  /** The highest number of a key, which is about the number of keys. */
  lastNumber: number
}

/** The number of pieces that are looked up, the rarest ones; the others would exclude few more keys. */
const LOOKED_UP = 4
/** So few keys are compared by their texts rather than by one more piece of the index. */
const LOOKED_AT = 200

/** Looks a search up. Throws `search_not_ready` while many keys are not indexed yet, as after an upgrade. */
export async function searchKeys(db: SqlDatabase, trx: Trx, search: string): Promise<KeySearch> {
  const words = searchWords(search)
  const hasWords = hasAll(words.map((word) => db.contains(sql`key_search.text`, word)))
  const { lastNumber } = words.length === 0 ? { lastNumber: 0 } : await requireReady(db, trx)
  const sets =
    words.length === 0 ? new Map<number, NumberSet>() : await proposedBy(db, trx, { words, lastNumber })
  return {
    holdsFor: (keyId) =>
      db.findsForEach(sql`select 1 from key_search where key_search.key_id = ${keyId} and ${hasWords}`),
    keysIn(stretches) {
      const numbers = [...stretches].flatMap((stretch) => numbersIn(stretch, sets.get(stretch)))
      // A pending key may be in the index with an older text; the conditions on `pending` keep it from being found twice.
      return sql`(
        select key_id, created_at from key_search where ${db.oneOf(sql`number`, numbers)} and pending = 0 and ${hasWords}
        union all
        select key_id, created_at from key_search where pending = 1 and ${hasWords}
      )`
    },
    proposed: new Map([...sets].map(([stretch, set]) => [stretch, sizeOfSet(set)])),
    lastNumber,
  }
}

// A search without words finds nothing.
function hasAll(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return conditions.length === 0 ? sql`1 = 0` : sql`${sql.join(conditions, sql` and `)}`
}

function numbersIn(stretch: number, set: NumberSet | undefined): number[] {
  return set === undefined ? [] : numbersOf(set).map((within) => stretch * NUMBERS_IN_SET + within)
}

// Pending texts are compared one by one, so that a key is found from the moment when it exists.
async function requireReady(db: SqlDatabase, trx: Trx): Promise<{ lastNumber: number }> {
  const [state] = await readiness(db, trx, {})
  if (state === undefined || state.behind !== 0n || state.waiting > BigInt(MAX.searchPending))
    throw new Fault('search_not_ready')
  return { lastNumber: Number(state.last) }
}

async function proposedBy(
  db: SqlDatabase,
  trx: Trx,
  { words, lastNumber }: { words: readonly string[]; lastNumber: number },
): Promise<Map<number, NumberSet>> {
  const middle = splitNumber(Math.floor(lastNumber / 2)).stretch
  const grams = await rarestFirst(db, trx, { grams: gramsOfWords(words), middle })
  const all = Array.from({ length: splitNumber(lastNumber).stretch + 1 }, (_, stretch) => stretch)
  let found: Map<number, NumberSet> | null = null
  for (const gram of grams) {
    const sets = await setsOf(db, trx, { gram, stretches: found?.keys() ?? all })
    found = found === null ? sets : common(found, sets)
    if (countOf(found) <= LOOKED_AT) break
  }
  return found ?? new Map()
}

const readiness = statement(
  [],
  () => sql<{ behind: bigint; last: bigint; waiting: bigint }>`
    select
      (select value from meta where name = 'search_behind') as behind,
      (select coalesce(max(number), 0) from key_search) as last,
      (select count(*) from (
        select 1 from key_search where pending = 1 limit ${sql.lit(MAX.searchPending + 1)}
      ) as bounded) as waiting`,
)

/** The frequency of each piece is estimated from the stretch in the middle of all keys. */
async function rarestFirst(
  db: SqlDatabase,
  trx: Trx,
  { grams, middle }: { grams: readonly Gram[]; middle: number },
): Promise<Gram[]> {
  const places = grams.map((gram) => placeOf(gram, middle))
  const { rows } = await sql<{ place: bigint; size: bigint }>`
    select place, cast(length(numbers) as bigint) as size from key_grams where ${db.oneOf(sql`place`, places)}`.execute(
    trx,
  )
  const sizes = new Map(rows.map((row) => [Number(row.place), Number(row.size)]))
  const sizeOf = (gram: Gram) => sizes.get(placeOf(gram, middle)) ?? 0
  return grams.toSorted((one, other) => sizeOf(one) - sizeOf(other)).slice(0, LOOKED_UP)
}

async function setsOf(
  db: SqlDatabase,
  trx: Trx,
  { gram, stretches }: { gram: Gram; stretches: Iterable<number> },
): Promise<Map<number, NumberSet>> {
  const places = Array.from(stretches, (stretch) => placeOf(gram, stretch))
  const { rows } = await sql<{ place: bigint; numbers: string }>`
    select place, numbers from key_grams
    where ${db.oneOf(sql`place`, places)} and ${db.inTime(sql`place`)}`.execute(trx)
  return new Map(rows.map((row) => [stretchAt(Number(row.place)), readSet(row.numbers)]))
}

function common(found: Map<number, NumberSet>, sets: ReadonlyMap<number, NumberSet>): Map<number, NumberSet> {
  for (const [stretch, set] of found) {
    const other = sets.get(stretch)
    if (other !== undefined) keepCommon(set, other)
    if (other === undefined || sizeOfSet(set) === 0) found.delete(stretch)
  }
  return found
}

function countOf(sets: ReadonlyMap<number, NumberSet>): number {
  let count = 0
  for (const set of sets.values()) count += sizeOfSet(set)
  return count
}
