import { afterEach, describe, expect, test } from 'bun:test'
import { copyFileSync, linkSync, mkdtempSync, renameSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addKey, eventOf, NOON, ROOT_KEY, seed } from '../../../test/support/records.ts'
import { Fault } from '../../core/ground/faults.ts'
import { openStore } from '../open.ts'
import type { Store } from '../store.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each()
})

async function opened() {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-files-'))
  cleanUp.push(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'latchkey.db')
  const notices: string[] = []
  const store = await openStore(`sqlite:${path}`, { onNotice: (what) => notices.push(what) })
  cleanUp.push(() => store.close())
  await seed(store)
  return { folder, path, store, notices }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'answered'
  } catch (error) {
    return error instanceof Fault ? error.code : String(error)
  }
}

/** One call of each kind to the store: a change, metering, a look-up, a probe. */
function calls(store: Store): (() => Promise<unknown>)[] {
  let next = 100
  return [
    () => addKey(store, next++),
    () => store.commitLedger([{ kind: 'event', event: eventOf(ROOT_KEY, `event ${next++}`) }]),
    () => store.findKey({ id: ROOT_KEY }, NOON),
    () => store.check(),
  ]
}

describe('a database whose files are no longer at their path', () => {
  const ways: [string, (path: string, folder: string) => void][] = [
    ['its folder is deleted', (_, folder) => rmSync(folder, { recursive: true })],
    ['its file is deleted', (path) => unlinkSync(path)],
    ['its write-ahead log is deleted', (path) => unlinkSync(`${path}-wal`)],
    ['its file is moved away', (path) => renameSync(path, `${path}.old`)],
    [
      'its file is replaced by a copy',
      (path) => {
        copyFileSync(path, `${path}.copy`)
        renameSync(`${path}.copy`, path)
      },
    ],
  ]
  for (const [way, take] of ways) {
    test(`stops answering when ${way}, and reports it once`, async () => {
      const { folder, path, store, notices } = await opened()
      for (const call of calls(store)) expect(await codeOf(call())).toBe('answered')
      take(path, folder)
      for (const call of calls(store)) expect(await codeOf(call())).toBe('store_unavailable')
      expect(notices).toHaveLength(1)
      expect(notices[0]).toContain(path)
    })
  }

  test('answers again when they are back', async () => {
    const { path, store, notices } = await opened()
    renameSync(path, `${path}.old`)
    expect(await codeOf(store.check())).toBe('store_unavailable')
    renameSync(`${path}.old`, path)
    for (const call of calls(store)) expect(await codeOf(call())).toBe('answered')
    expect(notices).toHaveLength(2)
  })
})

test('a second name of the file does not admit a second process', async () => {
  const { folder, path } = await opened()
  const other = join(folder, 'other.db')
  linkSync(path, other)
  await expect(openStore(`sqlite:${other}`)).rejects.toThrow('hard links')
})
