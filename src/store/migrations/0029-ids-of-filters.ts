import { type Kysely, sql } from 'kysely'

interface FilterIndex {
  name: string
  columns: readonly string[]
  /** Which keys it has; all when absent. */
  only?: string
}

/** The indexes by which filters find keys. Each ends with the id, so that a list need not read the rows of these keys to sort them. */
const INDEXES: readonly FilterIndex[] = [
  { name: 'keys_access', columns: ['revoked', 'access', 'id'] },
  { name: 'keys_disabled', columns: ['revoked', 'id'], only: 'disabled = 1' },
  {
    name: 'keys_external_user',
    columns: ['external_user_id', 'revoked', 'id'],
    only: 'external_user_id is not null',
  },
  { name: 'keys_not_before', columns: ['revoked', 'not_before', 'id'], only: 'not_before is not null' },
  // Unchanged: of two indexes that seem to fit equally well, SQLite takes the one that was made last.
  {
    name: 'keys_unlimited',
    columns: ['revoked', 'id'],
    only: 'limit_daily is null and limit_weekly is null and limit_monthly is null and limit_total is null',
  },
]

/** Makes these indexes anew. */
export async function idsOfFilters(db: Kysely<unknown>): Promise<void> {
  for (const { name, columns, only } of INDEXES) {
    const which = only === undefined ? '' : ` where ${only}`
    await sql.raw(`drop index ${name}`).execute(db)
    await sql.raw(`create index ${name} on keys (${columns.join(', ')})${which}`).execute(db)
  }
}
