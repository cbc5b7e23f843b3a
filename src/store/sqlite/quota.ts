import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { isNoSpace } from '../older-copy/no-space.ts'

const FILE_MODE = 0o600
/** More than one commit needs. */
const TRIED_BYTES = 16 * 1024 * 1024
const PIECE_BYTES = 64 * 1024

const WRITE_FAILED = 778

/**
 * Whether an error of the engine means that the file at this path has used up a quota. Where a file system has quotas (ZFS, Btrfs, NFS
 * and others), a write without room fails in another way than on a full disk, and the engine reports it like that of a broken disk. The
 * system tells the difference when it is asked for room directly.
 */
export function isOverQuota(error: unknown, path: string): boolean {
  const isFailedWrite = error instanceof Error && 'errcode' in error && error.errcode === WRITE_FAILED
  return isFailedWrite && hasNoRoom(`${path}.room`)
}

/** Whether a file of {@link TRIED_BYTES} cannot be written for want of room. Removes it again. */
function hasNoRoom(path: string): boolean {
  try {
    const file = openSync(path, 'w', FILE_MODE)
    try {
      const piece = crypto.getRandomValues(new Uint8Array(PIECE_BYTES))
      for (let written = 0; written < TRIED_BYTES; ) written += writeSync(file, piece)
      return false
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return isNoSpace(error)
  } finally {
    rmSync(path, { force: true })
  }
}
