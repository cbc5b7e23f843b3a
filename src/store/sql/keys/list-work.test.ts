import { describe, expect, test } from 'bun:test'
import { MAX } from '../../../core/ground/bounds.ts'
import type { KeyQuery } from '../../../core/keys/queries.ts'
import type { UserId, WorkspaceId } from '../../../core/types.ts'
import { SQLITE_CAPABILITIES } from '../../sqlite/capabilities.ts'
import type { SqlDatabase } from '../base/database.ts'
import { filtersOf } from './key-filters.ts'
import { startAtIds, startInOrder } from './list-starts.ts'
import { lookUpsToSort, rowsToRead } from './list-work.ts'

// Only the SQL texts are made, so nothing else of a database is needed.
const db = SQLITE_CAPABILITIES as unknown as SqlDatabase
const WORKSPACE: Partial<KeyQuery> = { workspaceId: 'w' as WorkspaceId }
const OWNER: Partial<KeyQuery> = { ownerId: 'o' as UserId }

function rowsOf(filter: Partial<KeyQuery>): number {
  const query: KeyQuery = { sort: 'createdAt', limit: 100, at: 5, ...filter }
  const by = query.workspaceId === undefined ? null : 'workspaceId'
  return rowsToRead(startInOrder(db, query, by), filtersOf(db, query, null))
}

describe('the rows that a page may read in the order of its list', () => {
  test('are the most where each is decided by the index that is read', () => {
    expect(rowsOf({})).toBe(MAX.listRowsRead)
    expect(rowsOf({ createdBefore: 5 })).toBe(MAX.listRowsRead)
    expect(rowsOf({ sort: 'lastUsedAt', unusedSince: 5 })).toBe(MAX.listRowsRead)
    expect(rowsOf({ ...WORKSPACE, includeDisabled: false })).toBe(MAX.listRowsRead)
  })

  test.each<[string, Partial<KeyQuery>, number]>([
    ['the row of the key', { access: 'use' }, 1],
    ['the row of the key, for two conditions', { access: 'use', externalUserId: 'x' }, 1],
    ['the row of the key, for its owner beside the workspace that is read', { ...WORKSPACE, ...OWNER }, 1],
    ['the row of the key by its id', { sort: 'spent', access: 'use' }, 2],
    ['the row of its totals', { unusedSince: 5 }, 1],
    ['the row of its totals, in another order of them', { sort: 'spent', unusedSince: 5 }, 1],
    ['its row and its owner', { sort: 'expiresAt', status: 'active' }, 2],
    ['its row by its id, and its owner', { sort: 'lastUsedAt', status: 'disabled' }, 3],
    [
      'two labels',
      {
        labels: [
          { name: 'a', value: 'b' },
          { name: 'c', value: 'd' },
        ],
      },
      2,
    ],
    ['its crossings', { sort: 'spent', nearLimit: true }, 1],
  ])('are fewer when each costs a look-up of %s', (_name, filter, lookUps) => {
    expect(rowsOf(filter)).toBe(Math.min(MAX.listRowsRead, Math.floor(MAX.listLookUps / lookUps)))
  })

  test('still fill a page when every filter is asked for', () => {
    const everything: Partial<KeyQuery> = {
      ...WORKSPACE,
      ...OWNER,
      sort: 'spent',
      status: 'active',
      access: 'use',
      unusedSince: 5,
      nearLimit: true,
      labels: Array.from({ length: 10 }, (_, n) => ({ name: `l${n}`, value: 'x' })),
    }
    expect(rowsOf(everything)).toBeGreaterThan(200)
  })
})

describe('the keys that are looked up by their ids, once a few matches are sorted', () => {
  function keysOf(filter: Partial<KeyQuery>, { isScoped = true, spent = 0 } = {}): number {
    const query: KeyQuery = { sort: 'spent', limit: 100, at: 5, ...filter }
    return rowsToRead(startAtIds(db, query, { ids: [], isScoped }), filtersOf(db, query, null), spent)
  }
  const LABEL: Partial<KeyQuery> = { labels: [{ name: 'a', value: 'b' }] }

  test.each<[string, Partial<KeyQuery>, number]>([
    ['the label alone', LABEL, 1],
    ['the row of the key by its id', { access: 'use' }, 2],
    ['the totals', { unusedSince: 5 }, 1],
    [
      'the row with the column of the order, which is not known here',
      { sort: 'expiresAt', expiresBefore: 5 },
      2,
    ],
  ])('are as many as %s permits', (_name, filter, lookUps) => {
    expect(keysOf(filter)).toBe(Math.min(MAX.listRowsRead, Math.floor(MAX.listLookUps / lookUps)))
  })

  test('need the row of their order where its workspace is not known yet', () => {
    expect(keysOf(LABEL, { isScoped: false })).toBe(Math.floor(MAX.listLookUps / 2))
  })

  test('are fewer by what sorting has cost, but never fewer than half', () => {
    expect(keysOf(LABEL, { spent: 1_000 })).toBe(MAX.listLookUps - 1_000)
    expect(keysOf(LABEL, { spent: 1_000_000 })).toBe(MAX.listLookUps / 2)
  })

  test('cost the sorting what leads from their index to the column of the order', () => {
    const costOf = (sort: KeyQuery['sort'], filter: Partial<KeyQuery>) => {
      const query: KeyQuery = { sort, limit: 100, at: 5, ...filter }
      const [{ source } = { source: null }] = filtersOf(db, query, null)
      return source === null ? null : lookUpsToSort(query, source, 100)
    }
    expect(costOf('createdAt', LABEL)).toBe(0)
    expect(costOf('spent', LABEL)).toBe(100)
    expect(costOf('expiresAt', LABEL)).toBe(200)
    expect(costOf('createdAt', { externalUserId: 'x' })).toBe(100)
    expect(costOf('spent', { externalUserId: 'x' })).toBe(100)
    expect(costOf('spent', { unlimited: true })).toBe(200)
  })
})
