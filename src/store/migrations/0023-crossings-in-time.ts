import type { Kysely } from 'kysely'

const REST = ['kind', 'account_id', 'win', 'start', 'percent']

/** Indexes for the crossings of all records from a moment on: of every threshold, or of one. */
export async function crossingsInTime(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('crossings_in_time')
    .on('crossings')
    .columns(['at', ...REST])
    .execute()
  await db.schema
    .createIndex('crossings_of_threshold')
    .on('crossings')
    .columns(['percent', 'at', ...REST.filter((name) => name !== 'percent')])
    .execute()
}
