import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, statfsSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DiskSpace } from '../sql/base/database.ts'

const FILE_MODE = 0o600
const PIECE_BYTES = 64 * 1024
/** On a small disk the reserve takes at most this share of the free space. */
const SHARE_OF_FREE = 0.25
const LOOK_MS = 1_000

/** Disk space that is kept for the time when the disk is full. */
export interface DiskReserve extends DiskSpace {
  close(): void
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
    onNotice,
    reuseLog,
  }: {
    bytes: number
    onNotice: (what: string) => void
    /** See `log-room.ts`. */
    reuseLog: () => Promise<boolean>
  },
): DiskReserve {
  const file = openSync(path, 'a+', FILE_MODE)
  let isFull = false
  let isLogReused = false
  let timer: ReturnType<typeof setInterval> | null = null
  const wanted = Math.min(bytes, Math.floor(SHARE_OF_FREE * (freeBytes() + held())))
  if (!fill()) onNotice(`There is no room for ${path}, the reserve of ${bytes} bytes: make room on the disk.`)

  function held(): number {
    return fstatSync(file).size
  }

  function freeBytes(): number {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize
  }

  /** Fills the file. Returns false, and keeps nothing, when there is no room. */
  function fill(): boolean {
    try {
      // The bytes are not zeros, because some file systems do not store zeros.
      const piece = crypto.getRandomValues(new Uint8Array(PIECE_BYTES))
      for (let size = held(); size < wanted; size += piece.length)
        writeSync(file, piece, 0, Math.min(piece.length, wanted - size))
      fsyncSync(file)
      return true
    } catch {
      ftruncateSync(file, 0)
      return false
    }
  }

  function look(): void {
    const missing = wanted - held()
    if (freeBytes() < wanted + missing || !fill()) return
    isFull = false
    stop()
    onNotice('There is room on the disk again: everything is written as before.')
  }

  function stop(): void {
    if (timer !== null) clearInterval(timer)
    timer = null
  }

  return {
    isFull: () => isFull,
    noteFull() {
      if (isFull) return
      isFull = true
      isLogReused = false
      timer = setInterval(look, LOOK_MS)
      timer.unref()
      onNotice(
        'The disk is full: only revocations and what else cuts somebody off are written. Make room on it.',
      )
    },
    giveUp() {
      if (held() > 0) ftruncateSync(file, 0)
    },
    async makeBestOfIt() {
      if (isFull && !isLogReused) isLogReused = await reuseLog().catch(() => false)
    },
    close() {
      stop()
      closeSync(file)
    },
  }
}
