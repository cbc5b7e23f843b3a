import { type Kysely, PostgresAdapter, sql } from 'kysely'

/**
 * Distinguishes the lock of migrations from the locks of other programs on the same database. It is Kysely's own number, so older
 * versions wait for it as well.
 */
const LOCK_ID = 3_853_314_791_062_309_107n

/**
 * Keeps all processes but one from changing the schema. Kysely takes a lock of the session around the transaction of the migrations;
 * behind a pooler every statement could have another session, so that lock would exclude nobody and never be released. Here the
 * transaction begins with the lock; the `begin` that Kysely sends next finds it begun, and its end releases the lock.
 */
export class MigrationAdapter extends PostgresAdapter {
  // biome-ignore lint/suspicious/noExplicitAny: Kysely's own signature; nothing is asked of the tables.
  override async acquireMigrationLock(db: Kysely<any>): Promise<void> {
    // Begins it as Kysely does, because the isolation cannot be changed later.
    await sql`begin isolation level read committed read write`.execute(db)
    await sql`set local lock_timeout = 0`.execute(db)
    await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_ID)}::bigint)`.execute(db)
  }

  override async releaseMigrationLock(): Promise<void> {}
}
