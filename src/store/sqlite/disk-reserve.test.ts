import { afterAll, describe, expect, test } from 'bun:test'
import { statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../../test/support/server.ts'
import { smallDisk } from '../../../test/support/small-disk.ts'
import { keepDiskReserve } from './disk-reserve.ts'

const disk = smallDisk(8)
const BYTES = 2 * 1024 * 1024

describe.skipIf('absent' in disk)('a reserve under a quota, on a file system that has room', () => {
  afterAll(() => {
    if (!('absent' in disk)) disk.unmount()
  })

  /** The system is asked how much room the folder has, which is not where the file is. */
  function reserved(name: string) {
    if ('absent' in disk) throw new Error(disk.absent)
    const path = join(temporaryFolder(), name)
    symlinkSync(join(disk.folder, name), path)
    const notices: string[] = []
    const reserve = keepDiskReserve(path, {
      bytes: BYTES,
      onNotice: (what) => notices.push(what),
      reuseLog: async () => true,
      lookMs: 10,
      growMs: 10,
    })
    return { disk, reserve, notices, size: () => statSync(path).size }
  }

  async function until(holds: () => boolean): Promise<void> {
    const end = performance.now() + 5_000
    while (!holds() && performance.now() < end) await Bun.sleep(5)
    expect(holds()).toBe(true)
  }

  test('that found none at the start grows when the quota is raised later', async () => {
    if (!('absent' in disk)) disk.fill()
    const { disk: quota, reserve, notices, size } = reserved('start')
    expect(notices.join()).toContain('There is no room')
    await Bun.sleep(100)
    expect(size()).toBe(0)
    quota.makeRoom()
    await until(() => size() === BYTES)
    reserve.close()
  })

  test('that was given up is filled again when the quota is raised later', async () => {
    const { disk: quota, reserve, notices, size } = reserved('later')
    expect(size()).toBe(BYTES)
    quota.fill()
    reserve.noteFull()
    reserve.giveUp()
    quota.fill()
    await Bun.sleep(100)
    expect(reserve.isFull()).toBe(true)
    quota.makeRoom()
    await until(() => !reserve.isFull())
    expect(size()).toBe(BYTES)
    expect(notices.at(-1)).toContain('There is room on the disk again')
    reserve.close()
  })
})
