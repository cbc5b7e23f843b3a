import type { Kysely } from 'kysely'

/** What a request did, or was denied, is found by its id; the order of the list is in the index, as with every other filter. */
export async function auditRequests(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('audit_request_id').on('audit').columns(['request_id', 'at', 'id']).execute()
}
