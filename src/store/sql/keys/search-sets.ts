import { sql } from 'kysely'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { type Gram, placeOf, splitNumber, stretchAt } from './grams.ts'
import { keepCommon, NUMBERS_IN_SET, type NumberSet, numbersOf, readSet, sizeOfSet } from './number-sets.ts'

/** The keys that the index proposes for a search, which are read some stretches at a time. */
export interface SearchSets {
  /** Looks up the stretches that have not been read yet. */
  read(stretches: readonly number[]): Promise<void>
  /** The number of keys that are proposed in a stretch that was read. */
  sizeIn(stretch: number): number
  /** The numbers of these keys. */
  numbersIn(stretches: Iterable<number>): number[]
  /** How many rows of the index have been read. A look-up that finds none costs an eighth of one that does. */
  rowsRead(): number
}

/** The number of pieces that are looked up, the rarest ones; the others would exclude few more keys. */
const LOOKED_UP = 4
/** So few keys of all stretches are compared by their texts rather than by one more piece of the index. */
const LOOKED_AT = 200

/** Builds the reading of the sets of these pieces. */
export async function createSearchSets(
  db: SqlDatabase,
  trx: Trx,
  { grams, lastNumber }: { grams: readonly Gram[]; lastNumber: number },
): Promise<SearchSets> {
  const middle = splitNumber(Math.floor(lastNumber / 2)).stretch
  const looked = await rarestFirst(db, trx, { grams, middle })
  const enoughIn = LOOKED_AT / (splitNumber(lastNumber).stretch + 1)
  const read = new Set<number>()
  const known = new Map<number, NumberSet>()
  let rowsRead = 0

  async function proposedIn(stretches: readonly number[]): Promise<ReadonlyMap<number, NumberSet>> {
    let found: Map<number, NumberSet> | null = null
    for (const gram of looked) {
      const left = found === null ? stretches : [...found.keys()]
      const sets = await setsOf(db, trx, { gram, stretches: left })
      rowsRead += sets.size
      found = found === null ? sets : common(found, sets)
      if (countOf(found) <= enoughIn * stretches.length) break
    }
    return found ?? new Map()
  }

  return {
    async read(stretches) {
      const unread = stretches.filter((stretch) => !read.has(stretch))
      if (unread.length === 0) return
      for (const [stretch, set] of await proposedIn(unread)) known.set(stretch, set)
      for (const stretch of unread) read.add(stretch)
    },
    sizeIn(stretch) {
      const set = known.get(stretch)
      return set === undefined ? 0 : sizeOfSet(set)
    },
    numbersIn: (stretches) => [...stretches].flatMap((stretch) => numbersIn(stretch, known.get(stretch))),
    rowsRead: () => rowsRead,
  }
}

function numbersIn(stretch: number, set: NumberSet | undefined): number[] {
  return set === undefined ? [] : numbersOf(set).map((within) => stretch * NUMBERS_IN_SET + within)
}

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
  { gram, stretches }: { gram: Gram; stretches: readonly number[] },
): Promise<Map<number, NumberSet>> {
  const places = stretches.map((stretch) => placeOf(gram, stretch))
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
