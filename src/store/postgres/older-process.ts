import { type Kysely, sql } from 'kysely'
import { StoreOpenError } from '../open-error.ts'

/** Distinguishes the lock of that version from the locks of other programs on the same database ("LATC" in ASCII). */
const LOCK_CLASS = 0x4c415443

/**
 * Refuses a database that a process of a version without support for nodes uses: it would not notice the changes of this one. Such a
 * process holds a lock of its session; one that starts later is refused by the schema. Throws {@link StoreOpenError}.
 */
export async function requireNoOlderProcess<Tables>(db: Kysely<Tables>): Promise<void> {
  // The lock is released at the end of the statement.
  const { rows } = await sql<{ free: boolean }>`
    select pg_try_advisory_xact_lock_shared(${LOCK_CLASS}::int, hashtext(coalesce(current_schema(), ''))) as free`.execute(
    db,
  )
  if (rows[0]?.free !== false) return
  throw new StoreOpenError(
    'A Latchkey of an older version uses the database. It knows of no other processes: stop it, then start this one.',
  )
}
