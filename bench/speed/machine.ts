import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, release } from 'node:os'
import { isPinned } from './pinned.ts'

/** The machine and the versions of a run. */
export interface MachineFacts {
  processor: string
  cores: number
  kernel: string
  bun: string
  commit: string
  /** Whether server and callers each had a core. */
  pinned: boolean
  /** The number of runnable programs before the run: with more than one or two the figures are of little worth. */
  load: number
}

/** The facts, as they are now. */
export function machineFacts(): MachineFacts {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    kernel: release(),
    bun: Bun.version,
    commit: commit(),
    pinned: isPinned,
    load: loadavg()[0] ?? 0,
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dir })
      .toString()
      .trim()
  } catch {
    return 'unknown'
  }
}
