/** How long the work of one request may hold the event loop at a time. A quarter of the promise, since one step of it may take long. */
const TURN_MS = 5

/** Shares the event loop between the long work of one request and everybody else. */
export interface Turns {
  /** Whether the work has held the loop for long enough. */
  isOver(): boolean
  /** Lets everything else that waits run, then begins a new turn. */
  next(): Promise<void>
}

/** Begins a turn now. */
export function startTurns(now: () => number = () => performance.now()): Turns {
  let startedAt = now()
  return {
    isOver: () => now() - startedAt >= TURN_MS,
    async next() {
      await new Promise((resolve) => setImmediate(resolve))
      startedAt = now()
    },
  }
}
