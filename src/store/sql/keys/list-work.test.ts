import { describe, expect, test } from 'bun:test'
import { MAX } from '../../../core/ground/bounds.ts'
import type { KeyQuery } from '../../../core/keys/queries.ts'
import type { UserId, WorkspaceId } from '../../../core/types.ts'
import { SQLITE_CAPABILITIES } from '../../sqlite/capabilities.ts'
import type { SqlDatabase } from '../base/database.ts'
import { filtersOf } from './key-filters.ts'
import { startInOrder } from './list-starts.ts'
import { rowsToRead } from './list-work.ts'

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
