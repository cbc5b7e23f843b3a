import { getPriority, setPriority } from 'node:os'

/** How much lower the priority is: a tenth of the processor time that another thread gets which wants it at the same time. */
const NICER = 10
const LOWEST = 19

/**
 * Gives the calling thread a lower priority than the rest of the process, so that long work in it takes only time that nobody else wants. Only
 * on Linux, where a priority belongs to a thread; elsewhere it would be that of the whole process.
 */
export function lowerPriority(): void {
  if (process.platform !== 'linux') return
  try {
    // Without a process id it is about the calling thread.
    setPriority(Math.min(LOWEST, getPriority() + NICER))
  } catch {
    // A sandbox may forbid it. The work is the same, only less polite.
  }
}
