import assert from 'node:assert/strict'
import {
  addKey,
  addUser,
  addWorkspace,
  DEFAULT_WORKSPACE,
  eventOf,
  idOf,
  NOON,
  patchKey,
  ROOT_KEY,
  ROOT_USER,
  revokeKey,
  secretNumber,
  seed,
} from '../../../test/support/records.ts'
import type { KeyQuery } from '../../core/keys/queries.ts'
import type { Key, KeyId, KeyStatus, UserId, WorkspaceId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import { type It, recordUsage } from './case.conformance.ts'

/** `listKeys`: its filters. */
export function keyListTests(it: It): void {
  it('listKeys > returns whole keys, and only those that are not revoked', async (store) => {
    await seed(store)
    const key = await addKey(store, 10, { labels: { env: 'prod' }, createdAt: NOON + 1 })
    await revokeKey(store, (await addKey(store, 11)).id)
    const { rows, next } = await store.listKeys({ sort: 'createdAt', limit: 10, at: NOON })
    assert.deepEqual(rows[0]?.key, key)
    assert.deepEqual(ids(rows.map((row) => row.key)), [idOf(10), ROOT_KEY])
    assert.equal(next, null)
  })

  it('listKeys > a key shows the secrets whose overlap lasts, the current one first', async (store) => {
    await seed(store)
    const old = secretNumber(9, { expiresAt: NOON + 5 })
    await addKey(store, 10, { secrets: [secretNumber(10), old], createdAt: NOON + 1 })
    const secretsAt = async (at: number) =>
      (await store.listKeys({ sort: 'createdAt', limit: 1, at })).rows[0]?.key.secrets
    assert.deepEqual(await secretsAt(NOON), [secretNumber(10), old])
    assert.deepEqual(await secretsAt(NOON + 5), [secretNumber(10)])
  })

  it('listKeys > filters by workspace, by owner, and by both, in every order', async (store) => {
    await seed(store)
    const user = await addUser(store, 5)
    const workspace = await addWorkspace(store, 6)
    await addKey(store, 10, { ownerId: user.id })
    await addKey(store, 11, { workspaceId: workspace.id })
    await addKey(store, 12, { ownerId: user.id, workspaceId: workspace.id })
    for (const sort of SORTS) {
      assert.deepEqual(await found(store, { sort, ownerId: user.id }), [10, 12])
      assert.deepEqual(await found(store, { sort, workspaceId: workspace.id }), [11, 12])
      assert.deepEqual(await found(store, { sort, workspaceId: DEFAULT_WORKSPACE }), [3, 10])
      assert.deepEqual(await found(store, { sort, ownerId: user.id, workspaceId: workspace.id }), [12])
      assert.deepEqual(await found(store, { sort, ownerId: idOf<UserId>(99) }), [])
      assert.deepEqual(await found(store, { sort, workspaceId: idOf<WorkspaceId>(99) }), [])
    }
  })

  it('listKeys > a key that moves to another workspace moves in every order', async (store) => {
    await seed(store)
    const workspace = await addWorkspace(store, 6)
    const key = await addKey(store, 10)
    await patchKey(store, key.id, { workspaceId: workspace.id })
    for (const sort of SORTS) {
      assert.deepEqual(await found(store, { sort, workspaceId: workspace.id }), [10])
      assert.deepEqual(await found(store, { sort, workspaceId: DEFAULT_WORKSPACE }), [3])
    }
  })

  it('listKeys > a revoked key leaves every order, and is among the revoked ones', async (store) => {
    await seed(store)
    await revokeKey(store, (await addKey(store, 10)).id)
    for (const sort of SORTS) {
      assert.deepEqual(await found(store, { sort }), [3])
      assert.deepEqual(await found(store, { sort, status: 'revoked' }), [10])
      assert.deepEqual(await found(store, { sort, status: 'revoked', ownerId: ROOT_USER }), [10])
    }
  })

  it('listKeys > filters by status at the given instant; a disabled owner disables its keys', async (store) => {
    await seed(store)
    const past = NOON - 1_000
    const ahead = NOON + 1_000
    await addKey(store, 10, { disabled: true })
    await addKey(store, 11, { disabled: true, expiresAt: past })
    await addKey(store, 12, { disabled: true, notBefore: ahead })
    await addKey(store, 13, { notBefore: ahead })
    await addKey(store, 14, { notBefore: ahead, expiresAt: ahead + 1 })
    await addKey(store, 15, { expiresAt: past })
    await addKey(store, 16, { expiresAt: NOON })
    await addKey(store, 17, { expiresAt: NOON + 1, notBefore: NOON })
    await addKey(store, 18, { notBefore: past })
    const owner = await addUser(store, 5, { disabled: true })
    await addKey(store, 20, { ownerId: owner.id })
    await addKey(store, 21, { ownerId: owner.id, expiresAt: past })
    await revokeKey(store, (await addKey(store, 22, { ownerId: owner.id })).id)
    await revokeKey(store, (await addKey(store, 19, { disabled: true, expiresAt: past })).id)
    const expected: Record<KeyStatus, number[]> = {
      active: [3, 17, 18],
      disabled: [10, 11, 12, 20, 21],
      expired: [15, 16],
      not_yet_valid: [13, 14],
      revoked: [19, 22],
    }
    for (const [status, numbers] of Object.entries(expected)) {
      for (const sort of SORTS) {
        assert.deepEqual(
          await found(store, { sort, status: status as KeyStatus }),
          numbers,
          `${status} by ${sort}`,
        )
      }
    }
    assert.deepEqual(await found(store, { status: 'active', at: ahead }), [3, 13, 14, 18])
    assert.deepEqual(await found(store, { status: 'expired', at: ahead + 1 }), [14, 15, 16, 17])
  })

  it('listKeys > can leave out disabled keys, whatever their status', async (store) => {
    await seed(store)
    await addKey(store, 10, { disabled: true, expiresAt: NOON - 1 })
    await addKey(store, 11, { expiresAt: NOON - 1 })
    await revokeKey(store, (await addKey(store, 12, { disabled: true })).id)
    await revokeKey(store, (await addKey(store, 13)).id)
    assert.deepEqual(await found(store, { includeDisabled: false }), [3, 11])
    assert.deepEqual(await found(store, { includeDisabled: true }), [3, 10, 11])
    assert.deepEqual(await found(store, { includeDisabled: false, status: 'revoked' }), [13])
  })

  it('listKeys > filters by access', async (store) => {
    await seed(store)
    await addKey(store, 10, { access: 'use' })
    await addKey(store, 11, { access: 'manage' })
    await revokeKey(store, (await addKey(store, 12, { access: 'use' })).id)
    assert.deepEqual(await found(store, { access: 'use' }), [10])
    assert.deepEqual(await found(store, { access: 'manage' }), [11])
    assert.deepEqual(await found(store, { access: 'full' }), [3])
    assert.deepEqual(await found(store, { access: 'use', status: 'revoked' }), [12])
  })

  it('listKeys > filters by the id of the customer, compared exactly', async (store) => {
    await seed(store)
    await addKey(store, 10, { externalUserId: 'crm-7' })
    await addKey(store, 11, { externalUserId: 'CRM-7' })
    await addKey(store, 12)
    await revokeKey(store, (await addKey(store, 13, { externalUserId: 'crm-7' })).id)
    for (const sort of SORTS) assert.deepEqual(await found(store, { externalUserId: 'crm-7', sort }), [10])
    assert.deepEqual(await found(store, { externalUserId: 'crm-7', status: 'revoked' }), [13])
    assert.deepEqual(await found(store, { externalUserId: '%' }), [])
    await patchKey(store, idOf(12), { externalUserId: 'crm-7' })
    await patchKey(store, idOf(10), { externalUserId: null })
    assert.deepEqual(await found(store, { externalUserId: 'crm-7' }), [12])
  })

  it('listKeys > filters by labels, all of which must be present', async (store) => {
    await seed(store)
    await addKey(store, 10, { labels: { env: 'prod', team: 'a' } })
    await addKey(store, 11, { labels: { env: 'prod', team: 'b' } })
    await addKey(store, 12, { labels: { env: 'Prod', 'env.prod': 'x' } })
    await addKey(store, 13, { labels: { env: '' } })
    const label = (name: string, value: string) => ({ name, value })
    assert.deepEqual(await found(store, { labels: [label('env', 'prod')] }), [10, 11])
    assert.deepEqual(await found(store, { labels: [label('env', 'prod'), label('team', 'b')] }), [11])
    assert.deepEqual(await found(store, { labels: [label('env', 'Prod')] }), [12])
    assert.deepEqual(await found(store, { labels: [label('env', '')] }), [13])
    assert.deepEqual(await found(store, { labels: [label('team', 'prod')] }), [])
    assert.deepEqual(await found(store, { labels: [] }), [3, 10, 11, 12, 13])
  })

  it('listKeys > finds changed labels by their new values only', async (store) => {
    await seed(store)
    const key = await addKey(store, 10, { labels: { env: 'old', gone: 'x', same: 'y' } })
    await patchKey(store, key.id, { labels: { env: 'new', same: 'y', added: 'z' } })
    const by = (name: string, value: string) => found(store, { labels: [{ name, value }] })
    assert.deepEqual(await by('env', 'old'), [])
    assert.deepEqual(await by('gone', 'x'), [])
    assert.deepEqual(await by('env', 'new'), [10])
    assert.deepEqual(await by('same', 'y'), [10])
    assert.deepEqual(await by('added', 'z'), [10])
  })

  it('listKeys > filters by unused since: never used, or last used before the instant', async (store) => {
    await seed(store)
    await addKey(store, 10)
    await addKey(store, 11)
    await store.recordUses([
      { keyId: idOf(10), at: NOON, count: 1 },
      { keyId: idOf(11), at: NOON - 1, count: 1 },
    ])
    assert.deepEqual(await found(store, { unusedSince: NOON }), [3, 11])
    assert.deepEqual(await found(store, { unusedSince: NOON + 1 }), [3, 10, 11])
    assert.deepEqual(await found(store, { unusedSince: 1 }), [3])
  })

  it('listKeys > filters by expires before: has an expiry, and it lies before the instant', async (store) => {
    await seed(store)
    await addKey(store, 10, { expiresAt: NOON })
    await addKey(store, 11, { expiresAt: NOON - 1 })
    assert.deepEqual(await found(store, { expiresBefore: NOON }), [11])
    assert.deepEqual(await found(store, { expiresBefore: NOON + 1 }), [10, 11])
    assert.deepEqual(await found(store, { expiresBefore: 253_402_300_799_999 }), [10, 11])
  })

  it('listKeys > applies all filters together', async (store) => {
    await seed(store)
    const user = await addUser(store, 5)
    const match: Partial<Key> = {
      ownerId: user.id,
      access: 'use',
      labels: { env: 'prod' },
      name: 'nightly export',
      externalUserId: 'crm-7',
      expiresAt: NOON + 10,
    }
    await addKey(store, 10, match)
    const misses: Partial<Key>[] = [
      { ownerId: ROOT_USER },
      { access: 'full' },
      { labels: { env: 'test' } },
      { name: 'export' },
      { externalUserId: 'crm-8' },
      { expiresAt: NOON + 20 },
      { disabled: true },
    ]
    for (const [index, miss] of misses.entries()) await addKey(store, 11 + index, { ...match, ...miss })
    await addKey(store, 30, match)
    await store.recordUses([{ keyId: idOf(30), at: NOON, count: 1 }])
    await recordUsage(store, [eventOf(idOf(10), 'e')])
    const query: Partial<KeyQuery> = {
      workspaceId: DEFAULT_WORKSPACE,
      ownerId: user.id,
      status: 'active',
      access: 'use',
      includeDisabled: false,
      labels: [{ name: 'env', value: 'prod' }],
      search: 'night exp',
      externalUserId: 'crm-7',
      unusedSince: NOON,
      expiresBefore: NOON + 15,
    }
    for (const sort of SORTS) assert.deepEqual(await found(store, { ...query, sort }), [10])
    for (const within of ['workspaceId', 'ownerId'] as const)
      for (const sort of SORTS) assert.deepEqual(await found(store, { ...query, sort, within }), [10])
  })
}

const SORTS = ['createdAt', 'lastUsedAt', 'expiresAt', 'spent'] as const

function ids(keys: Key[]): KeyId[] {
  return keys.map((key) => key.id)
}

/** The numbers of the found keys, in ascending order. */
async function found(store: Store, query: Partial<KeyQuery>): Promise<number[]> {
  const page = await store.listKeys({ sort: 'createdAt', limit: 100, at: NOON, ...query })
  return page.rows.map(({ key }) => Number(key.id.slice(-12))).sort((one, other) => one - other)
}
