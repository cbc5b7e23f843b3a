import { type Kysely, sql } from 'kysely'

/** An index that finds the keys of a customer by the customer's id elsewhere, also for a report on one customer. */
export async function externalUsers(db: Kysely<unknown>): Promise<void> {
  await sql`create index keys_external_user on keys (external_user_id, revoked) where external_user_id is not null`.execute(
    db,
  )
}
