import { afterAll, describe, expect, test } from 'bun:test'
import { readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../../test/support/server.ts'
import { smallDisk } from '../../../test/support/small-disk.ts'
import { openStore } from '../open.ts'
import { copyDatabase } from './backup.ts'

const disk = smallDisk(2)

describe.skipIf('absent' in disk)('a copy for which its disk has no room', () => {
  afterAll(() => {
    if (!('absent' in disk)) disk.unmount()
  })

  test('names that disk and not the one of the database, and leaves nothing there', async () => {
    if ('absent' in disk) return
    const path = join(temporaryFolder(), 'latchkey.db')
    await (await openStore(`sqlite:${path}`)).close()
    disk.fill()
    const filler = join(disk.folder, 'filler')
    for (const kibibytes of [0, 8, 40, 100, 300]) {
      disk.makeRoom()
      disk.fill()
      truncateSync(filler, 2 * 1024 * 1024 - kibibytes * 1024)
      const copying = copyDatabase(path, join(disk.folder, 'copy.db'), () => {})
      await expect(copying).rejects.toThrow(`${disk.folder}: the disk is full.`)
      expect(readdirSync(disk.folder)).toEqual(['filler'])
    }
  })
})
