import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  statfsSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { DiskSpace } from '../sql/base/database.ts'
import { repeatPatiently } from './growing-pause.ts'
import { quietly } from './quietly.ts'

const FILE_MODE = 0o600
const PIECE_BYTES = 64 * 1024
/** On a small disk the reserve takes at most this share of the free space. */
const SHARE_OF_FREE = 0.25
const LOOK_MS = 1_000
/** How often a reserve that is smaller than its setting may grow. */
const GROW_MS = 5_000
/** A growth by less is not worth a write. */
const WORTH_GROWING = 1.25

/** Disk space that is kept for the time when the disk is full. */
export interface DiskReserve extends DiskSpace {
  close(): void
}

/** Empties the reserve at this path before anything keeps it. Returns how many bytes it had; 0 also when there is none. */
export function giveUpReserve(path: string): number {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (bytes > 0) quietly(() => truncateSync(path, 0))
  return bytes
}

/**
 * Keeps disk space beside the database, in a file of written bytes. When a write finds no room, the store accepts only changes that
 * take access away; the file is emptied to make room for them. When the disk has room again, the file is filled and all writes are
 * accepted. `onNotice` is called when this begins and when it ends.
 */
export function keepDiskReserve(
  path: string,
  {
    bytes,
    lentBytes = 0,
    onNotice,
    reuseLog,
    lookMs = LOOK_MS,
    growMs = GROW_MS,
  }: {
    bytes: number
    /** What {@link giveUpReserve} has freed just now: the disk is full, and the reserve shall be as large again. */
    lentBytes?: number
    onNotice: (what: string) => void
    /** See `log-room.ts`. */
    reuseLog: () => Promise<boolean>
    lookMs?: number
    growMs?: number
  },
): DiskReserve {
  const file = openReserve(path)
  let isFull = false
  let isLogReused = false
  let looking: ReturnType<typeof repeatPatiently> | null = null
  let wanted = Math.min(bytes, Math.max(lentBytes, file.heldBytes(), affordable()))
  // Under a quota the file system may have room and this user none. Then they try in vain, and the more seldom the longer it lasts.
  const growing = repeatPatiently(growMs, grow)
  if (lentBytes > 0) noteFull()
  else if (!file.fill(wanted))
    onNotice(`There is no room for ${path}, the reserve of ${bytes} bytes: make room on the disk.`)

  function affordable(): number {
    return Math.min(bytes, Math.floor(SHARE_OF_FREE * (file.freeBytes() + file.heldBytes())))
  }

  /**
   * Makes the reserve larger when the disk has got more room than at the start, which may have been on a disk that was nearly full.
   * Returns false when it tried in vain.
   */
  function grow(): boolean {
    const most = affordable()
    if (isFull || most <= WORTH_GROWING * file.heldBytes()) return true
    wanted = most
    return file.fill(wanted)
  }

  /** Ends the time of a full disk when there is room. Returns false when it tried in vain. */
  function look(): boolean {
    wanted = Math.max(wanted, affordable())
    const missing = wanted - file.heldBytes()
    if (file.freeBytes() < wanted + missing) return true
    // As much again is tried, because of quotas.
    if (!file.fill(wanted, 2 * wanted)) return false
    isFull = false
    looking?.stop()
    onNotice('There is room on the disk again: everything is written as before.')
    return true
  }

  function noteFull(): void {
    if (isFull) return
    isFull = true
    isLogReused = false
    looking = repeatPatiently(lookMs, look)
    onNotice(
      'The disk is full: only revocations and what else cuts somebody off are written. Make room on it.',
    )
  }

  return {
    isFull: () => isFull,
    noteFull,
    giveUp: file.empty,
    async makeBestOfIt() {
      if (isFull && !isLogReused) isLogReused = await reuseLog().catch(() => false)
    },
    close() {
      growing.stop()
      looking?.stop()
      file.close()
    },
  }
}

/** The file of the reserve. */
function openReserve(path: string) {
  const file = openSync(path, 'a+', FILE_MODE)
  const heldBytes = () => fstatSync(file).size
  return {
    heldBytes,
    freeBytes(): number {
      try {
        const { bavail, bsize } = statfsSync(dirname(path))
        return bavail * bsize
      } catch {
        // Somebody may have deleted the folder.
        return 0
      }
    },
    /** Fills it to this size, if there is room up to another. Returns false, and leaves it as it was, when there is none. */
    fill(size: number, tried = size): boolean {
      const before = heldBytes()
      try {
        // The bytes are not zeros, because some file systems do not store zeros.
        const piece = crypto.getRandomValues(new Uint8Array(PIECE_BYTES))
        for (let at = before; at < tried; at += piece.length)
          writeSync(file, piece, 0, Math.min(piece.length, tried - at))
        if (tried > size) ftruncateSync(file, size)
        fsyncSync(file)
        return true
      } catch {
        quietly(() => ftruncateSync(file, before))
        return false
      }
    },
    empty() {
      if (heldBytes() > 0) quietly(() => ftruncateSync(file, 0))
    },
    close: () => closeSync(file),
  }
}
