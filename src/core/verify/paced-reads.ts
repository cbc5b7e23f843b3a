// Tests: src/core/verify/facts.test.ts, test/money/changing-records.long.test.ts

/** Runs a read when it is its turn. */
export type PacedReads = <T>(read: () => Promise<T>) => Promise<T>

/**
 * Lets this many reads run at the same time; the others begin later, each in a pass of the event loop of its own. A read that waited in the
 * store would have begun here, and any change of its records meanwhile would make its result worthless. Beside a stream of
 * changes no call would ever get facts that hold.
 */
export function createPacedReads(atOnce: number): PacedReads {
  const ends: Promise<unknown>[] = Array.from({ length: atOnce }, () => Promise.resolve())
  let asked = 0
  return (read) => {
    asked += 1
    const lane = asked % atOnce
    const running = (ends[lane] ?? Promise.resolve()).then(read)
    ends[lane] = running.then(othersTurn, othersTurn)
    return running
  }
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
