import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Kysely, sql } from 'kysely'
import { NOON } from '../../../test/support/records.ts'
import { temporaryFolder } from '../../../test/support/server.ts'
import { openStore } from '../open.ts'
import { connectSqlite } from '../sqlite/connection.ts'
import { connectionOn } from '../sqlite/driver.ts'
import { engineHere } from '../sqlite/engine.ts'
import { SQLITE_FORMS } from './forms.ts'
import { migrate } from './migrate.ts'

const FILLED = fileURLToPath(new URL('filled/0002-ledger.sql', import.meta.url))

test('a customer of a filled database has its keys in every order', async () => {
  const path = `${temporaryFolder()}/k.db`
  const connection = connectSqlite({ path, readOnly: false, journal: 'wal' })
  const db = new Kysely<unknown>({ dialect: connectionOn(engineHere(connection)).dialect })
  await migrate(db, { forms: SQLITE_FORMS, upTo: '0002-ledger' })
  for (const statement of readFileSync(FILLED, 'utf8').split(/;\n/))
    if (statement.trim() !== '') connection.execute(statement, [])
  await migrate(db, { forms: SQLITE_FORMS, upTo: '0029-ids-of-filters' })
  await sql`update keys set external_user_id = 'c' where name <> 'root'`.execute(db)
  await db.destroy()

  const store = await openStore(`sqlite:${path}`)
  for (const sort of ['createdAt', 'lastUsedAt', 'expiresAt', 'spent'] as const) {
    const query = { sort, limit: 100, at: NOON + 1 }
    const all = (await store.listKeys(query)).rows.map(({ key }) => key)
    const found = (await store.listKeys({ ...query, externalUserId: 'c' })).rows.map(({ key }) => key)
    expect(found).toEqual(all.filter(({ externalUserId }) => externalUserId === 'c'))
    expect([found.length > 1, found.length < all.length]).toEqual([true, true])
  }
  await store.close()
})
