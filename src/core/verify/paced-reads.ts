// Tests: src/core/verify/facts-reads.test.ts, test/money/changing-records.long.test.ts
import { type Caller, createTurns } from '../ground/turns.ts'

/** Runs a read when it is the caller's turn; null for a caller that is not known yet. All of those are one caller. */
export type PacedReads = <T>(by: Caller | null, read: () => Promise<T>) => Promise<T>

/**
 * Begins a read when the one before has ended, in a later pass of the event loop. For a store that makes one read at a time: a read that waited
 * there would count as begun, and any change of its records during the wait would make its result worthless. Callers take turns, so nobody
 * waits for the many reads of one of them.
 */
export function createPacedReads(): PacedReads {
  const waiting = createTurns<() => Promise<void>>()
  let isReading = false

  async function next(): Promise<void> {
    const [begin] = waiting.take(1)
    isReading = begin !== undefined
    await begin?.()
    if (isReading) setImmediate(next)
  }

  return (by, read) =>
    new Promise((resolve, reject) => {
      const begin = async () => {
        try {
          resolve(await read())
        } catch (error) {
          reject(error)
        }
      }
      waiting.add(by, begin, 1)
      if (!isReading) void next()
    })
}

/** Begins every read at once: a database at the other end of a network makes several, and one that hangs must not hold up the others. */
export const atOnce: PacedReads = (_by, read) => read()
