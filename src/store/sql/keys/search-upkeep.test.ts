import { expect, test } from 'bun:test'
import { addKey, idOf, NOON, patchKey, seed } from '../../../../test/support/records.ts'
import { MAX } from '../../../core/ground/bounds.ts'
import { searchedText, searchWords } from '../../../core/keys/search-text.ts'
import type { KeyId } from '../../../core/types.ts'
import { openSqlite } from '../../sqlite/open.ts'
import type { SqlDatabase } from '../base/database.ts'
import type { Step } from '../base/row-forms.ts'
import { type LongReader, type ResultOf, runLongRead } from '../long-reads.ts'
import { createSqlStore } from '../store.ts'
import { createSearchUpkeep } from './search-upkeep.ts'

const NAMES = ['alpha one', 'beta one', 'alpha two', '東京 alpha']
const SEARCHES = ['alpha', 'beta', 'one', 'two', 'a', 'gam', '京', 'lk']

/** The changes between the steps of the upkeep. */
interface Between {
  /** Runs between what is read and what is written. */
  read(): Promise<unknown>
  /** After so many commits the next one fails. */
  commits: number
}

test('a key is found by its present name only, however a rename or a failure interrupts the upkeep', async () => {
  const db = await openSqlite(':memory:', (error) => expect(error).toBeUndefined())
  const store = createSqlStore(db)
  await seed(store)
  const key = await addKey(store, 10, { name: 'first' })
  const { mask } = key.secrets[0]
  let tried = 0
  let cutOff = 0
  const find = async (search: string) => {
    const { rows } = await store.listKeys({ search, sort: 'createdAt', limit: 10, at: NOON })
    return rows.some((row) => row.key.id === key.id)
  }
  const rename = (name: string) => patchKey(store, idOf<KeyId>(10), { name })
  const settled = async () => {
    while ((await store.refreshSearch(1)) > 0);
  }
  for (const [first, second, third] of triples(NAMES)) {
    for (const commits of [1, 2, Number.POSITIVE_INFINITY]) {
      await rename(first)
      await settled()
      await rename(second)
      const upkeep = createSearchUpkeep(...disturbed(db, { read: () => rename(third), commits }))
      await upkeep.refresh(1).catch(() => {
        cutOff += 1
      })
      await expectFound(third)
      await settled()
      await expectFound(third)
      tried += 1
    }
  }
  console.log(`search upkeep: ${tried} renames in the middle of it, ${cutOff} of them cut off, too`)
  expect(cutOff).toBeGreaterThan(tried / 3)
  await store.close()

  async function expectFound(name: string): Promise<void> {
    const text = searchedText({ name, mask })
    for (const search of SEARCHES) {
      const expected = searchWords(search).every((word) => text.includes(word))
      expect([name, search, await find(search)]).toEqual([name, search, expected])
    }
  }
})

test('names of random characters reach the index in short parts, and their keys are found', async () => {
  const db = await openSqlite(':memory:', (error) => expect(error).toBeUndefined())
  const store = createSqlStore(db)
  await seed(store)
  const names = Array.from({ length: 40 }, (_, key) => hanName(key))
  for (const [key, name] of names.entries()) await addKey(store, 10 + key, { name })
  const parts: { read: number; written: number[] }[] = []
  const watched: SqlDatabase = {
    ...db,
    runSteps: async (steps, kind) => {
      for (const { rows } of steps as readonly Step[]) parts.at(-1)?.written.push(JSON.parse(rows).length)
      return db.runSteps(steps, kind)
    },
  }
  const reader = async (name: string, _by: unknown, ...args: unknown[]) => {
    const result = await runLongRead(db, name, args)
    if (name === 'planIndexing')
      parts.push({ read: (result as ResultOf<'planIndexing'>).sets.length, written: [] })
    return result
  }
  const upkeep = createSearchUpkeep(watched, reader as LongReader)
  while ((await upkeep.refresh(names.length)) > 0);
  expect(sum(parts.map(({ read }) => read))).toBeGreaterThan(2 * MAX.indexRows)
  expect(Math.max(...parts.map(({ read }) => read))).toBeLessThan(MAX.indexRows + ROWS_OF_KEY)
  expect(Math.max(...parts.flatMap(({ written }) => written))).toBeLessThanOrEqual(MAX.choreRows)
  for (const [key, name] of names.entries()) {
    const search = name.slice(100, 105)
    const { rows } = await store.listKeys({ search, sort: 'createdAt', limit: 10, at: NOON })
    expect(rows.map((row) => row.key.id)).toEqual([idOf<KeyId>(10 + key)])
  }
  await store.close()
})

/** More pieces than a name and a mask can have. */
const ROWS_OF_KEY = 1_000

/** A name of the maximum length whose pieces hardly any other name has. */
function hanName(key: number): string {
  const signs = Array.from({ length: 255 }, (_, place) => 0x4e00 + (((key * 255 + place) * 7_919) % 20_000))
  return String.fromCodePoint(...signs)
}

const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0)

function disturbed(db: SqlDatabase, { read, commits }: Between): [SqlDatabase, LongReader] {
  let left = commits
  const failing: SqlDatabase = {
    ...db,
    runSteps: async (steps, kind) => {
      left -= 1
      if (left < 0) throw new Error('The disk is gone.')
      return db.runSteps(steps, kind)
    },
  }
  const reader = async (name: string, _by: unknown, ...args: unknown[]) => {
    const result = await runLongRead(db, name, args)
    await read()
    return result
  }
  return [failing, reader as LongReader]
}

function triples(names: readonly string[]): [string, string, string][] {
  return names.flatMap((one) =>
    names.flatMap((two) => names.map((three): [string, string, string] => [one, two, three])),
  )
}
