import { readdirSync, readFileSync } from 'node:fs'

/**
 * Processor time that all threads of a process have spent, in microseconds; null where the system does not tell (Linux does). Of
 * threads that have ended it knows nothing, which none of the measured programs has.
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
