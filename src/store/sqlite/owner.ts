import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  openSync,
  readdirSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Gives the database and the files beside it to the owner of their folder, where root has made some of them: operators run a restore as
 * root, and the server, as another user, could not open its result.
 */
export function giveToFolder(path: string): void {
  // Somebody may have deleted the folder while the database was open.
  if (process.getuid?.() !== 0 || !existsSync(dirname(path))) return
  const folder = realpathSync(dirname(path))
  const { uid, gid } = statSync(folder)
  if (uid === 0) return
  for (const name of readdirSync(folder))
    if (name.startsWith(basename(path))) give(join(folder, name), { uid, gid })
}

// The owner of the folder may put links there. The files behind these links must not become its own.
const AS_IT_IS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

function give(file: string, { uid, gid }: { uid: number; gid: number }): void {
  let opened: number
  try {
    opened = openSync(file, AS_IT_IS)
  } catch {
    // A symbolic link, or gone by now.
    return
  }
  try {
    const facts = fstatSync(opened)
    if (facts.isFile() && facts.nlink === 1 && facts.uid === 0) fchownSync(opened, uid, gid)
  } finally {
    closeSync(opened)
  }
}

/** Whether the file is there and this user may not use it. */
export function isForeign(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return false
  } catch {
    return true
  }
}
