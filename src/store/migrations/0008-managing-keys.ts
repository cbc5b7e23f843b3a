import { type Kysely, sql } from 'kysely'

/** The keys by which an owner could manage, those first that never expire: asked before one of them is lost. */
export async function managingKeys(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index keys_managing on keys (owner_id, expires_at)
    where access <> 'use' and revoked = 0 and disabled = 0`.execute(db)
}
