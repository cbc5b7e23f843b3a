import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { connectSqlite } from '../../sqlite/connection.ts'
import { connectionOn } from '../../sqlite/driver.ts'
import { engineHere } from '../../sqlite/engine.ts'
import { openSqlite } from '../../sqlite/open.ts'
import { createSqlStore } from '../store.ts'
import type { Tables } from './tables.ts'

test('the targets of an action are found without reading the entries of other actions', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-audit-'))
  const path = join(folder, 'latchkey.db')
  const db = await openSqlite(path, () => {})
  const { dialect } = connectionOn(engineHere(connectSqlite({ path, readOnly: true, journal: 'wal' })))
  const asked: string[] = []
  const reader = new Kysely<Tables>({ dialect, log: ({ query }) => void asked.push(query.sql) })
  await createSqlStore({ ...db, reader }).findTargets({ action: 'key.rotate', after: 0, limit: 1 })

  const database = new DatabaseSync(path)
  const plans = asked.map((sql) => database.prepare(`explain query plan ${sql}`).all('key.rotate', 0n, 1n))
  database.close()
  await reader.destroy()
  await db.close()
  rmSync(folder, { recursive: true })
  expect(plans.map((steps) => steps.map(({ detail }) => detail))).toEqual([
    ['SEARCH audit USING INDEX audit_action (action=? AND at>?)'],
  ])
})
