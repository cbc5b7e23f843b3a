import { type Kysely, sql } from 'kysely'

/** The keys of a customer are found by what the customer is called elsewhere, also for a report of one customer. */
export async function externalUsers(db: Kysely<unknown>): Promise<void> {
  await sql`create index keys_external_user on keys (external_user_id, revoked) where external_user_id is not null`.execute(
    db,
  )
}
