import { DatabaseSync } from 'node:sqlite'
import { StoreOpenError } from '../open-error.ts'

/**
 * Keeps other processes from opening the same database file. It holds an exclusive transaction on `<path>.lock`, which is a SQLite
 * database itself. The operating system releases that lock when the process ends, however it ends. Throws {@link StoreOpenError} when
 * another process holds it.
 */
export function lockFile(path: string): { release(): void } {
  const database = new DatabaseSync(`${path}.lock`)
  try {
    database.exec('begin exclusive')
  } catch (error) {
    database.close()
    if (!String(error).includes('locked')) throw error
    throw new StoreOpenError(`${path} is in use by another Latchkey process. Stop that one first.`, {
      cause: error,
    })
  }
  // The file stays. If it were removed, a third process could lock a new file while a second one still holds the old.
  return { release: () => database.close() }
}
