import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { actAt, ROOT_USER, seed } from '../../../../test/support/records.ts'
import { connectSqlite } from '../../sqlite/connection.ts'
import { connectionOn } from '../../sqlite/driver.ts'
import { engineHere } from '../../sqlite/engine.ts'
import { openSqlite } from '../../sqlite/open.ts'
import type { Tables } from '../base/tables.ts'
import { createSqlStore } from '../store.ts'

test('a change of a user looks for managing keys without reading the other keys of their owners', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-managers-'))
  const path = join(folder, 'latchkey.db')
  const db = await openSqlite(path, () => {})
  const { dialect } = connectionOn(engineHere(connectSqlite({ path, readOnly: false, journal: 'wal' })))
  const asked: string[] = []
  const noting = new Kysely<Tables>({ dialect, log: ({ query }) => void asked.push(query.sql) })
  const store = createSqlStore({ ...db, writer: noting })
  await seed(store)
  asked.length = 0
  await store.changeUser(ROOT_USER, () => null, { act: actAt(), toRole: 'USER' })

  const database = new DatabaseSync(path)
  const plans = asked
    .filter((sql) => sql.includes("access <> 'use'"))
    .map((sql) => database.prepare(`explain query plan ${sql}`).all(...sql.matchAll(/\?/g).map(() => 1n)))
  const steps = plans.map(([first]) => String(first?.detail))
  database.close()
  await noting.destroy()
  await db.close()
  rmSync(folder, { recursive: true })
  const byIndex = 'SEARCH keys USING INDEX keys_managing (owner_id=?'
  expect(steps.filter((step) => !step.startsWith(byIndex))).toEqual([])
  expect(steps.length).toBeGreaterThanOrEqual(2)
})
