import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MAX } from '../../src/core/ground/bounds.ts'
import type { KeyQuery, KeySort } from '../../src/core/keys/queries.ts'
import { openStore } from '../../src/store/open.ts'
import { openForReading as openPostgresForReading } from '../../src/store/postgres/open-reading.ts'
import type { SqlDatabase } from '../../src/store/sql/base/database.ts'
import { listKeys } from '../../src/store/sql/keys/key-list.ts'
import { openForReading } from '../../src/store/sqlite/open-reading.ts'
import { postgresForTests } from '../support/postgres.ts'
import { fillKeys, fillKeysOfPostgres, fillOf, type KeyFill } from './fill-keys.ts'

// Times a page of the key list for every filter alone and every two together, in every order: `npm run test:scale:lists -- 1000000 sqlite`.
// Prints the slowest and how many are within which time; writes all of them as CSV. Not part of `npm test`.

const KEYS = Number(process.argv[2] ?? 1_000_000)
const ENGINE = process.argv[3] ?? 'sqlite'
const TIMES = Number(process.argv[4] ?? 20)
/** A file that is filled once and kept, so that the next run of SQLite begins at once. */
const KEPT = process.argv[5]
const NOW = Date.parse('2026-11-22T12:00:00Z')
const SORTS: KeySort[] = ['createdAt', 'lastUsedAt', 'expiresAt', 'spent']

type Filter = Partial<KeyQuery>

const opened = ENGINE === 'postgres' ? await filledPostgres() : await filledSqlite()
try {
  await measure(opened)
} finally {
  await opened.close()
}

interface Opened {
  db: SqlDatabase
  /** Begins the time that the next read may take. */
  startTime(): void
  fill: KeyFill
  close(): Promise<void>
}

async function filledSqlite(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-scale-'))
  const path = KEPT ?? join(folder, 'latchkey.db')
  const isFilled = existsSync(path)
  if (!isFilled) {
    await (await openStore(`sqlite:${path}`)).close()
    fillKeys(path, { keys: KEYS, at: NOW })
  }
  const fill = fillOf(KEYS)
  console.log(`${(statSync(path).size / KEYS).toFixed(0)} bytes per key`)
  const { db, startTime } = openForReading({ path, limitMs: MAX.readMs.lists })
  return {
    db,
    startTime,
    fill,
    async close() {
      await db.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function filledPostgres(): Promise<Opened> {
  const postgres = await postgresForTests()
  if ('absent' in postgres) throw new Error(postgres.absent)
  const { url, drop } = await postgres.freshDatabase()
  await (await openStore(url)).close()
  const fill = await fillKeysOfPostgres(url, { keys: KEYS, at: NOW })
  const { db, startTime } = openPostgresForReading({ url, limitMs: MAX.readMs.lists, connections: 1 })
  return {
    db,
    startTime,
    fill,
    async close() {
      await db.close()
      await drop()
    },
  }
}

interface Timed {
  name: string
  p50: number
  p99: number
  rows: number
  /** True when the page ended early. */
  early: boolean
}

async function measure({ db, startTime, fill }: Opened): Promise<void> {
  const timed: Timed[] = []
  for (const sort of SORTS) {
    for (const [name, filter] of combinations(fill))
      timed.push(await time({ db, startTime }, `${name}, ${sort}`, { ...filter, sort }))
  }
  const csv = timed.map(({ name, p50, p99, rows, early }) =>
    [name, p50.toFixed(2), p99.toFixed(2), rows, early].join(';'),
  )
  const file = join(tmpdir(), `latchkey-lists-${ENGINE}-${KEYS}.csv`)
  writeFileSync(file, `${csv.join('\n')}\n`)
  const within = (ms: number) => timed.filter(({ p99 }) => p99 <= ms).length
  console.log(
    `${timed.length} combinations: p99 within 5 ms ${within(5)}, 10 ms ${within(10)}, 20 ms ${within(20)}`,
  )
  console.log(
    `${timed.filter(({ early }) => early).length} ended early, ${timed.filter(({ early, rows }) => early && rows === 0).length} of them without a key`,
  )
  const shown = (rows: Timed[]) =>
    console.table(
      Object.fromEntries(
        rows.map(({ name, p50, p99, rows: found, early }) => [
          name,
          { p50: p50.toFixed(1), p99: p99.toFixed(1), rows: found, early },
        ]),
      ),
    )
  shown(timed.toSorted((one, other) => other.p50 - one.p50).slice(0, 30))
  shown(timed.filter(({ name }) => name.startsWith('plain') || /^(workspace|owner), \w+$/.test(name)))
  console.log(`all of them: ${file}`)
}

function combinations(fill: KeyFill): [string, Filter][] {
  const kinds: Record<string, Record<string, Filter>> = {
    workspace: { workspace: { workspaceId: fill.workspaceId } },
    owner: { owner: { ownerId: fill.ownerId } },
    status: {
      active: { status: 'active' },
      disabled: { status: 'disabled' },
      expired: { status: 'expired' },
      'not yet valid': { status: 'not_yet_valid' },
      revoked: { status: 'revoked' },
    },
    access: { 'access use': { access: 'use' }, 'access manage': { access: 'manage' } },
    label: {
      'label of a third': { labels: [{ name: 'env', value: 'prod' }] },
      'label of 1 in 1000': { labels: [{ name: 'team', value: 'team-7' }] },
      'label of the oldest 2 %': { labels: [{ name: 'era', value: 'old' }] },
      'two labels': {
        labels: [
          { name: 'env', value: 'prod' },
          { name: 'era', value: 'old' },
        ],
      },
    },
    search: {
      'search of all': { search: 'lk service' },
      'search of 1 in 100': { search: 'service17' },
      'search of the oldest 2 %': { search: 'egac' },
      'search of 12 letters': { search: 's r o l 0 1 2 3 4 5 6 9' },
      'search of a mask': { search: fill.mask },
    },
    unused: { unused: { unusedSince: 1 } },
    expiring: { expiring: { expiresBefore: NOW } },
  }
  const singles = Object.values(kinds).flatMap((kind) => Object.entries(kind))
  const pairs = Object.entries(kinds).flatMap(([kind, members], index) =>
    Object.entries(kinds)
      .slice(index + 1)
      .filter(([other]) => other !== kind)
      .flatMap(([, others]) =>
        Object.entries(members).flatMap(([name, filter]) =>
          Object.entries(others).map(([other, second]): [string, Filter] => [
            `${name} + ${other}`,
            { ...filter, ...second },
          ]),
        ),
      ),
  )
  return [['plain', {}], ...singles, ...pairs]
}

async function time(
  { db, startTime }: Pick<Opened, 'db' | 'startTime'>,
  name: string,
  filter: Filter & { sort: KeySort },
): Promise<Timed> {
  const query: KeyQuery = { limit: 100, at: NOW, ...filter }
  startTime()
  const first = await listKeys(db, query)
  const spent: number[] = []
  for (let n = 0; n < TIMES; n += 1) {
    startTime()
    const begun = performance.now()
    await listKeys(db, query)
    spent.push(performance.now() - begun)
  }
  spent.sort((one, other) => one - other)
  const at = (quantile: number) => spent[Math.min(spent.length - 1, Math.floor(spent.length * quantile))] ?? 0
  const early = first.next !== null && first.rows.length < query.limit
  return { name, p50: at(0.5), p99: at(0.99), rows: first.rows.length, early }
}
