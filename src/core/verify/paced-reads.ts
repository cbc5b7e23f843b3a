// Tests: src/core/verify/facts-reads.test.ts, test/money/changing-records.long.test.ts

/** Runs a read when it is its turn. */
export type PacedReads = <T>(read: () => Promise<T>) => Promise<T>

/**
 * Begins a read when the one before has ended, in a later pass of the event loop. For a store that makes one read at a time: a read that waited
 * there would count as begun, and any change of its records during the wait would make its result worthless.
 */
export function createPacedReads(): PacedReads {
  let last: Promise<unknown> = Promise.resolve()
  return (read) => {
    const running = last.then(read)
    last = running.then(othersTurn, othersTurn)
    return running
  }
}

/** Begins every read at once: a database at the other end of a network makes several, and one that hangs must not hold up the others. */
export const atOnce: PacedReads = (read) => read()

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
