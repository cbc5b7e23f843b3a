import type { Clock, Instant } from '../../src/core/ground/clock.ts'

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  /** Lets time pass; a negative amount sets the clock back. */
  advance(ms: number): void
  /** Sets the clock to a moment, while no time passes. */
  set(at: Instant | string): void
}

/** A clock that shows the given moment, by default noon of an ordinary Sunday. */
export function testClock(start: Instant | string = '2026-11-22T12:00:00.000Z'): TestClock {
  let at = toInstant(start)
  let elapsedMs = 0
  return {
    now: () => at,
    elapsedMs: () => elapsedMs,
    advance(ms) {
      at += ms
      elapsedMs += Math.max(0, ms)
    },
    set(moment) {
      at = toInstant(moment)
    },
  }
}

function toInstant(moment: Instant | string): Instant {
  return typeof moment === 'number' ? moment : Date.parse(moment)
}
