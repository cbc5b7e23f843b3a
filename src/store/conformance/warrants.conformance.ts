import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addUser,
  addWorkspace,
  auditOf,
  digestNumber,
  idOf,
  keyNumber,
  NOON,
  patchKey,
  ROOT_KEY,
  ROOT_USER,
  secretNumber,
  seed,
  userNumber,
  workspaceNumber,
} from '../../../test/support/records.ts'
import type { Act } from '../../core/access/audit-entry.ts'
import type { Actor } from '../../core/access/warrant.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { KeyId, UserId, WorkspaceId } from '../../core/types.ts'
import type { ActorContext, Decided } from '../change.ts'
import type { Store } from '../store.ts'
import { changesNothing, type It, outcomes, rejectsWith } from './case.conformance.ts'

/** The rules for the warrant of every act. */
export function warrantTests(it: It): void {
  it('warrants > every change checks the warrant, and does nothing when it refuses', async (store) => {
    await seed(store)
    await addTargets(store)
    const refuse = () => {
      throw new Fault('permission_denied')
    }
    const asked = changesBy(store, byRoot(refuse))
    await changesNothing(store, async () => {
      for (const change of Object.values(asked)) await rejectsWith('permission_denied', change())
    })
    assert.equal(Object.keys(asked).length, 10)
  })

  it('warrants > every change marks its act, and what changes nothing does not', async (store) => {
    await seed(store)
    await addTargets(store)
    const marked = async (change: (act: Act) => Promise<unknown> | undefined) => {
      const effect = { isMade: false }
      await change({ ...byRoot(() => {}), effect })
      return effect.isMade
    }
    const names = Object.keys(changesBy(store, actAt()))
    for (const name of names)
      assert.deepEqual([name, await marked((act) => changesBy(store, act)[name]?.())], [name, true])
    const nothing = [
      (act: Act) => store.changeKey({ id: idOf(20) }, () => null, { act }),
      (act: Act) => store.changeUser(idOf(30), () => null, { act }),
      (act: Act) => store.changeWorkspace(idOf(31), () => null, { act }),
      (act: Act) => changesBy(store, act).addMember?.(),
      (act: Act) => changesBy(store, act).addMember?.(),
    ]
    const found: boolean[] = []
    for (const change of nothing) found.push(await marked(change))
    // The first call adds the member, and the second finds it.
    assert.deepEqual(found, [false, false, false, true, false])
  })

  it('warrants > they see key, secret and owner as they are in the transaction', async (store) => {
    await seed(store)
    await addTargets(store)
    await patchKey(store, ROOT_KEY, {
      access: 'manage',
      allowedIps: ['192.0.2.0/24'],
      notBefore: NOON - 1,
      expiresAt: NOON + 9,
      secrets: [secretNumber(40), secretNumber(3, { expiresAt: NOON + 5 })],
    })
    const policy = { permissions: ['a'], limits: { daily: 5n }, keyLifetimeMs: 7 }
    const cut = await store.changeUser(
      ROOT_USER,
      (user) => ({ next: { ...user, disabled: true, policy }, audit: auditOf('user', ROOT_USER) }),
      { act: actAt() },
    )
    const seen: Actor[] = []
    const changes = Object.values(
      changesBy(
        store,
        byRoot((actor) => seen.push(actor)),
      ),
    )
    assert.equal(changes.length, 10)
    for (const change of changes) {
      const before = seen.length
      await change()
      // Once for each attempt: a transaction that the database gives up is tried again.
      assert.ok(seen.length > before)
    }
    for (const { key, secret, owner } of seen) {
      assert.equal(key.id, ROOT_KEY)
      assert.deepEqual([key.access, key.disabled, key.revokedAt], ['manage', false, null])
      assert.deepEqual([key.allowedIps, key.notBefore, key.expiresAt], [['192.0.2.0/24'], NOON - 1, NOON + 9])
      assert.deepEqual(secret, { digest: digestNumber(3), expiresAt: NOON + 5, seenBy: [] })
      assert.deepEqual(owner, cut)
    }
  })

  it('warrants > a decision gets the actor, and for a key its owner', async (store) => {
    await seed(store)
    await addTargets(store)
    const act = byRoot(() => undefined)
    const seen: (UserId | undefined)[] = []
    await store.changeKey(
      { id: idOf(20) },
      (_, { actor, owner }) => {
        seen.push(actor?.owner.id, owner?.id)
        return null
      },
      { act },
    )
    await store.changeUser(
      idOf(30),
      (_, { actor }) => {
        seen.push(actor?.owner.id)
        return null
      },
      { act },
    )
    await store.changeWorkspace(
      idOf(31),
      (_, { actor }) => {
        seen.push(actor?.owner.id)
        return null
      },
      { act },
    )
    assert.deepEqual(seen, [ROOT_USER, idOf(30), ROOT_USER, ROOT_USER])
  })

  it('warrants > a decision gets all users who have seen the credential, also when one of them is deleted', async (store) => {
    await seed(store)
    const maker = await addUser(store, 30, { role: 'ADMIN' })
    const seenBy = [maker.id, (await addUser(store, 31)).id]
    const key = keyNumber(40, { secrets: [secretNumber(40, { seenBy })] })
    await store.createKey(key, { act: actAt(), audit: auditOf('key', key.id) })
    const warrant = { credential: digestNumber(40), session: null, judge: () => {} }
    const act = actAt(NOON, { keyId: key.id, warrant })
    const seen: unknown[] = []
    const look = () =>
      store.changeKey(
        { id: key.id },
        (current, { actor }) => {
          seen.push(
            current.secrets[0].seenBy,
            actor?.secret.seenBy,
            actor?.witnesses.map(({ id }) => id),
          )
          return null
        },
        { act },
      )
    await look()
    await store.deleteUser(maker.id, (next) => ({ next, audit: auditOf('user', maker.id) }), { act: actAt() })
    await look()
    assert.deepEqual(seen, Array(6).fill(seenBy))
  })

  it('warrants > a creation can be refused because of the present owner and actor', async (store) => {
    await seed(store)
    const owner = await addUser(store, 30, { disabled: true })
    const key = keyNumber(21, { ownerId: owner.id })
    const record = { act: byRoot(() => undefined), audit: auditOf('key', key.id) }
    await changesNothing(store, () =>
      rejectsWith(
        'delegation_exceeded',
        store.createKey(key, {
          ...record,
          decide(standing) {
            assert.deepEqual([standing.owner, standing.actor?.owner.id], [owner, ROOT_USER])
            throw new Fault('delegation_exceeded')
          },
        }),
      ),
    )
    await store.createKey(key, record)
  })

  it('warrants > a new record is written as it is made from the present actor, under its id', async (store) => {
    await seed(store)
    const act = byRoot(() => undefined)
    const [key, user, workspace] = [keyNumber(21), userNumber(22), workspaceNumber(23)]
    const made =
      <T>(kind: 'key' | 'user' | 'workspace', record: T) =>
      ({ actor }: ActorContext): Decided<T> => {
        const by = actor?.owner.id ?? 'nobody'
        const restrictions = { disabled: { by: 'ADMIN' as const, value: by } }
        return { next: { ...record, id: idOf(99), restrictions }, audit: auditOf(kind, by, `${kind}.make`) }
      }
    const audit = auditOf('key', 'nobody')
    const written = [
      await store.createKey(key, { act, audit, decide: made('key', key) }),
      await store.createUser(user, { act, audit, decide: made('user', user) }),
      await store.createWorkspace(workspace, { act, audit, decide: made('workspace', workspace) }),
    ]
    const read = [
      await store.findKey({ id: key.id }, NOON),
      await store.findUser({ id: user.id }),
      await store.findWorkspace({ id: workspace.id }),
    ]
    assert.deepEqual(read, written)
    const restrictions = { disabled: { by: 'ADMIN', value: ROOT_USER } }
    assert.deepEqual(
      read.map((record) => record?.restrictions),
      [restrictions, restrictions, restrictions],
    )
    const { rows } = await store.listAudit({ targetId: ROOT_USER, limit: 10 })
    const actions = rows.map(({ action }) => action).filter((action) => action.endsWith('.make'))
    assert.deepEqual(actions.sort(), ['key.make', 'user.make', 'workspace.make'])
  })

  it('warrants > a secret that is not stored, or belongs to another key, is not a credential', async (store) => {
    await seed(store)
    await addTargets(store)
    const judge = () => {
      throw new Error('There is nobody to judge.')
    }
    const wrong = [
      actAt(NOON, { warrant: { credential: digestNumber(99), session: null, judge } }),
      actAt(NOON, { warrant: { credential: digestNumber(20), session: null, judge } }),
      actAt(NOON, {
        keyId: idOf<KeyId>(98),
        warrant: { credential: digestNumber(3), session: null, judge },
      }),
    ]
    await changesNothing(store, async () => {
      for (const act of wrong) {
        for (const change of Object.values(changesBy(store, act)))
          await rejectsWith('credential_invalid', change())
      }
    })
  })

  it('warrants > with the sign-out of its browser an act ends, whichever is first', async (store) => {
    await seed(store)
    await addTargets(store)
    const session = {
      digest: digestNumber(90),
      userId: ROOT_USER,
      credential: digestNumber(3),
      beganAt: NOON,
      activeAt: NOON,
    }
    const warrant = { credential: digestNumber(3), session: session.digest, judge: () => {} }
    const act = actAt(NOON, { warrant })
    await changesNothing(store, async () => {
      for (const change of Object.values(changesBy(store, act)))
        await rejectsWith('credential_invalid', change())
    })
    const rounds = 20
    let acted = 0
    for (let n = 0; n < rounds; n++) {
      await store.beginSession(session, 20)
      const target = keyNumber(300 + n)
      const create = () =>
        store.createKey(target, { act, audit: auditOf('key', target.id) }).catch(() => null)
      const early = n % 2 === 0 ? create() : null
      const signOut = store.endSession(session.digest).then(() => store.findKey({ id: target.id }, NOON))
      const [atSignOut, created] = await Promise.all([signOut, early ?? create()])
      if (created !== null) acted += 1
      // Whatever was done was done before the sign-out was answered.
      assert.equal(atSignOut === null, created === null)
    }
    console.log(`warrants: ${acted} of ${rounds} acts came before the sign-out of their browser`)
  })

  it('warrants > actors that act on each other and on themselves at once never wait in a circle', async (store) => {
    const { calls, faults, elapsedMs } = await actsOnEachOther(store)
    console.log(`warrants: ${calls} acts on each other at once, ${elapsedMs} ms`)
    assert.deepEqual(faults, [])
  })

  it('settled > resolves after the changes that were under way', async (store) => {
    await seed(store)
    const writes = Array.from({ length: 10 }, (_, n) => addKey(store, 100 + n))
    // A change is under way once it was requested and another call has been answered since.
    await store.settled()
    await Promise.all(writes)
    await store.settled()
    assert.equal(await store.revision(), 13)
  })
}

/** Three actors change each other and themselves, users and keys, concurrently and repeatedly. */
export async function actsOnEachOther(
  store: Store,
): Promise<{ calls: number; faults: string[]; elapsedMs: number }> {
  const startedAt = performance.now()
  const numbers = [50, 51, 52]
  await seed(store)
  for (const n of numbers) {
    await addUser(store, n)
    await addKey(store, n + 10, { ownerId: idOf(n) })
  }
  const actors = numbers.map((n) => {
    const warrant = { credential: digestNumber(n + 10), session: null, judge: () => {} }
    return actAt(NOON, { userId: idOf(n), keyId: idOf(n + 10), warrant })
  })
  const faults: string[] = []
  let calls = 0
  for (let round = 0; round < 8; round++) {
    const name = `round ${round}`
    const work = actors.flatMap((act) =>
      numbers.flatMap((n) => [rename(store, act, n), renameKey(store, act, n)]),
    )
    const begun = work.map((each) => each(`${name}.${calls++}`))
    faults.push(...(await outcomes(begun)).faults)
  }
  return { calls, faults, elapsedMs: Math.round(performance.now() - startedAt) }
}

function rename(store: Store, act: Act, n: number) {
  return (displayName: string): Promise<unknown> =>
    store.changeUser(
      idOf(n),
      (user) => ({ next: { ...user, displayName }, audit: auditOf('user', user.id) }),
      { act },
    )
}

function renameKey(store: Store, act: Act, n: number) {
  return (name: string): Promise<unknown> =>
    store.changeKey(
      { id: idOf(n + 10) },
      (key) => ({ next: { ...key, name }, audit: auditOf('key', key.id) }),
      { act },
    )
}

function byRoot(judge: (actor: Actor) => void): Act {
  return actAt(NOON, { warrant: { credential: digestNumber(3), session: null, judge } })
}

async function addTargets(store: Store): Promise<void> {
  await addUser(store, 30)
  await addUser(store, 32)
  await addWorkspace(store, 31)
  await addWorkspace(store, 33)
  await addKey(store, 20, { ownerId: idOf(30) })
}

/** One call of every verb that changes something. */
function changesBy(store: Store, act: Act): Record<string, () => Promise<unknown>> {
  const user = userNumber(41)
  const workspace = workspaceNumber(42)
  const key = keyNumber(43)
  const membership = { workspaceId: idOf<WorkspaceId>(31), userId: idOf<UserId>(30) }
  return {
    createKey: () => store.createKey(key, { act, audit: auditOf('key', key.id) }),
    changeKey: () =>
      store.changeKey(
        { id: idOf(20) },
        (current) => ({ next: { ...current, name: 'x' }, audit: auditOf('key', current.id) }),
        { act },
      ),
    createUser: () => store.createUser(user, { act, audit: auditOf('user', user.id) }),
    changeUser: () =>
      store.changeUser(
        idOf(30),
        (current) => ({ next: { ...current, displayName: 'x' }, audit: auditOf('user', current.id) }),
        { act },
      ),
    deleteUser: () =>
      store.deleteUser(idOf(32), (next) => ({ next, audit: auditOf('user', next.id) }), { act }),
    createWorkspace: () =>
      store.createWorkspace(workspace, { act, audit: auditOf('workspace', workspace.id) }),
    changeWorkspace: () =>
      store.changeWorkspace(
        idOf(31),
        (current) => ({ next: { ...current, name: 'x' }, audit: auditOf('workspace', current.id) }),
        { act },
      ),
    deleteWorkspace: () =>
      store.deleteWorkspace(idOf(33), (next) => ({ next, audit: auditOf('workspace', next.id) }), { act }),
    addMember: () => store.addMember(membership, { act, audit: auditOf('workspace', idOf(31)) }),
    removeMember: () => store.removeMember(membership, { act, audit: auditOf('workspace', idOf(31)) }),
  }
}
