import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fillKeys } from '../../../../test/scale/fill-keys.ts'
import { NOON } from '../../../../test/support/records.ts'
import { MAX } from '../../../core/ground/bounds.ts'
import type { KeyQuery } from '../../../core/keys/queries.ts'
import type { UserId } from '../../../core/types.ts'
import { openStore } from '../../open.ts'
import { openForReading } from '../../sqlite/open-reading.ts'
import { type SqlDatabase, snapshot } from '../base/database.ts'
import { gramsOfText, placeOf, splitNumber } from './grams.ts'
import { listKeys } from './key-list.ts'
import { addNumber, NUMBERS_IN_SET, type NumberSet, numberSet, writeSet } from './number-sets.ts'
import { searchKeys } from './search-index.ts'
import { newestStretches } from './search-stretches.ts'

// A search among many stretches of the index: keys are given numbers that lie far apart, so that few keys stand for millions.

const KEYS = 6_000
const IN_STRETCH = 4
const folder = mkdtempSync(join(tmpdir(), 'latchkey-search-'))
let db: SqlDatabase
let texts: { id: string; text: string; owner_id: UserId }[]

beforeAll(async () => {
  const path = join(folder, 'k.db')
  await (await openStore(`sqlite:${path}`)).close()
  fillKeys(path, { keys: KEYS, at: NOON })
  texts = spread(path)
  db = openForReading({ path, limitMs: 60_000 }).db
})

afterAll(async () => {
  await db.close()
  rmSync(folder, { recursive: true })
})

/** Renumbers all keys, indexes them anew, and returns the texts of those that are not revoked, the newest first. */
function spread(path: string): typeof texts {
  const database = new DatabaseSync(path)
  database.exec(`begin; delete from key_grams; delete from key_stretches;
    update key_search set number = -(number / ${IN_STRETCH}) * ${NUMBERS_IN_SET} - number % ${IN_STRETCH} - 1;
    update key_search set number = -number - 1;
    insert into key_stretches (stretch, newest, oldest)
      select number / ${NUMBERS_IN_SET}, max(created_at), min(created_at) from key_search group by 1`)
  const sets = new Map<number, NumberSet>()
  const rows = database.prepare('select number, text from key_search').all() as {
    number: number
    text: string
  }[]
  for (const { number, text } of rows) {
    const { stretch, within } = splitNumber(number)
    for (const gram of gramsOfText(text)) {
      const place = placeOf(gram, stretch)
      const set = sets.get(place) ?? numberSet()
      sets.set(place, set)
      addNumber(set, within)
    }
  }
  const insert = database.prepare('insert into key_grams (place, numbers) values (?, ?)')
  for (const [place, set] of sets) insert.run(place, writeSet(set))
  database.exec('commit')
  const found = database
    .prepare(`select keys.id, keys.owner_id, key_search.text from keys join key_search on key_search.key_id = keys.id
    where revoked = 0 order by keys.created_at desc, keys.id desc`)
    .all() as typeof texts
  database.close()
  return found
}

async function pagesOf(query: Pick<KeyQuery, 'sort' | 'search' | 'ownerId'>): Promise<string[][]> {
  const pages: string[][] = []
  let after: KeyQuery['after']
  do {
    const page = await listKeys(db, { ...query, limit: 100, at: NOON, ...(after && { after }) })
    pages.push(page.rows.map(({ key }) => key.id))
    after = page.next ?? undefined
  } while (after !== undefined)
  return pages
}

/** The last batch may begin just below the bound; it has 64 stretches more than all before it, with four sets each. */
const BOUND = 2 * MAX.listSetsRead + 4 * 64

function matching(search: string): typeof texts {
  return texts.filter(({ text }) => search.split(' ').every((word) => text.includes(word)))
}

const SEARCHES = [
  'lk',
  'lk service',
  'service17',
  'service1',
  'e 17 3',
  '000 17 service',
  '7 9 11',
  '9 region service',
  'absent',
  'servicex',
]

describe('a search among 1,500 stretches', () => {
  test.each(SEARCHES)('finds every key with %p once, in every order', async (search) => {
    const expected = matching(search).map(({ id }) => id)
    const newest = (await pagesOf({ search, sort: 'createdAt' })).flat()
    expect(newest).toEqual(expected)
    // One user has few keys, far apart, so that its pages end early.
    const ownerId = texts[0]?.owner_id as UserId
    const own = matching(search).filter((key) => key.owner_id === ownerId)
    const ofOwner = await pagesOf({ search, ownerId, sort: 'createdAt' })
    expect(ofOwner.flat()).toEqual(own.map(({ id }) => id))
    for (const sort of ['spent', 'lastUsedAt'] as const)
      expect((await pagesOf({ search, sort })).flat().toSorted()).toEqual(expected.toSorted())
  })

  test.each(SEARCHES)(
    'for the newest keys with %p, each page reads a bounded number of sets',
    async (search) => {
      await snapshot(db, async (trx) => {
        const found = await searchKeys(db, trx, { search, sort: 'createdAt' })
        const judging = found.sets.rowsRead()
        expect(judging).toBeLessThan(BOUND)
        if (found.few !== null) {
          expect(found.few.keys).toBeGreaterThanOrEqual(matching(search).length)
          return
        }
        const page = await newestStretches(db, trx, {
          search: found,
          after: undefined,
          enough: MAX.listSorted,
        })
        expect(found.sets.rowsRead() - judging).toBeLessThan(BOUND)
        if (page.rest !== null) expect(page.stretches.length).toBeGreaterThan(0)
      })
    },
  )
})
