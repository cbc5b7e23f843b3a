import { DatabaseSync } from 'node:sqlite'
import { StoreOpenError } from '../open-error.ts'

/**
 * Keeps every other process from opening the same database file: holds `<path>.lock`, itself a SQLite database, with an
 * exclusive transaction. The operating system lets go of it when the process ends, however it ends. Throws
 * {@link StoreOpenError} when somebody else holds it.
 */
export function lockFile(path: string): { release(): void } {
  const database = new DatabaseSync(`${path}.lock`)
  try {
    database.exec('begin exclusive')
  } catch (error) {
    database.close()
    if (!String(error).includes('locked')) throw error
    throw new StoreOpenError(`${path} is in use by another Latchkey process.`, { cause: error })
  }
  // The file stays: removing it would let a third process lock a new one while a second still holds the old.
  return { release: () => database.close() }
}
