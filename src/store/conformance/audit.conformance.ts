import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  actAt,
  addKey,
  addUser,
  addWorkspace,
  auditOf,
  idOf,
  NOON,
  patchKey,
  ROOT_KEY,
  ROOT_USER,
  seed,
} from '../../../test/support/records.ts'
import type { AuditQuery, AuditRecord, Denial } from '../../core/access/audit-entry.ts'
import type { UserId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import { type It, wholeAudit } from './case.conformance.ts'

/** `recordDenials`, `listAudit`, `findTargets`, `recentChanges`, `purgeAudit`. */
export function auditTests(it: It): void {
  it('recordDenials > writes an entry without a revision, and takes none', async (store) => {
    await seed(store)
    await deny(store, 'key.revoke', { at: NOON + 1, target: { kind: 'key', id: ROOT_KEY } })
    assert.equal(await store.revision(), 3)
    const [entry] = (await store.listAudit({ limit: 1 })).rows
    const { id, ...rest } = entry ?? { id: '' }
    assert.notEqual(id, '')
    assert.deepEqual(rest, {
      action: 'key.revoke',
      target: { kind: 'key', id: ROOT_KEY },
      before: null,
      after: null,
      reason: 'permission_denied',
      at: NOON + 1,
      count: 1,
      lastAt: NOON + 1,
      outcome: 'denied',
      actorUserId: ROOT_USER,
      actorKeyId: ROOT_KEY,
      requestId: 'req-1',
      ip: '192.0.2.1',
      revision: null,
    })
  })

  it('recordDenials > writes any number of entries, also concurrently and without a target', async (store) => {
    await seed(store)
    const target: AuditRecord['target'] = { kind: 'system', id: null }
    await Promise.all(Array.from({ length: 10 }, () => deny(store, 'audit.list', { at: NOON, target })))
    const entries = (await wholeAudit(store)).filter((entry) => entry.outcome === 'denied')
    assert.equal(entries.length, 10)
    assert.equal(new Set(entries.map((entry) => entry.id)).size, 10)
    assert.deepEqual(entries[0]?.target, target)
  })

  it('recordDenials > updates the entry of the same id, and adds the others', async (store) => {
    await seed(store)
    const denial = (n: number, count: number, lastAt: number): Denial => ({
      id: idOf(n),
      act: actAt(NOON + n),
      audit: {
        action: 'key.get',
        target: { kind: 'key', id: ROOT_KEY },
        before: null,
        after: null,
        reason: 'key_foreign',
      },
      count,
      lastAt,
    })
    await store.recordDenials([denial(1, 1, NOON + 1), denial(2, 7, NOON + 20)])
    await store.recordDenials([denial(1, 12, NOON + 30), denial(3, 1, NOON + 3)])
    await store.recordDenials([])
    const shown = (await wholeAudit(store)).filter((entry) => entry.outcome === 'denied')
    assert.deepEqual(shown.map(({ id, at, count, lastAt }) => [id, at, count, lastAt]).sort(), [
      [idOf(1), NOON + 1, 12, NOON + 30],
      [idOf(2), NOON + 2, 7, NOON + 20],
      [idOf(3), NOON + 3, 1, NOON + 3],
    ])
  })

  it('findTargets > names the targets of changes with the action after the instant, the latest first', async (store) => {
    await seed(store)
    const change = (action: string, at: number, id: number) =>
      store.changeKey(
        { id: idOf(id) },
        (key) => ({ next: { ...key, name: `${at}` }, audit: auditOf('key', idOf(id), action) }),
        { act: actAt(at) },
      )
    for (const id of [10, 11]) await addKey(store, id)
    await change('key.rotate', NOON + 1, 10)
    await change('key.rotate', NOON + 2, 11)
    await change('key.update', NOON + 3, 10)
    await change('key.rotate', NOON + 4, 10)
    await deny(store, 'key.rotate', { at: NOON + 5, target: { kind: 'key', id: idOf(11) } })
    const found = (after: number, limit: number) => store.findTargets({ action: 'key.rotate', after, limit })
    assert.deepEqual(await found(NOON, 9), [idOf(10), idOf(11), idOf(10)])
    assert.deepEqual(await found(NOON + 1, 9), [idOf(10), idOf(11)])
    assert.deepEqual(await found(NOON, 1), [idOf(10)])
    assert.deepEqual(await found(NOON + 4, 9), [])
  })

  it('recentChanges > reads the last changes in their order, down to a revision or the first that is kept', async (store) => {
    await seed(store)
    for (let n = 0; n < 6; n++) await patchKey(store, ROOT_KEY, { name: `name ${n}` }, NOON + n)
    await deny(store, 'key.update', { at: NOON + 6, target: { kind: 'key', id: ROOT_KEY } })
    const read = async (after: number | null) => {
      const { revision, changes, isUndecided } = await store.recentChanges(after)
      assert.deepEqual([revision, isUndecided], [9, false])
      return changes.map((change) => change.revision)
    }
    assert.deepEqual(await read(6), [7, 8, 9])
    assert.deepEqual([await read(9), await read(12)], [[], []])
    assert.deepEqual(await read(null), [1, 2, 3, 4, 5, 6, 7, 8, 9])
    const { changes } = await store.recentChanges(8)
    assert.deepEqual(changes, [
      { revision: 9, kind: 'key', id: ROOT_KEY, action: 'key.update', at: NOON + 5 },
    ])
    await store.purgeAudit({ outcome: 'done', before: NOON + 2, limit: 100 })
    for (const after of [null, 3]) assert.deepEqual(await read(after), [6, 7, 8, 9])
  })

  it('recentChanges > reads no more than 1,000', async (store) => {
    await seed(store)
    for (let n = 0; n < 1_000; n++) await patchKey(store, ROOT_KEY, { name: `name ${n}` }, NOON + n)
    for (const after of [null, 2]) {
      const { revision, changes } = await store.recentChanges(after)
      assert.deepEqual([revision, changes.length, changes[0]?.revision], [1_003, 1_000, 4])
    }
    assert.equal((await store.recentChanges(4)).changes.length, 999)
  })

  it('purgeAudit > deletes the oldest entries of one outcome, at most the limit, and no younger ones', async (store) => {
    await seed(store)
    for (let n = 1; n <= 5; n++) await deny(store, `act-${n}`, { at: NOON + n })
    const left = async () => (await wholeAudit(store)).map(({ action }) => action).sort()
    const before = await left()
    assert.equal(await store.purgeAudit({ outcome: 'denied', before: NOON + 4, limit: 2 }), 2)
    assert.deepEqual(
      await left(),
      before.filter((action) => action !== 'act-1' && action !== 'act-2'),
    )
    assert.equal(await store.purgeAudit({ outcome: 'denied', before: NOON + 4, limit: 2 }), 1)
    assert.equal(await store.purgeAudit({ outcome: 'denied', before: NOON + 4, limit: 2 }), 0)
    assert.equal(await store.purgeAudit({ outcome: 'done', before: NOON, limit: 10 }), 0)
    assert.equal(await store.purgeAudit({ outcome: 'done', before: NOON + 1, limit: 10 }), 3)
    assert.deepEqual(await left(), ['act-4', 'act-5'])
  })

  it('listAudit > lists the newest first, ties by id, descending, page by page', async (store) => {
    await seed(store)
    for (let n = 0; n < 10; n++) await deny(store, `act-${n}`, { at: NOON + (n % 3) })
    const whole = (await store.listAudit({ limit: 100 })).rows
    const places = whole.map((entry) => [entry.at, entry.id] as const)
    const sorted = places.toSorted(([at, id], [otherAt, otherId]) => otherAt - at || (id < otherId ? 1 : -1))
    assert.deepEqual(places, sorted)
    assert.equal(whole.length, 13)
    const seen: string[] = []
    let page = await store.listAudit({ limit: 4 })
    for (;;) {
      seen.push(...page.rows.map((entry) => entry.id))
      if (page.next === null) break
      assert.ok(seen.length <= whole.length, 'the pages go round in circles')
      await deny(store, 'later', { at: NOON + 100 })
      page = await store.listAudit({ limit: 4, after: page.next })
    }
    assert.deepEqual(
      seen,
      whole.map((entry) => entry.id),
    )
  })

  it('listAudit > filters by target, actor, action, outcome and time', async (store) => {
    await seed(store)
    const user = await addUser(store, 10)
    await addKey(store, 11)
    await addWorkspace(store, 12)
    await deny(store, 'key.create', { at: NOON + 10, userId: user.id })
    await deny(store, 'key.create', { at: NOON + 20, userId: user.id, requestId: 'req-2' })
    const count = async (query: Partial<AuditQuery>) =>
      (await store.listAudit({ limit: 100, ...query })).rows.length
    assert.equal(await count({}), 8)
    assert.equal(await count({ targetKind: 'user' }), 2)
    assert.equal(await count({ targetKind: 'key', targetId: ROOT_KEY }), 1)
    assert.equal(await count({ targetId: user.id }), 1)
    assert.equal(await count({ targetKind: 'workspace', targetId: user.id }), 0)
    assert.equal(await count({ actorUserId: user.id }), 2)
    assert.equal(await count({ actorUserId: ROOT_USER }), 3)
    assert.equal(await count({ action: 'key.create' }), 4)
    assert.equal(await count({ action: 'key.create', outcome: 'denied' }), 2)
    assert.equal(await count({ outcome: 'done' }), 6)
    assert.equal(await count({ requestId: 'req-1' }), 7)
    assert.equal(await count({ requestId: 'req-2' }), 1)
    assert.equal(await count({ requestId: 'req' }), 0)
    assert.equal(await count({ from: NOON + 10 }), 2)
    assert.equal(await count({ from: NOON + 11 }), 1)
    assert.equal(await count({ to: NOON + 20 }), 7)
    assert.equal(
      await count({ from: NOON + 10, to: NOON + 20, actorUserId: user.id, action: 'key.create' }),
      1,
    )
  })
}

function deny(
  store: Store,
  action: string,
  { at, target, ...who }: { at: number; target?: AuditRecord['target']; userId?: UserId; requestId?: string },
): Promise<void> {
  const audit = {
    action,
    target: target ?? { kind: 'system' as const, id: null },
    before: null,
    after: null,
    reason: 'permission_denied',
  }
  const act = actAt(at, who)
  return store.recordDenials([{ id: randomUUID(), act, audit, count: 1, lastAt: at }])
}
