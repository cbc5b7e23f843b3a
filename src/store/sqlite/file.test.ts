import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { addKey, eventOf, idOf, NOON, seed } from '../../../test/support/records.ts'
import { unbroken } from '../../../test/support/unbroken.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { KeyId } from '../../core/types.ts'
import { openStore } from '../open.ts'
import { createSqlStore } from '../sql/store.ts'
import type { Store } from '../store.ts'
import { openSqlite } from './open.ts'

const WRITER = fileURLToPath(new URL('../../../test/support/store-writer.ts', import.meta.url))
const folders: string[] = []
const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

describe('a SQLite file', () => {
  test('is created readable by its owner only, with its folder and all files beside it', async () => {
    const path = join(newFolder(), 'data', 'nested', 'latchkey.db')
    await seed(await opened(path))
    expect(modeOf(join(path, '..'))).toBe('700')
    for (const file of [path, `${path}.lock`, `${path}-wal`, `${path}-shm`]) expect(modeOf(file)).toBe('600')
  })

  test('keeps everything when it is closed and opened again', async () => {
    const path = join(newFolder(), 'latchkey.db')
    const first = await openStore(`sqlite:${path}`)
    await seed(first)
    const key = await addKey(first, 10, { labels: { env: 'prod' } })
    await first.close()
    const second = await opened(path)
    expect(await second.revision()).toBe(4)
    expect(await second.findKey({ id: key.id }, NOON)).toEqual(key)
    expect(existsSync(`${path}-wal`)).toBe(true)
  })

  test('is opened without what a process left that died while it tried whether there is room', async () => {
    const path = join(newFolder(), 'latchkey.db')
    writeFileSync(`${path}.room`, 'left')
    await opened(path)
    expect(existsSync(`${path}.room`)).toBe(false)
  })

  test('lists by spent money become correct again after a process ended with pending moves', async () => {
    const path = join(newFolder(), 'latchkey.db')
    const first = await openStore(`sqlite:${path}`)
    await seed(first)
    const keys: KeyId[] = []
    for (let n = 10; n < 30; n++) keys.push((await addKey(first, n)).id)
    while ((await first.refreshSpentOrder(5)) === 5);
    const events = keys.map((id, n) => eventOf(id, 'a', { amount: BigInt((n * 7) % 20) }))
    await first.commitLedger(events.map((event) => ({ kind: 'event', event })))
    await first.close()
    const second = await opened(path)
    let calls = 0
    while ((await second.refreshSpentOrder(5)) === 5) calls += 1
    expect(calls).toBeGreaterThan(3)
    const { rows } = await second.listKeys({ sort: 'spent', limit: 19, at: NOON })
    expect(rows.map(({ key }) => key.id)).toEqual(
      Array.from({ length: 19 }, (_, place) => keys[(3 * (19 - place)) % 20] as KeyId),
    )
  })

  test('is refused to a second opener in one line, under any name, until the first closes', async () => {
    const folder = newFolder()
    const path = join(folder, 'latchkey.db')
    const first = await openStore(`sqlite:${path}`)
    symlinkSync(path, join(folder, 'other.db'))
    const expected = `${path} is in use by another Latchkey process.`
    await expect(openStore(`sqlite:${path}`)).rejects.toThrow(expected)
    await expect(openStore(`sqlite:${join(folder, 'other.db')}`)).rejects.toThrow(expected)
    await first.check()
    await first.close()
    await (await opened(path)).check()
  })

  test('is refused while another process has it, and free once that is killed', async () => {
    const path = join(newFolder(), 'latchkey.db')
    const writer = startWriter(path)
    const lines = linesOf(writer.stdout)
    await lines.next()
    await expect(openStore(`sqlite:${path}`)).rejects.toThrow('is in use by another Latchkey process.')
    writer.kill('SIGKILL')
    await writer.exited
    expect(await (await opened(path)).isInitialized()).toBe(true)
  })

  test('has every answered change after kill -9, and no part of any other', async () => {
    const kills = 8
    let answered = 0
    for (let round = 0; round < kills; round++) {
      const path = join(newFolder(), 'latchkey.db')
      const writer = startWriter(path)
      let last = 0
      for await (const line of linesOf(writer.stdout)) {
        last = Number(line)
        if (last >= 20 + 13 * round) writer.kill('SIGKILL')
      }
      await writer.exited
      answered += last
      await expectWhole(await opened(path), last)
    }
    console.log(`SQLite file: ${kills} kills, ${answered} answered changes, all there`)
  }, 60_000)

  test('that is not a database is refused in one line', async () => {
    const path = join(newFolder(), 'latchkey.db')
    writeFileSync(
      path,
      'This is a text, and it is long enough to be mistaken for the header of a database file. '.repeat(20),
    )
    await expect(openStore(`sqlite:${path}`)).rejects.toThrow(
      `${path} cannot be opened: file is not a database.`,
    )
    writeFileSync(path, '')
    await (await opened(path)).check()
  })

  test('is written through a log that is synced at every commit', async () => {
    const path = join(newFolder(), 'latchkey.db')
    const db = await openSqlite(path, unbroken)
    open.push(db)
    // Bytes 18 and 19 of the header name the kind of log; 2 is the write-ahead log.
    expect([...readFileSync(path).subarray(18, 20)]).toEqual([2, 2])
    for (const connection of [db.writer, db.reader]) {
      const settings = ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout']
      const values = await Promise.all(
        settings.map(
          async (name) =>
            Object.values((await sql.raw(`pragma ${name}`).execute(connection)).rows[0] ?? {})[0],
        ),
      )
      expect(values).toEqual(['wal', 2n, 1n, 1_000n])
    }
  })

  test('reads do not wait for an open write transaction, and do not see it', async () => {
    const db = await openSqlite(join(newFolder(), 'latchkey.db'), unbroken)
    const store = createSqlStore(db)
    open.push(store)
    await seed(store)
    const held = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const writing = db.writer.transaction().execute(async (trx) => {
      await trx.updateTable('keys').set({ name: 'uncommitted' }).execute()
      begun.resolve()
      await held.promise
    })
    await begun.promise
    expect((await store.findKey({ id: idOf<KeyId>(3) }, NOON))?.name).toBe('root')
    expect(await store.revision()).toBe(3)
    held.resolve()
    await writing
    expect((await store.findKey({ id: idOf<KeyId>(3) }, NOON))?.name).toBe('uncommitted')
  })

  test('in memory, reads take turns with transactions and never see an open one', async () => {
    const db = await openSqlite(':memory:', unbroken)
    const store = createSqlStore(db)
    open.push(store)
    await seed(store)
    const order: string[] = []
    const writing = db.writer.transaction().execute(async (trx) => {
      await trx.updateTable('keys').set({ name: 'committed' }).execute()
      await new Promise((resolve) => setImmediate(resolve))
      order.push('written')
    })
    const reading = store.findKey({ id: idOf<KeyId>(3) }, NOON).then((key) => {
      order.push('read')
      return key?.name
    })
    expect(await reading).toBe('committed')
    await writing
    expect(order).toEqual(['written', 'read'])
  })

  test('that somebody else keeps locked is unavailable, and works again afterwards', async () => {
    const path = join(newFolder(), 'latchkey.db')
    const store = await opened(path)
    await seed(store)
    const shell = new DatabaseSync(path)
    shell.exec('begin immediate')
    await expectUnavailable(addKey(store, 10))
    expect(await store.revision()).toBe(3)
    shell.exec('rollback')
    shell.close()
    expect((await addKey(store, 10)).revision).toBe(4)
  })

  test('that cannot grow is unavailable for writing, stays whole, and works again afterwards', async () => {
    const db = await openSqlite(join(newFolder(), 'latchkey.db'), unbroken)
    const store = createSqlStore(db)
    open.push(store)
    await seed(store)
    const pages = Object.values((await sql.raw('pragma page_count').execute(db.writer)).rows[0] ?? {})[0]
    await sql.raw(`pragma max_page_count = ${Number(pages) + 3}`).execute(db.writer)
    let written = 0
    // Each value is as large as the others, because a smaller one could fit into the remaining space.
    const addNext = () => addKey(store, 10 + written, { name: 'x'.repeat(200) })
    while (await addNext().then(() => true, isUnavailable)) written += 1
    console.log(`SQLite file: full after ${written} keys`)
    await expectUnavailable(addNext())
    await expectWhole(store, 3 + written)
    await sql.raw('pragma max_page_count = 100000').execute(db.writer)
    expect((await addKey(store, 10 + written)).revision).toBe(4 + written)
  })
})

/** A process that writes to the database until it is killed, at the latest when the test ends. */
function startWriter(path: string) {
  const writer = Bun.spawn([process.execPath, WRITER, path], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  open.push({
    async close() {
      writer.kill('SIGKILL')
      await writer.exited
    },
  })
  return writer
}

/** The revision is at least the last answered one, each has its audit entry, and each key has all of its parts. */
async function expectWhole(store: Store, answered: number): Promise<void> {
  const revision = await store.revision()
  expect(revision).toBeGreaterThanOrEqual(answered)
  const revisions: (number | null)[] = []
  let page = await store.listAudit({ limit: 100 })
  for (;;) {
    revisions.push(...page.rows.map((entry) => entry.revision))
    if (page.next === null) break
    page = await store.listAudit({ limit: 100, after: page.next })
  }
  expect(revisions.sort((one, other) => Number(one) - Number(other))).toEqual(
    Array.from({ length: revision }, (_, index) => index + 1),
  )
  for (let n = 10; n < 10 + revision - 3; n++) {
    const key = await store.findKey({ id: idOf<KeyId>(n) }, NOON)
    if (key === null) throw new Error(`Key ${n} is missing.`)
    expect((await store.findFacts({ digest: key.hash }, NOON))?.key).toEqual(key)
  }
  const next = await store.findKey({ id: idOf<KeyId>(10 + revision - 3) }, NOON)
  expect(next).toBeNull()
}

async function expectUnavailable(call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    () => null,
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(Fault)
  expect((error as Fault).code).toBe('store_unavailable')
}

function isUnavailable(error: unknown): false {
  if (error instanceof Fault && error.code === 'store_unavailable') return false
  throw error
}

async function opened(path: string): Promise<Store> {
  const store = await openStore(`sqlite:${path}`)
  open.push(store)
  return store
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-file-'))
  folders.push(folder)
  return folder
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of stream) {
    text += decoder.decode(piece, { stream: true })
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    yield* lines
  }
}
