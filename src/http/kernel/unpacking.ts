import { MAX } from '../../core/ground/bounds.ts'
import { type Caller, createTurns } from '../../core/ground/turns.ts'

/**
 * The places where compressed bodies are unpacked. A kilobyte may unpack to a megabyte, so only a few are unpacked at the same time, and the
 * others wait packed.
 */
export interface Unpacking {
  /** Waits for a place, in turns between users, and does the work there. */
  inTurn<T>(caller: Caller, work: () => Promise<T>): Promise<T>
}

/** Builds the places of one server. */
export function createUnpacking(atOnce: number = MAX.bodiesUnpacked): Unpacking {
  const waiting = createTurns<() => void>()
  let free = atOnce

  function beginNext(): void {
    if (free === 0 || waiting.count() === 0) return
    for (const begin of waiting.take(1)) {
      free -= 1
      begin()
    }
  }

  return {
    async inTurn(caller, work) {
      await new Promise<void>((begin) => {
        waiting.add(caller, begin, 1)
        beginNext()
      })
      try {
        return await work()
      } finally {
        free += 1
        beginNext()
      }
    },
  }
}
