// Tests: src/core/verify/facts-reads.test.ts, src/store/reading/short-reads.test.ts
import { type Caller, createTurns } from './turns.ts'

/** Runs work when it is the caller's turn; null for a caller that is not known. All of those are one caller. */
export type WorkInTurns = <T>(by: Caller | null, work: () => Promise<T>) => Promise<T>

/**
 * Lets callers take turns at something that does so much at the same time, so that nobody waits for the long line of one of them. `goOn` is
 * called when some work has ended, and calls the function that it is given when the next may begin.
 */
export function createWorkInTurns(atOnce: number, goOn: (begin: () => void) => void): WorkInTurns {
  const waiting = createTurns<() => Promise<void>>()
  let working = 0

  function start(): void {
    while (working < atOnce && waiting.count() > 0) {
      for (const begin of waiting.take(1)) {
        working += 1
        void begin().then(() => goOn(next))
      }
    }
  }

  function next(): void {
    working -= 1
    start()
  }

  return (by, work) =>
    new Promise((resolve, reject) => {
      const begin = async () => {
        try {
          resolve(await work())
        } catch (error) {
          reject(error)
        }
      }
      waiting.add(by, begin, 1)
      start()
    })
}
