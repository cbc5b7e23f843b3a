// Tests: test/server/start.long.test.ts
/** A moment as whole milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number

/** An hour in milliseconds. */
export const HOUR_MS = 3_600_000

/** A day of UTC, which has no leap seconds here, in milliseconds. */
export const DAY_MS = 24 * HOUR_MS

/** Where the time comes from. Injected everywhere, so that tests move it by hand. */
export interface Clock {
  /** The current moment. May step backwards when the machine's clock is set. */
  now(): Instant
  /** Milliseconds of a clock that nobody sets, to measure how long something lasts. Where it is absent, that of the process counts. */
  elapsedMs?(): number
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** The milliseconds of a clock that nobody sets. Only the difference of two of them means something, and only in one process. */
export function elapsedMsOf(clock: Clock): number {
  return clock.elapsedMs?.() ?? performance.now()
}

/** Where randomness comes from: fills `length` bytes from a cryptographically secure source. */
export type RandomBytes = (length: number) => Uint8Array

/** The runtime's secure random generator. */
export const systemRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length))
