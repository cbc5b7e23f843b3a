import { closeSync, existsSync, fdatasync, openSync, readSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import type { Revision } from '../../core/types.ts'

/**
 * The highest revision that was ever answered, kept beside the database and not in it: a database that was restored from an older copy
 * has lost revocations, and cannot know it.
 */
export interface Watermark {
  /** The number when the file was opened; 0 for a new file. */
  found: Revision
  /** Resolves when this revision is on disk, so that a start after any crash knows it was answered. */
  raise(revision: Revision): Promise<void>
  close(): Promise<void>
}

const FILE_MODE = 0o600
/** Two slots, written in turn, so that an interrupted write leaves the other one intact. */
const SLOTS = 2
const SLOT_BYTES = 64
const SLOT = /^latchkey revision (\d{16}) ([0-9a-f]{8})\n/

const sync = promisify(fdatasync)

/** Opens the file of a database's watermark, or creates it. */
export function openWatermark(path: string): Watermark {
  const file = openSync(path, existsSync(path) ? 'r+' : 'w+', FILE_MODE)
  const slots = Array.from({ length: SLOTS }, (_, slot) => readSlot(file, slot))
  const found = Math.max(0, ...slots)
  let wanted = found
  let durable = found
  let nextSlot = slots.indexOf(found) === 0 ? 1 : 0
  let writing: Promise<void> | null = null

  /** Writes the highest requested number for all who wait, and again until no higher one is requested. */
  async function write(): Promise<void> {
    try {
      // One turn later: a failure in this turn would be kept as the writing that all later calls wait for.
      await Promise.resolve()
      while (durable < wanted) {
        const revision = wanted
        writeSlot(file, nextSlot, revision)
        await sync(file)
        durable = revision
        nextSlot = (nextSlot + 1) % SLOTS
      }
    } finally {
      writing = null
    }
  }

  return {
    found,
    async raise(revision) {
      wanted = Math.max(wanted, revision)
      while (durable < revision) {
        writing ??= write()
        await writing
      }
    },
    async close() {
      await writing?.catch(() => {})
      closeSync(file)
    },
  }
}

function readSlot(file: number, slot: number): Revision {
  const bytes = Buffer.alloc(SLOT_BYTES)
  readSync(file, bytes, 0, SLOT_BYTES, slot * SLOT_BYTES)
  const [, digits = '', checksum] = SLOT.exec(bytes.toString('latin1')) ?? []
  return checksum === checksumOf(digits) ? Number(digits) : -1
}

function writeSlot(file: number, slot: number, revision: Revision): void {
  const digits = String(revision).padStart(16, '0')
  const line = `latchkey revision ${digits} ${checksumOf(digits)}\n`
  writeSync(file, Buffer.from(line.padEnd(SLOT_BYTES)), 0, SLOT_BYTES, slot * SLOT_BYTES)
}

function checksumOf(digits: string): string {
  return crc32(digits).toString(16).padStart(8, '0')
}
