import { MAX } from '../../core/ground/bounds.ts'
import { Fault } from '../../core/ground/faults.ts'
import { type Caller, createTurns } from '../../core/ground/turns.ts'

/** Lets callers take turns at one lane of reads. */
export interface ReadTurns {
  /**
   * Runs a read when it is the caller's turn. Throws `rate_limited` for a user with too many waiting reads, and `reads_busy` for a
   * read whose turn did not come in time.
   */
  inTurn<T>(caller: Caller | null, read: () => Promise<T>): Promise<T>
}

/** Builds the turns of a lane that runs this many reads at the same time. */
export function createReadTurns(atOnce: number, waitMs: number = MAX.readWaitMs): ReadTurns {
  const turns = createTurns<() => boolean>()
  const waitingOf = new Map<string, number>()
  let running = 0

  function countWaiting(user: string, change: 1 | -1): void {
    const count = (waitingOf.get(user) ?? 0) + change
    if (count === 0) waitingOf.delete(user)
    else waitingOf.set(user, count)
  }

  function startNext(): void {
    while (running < atOnce && turns.count() > 0) {
      // A read that has given up does not start.
      for (const start of turns.take(1)) if (start()) running += 1
    }
  }

  function turnOf(caller: Caller | null): Promise<void> {
    const user = caller?.userId ?? ''
    if ((waitingOf.get(user) ?? 0) >= MAX.readsWaiting) {
      const message = `You have ${MAX.readsWaiting} reads waiting. Ask again when some of them are answered.`
      throw new Fault('rate_limited', { message, limit: MAX.readsWaiting, retryAfterMs: 1_000 })
    }
    return new Promise((resolve, reject) => {
      countWaiting(user, 1)
      let waits = true
      const timer = setTimeout(() => {
        waits = false
        countWaiting(user, -1)
        reject(new Fault('reads_busy'))
      }, waitMs)
      const start = () => {
        if (!waits) return false
        clearTimeout(timer)
        countWaiting(user, -1)
        resolve()
        return true
      }
      turns.add(caller, start, 1)
      startNext()
    })
  }

  return {
    async inTurn(caller, read) {
      await turnOf(caller)
      try {
        return await read()
      } finally {
        running -= 1
        startNext()
      }
    },
  }
}
