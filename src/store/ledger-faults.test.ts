import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { Kysely, sql } from 'kysely'
import { Client, Pool, type PoolClient } from 'pg'
import { postgresForTests } from '../../test/support/postgres.ts'
import { addKey, eventOf, idOf, NOON, ROOT_KEY, readAccount, seed } from '../../test/support/records.ts'
import { Fault } from '../core/ground/faults.ts'
import type { LedgerEntry, LedgerOutcome } from '../core/ledger/entries.ts'
import type { KeyId } from '../core/types.ts'
import {
  ended,
  held,
  keyAccount,
  ledgerOf,
  ROOT_ACCOUNT,
  reservationNumber,
  used,
  WORKSPACE_ACCOUNT,
} from './conformance/ledger-case.conformance.ts'
import { postgresDialect } from './postgres/driver.ts'
import { openPostgres } from './postgres/open.ts'
import type { SqlDatabase } from './sql/base/database.ts'
import { runStepsInTransaction } from './sql/base/row-steps.ts'
import type { Tables } from './sql/base/tables.ts'
import { createSqlStore } from './sql/store.ts'
import { overDatabase } from './sqlite/connection.ts'
import { connectionOn } from './sqlite/driver.ts'
import { engineHere } from './sqlite/engine.ts'
import { openSqlite } from './sqlite/open.ts'
import type { Store } from './store.ts'

const postgres = await postgresForTests()
const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

/** Counts the statements of a writing connection, and fails one of them. */
interface Failing {
  ran: number
  /** The number of the statement that fails, from 1; 0 for none. */
  failAt: number
}

const ACCOUNTS = [keyAccount(ROOT_KEY), keyAccount(idOf(10)), ROOT_ACCOUNT, WORKSPACE_ACCOUNT]
const ENGINES: [name: string, open: () => Promise<{ store: Store; failing: Failing }>][] = [
  ['a SQLite file', failingSqlite],
  ...('absent' in postgres ? [] : [['PostgreSQL', failingPostgres] as [string, typeof failingPostgres]]),
]

for (const [name, open] of ENGINES) {
  describe(`a commit of the ledger on ${name}`, () => {
    test('when any of its statements fails, nothing is written, and the commit can be repeated', async () => {
      const { store, failing } = await open()
      await prepare(store)
      for (const [kind, entries] of [
        ['new entries', newEntries()],
        ['entries of which some were written before', [...newEntries().slice(0, 3), ...moreEntries()]],
      ] as const) {
        const before = await ledgerOf(store, ACCOUNTS)
        let failed = 0
        let outcomes: LedgerOutcome[] | null = null
        while (outcomes === null) {
          failing.ran = 0
          failing.failAt = failed + 1
          outcomes = await store.commitLedger(entries).catch(unavailable)
          failing.failAt = 0
          if (outcomes !== null) break
          failed += 1
          expect(await ledgerOf(store, ACCOUNTS)).toEqual(before)
        }
        console.log(`ledger faults on ${name}: ${kind}: ${failed} statements failed, one at a time`)
        expect(failed).toBeGreaterThan(8)
        expect(outcomes.includes('duplicate')).toBe(kind !== 'new entries')
        expect(outcomes).toContain('written')
        expect(await ledgerOf(store, ACCOUNTS)).not.toEqual(before)
      }
    }, 60_000)
  })
}

describe('a full disk', () => {
  test('a commit of the ledger without room writes nothing, and succeeds when there is room again', async () => {
    const db = await openSqlite(newPath(), unexpected)
    const store = createSqlStore(db)
    cleanUp.push(() => store.close())
    await seed(store)
    const [row] = (await sql<{ page_count: bigint }>`pragma page_count`.execute(db.writer)).rows
    await sql.raw(`pragma max_page_count = ${Number(row?.page_count) + 80}`).execute(db.writer)
    const batch = (n: number): LedgerEntry[] =>
      Array.from({ length: 200 }, (_, i) =>
        used(eventOf(ROOT_KEY, `${n}-${i} ${'x'.repeat(60)}`, { amount: 1n, meta: { model: `m${i}` } })),
      )
    let written = 0
    while ((await codeOf(store.commitLedger(batch(written)))) === 'answered') written += 1
    const before = await ledgerOf(store, ACCOUNTS)
    expect(await codeOf(store.commitLedger(batch(written)))).toBe('store_unavailable')
    expect(await ledgerOf(store, ACCOUNTS)).toEqual(before)
    const requests = async () => (await readAccount(store, ROOT_ACCOUNT, NOON)).spend.total.requests
    expect(await requests()).toBe(written * 200)
    await sql.raw('pragma max_page_count = 100000').execute(db.writer)
    expect(await codeOf(store.commitLedger(batch(written)))).toBe('answered')
    expect(await requests()).toBe((written + 1) * 200)
    console.log(`ledger faults: full after ${written} commits of 200 events`)
  })
})

describe.skipIf('absent' in postgres)('PostgreSQL connections that break', () => {
  test('lose no answered commit and count none twice, however often the commit is repeated', async () => {
    if ('absent' in postgres) return
    const database = await postgres.migratedDatabase()
    cleanUp.push(() => database.drop())
    const store = createSqlStore(await openPostgres(database.url))
    cleanUp.push(() => store.close())
    await seed(store)
    let failures = 0
    let commits = 0
    let cutting = true
    const cutter = (async () => {
      const client = new Client({ connectionString: database.url })
      await client.connect()
      while (cutting) {
        await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()
              and query <> 'select 1' and query not like '%pg_try_advisory_lock%'`,
        )
        // Long enough that some attempts succeed.
        await pause(50 + Math.random() * 100)
      }
      await client.end()
    })()
    const reporters = Array.from({ length: 4 }, async (_, reporter) => {
      // Continues until some connections were cut, however fast the commits are.
      for (let n = 0; n < 15 || failures < 5; n++) {
        commits += 1
        const entries = [0, 1, 2].map((i) => used(eventOf(ROOT_KEY, `${reporter}-${n}-${i}`, { amount: 1n })))
        for (;;) {
          const code = await codeOf(store.commitLedger(entries))
          if (code === 'answered') break
          expect(code).toBe('store_unavailable')
          failures += 1
        }
      }
    })
    await Promise.all(reporters)
    cutting = false
    await cutter
    console.log(`ledger faults: ${commits} commits on PostgreSQL, ${failures} of their attempts cut off`)
    expect(failures).toBeGreaterThan(0)
    const { spend } = await readAccount(store, keyAccount(ROOT_KEY), NOON)
    expect([spend.total.amount, spend.daily.requests]).toEqual([BigInt(3 * commits), 3 * commits])
  }, 60_000)
})

async function prepare(store: Store): Promise<void> {
  await seed(store)
  await addKey(store, 10, { limits: { daily: 10n } })
  await store.commitLedger([100, 101].map((n) => held(reservationNumber(idOf(10), n))))
}

function newEntries(): LedgerEntry[] {
  const keyId = idOf<KeyId>(10)
  return [
    used(eventOf(ROOT_KEY, 'a', { meta: { model: 'x' } })),
    ended(reservationNumber(keyId, 100), 'settled'),
    held(reservationNumber(ROOT_KEY, 102, { requestId: 'r' })),
    used(eventOf(keyId, 'b', { amount: 9n })),
  ]
}

function moreEntries(): LedgerEntry[] {
  return [
    ended(reservationNumber(idOf(10), 101), 'expired'),
    held(reservationNumber(ROOT_KEY, 103)),
    used(eventOf(idOf(10), 'c', { meta: { model: 'y' } })),
  ]
}

async function failingSqlite(): Promise<{ store: Store; failing: Failing }> {
  const path = newPath()
  const opened = await openSqlite(path, unexpected)
  const failing: Failing = { ran: 0, failAt: 0 }
  const database = new DatabaseSync(path)
  database.exec('pragma synchronous = full')
  const connection = connectionOn(engineHere(overDatabase(failingDatabase(database, failing))))
  const writer = new Kysely<Tables>({ dialect: connection.dialect })
  const store = createSqlStore({
    ...opened,
    writer,
    runSteps: connection.runSteps,
    runDecided: null,
    async close() {
      await writer.destroy()
      await opened.close()
    },
  })
  cleanUp.push(() => store.close())
  return { store, failing }
}

/** The same database, whose statements fail when they run. */
function failingDatabase(database: DatabaseSync, failing: Failing): DatabaseSync {
  const wrapped = (statement: StatementSync, text: string): StatementSync =>
    new Proxy(statement, {
      get(target, name) {
        const member = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          if (name === 'run' && text !== 'rollback') countRun(failing, { errcode: 13 })
          return Reflect.apply(member, target, args)
        }
      },
    })
  return new Proxy(database, {
    get(target, name) {
      const member = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        const result = Reflect.apply(member, target, args)
        return name === 'prepare' ? wrapped(result as StatementSync, String(args[0])) : result
      }
    },
  })
}

async function failingPostgres(): Promise<{ store: Store; failing: Failing }> {
  if ('absent' in postgres) throw new Error(postgres.absent)
  const database = await postgres.migratedDatabase()
  cleanUp.push(() => database.drop())
  const opened = await openPostgres(database.url)
  const failing: Failing = { ran: 0, failAt: 0 }
  const pool = new Pool({ connectionString: database.url, max: 2 })
  pool.on('error', () => {})
  const writer = new Kysely<Tables>({ dialect: postgresDialect(failingPool(pool, failing)) })
  const db: SqlDatabase = {
    ...opened,
    writer,
    runSteps: (steps) => runStepsInTransaction(db, steps),
    runDecided: (decide) => runStepsInTransaction(db, decide),
    async close() {
      await writer.destroy()
      await opened.close()
    },
  }
  const store = createSqlStore(db)
  cleanUp.push(() => store.close())
  return { store, failing }
}

/** The same pool, whose connections break before a statement is sent. */
function failingPool(pool: Pool, failing: Failing): Pool {
  const wrapped = (client: PoolClient): PoolClient =>
    new Proxy(client, {
      get(target, name) {
        const member = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          if (name === 'query' && args[0] !== 'rollback') countRun(failing, { code: 'ECONNRESET' })
          return Reflect.apply(member, target, args)
        }
      },
    })
  return new Proxy(pool, {
    get(target, name) {
      if (name === 'connect') return async () => wrapped(await target.connect())
      const member = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

function countRun(failing: Failing, error: Record<string, unknown>): void {
  failing.ran += 1
  if (failing.ran === failing.failAt) throw Object.assign(new Error('made to fail'), error)
}

/** Returns null for `store_unavailable`; rethrows any other error. */
function unavailable(error: unknown): null {
  if (error instanceof Fault && error.code === 'store_unavailable') return null
  throw error
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'answered',
    (error) => {
      if (error instanceof Fault) return error.code
      throw error
    },
  )
}

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-faults-'))
  cleanUp.push(() => rmSync(folder, { recursive: true }))
  return join(folder, 'latchkey.db')
}

function unexpected(reason: string): void {
  throw new Error(reason)
}
