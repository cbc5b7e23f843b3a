import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { MAX } from '../../src/core/ground/bounds.ts'
import type { KeyQuery } from '../../src/core/keys/queries.ts'
import { openStore } from '../../src/store/open.ts'
import { openForReading as openPostgresForReading } from '../../src/store/postgres/open-reading.ts'
import type { SqlDatabase } from '../../src/store/sql/base/database.ts'
import { listKeys } from '../../src/store/sql/keys/key-list.ts'
import { openForReading } from '../../src/store/sqlite/open-reading.ts'
import { postgresForTests } from '../support/postgres.ts'
import { fillKeys, fillKeysOfPostgres, fillOf, type KeyFill } from './fill-keys.ts'
import { KEY_SORTS, listFilters } from './list-filters.ts'

// Times a page of the key list for every filter and every pair of filters, in every order: `npm run test:scale:lists -- 1000000
// sqlite`. Prints the slowest, and how many stay below each bound; writes all of them as CSV. Not part of `npm test`.
//
// Other programs lengthen times. They lengthen less the processor time of the one thread that reads, which is this one with SQLite and
// the connection's own process on the server of PostgreSQL; of that, the quickest round is counted.

const KEYS = Number(process.argv[2] ?? 1_000_000)
const ENGINE = process.argv[3] ?? 'sqlite'
const TIMES = Number(process.argv[4] ?? 20)
/**
 * A file that is filled once and kept, so the next run with SQLite begins at once; or one that `npm run fill` has made. With PostgreSQL
 * the URL of a database that it has made.
 */
const KEPT = process.argv[5]
/** Only the combinations whose names match. */
const NAMES = new RegExp(process.argv[6] ?? '')
const NOW = Date.parse('2026-11-22T12:00:00Z')
/** The newest key of a filled database is this much older than the moment of the filling. */
const NEWEST_AGE_MS = 1_000
const filled = ENGINE === 'postgres' ? await filledPostgres() : await filledSqlite()
try {
  await measure(filled)
} finally {
  await filled.close()
}

interface Opened {
  db: SqlDatabase
  /** Starts the time limit of the next read. */
  startTime(): void
  fill: KeyFill
  /** The moment at which the database was filled. */
  at: number
  /** The processor time of the thread that reads, in milliseconds. */
  workedMs(): number
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
    at: await filledAt(db),
    workedMs: ownWorkedMs,
    async close() {
      await db.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function filledPostgres(): Promise<Opened> {
  const { url, end } = KEPT === undefined ? await newlyFilled() : { url: KEPT, end: async () => {} }
  const fill = fillOf(KEYS)
  const { db, startTime } = openPostgresForReading({
    lane: 'lists',
    url,
    limitMs: MAX.readMs.lists,
    connections: 1,
  })
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db.reader)
  return {
    db,
    startTime,
    fill,
    at: await filledAt(db),
    workedMs: () => workedMsOf(Number(rows[0]?.pid)),
    async close() {
      await db.close()
      await end()
    },
  }
}

async function newlyFilled(): Promise<{ url: string; end(): Promise<void> }> {
  const postgres = await postgresForTests()
  if ('absent' in postgres) throw new Error(postgres.absent)
  const { url, drop } = await postgres.freshDatabase()
  await (await openStore(url)).close()
  await fillKeysOfPostgres(url, { keys: KEYS, at: NOW })
  return {
    url,
    async end() {
      await drop()
      // A server of our own would keep this process alive.
      await postgres.stop()
    },
  }
}

async function filledAt(db: SqlDatabase): Promise<number> {
  // By its id, because a search for the newest would read all keys.
  const newest = `c0000000-0000-7000-8000-${String(KEYS - 1).padStart(12, '0')}`
  const { rows } = await sql<{ at: bigint }>`select created_at as at from keys where id = ${newest}`.execute(
    db.reader,
  )
  return Number(rows[0]?.at) + NEWEST_AGE_MS
}

function ownWorkedMs(): number {
  // Without this, Linux counts a running thread's time in ticks of some milliseconds.
  process.cpuUsage()
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/** Exact only while the process waits, as a connection does between two statements. */
function workedMsOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1_000_000
}

interface Timed {
  name: string
  /** The quickest round. */
  best: number
  p50: number
  p99: number
  /** The least processor time of the thread that reads. */
  cpu: number
  rows: number
  /** True when the page ended early. */
  early: boolean
  /** How often it took longer than a page may. */
  refused: number
}

async function measure(opened: Opened): Promise<void> {
  const timed: Timed[] = []
  for (const sort of KEY_SORTS) {
    for (const [filterName, filter] of listFilters(opened.fill, opened.at)) {
      const name = `${filterName}, ${sort}`
      if (NAMES.test(name)) timed.push(await time(opened, name, { ...filter, sort }))
    }
  }
  const csv = timed.map(({ name, best, p50, p99, cpu, rows, early, refused }) =>
    [...[name, ...[best, p50, p99, cpu].map((ms) => ms.toFixed(2))], rows, early, refused].join(';'),
  )
  const file = join(tmpdir(), `latchkey-lists-${ENGINE}-${KEYS}.csv`)
  writeFileSync(file, `${csv.join('\n')}\n`)
  const within = (ms: number) => timed.filter(({ p99 }) => p99 <= ms).length
  const worked = (ms: number) => timed.filter(({ cpu }) => cpu <= ms).length
  console.log(
    `${timed.length} combinations: p99 within 5 ms ${within(5)}, 10 ms ${within(10)}, 20 ms ${within(20)}; processor time within 5 ms ${worked(5)}, 10 ms ${worked(10)}, 20 ms ${worked(20)}`,
  )
  console.log(
    `${timed.filter(({ early }) => early).length} ended early, ${timed.filter(({ early, rows }) => early && rows === 0).length} of them without a key`,
  )
  console.log(`${timed.reduce((sum, { refused }) => sum + refused, 0)} pages took longer than a page may`)
  const shown = (rows: Timed[]) =>
    console.table(
      Object.fromEntries(
        rows.map(({ name, best, p50, p99, cpu, rows: found, early }) => [
          name,
          {
            best: best.toFixed(1),
            p50: p50.toFixed(1),
            p99: p99.toFixed(1),
            cpu: cpu.toFixed(1),
            rows: found,
            early,
          },
        ]),
      ),
    )
  shown(timed.toSorted((one, other) => other.cpu - one.cpu).slice(0, 30))
  shown(timed.filter(({ name }) => name.startsWith('plain') || /^(workspace|owner), \w+$/.test(name)))
  console.log(`all of them: ${file}`)
}

async function time(
  { db, startTime, at, workedMs }: Opened,
  name: string,
  filter: Pick<KeyQuery, 'sort'> & Partial<KeyQuery>,
): Promise<Timed> {
  const query: KeyQuery = { limit: 100, at, ...filter }
  const spent: number[] = []
  const worked: number[] = []
  let rows = 0
  let early = false
  let refused = 0
  // The first run does not count: it reads from the disk, later ones from memory.
  for (let n = 0; n <= TIMES; n += 1) {
    startTime()
    const begun = performance.now()
    const before = workedMs()
    try {
      const page = await listKeys(db, query)
      rows = page.rows.length
      early = page.next !== null && page.rows.length < query.limit
    } catch (error) {
      if (db.failureOf(error)?.kind !== 'late') throw error
      refused += 1
    }
    if (n === 0) continue
    spent.push(performance.now() - begun)
    worked.push(workedMs() - before)
  }
  return {
    name,
    best: Math.min(...spent),
    p50: quantile(spent, 0.5),
    p99: quantile(spent, 0.99),
    cpu: Math.min(...worked),
    rows,
    early,
    refused,
  }
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
