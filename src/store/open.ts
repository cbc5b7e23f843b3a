import { StoreOpenError } from './open-error.ts'
import { openPostgres } from './postgres/open.ts'
import { createSqlStore } from './sql/store.ts'
import { openSqlite } from './sqlite/open.ts'
import type { Store } from './store.ts'

/** What a store needs besides its address. */
export interface OpenOptions {
  /**
   * Called once when this process can no longer keep its promises on the database: another may have taken it over, the
   * disk has lost a commit, or the thread that writes has ended. From then on every call fails; only a new process helps.
   */
  onBroken?: (reason: string) => void
  /** Hears what an operator should know: that the database is not to be relied on for now, and that it is again. */
  onNotice?: (what: string) => void
}

/**
 * Opens the store at `sqlite:PATH`, `sqlite::memory:` or `postgres://...`, and brings it to this program's schema. Throws
 * {@link StoreOpenError} with one line for the operator; no line ever holds a password.
 */
export async function openStore(databaseUrl: string, options: OpenOptions = {}): Promise<Store> {
  const onBroken = options.onBroken ?? (() => {})
  const onNotice = options.onNotice ?? (() => {})
  if (databaseUrl.startsWith('sqlite:')) {
    return createSqlStore(await openSqlite(databaseUrl.slice('sqlite:'.length), onBroken, onNotice))
  }
  if (/^postgres(ql)?:/.test(databaseUrl)) {
    return createSqlStore(await openPostgres(databaseUrl, onBroken))
  }
  throw new StoreOpenError('The database URL must start with "sqlite:" or "postgres://".')
}
