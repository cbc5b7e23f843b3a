import { readFileSync } from 'node:fs'

/** The memory of a process that the system counts as resident, in bytes; null where it does not report it (Linux does). */
export function residentBytes(pid: number): number | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? null : Number(kib) * 1_024
  } catch {
    return null
  }
}
