import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addUser,
  addWorkspace,
  auditOf,
  keyNumber,
  NOON,
  revokeKey,
  secretNumber,
  seed,
} from '../../../test/support/records.ts'
import type { Act } from '../../core/access/audit-entry.ts'
import type { Actor } from '../../core/access/warrant.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { Key, User } from '../../core/types.ts'
import type { KeyContext } from '../change.ts'
import type { KeyCreation, Standing } from '../keys.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'

/** Everything that an act rests on stays as the act has seen it, until the act commits. */
export function warrantRaceTests(it: It): void {
  for (const [name, prepare] of Object.entries(RACES))
    it(`warrants > no act commits after its ground is gone, whichever is first: ${name}`, async (store) => {
      await seed(store)
      let acted = 0
      for (let n = 0; n < ROUNDS; n++) {
        const { act, end } = await prepare(store, n)
        const early = n % 2 === 0 ? act() : null
        const [endedAt, actedAt] = await Promise.all([end(), early ?? act()])
        if (actedAt === null) continue
        acted += 1
        assert.ok(isBefore(actedAt, endedAt), `round ${n}: it acted at ${actedAt}, after ${endedAt}`)
      }
      console.log(`warrants: ${ROUNDS} races (${name}), ${acted} acted first`)
    })
}

const ROUNDS = 20

/** An act, and a change that takes away its ground. Each returns its revision; null when the other one has made it impossible. */
export interface Race {
  act(): Promise<number | null>
  end(): Promise<number | null>
  /** How the act changes the database. */
  verb: 'createKey' | 'changeKey' | 'handOver'
}

/** Whether an act that was done came before the end of its ground. */
export function isBefore(actedAt: number, endedAt: number | null): boolean {
  return endedAt === null || actedAt < endedAt
}

/** Prepares the n-th race, with records of its own. */
export const RACES: Record<string, (store: Store, n: number) => Promise<Race>> = {
  async 'the user of the actor is disabled'(store, n) {
    const user = await addUser(store, 100 + n)
    const key = await addKey(store, 200 + n, { ownerId: user.id })
    const act = actBy(key, ({ owner }) => demand(!owner.disabled))
    return {
      verb: 'createKey',
      act: () => create(store, n, { act }),
      end: () => patchUser(store, user, { disabled: true }),
    }
  },

  async 'the key of the actor is revoked'(store, n) {
    const { id } = await addUser(store, 100 + n)
    const actorKey = await addKey(store, 200 + n, { ownerId: id })
    const act = actBy(actorKey, ({ key }) => demand(key.revokedAt === null))
    const revoke = async () => (await revokeKey(store, actorKey.id)).revision
    return { verb: 'createKey', act: () => create(store, n, { act }), end: revoke }
  },

  async 'a user who has seen the secret of the actor is bounded'(store, n) {
    const witness = await addUser(store, 100 + n, { role: 'ADMIN' })
    const key = await ownedKey(store, n, { secrets: [secretNumber(200 + n, { seenBy: [witness.id] })] })
    const act = actBy(key, ({ witnesses: [seer] }) => demand(seer?.displayName !== BOUNDED))
    return { verb: 'createKey', act: () => create(store, n, { act }), end: () => bound(store, witness) }
  },

  async 'the workspace of a new key is deleted'(store, n) {
    const { id } = await addWorkspace(store, 100 + n)
    const remove = () =>
      store.deleteWorkspace(id, (next) => ({ next, audit: auditOf('workspace', id) }), { act: actAt() })
    return {
      verb: 'createKey',
      act: () => create(store, n, {}, { workspaceId: id }),
      // A workspace with a key is not deleted: no key at all may be in one that is, however early it came.
      end: () => revisionOf(remove().then(() => ({ revision: 0 }))),
    }
  },

  async 'the owner of a new key leaves its workspace'(store, n) {
    const { id: userId } = await addUser(store, 100 + n)
    const { id: workspaceId } = await addWorkspace(store, 400 + n)
    const membership = { userId, workspaceId }
    const record = { act: actAt(), audit: auditOf('workspace', workspaceId) }
    await store.addMember(membership, record)
    const may = ({ isMember }: Standing) => demand(isMember)
    return {
      verb: 'createKey',
      act: () => create(store, n, { may }, { ownerId: userId, workspaceId }),
      end: () => store.removeMember(membership, record),
    }
  },

  async 'the owner of a new key is bounded'(store, n) {
    const owner = await addUser(store, 100 + n)
    const may = (standing: Standing) => demand(standing.owner.displayName !== BOUNDED)
    return {
      verb: 'createKey',
      act: () => create(store, n, { may }, { ownerId: owner.id }),
      end: () => bound(store, owner),
    }
  },

  async 'the owner of a changed key is bounded'(store, n) {
    const owner = await addUser(store, 100 + n)
    const { id } = await addKey(store, 200 + n, { ownerId: owner.id })
    const may = (context: KeyContext) => demand(context.owner?.displayName !== BOUNDED)
    return { verb: 'changeKey', act: () => rename(store, id, may), end: () => bound(store, owner) }
  },

  async 'a user who has seen the secret of a changed key is bounded'(store, n) {
    const seer = await addUser(store, 100 + n)
    const { id } = await ownedKey(store, n, { secrets: [secretNumber(200 + n, { seenBy: [seer.id] })] })
    const may = ({ knowers: [knower] }: KeyContext) => demand(knower?.displayName !== BOUNDED)
    return { verb: 'changeKey', act: () => rename(store, id, may), end: () => bound(store, seer) }
  },

  async 'the heir of a key is bounded'(store, n) {
    const heir = await addUser(store, 100 + n)
    const { id } = await ownedKey(store, n)
    const may = (context: KeyContext) => demand(context.heir?.displayName !== BOUNDED)
    return {
      verb: 'handOver',
      act: () => rename(store, id, may, { heir: { id: heir.id } }),
      end: () => bound(store, heir),
    }
  },
}

function demand(isMet: boolean): void {
  if (!isMet) throw new Fault('delegation_exceeded')
}

/** A key of a user who is no ROOT: a change of a key of ROOT makes every change of a user wait. */
async function ownedKey(store: Store, n: number, members: Partial<Key> = {}): Promise<Key> {
  const { id: ownerId } = await addUser(store, 400 + n)
  return addKey(store, 200 + n, { ownerId, ...members })
}

function actBy(key: Key, judge: (actor: Actor) => void): Act {
  const warrant = { credential: key.hash, session: null, judge }
  return actAt(NOON, { userId: key.ownerId, keyId: key.id, warrant })
}

function create(
  store: Store,
  n: number,
  { may, ...record }: Partial<KeyCreation> & { may?: (standing: Standing) => void },
  members: Partial<Key> = {},
): Promise<number | null> {
  const key = keyNumber(300 + n, members)
  const audit = auditOf('key', key.id)
  const decide = (standing: Standing) => {
    may?.(standing)
    return { next: key, audit }
  }
  return revisionOf(store.createKey(key, { act: actAt(), audit, decide, ...record }))
}

function rename(
  store: Store,
  id: Key['id'],
  may: (context: KeyContext) => void,
  record: Partial<Parameters<Store['changeKey']>[2]> = {},
): Promise<number | null> {
  const changed = store.changeKey(
    { id },
    (current, context) => {
      may(context)
      const ownerId = context.heir?.id ?? current.ownerId
      return { next: { ...current, ownerId, name: 'changed' }, audit: auditOf('key', id) }
    },
    { act: actAt(), ...record },
  )
  return revisionOf(changed)
}

/** The revision of a change; null when a fault has refused it. */
async function revisionOf(change: Promise<{ revision: number }>): Promise<number | null> {
  try {
    return (await change).revision
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

/** The mark of a user whose role or policy does not allow the act any more. The store does not know which member that is. */
const BOUNDED = 'bounded'

function bound(store: Store, user: User): Promise<number> {
  return patchUser(store, user, { displayName: BOUNDED })
}

async function patchUser(store: Store, { id }: User, members: Partial<User>): Promise<number> {
  const { revision } = await store.changeUser(
    id,
    (current) => ({ next: { ...current, ...members }, audit: auditOf('user', id) }),
    { act: actAt() },
  )
  return revision
}
