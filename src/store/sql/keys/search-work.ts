import { sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import { searchedText } from '../../../core/keys/search-text.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { type Gram, gramsOfText, placeOf, splitNumber } from './grams.ts'
import { addNumber, numberSet, readSet, removeNumber, writeSet } from './number-sets.ts'

/** The next keys in the order of their ids, with their searched texts. */
export interface TextsFound {
  keys: { keyId: string; createdAt: number; text: string }[]
  /** The last key that was read; null when there are no more. */
  end: string | null
}

/** Reads the texts of the keys after a given one. */
export function findTexts(
  db: SqlDatabase,
  { after, limit }: { after: string; limit: number },
): Promise<TextsFound> {
  return snapshot(db, async (trx) => {
    const { rows } = await sql<{ id: string; name: string; created_at: bigint; mask: string }>`
      select keys.id, keys.name, keys.created_at, secrets.mask
      from (select id, name, created_at from keys where id > ${after} order by id limit ${BigInt(limit)}) as keys
      cross join secrets
      where secrets.key_id = keys.id and ${db.inTime(sql`secrets.ordinal`)} and secrets.ordinal = (
        select max(other.ordinal) from secrets as other where other.key_id = keys.id
      )
      order by keys.id`.execute(trx)
    const keys = rows.map((row) => ({
      keyId: row.id,
      createdAt: Number(row.created_at),
      text: searchedText(row),
    }))
    return { keys, end: rows.length < limit ? null : (rows.at(-1)?.id ?? null) }
  })
}

/** The rows that add some keys to the search index. */
export interface IndexWork {
  keys: { keyId: string; text: string }[]
  /** The new contents of rows of `key_grams`. */
  sets: { place: number; numbers: string }[]
  /** The ages of these keys, by stretch. */
  stretches: { stretch: number; newest: number; oldest: number }[]
}

interface PendingRow {
  number: bigint
  key_id: string
  created_at: bigint
  text: string
  former: string | null
}

/**
 * Computes the new rows of the index for the next pending keys: for `limit` of them, or for fewer if these change `MAX.indexRows` rows; none
 * while fewer than `limit` keys are pending.
 */
export function planIndexing(db: SqlDatabase, limit: number): Promise<IndexWork> {
  return snapshot(db, async (trx) => {
    const { rows } = await sql<PendingRow>`
      select number, key_id, created_at, text, former from key_search
      where pending = 1 and ${db.inTime(sql`number`)} order by number limit ${BigInt(limit)}`.execute(trx)
    if (rows.length < limit) return { keys: [], sets: [], stretches: [] }
    const { changes, count } = changesOf(rows)
    const some = rows.slice(0, count)
    return {
      keys: some.map((row) => ({ keyId: row.key_id, text: row.text })),
      sets: await changedSets(db, trx, changes),
      stretches: stretchesOf(some),
    }
  })
}

function stretchesOf(rows: readonly PendingRow[]): IndexWork['stretches'] {
  const stretches = new Map<number, IndexWork['stretches'][number]>()
  for (const row of rows) {
    const { stretch } = splitNumber(Number(row.number))
    const at = Number(row.created_at)
    const known = stretches.get(stretch) ?? { stretch, newest: at, oldest: at }
    stretches.set(stretch, {
      stretch,
      newest: Math.max(known.newest, at),
      oldest: Math.min(known.oldest, at),
    })
  }
  return [...stretches.values()]
}

interface Changed {
  added: number[]
  removed: number[]
}

/** The changes of the index for the first of these keys, by place, and how many keys they are. */
function changesOf(rows: readonly PendingRow[]): { changes: Map<number, Changed>; count: number } {
  const changes = new Map<number, Changed>()
  let count = 0
  for (const row of rows) {
    if (changes.size >= MAX.indexRows) break
    addChanges(changes, row)
    count += 1
  }
  return { changes, count }
}

function addChanges(changes: Map<number, Changed>, { number, text, former }: PendingRow): void {
  const { stretch, within } = splitNumber(Number(number))
  const at = (gram: Gram) => {
    const place = placeOf(gram, stretch)
    const change = changes.get(place) ?? { added: [], removed: [] }
    changes.set(place, change)
    return change
  }
  const now = gramsOfText(text)
  // All pieces of the new text, because the index may already have a text from between the former one and this.
  for (const gram of now) at(gram).added.push(within)
  const before = former === null ? new Set<Gram>() : gramsOfText(former)
  for (const gram of before.difference(now)) at(gram).removed.push(within)
}

async function changedSets(
  db: SqlDatabase,
  trx: Trx,
  changes: ReadonlyMap<number, Changed>,
): Promise<IndexWork['sets']> {
  const stored = await storedSets(db, trx, [...changes.keys()])
  return [...changes]
    .flatMap(([place, { added, removed }]) => {
      const before = stored.get(place)
      const set = before === undefined ? numberSet() : readSet(before)
      for (const number of added) addNumber(set, number)
      for (const number of removed) removeNumber(set, number)
      const numbers = writeSet(set)
      return numbers === before ? [] : [{ place, numbers }]
    })
    .sort((one, other) => one.place - other.place)
}

async function storedSets(
  db: SqlDatabase,
  trx: Trx,
  places: readonly number[],
): Promise<Map<number, string>> {
  const { rows } = await sql<{ place: bigint; numbers: string }>`
    select place, numbers from key_grams where ${db.oneOf(sql`place`, places)}`.execute(trx)
  return new Map(rows.map((row) => [Number(row.place), row.numbers]))
}
