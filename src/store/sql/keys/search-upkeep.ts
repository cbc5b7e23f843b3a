import { sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { SqlDatabase } from '../base/database.ts'
import type { Cell } from '../base/row-forms.ts'
import { rowStep } from '../base/row-steps.ts'
import type { LongReader } from '../long-reads.ts'

/** Updates the search index after changes of names. Until then, the changed texts are compared one by one. */
export interface SearchUpkeep {
  /** See `KeyStore.refreshSearch`. */
  refresh(limit: number): Promise<number>
}

/**
 * Builds the upkeep. The rows are computed in the thread of long reads; here they are only written, some rows per commit. The work may be
 * interrupted at any point and repeated: a number that is in the index too early, or in two places, does no harm, because the key's text
 * is compared.
 */
export function createSearchUpkeep(db: SqlDatabase, read: LongReader): SearchUpkeep {
  /** The last key up to which all texts are known to exist; null when all exist. Unknown at first. */
  let walkedTo: string | null | undefined

  async function walk(after: string, limit: number): Promise<void> {
    const { keys, end } = await read('findTexts', null, { after, limit })
    for (const rows of slices(keys, ({ keyId, createdAt, text }) => [keyId, createdAt, text]))
      await db.runSteps([addTexts(db, rows)], { errand: 'chore' })
    if (end === null) await db.runSteps([noteWalked(db, [[0]])], { errand: 'chore' })
    walkedTo = end
  }

  async function isWalked(): Promise<boolean> {
    const row = await db.reader
      .selectFrom('meta')
      .select('value')
      .where('name', '=', 'search_behind')
      .executeTakeFirst()
    return row?.value === 0n
  }

  /** Indexes so many keys, a part of them at a time, because names of random characters have far more pieces than words. */
  async function index(limit: number): Promise<number> {
    let done = 0
    while (done < limit) {
      const count = await indexPart(limit - done)
      if (count === 0) break
      done += count
    }
    return done
  }

  async function indexPart(limit: number): Promise<number> {
    const { keys, sets, stretches } = await read('planIndexing', null, limit)
    if (keys.length === 0) return 0
    // The ages are written before the keys are indexed, so that no key lies outside the ages of its stretch.
    const ages = stretches.map(({ stretch, newest, oldest }) => [stretch, newest, oldest])
    await db.runSteps([noteAges(db, ages)], { errand: 'chore' })
    for (const rows of slices(sets, ({ place, numbers }) => [place, numbers]))
      await db.runSteps([writeSets(db, rows)], { errand: 'chore' })
    for (const rows of slices(keys, ({ keyId, text }) => [keyId, text]))
      await db.runSteps([noteIndexed(db, rows)], { errand: 'chore' })
    return keys.length
  }

  return {
    async refresh(limit) {
      if (walkedTo === undefined) walkedTo = (await isWalked()) ? null : ''
      if (walkedTo !== null) {
        await walk(walkedTo, limit)
        return limit
      }
      return index(limit)
    },
  }
}

function* slices<T>(records: readonly T[], cellsOf: (record: T) => Cell[]): Generator<Cell[][]> {
  for (let from = 0; from < records.length; from += MAX.choreRows)
    yield records.slice(from, from + MAX.choreRows).map(cellsOf)
}

// A text that a change has written meanwhile is newer, so it stays.
const addTexts = rowStep({ key_id: 'text', created_at: 'integer', text: 'text' }, [
  ({ cells, from }) => sql`
    insert into key_search (key_id, created_at, text, pending) select ${cells}, 1 ${from} where true
    on conflict (key_id) do nothing`,
])

const noteWalked = rowStep({ value: 'integer' }, [
  ({ cell, from }) => sql`update meta set value = ${cell('value')} ${from} where name = 'search_behind'`,
])

const noteAges = rowStep({ stretch: 'integer', newest: 'integer', oldest: 'integer' }, [
  ({ cells, from }) => sql`
    insert into key_stretches (stretch, newest, oldest) select ${cells} ${from} where true
    on conflict (stretch) do update set
      newest = case when excluded.newest > key_stretches.newest then excluded.newest else key_stretches.newest end,
      oldest = case when excluded.oldest < key_stretches.oldest then excluded.oldest else key_stretches.oldest end`,
])

const writeSets = rowStep({ place: 'integer', numbers: 'text' }, [
  ({ cells, from }) => sql`
    insert into key_grams (place, numbers) select ${cells} ${from} where true
    on conflict (place) do update set numbers = excluded.numbers`,
])

// A text that has changed since it was read is still pending.
const noteIndexed = rowStep({ key_id: 'text', text: 'text' }, [
  ({ cell, from }) => sql`
    update key_search set pending = 0, former = null
    ${from} where key_search.key_id = ${cell('key_id')} and key_search.text = ${cell('text')}`,
])
