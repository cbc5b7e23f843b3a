import type { Clock, Instant } from '../../src/core/ground/clock.ts'

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  /** Moves the clock, backwards with a negative amount. */
  advance(ms: number): void
  /** Sets the clock to a moment. */
  set(at: Instant | string): void
}

/** A clock that shows the given moment, by default noon of an ordinary Sunday. */
export function testClock(start: Instant | string = '2026-11-22T12:00:00.000Z'): TestClock {
  let at = toInstant(start)
  return {
    now: () => at,
    advance(ms) {
      at += ms
    },
    set(moment) {
      at = toInstant(moment)
    },
  }
}

function toInstant(moment: Instant | string): Instant {
  return typeof moment === 'number' ? moment : Date.parse(moment)
}
