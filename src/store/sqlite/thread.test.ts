import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { Kysely, sql } from 'kysely'
import { addKey, eventOf, idOf, NOON, ROOT_KEY, readAccount, seed } from '../../../test/support/records.ts'
import { Fault } from '../../core/ground/faults.ts'
import { SQLITE_FORMS } from '../migrations/forms.ts'
import { migrate } from '../migrations/migrate.ts'
import { StoreOpenError } from '../open-error.ts'
import type { SqlDatabase } from '../sql/base/database.ts'
import type { Tables } from '../sql/base/tables.ts'
import { createSqlStore } from '../sql/store.ts'
import type { Store } from '../store.ts'
import { connectSqlite } from './connection.ts'
import { connectionOn, sqliteFailure } from './driver.ts'
import { engineHere, type SqliteEngine } from './engine.ts'
import { createHealth, failingForGood } from './health.ts'
import { openSqlite } from './open.ts'
import { engineInThread, SqliteThreadEnded } from './thread.ts'

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

describe('SQLite in a thread of its own', () => {
  test('the main thread is not blocked while a statement runs', async () => {
    const db = await openSqlite(newPath(), unexpected)
    cleanUp.push(() => db.close())
    let ticks = 0
    let busyMs = 0
    for (let steps = 200_000; busyMs < 200; steps *= 2) {
      ticks = 0
      const timer = setInterval(() => {
        ticks += 1
      }, 1)
      const begun = performance.now()
      await sql`with recursive counted (n) as (select 1 union all select n + 1 from counted where n < ${steps})
        select max(n) from counted`.execute(db.writer)
      busyMs = performance.now() - begun
      clearInterval(timer)
    }
    console.log(`SQLite thread: ${ticks} timers came while one statement took ${busyMs.toFixed(0)} ms`)
    expect(ticks).toBeGreaterThan(10)
  }, 30_000)

  test('integers, texts, nulls and errors are passed unchanged', async () => {
    const { engine } = await inThread()
    await engine.execute('create table t (a integer not null, b text unique) strict', [])
    const largest = 2n ** 63n - 1n
    await engine.execute('insert into t values (?, ?), (?, ?)', [largest, '👩‍👩‍👧‍👦\u0001', -1n, null])
    expect(await engine.execute('select * from t order by a', [])).toEqual({
      rows: [
        { a: -1n, b: null },
        { a: largest, b: '👩‍👩‍👧‍👦\u0001' },
      ],
      changes: 2,
    })
    const failures = await Promise.all(
      [`insert into t select 1, max(b) from t`, 'select nothing'].map((text) =>
        engine.execute(text, []).then(String, sqliteFailure),
      ),
    )
    expect(failures).toEqual([{ kind: 'taken', constraint: 't_b' }, null])
  })

  test('calls are answered in their order', async () => {
    const { engine } = await inThread()
    await engine.execute('create table t (n integer) strict', [])
    const calls = Array.from({ length: 50 }, (_, n) =>
      n % 2 === 0
        ? engine.execute('insert into t values (?)', [BigInt(n)])
        : engine.execute('select count(*) as n from t', []),
    )
    const counts = (await Promise.all(calls)).filter((_, n) => n % 2 === 1)
    expect(counts.map(({ rows }) => rows)).toEqual(counts.map((_, n) => [{ n: BigInt(n + 1) }]))
  })

  test('a thread that cannot connect fails the opening with its message, and leaves nothing running', async () => {
    const path = newPath()
    writeFileSync(path, 'no database, and long enough not to be taken for an empty one'.repeat(20))
    const ended: string[] = []
    const opening = engineInThread({ path, readOnly: false, journal: 'wal' }, (reason) => ended.push(reason))
    expect(await opening.catch(sqliteFailure)).toEqual({ kind: 'unavailable' })
    const memory = engineInThread({ path: ':memory:', readOnly: false, journal: 'wal' }, unexpected)
    expect(await memory.catch((error) => error)).toBeInstanceOf(StoreOpenError)
    expect(ended).toEqual([])
  })

  test('when the thread ends, all waiting calls fail, the owner is informed once, and later calls fail', async () => {
    const file = join(newFolder(), 'worker.mjs')
    writeFileSync(
      file,
      `import { parentPort } from 'node:worker_threads'
       parentPort.postMessage({ result: null })
       parentPort.on('message', ({ sql }) => sql === 'die' && process.exit(3))`,
    )
    const reasons: string[] = []
    const health = createHealth((reason) => reasons.push(reason))
    const place = { path: ':memory:', readOnly: false, journal: 'wal' } as const
    const engine = failingForGood(await engineInThread(place, health.fail, pathToFileURL(file)), health)
    const calls = ['wait', 'wait', 'die', 'wait'].map((text) => engine.execute(text, []))
    for (const call of calls) {
      const error = await call.catch((thrown) => thrown)
      expect(error).toBeInstanceOf(SqliteThreadEnded)
      expect(sqliteFailure(error)).toEqual({ kind: 'unavailable' })
    }
    expect(reasons).toHaveLength(1)
    expect(await codeOf(engine.execute('select 1', []))).toBe('store_unavailable')
    await engine.close()
    expect(reasons).toHaveLength(1)
  })

  test('a store that is open keeps no process from ending, and one that waits for a commit does', async () => {
    const script = join(newFolder(), 'script.ts')
    const imports = (name: string) => JSON.stringify(join(import.meta.dir, name))
    writeFileSync(
      script,
      `import { openStore } from ${imports('../open.ts')}
       import { eventOf, ROOT_KEY, seed } from ${imports('../../../test/support/records.ts')}
       const store = await openStore('sqlite:' + process.argv[2])
       await seed(store)
       void store.commitLedger([{ kind: 'event', event: eventOf(ROOT_KEY, 'last') }])
         .then(([outcome]) => process.stdout.write(outcome + '\\n'))`,
    )
    const program = Bun.spawn([process.execPath, script, newPath()], { stdout: 'pipe', stderr: 'inherit' })
    cleanUp.push(() => program.kill())
    expect(await new Response(program.stdout).text()).toBe('written\n')
    expect(await program.exited).toBe(0)
  }, 20_000)
})

describe('a disk that fails', () => {
  for (const [name, errcode] of [
    ['a sync', 1034],
    ['a write', 778],
  ] as const) {
    test(`${name} at a commit: the owner is informed once, nothing is retried, the file is intact`, async () => {
      const { store, disk, path } = await storeOnFailingDisk()
      await seed(store)
      await store.commitLedger([{ kind: 'event', event: eventOf(ROOT_KEY, 'kept') }])
      disk.failCommits = errcode
      const event = eventOf(ROOT_KEY, 'lost')
      expect(await codeOf(store.commitLedger([{ kind: 'event', event }]))).toBe('store_unavailable')
      disk.failCommits = null
      const tried = disk.calls
      expect(await codeOf(store.commitLedger([{ kind: 'event', event }]))).toBe('store_unavailable')
      expect(await codeOf(addKey(store, 10))).toBe('store_unavailable')
      expect(await codeOf(store.revision())).toBe('store_unavailable')
      expect([disk.calls, disk.reasons.length]).toEqual([tried, 1])
      await store.close()
      const again = createSqlStore(await openSqlite(path, unexpected))
      cleanUp.push(() => again.close())
      expect(await again.findEvent(ROOT_KEY, 'lost')).toBeNull()
      expect((await readAccount(again, { kind: 'key', id: ROOT_KEY }, NOON)).spend.total.requests).toBe(1)
    })
  }

  test('at a commit of a change as well', async () => {
    const { store, disk } = await storeOnFailingDisk()
    await seed(store)
    disk.failCommits = 1034
    expect(await codeOf(addKey(store, 10))).toBe('store_unavailable')
    expect(disk.reasons).toHaveLength(1)
  })

  test('a failure that is not of the disk does not break the store', async () => {
    const { store, disk } = await storeOnFailingDisk()
    await seed(store)
    // These are SQLITE_FULL and SQLITE_BUSY.
    for (const errcode of [13, 5]) {
      disk.failCommits = errcode
      expect(await codeOf(addKey(store, 10))).toBe('store_unavailable')
    }
    disk.failCommits = null
    expect((await addKey(store, 10)).id).toBe(idOf(10))
    expect(disk.reasons).toEqual([])
  })
})

/** A store whose commits fail on demand, with the engine's own errors. */
async function storeOnFailingDisk(): Promise<{
  store: Store
  path: string
  disk: { failCommits: number | null; calls: number; reasons: string[] }
}> {
  const path = newPath()
  const disk = { failCommits: null as number | null, calls: 0, reasons: [] as string[] }
  const health = createHealth((reason) => disk.reasons.push(reason))
  const inner = engineHere(connectSqlite({ path, readOnly: false, journal: 'wal' }))
  const fail = async () => {
    await inner.execute('rollback', []).catch(() => {})
    throw Object.assign(new Error('disk I/O error'), { errcode: disk.failCommits, atCommit: true })
  }
  const engine: SqliteEngine = {
    execute(text, parameters) {
      disk.calls += 1
      return text === 'commit' && disk.failCommits !== null ? fail() : inner.execute(text, parameters)
    },
    executeAll(statements, hasLookedUp) {
      disk.calls += 1
      const isFailing = statements.at(-1)?.sql === 'commit' && disk.failCommits !== null
      return isFailing ? fail() : inner.executeAll(statements, hasLookedUp)
    },
    runSteps(steps) {
      disk.calls += 1
      return disk.failCommits === null ? inner.runSteps(steps) : fail()
    },
    close: () => inner.close(),
  }
  const { dialect, runSteps } = connectionOn(failingForGood(engine, health))
  const writer = new Kysely<Tables>({ dialect })
  await migrate(writer, { forms: SQLITE_FORMS })
  const memory = await openSqlite(':memory:', unexpected)
  const reader = new Kysely<Tables>({
    dialect: connectionOn(engineHere(connectSqlite({ path, readOnly: true, journal: 'wal' }))).dialect,
  })
  const db: SqlDatabase = {
    ...memory,
    writer,
    reader,
    runSteps,
    runDecided: null,
    requireOwnership: health.requireSound,
    async close() {
      for (const each of [reader, writer, memory.writer]) await each.destroy()
    },
  }
  const store = createSqlStore(db)
  cleanUp.push(() => store.close())
  return { store, path, disk }
}

async function inThread(): Promise<{ engine: SqliteEngine }> {
  const path = newPath()
  new DatabaseSync(path).close()
  const engine = await engineInThread({ path, readOnly: false, journal: 'wal' }, unexpected)
  cleanUp.push(() => engine.close())
  return { engine }
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'answered',
    (error) => (error instanceof Fault ? error.code : String(error)),
  )
}

function newPath(): string {
  return join(newFolder(), 'latchkey.db')
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-thread-'))
  cleanUp.push(() => rmSync(folder, { recursive: true }))
  return folder
}

function unexpected(reason: string): void {
  throw new Error(reason)
}
