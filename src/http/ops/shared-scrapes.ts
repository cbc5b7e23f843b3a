import { createSharedWork } from '../../core/ground/shared-work.ts'

/** The rest after a scrape, as a multiple of its duration, and the longest rest. */
const REST = 9
const LONGEST_REST_MS = 1_000

/** The time by which scrapes are measured, and by which they rest. */
interface Time {
  nowMs(): number
  pause(ms: number): Promise<void>
}

/**
 * Shares scrapes: all who ask before one begins get its text, and the next one begins after a rest. So scrapes take a tenth of the time at
 * most, however many ask, and each shows everything that happened before it was asked for.
 */
export function sharedScrapes(
  make: () => Promise<string>,
  { nowMs, pause }: Time = REAL,
): () => Promise<string> {
  let startedAtMs = 0
  return createSharedWork(
    () => {
      startedAtMs = nowMs()
      return make()
    },
    () => pause(Math.min(REST * (nowMs() - startedAtMs), LONGEST_REST_MS)),
  )
}

const REAL: Time = {
  nowMs: () => performance.now(),
  // A rest does not keep the process alive.
  pause: (ms) => new Promise((resolve) => void setTimeout(resolve, ms).unref()),
}
