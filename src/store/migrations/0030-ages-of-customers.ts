import { type Kysely, sql } from 'kysely'

/**
 * Adds the two times by which a list is ordered to the index of a customer's keys, so that a customer with thousands of them is sorted
 * without their rows.
 */
export async function agesOfCustomers(db: Kysely<unknown>): Promise<void> {
  await sql`drop index keys_external_user`.execute(db)
  const columns = sql.raw('external_user_id, revoked, id, created_at, expires_at')
  const only = sql.raw('external_user_id is not null')
  await sql`create index keys_external_user on keys (${columns}) where ${only}`.execute(db)
}
