import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addUser,
  addWorkspace,
  auditOf,
  DEFAULT_WORKSPACE,
  eventOf,
  idOf,
  NOON,
} from '../../../test/support/records.ts'
import { DAY_MS } from '../../core/ground/clock.ts'
import type { ActivityQuery, NamesQuery, UsageReportQuery } from '../../core/metering/reports.ts'
import type { MemberStanding } from '../../core/people/queries.ts'
import type { Key, KeyId, UserId, WorkspaceId } from '../../core/types.ts'
import type { Membership } from '../members.ts'
import type { Store } from '../store.ts'
import { bySpending, type It, rejectsWith } from './case.conformance.ts'
import { held, reservationNumber, used } from './ledger-case.conformance.ts'

const ADA = idOf<UserId>(20)
const BOB = idOf<UserId>(21)
/** Ada belongs to the first and to the default workspace, and owns keys in all three. */
const [JOINED, LEFT] = [idOf<WorkspaceId>(10), idOf<WorkspaceId>(11)]

/** Reads for a member: `memberId` of the lists, reports and look-ups. */
export function memberScopeTests(it: It): void {
  it('findWorkspace > for a member: finds those that it belongs to, and not a deleted one', async (store) => {
    await scene(store)
    const found = async (by: Parameters<Store['findWorkspace']>[0], memberId: UserId) =>
      (await store.findWorkspace(by, memberId))?.id ?? null
    for (const by of [{ id: JOINED }, { slug: 'workspace-10' }]) {
      assert.equal(await found(by, ADA), JOINED)
      assert.equal(await found(by, BOB), null)
    }
    for (const by of [{ id: LEFT }, { slug: 'workspace-11' }, { id: LEFT, alsoDeleted: true } as const])
      assert.equal(await found(by, ADA), null)
    assert.equal(await found('default', BOB), DEFAULT_WORKSPACE)
    await remove(store, idOf<WorkspaceId>(12))
    assert.equal(await found({ id: idOf<WorkspaceId>(12), alsoDeleted: true }, ADA), null)
  })

  it('listWorkspaces > for a member: lists those that it belongs to and the default one, page by page', async (store) => {
    await scene(store)
    for (const n of [13, 14]) {
      await addWorkspace(store, n, { createdAt: NOON + n })
      await join(store, idOf<WorkspaceId>(n))
    }
    const first = await store.listWorkspaces({ memberId: ADA, limit: 2 })
    assert.ok(first.next)
    const second = await store.listWorkspaces({ memberId: ADA, limit: 2, after: first.next })
    assert.ok(second.next)
    const third = await store.listWorkspaces({ memberId: ADA, limit: 2, after: second.next })
    const ids = [...first.rows, ...second.rows, ...third.rows].map(({ id }) => Number(id.slice(-12)))
    assert.deepEqual(ids, [14, 13, 12, 10, 2])
    assert.equal(third.next, null)
    const others = await store.listWorkspaces({ memberId: BOB, limit: 2 })
    assert.deepEqual(
      others.rows.map(({ id }) => id),
      [DEFAULT_WORKSPACE],
    )
  })

  it('listKeys > for a member: only in workspaces that it belongs to, in every order', async (store) => {
    await scene(store)
    await bySpending(store)
    for (const sort of ['createdAt', 'lastUsedAt', 'expiresAt', 'spent'] as const) {
      const query = { ownerId: ADA, memberId: ADA, sort, limit: 10, at: NOON }
      const { rows } = await store.listKeys(query)
      assert.deepEqual(rows.map(({ key }) => number(key.id)).sort(), [30, 31], sort)
      const labelled = await store.listKeys({ ...query, labels: [{ name: 'a', value: 'b' }] })
      assert.deepEqual(labelled.rows.map(({ key }) => number(key.id)).sort(), [30, 31], sort)
    }
    const all = await store.listKeys({ ownerId: ADA, sort: 'createdAt', limit: 10, at: NOON })
    assert.equal(all.rows.length, 3)
  })

  it('listReservations > for a member: only in workspaces that it belongs to', async (store) => {
    const keys = await scene(store)
    const holds = keys.map(({ id, ownerId, workspaceId }, index) =>
      held(reservationNumber(id, 40 + index, { ownerId, workspaceId })),
    )
    await store.commitLedger(holds)
    const query = { ownerId: ADA, memberId: ADA, at: NOON, limit: 10 }
    for (const state of [undefined, 'open'] as const) {
      const { rows } = await store.listReservations(state === undefined ? query : { ...query, state })
      assert.deepEqual(rows.map(({ id }) => number(id)).sort(), [40, 41])
    }
  })

  it('usageReport > for a member: only keys in workspaces that it belongs to, by every group', async (store) => {
    await scene(store)
    const query: UsageReportQuery = {
      ...{ from: NOON - DAY_MS, to: NOON + DAY_MS, interval: 'day', groupBy: [] },
      ...{ ownerId: ADA, memberId: ADA, rowsMax: 100 },
    }
    const groups: UsageReportQuery['groupBy'][] = [
      [],
      ...(['key', 'owner', 'workspace'] as const).map((kind) => [{ kind }]),
      [{ kind: 'label', name: 'a' }],
      [{ kind: 'meta', name: 'model' }],
      [{ kind: 'owner' }, { kind: 'meta', name: 'model' }],
      [{ kind: 'meta', name: 'model' }, { kind: 'key' }],
      [{ kind: 'workspace' }, { kind: 'owner' }],
    ]
    for (const groupBy of groups) {
      assert.equal(await sumOf(store, { ...query, groupBy }), 3n, JSON.stringify(groupBy))
      assert.equal(await sumOf(store, { ...query, groupBy, memberId: BOB }), 1n, JSON.stringify(groupBy))
    }
    await join(store, LEFT)
    for (const groupBy of groups) assert.equal(await sumOf(store, { ...query, groupBy }), 7n)
  })

  it('usedOfAllTime > for a member: only keys in workspaces that it belongs to', async (store) => {
    await scene(store)
    assert.equal(await store.usedOfAllTime({ ownerId: ADA }), 7n)
    assert.equal(await store.usedOfAllTime({ ownerId: ADA, memberId: ADA }), 3n)
    assert.equal(await store.usedOfAllTime({ ownerId: ADA, memberId: BOB }), 1n)
    await join(store, LEFT)
    assert.equal(await store.usedOfAllTime({ ownerId: ADA, memberId: ADA }), 7n)
  })

  it('activityReport > for a member: only keys in workspaces that it belongs to', async (store) => {
    await scene(store)
    const query: ActivityQuery = {
      ...{ from: NOON - DAY_MS, to: NOON + DAY_MS, ownerId: ADA, memberId: ADA, rowsMax: 100 },
      byWorkspace: false,
    }
    const sum = async (asked: ActivityQuery) =>
      (await store.activityReport(asked)).reduce((total, { amount }) => total + amount, 0n)
    for (const byWorkspace of [false, true]) {
      assert.equal(await sum({ ...query, byWorkspace }), 3n)
      assert.equal(await sum({ ...query, byWorkspace, memberId: BOB }), 1n)
    }
    await join(store, LEFT)
    assert.equal(await sum(query), 7n)
  })

  it('reports for a member > without usage that it has paid in a workspace that it does not see, whoever owns the key by now', async (store) => {
    const [, joined, left] = await scene(store)
    const time = { from: NOON - DAY_MS, to: NOON + DAY_MS, rowsMax: 100 }
    const asked = { ownerId: ADA, memberId: ADA, ...time }
    const sums = async (query: { ownerId: UserId; memberId?: UserId } & typeof time) => [
      await sumOf(store, { ...query, interval: 'day', groupBy: [{ kind: 'owner' }] }),
      await sumOf(store, { ...query, interval: 'day', groupBy: [{ kind: 'meta', name: 'model' }] }),
      (await store.activityReport({ ...query, byWorkspace: false })).reduce(
        (sum, row) => sum + row.amount,
        0n,
      ),
      await store.usedOfAllTime(query),
    ]
    assert.deepEqual(await sums(asked), Array(4).fill(3n))
    // What the second owner has paid is hidden from it as well, once a third one has the key.
    await give(store, left, BOB)
    await store.commitLedger([
      used(
        eventOf(left?.id ?? idOf<KeyId>(99), 'bobs', {
          ownerId: BOB,
          workspaceId: LEFT,
          amount: 8n,
          meta: { model: 'm' },
        }),
      ),
    ])
    await give(store, left, idOf<UserId>(1))
    assert.deepEqual(await sums(asked), Array(4).fill(3n))
    assert.deepEqual(await sums({ ...asked, ownerId: BOB, memberId: BOB }), Array(4).fill(0n))
    for (const ownerId of [ADA, BOB])
      assert.deepEqual(await sums({ ownerId, ...time }), Array(4).fill(ownerId === ADA ? 7n : 8n))
    await join(store, LEFT)
    assert.deepEqual(await sums(asked), Array(4).fill(7n))
    // A key that was given away in a workspace that one sees leaves the account as it is.
    await give(store, joined, BOB)
    assert.deepEqual(await sums(asked), Array(4).fill(7n))
  })

  it('reads for a manager > workspace_not_found unless the user manages the workspace in that moment', async (store) => {
    await scene(store)
    const asked = { workspaceId: JOINED, managerId: ADA, within: 'workspaceId' as const }
    const time = { from: NOON - DAY_MS, to: NOON + DAY_MS, rowsMax: 100 }
    const reads = [
      () => store.listKeys({ ...asked, sort: 'createdAt', limit: 10, at: NOON }),
      () => store.usageReport({ ...asked, ...time, interval: 'day', groupBy: [] }),
      () => store.activityReport({ ...asked, ...time, byWorkspace: false }),
      () => store.namesOf({ ...asked, ids: { workspace: [JOINED] } }),
    ]
    const refused = () => Promise.all(reads.map((read) => rejectsWith('workspace_not_found', read())))
    await refused()
    await join(store, JOINED, 'manager')
    for (const read of reads) await read()
    await join(store, JOINED, 'member')
    await refused()
    await join(store, idOf<WorkspaceId>(12), 'manager')
    await remove(store, idOf<WorkspaceId>(12))
    const deleted = { ...asked, workspaceId: idOf<WorkspaceId>(12), ...time }
    await rejectsWith('workspace_not_found', store.activityReport({ ...deleted, byWorkspace: false }))
  })

  it('namesOf > for a manager: itself, the workspace, its keys and its present members; for a member: its own', async (store) => {
    const [main, joined, left] = (await scene(store)).map(({ id }) => id)
    const others = await addKey(store, 40, { ownerId: BOB, workspaceId: JOINED })
    const ids = {
      key: [main, joined, left, others.id].flatMap((id) => id ?? []),
      owner: [ADA, BOB, idOf<UserId>(1)],
      workspace: [JOINED, LEFT, DEFAULT_WORKSPACE],
    }
    const named = async (query: Omit<NamesQuery, 'ids'>) => {
      const { key, owner, workspace } = await store.namesOf({ ids, ...query })
      return [key, owner, workspace].map((names) => [...(names?.keys() ?? [])].toSorted())
    }
    const of = (...some: (string | undefined)[]) => some.toSorted()
    assert.deepEqual(await named({ memberId: ADA }), [
      of(main, joined),
      of(ADA),
      of(JOINED, DEFAULT_WORKSPACE),
    ])
    await join(store, JOINED, 'manager')
    const managing = { workspaceId: JOINED, managerId: ADA }
    assert.deepEqual(await named(managing), [of(joined, others.id), of(ADA), of(JOINED)])
    await addMember(store, { workspaceId: JOINED, userId: BOB }, 'member')
    assert.deepEqual(await named(managing), [of(joined, others.id), of(ADA, BOB), of(JOINED)])
    assert.deepEqual(
      (await named({})).map(({ length }) => length),
      [4, 3, 3],
    )
  })

  it('listMembers > for a member: workspace_not_found unless it belongs to the workspace in that moment', async (store) => {
    await scene(store)
    const query = { of: JOINED, limit: 10 }
    assert.equal((await store.listMembers({ ...query, memberId: ADA })).rows.length, 1)
    await rejectsWith('workspace_not_found', store.listMembers({ ...query, memberId: BOB }))
  })

  it('reads of one key or account > only for its owner who belongs to the workspace, and for a manager of that', async (store) => {
    const [, joined, left] = await scene(store)
    await addMember(store, { workspaceId: JOINED, userId: BOB }, 'member')
    const time = { from: NOON - DAY_MS, to: NOON + DAY_MS }
    const answers = async (key: Key | undefined, readerId: UserId): Promise<string> => {
      const keyId = key?.id ?? idOf<KeyId>(99)
      const reads = [
        store.listCrossings({ account: { kind: 'key', id: keyId }, limit: 1, readerId }),
        store.outcomesOfKey({ keyId, ...time, readerId }),
      ]
      const codes = reads.map((read) =>
        read.then(
          () => 'read',
          ({ code }) => code as string,
        ),
      )
      return [...new Set(await Promise.all(codes))].join()
    }
    assert.equal(await answers(joined, ADA), 'read')
    assert.equal(await answers(left, ADA), 'key_not_found')
    assert.equal(await answers(joined, BOB), 'key_not_found')
    await addMember(store, { workspaceId: JOINED, userId: BOB }, 'manager')
    assert.equal(await answers(joined, BOB), 'read')
    assert.equal(await answers(left, BOB), 'key_not_found')
    const ofWorkspace = (readerId: UserId, id: WorkspaceId) =>
      store.listCrossings({ account: { kind: 'workspace', id }, limit: 1, readerId })
    assert.deepEqual(await ofWorkspace(ADA, JOINED), [])
    await rejectsWith('workspace_not_found', ofWorkspace(ADA, LEFT))
  })
}

/** Ada's keys: in the default workspace, in one that she has joined, and in one that she has not; they spend 1, 2 and 4. */
async function scene(store: Store): Promise<Key[]> {
  const user = { username: 'root', email: 'root@example.org', role: 'ROOT' } as const
  await addUser(store, 1, user)
  await addWorkspace(store, 2, { isDefault: true, createdAt: NOON - 1 })
  await addUser(store, 20)
  await addUser(store, 21)
  for (const n of [10, 11, 12]) await addWorkspace(store, n)
  await join(store, JOINED)
  await join(store, idOf<WorkspaceId>(12))
  const keys: Key[] = []
  for (const [index, workspaceId] of [DEFAULT_WORKSPACE, JOINED, LEFT].entries()) {
    const key = await addKey(store, 30 + index, { ownerId: ADA, workspaceId, labels: { a: 'b' } })
    const amount = BigInt(2 ** index)
    const spent = { ownerId: ADA, workspaceId, amount, meta: { model: 'm' } }
    await store.commitLedger([used(eventOf(key.id, `e${index}`, spent))])
    keys.push(key)
  }
  return keys
}

function join(store: Store, workspaceId: WorkspaceId, standing: MemberStanding = 'member') {
  return addMember(store, { workspaceId, userId: ADA }, standing)
}

function addMember(store: Store, membership: Membership, standing: MemberStanding) {
  const audit = auditOf('workspace', membership.workspaceId)
  return store.addMember(membership, { act: actAt(), audit, standing })
}

function give(store: Store, key: Key | undefined, heir: UserId) {
  const id = key?.id ?? idOf<KeyId>(99)
  const audit = auditOf('key', id)
  return store.changeKey({ id }, (current) => ({ next: { ...current, ownerId: heir }, audit }), {
    act: actAt(),
    heir: { id: heir },
  })
}

function remove(store: Store, id: WorkspaceId): Promise<number> {
  const act = actAt()
  return store.deleteWorkspace(id, (current) => ({ next: current, audit: auditOf('workspace', id) }), { act })
}

async function sumOf(store: Store, query: UsageReportQuery): Promise<bigint> {
  return (await store.usageReport(query)).reduce((sum, { amount }) => sum + amount, 0n)
}

function number(id: KeyId | string): number {
  return Number(id.slice(-12))
}
