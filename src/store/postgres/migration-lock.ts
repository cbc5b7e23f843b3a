import { type Kysely, PostgresAdapter, sql } from 'kysely'

/** Tells the lock of migrations from those of other programs on the same database; Kysely's own number, so that older versions wait as well. */
const LOCK_ID = 3_853_314_791_062_309_107n

/**
 * Keeps all processes but one from changing the schema. Kysely holds a lock of the session around the transaction of the migration; behind a
 * pooler that would be another session for every statement, so nobody would be kept out and the lock never let go of. Here the
 * transaction begins with the lock: the `begin` that Kysely sends next finds it begun, and its end lets go.
 */
export class MigrationAdapter extends PostgresAdapter {
  // biome-ignore lint/suspicious/noExplicitAny: Kysely's own signature; nothing is asked of the tables.
  override async acquireMigrationLock(db: Kysely<any>): Promise<void> {
    // As Kysely begins it: another isolation could not be set any more.
    await sql`begin isolation level read committed read write`.execute(db)
    await sql`set local lock_timeout = 0`.execute(db)
    await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_ID)}::bigint)`.execute(db)
  }

  override async releaseMigrationLock(): Promise<void> {}
}
