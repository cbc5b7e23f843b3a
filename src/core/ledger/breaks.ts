import { MAX } from '../ground/bounds.ts'

/**
 * Breaks between the commits of a backlog. A user that has much to write keeps the database, a processor and the event loop busy, and
 * everybody waits for these. So while others write, too, a commit that leaves nothing but backlogs (`MAX.backlogRows`) is followed by a break as
 * long as itself: backlogs get half of the time at most. What somebody else wants ends the break.
 */
export interface Breaks {
  /** Notes that a commit begins with all that others have wanted before. */
  commitBegins(): void
  /** Notes that somebody wants something who had nothing waiting. */
  someoneElseWaits(): void
  /** The break after a commit of this duration. Undefined when somebody else waits already. */
  take(tookMs: number): Promise<void> | undefined
}

/** Builds the breaks of one queue. */
export function createBreaks(): Breaks {
  let isAwaited = false
  let end: (() => void) | null = null
  return {
    commitBegins() {
      isAwaited = false
    },
    someoneElseWaits() {
      isAwaited = true
      end?.()
    },
    take(tookMs) {
      if (isAwaited) return undefined
      return new Promise((resolve) => {
        end = () => {
          clearTimeout(timer)
          end = null
          resolve()
        }
        const timer = setTimeout(() => end?.(), Math.min(Math.max(0, tookMs), MAX.breakMs))
      })
    },
  }
}
