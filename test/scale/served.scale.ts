import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { costOf } from '../../bench/process-cost.ts'
import { systemRandom } from '../../src/core/ground/clock.ts'
import { mintSecret } from '../../src/core/ground/secret.ts'
import { encodeCursor } from '../../src/http/native/cursor.ts'
import { openStore } from '../../src/store/open.ts'
import { ask } from '../support/postgres.ts'
import { residentBytes } from '../support/process-memory.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'
import { fillOf } from './fill-keys.ts'

// Measures a server on a database that `npm run fill` has made, beside one with only the verified keys, in turns:
// `npm run test:scale:served -- sqlite:/tmp/keys.db`, or the URL of a database of PostgreSQL. Prints the first verify after a start, the rate of verifies, memory, the last page
// of a list against the first, a page by a large offset, and the unpaged list with verifies beside it. Asserts nothing.

const LARGE = process.argv[2] ?? ''
const ROUNDS = Number(process.argv[3] ?? 7)
const PARTS = (process.argv[4] ?? 'rates,pages,offsets,unpaged').split(',')
const VERIFIED = 10_000
/** Its keys are all alike; the newest keys of the database are those that are verified, and have less to show. */
const WORKSPACE = fillOf(1).workspaceId
const CALLERS = 16
const SLICE_MS = 1_500
/** Beside the unpaged list; shorter and more of them, because other programs of the machine come and go. */
const SHORT_MS = 500
const SHORT_ROUNDS = 4
const SETTLE_ROUNDS = 60
const IDLE_CPU_MS = 40
const PAGES = 15
const PAGE = 100
const DEEP_OFFSET = 40_000
const MAIN = join(import.meta.dir, '../../src/main.ts')

/** The place behind which the last page of an order begins. */
const ORDERS: Record<string, string> = {
  createdAt: placeBefore('keys', 'created_at', 'id', 'asc'),
  lastUsedAt: placeBefore('key_totals', 'last_used_at', 'key_id', 'asc'),
  expiresAt: placeBefore('keys', 'expires_at', 'id', 'desc'),
  spent: placeBefore('key_totals', 'listed_amount', 'key_id', 'asc'),
}

const few = await emptyDatabase()
const small = await prepare(few.url, true)
const large = await prepare(LARGE, false)
const [smallServed, largeServed] = await starts()
try {
  if (PARTS.includes('rates')) await rates(smallServed, largeServed)
  if (PARTS.includes('pages')) await pages(largeServed)
  if (PARTS.includes('offsets')) await offsets(largeServed)
  if (PARTS.includes('unpaged')) await unpaged(largeServed)
} finally {
  for (const { server } of [smallServed, largeServed]) await server.end('SIGTERM')
  await few.drop()
}

/** A database of the same engine; with PostgreSQL on the same server. */
async function emptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  if (LARGE.startsWith('sqlite:')) {
    return { url: `sqlite:${join(temporaryFolder(), 'latchkey.db')}`, drop: async () => {} }
  }
  const name = `latchkey_few_${process.pid}`
  await ask(LARGE, `create database ${name}`)
  const url = new URL(LARGE)
  url.pathname = `/${name}`
  return { url: url.href, drop: async () => void (await ask(LARGE, `drop database ${name} with (force)`)) }
}

interface Subject {
  url: string
  rootKey: string
  secrets: string[]
}
type Served = Subject & { server: ServerProcess }

/** Adds keys whose secrets are known. */
async function prepare(url: string, isNew: boolean): Promise<Subject> {
  if (isNew) await (await openStore(url)).close()
  const reset = Bun.spawn([process.execPath, MAIN, 'reset-root'], {
    env: { PATH: process.env.PATH ?? '', LATCHKEY_DATABASE_URL: url },
    stderr: 'ignore',
  })
  const rootKey = /lk_[0-9A-Za-z]{49}/.exec(await new Response(reset.stdout).text())?.[0] ?? ''
  const secrets = Array.from({ length: VERIFIED }, () => mintSecret('lk', systemRandom).reveal())
  const server = await start(url)
  for (let from = 0; from < VERIFIED; from += 1_000) {
    const keys = secrets.slice(from, from + 1_000).map((secret) => ({
      sha256: createHash('sha256').update(secret).digest('hex'),
      name: 'verified',
    }))
    // A call ends after some seconds, and is then sent again for the rest.
    for (let failed = 1; failed > 0; ) {
      const { text } = await call({ url: server.url, rootKey }, 'POST', '/v2/keys/import', { keys })
      failed = (JSON.parse(text) as { failed: number }).failed
    }
  }
  await server.end('SIGTERM')
  return { url, rootKey, secrets }
}

function start(url: string): Promise<ServerProcess> {
  return startServer({
    LATCHKEY_DATABASE_URL: url,
    LATCHKEY_LOG_LEVEL: 'error',
    LATCHKEY_MANAGEMENT_RATE: '1000000/1m',
    LATCHKEY_SERVICE_RATE: '100000000/1m',
  })
}

async function call(
  { url, rootKey }: { url: string; rootKey: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text() }
}

async function verify({ server, rootKey }: Served, secret: string | undefined): Promise<void> {
  const { status, text } = await call({ url: server.url, rootKey }, 'POST', '/v2/verify', { key: secret })
  if (status !== 200 || !text.includes('"VALID"')) throw new Error(`A verify answered ${status} ${text}`)
}

/** The time and the processor time from the start of a process to its first verify. */
async function firstVerify(subject: Subject): Promise<{ served: Served; ms: number; cpuMs: number }> {
  const begun = performance.now()
  const served = { ...subject, server: await start(subject.url) }
  await verify(served, subject.secrets[0])
  const ms = performance.now() - begun
  return { served, ms, cpuMs: costOf(served.server.pid)?.cpuMs ?? 0 }
}

/** Starts both servers several times, in turns. */
async function starts(): Promise<[Served, Served]> {
  const times: { ms: number[]; cpuMs: number[] }[] = [
    { ms: [], cpuMs: [] },
    { ms: [], cpuMs: [] },
  ]
  const running: Served[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [which, subject] of [small, large].entries()) {
      await running[which]?.server.end('SIGTERM')
      const { served, ms, cpuMs } = await firstVerify(subject)
      running[which] = served
      times[which]?.ms.push(ms)
      times[which]?.cpuMs.push(cpuMs)
    }
  }
  for (const [which, name] of ['few keys', 'many keys'].entries()) {
    const { ms, cpuMs } = times[which] ?? { ms: [], cpuMs: [] }
    say(`first verify, ${name}`, {
      'median, ms': median(ms),
      'quickest, ms': Math.min(...ms),
      'processor time, median, ms': median(cpuMs),
      MB: mebibytesOf(running[which]?.server.pid ?? 0),
    })
  }
  return running as [Served, Served]
}

/** Verifies of both, in turns. */
async function rates(few: Served, many: Served): Promise<void> {
  // Every key is read into memory first, and the code is compiled.
  for (const served of [few, many]) for (const secret of served.secrets) await verify(served, secret)
  for (const served of [few, many]) await settled(served)
  const pairs: { rate: number; cpu: number }[] = []
  const cpus: number[][] = [[], []]
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = round % 2 === 0 ? [few, many] : [many, few]
    const results = new Map<Served, { perSecond: number; cpuUs: number }>()
    for (const served of order) results.set(served, await rateOf(served, SLICE_MS))
    const [one, other] = [results.get(few), results.get(many)]
    if (one === undefined || other === undefined) continue
    pairs.push({ rate: other.perSecond / one.perSecond, cpu: one.cpuUs / other.cpuUs })
    cpus[0]?.push(one.cpuUs)
    cpus[1]?.push(other.cpuUs)
  }
  say('verify, many keys against few', {
    'rate, median of pairs': median(pairs.map(({ rate }) => rate)),
    'work for one processor second, median of pairs': median(pairs.map(({ cpu }) => cpu)),
    'µs of processor, few': median(cpus[0] ?? []),
    'µs of processor, many': median(cpus[1] ?? []),
    'MB, few': mebibytesOf(few.server.pid),
    'MB, many': mebibytesOf(many.server.pid),
  })
}

/** Waits until a server has caught up with what the import has left to do, such as the index of the search. */
async function settled({ server: { pid } }: Served): Promise<void> {
  for (let round = 0; round < SETTLE_ROUNDS; round += 1) {
    const before = costOf(pid)?.cpuMs ?? 0
    await Bun.sleep(1_000)
    if ((costOf(pid)?.cpuMs ?? 0) - before < IDLE_CPU_MS) return
  }
  console.log('A server is still busy with itself.')
}

function mebibytesOf(pid: number): number {
  return (residentBytes(pid) ?? 0) / 2 ** 20
}

/** Verifies each second and the processor time that one takes of the server, with some callers. */
async function rateOf(served: Served, ms: number): Promise<{ perSecond: number; cpuUs: number }> {
  const begun = performance.now()
  const before = costOf(served.server.pid)?.cpuMs ?? 0
  let calls = 0
  const caller = async (first: number) => {
    for (let n = first; performance.now() < begun + ms; n += CALLERS) {
      await verify(served, served.secrets[n % VERIFIED])
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, (_, n) => caller(n)))
  const cpuMs = (costOf(served.server.pid)?.cpuMs ?? 0) - before
  return { perSecond: (calls * 1_000) / (performance.now() - begun), cpuUs: (cpuMs * 1_000) / calls }
}

/** The first page and the last one of each order, in turns. */
async function pages(served: Served): Promise<void> {
  const at = { url: served.server.url, rootKey: served.rootKey }
  for (const [sort, place] of Object.entries(ORDERS)) {
    const path = `/v2/keys?sort=${sort}&limit=${PAGE}&workspaceId=${WORKSPACE}`
    const [end] = await rowsOf(served.url, place)
    const cursor = encodeCursor(
      { value: String(end?.value), id: String(end?.id) },
      { list: 'keys', sort, workspaceId: WORKSPACE },
    )
    const [first, last] = await inTurns(PAGES, [
      () => call(at, 'GET', path),
      () => call(at, 'GET', `${path}&cursor=${cursor}`),
    ])
    say(`page by ${sort}`, {
      'first, ms': median(first),
      'last, ms': median(last),
      'last / first, median of pairs': median(last.map((ms, n) => ms / (first[n] ?? ms))),
      'last / first, quickest': Math.min(...last) / Math.min(...first),
    })
  }
}

function placeBefore(table: string, value: string, id: string, way: string): string {
  return `select cast(${value} as text) as value, ${id} as id from ${table} where revoked = 0 and workspace_id = '${WORKSPACE}'
    order by ${value} ${way}, ${id} ${way} limit 1 offset ${PAGE}`
}

async function rowsOf(url: string, text: string): Promise<Record<string, unknown>[]> {
  if (url.startsWith('sqlite:')) {
    const database = new DatabaseSync(url.slice('sqlite:'.length), { readOnly: true })
    const rows = database.prepare(text).all()
    database.close()
    return rows
  }
  return ask(url, text)
}

/** A page of the OpenRouter dialect by a large offset, beside its first page, in a workspace with a tenth of all keys. */
async function offsets(served: Served): Promise<void> {
  const at = { url: served.server.url, rootKey: served.rootKey }
  const path = `/api/v1/keys?workspace_id=${WORKSPACE}&include_disabled=true`
  const [first, deep] = await inTurns(PAGES, [
    () => call(at, 'GET', path),
    () => call(at, 'GET', `${path}&offset=${DEEP_OFFSET}`),
  ])
  say(`offset ${DEEP_OFFSET}`, {
    'first, ms': median(first),
    'deep, ms': median(deep),
    'deep, quickest, ms': Math.min(...deep),
  })
}

/** Verifies alone and beside an unpaged list, in turns. */
async function unpaged(served: Served): Promise<void> {
  const at = { url: served.server.url, rootKey: served.rootKey }
  const alone: number[] = []
  const beside: number[] = []
  const waits: Record<string, number[]> = { alone: [], beside: [] }
  const sample = await call(at, 'GET', '/v1/apikeys?maxResults=1000')
  const bytesOfKey = sample.text.length / 1_000
  let bytes = 0
  let listMs = 0
  let listCpuMs = 0
  for (let round = 0; round < ROUNDS * SHORT_ROUNDS; round += 1) {
    const without = await probe(served, SHORT_MS)
    alone.push(without.perSecond)
    waits.alone?.push(without.p50Ms)
    const list = readList(at, SHORT_MS)
    const cpu = costOf(served.server.pid)?.cpuMs ?? 0
    const within = await probe(served, SHORT_MS)
    listCpuMs +=
      (costOf(served.server.pid)?.cpuMs ?? 0) - cpu - within.calls * (without.cpuMs / without.calls)
    const read = await list
    bytes += read.bytes
    listMs += read.ms
    beside.push(within.perSecond)
    waits.beside?.push(within.p50Ms)
  }
  say('unpaged list', {
    'keys per second of time': (bytes * 1_000) / bytesOfKey / listMs,
    'keys per second of processor time': (bytes * 1_000) / bytesOfKey / listCpuMs,
    'verifies beside it / alone': median(beside.map((rate, n) => rate / (alone[n] ?? rate))),
    'p50 of a verify alone, ms': median(waits.alone ?? []),
    'p50 beside it, ms': median(waits.beside ?? []),
  })
}

/** Reads the list of all keys for some time, in a process of its own, so that it takes nothing from the callers of verify. */
async function readList(
  at: { url: string; rootKey: string },
  ms: number,
): Promise<{ bytes: number; ms: number }> {
  const begun = performance.now()
  const header = `authorization: Bearer ${at.rootKey}`
  const limit = String(ms / 1_000)
  const reader = Bun.spawn(
    [
      'curl',
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{size_download}',
      '-m',
      limit,
      '-H',
      header,
      `${at.url}/v1/apikeys`,
    ],
    { stderr: 'ignore' },
  )
  const bytes = Number(await new Response(reader.stdout).text())
  return { bytes, ms: performance.now() - begun }
}

/** One caller, one verify after the other. */
async function probe(
  served: Served,
  ms: number,
): Promise<{ perSecond: number; p50Ms: number; calls: number; cpuMs: number }> {
  const before = costOf(served.server.pid)?.cpuMs ?? 0
  const begun = performance.now()
  const times: number[] = []
  for (let n = 0; performance.now() < begun + ms; n += 1) {
    const sent = performance.now()
    await verify(served, served.secrets[(n * 7) % VERIFIED])
    times.push(performance.now() - sent)
  }
  return {
    perSecond: (times.length * 1_000) / (performance.now() - begun),
    p50Ms: median(times),
    calls: times.length,
    cpuMs: (costOf(served.server.pid)?.cpuMs ?? 0) - before,
  }
}

/** The times of some calls, one after the other, so many times; the first time is not counted. */
async function inTurns(
  times: number,
  calls: [() => Promise<{ status: number; text: string }>, () => Promise<{ status: number; text: string }>],
): Promise<[number[], number[]]> {
  const spent: [number[], number[]] = [[], []]
  for (let n = 0; n <= times; n += 1) {
    for (const [which, work] of calls.entries()) {
      const begun = performance.now()
      const { status, text } = await work()
      const ms = performance.now() - begun
      if (status !== 200 || !text.includes('"hash"'))
        throw new Error(`A list answered ${status} ${text.slice(0, 200)}`)
      if (n > 0) spent[which]?.push(ms)
    }
  }
  return spent
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}

function say(name: string, values: Record<string, number>): void {
  const texts = Object.entries(values).map(([label, value]) => `${label} ${value.toFixed(2)}`)
  console.log(`${name}: ${texts.join(' · ')}`)
}
