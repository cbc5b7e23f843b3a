// Tests: src/core/verify/facts-reads.test.ts, test/money/changing-records.long.test.ts
import { createWorkInTurns, type WorkInTurns } from '../ground/work-in-turns.ts'

/**
 * Lets callers take turns at a store that makes so many reads at the same time. A read begins when one before has ended, in a later pass of the
 * event loop: one that waited in the store would count as begun, and any change of its records during the wait would make its result worthless.
 */
export const createPacedReads = (atOnce: number): WorkInTurns => createWorkInTurns(atOnce, setImmediate)
