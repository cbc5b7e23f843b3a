import { expect, test } from 'bun:test'
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../../test/support/server.ts'
import { openStore } from '../open.ts'
import { copyDatabase, restoreDatabase } from './backup.ts'
import { giveToFolder } from './owner.ts'

const isRoot = process.getuid?.() === 0
if (!isRoot) process.stdout.write('SKIPPED: files that root makes are not given away: this is not root.\n')
const NOBODY = 65_534

test.skipIf(!isRoot)(
  'what root does to a database leaves all of its files to the owner of the folder',
  async () => {
    const folder = temporaryFolder()
    chownSync(folder, NOBODY, NOBODY)
    const path = join(folder, 'keys.db')
    const owners = () =>
      Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).uid]))
    await (await openStore(`sqlite:${path}`)).close()
    const opened = owners()
    expect(opened).toHaveProperty(['keys.db'])
    expect(new Set(Object.values(opened))).toEqual(new Set([NOBODY]))
    const copy = join(temporaryFolder(), 'copy.db')
    await copyDatabase(path, copy, () => {})
    expect(statSync(copy).uid).toBe(0)
    await restoreDatabase(copy, path, { dryRun: false, at: new Date() })
    const restored = owners()
    expect(Object.keys(restored).some((name) => name.includes('.before-'))).toBe(true)
    expect(new Set(Object.values(restored))).toEqual(new Set([NOBODY]))
  },
)

test.skipIf(!isRoot)('files that links lead to, and other files, stay with root', () => {
  const [folder, elsewhere] = [temporaryFolder(), temporaryFolder()]
  chownSync(folder, NOBODY, NOBODY)
  const secret = join(elsewhere, 'secret')
  writeFileSync(secret, 'x')
  chmodSync(secret, 0o600)
  linkSync(secret, join(folder, 'keys.db.hard'))
  symlinkSync(secret, join(folder, 'keys.db.soft'))
  writeFileSync(join(folder, 'other'), 'x')
  mkdirSync(join(folder, 'keys.db.folder'))
  writeFileSync(join(folder, 'keys.db'), '')
  giveToFolder(join(folder, 'keys.db'))
  expect(statSync(secret).uid).toBe(0)
  expect(statSync(join(folder, 'other')).uid).toBe(0)
  expect(statSync(join(folder, 'keys.db.folder')).uid).toBe(0)
  expect(statSync(join(folder, 'keys.db')).uid).toBe(NOBODY)
})
