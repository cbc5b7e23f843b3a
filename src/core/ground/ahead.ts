// Tests: test/money/clock-ahead.test.ts, src/core/access/sign-ins.test.ts
import { MAX } from './bounds.ts'
import { type Clock, elapsedMsOf, type Instant } from './clock.ts'

/**
 * Whether a stored time lies so far in the future that the clock which it comes from was ahead, or the present one is behind. Nothing
 * shows which of the two is wrong, so no decision about such a time may depend on either.
 */
export function isAhead(stored: Instant, now: Instant): boolean {
  return stored > now + MAX.clockAheadMs
}

/** Something whose beginning is ahead, so that only its length means anything. */
export interface Lasting {
  /** Differs from all others, and changes with its end. */
  name: string
  lengthMs: number
}

/**
 * Builds the measure of things that are ahead. It is given all of them at intervals, and returns those that have lasted as long as they
 * were to last. The time counts by a clock that nobody sets, from the first look at which a thing was there and since which it was never
 * missing. That is never too short.
 */
export function createLasted<Thing extends Lasting>(clock: Clock): (present: readonly Thing[]) => Thing[] {
  let since = new Map<string, number>()
  return (present) => {
    const nowMs = elapsedMsOf(clock)
    since = new Map(present.map(({ name }) => [name, since.get(name) ?? nowMs]))
    return present.filter(({ name, lengthMs }) => nowMs - (since.get(name) ?? nowMs) >= lengthMs)
  }
}
