import { StoreOpenError } from './open-error.ts'
import type { OpenOptions } from './open-options.ts'
import { createSqlStore } from './sql/store.ts'
import { openSqlite } from './sqlite/open.ts'
import type { Store } from './store.ts'

/**
 * Opens the store at `sqlite:PATH`, `sqlite::memory:` or `postgres://...`, and migrates it to this program's schema. Throws {@link
 * StoreOpenError} with one line for the operator; no line ever contains a password.
 */
export async function openStore(databaseUrl: string, options: OpenOptions = {}): Promise<Store> {
  const onBroken = options.onBroken ?? (() => {})
  if (databaseUrl.startsWith('sqlite:')) {
    return createSqlStore(await openSqlite(databaseUrl.slice('sqlite:'.length), onBroken, options))
  }
  if (/^postgres(ql)?:/.test(databaseUrl)) {
    // Its driver takes a tenth of the start, which a server on SQLite can save.
    const { openPostgres } = await import('./postgres/open.ts')
    return createSqlStore(await openPostgres(databaseUrl, options))
  }
  throw new StoreOpenError('The database URL must start with "sqlite:" or "postgres://".')
}
