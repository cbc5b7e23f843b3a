import { sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { SqlDatabase } from '../base/database.ts'
import { rowStep } from '../base/row-steps.ts'
import type { LongReader } from '../long-reads.ts'

/** Lets the search index follow the names of keys. Until it does, what has changed is looked through as it is. */
export interface SearchUpkeep {
  /** See `KeyStore.refreshSearch`. */
  refresh(limit: number): Promise<number>
}

/**
 * Builds the upkeep. What is to be written is worked out where long reads run; here it is only handed on, some rows to a commit. It may be
 * cut short at any point and done again: a number that is in the index too early, or twice, is found out by the key's text.
 */
export function createSearchUpkeep(db: SqlDatabase, read: LongReader): SearchUpkeep {
  /** The last key whose text is there for certain; null when all are. Unknown at first. */
  let walkedTo: string | null | undefined

  async function walk(after: string, limit: number): Promise<void> {
    const { keys, end } = await read('findTexts', null, { after, limit })
    const rows = keys.map(({ keyId, createdAt, text }) => [keyId, createdAt, text])
    for (const slice of slices(rows)) await db.runSteps([addTexts(db, slice)], 'chore')
    if (end === null) await db.runSteps([noteWalked(db, [[0]])], 'chore')
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

  async function index(limit: number): Promise<number> {
    const { keys, sets, stretches } = await read('planIndexing', null, limit)
    if (keys.length === 0) return 0
    // Before their keys are in the index, so that no key is older or newer than its stretch says.
    const ages = stretches.map(({ stretch, newest, oldest }) => [stretch, newest, oldest])
    await db.runSteps([noteAges(db, ages)], 'chore')
    for (const slice of slices(sets.map(({ place, numbers }) => [place, numbers])))
      await db.runSteps([writeSets(db, slice)], 'chore')
    for (const slice of slices(keys.map(({ keyId, text }) => [keyId, text])))
      await db.runSteps([noteIndexed(db, slice)], 'chore')
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

function* slices<T>(rows: readonly T[]): Generator<T[]> {
  for (let from = 0; from < rows.length; from += MAX.choreRows) yield rows.slice(from, from + MAX.choreRows)
}

// What a change has written meanwhile is newer.
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
