import { StoreOpenError } from './open-error.ts'
import { openPostgres } from './postgres.ts'
import { createSqlStore } from './sql.ts'
import { openSqlite } from './sqlite.ts'
import type { Store } from './store.ts'

/** What a store needs besides its address. */
export interface OpenOptions {
  /**
   * Called once when this process may no longer be the only one on the database: its lock's connection broke. The caller
   * should stop. Only PostgreSQL can lose its lock.
   */
  onLockLost?: (reason: string) => void
}

/**
 * Opens the store at `sqlite:PATH`, `sqlite::memory:` or `postgres://...`, and brings it to this program's schema. Throws
 * {@link StoreOpenError} with one line for the operator; no line ever holds a password.
 */
export async function openStore(databaseUrl: string, options: OpenOptions = {}): Promise<Store> {
  if (databaseUrl.startsWith('sqlite:')) {
    return createSqlStore(await openSqlite(databaseUrl.slice('sqlite:'.length)))
  }
  if (/^postgres(ql)?:/.test(databaseUrl)) {
    return createSqlStore(await openPostgres(databaseUrl, options.onLockLost ?? (() => {})))
  }
  throw new StoreOpenError('The database URL must start with "sqlite:" or "postgres://".')
}
