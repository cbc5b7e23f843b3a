import { readFileSync } from 'node:fs'

/** What a process has used since it began. Unlike times, it is about the same whatever else the machine does. */
export interface ProcessCost {
  cpuMs: number
  /** Bytes handed to the system for writing, to files and sockets alike. */
  writtenBytes: number
}

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10
// Counted behind the name of the program, which may hold anything.
const USER_TICKS = 11
const SYSTEM_TICKS = 12

/** Reads what a process has used, all of its threads together; null where the system does not tell (Linux does). */
export function costOf(pid: number): ProcessCost | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])
    const written = /^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))
    return { cpuMs: ticks * TICK_MS, writtenBytes: Number(written?.[1]) }
  } catch {
    return null
  }
}
