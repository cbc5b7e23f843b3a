import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Cursor } from '../../src/core/ground/page.ts'
import type { KeyQuery, KeySort } from '../../src/core/keys/queries.ts'
import type { LedgerEntry, UsageEvent } from '../../src/core/ledger/entries.ts'
import type { KeyId, UserId, WorkspaceId } from '../../src/core/types.ts'
import { createSqlStore } from '../../src/store/sql/store.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { fillKeys, type KeyFill } from './fill-keys.ts'

// Prints the cost of the store's reads at ten thousand keys and at a million (or at the number in the first argument). Not part of
// `npm test`: filling takes a minute, and the numbers mean something only on an idle machine.

const SMALL = 10_000
const LARGE = Number(process.argv[2] ?? 1_000_000)
const FACTS = 20_000
const PAGES = 100
const NOW = Date.parse('2026-11-22T12:00:00Z')

type Row = Record<string, string>

const small = await measure(SMALL)
const large = await measure(LARGE)
console.table(
  Object.fromEntries(
    [...small].map(([name, times]) => {
      const other = large.get(name)
      const row: Row = {
        [`${SMALL} p50`]: shown(times, 0.5),
        [`${SMALL} p99`]: shown(times, 0.99),
        [`${LARGE} p50`]: other ? shown(other, 0.5) : '',
        [`${LARGE} p99`]: other ? shown(other, 0.99) : '',
      }
      return [name, row]
    }),
  ),
)

/** Fills a database with this many keys, and times every read on it, in milliseconds each. */
async function measure(keys: number): Promise<Map<string, number[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-scale-'))
  try {
    const path = join(folder, 'latchkey.db')
    const store = createSqlStore(await openSqlite(path, fail))
    await store.close()
    const startedAt = performance.now()
    const fill = fillKeys(path, { keys, at: NOW })
    const seconds = (performance.now() - startedAt) / 1_000
    const bytesPerKey = statSync(path).size / keys
    console.log(`${keys} keys: filled in ${seconds.toFixed(1)} s, ${bytesPerKey.toFixed(0)} bytes per key`)
    return await timeReads(path, fill)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function timeReads(path: string, fill: KeyFill): Promise<Map<string, number[]>> {
  const before = process.memoryUsage.rss()
  const store = createSqlStore(await openSqlite(path, fail))
  const times = new Map<string, number[]>()
  const facts = async (n: number) => {
    const digest = fill.digestOf(Math.floor((n * 0.618_033_988_7 * fill.keys) % fill.keys))
    const found = await store.findFacts({ digest }, NOW)
    if (found === null) throw new Error('A key that was filled in is not found.')
  }
  times.set('findFacts', await timed(FACTS, facts))
  times.set(
    'findFacts, unknown',
    await timed(FACTS, (n) => store.findFacts({ digest: fill.unknownDigest(n) }, NOW)),
  )
  for (const [name, query] of queries(fill)) {
    times.set(name, await timed(PAGES, () => store.listKeys(query)))
    if (!name.startsWith('list ')) continue
    const after = deepCursor(path, query)
    times.set(`${name}, deep page`, await timed(PAGES, () => store.listKeys({ ...query, after })))
  }
  const page = (await store.listKeys({ sort: 'createdAt', limit: 100, at: NOW })).rows.map(
    ({ key }) => key.id,
  )
  times.set('standingOf 100', await timed(PAGES, () => store.standingOf(page, NOW)))
  times.set('usage of 1000 keys', await timed(20, (n) => store.commitLedger(entriesOf(fill.events(n, NOW)))))
  times.set(
    'one usage event',
    await timed(PAGES, (n) => store.commitLedger(entriesOf(fill.events(1_000 + n, NOW).slice(0, 1)))),
  )
  const megabytes = (process.memoryUsage.rss() - before) / 1_048_576
  console.log(`${fill.keys} keys: memory grew by ${megabytes.toFixed(0)} MB while reading`)
  await store.close()
  return times
}

function fail(reason: string): void {
  throw new Error(reason)
}

function entriesOf(events: UsageEvent[]): LedgerEntry[] {
  return events.map((event) => ({ kind: 'event', event }))
}

/** The lists: every order alone, within a workspace and within an owner; and every filter. */
function queries(fill: KeyFill): [string, KeyQuery][] {
  const base = { limit: 100, at: NOW }
  const sorts: KeySort[] = ['createdAt', 'lastUsedAt', 'expiresAt', 'spent']
  const orders = sorts.flatMap((sort): [string, KeyQuery][] => [
    [`list ${sort}`, { ...base, sort }],
    [`list ${sort} of a workspace`, { ...base, sort, workspaceId: fill.workspaceId }],
    [`list ${sort} of an owner`, { ...base, sort, ownerId: fill.ownerId }],
  ])
  const filters: Record<string, Partial<KeyQuery>> = {
    'status disabled (1 %)': { status: 'disabled' },
    'status expired (1 %)': { status: 'expired' },
    'status revoked (10 %)': { status: 'revoked' },
    'status active': { status: 'active' },
    'access manage (1 in 1000)': { access: 'manage' },
    'label of a third': { labels: [{ name: 'env', value: 'prod' }] },
    'label of 1 in 1000': { labels: [{ name: 'team', value: 'team-7' }] },
    'label of the oldest 2 %': { labels: [{ name: 'era', value: 'old' }] },
    'search: word of every key': { search: 'lk' },
    'search: word of 1 in 1000': { search: 'service17' },
    'search: both': { search: 'lk service17' },
    'search: whole mask': { search: fill.mask },
    'search: word of the oldest 2 %': { search: 'legacy' },
    'search: no match': { search: 'nothing' },
    'unused since ever (a third)': { unusedSince: 1 },
    'expires before soon (1 %)': { expiresBefore: NOW },
  }
  const filtered = Object.entries(filters).flatMap(([name, filter]): [string, KeyQuery][] => [
    [`${name}, newest`, { ...base, sort: 'createdAt', ...filter }],
    [`${name}, by spent`, { ...base, sort: 'spent', ...filter }],
  ])
  return [...orders, ...filtered]
}

/** A position nine tenths down a list. */
function deepCursor(path: string, query: KeyQuery): Cursor {
  const columns: Record<KeySort, [string, string, string]> = {
    createdAt: ['keys', 'created_at', 'id'],
    lastUsedAt: ['key_totals', 'last_used_at', 'key_id'],
    expiresAt: ['keys', 'expires_at', 'id'],
    spent: ['key_totals', 'amount', 'key_id'],
  }
  const [table, value, id] = columns[query.sort]
  const scope: [string, UserId | WorkspaceId][] = []
  if (query.ownerId !== undefined) scope.push(['owner_id', query.ownerId])
  if (query.workspaceId !== undefined) scope.push(['workspace_id', query.workspaceId])
  const where = ['revoked = 0', ...scope.map(([column]) => `${column} = ?`)].join(' and ')
  const direction = query.sort === 'expiresAt' ? 'asc' : 'desc'
  const database = new DatabaseSync(path, { readOnly: true })
  const parameters = scope.map(([, parameter]) => parameter)
  const { count } = database
    .prepare(`select count(*) as count from ${table} where ${where}`)
    .get(...parameters) as {
    count: number
  }
  const row = database
    .prepare(
      `select cast(${value} as text) as value, ${id} as id from ${table} where ${where}
        order by ${value} ${direction}, ${id} ${direction} limit 1 offset ${Math.floor(count * 0.9)}`,
    )
    .get(...parameters) as { value: string; id: KeyId }
  database.close()
  return row
}

async function timed(times: number, work: (n: number) => Promise<unknown>): Promise<number[]> {
  for (let n = 0; n < Math.min(10, times); n++) await work(n)
  const spent: number[] = []
  for (let n = 10; n < times + 10; n++) {
    const startedAt = performance.now()
    await work(n)
    spent.push(performance.now() - startedAt)
  }
  return spent.sort((one, other) => one - other)
}

function shown(sorted: readonly number[], quantile: number): string {
  return `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? 0).toFixed(3)} ms`
}
