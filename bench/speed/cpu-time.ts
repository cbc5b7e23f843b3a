import { readdirSync, readFileSync } from 'node:fs'

/**
 * The processor time of all threads of a process, in microseconds; null where the system does not report it (Linux does). It misses
 * threads that have ended; none of the measured programs has any.
 */
export function cpuMicros(pid: number): number | null {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    return threads.reduce((sum, thread) => {
      const [spentNs = '0'] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
      return sum + Number(spentNs) / 1_000
    }, 0)
  } catch {
    return null
  }
}
