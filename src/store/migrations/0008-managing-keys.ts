import { type Kysely, sql } from 'kysely'

/** An index of the keys with which an owner can manage, those that never expire first. It is read before one of them is lost. */
export async function managingKeys(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index keys_managing on keys (owner_id, expires_at)
    where access <> 'use' and revoked = 0 and disabled = 0`.execute(db)
}
