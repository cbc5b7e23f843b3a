import type { Kysely } from 'kysely'
import type { SqlDatabase } from '../sql/base/database.ts'
import type { Tables } from '../sql/base/tables.ts'

/** A database that is only read. */
export interface ReadingDatabase {
  db: SqlDatabase
  /** Starts the time limit of a read. */
  startTime(): void
}

/** The members of a database by which it is written, locked and closed. */
type ForWriting = 'writer' | 'reader' | 'runSteps' | 'runDecided' | 'longReads' | 'requireOwnership' | 'close'

/** A database on these connections, with the capabilities of its engine; an attempt to write fails. */
export function readingOn(kysely: Kysely<Tables>, engine: Omit<SqlDatabase, ForWriting>): SqlDatabase {
  return {
    ...engine,
    writer: kysely,
    reader: kysely,
    runSteps: () => Promise.reject(new Error('Nothing is written here.')),
    runDecided: null,
    longReads: null,
    requireOwnership() {},
    close: () => kysely.destroy(),
  }
}
