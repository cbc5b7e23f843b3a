import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Kysely, sql } from 'kysely'
import { Client } from 'pg'
import { postgresForTests, type TestDatabase } from '../../../test/support/postgres.ts'
import type { SqlDatabase, Trx } from '../sql/base/database.ts'
import { hinted, writeNext } from '../sql/base/query-hints.ts'
import { statement } from '../sql/base/statement.ts'
import { postgresDialect } from './driver.ts'
import { newPool, sessionsAt } from './sessions.ts'

// Statements whose results nobody needs are not waited for, and yet nothing is kept of a transaction in which one of them fails.

const postgres = await postgresForTests()

describe.skipIf('absent' in postgres)('in a transaction', () => {
  let database: TestDatabase
  let db: Kysely<{ places: { id: number } }>
  let observer: Client

  beforeAll(async () => {
    if ('absent' in postgres) return
    database = await postgres.freshDatabase()
    db = new Kysely({ dialect: postgresDialect(newPool({ ...sessionsAt(database.url), max: 1 })) })
    observer = new Client({ connectionString: database.url })
    await observer.connect()
    await observer.query('create table places (id int primary key)')
    await observer.query('insert into places values (1)')
  })
  afterAll(async () => {
    await observer?.end()
    await db?.destroy()
    await database?.drop()
  })

  const within = <T>(work: (trx: Trx) => Promise<T>) =>
    db
      .transaction()
      .setIsolationLevel('read committed')
      .execute((trx) => work(trx as unknown as Trx))
  const add = (trx: Trx, id: number) =>
    writeNext(trx, { compile: () => sql`insert into places values (${id})`.compile(trx) })
  const stored = async () =>
    (await observer.query('select id from places order by id')).rows.map(({ id }) => id)

  test('a write that nobody needs the result of is not waited for, and the next statement runs after it', async () => {
    await observer.query('begin')
    await observer.query('insert into places values (2)')
    const passed: string[] = []
    const work = within(async (trx) => {
      await sql`select 1`.execute(trx)
      // It waits in the server for the other transaction, which has the same row.
      await add(trx, 2)
      passed.push('not waited for')
      const { rows } = await sql<{ id: number }>`select id from places where id = 2`.execute(trx)
      passed.push('next')
      return rows
    })
    for (let tries = 0; passed.length === 0 && tries < 1_000; tries += 1) await Bun.sleep(5)
    expect(passed).toEqual(['not waited for'])
    await observer.query('rollback')
    expect(await work).toEqual([{ id: 2 }])
    expect(await stored()).toEqual([1, 2])
  })

  test('the failure of such a write is that of the next statement, or of the commit, and nothing stays', async () => {
    const next = within(async (trx) => {
      await add(trx, 3)
      await add(trx, 1)
      await add(trx, 4)
      await sql`select 1`.execute(trx)
    })
    await expect(next).rejects.toMatchObject({ code: '23505' })
    const last = within(async (trx) => {
      await add(trx, 3)
      await add(trx, 1)
    })
    await expect(last).rejects.toMatchObject({ code: '23505' })
    expect(await stored()).toEqual([1, 2])
    await within((trx) => add(trx, 3))
    expect(await stored()).toEqual([1, 2, 3])
  })

  test('one that fails before it has left this process is missed by no commit', async () => {
    const failed = within(async (trx) => {
      await add(trx, 5)
      const unsendable = {
        toPostgres() {
          throw new Error('cannot be sent')
        },
      }
      await trx.executeQuery(hinted(sql`select ${unsendable}`.compile(trx), { canWait: true }))
    })
    await expect(failed).rejects.toThrow('cannot be sent')
    expect(await stored()).toEqual([1, 2, 3])
  })

  test('nothing is written when its beginning was refused', async () => {
    const never = 'snapshot' as const
    const look = statement(['id'], (trx, { id }: { id: number }) =>
      (trx as unknown as typeof db).selectFrom('places').select('id').where('id', '=', id),
    )
    for (const isReadFirst of [false, true]) {
      const begun = db
        .transaction()
        .setIsolationLevel(never)
        .execute(async (other) => {
          const trx = other as unknown as Trx
          if (isReadFirst) await look({} as SqlDatabase, trx, { id: 1 })
          await add(trx, 6)
          await sql`select 1`.execute(trx)
        })
      await expect(begun).rejects.toMatchObject({ code: '42601' })
    }
    expect(await stored()).toEqual([1, 2, 3])
  })

  test('reads are answered without a wait for the end of the transaction, and the session serves the next', async () => {
    for (let round = 0; round < 50; round += 1) {
      const read = await db
        .transaction()
        .setAccessMode('read only')
        .execute((trx) => sql`select 1 as one`.execute(trx))
      expect(read.rows).toEqual([{ one: 1 }])
      await within((trx) => add(trx, 10 + round))
    }
    expect((await stored()).length).toBe(53)
  })
})
