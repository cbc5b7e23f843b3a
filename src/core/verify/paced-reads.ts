// Tests: src/core/verify/facts-reads.test.ts, test/money/changing-records.long.test.ts
import { type Caller, createTurns } from '../ground/turns.ts'

/** Runs a read when it is the caller's turn; null for a caller that is not known yet. All of those are one caller. */
export type PacedReads = <T>(by: Caller | null, read: () => Promise<T>) => Promise<T>

/**
 * Lets callers take turns at a store that makes so many reads at the same time, so that nobody waits for the many reads of one of them. A read
 * begins when one before has ended, in a later pass of the event loop: one that waited in the store would count as begun, and any change of its
 * records during the wait would make its result worthless.
 */
export function createPacedReads(atOnce: number): PacedReads {
  const waiting = createTurns<() => Promise<void>>()
  let reading = 0

  function start(): void {
    while (reading < atOnce && waiting.count() > 0) {
      for (const begin of waiting.take(1)) {
        reading += 1
        void begin().then(inLaterPass)
      }
    }
  }

  function inLaterPass(): void {
    setImmediate(() => {
      reading -= 1
      start()
    })
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
      start()
    })
}
