import { MAX } from '../ground/bounds.ts'

/**
 * Breaks of backlogs. A user that has much to write keeps the database, a processor and the event loop busy, and everybody waits for these. So
 * while others write, too, a commit with rows of a backlog (`MAX.backlogRows`) is followed by a break as long as itself, in which only what others want is
 * written: backlogs get half of the time at most.
 */
export interface Breaks {
  /** Begins a break after a commit of this duration. */
  begin(tookMs: number): void
  /** Whether backlogs have to wait at the moment. */
  isOn(): boolean
  /** Notes that all that was wanted before is looked at now. */
  looks(): void
  /** Notes that somebody wants something who had nothing waiting. */
  someoneElseWaits(): void
  /** Resolves when the break ends, or somebody else wants something. Undefined when it has ended, or somebody has wanted something since the last look. */
  wait(): Promise<void> | undefined
}

/** Builds the breaks of one queue. `elapsedMs` is a clock that is never set back. */
export function createBreaks(elapsedMs: () => number): Breaks {
  let endsAt = Number.NEGATIVE_INFINITY
  let isAwaited = false
  let wake: (() => void) | null = null
  return {
    begin(tookMs) {
      endsAt = elapsedMs() + Math.min(Math.max(0, tookMs), MAX.breakMs)
    },
    isOn: () => elapsedMs() < endsAt,
    looks() {
      isAwaited = false
    },
    someoneElseWaits() {
      isAwaited = true
      wake?.()
    },
    wait() {
      const leftMs = endsAt - elapsedMs()
      if (isAwaited || leftMs <= 0) return undefined
      return new Promise((resolve) => {
        wake = () => {
          clearTimeout(timer)
          wake = null
          resolve()
        }
        const timer = setTimeout(() => wake?.(), leftMs)
      })
    },
  }
}
