import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import { fillKeys } from '../../../test/scale/fill-keys.ts'
import { postgresForTests } from '../../../test/support/postgres.ts'
import { addKey, NOON, ROOT_KEY, seed } from '../../../test/support/records.ts'
import { Fault } from '../../core/ground/faults.ts'
import { openStore } from '../open.ts'
import { openForReading as openPostgresForReading } from '../postgres/open-reading.ts'
import { snapshot } from '../sql/base/database.ts'
import { createSqlStore } from '../sql/store.ts'
import { openSqlite } from '../sqlite/open.ts'
import { READY, type ReadingThread, readingThread, type ThreadPlace } from './thread.ts'

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

const EVERYTHING = {
  from: 0,
  to: 2 * NOON,
  interval: 'month',
  groupBy: [{ kind: 'label', name: 'env' }],
  rowsMax: 1_000,
}

describe('long reads of a SQLite file', () => {
  test('one that takes too long is ended with a fault, also among keys without usage, and the thread answers the next', async () => {
    const path = await filled(20_000)
    const thread = sqliteThread(path, 0)
    expect(await codeOf(thread.run('usageReport', [EVERYTHING]))).toBe('read_too_long')
    const ofCustomer = { ...EVERYTHING, interval: 'day', externalUserId: 'wholesale' }
    expect(await codeOf(thread.run('usageReport', [ofCustomer]))).toBe('read_too_long')
    expect(await thread.run('listWorkspaces', [{ limit: 1 }])).toMatchObject({ rows: [{}] })
    const patient = sqliteThread(path, 60_000)
    expect(await patient.run('usageReport', [ofCustomer])).toEqual([])
    expect(await patient.run('usageReport', [EVERYTHING])).toHaveLength(3)
  })

  test('meanwhile the main thread is not blocked', async () => {
    const thread = sqliteThread(await filled(150_000), 60_000)
    await thread.run('listWorkspaces', [{ limit: 1 }])
    let ticks = 0
    const timer = setInterval(() => {
      ticks += 1
    }, 1)
    const begun = performance.now()
    const rows = await thread.run('usageReport', [EVERYTHING])
    clearInterval(timer)
    const busyMs = performance.now() - begun
    console.log(`long reads: ${ticks} timers came while a report took ${busyMs.toFixed(0)} ms`)
    expect(rows).toHaveLength(3)
    expect(ticks).toBeGreaterThan(busyMs / 20)
  }, 30_000)

  test('the next read sees a committed change', async () => {
    const store = await openStore(`sqlite:${newPath()}`)
    cleanUp.push(() => store.close())
    await seed(store)
    const listed = async () =>
      (await store.listKeys({ sort: 'createdAt', limit: 100, at: NOON })).rows.map(({ key }) => key.id)
    let chances = 0
    for (let n = 10; n < 40; n += 1) {
      const { id } = await addKey(store, n)
      expect(await listed()).toContain(id)
      chances += 1
    }
    console.log(`long reads: ${chances} lists right after a commit`)
  })

  test('an unknown read fails, and only the log says so', async () => {
    const thread = sqliteThread(await filled(10), 1_000)
    await expect(thread.run('dropEverything', [])).rejects.toThrow('no long read dropEverything')
  })
})

describe('a thread for reads', () => {
  test('that ends fails its reads, and another one answers the next', async () => {
    const thread = threadOf(`parentPort.on('message', ({ id, name }) => {
      if (name === 'die') process.exit(3)
      if (name !== 'wait') parentPort.postMessage({ id, result: name })
    })
    parentPort.postMessage('${READY}')`)
    expect(await thread.run('hello', [])).toBe('hello')
    const lost = ['wait', 'die'].map((name) => codeOf(thread.run(name, [])))
    expect(await Promise.all(lost)).toEqual(['store_unavailable', 'store_unavailable'])
    expect(await thread.run('again', [])).toBe('again')
  })

  test('that does not answer counts as stuck after its time', async () => {
    expect(await codeOf(stuckThread().run('wait', []))).toBe('store_unavailable')
  })

  test('that is slow to start is waited for, and only then does the time of its reads begin', async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4))
    const thread = threadOf(
      `import { workerData } from 'node:worker_threads'
       Atomics.wait(workerData.gate, 0, 0)
       parentPort.on('message', ({ id, name }) => parentPort.postMessage({ id, result: name }))
       parentPort.postMessage('${READY}')`,
      { data: { gate }, limitMs: 250, graceMs: 250 },
    )
    let answered = 0
    const answers = ['one', 'two'].map((name) => thread.run(name, []).finally(() => (answered += 1)))
    const until = performance.now() + 600
    while (performance.now() < until) await codeOf(stuckThread().run('wait', []))
    expect(answered).toBe(0)
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
    expect(await Promise.all(answers)).toEqual(['one', 'two'])
  })

  test('that never starts is given up, and the next read starts another one', async () => {
    const starts = new Int32Array(new SharedArrayBuffer(4))
    const thread = threadOf(
      `import { workerData } from 'node:worker_threads'
       if (Atomics.add(workerData.starts, 0, 1) === 0) Atomics.wait(workerData.starts, 0, 1)
       parentPort.on('message', ({ id, name }) => parentPort.postMessage({ id, result: name }))
       parentPort.postMessage('${READY}')`,
      { data: { starts }, startMs: 200 },
    )
    // A machine without processor time may be as slow with the second.
    const outcomes: string[] = []
    while (outcomes.at(-1) !== 'answered' && outcomes.length < 50)
      outcomes.push(await codeOf(thread.run('hello', [])))
    expect(outcomes[0]).toBe('store_unavailable')
    expect(outcomes.at(-1)).toBe('answered')
  })
})

describe('long reads of PostgreSQL', async () => {
  const postgres = await postgresForTests()
  const withPostgres = test.skipIf('absent' in postgres)

  withPostgres(
    'one that takes too long is ended by the server, with a fault, and the next is answered',
    async () => {
      if ('absent' in postgres) return
      const { url, drop } = await postgres.freshDatabase()
      cleanUp.push(drop)
      const { db } = openPostgresForReading({ lane: 'lists', url, limitMs: 50, connections: 1 })
      cleanUp.push(() => db.close())
      const sleep = (seconds: number) => snapshot(db, (trx) => sql`select pg_sleep(${seconds})`.execute(trx))
      const begun = performance.now()
      const error = await sleep(20).catch((thrown: unknown) => thrown)
      expect(db.failureOf(error)).toEqual({ kind: 'late' })
      expect(performance.now() - begun).toBeLessThan(10_000)
      await sleep(0)
    },
  )

  withPostgres('a store reads through its threads and lets go of all sessions', async () => {
    if ('absent' in postgres) return
    const { url, drop } = await postgres.freshDatabase()
    cleanUp.push(drop)
    const store = await openStore(url)
    await seed(store)
    const { rows } = await store.listKeys({ sort: 'spent', limit: 5, at: NOON })
    expect(rows.map(({ key }) => key.id)).toEqual([ROOT_KEY])
    await store.close()
    const again = await openStore(url)
    await again.close()
  })
})

/** A thread that runs this code. */
function threadOf(code: string, place: Partial<ThreadPlace> = {}): ReadingThread {
  const file = join(newFolder(), 'worker.mjs')
  writeFileSync(file, `import { parentPort } from 'node:worker_threads'\n${code}`)
  const thread = readingThread({ file: pathToFileURL(file), data: {}, limitMs: 60_000, ...place })
  cleanUp.push(() => thread.close())
  return thread
}

/** A thread that has started, and never answers. */
function stuckThread(): ReadingThread {
  return threadOf(`parentPort.on('message', () => {}); parentPort.postMessage('${READY}')`, {
    limitMs: 5,
    graceMs: 5,
  })
}

function sqliteThread(path: string, limitMs: number): ReadingThread {
  const file = new URL('../sqlite/reading-worker.ts', import.meta.url)
  const thread = readingThread({ file, data: { path, limitMs }, limitMs })
  cleanUp.push(() => thread.close())
  return thread
}

async function filled(keys: number): Promise<string> {
  const path = newPath()
  await createSqlStore(await openSqlite(path, unexpected)).close()
  fillKeys(path, { keys, at: NOON })
  return path
}

function newPath(): string {
  return join(newFolder(), 'latchkey.db')
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-reads-'))
  cleanUp.push(() => rmSync(folder, { recursive: true }))
  return folder
}

function unexpected(reason: string): void {
  throw new Error(reason)
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'answered',
    (error) => (error instanceof Fault ? error.code : String(error)),
  )
}
