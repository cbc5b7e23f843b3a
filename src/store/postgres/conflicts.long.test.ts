import { afterAll, describe, expect, test } from 'bun:test'
import { Kysely } from 'kysely'
import { Client, DatabaseError, type Pool, type PoolClient } from 'pg'
import { postgresForTests } from '../../../test/support/postgres.ts'
import type { SqlDatabase } from '../sql/base/database.ts'
import { runStepsInTransaction } from '../sql/base/row-steps.ts'
import type { Tables } from '../sql/base/tables.ts'
import { createSqlStore } from '../sql/store.ts'
import { runStoreTests } from '../store.conformance.ts'
import { postgresDialect } from './driver.ts'
import { openPostgres } from './open.ts'
import { newPool, sessionsAt } from './sessions.ts'

// The suite of the store on a database that aborts a transaction now and then, at any of its statements or at its commit, as engines
// do that detect conflicts instead of waiting for locks. No notifications are heard, as on engines that have none.

/** The whole suite instead of the commits of the ledger alone; takes a minute of processor time. */
const isWhole = process.env.LATCHKEY_TEST_CONFLICTS === 'all'
/** One failure in this many statements. With some fifteen statements in a transaction, none is aborted as often as the store retries it. */
const ONE_IN = 150
const postgres = await postgresForTests()
const shared = 'absent' in postgres ? null : await postgres.freshDatabase()
const given = { up: 0, statements: 0 }

/** A pool whose statements fail now and then, as if another transaction had caused it. */
function givingUp(pool: Pool): Pool {
  const wrapped = (client: PoolClient): PoolClient =>
    new Proxy(client, {
      get(target, name) {
        const member = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          const isBegin = typeof args[0] === 'string' && args[0].startsWith('begin')
          if (name === 'query' && args[0] !== 'rollback' && !isBegin) giveUpNowAndThen()
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

function giveUpNowAndThen(): void {
  given.statements += 1
  // The count goes on over all transactions, so that no statement is always spared.
  if (given.statements % ONE_IN !== 0) return
  given.up += 1
  throw Object.assign(new DatabaseError('made to give way', 0, 'error'), { code: '40001' })
}

if (shared !== null) {
  const { url, drop } = shared
  const client = new Client({ connectionString: url })
  await (await openPostgres(url)).close()
  await client.connect()
  const { rows } = await client.query<{ name: string }>(
    `select tablename as name from pg_tables
      where schemaname = 'public' and tablename not like 'schema_%' and tablename <> 'meta'`,
  )
  await client.query('set session_replication_role = replica')
  const emptying = rows.map((row) => `delete from ${row.name};`).join(' ')
  afterAll(async () => {
    await client.end()
    await drop()
  })
  runStoreTests(
    'PostgreSQL that gives transactions up',
    async () => {
      await client.query(`${emptying} delete from meta where name like '%_until'; update meta set value = 0`)
      const opened = await openPostgres(url, { silent: true })
      const pools = [2, 1, 1].map((max) => newPool({ ...sessionsAt(url), max }))
      const [writer, ledger, chores] = pools.map(
        (pool) => new Kysely<Tables>({ dialect: postgresDialect(givingUp(pool)) }),
      ) as [Kysely<Tables>, Kysely<Tables>, Kysely<Tables>]
      const db: SqlDatabase = {
        ...opened,
        writer,
        chores,
        runSteps: (steps, { errand } = {}) =>
          runStepsInTransaction(db, steps, errand === 'chore' ? chores : ledger),
        runDecided: (decide) => runStepsInTransaction(db, decide, ledger),
        async close() {
          for (const each of [writer, ledger, chores]) await each.destroy()
          await opened.close()
        },
      }
      const store = createSqlStore(db)
      return { store, dispose: () => store.close() }
    },
    {
      runner: {
        describe,
        test: (name, body) => {
          if (isWhole || name.startsWith('commitLedger')) test(name, body)
        },
      },
    },
  )
  test('the suite above has met conflicts', () => {
    console.log(`conflicts: ${given.up} of ${given.statements} statements gave up`)
    expect(given.up).toBeGreaterThan(20)
  })
}
