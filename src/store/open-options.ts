/** The options of a store besides its address. */
export interface OpenOptions {
  /**
   * Called once when this process can no longer keep its promises on the database: the
   * disk has lost a commit, or the thread that writes has ended. From then on every call fails; only a new process helps.
   */
  onBroken?: (reason: string) => void
  /** Keeps processes on one PostgreSQL database from waking each other; they then poll for changes. */
  silent?: boolean
  /** Called with messages for the operator: that the database is not reliable at present, and that it is again. */
  onNotice?: (what: string) => void
  /** True for a server, to which strangers connect: it starts soon what it may not be able to start once they have. */
  isServer?: boolean
  /** The disk space reserved beside a SQLite file, so that a revocation can be written when the disk is full; none when absent. */
  diskReserveBytes?: number
  /** Accepts a database that lacks revisions that were answered from here. */
  acceptOlder?: boolean
  /** The file that keeps the highest revision that was answered from PostgreSQL; none when absent. SQLite has it beside its file. */
  revisionFile?: string | null
}
