import { v7 } from 'uuid'
import type { Clock, RandomBytes } from './clock.ts'

/** Makes the ids of new records. */
export type NewId = <Id extends string>() => Id

/** Ids that sort by their time of making: UUID v7 from the given clock and randomness, strictly rising in one process. */
export function idMaker(clock: Clock, random: RandomBytes): NewId {
  let lastMs = 0
  let sequence = 0
  const bytes = Buffer.alloc(BYTES)
  return <Id extends string>() => {
    const now = clock.now()
    // Within one millisecond, and while a clock that was set back catches up, the 32-bit sequence keeps the order.
    if (now > lastMs) {
      lastMs = now
      sequence = (random(1)[0] ?? 0) << 8
    } else sequence += 1
    v7({ msecs: lastMs, seq: sequence, random: random(BYTES) }, bytes)
    return textOf(bytes) as Id
  }
}

/** The bytes of an id as its text. The library puts it together byte by byte, which takes twice as long, and every request has an id. */
function textOf(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const BYTES = 16
