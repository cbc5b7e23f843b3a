import assert from 'node:assert/strict'
import { addKey, addUser, idOf, NOON, ROOT_USER, revokeKey, seed } from '../../../test/support/records.ts'
import { keyStatus } from '../../core/keys/life.ts'
import type { KeySort } from '../../core/keys/queries.ts'
import type { Key, KeyStatus } from '../../core/types.ts'
import type { It } from './case.conformance.ts'

const SORTS: KeySort[] = ['createdAt', 'lastUsedAt', 'expiresAt', 'spent']
const STATUSES: KeyStatus[] = ['active', 'disabled', 'expired', 'not_yet_valid', 'revoked']
const INSTANTS = [null, NOON - 1, NOON, NOON + 1]

/** `listKeys`: the filter by status agrees with the domain's one rule for the status of a key. */
export function keyLifeTests(it: It): void {
  it('listKeys > each status finds exactly the keys that have it according to the core', async (store) => {
    await seed(store)
    const off = await addUser(store, 5, { disabled: true })
    const keys: Key[] = []
    for (const key of everyLife(off.id)) {
      const { revokedAt, ...made } = key
      keys.push(await addKey(store, 100 + keys.length, made))
      if (revokedAt !== null) await revokeKey(store, idOf(99 + keys.length))
    }
    for (const sort of SORTS) {
      const { rows } = await store.listKeys({ sort, limit: 200, at: NOON })
      const revoked = (await store.listKeys({ sort, limit: 200, at: NOON, status: 'revoked' })).rows
      const all = [...rows, ...revoked]
      assert.equal(all.length, keys.length + 1)
      for (const status of STATUSES) {
        const found = await store.listKeys({ sort, limit: 200, at: NOON, status })
        const said = all.filter((row) => keyStatus(row, NOON) === status)
        assert.ok(said.length > 0)
        assert.deepEqual(ids(found.rows), ids(said))
      }
    }
    console.log(`listKeys: ${keys.length} lives of keys, each asked for by ${STATUSES.length} statuses`)
  })
}

/** Every combination of the members that decide the status of a key, around noon. */
function everyLife(off: Key['ownerId']): Partial<Key>[] {
  return [ROOT_USER, off].flatMap((ownerId) =>
    [true, false].flatMap((disabled) =>
      [null, NOON].flatMap((revokedAt) =>
        INSTANTS.flatMap((notBefore) =>
          INSTANTS.map((expiresAt) => ({ ownerId, disabled, revokedAt, notBefore, expiresAt })),
        ),
      ),
    ),
  )
}

function ids(rows: readonly { key: Key }[]): string[] {
  return rows.map(({ key }) => key.id).sort()
}
