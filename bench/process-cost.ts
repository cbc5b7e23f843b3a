import { readFileSync } from 'node:fs'

/** The resources that a process has used since its start. Unlike times, they hardly depend on the other load of the machine. */
export interface ProcessCost {
  cpuMs: number
  /** Bytes written, to files and sockets alike. */
  writtenBytes: number
}

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10
// The index after the name of the program, because the name may contain anything.
const USER_TICKS = 11
const SYSTEM_TICKS = 12

/** Reads the resources that all threads of a process have used; null where the system does not report them (Linux does). */
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
