import { setTimeout as pause } from 'node:timers/promises'
import type { Kysely, RawBuilder, SqlBool, Transaction } from 'kysely'
import { Fault, type FaultCode, type FaultDetails } from '../../../core/ground/faults.ts'
import type { Revision } from '../../../core/types.ts'
import type { NodeStore } from '../../nodes.ts'
import type { LongReads } from '../../reading/lanes.ts'
import type { RowForm, Step } from './row-forms.ts'
import type { Tables } from './tables.ts'

/** The meaning of a failed statement, from the engine's own error. */
export type SqlFailure =
  /** A unique column already holds the value; named `<table>_<column>`. */
  | { kind: 'taken'; constraint: string }
  /** The engine aborted the transaction in favour of another; a retry may succeed. */
  | { kind: 'conflict' }
  /** Another transaction has held the lock of a row for too long. */
  | { kind: 'held_up' }
  /** Another program has held the lock of the whole database for too long. */
  | { kind: 'locked' }
  /** The disk has no room for the write. */
  | { kind: 'full' }
  /** The database cannot be reached, or cannot write. */
  | { kind: 'unavailable' }
  /** A read exceeded its time limit. */
  | { kind: 'late' }

/** The state of the disk, and its reserve for the time when it is full. */
export interface DiskSpace {
  /** True from the first write that finds no room until there is room again. */
  isFull(): boolean
  /** Must be called when a write found no room. */
  noteFull(): void
  /** Gives up the reserve, so that something can be written. */
  giveUp(): void
  /** Frees as much room as possible while the disk is full; must be called between two transactions. */
  makeBestOfIt(): Promise<void>
}

/** How processes on one database wake each other. Correctness does not depend on it. */
export interface OtherProcesses {
  /** Notifies the others of a change; does not wait. */
  announce(): void
  /** See `NodeStore.onChange`. */
  onChange: NodeStore['onChange']
}

/** How steps are run. */
export interface RunOptions {
  errand?: 'chore'
  /** Whether they may still be run; asked when their transaction begins. They may when absent. */
  stands?: (() => boolean) | undefined
}

/** All differences between SQLite and PostgreSQL, as a few named capabilities. */
export interface SqlDatabase {
  /** Runs transactions that somebody waits for. */
  writer: Kysely<Tables>
  /** Runs transactions that nobody waits for, so that they do not delay the others; the writer when absent. */
  chores?: Kysely<Tables>
  /** Runs the messages between the processes on the database, so that they do not wait for other work; the writer when absent. */
  membership?: Kysely<Tables>
  /**
   * As a column of a statement of `membership`: its commit waits for this server's disk, which other commits there do not. Absent where
   * every commit does.
   */
  waitsForDisk?: RawBuilder<unknown>
  /** The number of changes of records that run at the same time; one when absent. */
  changesAtOnce?: number
  /** Runs reads outside transactions; does not wait for an open write transaction if the engine permits it. */
  reader: Kysely<Tables>
  /** True where several transactions write at the same time, so that rows must be locked before a decision about them. */
  locksRows: boolean
  /** The way to run a statement for many rows; used by `runSteps`. */
  rowForm: RowForm
  /**
   * Runs steps in one transaction: all of them, or none when one fails. Returns false and writes nothing when a step has changed a
   * different number of rows than it must, or when what was decided does not stand any more in the turn of the event loop in which the transaction
   * begins. A chore waits for all urgent work.
   */
  runSteps(steps: readonly Step[], options?: RunOptions): Promise<boolean>
  /**
   * The same for steps that are decided in the transaction itself, from the rows that it locks and reads. Without steps it is rolled
   * back, which releases the locks. Null where one process writes: it decides before the transaction begins.
   */
  runDecided: ((decide: (trx: Trx) => Promise<readonly Step[]>) => Promise<boolean>) | null
  /** A member of a member of a JSON column, as text; null when there is none. */
  memberOf(column: RawBuilder<unknown>, outer: RawBuilder<unknown>, inner: string): RawBuilder<unknown>
  /**
   * True for every row of the column's table until the time limit of a long read is exceeded, which ends the statement. Every statement
   * that may read many rows contains it.
   */
  inTime(column: RawBuilder<unknown>): RawBuilder<SqlBool>
  /** True for rows whose column has one of the texts or numbers: one statement for any number of them. */
  oneOf(column: RawBuilder<unknown>, values: readonly string[] | readonly number[]): RawBuilder<SqlBool>
  /** A table in a FROM that has one row for each of these texts, in this column. It needs a name. */
  listed(texts: readonly string[], column: string): RawBuilder<unknown>
  /** True where the text of the column contains this part, compared byte by byte. */
  contains(column: RawBuilder<unknown>, part: string): RawBuilder<SqlBool>
  /**
   * True for rows for which a query finds something. The query refers to the row and runs for each, through an index, never for all rows
   * at once.
   */
  findsForEach(query: RawBuilder<unknown>): RawBuilder<SqlBool>
  /**
   * Joins a table row by row: for each row of the preceding tables it finds the rows that meet the condition, through an index, never the
   * other way round.
   */
  besideEach(table: RawBuilder<unknown>, condition: RawBuilder<unknown>): RawBuilder<unknown>
  /** A table in a FROM that is read by this index, where the engine can be told. */
  readBy(table: string, index: string): RawBuilder<unknown>
  /**
   * True where the engine chooses an index by what it believes about the values. Of a column that equals a value it knows that it orders
   * nothing, so it may read all rows by the index of the columns that follow, though the rows with the value come last. There such a
   * condition is a range, and the column part of the order, which only the right index has.
   */
  estimates: boolean
  /** Runs the reads that may be long separately from all others; null where they run like the others. */
  longReads: LongReads | null
  /** A text that differs for each start of the database's server, and for each server that has taken over. */
  incarnation: RawBuilder<string>
  /** The meaning of an error of the engine; null for an unknown one. */
  failureOf(error: unknown): SqlFailure | null
  /** Absent where no disk space is reserved: every write is then tried. */
  disk?: DiskSpace
  /** Throws unless this process may still use the database. */
  requireOwnership(): void
  /** Called with the revision of a committed change before it is answered; absent where nothing needs it. */
  willAnswer?(revision: Revision): Promise<void>
  /** Present where other processes may use the database at the same time. */
  others?: OtherProcesses
  /** Closes connections and files, and releases locks. */
  close(): Promise<void>
}

/** A transaction on our tables. */
export type Trx = Transaction<Tables>

/** The number of attempts of a transaction before the database counts as unavailable. */
const ATTEMPTS = 8
const PAUSE_MS = 10

/**
 * Runs `work` in one write transaction: all of it happens or none. After a conflict `work` runs again, so it must not do anything outside
 * the transaction.
 */
export function transact<T>(db: SqlDatabase, work: (trx: Trx) => Promise<T>): Promise<T> {
  return transactOn(db.writer, db, work)
}

/** The same for work that nobody waits for. It must be short, because urgent work waits for it once it has begun. */
export function transactLater<T>(db: SqlDatabase, work: (trx: Trx) => Promise<T>): Promise<T> {
  return transactOn(db.chores ?? db.writer, db, work)
}

/** Runs `work` in one write transaction of this connection or pool. */
export async function transactOn<T>(
  on: Kysely<Tables>,
  db: SqlDatabase,
  work: (trx: Trx) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await on.transaction().setIsolationLevel('read committed').execute(work)
    } catch (error) {
      if (attempt === ATTEMPTS || db.failureOf(error)?.kind !== 'conflict') throw error
      // Two transactions that conflicted must not meet again at once.
      await pause(Math.random() * PAUSE_MS * attempt)
    }
  }
}

/** Runs several reads that see the same moment of the database. */
export function snapshot<T>(db: SqlDatabase, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db.reader.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work)
}

const LOCKED = 'Another program has locked the database. Try again shortly.'

const TAKEN: Record<string, FaultCode> = {
  keys_id: 'key_id_taken',
  secrets_digest: 'secret_taken',
  users_id: 'user_id_taken',
  users_username_folded: 'username_taken',
  users_email_folded: 'email_taken',
  workspaces_id: 'workspace_id_taken',
  workspaces_slug: 'slug_taken',
}

/** The fault for an error of the engine; any other error is returned unchanged. */
export function asFault(db: SqlDatabase, error: unknown): unknown {
  const failure = db.failureOf(error)
  if (failure === null) return error
  if (failure.kind === 'full') db.disk?.noteFull()
  const code = codeOf(failure)
  if (code === null) return error
  return new Fault(code, { internal: String(error), ...detailsOf(failure) }, { cause: error })
}

function detailsOf({ kind }: SqlFailure): FaultDetails {
  if (kind === 'held_up') return { heldUp: true }
  return kind === 'locked' ? { message: LOCKED, allLocked: true } : {}
}

function codeOf(failure: SqlFailure): FaultCode | null {
  switch (failure.kind) {
    case 'taken':
      return TAKEN[failure.constraint] ?? null
    case 'conflict':
    case 'held_up':
    case 'locked':
    case 'full':
    case 'unavailable':
      return 'store_unavailable'
    case 'late':
      return 'read_too_long'
  }
}

/** Refuses a write that can wait while the disk is full, so that urgent changes still find room. Throws `store_unavailable`. */
export function requireRoom(db: SqlDatabase): void {
  if (db.disk?.isFull()) throw new Fault('store_unavailable', { internal: 'The disk is full.' })
}

/** The same, except for a change that takes access away: it gets the reserve. */
export function requireRoomUnless(db: SqlDatabase, cutsOff: boolean): void {
  if (!cutsOff) requireRoom(db)
  else if (db.disk?.isFull()) db.disk.giveUp()
}

/** Refuses texts that PostgreSQL cannot store and SQLite would change, so that both engines behave alike. */
export function requireStorableTexts(parameters: readonly unknown[]): void {
  for (const value of parameters) {
    if (typeof value === 'string' && (value.includes('\u0000') || !value.isWellFormed())) {
      throw new Fault('input_invalid', { message: 'Texts must not hold U+0000 or half of a surrogate pair.' })
    }
  }
}
