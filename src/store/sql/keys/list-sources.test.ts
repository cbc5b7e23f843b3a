import { afterAll, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { NOON } from '../../../../test/support/records.ts'
import type { KeyQuery } from '../../../core/keys/queries.ts'
import { IN_MEMORY, openSqlite } from '../../sqlite/open.ts'
import { filtersOf } from './key-filters.ts'

const db = await openSqlite(IN_MEMORY, () => {})
afterAll(() => db.close())

const FILTERS: Partial<KeyQuery>[] = [
  { access: 'manage' },
  { externalUserId: 'customer' },
  { status: 'disabled' },
  { status: 'not_yet_valid' },
  { status: 'expired' },
  { unusedSince: NOON },
  { expiresBefore: NOON },
  { createdBefore: NOON },
  { neverExpires: true },
  { labels: [{ name: 'env', value: 'prod' }] },
]

test.each(FILTERS)('the ids of the keys that %j finds are read from an index alone', async (filter) => {
  for (const read of await readsOf(filter)) expect(read).toContain('USING COVERING INDEX')
})

test('keys without a limit are read by the index that has no others', async () => {
  expect(await readsOf({ unlimited: true })).toEqual(['SEARCH keys USING INDEX keys_unlimited (revoked=?)'])
})

/** How SQLite reads the tables of keys for a filter. */
async function readsOf(filter: Partial<KeyQuery>): Promise<string[]> {
  const query: KeyQuery = { sort: 'spent', limit: 100, at: NOON, ...filter }
  const [{ source } = { source: null }] = filtersOf(db, query, null)
  if (source === null) throw new Error('There is no index for it.')
  const { rows } = await sql<{ detail: string }>`
    explain query plan select ${sql.ref(source.keyId)} ${source.from}`.execute(db.writer)
  const reads = rows.map(({ detail }) => detail).filter((step) => / key(s|_totals|_labels)\b/.test(step))
  expect(reads.length).toBeGreaterThan(0)
  return reads
}
