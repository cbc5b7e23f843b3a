import { Kysely } from 'kysely'
import { type ReadingDatabase, readingOn } from '../reading/reading-database.ts'
import type { Tables } from '../sql/base/tables.ts'
import { SQLITE_CAPABILITIES } from './capabilities.ts'
import { connectSqlite } from './connection.ts'
import { connectionOn } from './driver.ts'
import { engineHere } from './engine.ts'

/** The file, and the time limit of one read. */
export interface ReadingPlace {
  path: string
  limitMs: number
}

/** Opens a database file that has this program's schema, for reads in this thread. */
export function openForReading({ path, limitMs }: ReadingPlace): ReadingDatabase {
  const connection = connectSqlite({ path, readOnly: true, journal: 'wal' })
  const kysely = new Kysely<Tables>({ dialect: connectionOn(engineHere(connection)).dialect })
  return {
    db: readingOn(kysely, SQLITE_CAPABILITIES),
    startTime: () => connection.stopAfter(limitMs),
  }
}
