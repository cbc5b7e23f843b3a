import { setTimeout as pause } from 'node:timers/promises'
import type { Kysely, RawBuilder, SqlBool, Transaction } from 'kysely'
import { Fault, type FaultCode } from '../../../core/ground/faults.ts'
import type { Revision } from '../../../core/types.ts'
import type { NodeStore } from '../../nodes.ts'
import type { LongReads } from '../../reading/lanes.ts'
import type { RowForm, Step } from './row-forms.ts'
import type { Tables } from './tables.ts'

/** The meaning of a failed statement, from the engine's own error. */
export type SqlFailure =
  /** A unique column already holds the value; named `<table>_<column>`. */
  | { kind: 'taken'; constraint: string }
  /** A sum does not fit into 64 bits. */
  /** The engine gave way to another transaction; the same work may succeed when it is done again. */
  | { kind: 'conflict' }
  /** Somebody else holds the lock of a row, and has held it for too long. */
  | { kind: 'held_up' }
  /** The disk has no room for what is to be written. */
  | { kind: 'full' }
  /** The database cannot be reached, or cannot write. */
  | { kind: 'unavailable' }
  /** A read took longer than it may. */
  | { kind: 'late' }

/** Whether the disk has room, and the part of it that is kept for when it has none. */
export interface DiskSpace {
  /** True since a write found no room, until there is room again. */
  isFull(): boolean
  /** Must be called when a write found no room. */
  noteFull(): void
  /** Gives up what is kept, so that something can be written. */
  giveUp(): void
  /** Makes the best of the room that there is while the disk is full; for between two transactions. */
  makeBestOfIt(): Promise<void>
}

/** How processes on one database wake each other. Nothing rests on it. */
export interface OtherProcesses {
  /** Tells the others that something has changed; does not wait. */
  announce(): void
  /** See `NodeStore.onChange`. */
  onChange: NodeStore['onChange']
}

/** All that differs between SQLite and PostgreSQL, as few named capabilities. */
export interface SqlDatabase {
  /** Runs transactions that somebody waits for. */
  writer: Kysely<Tables>
  /** Runs those that nobody waits for, so that they keep nobody waiting either; the writer, where it is absent. */
  chores?: Kysely<Tables>
  /** Runs what the processes on the database tell each other, so that it waits for nothing else; the writer, where it is absent. */
  membership?: Kysely<Tables>
  /** How many changes of records run at once; one, where it is absent. */
  changesAtOnce?: number
  /** Runs reads outside transactions; never waits for an open write transaction where the engine can do so. */
  reader: Kysely<Tables>
  /** True where several transactions write at once, so that rows must be locked before they are decided on. */
  locksRows: boolean
  /** How a statement is run for many rows; used by `runSteps`. */
  rowForm: RowForm
  /**
   * Runs steps in one transaction: all of them, or none when one fails. False, and nothing written, when a step has
   * changed another number of rows than it must. A chore waits for all that is urgent.
   */
  runSteps(steps: readonly Step[], errand?: 'chore'): Promise<boolean>
  /**
   * The same for steps that are decided in the transaction itself, from what is locked and read in it. Nothing stays locked or
   * written when there are none. Null where one process writes, which decides before it begins.
   */
  runDecided: ((decide: (trx: Trx) => Promise<readonly Step[]>) => Promise<boolean>) | null
  /** A member of a member of a column that holds JSON, as text; null where there is none. */
  memberOf(column: RawBuilder<unknown>, outer: RawBuilder<unknown>, inner: string): RawBuilder<unknown>
  /**
   * True for every row of the table that the column is of, until the time of a long read is over, which ends the statement. Stands in
   * each statement that may read many rows.
   */
  inTime(column: RawBuilder<unknown>): RawBuilder<SqlBool>
  /** True for rows whose column holds one of the texts, or of the numbers: one statement for any number of them. */
  oneOf(column: RawBuilder<unknown>, values: readonly string[] | readonly number[]): RawBuilder<SqlBool>
  /** True where the text of the column has this part, compared byte by byte. */
  contains(column: RawBuilder<unknown>, part: string): RawBuilder<SqlBool>
  /**
   * True for rows for which a query finds something; it looks at the row and is asked for each, through an index, never for all rows at once.
   */
  findsForEach(query: RawBuilder<unknown>): RawBuilder<SqlBool>
  /**
   * Joins a table row by row: for each row of the tables before it those that meet the condition, through an index, and never
   * the other way round.
   */
  besideEach(table: RawBuilder<unknown>, condition: RawBuilder<unknown>): RawBuilder<unknown>
  /** Runs the reads that may be long apart from all others; null where they run like those. */
  longReads: LongReads | null
  /** Another text for each start of the database's server, and for each server that has taken over. */
  incarnation: RawBuilder<string>
  /** Says what an error of the engine means; null for one that it does not know. */
  failureOf(error: unknown): SqlFailure | null
  /** Absent where no disk is kept: every write is then tried. */
  disk?: DiskSpace
  /** Fails unless this process may still use the database. */
  requireOwnership(): void
  /** Called with the revision of a change that has committed, before it is answered; absent where nothing needs it. */
  willAnswer?(revision: Revision): Promise<void>
  /** Present where other processes may use the database at the same time. */
  others?: OtherProcesses
  /** Lets go of connections, files and locks. */
  close(): Promise<void>
}

/** A transaction on our tables. */
export type Trx = Transaction<Tables>

/** How often a transaction is tried before the database counts as unavailable. */
const ATTEMPTS = 8
const PAUSE_MS = 10

/**
 * Runs `work` in one write transaction: all of it happens or none. Where the engine asks for it, `work` runs again, so it
 * must not do anything outside the transaction.
 */
export function transact<T>(db: SqlDatabase, work: (trx: Trx) => Promise<T>): Promise<T> {
  return transactOn(db.writer, db, work)
}

/** The same for work that nobody waits for. It must be short: what is urgent waits for the one that has begun. */
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
      // Two that gave way to each other must not meet again at once.
      await pause(Math.random() * PAUSE_MS * attempt)
    }
  }
}

/** Runs several reads that see the database as of one moment. */
export function snapshot<T>(db: SqlDatabase, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db.reader.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work)
}

const TAKEN: Record<string, FaultCode> = {
  keys_id: 'key_id_taken',
  secrets_digest: 'secret_taken',
  users_id: 'user_id_taken',
  users_username_folded: 'username_taken',
  users_email_folded: 'email_taken',
  workspaces_id: 'workspace_id_taken',
  workspaces_slug: 'slug_taken',
}

/** The fault that an error of the engine stands for; any other error comes back as it is. */
export function asFault(db: SqlDatabase, error: unknown): unknown {
  const failure = db.failureOf(error)
  if (failure === null) return error
  if (failure.kind === 'full') db.disk?.noteFull()
  const code = codeOf(failure)
  if (code === null) return error
  const heldUp = failure.kind === 'held_up' ? { heldUp: true as const } : {}
  return new Fault(code, { internal: String(error), ...heldUp }, { cause: error })
}

function codeOf(failure: SqlFailure): FaultCode | null {
  switch (failure.kind) {
    case 'taken':
      return TAKEN[failure.constraint] ?? null
    case 'conflict':
    case 'held_up':
    case 'full':
    case 'unavailable':
      return 'store_unavailable'
    case 'late':
      return 'read_too_long'
  }
}

/** Refuses what can wait while the disk is full, so that what cannot still finds room. Throws `store_unavailable`. */
export function requireRoom(db: SqlDatabase): void {
  if (db.disk?.isFull()) throw new Fault('store_unavailable', { internal: 'The disk is full.' })
}

/** The same for a change that may cut somebody off, which gets the disk that was kept for it. */
export function requireRoomUnless(db: SqlDatabase, cutsOff: boolean): void {
  if (!cutsOff) requireRoom(db)
  else if (db.disk?.isFull()) db.disk.giveUp()
}

/** Refuses texts that PostgreSQL cannot store and SQLite would change; both engines thus behave alike. */
export function requireStorableTexts(parameters: readonly unknown[]): void {
  for (const value of parameters) {
    if (typeof value === 'string' && (value.includes('\u0000') || !value.isWellFormed())) {
      throw new Fault('input_invalid', { message: 'Texts must not hold U+0000 or half of a surrogate pair.' })
    }
  }
}
