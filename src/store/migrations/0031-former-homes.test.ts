import { expect, test } from 'bun:test'
import { Kysely, sql } from 'kysely'
import { idOf } from '../../../test/support/records.ts'
import { connectSqlite } from '../sqlite/connection.ts'
import { connectionOn } from '../sqlite/driver.ts'
import { engineHere } from '../sqlite/engine.ts'
import { SQLITE_FORMS } from './forms.ts'
import { migrate } from './migrate.ts'

const [HOME, TEAM] = [idOf(1), idOf(2)]
const [FIRST, SECOND, LAST] = [idOf(10), idOf(11), idOf(12)]
const [MOVED, STAYED] = [idOf(20), idOf(21)]

test('the first owner of a key that was given away, and those in its events, are known after the upgrade', async () => {
  const connection = connectSqlite({ path: ':memory:', readOnly: false, journal: 'memory' })
  const db = new Kysely<unknown>({ dialect: connectionOn(engineHere(connection)).dialect })
  await migrate(db, { forms: SQLITE_FORMS, upTo: '0030-ages-of-customers' })
  for (const [key, owner, first, home] of [
    [MOVED, LAST, FIRST, TEAM],
    [STAYED, LAST, null, HOME],
  ])
    await sql`insert into key_totals (key_id, owner_id, first_owner_id, workspace_id, revoked, last_used_at, request_count,
      amount, byok_amount, requests) values (${key}, ${owner}, ${first}, ${home}, 0, 0, 0, 0, 0, 0)`.execute(
      db,
    )
  for (const [key, id, owner] of [
    [MOVED, 'a', null],
    [MOVED, 'b', SECOND],
    [STAYED, 'c', null],
  ])
    await sql`insert into usage_events (key_id, id, owner_id, amount, byok_amount, requests, at, recorded_at, meta)
      values (${key}, ${id}, ${owner}, 1, 0, 1, 0, 0, '{}')`.execute(db)
  await migrate(db, { forms: SQLITE_FORMS })
  const { rows } = await sql`select * from former_homes order by owner_id`.execute(db)
  expect(rows).toEqual([FIRST, SECOND].map((owner_id) => ({ owner_id, workspace_id: TEAM })))
  await db.destroy()
})
