import type { DiskStep } from './disk-trace.ts'

/** The contents of a file, and the operations since its last sync. */
interface TracedFile {
  /** The contents that are certainly on the disk. */
  kept: Buffer
  /** The operations that the disk may have kept completely, in part, or not at all. */
  pending: Exclude<DiskStep, { kind: 'told' | 'sync' }>[]
}

/** How the disk treats unsynced operations. */
export type Loss = 'nothing kept' | 'all kept' | 'torn'

/** The disk under a process; it can show its possible contents after a power loss. */
export interface TracedDisk {
  /** Records the next step of the process. */
  take(step: DiskStep): void
  /** The files as a new start would find them. `torn` keeps some sectors of some writes, as `random` (0 to 1) says. */
  imageAfter(loss: Loss, random: () => number): Map<string, Buffer>
}

/** Disks write whole sectors. */
const SECTOR_BYTES = 512

/** Builds a disk with nothing on it. */
export function createTracedDisk(): TracedDisk {
  const files = new Map<string, TracedFile>()

  function fileOf(path: string): TracedFile {
    const known = files.get(path) ?? { kept: Buffer.alloc(0), pending: [] }
    files.set(path, known)
    return known
  }

  return {
    take(step) {
      if (step.kind === 'told') return
      const file = fileOf(step.path)
      if (step.kind !== 'sync') file.pending.push(step)
      else {
        for (const each of file.pending.splice(0)) file.kept = applied(file.kept, each)
      }
    },
    imageAfter(loss, random) {
      const image = new Map<string, Buffer>()
      for (const [path, { kept, pending }] of files) {
        let content: Buffer = Buffer.from(kept)
        for (const step of pending) {
          if (loss === 'all kept') content = applied(content, step)
          else if (loss === 'torn') content = partly(content, step, random)
        }
        image.set(path, content)
      }
      return image
    },
  }
}

function applied(content: Buffer, step: TracedFile['pending'][number]): Buffer {
  if (step.kind === 'cut') return Buffer.concat([content.subarray(0, step.length)], step.length)
  const { offset, bytes } = step
  const grown = Buffer.concat([content], Math.max(content.length, offset + bytes.length))
  bytes.copy(grown, offset)
  return grown
}

function partly(content: Buffer, step: TracedFile['pending'][number], random: () => number): Buffer {
  if (step.kind === 'cut') return random() < 0.5 ? content : applied(content, step)
  let result = content
  for (let from = 0; from < step.bytes.length; from += SECTOR_BYTES) {
    if (random() < 0.5) continue
    const bytes = step.bytes.subarray(from, from + SECTOR_BYTES)
    result = applied(result, { ...step, offset: step.offset + from, bytes })
  }
  return result
}
