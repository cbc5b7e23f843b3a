import { afterEach, describe, expect, test } from 'bun:test'
import { Kysely } from 'kysely'
import { Client, Pool } from 'pg'
import { oldPostgresForTests, postgresForTests, type TestDatabase } from '../../../test/support/postgres.ts'
import { addKey, idOf, NOON, patchKey, ROOT_KEY, seed } from '../../../test/support/records.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { KeyId } from '../../core/types.ts'
import { POSTGRES_FORMS } from '../migrations/forms.ts'
import { isMigrated, migrate } from '../migrations/migrate.ts'
import { openStore } from '../open.ts'
import { StoreOpenError } from '../open-error.ts'
import { lockRevision } from '../sql/base/change.ts'
import { transact } from '../sql/base/database.ts'
import type { Store } from '../store.ts'
import { postgresDialect } from './driver.ts'
import { openPostgres } from './open.ts'

const postgres = await postgresForTests()
const oldPostgres = await oldPostgresForTests()
const cleanUp: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

describe.skipIf('absent' in postgres)('a PostgreSQL database', () => {
  test('several processes may use it at once', async () => {
    const { url } = await freshDatabase()
    const stores = await Promise.all([opened(url), opened(url), opened(url)])
    expect(stores.map((store) => [store.isShared(), store.sharesAccounts])).toEqual(
      Array(3).fill([true, true]),
    )
    await seed(stores[0] as Store)
    await Promise.all(stores.map((store, n) => addKey(store, 10 + n)))
    expect(await Promise.all(stores.map((store) => store.revision()))).toEqual([6, 6, 6])
  })

  test('is refused in one line while a version that permits one process uses it', async () => {
    const { url } = await freshDatabase()
    await (await opened(url)).close()
    const older = new Client({ connectionString: url })
    cleanUp.push(() => older.end())
    await older.connect()
    // The lock that this version held for as long as it ran.
    await older.query(`select pg_try_advisory_lock(${0x4c415443}, hashtext(coalesce(current_schema(), '')))`)
    await expect(openStore(url)).rejects.toThrow('A Latchkey of an older version uses the database.')
    await older.query('select pg_advisory_unlock_all()')
    await (await opened(url)).check()
  })

  test('several processes may migrate it concurrently', async () => {
    const { url } = await freshDatabase()
    const migrations = Array.from({ length: 6 }, async () => {
      const pool = new Pool({ connectionString: url })
      // Dropping the database may have to end sessions that are just being closed.
      pool.on('error', () => {})
      const kysely = new Kysely({ dialect: postgresDialect(pool) })
      cleanUp.push(() => kysely.destroy())
      await migrate(kysely, { forms: POSTGRES_FORMS, schema: 'public' })
      return isMigrated(kysely)
    })
    expect(await Promise.all(migrations)).toEqual(Array.from({ length: 6 }, () => true))
    expect(await (await opened(url)).revision()).toBe(0)
  })

  test('with breaking connections loses no answered change and no part of one', async () => {
    const { url } = await freshDatabase()
    const store = await opened(url)
    await seed(store)
    let done = 0
    let unavailable = 0
    for (let round = 0; round < 5; round++) {
      const calls = Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => addKey(store, 100 + 20 * round + n)),
      )
      await endSessions(url, 'latchkey')
      for (const outcome of await calls) {
        if (outcome.status === 'fulfilled') done += 1
        else if (outcome.reason instanceof Fault && outcome.reason.code === 'store_unavailable')
          unavailable += 1
        else throw outcome.reason
      }
    }
    console.log(`PostgreSQL: connections broken 5 times, ${done} calls answered, ${unavailable} failed`)
    expect(unavailable).toBeGreaterThan(0)
    const revision = await store.revision()
    expect(revision).toBeGreaterThanOrEqual(3 + done)
    const revisions = (await everyRevision(store)).sort((one, other) => one - other)
    expect(revisions).toEqual(Array.from({ length: revision }, (_, index) => index + 1))
    await patchKey(store, ROOT_KEY, { name: 'works again' })
  })

  test('repeats work that was aborted in favour of another transaction', async () => {
    const { url } = await freshDatabase()
    const db = await openPostgres(url)
    cleanUp.push(() => db.close())
    const pairs = [
      ['revision', 'users'],
      ['users', 'revision'],
    ] as const
    let attempts = 0
    const bothLocked = Promise.withResolvers<void>()
    const firstLocks = new Set<string>()
    // Each locks the row that the other needs next, so the server must abort one of them.
    const work = pairs.map(([first, second]) =>
      transact(db, async (trx) => {
        attempts += 1
        await trx
          .updateTable('meta')
          .set((set) => ({ value: set('value', '+', 1n) }))
          .where('name', '=', first)
          .execute()
        firstLocks.add(first)
        if (firstLocks.size === 2) bothLocked.resolve()
        await bothLocked.promise
        await trx
          .updateTable('meta')
          .set((set) => ({ value: set('value', '+', 1n) }))
          .where('name', '=', second)
          .execute()
      }),
    )
    await Promise.all(work)
    // Once for each, and again for the aborted one. On a busy machine that one may lock its row once more before the other wakes up.
    expect(attempts).toBeGreaterThanOrEqual(3)
    const rows = await db.reader.selectFrom('meta').select('value').where('name', 'in', pairs[0]).execute()
    expect(rows.map((row) => row.value)).toEqual([2n, 2n])
  })

  test('that is not encoded as UTF-8 is refused in one line', async () => {
    const { url } = await freshDatabase()
    const ascii = `${new URL(url).pathname.slice(1)}_ascii`
    await ask(url, `create database ${ascii} template template0 encoding 'SQL_ASCII' locale 'C'`)
    cleanUp.push(() => ask(url, `drop database ${ascii} with (force)`))
    const target = new URL(url)
    target.pathname = `/${ascii}`
    await expect(openStore(target.href)).rejects.toThrow(
      'encoded as SQL_ASCII: Latchkey needs one encoded as UTF8.',
    )
  })

  test('that cannot be reached is named in one line, without its password', async () => {
    const missing = openStore('postgres://somebody:hunter2@127.0.0.1:1/nothing')
    await expect(missing).rejects.toThrow(
      /^PostgreSQL at 127\.0\.0\.1:1\/nothing cannot be used: .*ECONNREFUSED/,
    )
    await expect(openStore('postgres://somebody:hunter2@')).rejects.not.toThrow('hunter2')
    await expect(openStore('postgres://[hunter2')).rejects.toThrow('The database URL is not a valid URL.')
    const { url } = await freshDatabase()
    const absent = new URL(url)
    absent.pathname = '/absent'
    await expect(openStore(absent.href)).rejects.toThrow(
      /^PostgreSQL at \S+\/absent cannot be used: database "absent" does not exist\. Make the database/,
    )
    await expect(openStore(`${url}?sslmode=verify-full`)).rejects.toThrow(
      /^PostgreSQL at \S+ cannot be used: The server does not support SSL connections\. Switch TLS on/,
    )
  })

  test.each(['writer', 'chores', 'membership'] as const)(
    'a process that stops in a transaction (%s) delays the changes of others by a few seconds, and fails none',
    async (name) => {
      const { url } = await freshDatabase()
      const store = await opened(url)
      await seed(store)
      const stopped = await openPostgres(url)
      cleanUp.push(() => stopped.close())
      const goesOn = Promise.withResolvers<void>()
      const hasLocked = Promise.withResolvers<void>()
      const transaction = (stopped[name] ?? stopped.writer).transaction().execute(async (trx) => {
        await lockRevision(stopped, trx)
        hasLocked.resolve()
        await goesOn.promise
        await lockRevision(stopped, trx)
      })
      await hasLocked.promise
      const sentAt = performance.now()
      await addKey(store, 10)
      expect(performance.now() - sentAt).toBeLessThan(5_000)
      goesOn.resolve()
      await expect(transaction).rejects.toThrow()
    },
    15_000,
  )

  test('commits are durable even when the server is set to answer before it has written', async () => {
    const { url } = await freshDatabase()
    const name = new URL(url).pathname.slice(1)
    await ask(url, `alter database ${name} set synchronous_commit = off`)
    const db = await openPostgres(url)
    cleanUp.push(() => db.close())
    const shown = await transact(db, (trx) =>
      trx
        .selectNoFrom((select) =>
          select.fn<string>('current_setting', [select.val('synchronous_commit')]).as('value'),
        )
        .execute(),
    )
    expect(shown).toEqual([{ value: 'on' }])
  })

  test('keys of two schemas of one database do not conflict', async () => {
    const { url } = await freshDatabase()
    await ask(url, 'create schema other')
    const other = new URL(url)
    other.searchParams.set('options', '-c search_path=other')
    const [here, there] = [await opened(url), await opened(other.href)]
    await seed(here)
    expect(await there.isInitialized()).toBe(false)
    await seed(there)
    await addKey(there, 10)
    expect(await here.findKey({ id: idOf<KeyId>(10) }, NOON)).toBeNull()
  })
})

describe.skipIf('absent' in oldPostgres)('a PostgreSQL before version 14', () => {
  test('is refused in one line, and not changed', async () => {
    if ('absent' in oldPostgres) throw new Error(oldPostgres.absent)
    const { url } = await oldPostgres.freshDatabase()
    cleanUp.push(() => oldPostgres.stop())
    console.log(`PostgreSQL too old: server_version_num ${oldPostgres.version}`)
    expect(oldPostgres.version).toBeLessThan(140_000)
    // Twice, because the first attempt must not keep the database's lock either.
    for (let attempt = 0; attempt < 2; attempt++) {
      const refused = openStore(url)
      await expect(refused).rejects.toBeInstanceOf(StoreOpenError)
      await expect(refused).rejects.toThrow(
        /^PostgreSQL \d+\.\d+.* is too old: Latchkey needs version 14 or later\.$/,
      )
    }
    const client = new Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query(
      `select (select count(*) from pg_class where relnamespace = 'public'::regnamespace) as tables,
        (select count(*) from pg_locks where locktype = 'advisory') as locks`,
    )
    await client.end()
    expect(rows).toEqual([{ tables: '0', locks: '0' }])
  })
})

async function everyRevision(store: Store): Promise<number[]> {
  const revisions: number[] = []
  let page = await store.listAudit({ limit: 100 })
  for (;;) {
    revisions.push(...page.rows.map((entry) => Number(entry.revision)))
    if (page.next === null) return revisions
    page = await store.listAudit({ limit: 100, after: page.next })
  }
}

async function freshDatabase(): Promise<TestDatabase> {
  if ('absent' in postgres) throw new Error(postgres.absent)
  const database = await postgres.freshDatabase()
  cleanUp.push(() => database.drop())
  return database
}

async function opened(url: string): Promise<Store> {
  const store = await openStore(url)
  cleanUp.push(() => store.close())
  return store
}

/** Ends the sessions on the database that have this name. */
async function endSessions(url: string, name: string): Promise<void> {
  await ask(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = '${name}'`,
  )
}

async function ask(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
