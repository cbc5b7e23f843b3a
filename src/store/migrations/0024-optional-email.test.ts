import { expect, test } from 'bun:test'
import { Kysely, sql } from 'kysely'
import { idOf } from '../../../test/support/records.ts'
import { temporaryFolder } from '../../../test/support/server.ts'
import type { UserId } from '../../core/types.ts'
import { openStore } from '../open.ts'
import { connectSqlite } from '../sqlite/connection.ts'
import { connectionOn } from '../sqlite/driver.ts'
import { engineHere } from '../sqlite/engine.ts'
import { SQLITE_FORMS } from './forms.ts'
import { migrate } from './migrate.ts'

test('users keep their e-mail addresses, which stay unique among those that are not deleted', async () => {
  const path = `${temporaryFolder()}/k.db`
  const connection = connectSqlite({ path, readOnly: false, journal: 'wal' })
  const db = new Kysely<unknown>({ dialect: connectionOn(engineHere(connection)).dialect })
  await migrate(db, { forms: SQLITE_FORMS, upTo: '0023-crossings-in-time' })
  for (const [n, email] of [
    [10, 'Ada@x'],
    [11, 'Bob@x'],
    [12, 'ADA@x'],
  ] as const) {
    await sql`insert into users (id, username, username_folded, email, email_folded, display_name, role, disabled,
      policy, restrictions, include_byok_in_limit, created_at, deleted_at, revision) values (${idOf(n)}, ${String(n)},
      ${String(n)}, ${email}, ${email.toLowerCase()}, 'x', 'USER', 0, '{"limits":{}}', '{}', 0, ${n},
      ${n === 12 ? 1 : null}, 1)`.execute(db)
  }
  await migrate(db, { forms: SQLITE_FORMS })
  const { rows } = await sql<{ email: string }>`select email from users order by created_at`.execute(db)
  expect(rows.map(({ email }) => email)).toEqual(['Ada@x', 'Bob@x', 'ADA@x'])
  await expect(
    sql`update users set email_folded = 'bob@x' where id = ${idOf(10)}`.execute(db),
  ).rejects.toThrow('UNIQUE')
  await sql`update users set email = null, email_folded = null`.execute(db)
  await sql`update users set email = 'Ada@x', email_folded = 'ada@x' where id = ${idOf(10)}`.execute(db)
  await db.destroy()
  const store = await openStore(`sqlite:${path}`)
  expect((await store.findUser({ email: 'aDA@x' }))?.id).toBe(idOf<UserId>(10))
  expect((await store.findUser({ id: idOf<UserId>(11) }))?.email).toBeNull()
  await store.close()
})
