/** The options of a store besides its address. */
export interface OpenOptions {
  /**
   * Called once when this process can no longer keep its promises on the database: the
   * disk has lost a commit, or the thread that writes has ended. From then on every call fails; only a new process helps.
   */
  onBroken?: (reason: string) => void
  /** Keeps processes on one PostgreSQL database from waking each other; they then look for changes by themselves. */
  silent?: boolean
  /** Hears what an operator should know: that the database is not to be relied on for now, and that it is again. */
  onNotice?: (what: string) => void
  /** How much disk is kept beside a SQLite file, so that a revocation can be written when the rest is full; none unless given. */
  diskReserveBytes?: number
  /** Takes a database although later revisions than its last were answered from here. */
  acceptOlder?: boolean
  /** Where the highest revision that was answered from PostgreSQL is remembered; nowhere unless given. SQLite has it beside its file. */
  revisionFile?: string | null
}
