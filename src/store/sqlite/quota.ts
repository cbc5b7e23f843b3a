import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
import { isNoSpace } from '../older-copy/no-space.ts'
import { quietly } from './quietly.ts'

const FILE_MODE = 0o600
/** More than one commit needs. */
const TRIED_BYTES = 16 * 1024 * 1024
const PIECE_BYTES = 64 * 1024

const WRITE_FAILED = 778

/**
 * Whether an error of the engine means that the file at this path has used up a quota. Where a file system has quotas (ZFS, Btrfs
 * and others), a write without room fails in another way than on a full disk, and the engine reports it like that of a broken disk. The
 * system tells the difference when it is asked for room directly. Never throws.
 */
export function isOverQuota(error: unknown, path: string): boolean {
  const isFailedWrite = error instanceof Error && 'errcode' in error && error.errcode === WRITE_FAILED
  return isFailedWrite && hasNoRoom(triedFile(path))
}

/** Removes what a process has left that died while it asked for room. */
export function removeTriedRoom(path: string): void {
  quietly(() => rmSync(triedFile(path), { force: true }))
}

const triedFile = (path: string) => `${path}.room`

/** Whether a file of {@link TRIED_BYTES} cannot be written for want of room. Removes it again. */
function hasNoRoom(path: string): boolean {
  try {
    const file = openSync(path, 'w', FILE_MODE)
    try {
      const piece = crypto.getRandomValues(new Uint8Array(PIECE_BYTES))
      for (let written = 0; written < TRIED_BYTES; ) written += writeSync(file, piece)
      return false
    } finally {
      // A system that refuses to remove the file shall not keep its bytes.
      quietly(() => ftruncateSync(file, 0))
      closeSync(file)
    }
  } catch (error) {
    return isNoSpace(error)
  } finally {
    quietly(() => rmSync(path, { force: true }))
  }
}
