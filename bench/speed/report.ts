import type { BetterAuth } from './better-auth.ts'
import type { InProcess } from './in-process.ts'
import type { Latencies } from './latencies.ts'
import type { MachineFacts } from './machine.ts'
import type { Pace, Pairs } from './pairs.ts'
import type { ServedMemory } from './served-memory.ts'

/** Everything that a run has measured. */
export interface SpeedReport {
  machine: MachineFacts
  pace: Pace
  keys: number
  pairs: Pairs[]
  latencies: Latencies
  startMs: number
  inProcess: InProcess
  served: ServedMemory
  /** Null if it was not requested or could not be installed. */
  betterAuth: BetterAuth | null
}
