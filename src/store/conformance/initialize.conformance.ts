import assert from 'node:assert/strict'
import {
  actAt,
  addUser,
  auditOf,
  DEFAULT_WORKSPACE,
  keyNumber,
  NOON,
  ROOT_KEY,
  ROOT_USER,
  seed,
  userNumber,
  workspaceNumber,
} from '../../../test/support/records.ts'
import type { KeyId } from '../../core/types.ts'
import type { FirstRecords } from '../foundation.ts'
import { type It, wholeAudit } from './case.conformance.ts'

const CALLERS = 20

/** `initialize`, `isInitialized`, `revision`. */
export function initializeTests(it: It): void {
  it('revision > is 0 for an empty store', async (store) => {
    assert.equal(await store.revision(), 0)
    assert.equal(await store.isInitialized(), false)
  })

  it('initialize > writes user, workspace and key as revisions 1 to 3', async (store) => {
    await seed(store)
    assert.equal(await store.revision(), 3)
    assert.equal((await store.findUser({ id: ROOT_USER }))?.revision, 1)
    assert.equal((await store.findWorkspace({ id: DEFAULT_WORKSPACE }))?.revision, 2)
    assert.equal((await store.findKey({ id: ROOT_KEY }, NOON))?.revision, 3)
    const entries = await wholeAudit(store)
    assert.deepEqual(
      entries.map((entry) => [
        entry.revision,
        entry.target.kind,
        entry.target.id,
        entry.outcome,
        entry.actorUserId,
      ]),
      [
        [1, 'user', ROOT_USER, 'done', null],
        [2, 'workspace', DEFAULT_WORKSPACE, 'done', null],
        [3, 'key', ROOT_KEY, 'done', null],
      ],
    )
  })

  it('initialize > a second call writes nothing and returns false', async (store) => {
    assert.equal(await store.initialize(recordsFrom(10), actAt()), true)
    assert.equal(await store.isInitialized(), true)
    assert.equal(await store.initialize(recordsFrom(20), actAt()), false)
    assert.equal(await store.revision(), 3)
    assert.equal(await store.findUser({ id: userNumber(20).id }), null)
  })

  it('initialize > writes nothing once a user exists, also a deleted one', async (store) => {
    const user = await addUser(store, 1)
    assert.equal(await store.initialize(recordsFrom(10), actAt()), false)
    const gone = { next: user, audit: auditOf('user', user.id) }
    await store.deleteUser(user.id, () => gone, { act: actAt() })
    assert.equal(await store.initialize(recordsFrom(10), actAt()), false)
    assert.equal(await store.isInitialized(), false)
    assert.equal(await store.revision(), 2)
  })

  it('initialize > of many concurrent callers exactly one gets true', async (store) => {
    const calls = Array.from({ length: CALLERS }, (_, n) =>
      store.initialize(recordsFrom(10 * (n + 1)), actAt()),
    )
    const answers = await Promise.all(calls)
    console.log(`initialize: ${CALLERS} concurrent callers, ${answers.filter(Boolean).length} won`)
    assert.equal(answers.filter(Boolean).length, 1)
    assert.equal(await store.revision(), 3)
    const winner = 10 * (answers.indexOf(true) + 1)
    const { rows } = await store.listKeys({ sort: 'createdAt', limit: 10, at: NOON })
    assert.deepEqual(
      rows.map(({ key }) => key.id),
      [keyNumber(winner + 2).id satisfies KeyId],
    )
  })
}

function recordsFrom(n: number): FirstRecords {
  const user = userNumber(n, { role: 'ROOT' })
  const workspace = workspaceNumber(n + 1, { isDefault: true })
  return { user, workspace, key: keyNumber(n + 2, { ownerId: user.id, workspaceId: workspace.id }) }
}
