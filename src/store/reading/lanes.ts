/**
 * Two kinds of long reads, which do not wait for each other: pages of lists, which take a few milliseconds each, and reports, which
 * may take as long as any read may.
 */
export type Lane = 'lists' | 'reports'

/** Runs long reads, apart from all work that must not wait for them. */
export interface LongReads {
  /** How many reads of each lane may run at the same time. */
  atOnce: Record<Lane, number>
  /** Runs the read of this name (see `LONG_READS`). Rejects with a fault, or with an error that describes an internal failure. */
  run(lane: Lane, name: string, args: readonly unknown[]): Promise<unknown>
  /** Ends running reads, and closes connections. */
  close(): Promise<void>
}
