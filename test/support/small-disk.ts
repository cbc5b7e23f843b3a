import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './server.ts'

/** A small file system of its own. */
export interface SmallDisk {
  folder: string
  /** Fills the rest of it, to the last block. */
  fill(): void
  /** Frees that space. */
  makeRoom(): void
  freeBytes(): number
  unmount(): void
}

/** Mounts a file system in memory of this many MiB. Returns the reason when that is not allowed. */
export function smallDisk(mebibytes: number): SmallDisk | { absent: string } {
  const folder = temporaryFolder()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder])
  if (mounted.status !== 0) {
    const absent = `a small file system cannot be mounted here (${String(mounted.stderr ?? mounted.error).trim()})`
    process.stderr.write(`\n!!! The test of a full disk is SKIPPED: ${absent}. It needs root.\n\n`)
    return { absent }
  }
  const filler = join(folder, 'filler')
  let isMounted = true
  const disk: SmallDisk = {
    folder,
    fill() {
      const file = openSync(filler, 'a')
      const block = Buffer.alloc(4096, 1)
      try {
        for (;;) writeSync(file, block)
      } catch (error) {
        if (!String(error).includes('ENOSPC')) throw error
      } finally {
        closeSync(file)
      }
    },
    makeRoom: () => rmSync(filler, { force: true }),
    freeBytes() {
      const { bavail, bsize } = statfsSync(folder)
      return bavail * bsize
    },
    unmount() {
      if (isMounted) spawnSync('umount', ['-l', folder])
      isMounted = false
    },
  }
  // Before the folder is removed, also when a test fails half-way.
  process.prependListener('exit', () => disk.unmount())
  return disk
}
