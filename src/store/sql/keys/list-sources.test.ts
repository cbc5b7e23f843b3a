import { afterAll, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { NOON } from '../../../../test/support/records.ts'
import type { KeyQuery } from '../../../core/keys/queries.ts'
import { IN_MEMORY, openSqlite } from '../../sqlite/open.ts'
import { filtersOf, type KeySource } from './key-filters.ts'
import { startAtFew } from './list-starts.ts'

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

test.each(['createdAt', 'expiresAt'] as const)(
  'the keys of a customer are sorted by %s without their rows',
  async (sort) => {
    const query: KeyQuery = { sort, limit: 100, at: NOON, externalUserId: 'customer' }
    const { tables, others, order } = startAtFew(db, query, sourceOf(query))
    const { rows } = await sql<{ detail: string }>`
    explain query plan select ${sql.ref(order.value)}, ${sql.ref(order.id)} from ${tables(new Set())}
    where ${sql.join(others, sql` and `)}`.execute(db.writer)
    const [read] = rows.filter(({ detail }) => detail.includes(' keys '))
    expect(read?.detail).toContain('USING COVERING INDEX keys_external_user')
  },
)

/** How SQLite reads the tables of keys for a filter. */
async function readsOf(filter: Partial<KeyQuery>): Promise<string[]> {
  const query: KeyQuery = { sort: 'spent', limit: 100, at: NOON, ...filter }
  const source = sourceOf(query)
  const { rows } = await sql<{ detail: string }>`
    explain query plan select ${sql.ref(source.keyId)} ${source.from}`.execute(db.writer)
  const reads = rows.map(({ detail }) => detail).filter((step) => / key(s|_totals|_labels)\b/.test(step))
  expect(reads.length).toBeGreaterThan(0)
  return reads
}

function sourceOf(query: KeyQuery): KeySource {
  const [{ source } = { source: null }] = filtersOf(db, query, null)
  if (source === null) throw new Error('There is no index for it.')
  return source
}
