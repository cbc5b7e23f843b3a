// Tests: src/core/ledger/ledger.test.ts
import { createBoundedMemory } from '../ground/bounded-memory.ts'
import { MAX } from '../ground/bounds.ts'
import type { LedgerOutcome } from './entries.ts'
import type { Unit } from './units.ts'

/**
 * Knows whose entries were lately written before. Nearly all entries are new, so a commit first assumes that, and is prepared a second
 * time when some are not. Somebody who sends the same reports again and again would make every commit cost twice, so commits with
 * entries of such a user look for stored records first.
 */
export interface Repeats {
  /** Whether some of the units probably have entries that were written before. Asked once for each commit. */
  areLikely(units: readonly Unit[]): boolean
  /** Notes the outcomes of a unit. */
  note(unit: Unit, outcomes: readonly LedgerOutcome[]): void
}

/** The number of commits with nothing repeated after which a user's entries count as new again. */
const NEW_COMMITS = 32

/** Builds the memory of one queue. */
export function createRepeats(): Repeats {
  /** The number of commits for which each user's entries are still looked for. */
  const left = createBoundedMemory<string, number>({ isTooMuch: (count) => count > MAX.repeatingUsers })
  return {
    areLikely(units) {
      const users = new Set(units.flatMap(({ caller }) => caller?.userId ?? []))
      let isFound = false
      for (const user of users) {
        const commits = left.get(user)
        if (commits === undefined) continue
        isFound = true
        if (commits > 1) left.set(user, commits - 1)
        else left.delete(user)
      }
      return isFound
    },
    note({ caller }, outcomes) {
      if (caller !== null && outcomes.includes('duplicate')) left.set(caller.userId, NEW_COMMITS)
    },
  }
}
