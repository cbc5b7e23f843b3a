/**
 * Two kinds of long reads, which do not wait for each other: pages of lists, which take a few milliseconds each, and reports, which
 * may take as long as is allowed at all.
 */
export type Lane = 'lists' | 'reports'

/** Where long reads run: apart from everything that must not wait for them. */
export interface LongReads {
  /** How many reads of each lane may run at the same time. */
  atOnce: Record<Lane, number>
  /** Runs the read of this name (see `LONG_READS`). Rejects with a fault, or with an error that says what went wrong inside. */
  run(lane: Lane, name: string, args: readonly unknown[]): Promise<unknown>
  /** Ends what runs, and lets go of connections. */
  close(): Promise<void>
}
