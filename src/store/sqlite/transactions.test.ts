import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import {
  actAt,
  addKey,
  auditOf,
  idOf,
  NOON,
  patchKey,
  revokeKey,
  seed,
} from '../../../test/support/records.ts'
import type { Key } from '../../core/types.ts'
import { SQLITE_FORMS } from '../migrations/forms.ts'
import { migrate } from '../migrations/migrate.ts'
import type { Tables } from '../sql/base/tables.ts'
import { createSqlStore } from '../sql/store.ts'
import type { Store } from '../store.ts'
import { connectSqlite } from './connection.ts'
import { connectionOn } from './driver.ts'
import { engineHere, type SqliteEngine } from './engine.ts'
import { openSqlite } from './open.ts'

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

test('a change sends two messages to its engine: all up to its revision, and the rest with the commit', async () => {
  const { store, asked } = await watchedStore()
  const key = await addKey(store, 10, { labels: { env: 'prod' } })
  const rounds: Record<string, () => Promise<unknown>> = {
    create: () => addKey(store, 11, { labels: { env: 'prod' } }),
    change: () => patchKey(store, key.id, { name: 'Other', labels: {} }),
    revoke: () => revokeKey(store, key.id),
  }
  const counts: Record<string, number> = {}
  for (const [name, round] of Object.entries(rounds)) {
    asked.length = 0
    await round()
    counts[name] = asked.length
  }
  // A new name goes into the search index, which has to know whether it had this key already.
  expect(counts).toEqual({ create: 2, change: 3, revoke: 2 })
})

test('a change without effect, or one that fails before it writes, sends no message to its engine', async () => {
  const { store, asked } = await watchedStore()
  const key = await addKey(store, 10)
  asked.length = 0
  const by = { act: actAt() }
  expect(await store.changeKey({ id: key.id }, () => null, by)).toEqual(key)
  const refusal = new Error('refused')
  const refuse = () => {
    throw refusal
  }
  await expect(store.changeKey({ id: key.id }, refuse, by)).rejects.toBe(refusal)
  expect(asked).toEqual([])
  // No transaction is left open, so the next one works.
  expect((await patchKey(store, key.id, { name: 'Other' })).name).toBe('Other')
})

test('a change is never based on rows that another program has changed since they were read', async () => {
  const { store, path, before } = await watchedStore()
  const key = await addKey(store, 10, { name: 'first' })
  const outsider = new DatabaseSync(path)
  cleanUp.push(() => outsider.close())
  const seen: string[] = []
  let isWritten = false
  before.send = () => {
    if (isWritten) return
    isWritten = true
    outsider.exec(`update keys set name = 'by hand' where id = '${key.id}'`)
  }
  const decide = (current: Key) => {
    seen.push(current.name)
    return { next: { ...current, externalUserId: 'u' }, audit: auditOf('key', current.id) }
  }
  await store.changeKey({ id: key.id }, decide, { act: actAt() })
  expect(seen).toEqual(['first', 'by hand'])
  expect(await store.findKey({ id: key.id }, NOON)).toMatchObject({ name: 'by hand', externalUserId: 'u' })
  // An outside write that it has noticed once delays nothing else.
  await patchKey(store, key.id, { disabled: true })
  expect(seen).toHaveLength(2)
  expect((await store.findKey({ id: idOf(10) }, NOON))?.disabled).toBe(true)
})

/** A store on a file, with every message to its writing engine. */
async function watchedStore(): Promise<{
  store: Store
  path: string
  asked: string[]
  before: { send(): void }
}> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-transactions-'))
  cleanUp.push(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'latchkey.db')
  const asked: string[] = []
  const before = { send() {} }
  const inner = engineHere(connectSqlite({ path, readOnly: false, journal: 'wal' }))
  const engine: SqliteEngine = {
    execute(sql, parameters) {
      asked.push(sql)
      return inner.execute(sql, parameters)
    },
    executeAll(statements, hasLookedUp) {
      asked.push(statements.map(({ sql }) => sql).join('; '))
      before.send()
      return inner.executeAll(statements, hasLookedUp)
    },
    runSteps: (steps) => inner.runSteps(steps),
    close: () => inner.close(),
  }
  const readOnly = { path, readOnly: true, journal: 'wal' } as const
  const { dialect, runSteps } = connectionOn(engine, engineHere(connectSqlite(readOnly)))
  const writer = new Kysely<Tables>({ dialect })
  await migrate(writer, { forms: SQLITE_FORMS })
  const reader = new Kysely<Tables>({ dialect: connectionOn(engineHere(connectSqlite(readOnly))).dialect })
  const memory = await openSqlite(':memory:', () => {})
  const store = createSqlStore({
    ...memory,
    writer,
    reader,
    runSteps,
    async close() {
      for (const each of [reader, writer, memory.writer]) await each.destroy()
    },
  })
  cleanUp.push(() => store.close())
  await seed(store)
  return { store, path, asked, before }
}
