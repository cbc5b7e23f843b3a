import { type Kysely, sql } from 'kysely'
import { StoreOpenError } from '../open-error.ts'

/** Tells the lock of that version from those of other programs on the same database ("LATC" in ASCII). */
const LOCK_CLASS = 0x4c415443

/**
 * Refuses a database on which a process of a version runs that knows of no other nodes: it would not hear of what this one changes. Such
 * a process holds a session's lock; one that starts later is refused by the schema. Throws {@link StoreOpenError}.
 */
export async function requireNoOlderProcess<Tables>(db: Kysely<Tables>): Promise<void> {
  // Let go of again at the end of the statement.
  const { rows } = await sql<{ free: boolean }>`
    select pg_try_advisory_xact_lock_shared(${LOCK_CLASS}::int, hashtext(coalesce(current_schema(), ''))) as free`.execute(
    db,
  )
  if (rows[0]?.free !== false) return
  throw new StoreOpenError(
    'A Latchkey of an older version uses the database. It knows of no other processes: stop it, then start this one.',
  )
}
