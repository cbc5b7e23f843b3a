// Tests: src/core/ground/work-in-turns.test.ts, src/core/verify/facts-reads.test.ts, src/store/reading/short-reads.test.ts
import { MAX } from './bounds.ts'
import { Fault } from './faults.ts'
import { type Caller, createTurns } from './turns.ts'

/** Runs work when it is the caller's turn; null for a caller that is not known. All of those are one caller. */
export type WorkInTurns = <T>(by: Caller | null, work: () => Promise<T>) => Promise<T>

/** Work that waits for its turn. */
interface Waiting {
  begin(): Promise<void>
  isGivenUp: boolean
}

/**
 * Lets callers take turns at something that does so much at the same time, so that nobody waits for the long line of one of them. `goOn` is
 * called when some work has ended, and calls the function that it is given when the next may begin. Work whose turn does not come within the time
 * throws `store_unavailable`: what should be done hangs, and whoever waits is to get an answer.
 */
export function createWorkInTurns(
  atOnce: number,
  goOn: (begin: () => void) => void,
  waitMs: number = MAX.turnMs,
): WorkInTurns {
  const turns = createTurns<Waiting>()
  let working = 0

  function start(): void {
    while (working < atOnce && turns.count() > 0) {
      for (const waiting of turns.take(1)) {
        if (waiting.isGivenUp) continue
        working += 1
        void waiting.begin().then(() => goOn(next))
      }
    }
  }

  function next(): void {
    working -= 1
    start()
  }

  return (by, work) =>
    new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | null = null
      const waiting: Waiting = {
        isGivenUp: false,
        async begin() {
          clearTimeout(timer ?? undefined)
          try {
            resolve(await work())
          } catch (error) {
            reject(error)
          }
        },
      }
      turns.add(by, waiting, 1)
      // What begins at once needs no timer.
      if (working >= atOnce) {
        timer = setTimeout(() => {
          waiting.isGivenUp = true
          reject(new Fault('store_unavailable', { internal: 'its turn did not come' }))
        }, waitMs)
      }
      start()
    })
}
