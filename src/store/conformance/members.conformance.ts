import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addUser,
  addWorkspace,
  auditOf,
  DEFAULT_WORKSPACE,
  idOf,
  keyNumber,
  NOON,
  ROOT_USER,
  revokeKey,
  seed,
} from '../../../test/support/records.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { Joined } from '../../core/people/queries.ts'
import type { Key, KeyId, UserId, WorkspaceId } from '../../core/types.ts'
import type { KeyCreation, Standing } from '../keys.ts'
import type { Store } from '../store.ts'
import { changesNothing, type It, outcomes, rejectsWith, wholeAudit } from './case.conformance.ts'

const CALLERS = 20
const ROUNDS = 12

const HOME = idOf<WorkspaceId>(10)
const ADA = idOf<UserId>(20)

/** `addMember`, `removeMember`, `isMember`, `listMembers`, and joining by a key. */
export function memberTests(it: It): void {
  it('addMember > the user belongs to the workspace; it takes a revision and writes an audit entry', async (store) => {
    await team(store)
    const joined = await join(store, { at: NOON + 5 })
    const user = await store.findUser({ id: ADA })
    const given = { standing: 'member', joinedAt: NOON + 5, addedById: ROOT_USER, revision: 6 }
    assert.deepEqual(joined, { user, ...given, isNew: true })
    assert.equal(await store.revision(), 6)
    const entry = (await wholeAudit(store)).at(-1)
    assert.deepEqual([entry?.action, entry?.target.id, entry?.revision], ['workspace.add_member', HOME, 6])
    assert.equal(await isIn(store), true)
    assert.equal(await store.isMember({ workspaceId: HOME, userId: ROOT_USER }), false)
  })

  it('addMember > adding a member again changes nothing and takes no revision', async (store) => {
    await team(store)
    const joined = await join(store)
    const again = await changesNothing(store, () => join(store, { at: NOON + 9, userId: ADA }))
    assert.deepEqual(again, { ...joined, isNew: false })
  })

  it('addMember > everybody belongs to the default workspace already', async (store) => {
    await team(store)
    const user = await store.findUser({ id: ADA })
    const joined = await changesNothing(store, () => join(store, { workspaceId: DEFAULT_WORKSPACE }))
    assert.deepEqual([joined.user, joined.joinedAt, joined.isNew], [user, user?.createdAt, false])
    assert.equal(await store.isMember({ workspaceId: DEFAULT_WORKSPACE, userId: ADA }), true)
  })

  it('addMember > user_not_found, workspace_not_found: missing or deleted', async (store) => {
    await team(store)
    const missing = { workspaceId: idOf<WorkspaceId>(99), userId: idOf<UserId>(99) }
    await rejectsWith('user_not_found', join(store, { userId: missing.userId }))
    await rejectsWith('workspace_not_found', join(store, { workspaceId: missing.workspaceId }))
    await removeUser(store, ADA)
    await rejectsWith('user_not_found', join(store))
    await removeWorkspace(store, HOME)
    await rejectsWith('workspace_not_found', join(store, { userId: ROOT_USER }))
  })

  it('addMember > of many callers that add one user, one adds it', async (store) => {
    await team(store)
    const added = await Promise.all(Array.from({ length: CALLERS }, () => join(store)))
    console.log(`addMember: ${CALLERS} concurrent callers with one user`)
    assert.equal(added.filter(({ isNew }) => isNew).length, 1)
    assert.equal(await store.revision(), 6)
    assert.equal((await store.listMembers({ of: HOME, limit: 10 })).rows.length, 1)
  })

  it('removeMember > the user no longer belongs to the workspace, its keys stay; it may be added again', async (store) => {
    await team(store)
    await join(store)
    const key = await addKey(store, 30, { ownerId: ADA, workspaceId: HOME })
    assert.equal(await leave(store), 8)
    assert.equal(await isIn(store), false)
    assert.deepEqual((await store.listMembers({ of: HOME, limit: 10 })).rows, [])
    assert.deepEqual(await store.findKey({ id: key.id }, NOON), key)
    assert.equal((await join(store)).isNew, true)
  })

  it('removeMember > workspace_not_found, member_not_found, member_default', async (store) => {
    await team(store)
    await changesNothing(store, async () => {
      await rejectsWith('workspace_not_found', leave(store, { workspaceId: idOf<WorkspaceId>(99) }))
      await rejectsWith('member_not_found', leave(store))
      await rejectsWith('member_not_found', leave(store, { userId: idOf<UserId>(99) }))
      await rejectsWith('member_default', leave(store, { workspaceId: DEFAULT_WORKSPACE }))
    })
  })

  it('memberships > end with their user and their workspace', async (store) => {
    await team(store)
    const other = await addUser(store, 21)
    for (const userId of [ADA, other.id]) await join(store, { userId })
    await removeUser(store, ADA)
    assert.equal(await isIn(store), false)
    assert.deepEqual(await namesIn(store), [other.id])
    await removeWorkspace(store, HOME)
    assert.equal(await store.isMember({ workspaceId: HOME, userId: other.id }), false)
    assert.deepEqual(
      (await store.listWorkspaces({ memberId: other.id, limit: 10 })).rows.map(({ id }) => id),
      [DEFAULT_WORKSPACE],
    )
  })

  it('memberships > a user or workspace that is deleted meanwhile has no memberships afterwards', async (store) => {
    await team(store)
    let late = 0
    for (let round = 0; round < ROUNDS; round++) {
      const workspace = await addWorkspace(store, 100 + round)
      const user = await addUser(store, 200 + round)
      const joining = () => join(store, { workspaceId: workspace.id, userId: user.id })
      const ending = () =>
        round % 2 === 0 ? removeWorkspace(store, workspace.id) : removeUser(store, user.id)
      const order: (() => Promise<unknown>)[] = round % 4 < 2 ? [joining, ending] : [ending, joining]
      const { faults } = await outcomes(order.map((call) => call()))
      late += faults.length
      assert.equal(await store.isMember({ workspaceId: workspace.id, userId: user.id }), false)
      assert.deepEqual((await store.listMembers({ of: workspace.id, limit: 10 })).rows, [])
    }
    console.log(`addMember: ${ROUNDS} races with the end of user or workspace, ${late} came too late`)
  })

  it('createKey > an owner that is not a member joins first, by a change of its own', async (store) => {
    await team(store)
    const key = await createIn(store, 30)
    assert.equal(await isIn(store), true)
    const entries = (await wholeAudit(store)).slice(-2).map(({ action, revision }) => [action, revision])
    assert.deepEqual(entries, [
      ['workspace.add_member', 6],
      ['key.create', 7],
    ])
    assert.equal(key.revision, 7)
    await createIn(store, 31)
    assert.equal(await store.revision(), 8)
  })

  it('createKey > of many concurrent keys for an owner that is not a member, one makes it join', async (store) => {
    await team(store)
    const keys = await Promise.all(Array.from({ length: CALLERS }, (_, n) => createIn(store, 100 + n)))
    console.log(`createKey: ${CALLERS} at once for an owner from outside`)
    assert.equal(keys.length, CALLERS)
    assert.equal(await store.revision(), 5 + 1 + CALLERS)
    assert.equal((await store.listMembers({ of: HOME, limit: 10 })).rows.length, 1)
  })

  it('createKey > without letIn the owner does not join, and a refused creation adds no member', async (store) => {
    await team(store)
    const refuse = () => {
      throw new Fault('delegation_exceeded')
    }
    await changesNothing(store, () =>
      rejectsWith('delegation_exceeded', createIn(store, 30, { decide: refuse })),
    )
    await createIn(store, 31, { letIn: () => null })
    assert.equal(await isIn(store), false)
  })

  it('addMember, isManager > a standing is given, changed as a change of its own, kept when none is named, and ends with the membership', async (store) => {
    await team(store)
    const standing = (of: 'member' | 'manager' | undefined) =>
      store.addMember(
        { workspaceId: HOME, userId: ADA },
        { act: actAt(), audit: auditOf('workspace', HOME), ...(of && { standing: of }) },
      )
    const manages = () => store.isManager({ workspaceId: HOME, userId: ADA })
    const first = await standing('manager')
    assert.deepEqual([first.isNew, first.standing, await manages()], [true, 'manager', true])
    const same = await changesNothing(store, () => standing(undefined))
    assert.deepEqual([same.isNew, same.standing, same.revision], [false, 'manager', first.revision])
    await changesNothing(store, () => standing('manager'))
    const demoted = await standing('member')
    assert.deepEqual(
      [demoted.isNew, demoted.standing, demoted.revision, await manages()],
      [false, 'member', first.revision + 1, false],
    )
    assert.equal((await store.listMembers({ of: HOME, limit: 5 })).rows[0]?.standing, 'member')
    await standing('manager')
    await leave(store)
    assert.equal(await manages(), false)
    const home = { workspaceId: DEFAULT_WORKSPACE, userId: ADA }
    const record = {
      act: actAt(),
      audit: auditOf('workspace', DEFAULT_WORKSPACE),
      standing: 'manager' as const,
    }
    await rejectsWith('member_default', store.addMember(home, record))
  })

  it('addMember > gives each of several callers at once the standing that it names, also beside a key that lets the user in', async (store) => {
    await team(store)
    const standing = async (of: 'member' | 'manager') => {
      const record = { act: actAt(), audit: auditOf('workspace', HOME), standing: of }
      return (await store.addMember({ workspaceId: HOME, userId: ADA }, record)).standing
    }
    for (let n = 0; n < CALLERS; n += 1) {
      const both = await Promise.all([standing('manager'), standing('member')])
      assert.deepEqual(both, ['manager', 'member'])
      await leave(store)
      await Promise.all([standing('manager'), createIn(store, 200 + n)])
      assert.equal(await store.isManager({ workspaceId: HOME, userId: ADA }), true)
      await leave(store)
    }
  })

  it('createKey, changeKey > see whether the owner belongs to the workspace', async (store) => {
    await team(store)
    const seen: boolean[] = []
    const noting = { look: ({ isMember }: Standing) => void seen.push(isMember) }
    await createIn(store, 30, { ...noting, letIn: () => null })
    const note: Parameters<Store['changeKey']>[1] = (_, { isMember }) => {
      seen.push(isMember)
      return null
    }
    const look = () => store.changeKey({ id: idOf<KeyId>(30) }, note, { act: actAt() })
    await look()
    await join(store)
    await createIn(store, 31, noting)
    await look()
    await leave(store)
    await look()
    assert.deepEqual(seen, [false, false, true, true, false])
    await revokeKey(store, idOf<KeyId>(30))
    await revokeKey(store, idOf<KeyId>(31))
    await removeWorkspace(store, HOME)
    await look()
    assert.equal(seen.at(-1), false)
  })

  it('createKey > a member that is being removed creates no key after its removal', async (store) => {
    await team(store)
    let late = 0
    for (let round = 0; round < ROUNDS; round++) {
      await join(store)
      const making = () =>
        createIn(store, 100 + round, {
          look({ isMember }) {
            if (!isMember) throw new Fault('workspace_not_found')
          },
          letIn: () => null,
        })
      let gone = 0
      const removing = () => leave(store).then((revision) => (gone = revision))
      const order: (() => Promise<unknown>)[] = round % 2 === 0 ? [making, removing] : [removing, making]
      const { faults } = await outcomes(order.map((call) => call()))
      late += faults.length
      const made = await store.findKey({ id: idOf<KeyId>(100 + round) }, NOON)
      assert.deepEqual(faults, made === null ? ['workspace_not_found'] : [])
      if (made !== null) assert.ok(made.revision < gone, `made at ${made.revision}, removed at ${gone}`)
    }
    console.log(`createKey: ${ROUNDS} races with the removal of its owner, ${late} came too late`)
  })

  it('changeKey > a member that is being removed changes no key after its removal', async (store) => {
    await team(store)
    await join(store)
    const key = await createIn(store, 30)
    let late = 0
    for (let round = 0; round < ROUNDS; round++) {
      await join(store)
      const before = (await store.findKey({ id: key.id }, NOON))?.revision
      const changing = () =>
        store.changeKey(
          { id: key.id },
          (current, { isMember }) => {
            if (!isMember) throw new Fault('key_not_found')
            return { next: { ...current, name: `${round}` }, audit: auditOf('key', key.id) }
          },
          { act: actAt() },
        )
      let gone = 0
      const removing = () => leave(store).then((revision) => (gone = revision))
      const order: (() => Promise<unknown>)[] = round % 2 === 0 ? [changing, removing] : [removing, changing]
      const { faults } = await outcomes(order.map((call) => call()))
      late += faults.length
      const after = (await store.findKey({ id: key.id }, NOON))?.revision ?? 0
      assert.deepEqual(faults, after === before ? ['key_not_found'] : [])
      if (after !== before) assert.ok(after < gone, `changed at ${after}, removed at ${gone}`)
    }
    console.log(`changeKey: ${ROUNDS} races with the removal of its owner, ${late} came too late`)
  })

  it('listMembers > lists the latest to join first, ties by id, page by page', async (store) => {
    await team(store)
    for (const n of [21, 22, 23, 24]) {
      await addUser(store, n)
      await join(store, { userId: idOf<UserId>(n), at: NOON + (n % 2) })
    }
    const first = await store.listMembers({ of: HOME, limit: 2 })
    assert.ok(first.next)
    await join(store, { at: NOON + 9 })
    const second = await store.listMembers({ of: HOME, limit: 2, after: first.next })
    assert.deepEqual([...numbersOf(first), ...numbersOf(second)], [23, 21, 24, 22])
    assert.equal(second.next, null)
    assert.deepEqual(
      first.rows.map(({ joinedAt, addedById }) => [joinedAt, addedById]),
      [
        [NOON + 1, ROOT_USER],
        [NOON + 1, ROOT_USER],
      ],
    )
  })

  it('listMembers > for the default workspace: lists all users that are not deleted, newest first, page by page', async (store) => {
    await team(store)
    for (const n of [21, 22]) await addUser(store, n, { createdAt: NOON + n })
    await removeUser(store, ADA)
    const first = await store.listMembers({ of: 'everybody', limit: 2 })
    assert.ok(first.next)
    const second = await store.listMembers({ of: 'everybody', limit: 2, after: first.next })
    assert.deepEqual([...numbersOf(first), ...numbersOf(second)], [22, 21, 1])
    assert.equal(second.next, null)
    assert.deepEqual([first.rows[0]?.joinedAt, first.rows[0]?.addedById], [NOON + 22, null])
  })
}

/** The records of {@link seed}, a workspace and a user: revisions 1 to 5. */
async function team(store: Store): Promise<void> {
  await seed(store)
  await addWorkspace(store, 10)
  await addUser(store, 20)
}

interface Who {
  workspaceId?: WorkspaceId
  userId?: UserId
  at?: number
}

function join(store: Store, { workspaceId = HOME, userId = ADA, at = NOON }: Who = {}): Promise<Joined> {
  const audit = auditOf('workspace', workspaceId, 'workspace.add_member')
  return store.addMember({ workspaceId, userId }, { act: actAt(at), audit })
}

function leave(store: Store, { workspaceId = HOME, userId = ADA }: Who = {}): Promise<number> {
  const audit = auditOf('workspace', workspaceId, 'workspace.remove_member')
  return store.removeMember({ workspaceId, userId }, { act: actAt(), audit })
}

function isIn(store: Store): Promise<boolean> {
  return store.isMember({ workspaceId: HOME, userId: ADA })
}

async function namesIn(store: Store): Promise<string[]> {
  return (await store.listMembers({ of: HOME, limit: 100 })).rows.map(({ user }) => user.id)
}

function numbersOf({ rows }: { rows: { user: { id: string } }[] }): number[] {
  return rows.map(({ user }) => Number(user.id.slice(-12)))
}

/** Creates Ada's n-th key in the workspace. */
function createIn(
  store: Store,
  n: number,
  { look = () => {}, ...rules }: Partial<KeyCreation> & { look?: (standing: Standing) => void } = {},
): Promise<Key> {
  const key = keyNumber(n, { ownerId: ADA, workspaceId: HOME })
  const audit = auditOf('key', key.id, 'key.create')
  return store.createKey(key, {
    act: actAt(),
    audit,
    decide(standing) {
      look(standing)
      return { next: key, audit }
    },
    letIn: () => auditOf('workspace', HOME, 'workspace.add_member'),
    ...rules,
  })
}

function removeUser(store: Store, id: UserId): Promise<number> {
  const act = actAt()
  return store.deleteUser(id, (current) => ({ next: current, audit: auditOf('user', id) }), { act })
}

function removeWorkspace(store: Store, id: WorkspaceId): Promise<number> {
  const act = actAt()
  return store.deleteWorkspace(id, (current) => ({ next: current, audit: auditOf('workspace', id) }), { act })
}
