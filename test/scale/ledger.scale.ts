// The cost of the ledger on this machine: commits of one entry and of a thousand, and how long the main thread is blocked meanwhile.
// Run with `bun test/scale/ledger.scale.ts`; prints, asserts nothing.

import { mkdtempSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Kysely, sql } from 'kysely'
import { DAY_MS } from '../../src/core/ground/clock.ts'
import type { LedgerEntry } from '../../src/core/ledger/entries.ts'
import type { KeyId } from '../../src/core/types.ts'
import { SQLITE_FORMS } from '../../src/store/migrations/forms.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import type { SqlDatabase } from '../../src/store/sql/base/database.ts'
import type { Tables } from '../../src/store/sql/base/tables.ts'
import { metaRows } from '../../src/store/sql/ledger/meta-sums.ts'
import { addedBy } from '../../src/store/sql/ledger/sums.ts'
import { createSqlStore } from '../../src/store/sql/store.ts'
import { connectSqlite } from '../../src/store/sqlite/connection.ts'
import { connectionOn } from '../../src/store/sqlite/driver.ts'
import { engineHere } from '../../src/store/sqlite/engine.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { addKey, eventOf, idOf, NOON, seed } from '../support/records.ts'

const KEYS = 1_000
const BATCH = 1_000
const ROUNDS = 40
const SINGLES = 200
const BUSY_MS = 200

const folder = mkdtempSync(join(tmpdir(), 'latchkey-ledger-scale-'))
try {
  await measure('writer in its own thread', await openSqlite(join(folder, 'thread.db'), print))
  await measure('writer in the main thread', await openInMainThread(join(folder, 'main.db')))
} finally {
  rmSync(folder, { recursive: true })
}

async function measure(name: string, db: SqlDatabase): Promise<void> {
  print(`\n${name}`)
  const store = createSqlStore(db)
  await seed(store)
  for (let n = 0; n < KEYS; n++) {
    const limits = n % 2 === 0 ? { daily: 10n ** 15n, total: 10n ** 17n } : {}
    await addKey(store, 10 + n, { limits })
  }
  await measureSingles(store)
  await measureBatches(store, 'over 100 keys, no meta', { keys: 100, metas: 0 })
  await measureBatches(store, 'over 100 keys, 2 meta names', { keys: 100, metas: 2 })
  await measureBatches(store, 'over 1,000 keys, half of them limited, no meta', { keys: KEYS, metas: 0 })
  await measureBatches(store, 'over 1,000 keys, half of them limited, 2 meta names', { keys: KEYS, metas: 2 })
  await measureBatches(store, 'over 100 keys, 7 meta of activity, 5 models', {
    keys: 100,
    metas: 0,
    metaOf: (n) => activityMeta(n, `model-${n % 5}`),
  })
  await measureActivity(store)
  await measureBatches(store, 'over 100 keys, 7 meta of activity, a new model each time', {
    keys: 100,
    metas: 0,
    metaOf: (n, id) => activityMeta(n, `${id}-${n}`),
  })
  await measureActivity(store)
  await measureReservations(store)
  await measureDrift(db, store)
  await store.close()
}

async function measureSingles(store: Store): Promise<void> {
  const times: number[] = []
  for (let n = 0; n < SINGLES; n++) {
    times.push(
      await timed(() => store.commitLedger(entries({ count: 1, keys: KEYS, metas: 0, id: `s${n}` }))),
    )
  }
  print(`  one event per commit: ${shown(times)}`)
}

async function measureBatches(
  store: Store,
  name: string,
  shape: Omit<EntryOrder, 'count' | 'id'>,
): Promise<void> {
  const batches = Array.from({ length: ROUNDS }, (_, n) =>
    entries({ count: BATCH, ...shape, id: `${name} ${n}` }),
  )
  const preparing = batches.map((batch) => {
    const begun = performance.now()
    const events = batch.flatMap((entry) => (entry.kind === 'event' ? [entry.event] : []))
    addedBy(events)
    metaRows(events)
    return performance.now() - begun
  })
  const times: number[] = []
  for (const batch of batches) times.push(await timed(() => store.commitLedger(batch)))
  const perSecond = Math.round((BATCH * 1_000) / median(times))
  print(
    `  ${BATCH} events ${name}: ${shown(times)}, ${perSecond} events/s; adding up takes ${median(preparing).toFixed(2)} ms of it`,
  )
}

/** The cost of a report on all usage, which does not depend on the number of events. */
async function measureActivity(store: Store): Promise<void> {
  const times: number[] = []
  let rows = 0
  for (let n = 0; n < ROUNDS; n++) {
    const query = { from: NOON - 30 * DAY_MS, to: NOON + DAY_MS, byWorkspace: false, rowsMax: 10_000 }
    times.push(await timed(async () => (rows = (await store.activityReport(query)).length)))
  }
  print(`  activity of everything, ${rows} rows: ${shown(times)}`)
}

async function measureReservations(store: Store): Promise<void> {
  const holding: number[] = []
  const settling: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const holds = entriesOfHolds(round)
    holding.push(await timed(() => store.commitLedger(holds)))
    settling.push(await timed(() => store.commitLedger(holds.map(settlementOf))))
  }
  print(`  ${BATCH} holds over ${KEYS} keys: ${shown(holding)}`)
  print(`  ${BATCH} settlements of them: ${shown(settling)}`)
}

/** How late timers of the main thread fire while commits follow one another, and while the writer is kept busy. */
async function measureDrift(db: SqlDatabase, store: Store): Promise<void> {
  const watch = watchTimers()
  await pause(50)
  const batches = Array.from({ length: ROUNDS }, (_, n) =>
    entries({ count: BATCH, keys: KEYS, metas: 2, id: `drift ${n}` }),
  )
  watch.clear()
  for (const batch of batches) {
    await store.commitLedger(batch)
    // Other work of this thread gets its turn between two commits.
    await pause(1)
  }
  print(
    `  while ${ROUNDS} commits of ${BATCH} events are written, the main thread's timers come late: ${watch.shown()}`,
  )
  let done = 0
  for (let steps = 100_000; done < BUSY_MS; steps *= 2) {
    watch.clear()
    done = await timed(() =>
      sql`with recursive counted (n) as (select 1 union all select n + 1 from counted where n < ${BigInt(steps)})
        select max(n) as last from counted`.execute(db.writer),
    )
  }
  await pause(5)
  print(`  while a statement of ${done.toFixed(0)} ms runs in the writer: ${watch.shown()}`)
  watch.stop()
}

function watchTimers() {
  let last = performance.now()
  const late: number[] = []
  const timer = setInterval(() => {
    const now = performance.now()
    late.push(Math.max(0, now - last - 1))
    last = now
  }, 1)
  return {
    clear: () => late.splice(0),
    shown: () => `${shown(late)}, max ${Math.max(...late).toFixed(2)} ms`,
    stop: () => clearInterval(timer),
  }
}

interface EntryOrder {
  count: number
  keys: number
  /** The number of meta names of each event, with five values each. */
  metas: number
  id: string
  /** The meta of the n-th event instead. */
  metaOf?: (n: number, id: string) => Record<string, string>
}

function activityMeta(n: number, model: string): Record<string, string> {
  const tokens = { prompt_tokens: `${n}`, completion_tokens: `${2 * n}`, reasoning_tokens: '7' }
  return { model, model_permaslug: `${model}-1`, endpoint_id: 'e', provider_name: 'p', ...tokens }
}

function entries(order: EntryOrder): LedgerEntry[] {
  const { count, keys, metas, id, metaOf } = order
  return Array.from({ length: count }, (_, n) => {
    const meta =
      metaOf?.(n, id) ??
      Object.fromEntries(Array.from({ length: metas }, (_, m) => [`name-${m}`, `value-${n % 5}`]))
    return { kind: 'event', event: eventOf(keyIn(n, keys), `${id}-${n}`, { amount: 1_234_567n, meta }) }
  })
}

type HoldEntry = Extract<LedgerEntry, { kind: 'hold' }>

function entriesOfHolds(round: number): HoldEntry[] {
  return Array.from({ length: BATCH }, (_, n) => {
    const { keyId, ownerId, workspaceId } = eventOf(keyIn(n, KEYS), '')
    const id = idOf<HoldEntry['reservation']['id']>(1_000_000 + round * BATCH + n)
    const times = { heldAt: NOON + round, expiresAt: NOON + 600_000 }
    const rest = {
      amount: 5n,
      firstAmount: 5n,
      onExpiry: 'release',
      requestId: `r-${round}-${n}`,
      state: 'open',
      resolvedAt: null,
      resolvedBy: null,
      settlement: null,
    } as const
    return { kind: 'hold', reservation: { id, keyId, ownerId, workspaceId, ...times, ...rest } }
  })
}

function settlementOf({ reservation }: HoldEntry): LedgerEntry {
  const { id, keyId, ownerId, workspaceId, amount: fromAmount } = reservation
  const settlement = { amount: 3n, byokAmount: 0n, meta: {}, released: 2n, overdraft: 0n, late: false }
  const end = { from: 'open', state: 'settled', resolvedAt: NOON, resolvedBy: null, settlement } as const
  return {
    kind: 'resolution',
    resolution: { id, keyId, ownerId, workspaceId, fromAmount, ...end },
    event: eventOf(keyId, `reservation:${id}`, { amount: 3n }),
  }
}

function keyIn(n: number, keys: number): KeyId {
  return idOf(10 + (n % keys))
}

async function openInMainThread(path: string): Promise<SqlDatabase> {
  const db = await openSqlite(path, print)
  const access = connectionOn(engineHere(connectSqlite({ path, readOnly: false, journal: 'wal' })))
  const writer = new Kysely<Tables>({ dialect: access.dialect })
  await migrate(writer, { forms: SQLITE_FORMS })
  return {
    ...db,
    writer,
    runSteps: access.runSteps,
    async close() {
      await writer.destroy()
      await db.close()
    },
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

function shown(times: number[]): string {
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2)
  return `min ${at(0)} ms, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}

function median(times: number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0
}

function print(line: string): void {
  writeSync(1, `${line}\n`)
}
