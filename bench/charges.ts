// How many charges become durable in a second, in process, on SQLite and on PostgreSQL with several nodes: all on one key, and on many
// keys of many users. Run with `npm run bench:charges`; `--nodes 1,3,5` and `--ms N` change the number of nodes and the time of each
// measurement, `--against DIR` measures another checkout alternately (with one node if it supports no more). Nodes are parts of one
// process here, so they share one core for their own work: the figures show what the database allows them to do together to one account.
// Nothing is asserted. `--page` measures 1 to 5 nodes, also behind a PgBouncer with few and with many sessions where that is installed, in about five minutes, and
// writes the table of docs/scaling.md.

import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Secret } from '../src/core/ground/secret.ts'
import type { LatchkeyProcess } from '../src/core/latchkey.ts'
import type { UserId, WorkspaceId } from '../src/core/types.ts'
import type { Store } from '../src/store/store.ts'
import { hasPooler, startPooler } from '../test/support/pooler.ts'
import { postgresForTests } from '../test/support/postgres.ts'
import { temporaryFolder } from '../test/support/server.ts'
import { type Measured, writeSizing } from './sizing-page.ts'

const CALLERS = 256
const KEYS = 500
const LIMIT = 10n ** 18n

const { values: options } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1,3,5' },
    ms: { type: 'string', default: '3000' },
    against: { type: 'string' },
    page: { type: 'boolean', default: false },
  },
})
const counts = options.page ? [1, 2, 3, 4, 5] : options.nodes.split(',').map(Number)
/** Sessions of a pooler, for so many nodes. */
const POOLED = { nodes: 3, sessions: [4, 8, 32] }
const measured: Measured[] = []
const roots = [
  join(import.meta.dir, '..'),
  ...(options.against === undefined ? [] : [resolve(options.against)]),
]
const postgres = await postgresForTests({ durable: true })

// Forwards and backwards, so that both meet the same machine.
for (const root of options.page ? roots : [...roots, ...roots.toReversed()]) {
  console.log(`\n${root}`)
  await measure(root, `sqlite:${temporaryFolder()}/k.db`, 1)
  if ('absent' in postgres) continue
  for (const nodes of root === roots[0] ? counts : [1]) {
    const { url, drop } = await postgres.freshDatabase()
    await measure(root, url, nodes)
    await drop()
  }
}
if (options.page) await measurePooled()
if (options.page) writeSizing(join(import.meta.dir, '../docs/scaling.md'), measured)
if (!('absent' in postgres)) await postgres.stop()

/** The same behind a pooler, which may have fewer sessions than the nodes want. */
async function measurePooled(): Promise<void> {
  if ('absent' in postgres || !hasPooler()) return
  for (const sessions of POOLED.sessions) {
    const { url, drop } = await postgres.freshDatabase()
    const pooler = await startPooler(url, sessions)
    await measure(join(import.meta.dir, '..'), pooler.url, POOLED.nodes, sessions)
    await pooler.end()
    await drop()
  }
}

async function measure(
  root: string,
  url: string,
  count: number,
  pooled: number | null = null,
): Promise<void> {
  const commits = { count: 0, entries: 0 }
  const { nodes, close } = await open(root, { url, count, commits })
  for (const [name, secrets] of await keysOf(root, nodes)) {
    Object.assign(commits, { count: 0, entries: 0 })
    const { perSecond, seconds, cpuUs, at } = await charge(nodes, secrets)
    const perCommit = commits.entries / Math.max(1, commits.count)
    const engine = url.startsWith('sqlite') ? 'sqlite' : 'postgres'
    const quantiles = { p50: at(0.5), p99: at(0.99) }
    measured.push({ engine, nodes: count, pooled, accounts: name, perSecond, perCommit, ...quantiles })
    const by = pooled === null ? '' : ` behind ${pooled} sessions`
    console.log(
      `${engine.padEnd(9)} ${count} nodes${by}, ${name.padEnd(36)} ${perSecond.toFixed(0)} charges/s, ` +
        `${(commits.count / seconds).toFixed(0)} commits/s of ${perCommit.toFixed(0)}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${cpuUs.toFixed(0)} us of processor time each`,
    )
  }
  await close()
}

interface Opening {
  url: string
  count: number
  /** Counts commits and their entries. */
  commits: { count: number; entries: number }
}

/** Opens nodes of a checkout on one database. */
async function open(root: string, { url, count, commits }: Opening) {
  const { openStore } = await import(`${root}/src/store/open.ts`)
  const { createLatchkey } = await import(`${root}/src/core/latchkey.ts`)
  const { systemClock, systemRandom } = await import(`${root}/src/core/ground/clock.ts`)
  const { memoryRateLimiter } = await import(`${root}/src/rates/memory.ts`)
  const stores: Store[] = []
  const nodes: LatchkeyProcess[] = []
  for (let n = 0; n < count; n += 1) {
    const opened: Store = await openStore(url)
    stores.push(opened)
    const store: Store = {
      ...opened,
      commitLedger(entries, judge) {
        commits.count += 1
        commits.entries += entries.length
        return opened.commitLedger(entries, judge)
      },
    }
    const settings = {
      keyPrefix: 'lk',
      surfacePrefixes: {},
      root: { email: 'root@example.com', keyPrefix: 'lk' },
      // The names in older versions, which are measured for comparison.
      keyPrefixes: { native: 'lk', goodmem: 'lk', openrouter: 'lk' },
    }
    const rates = memoryRateLimiter(systemClock)
    nodes.push(createLatchkey({ store, clock: systemClock, random: systemRandom, settings, rates }))
  }
  async function close() {
    for (const { ledger } of nodes) await ledger.drained()
    for (const store of stores) await store.close()
  }
  return { nodes, close }
}

/** Creates the keys, and returns their secrets by the name of the measurement. */
async function keysOf(root: string, [node]: readonly LatchkeyProcess[]): Promise<[string, Secret[]][]> {
  if (node === undefined) throw new Error('There is no node.')
  const { Secret } = await import(`${root}/src/core/ground/secret.ts`)
  const first = new Secret('root-secret-of-the-charges-0123456789')
  await node.initialize(first)
  const call = { principal: await node.authenticate(first, undefined), requestId: null, ip: null }
  const userNumber = async (n: number) => {
    const person = { username: `u${n}`, email: `u${n}@example.com`, displayName: 'u', role: 'USER' as const }
    return (await node.users.create(call, person)).id
  }
  const made = async (ownerId: UserId, workspaceId?: WorkspaceId) => {
    const place = workspaceId === undefined ? {} : { workspaceId }
    return (await node.keys.create(call, { access: 'use', ownerId, limits: { daily: LIMIT }, ...place }))
      .secret
  }
  const shared = await userNumber(0)
  await node.users.update(call, shared, { patch: { limits: { total: LIMIT } } })
  const owners = await Promise.all(Array.from({ length: 50 }, (_, n) => userNumber(n + 1)))
  const workspaces = await Promise.all(
    owners.map(async (_, n) => (await node.workspaces.create(call, { name: `w${n}`, slug: `w${n}` })).id),
  )
  const several = (ownerOf: (n: number) => UserId, workspaceOf?: (n: number) => WorkspaceId | undefined) =>
    Promise.all(Array.from({ length: KEYS }, (_, n) => made(ownerOf(n), workspaceOf?.(n))))
  return [
    ['one key', [await made(shared)]],
    [`${KEYS} keys of one owner`, await several(() => shared)],
    [`${KEYS} keys of 50 owners`, await several((n) => owners[n % owners.length] ?? shared)],
    [
      `${KEYS} keys in 50 workspaces`,
      await several(
        (n) => owners[n % owners.length] ?? shared,
        (n) => workspaces[n % workspaces.length],
      ),
    ],
  ]
}

/** Charges the keys in turn, on the nodes in turn. */
async function charge(nodes: readonly LatchkeyProcess[], secrets: readonly Secret[]) {
  let asked = 0
  const times: number[] = []
  const cpuBefore = process.cpuUsage()
  const begun = performance.now()
  const end = begun + Number(options.ms)
  const caller = async () => {
    while (performance.now() < end) {
      asked += 1
      const secret = secrets[asked % secrets.length] as Secret
      const sent = performance.now()
      const take = { kind: 'charge' as const, amount: 1n, requestId: null, caller: 'payer' as const }
      const verdict = await nodes[asked % nodes.length]?.verify({ secret, take })
      if (verdict?.code !== 'VALID') throw new Error(`A charge was answered ${verdict?.code}.`)
      times.push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  const seconds = (performance.now() - begun) / 1_000
  const cpu = process.cpuUsage(cpuBefore)
  const cpuUs = (cpu.user + cpu.system) / times.length
  times.sort((one, other) => one - other)
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(0)
  return { perSecond: times.length / seconds, seconds, cpuUs, at }
}
