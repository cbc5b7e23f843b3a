import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { postgresForTests, type TestDatabase } from '../../../test/support/postgres.ts'
import { addKey, idOf, NOON, revokeKey, seed } from '../../../test/support/records.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { KeyId } from '../../core/types.ts'
import { openStore } from '../open.ts'
import type { OpenOptions } from '../open-options.ts'
import type { Store } from '../store.ts'

const postgres = await postgresForTests()
const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

describe.skipIf('absent' in postgres)('a PostgreSQL database that is older than the last answers', () => {
  test('is noticed while the process runs, which then fails closed and says what to do', async () => {
    const { database, notices, store } = await withRevokedKey()
    await store.check()
    await restoreOlder(database)
    await until(() => notices.length > 0)
    expect(notices).toEqual([expect.stringContaining('gone back from revision 5 to 4')])
    for (const call of [
      () => store.check(),
      () => store.revision(),
      () => addKey(store, 12),
      () => store.findFacts({ id: idOf<KeyId>(10) }, NOON),
    ]) {
      const refused: Promise<unknown> = call()
      const error = await refused.catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(Fault)
      expect((error as Fault).code).toBe('store_unavailable')
    }
  })

  test('is refused at the start when a revision file shows it, with both revisions and the next step', async () => {
    const { database, store } = await withRevokedKey()
    const revisionFile = fileBesideNothing()
    await store.close()
    await (await opened(database.url, { revisionFile })).close()
    await restoreOlder(database)
    const refused = openStore(database.url, { revisionFile })
    await expect(refused).rejects.toThrow('it ends with revision 4, and 5 was answered')
    await expect(openStore(database.url, { revisionFile })).rejects.toThrow('--accept-older-database')
    const accepted = await opened(database.url, { revisionFile, acceptOlder: true })
    expect(await accepted.revision()).toBe(6)
    const { rows } = await accepted.listAudit({ action: 'database.accept_older', limit: 10 })
    expect(rows).toMatchObject([{ before: { revision: 5 }, after: { revision: 4 } }])
  })

  test('is noticed by the last answered revision, even if the revision file cannot be created', async () => {
    const { database, store } = await withRevokedKey()
    await store.close()
    const revisionFile = fileBesideNothing()
    const second = await opened(database.url, { revisionFile })
    await addKey(second, 13)
    await second.close()
    await restoreOlder(database)
    await expect(openStore(database.url, { revisionFile })).rejects.toThrow('and 6 was answered')
    const nowhere = openStore(database.url, { revisionFile: join(tmpdir(), 'no-such-folder', 'x') })
    await expect(nowhere).rejects.toThrow('cannot be opened')
    // Without the file an older copy cannot be noticed, as the documentation says.
    expect(await (await opened(database.url)).revision()).toBe(4)
  })
})

/** A database whose key 10 is revoked by a running process. */
async function withRevokedKey() {
  if ('absent' in postgres) throw new Error(postgres.absent)
  const database = await postgres.freshDatabase()
  cleanUp.push(() => database.drop())
  const notices: string[] = []
  const store = await opened(database.url, { onNotice: (what) => notices.push(what) })
  await seed(store)
  await addKey(store, 10)
  await copyOfToday(database)
  await revokeKey(store, idOf<KeyId>(10))
  expect(await store.revision()).toBe(5)
  return { database, notices, store }
}

async function opened(url: string, options: OpenOptions = {}): Promise<Store> {
  const store = await openStore(url, options)
  cleanUp.push(() => store.close())
  return store
}

/** Copies the rows of the two tables that a revocation changes, as a dump would. */
async function copyOfToday({ url }: TestDatabase): Promise<void> {
  await run(
    url,
    'create schema copy; create table copy.keys as table keys; create table copy.meta as table meta',
  )
}

/** Puts them back in one transaction, as a restore into the running server does. */
async function restoreOlder({ url }: TestDatabase): Promise<void> {
  await run(
    url,
    `begin; update keys set revoked_at = older.revoked_at, revision = older.revision from copy.keys as older where keys.id = older.id;
     delete from meta; insert into meta select * from copy.meta; commit`,
  )
}

async function run(url: string, statements: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statements)
  } finally {
    await client.end()
  }
}

function fileBesideNothing(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-revision-'))
  cleanUp.push(() => rmSync(folder, { recursive: true }))
  return join(folder, 'revision')
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('It was not noticed within 10 s.')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
