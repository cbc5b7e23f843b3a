import type { Clock } from '../ground/clock.ts'
import type { KeyFacts } from '../verify/key-facts.ts'

/** The checks of a demand in the turn of the event loop in which it was made. */
interface Judged<Known> {
  /** Throws when the caller has lost the right to make it; a promise while memory lacks the caller. */
  judge(): Promise<unknown> | undefined
  /** The facts of the key in memory; a promise while it does not hold them. */
  find(): Known | Promise<Known | null>
  /** The reason why the key may not be used now, or null. */
  refuse(known: Known): unknown
}

/** Judges one call again when its commit decides, however often it is made. */
export interface Standing {
  /** Notes that the call is made now: it has just been judged by the facts of the moment. */
  made(): void
  /** Whether its caller would pass the judgement now, without a read. */
  passes(judge: Judged<unknown>['judge']): boolean
  /**
   * Whether a demand would be made now as it was: nothing refuses its key by the facts of the moment, and the same accounts pay. Their
   * limits need no look here, because the commit compares them itself.
   */
  holds<Known extends Pick<KeyFacts, 'key'>>(known: Known, judged: Judged<Known>): boolean
}

/** How often a call is made again because memory lacked its facts when its commit decided. */
const LACKED_MAX = 1
/** How long a judgement counts after that. Longer waits, as for a locked row, always end in a new one. */
const MOMENT_MS = 250

/**
 * Builds it for one call. A call whose facts memory lacks at its commit is made again, because one of their records has changed. When memory
 * lacks them once more, somebody changes a record (its description, for example) as fast as calls can be made, and for that they must
 * not be refused: then the judgement of a moment before counts.
 */
export function createStanding(clock: Clock): Standing {
  let madeAt = 0
  let hasLacked = false
  let timesLacked = 0

  function mayLack(reading: Promise<unknown>): boolean {
    // Whoever judges again meets the failure of this read itself.
    reading.catch(() => {})
    hasLacked = true
    return timesLacked >= LACKED_MAX && Math.abs(clock.now() - madeAt) <= MOMENT_MS
  }

  function passes(judge: Judged<unknown>['judge']): boolean {
    try {
      const judging = judge()
      return judging === undefined || mayLack(judging)
    } catch {
      return false
    }
  }

  return {
    made() {
      if (hasLacked) timesLacked += 1
      hasLacked = false
      madeAt = clock.now()
    },
    passes,
    holds(known, { judge, find, refuse }) {
      if (!passes(judge)) return false
      const found = find()
      if (found instanceof Promise) return mayLack(found)
      return hasSamePayers(found, known) && refuse(found) === null
    },
  }
}

function hasSamePayers({ key: one }: Pick<KeyFacts, 'key'>, { key: other }: Pick<KeyFacts, 'key'>): boolean {
  return one.ownerId === other.ownerId && one.workspaceId === other.workspaceId
}
