import { afterEach, describe, expect, test } from 'bun:test'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addKey, idOf, NOON, revokeKey, seed } from '../../../test/support/records.ts'
import type { KeyId } from '../../core/types.ts'
import { openStore } from '../open.ts'
import { openWatermark } from './watermark.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-older-'))
  folders.push(folder)
  return join(folder, 'latchkey.db')
}

/** A database whose key 10 is revoked, and a copy from before the revocation. */
async function revokedSinceCopy() {
  const path = newPath()
  const first = await openStore(`sqlite:${path}`)
  await seed(first)
  await addKey(first, 10)
  await first.close()
  copyFileSync(path, `${path}.backup`)
  const second = await openStore(`sqlite:${path}`)
  await revokeKey(second, idOf<KeyId>(10))
  expect(await second.revision()).toBe(5)
  await second.close()
  return { path, restore: () => copyFileSync(`${path}.backup`, path) }
}

describe('a database that is older than the last answers', () => {
  test('is refused, with both revisions and the next step', async () => {
    const { path, restore } = await revokedSinceCopy()
    restore()
    const refused = openStore(`sqlite:${path}`)
    await expect(refused).rejects.toThrow('it ends with revision 4, and 5 was answered')
    await expect(openStore(`sqlite:${path}`)).rejects.toThrow('--accept-older-database')
  })

  test('is accepted on request, continues above the answered revision, and the audit log records that', async () => {
    const { path, restore } = await revokedSinceCopy()
    restore()
    const notices: string[] = []
    const store = await openStore(`sqlite:${path}`, {
      acceptOlder: true,
      onNotice: (what) => notices.push(what),
    })
    expect(await store.revision()).toBe(6)
    expect(notices).toEqual([
      expect.stringMatching(
        /latchkey\.db is taken although it lacks changes: it ends with revision 4\. .*revoke them anew/,
      ),
    ])
    const { rows } = await store.listAudit({ action: 'database.accept_older', limit: 10 })
    expect(rows).toMatchObject([
      { outcome: 'done', revision: 6, before: { revision: 5 }, after: { revision: 4 } },
    ])
    expect((await addKey(store, 11)).revision).toBe(7)
    await store.close()
    const again = await openStore(`sqlite:${path}`)
    expect(await again.revision()).toBe(7)
    await again.close()
  })

  test('cannot be noticed when the file beside it is missing; a newer database is accepted', async () => {
    const { path, restore } = await revokedSinceCopy()
    await (await openStore(`sqlite:${path}`)).close()
    restore()
    rmSync(`${path}.revision`)
    const notices: string[] = []
    const store = await openStore(`sqlite:${path}`, {
      acceptOlder: true,
      onNotice: (what) => notices.push(what),
    })
    expect(await store.revision()).toBe(4)
    expect(notices).toEqual(['--accept-older-database is not needed: the database is not older. Remove it.'])
    await store.close()
  })

  test('is noticed even when the answering process was killed right afterwards', async () => {
    const path = newPath()
    const script = join(path, '../answer-and-die.ts')
    const imports = (name: string) => JSON.stringify(join(import.meta.dir, name))
    writeFileSync(
      script,
      `import { copyFileSync } from 'node:fs'
       import { openStore } from ${imports('../open.ts')}
       import { addKey, seed } from ${imports('../../../test/support/records.ts')}
       const store = await openStore('sqlite:' + process.argv[2])
       await seed(store)
       await store.close()
       copyFileSync(process.argv[2], process.argv[2] + '.backup')
       const again = await openStore('sqlite:' + process.argv[2])
       await addKey(again, 10)
       process.kill(process.pid, 'SIGKILL')`,
    )
    const program = Bun.spawn([process.execPath, script, path], { stderr: 'inherit' })
    await program.exited
    expect(program.signalCode).toBe('SIGKILL')
    for (const file of [`${path}-wal`, `${path}-shm`]) rmSync(file)
    copyFileSync(`${path}.backup`, path)
    await expect(openStore(`sqlite:${path}`)).rejects.toThrow('revision 3, and 4 was answered')
  })
})

describe('the watermark', () => {
  test('keeps the highest of many concurrent revisions, in few writes', async () => {
    const path = newPath()
    const watermark = openWatermark(path)
    expect(watermark.found).toBe(0)
    const raised = Array.from({ length: 200 }, (_, n) => watermark.raise(((n * 37) % 200) + 1))
    await Promise.all(raised)
    await watermark.close()
    const again = openWatermark(path)
    expect(again.found).toBe(200)
    await again.close()
  })

  test('never goes down', async () => {
    const path = newPath()
    const watermark = openWatermark(path)
    await watermark.raise(9)
    await watermark.raise(3)
    await watermark.close()
    expect(openWatermark(path).found).toBe(9)
  })

  test('survives a write that is interrupted at any byte', async () => {
    const path = newPath()
    const watermark = openWatermark(path)
    for (let revision = 1; revision <= 7; revision += 1) await watermark.raise(revision)
    const before = readFileSync(path)
    await watermark.raise(8)
    await watermark.close()
    const after = readFileSync(path)
    let cut = 0
    for (let bytes = 0; bytes <= after.length; bytes += 1) {
      const torn = Buffer.concat([after.subarray(0, bytes), before.subarray(bytes)])
      writeFileSync(path, torn)
      const { found, close } = openWatermark(path)
      await close()
      expect([7, 8]).toContain(found)
      cut += 1
    }
    console.log(`watermark: ${cut} writes cut short`)
  })

  test('counts as missing when its file is empty', () => {
    const path = newPath()
    writeFileSync(path, 'x'.repeat(128))
    expect(openWatermark(path).found).toBe(0)
    truncateSync(path)
    expect(openWatermark(path).found).toBe(0)
  })
})

test('the reason: a key that is revoked in the newer database is accepted in the older one', async () => {
  const { path, restore } = await revokedSinceCopy()
  restore()
  const store = await openStore(`sqlite:${path}`, { acceptOlder: true })
  expect((await store.findKey({ id: idOf<KeyId>(10) }, NOON))?.revokedAt).toBeNull()
  await store.close()
})
