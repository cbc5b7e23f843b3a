import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addUser,
  idOf,
  NOON,
  patchKey,
  ROOT_KEY,
  revokeKey,
  seed,
} from '../../../test/support/records.ts'
import type { Change } from '../nodes.ts'
import type { It } from './case.conformance.ts'

const node = (id: string) => ({ id, leaseMs: 1_000, at: NOON })

/** The knowledge of the processes on one database about each other. */
export function nodeTests(it: It): void {
  it('nodes > a feed has the changes after a revision without gaps, in order, each with its record', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const user = await addUser(store, 11)
    await patchKey(store, key.id, { name: 'other' })
    const feed = await store.changesSince(3)
    assert.equal(feed.revision, 6)
    const told = ({ revision, kind, id }: Change) => [revision, kind, id]
    assert.deepEqual(feed.changes?.map(told), [
      [4, 'key', key.id],
      [5, 'user', user.id],
      [6, 'key', key.id],
    ])
    assert.equal(feed.schema, 'ours')
    assert.deepEqual((await store.changesSince(6)).changes, [])
  })

  it('nodes > where several processes may write, no money is decided from memory', async (store) => {
    assert.equal(store.sharesAccounts, store.isShared())
  })

  it('nodes > a denied attempt is not a change', async (store) => {
    await seed(store)
    const audit = { action: 'key.revoke', target: { kind: 'key' as const, id: null } }
    const denial = { ...audit, before: null, after: null, reason: 'x' }
    await store.recordDenials([{ id: idOf(90), act: actAt(), audit: denial, count: 1, lastAt: NOON }])
    assert.deepEqual(await store.changesSince(3).then(({ changes }) => changes), [])
  })

  it('nodes > without a revision, and for one that is ahead, a feed has only the last revision', async (store) => {
    await seed(store)
    assert.deepEqual(await store.changesSince(null).then(({ revision, changes }) => [revision, changes]), [
      3,
      null,
    ])
    assert.deepEqual(await store.changesSince(9).then(({ revision, changes }) => [revision, changes]), [
      3,
      null,
    ])
  })

  it('nodes > a feed has no changes when some are no longer kept, or there are too many', async (store) => {
    await seed(store)
    for (let n = 0; n < 6; n++) await patchKey(store, ROOT_KEY, { name: `name ${n}` }, NOON + n)
    await store.purgeAudit({ outcome: 'done', before: NOON + 2, limit: 100 })
    assert.equal((await store.changesSince(3)).changes, null)
    assert.equal((await store.changesSince(5)).changes?.length, 4, 'what is kept is told')
  })

  it('nodes > a row is written, renewed with the applied revision, read and deleted', async (store) => {
    await seed(store)
    await store.joinNode(node('one'))
    await store.joinNode(node('two'))
    const feed = await store.renewNode({ id: 'one', applied: 2, at: NOON }, 2)
    assert.deepEqual([feed?.revision, feed?.changes?.length], [3, 1])
    const seen = await store.findNodes()
    assert.deepEqual(seen.rows, [
      { id: 'one', renewals: 1, applied: 2, leaseMs: 1_000 },
      { id: 'two', renewals: 0, applied: 0, leaseMs: 1_000 },
    ])
    assert.equal(seen.incarnation, feed?.incarnation)
    assert.equal(await store.evictNode('one', 1), true)
    assert.equal(await store.evictNode('two', null), true)
    assert.deepEqual((await store.findNodes()).rows, [])
  })

  it('nodes > a row that was renewed since is not deleted, and a renewal without a row writes nothing', async (store) => {
    await seed(store)
    await store.joinNode(node('one'))
    await store.renewNode({ id: 'one', applied: 3, at: NOON }, 3)
    assert.equal(await store.evictNode('one', 0), false)
    assert.equal(await store.evictNode('one', 1), true)
    assert.equal(await store.renewNode({ id: 'one', applied: 3, at: NOON }, 3), null)
    assert.deepEqual((await store.findNodes()).rows, [])
  })

  it('nodes > an acknowledgement writes the applied revision, reads like a renewal and is none; without a row it writes nothing', async (store) => {
    await seed(store)
    await store.joinNode(node('one'))
    const feed = await store.acknowledge({ id: 'one', applied: 2 }, 2)
    assert.deepEqual([feed?.revision, feed?.changes?.length], [3, 1])
    assert.deepEqual((await store.findNodes()).rows, [{ id: 'one', renewals: 0, applied: 2, leaseMs: 1_000 }])
    assert.equal(await store.evictNode('one', 0), true)
    assert.equal(await store.acknowledge({ id: 'one', applied: 3 }, 3), null)
    assert.deepEqual((await store.findNodes()).rows, [])
  })

  it('nodes > of a concurrent renewal and deletion one succeeds, and the result of the other one shows that', async (store) => {
    await seed(store)
    const rounds = 40
    let evicted = 0
    for (let round = 0; round < rounds; round++) {
      await store.joinNode(node(`node ${round}`))
      const [deleted, feed] = await Promise.all([
        store.evictNode(`node ${round}`, 0),
        store.renewNode({ id: `node ${round}`, applied: 3, at: NOON }, 3),
      ])
      assert.equal(deleted, feed === null)
      if (deleted) evicted += 1
    }
    console.log(`a renewal against a deletion: ${rounds} chances, ${evicted} deleted`)
    assert.equal((await store.findNodes()).rows.length, rounds - evicted)
  })

  it('nodes > what a node remembers and the database has is nothing to decide', async (store) => {
    await seed(store)
    await addKey(store, 10)
    const { changes } = await store.changesSince(1)
    const found = await store.compareChanges({ seen: 4, changes: changes ?? [] }, NOON)
    assert.deepEqual(found, { lost: [], until: null })
    assert.equal((await store.changesSince(4)).isUndecided, false)
    assert.equal(await store.revision(), 4)
  })

  it('nodes > a database that has lost changes is marked, goes on above them, and has its revocations again', async (store) => {
    await seed(store)
    const [revoked, cut, own] = [await addKey(store, 10), await addKey(store, 11), await addKey(store, 12)]
    await revokeKey(store, own.id)
    const lost = [
      lostChange(7, revoked.id, 'key.revoke'),
      lostChange(8, cut.id),
      lostChange(9, idOf(90), 'key.revoke'),
    ]
    const kept = (await store.changesSince(6)).changes ?? []
    assert.equal(kept.length, 1, 'another change has the number of the first of them')
    const found = await store.compareChanges({ seen: 9, changes: lost }, NOON + 5)
    assert.deepEqual(found, { lost, until: 9 })
    const feed = await store.changesSince(9)
    assert.deepEqual([feed.isUndecided, feed.revision, feed.changes?.length], [true, 10, 1])
    const key = await store.findKey({ id: revoked.id }, NOON + 5)
    assert.equal(key?.revokedAt, lost[0]?.at)
    assert.equal((await store.findKey({ id: cut.id }, NOON + 5))?.revokedAt, null)
    // Compared once more, nothing is done twice.
    assert.deepEqual(await store.compareChanges({ seen: 9, changes: lost }, NOON + 6), found)
    assert.equal((await store.changesSince(9)).revision, 10)
  })

  it('nodes > a loss counts up to the highest revision that any node has seen, and is accepted once', async (store) => {
    await seed(store)
    const lost = [lostChange(4, ROOT_KEY)]
    assert.equal((await store.compareChanges({ seen: 4, changes: lost }, NOON)).until, 4)
    assert.equal((await store.compareChanges({ seen: 6, changes: [] }, NOON)).until, 6)
    assert.equal((await store.compareChanges({ seen: 4, changes: lost }, NOON)).until, 6)
    assert.equal(await store.acceptLosses({ until: 4, lost }, NOON), false)
    assert.equal(await store.acceptLosses({ until: 6, lost }, NOON), true)
    assert.equal(await store.acceptLosses({ until: 6, lost }, NOON), false)
    const feed = await store.changesSince(6)
    assert.deepEqual([feed.isUndecided, feed.revision], [false, 7])
    const { rows } = await store.listAudit({ action: 'database.accept_older', limit: 10 })
    assert.deepEqual(
      rows.map(({ before }) => before),
      [{ revision: 6 }],
    )
    // A node that comes late remembers what was accepted to be lost.
    assert.deepEqual(await store.compareChanges({ seen: 4, changes: lost }, NOON), { lost: [], until: null })
  })

  it('nodes > entries that are too old to be kept are not lost', async (store) => {
    await seed(store)
    for (let n = 0; n < 4; n++) await patchKey(store, ROOT_KEY, { name: `name ${n}` }, NOON + n)
    const changes = (await store.changesSince(3)).changes ?? []
    await store.purgeAudit({ outcome: 'done', before: NOON + 2, limit: 100 })
    assert.deepEqual(await store.compareChanges({ seen: 7, changes }, NOON + 9), { lost: [], until: null })
  })
}

function lostChange(revision: number, id: string, action = 'key.update'): Change {
  return { revision, kind: 'key', id, action, at: NOON - revision }
}
