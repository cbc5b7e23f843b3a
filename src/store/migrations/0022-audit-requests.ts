import type { Kysely } from 'kysely'

/** An index that finds the audit entries of a request by its id. It has the order of the list, as the index of every other filter. */
export async function auditRequests(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('audit_request_id').on('audit').columns(['request_id', 'at', 'id']).execute()
}
