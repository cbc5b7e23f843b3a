import type { DiskRate } from './disk-rate.ts'
import type { OpenResult } from './half-load.ts'
import type { LoadResult, Workload } from './metering-load.ts'
import type { ProbeResult } from './verify-probe.ts'

/** The measurements of one server in one repeat. */
export interface Repeat {
  /** Each has the disk's own rate just before it: a shared disk changes from one second to the next. */
  loads: { keys: number; workload: Workload; disk: DiskRate; result: LoadResult }[]
  halves: Half[]
  verifyIdle: ProbeResult
  verifyLoaded: ProbeResult
}

/** A workload at half of the rate that was reached flat out, with verifies beside it. */
export interface Half {
  keys: number
  workload: Workload
  disk: DiskRate
  acknowledged: OpenResult
  verify: ProbeResult
}

/** Everything that a run has measured, by the server's name. */
export interface MeteringReport {
  machine: { cores: number; loadBefore: number; loadAfter: number; bun: string; commit: string }
  repeats: Record<string, Repeat[]>
}
