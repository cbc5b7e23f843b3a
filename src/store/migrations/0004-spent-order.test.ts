import { expect, test } from 'bun:test'
import { Kysely, sql } from 'kysely'
import { connectSqlite } from '../sqlite/connection.ts'
import { connectionOn } from '../sqlite/driver.ts'
import { engineHere } from '../sqlite/engine.ts'
import { init } from './0001-init.ts'
import { ledger } from './0002-ledger.ts'
import { spentOrder } from './0004-spent-order.ts'
import { SQLITE_FORMS } from './forms.ts'

test('keys keep their place in lists by spent money', async () => {
  const { dialect } = connectionOn(
    engineHere(connectSqlite({ path: ':memory:', readOnly: false, journal: 'memory' })),
  )
  const db = new Kysely<unknown>({ dialect })
  await init(db, SQLITE_FORMS)
  await ledger(db, SQLITE_FORMS)
  for (const [id, amount] of [
    ['a', 5n],
    ['b', 2n ** 63n - 1n],
    ['c', 0n],
  ]) {
    await sql`insert into key_totals values (${id}, 'owner', 'workspace', 0, 0, 0, ${amount}, 7, 1)`.execute(
      db,
    )
  }
  await spentOrder(db, SQLITE_FORMS)
  const { rows } = await sql<{ key_id: string; amount: bigint }>`
    select key_id, listed_amount as amount from key_totals order by key_id`.execute(db)
  await db.destroy()
  expect(rows.map((row) => [row.key_id, row.amount])).toEqual([
    ['a', 5n],
    ['b', 2n ** 63n - 1n],
    ['c', 0n],
  ])
})
