import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addUser,
  auditOf,
  idOf,
  NOON,
  ROOT_USER,
  revokeKey,
  seed,
  userNumber,
} from '../../../test/support/records.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { UserQuery } from '../../core/people/queries.ts'
import type { User, UserId } from '../../core/types.ts'
import type { Decide } from '../change.ts'
import type { Store } from '../store.ts'
import { changesNothing, type It, outcomes, rejectsWith } from './case.conformance.ts'

const CALLERS = 20

/** `createUser`, `changeUser`, `deleteUser`, `findUser`, `listUsers`. */
export function userTests(it: It): void {
  it('createUser > every written member is read back', async (store) => {
    const members: Partial<User> = {
      username: 'Ada.Lovelace',
      email: 'Ada@Example.org',
      displayName: 'Ada — 🚀',
      externalId: 'crm:1',
      role: 'SERVICE',
      disabled: true,
      policy: {
        permissions: ['documents.*'],
        limits: { daily: 0n, total: 2n ** 63n - 1n },
        keyLifetimeMs: 86_400_000,
      },
      updatedAt: NOON + 1,
    }
    const user = await addUser(store, 10, members)
    assert.deepEqual(user, { ...userNumber(10, members), revision: 1 })
    assert.deepEqual(await store.findUser({ id: user.id }), user)
  })

  it('createUser > user_id_taken, username_taken, email_taken: letter case does not distinguish', async (store) => {
    await addUser(store, 10, { username: 'Ada', email: 'Ada@Example.org' })
    await rejectsWith('user_id_taken', addUser(store, 10, { username: 'other', email: 'other@example.org' }))
    await rejectsWith('username_taken', addUser(store, 11, { username: 'ADA' }))
    await rejectsWith('email_taken', addUser(store, 11, { email: 'aDA@EXAMPLE.ORG' }))
    await addUser(store, 12, { username: 'Ärger', email: 'ä@example.org' })
    await rejectsWith('username_taken', addUser(store, 13, { username: 'äRGER' }))
    await rejectsWith('email_taken', addUser(store, 13, { email: 'Ä@example.org' }))
    assert.equal(await store.revision(), 2)
  })

  it('createUser > the id of a deleted user stays taken, its name and address do not', async (store) => {
    const user = await addUser(store, 10)
    await remove(store, user.id)
    await rejectsWith('user_id_taken', addUser(store, 10, { username: 'other', email: 'other@example.org' }))
    const { username, email } = user
    await addUser(store, 11, { username, email })
  })

  it('createUser > of many callers with one name, one succeeds', async (store) => {
    const calls = Array.from({ length: CALLERS }, (_, n) =>
      addUser(store, 10 + n, { username: n % 2 ? 'Ada' : 'ada' }),
    )
    const { done, faults } = await outcomes(calls)
    console.log(`createUser: ${CALLERS} concurrent callers with one name, ${done.length} succeeded`)
    assert.equal(done.length, 1)
    assert.deepEqual(new Set(faults), new Set(['username_taken']))
  })

  it('changeUser > writes the decided record; identity and creation stay', async (store) => {
    const user = await addUser(store, 10)
    const members: Partial<User> = {
      username: 'new',
      email: 'New@example.org',
      displayName: 'New',
      externalId: 'e',
      role: 'ADMIN',
      disabled: true,
      policy: { permissions: [], limits: { weekly: 5n }, keyLifetimeMs: 7 },
      updatedAt: NOON + 1,
    }
    const changed = await change(store, user.id, { ...members, id: idOf<UserId>(99), createdAt: 1 })
    assert.deepEqual(changed, { ...user, ...members, revision: 2 })
    assert.deepEqual(await store.findUser({ id: user.id }), changed)
    assert.equal(await store.findUser({ username: user.username }), null)
  })

  it('changeUser > user_not_found: missing or deleted', async (store) => {
    await rejectsWith('user_not_found', change(store, idOf<UserId>(99), {}))
    const user = await addUser(store, 10)
    await remove(store, user.id)
    await changesNothing(store, () =>
      rejectsWith('user_not_found', change(store, user.id, { displayName: 'x' })),
    )
  })

  it('changeUser > username_taken and email_taken, except for its own in another letter case', async (store) => {
    const user = await addUser(store, 10)
    const other = await addUser(store, 11)
    await rejectsWith('username_taken', change(store, user.id, { username: other.username.toUpperCase() }))
    await rejectsWith('email_taken', change(store, user.id, { email: 'USER-11@example.org' }))
    assert.deepEqual(await store.findUser({ id: user.id }), user)
    const username = user.username.toUpperCase()
    assert.equal((await change(store, user.id, { username })).username, username)
  })

  it('changeUser > counts the other enabled users with the role ROOT', async (store) => {
    await seed(store)
    const countFor = async (id: UserId) => {
      const counted: number[] = []
      const look: Decide<User, { otherRoots: number }> = (_, { otherRoots }) => {
        counted.push(otherRoots)
        return null
      }
      await store.changeUser(id, look, { act: actAt() })
      return counted[0]
    }
    assert.equal(await countFor(ROOT_USER), 0)
    const second = await addUser(store, 10, { role: 'ROOT' })
    await addUser(store, 11, { role: 'ROOT', disabled: true })
    await addUser(store, 12, { role: 'ADMIN' })
    const gone = await addUser(store, 13, { role: 'ROOT' })
    await remove(store, gone.id)
    assert.equal(await countFor(ROOT_USER), 1)
    assert.equal(await countFor(second.id), 1)
    assert.equal(await countFor(idOf<UserId>(12)), 2)
  })

  it('changeUser > concurrent changes that would each remove the last but one ROOT leave one', async (store) => {
    const rounds = 5
    for (let round = 0; round < rounds; round++) {
      const ids = [idOf<UserId>(100 + 2 * round), idOf<UserId>(101 + 2 * round)]
      for (const n of [100 + 2 * round, 101 + 2 * round]) await addUser(store, n, { role: 'ROOT' })
      const [first, second] = ids as [UserId, UserId]
      const { done, faults } = await outcomes<unknown>([
        store.deleteUser(first, unlessLast, { act: actAt() }),
        store.changeUser(second, unlessLast, { act: actAt() }),
      ])
      assert.deepEqual([done.length, faults], [1, ['last_root']])
      const left = (await store.listUsers({ role: 'ROOT', limit: 10 })).rows.filter((user) => !user.disabled)
      assert.equal(left.length, 1)
      for (const user of left) await change(store, user.id, { role: 'USER' })
    }
    console.log(`users: ${rounds} races to remove the last two ROOT users`)
  })

  it('changeUser > concurrent changes of one user see each other, and none is lost', async (store) => {
    const user = await addUser(store, 10, { displayName: '' })
    const appending = () =>
      store.changeUser(
        user.id,
        (current) => ({
          next: { ...current, displayName: `${current.displayName}x` },
          audit: auditOf('user', user.id),
        }),
        { act: actAt() },
      )
    await Promise.all(Array.from({ length: CALLERS }, appending))
    console.log(`changeUser: ${CALLERS} concurrent changes of one user`)
    assert.equal((await store.findUser({ id: user.id }))?.displayName, 'x'.repeat(CALLERS))
  })

  it('deleteUser > returns the revision; the user is no longer found or listed', async (store) => {
    const user = await addUser(store, 10)
    assert.equal(await remove(store, user.id), 2)
    assert.equal(await store.revision(), 2)
    assert.equal(await store.findUser({ id: user.id }), null)
    assert.equal(await store.findUser({ email: 'user-10@example.org' }), null)
    assert.equal(await store.findUser({ username: user.username }), null)
    assert.deepEqual((await store.listUsers({ limit: 10 })).rows, [])
    await rejectsWith('user_not_found', remove(store, user.id))
    await rejectsWith('user_not_found', remove(store, idOf<UserId>(99)))
  })

  it('deleteUser > user_has_keys: while it owns a key that is not revoked', async (store) => {
    await seed(store)
    const user = await addUser(store, 10)
    const key = await addKey(store, 20, { ownerId: user.id, disabled: true, expiresAt: NOON - 1 })
    await changesNothing(store, () => rejectsWith('user_has_keys', remove(store, user.id)))
    const revoked = await revokeKey(store, key.id)
    await remove(store, user.id)
    assert.equal(revoked.ownerId, user.id)
    assert.deepEqual(await store.findKey({ id: key.id }, NOON), revoked)
  })

  it('deleteUser > no key is created for a user that is being deleted', async (store) => {
    await seed(store)
    const rounds = 10
    let deleted = 0
    for (let round = 0; round < rounds; round++) {
      const user = await addUser(store, 100 + round)
      const deleting = () => remove(store, user.id)
      const filling = () => addKey(store, 200 + round, { ownerId: user.id })
      // Either call may be the first.
      const order: (() => Promise<unknown>)[] = round % 2 === 0 ? [deleting, filling] : [filling, deleting]
      const { faults } = await outcomes(order.map((call) => call()))
      const found = await store.findUser({ id: user.id })
      if (found === null) deleted += 1
      assert.deepEqual(faults, [found === null ? 'user_not_found' : 'user_has_keys'])
    }
    console.log(`deleteUser: ${rounds} races with the creation of a key, ${deleted} users deleted`)
  })

  it('findUser > finds a user by exact id, and by e-mail and username without regard to letter case', async (store) => {
    const user = await addUser(store, 10, { username: 'Zoë', email: 'Zoë@Example.org' })
    assert.deepEqual(await store.findUser({ email: 'zoË@EXAMPLE.org' }), user)
    assert.deepEqual(await store.findUser({ username: 'ZOË' }), user)
    assert.equal(await store.findUser({ username: 'Zoe' }), null)
    assert.equal(await store.findUser({ username: 'Zo_' }), null)
    assert.equal(await store.findUser({ email: '%' }), null)
    const lettered = 'aaaaaaaa-0000-7000-8000-00000000000b' as UserId
    await addUser(store, 11, { id: lettered })
    assert.equal(await store.findUser({ id: lettered.toUpperCase() as UserId }), null)
  })

  it('createUser, changeUser > any number of users have no e-mail address; one that is removed is free', async (store) => {
    const user = await addUser(store, 10, { email: null })
    await addUser(store, 11, { email: null })
    assert.equal((await store.findUser({ id: user.id }))?.email, null)
    for (const email of ['', 'null']) assert.equal(await store.findUser({ email }), null)
    assert.equal((await change(store, user.id, { email: 'Ada@example.org' })).email, 'Ada@example.org')
    await rejectsWith('email_taken', change(store, idOf(11), { email: 'ada@example.org' }))
    assert.equal((await change(store, user.id, { email: null })).email, null)
    assert.equal(await store.findUser({ email: 'ada@example.org' }), null)
    assert.equal((await change(store, idOf(11), { email: 'ada@example.org' })).email, 'ada@example.org')
    assert.equal((await store.listUsers({ limit: 10 })).rows.length, 2)
  })

  it('listUsers > lists the newest first, ties by id, descending, page by page', async (store) => {
    for (const n of [10, 11, 12, 13, 14]) await addUser(store, n, { createdAt: NOON - (n % 2) })
    const whole = await numbers(store, { limit: 10 })
    assert.deepEqual(whole, [14, 12, 10, 13, 11])
    const first = await store.listUsers({ limit: 2 })
    assert.ok(first.next)
    await addUser(store, 20, { createdAt: NOON + 1 })
    const second = await store.listUsers({ limit: 3, after: first.next })
    assert.deepEqual([...first.rows, ...second.rows].map(numberOf), whole)
    assert.equal(second.next, null)
  })

  it('listUsers > filters by role and by external id', async (store) => {
    await addUser(store, 10, { role: 'ADMIN', externalId: 'x' })
    await addUser(store, 11, { role: 'USER', externalId: 'x' })
    await addUser(store, 12, { role: 'USER', externalId: 'X' })
    assert.deepEqual(await numbers(store, { role: 'USER', limit: 10 }), [12, 11])
    assert.deepEqual(await numbers(store, { externalId: 'x', limit: 10 }), [11, 10])
    assert.deepEqual(await numbers(store, { role: 'USER', externalId: 'x', limit: 10 }), [11])
    assert.deepEqual(await numbers(store, { externalId: '', limit: 10 }), [])
  })
}

const unlessLast: Decide<User, { otherRoots: number }> = (current, { otherRoots }) => {
  if (otherRoots === 0) throw new Fault('last_root')
  return { next: { ...current, disabled: true }, audit: auditOf('user', current.id) }
}

function change(store: Store, id: UserId, members: Partial<User>): Promise<User> {
  const decide: Decide<User, { otherRoots: number }> = (current) => ({
    next: { ...current, ...members },
    audit: auditOf('user', id),
  })
  return store.changeUser(id, decide, { act: actAt() })
}

function remove(store: Store, id: UserId): Promise<number> {
  return store.deleteUser(id, (current) => ({ next: current, audit: auditOf('user', id) }), { act: actAt() })
}

async function numbers(store: Store, query: UserQuery): Promise<number[]> {
  return (await store.listUsers(query)).rows.map(numberOf)
}

function numberOf({ id }: User): number {
  return Number(id.slice(-12))
}
