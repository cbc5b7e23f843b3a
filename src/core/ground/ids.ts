import { v7 } from 'uuid'
import type { Clock, RandomBytes } from './clock.ts'

/** Makes the ids of new records. */
export type NewId = <Id extends string>() => Id

/** Ids that sort by the time at which they were made: UUID v7 from the given clock and randomness, strictly rising in one process. */
export function idMaker(clock: Clock, random: RandomBytes): NewId {
  let lastMs = 0
  let sequence = 0
  const bytes = Buffer.alloc(BYTES)
  const text = Buffer.alloc(TEXT_CHARS, '-')
  const drawn = new Uint8Array(BYTES)
  // Randomness is drawn for many ids at once: every request has an id, and drawing 16 bytes costs as much as making the id.
  let pool: Uint8Array = new Uint8Array(0)
  let used = 0

  function draw(): Uint8Array {
    if (used === pool.length) {
      pool = random(BYTES * DRAWN_AT_ONCE)
      used = 0
    }
    for (let n = 0; n < BYTES; n += 1) drawn[n] = pool[used + n] ?? 0
    used += BYTES
    return drawn
  }

  return <Id extends string>() => {
    const now = clock.now()
    const randomBytes = draw()
    // Within one millisecond, and while a clock that was set back catches up, the 32-bit sequence keeps the order.
    if (now > lastMs) {
      lastMs = now
      sequence = (randomBytes[0] ?? 0) << 8
    } else sequence += 1
    v7({ msecs: lastMs, seq: sequence, random: randomBytes }, bytes)
    writeText(bytes, text)
    return text.toString('latin1') as Id
  }
}

const BYTES = 16
const TEXT_CHARS = 36
const DRAWN_AT_ONCE = 64
const DIGITS = Buffer.from('0123456789abcdef')
/** The places of each byte's digits in the text, between the hyphens. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]

/** Writes the text of an id. The library joins it byte by byte, which takes several times as long. */
function writeText(bytes: Uint8Array, text: Uint8Array): void {
  for (let n = 0; n < BYTES; n += 1) {
    const byte = bytes[n] ?? 0
    const place = PLACES[n] ?? 0
    text[place] = DIGITS[byte >> 4] ?? 0
    text[place + 1] = DIGITS[byte & 15] ?? 0
  }
}
