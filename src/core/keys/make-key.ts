// Tests: test/wire/native/create-key.test.ts, test/wire/native/import-keys.test.ts
import type { Decided } from '../../store/change.ts'
import type { KeyStore, Standing } from '../../store/keys.ts'
import type { MemberStore } from '../../store/members.ts'
import type { UserStore, WorkspaceStore } from '../../store/people.ts'
import {
  type Ability,
  isForManagers,
  needsMembership,
  type Principal,
  reachOf,
  requireAbility,
} from '../access/abilities.ts'
import { auditedKey, type Call } from '../access/audit.ts'
import type { Act, AuditRecord } from '../access/audit-entry.ts'
import type { Authority } from '../access/authority.ts'
import { checkDelegation, witnessesOf } from '../access/delegation.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { NewId } from '../ground/ids.ts'
import { manages, memberOf } from '../people/membership.ts'
import type { Key, KeyId, StoredSecret, User, UserId, WorkspaceId } from '../types.ts'
import type { Changes } from '../verify/changes.ts'
import type { RecordWrites, WithoutWrites } from '../verify/record-writes.ts'
import { type RememberKey, rememberView } from './change-key.ts'
import { type KeyView, unspentView } from './key-views.ts'
import { checkKey, type NewKey, newKey } from './new-key.ts'
import { NO_SUCH_OWNER, owning, requireManageable, requireOwnership } from './ownership.ts'

/** How a key is made. */
export interface Making {
  /** The ability that the caller needs, and the reach that it must have. */
  ability: Ability
  /** The stored form of its first secret. */
  first: (at: Instant) => StoredSecret
  remember?: RememberKey | undefined
}

/** Creates keys. Created and imported keys pass the same checks. */
export interface MakeKey {
  /** Makes the key, and checks it once more in the transaction that does. */
  (call: Call, input: NewKey, making: Making): Promise<KeyView>
  /**
   * Checks the key as if it were made now, and makes nothing. Throws the faults of making it, except those that only the transaction
   * can find.
   */
  judge(call: Call, input: NewKey, making: Making): Promise<void>
}

interface Parts {
  store: WithoutWrites<KeyStore & UserStore & WorkspaceStore & MemberStore>
  authority: Authority
  changes: Changes
  clock: Clock
  newId: NewId
  /** Unrevoked keys that one USER may own. */
  keysPerUser: number
}

/** The way to make a key that may be made now, and the right by which it is made. */
interface Judged {
  /** Makes the key for its owner. Throws when the actor may not make it; the caller of now is the actor when there is none. */
  decide: (standing: Pick<Standing, 'actor' | 'owner'>) => Decided<Key>
  /** What it makes for the caller of now. */
  made: Decided<Key>
  owner: User
  act: Act
}

/** Builds the one way in which keys are made, except the very first one. */
export function createMakeKey({ store, authority, changes, clock, newId, keysPerUser }: Parts): MakeKey {
  async function ownerFor(call: Call, id: UserId): Promise<User> {
    if (call.principal.user.id === id) return call.principal.user
    const owner = await store.findUser({ id })
    if (owner === null) throw new Fault('user_not_found', { errors: [NO_SUCH_OWNER] })
    return owner
  }

  async function workspaceFor(
    { principal }: Call,
    { workspaceId: id, workspaceSlug: slug }: NewKey,
  ): Promise<WorkspaceId> {
    const ref = id !== undefined ? { id } : slug !== undefined ? { slug } : 'default'
    const workspace = await store.findWorkspace(ref, memberOf(principal).memberId)
    if (workspace === null) throw NO_WORKSPACE()
    return workspace.id
  }

  /** The workspace of the new key, if the caller makes it for a member of a workspace that it manages; otherwise null. */
  async function managedBy(call: Call, input: NewKey, ability: Ability): Promise<WorkspaceId | null> {
    const { principal } = call
    if (!needsMembership(principal.user.role) || !isForManagers(ability)) return null
    const workspaceId = await workspaceFor(call, input)
    if (!(await manages(store, principal, workspaceId))) return null
    const { ownerId: userId } = input
    return userId !== undefined && (await store.isMember({ workspaceId, userId })) ? workspaceId : null
  }

  async function judged(call: Call, input: NewKey, { ability, first }: Making): Promise<Judged> {
    const at = clock.now()
    const self = call.principal.user
    const { ownerId = self.id } = input
    const managed = ownerId === self.id ? null : await managedBy(call, input, ability)
    const act = authority.act(call, at, (principal) => {
      if (managed === null) requireOwnership(principal, ability, ownerId)
      else requireAbility(principal, ability)
      requireChoosing(principal, ability, input)
    })
    const found = await ownerFor(call, ownerId)
    const workspaceId = managed ?? (await workspaceFor(call, input))
    const id = input.id ?? newId<KeyId>()
    const secret = first(at)
    const decide: Judged['decide'] = ({ actor, owner }) => {
      const granter = actor?.owner ?? self
      const { seenBy: known } = actor?.secret ?? call.principal
      const seenBy = witnessesOf({ user: granter, seenBy: known }, owner)
      const key = newKey(input, { id, granter, owner, workspaceId, at, first: { ...secret, seenBy } })
      checkKey(key, at)
      if (managed !== null) requireManageable({ current: null, next: key, ability })
      // Only the transaction knows which other users have seen the credential.
      const witnesses = actor?.witnesses ?? []
      checkDelegation(granter, { owner, power: key, showsSecret: true, witnesses })
      return { next: key, audit: creationOf(key) }
    }
    return { decide, made: decide({ actor: null, owner: found }), owner: found, act }
  }

  async function make(call: Call, input: NewKey, making: Making): Promise<KeyView> {
    const { decide, made, owner, act } = await judged(call, input, making)
    const { next: key, audit } = made
    const { remember } = making
    // No memory holds that there is no such key. But a node that knows of no secrets of other forms does not look for them.
    const wait = key.secrets.some(({ foreign }) => foreign) ? call.wait : 'none'
    const write = (records: RecordWrites) =>
      records.createKey(key, {
        act,
        audit,
        decide(standing) {
          const { actor, owner, isMember, isManager } = standing
          const by = actor?.owner ?? call.principal.user
          if (needsMembership(by.role) && !isMember) throw NO_WORKSPACE()
          if (needsMembership(by.role) && owner.id !== by.id && !isManager)
            throw new Fault('user_foreign', { errors: [NO_SUCH_OWNER] })
          return decide(standing)
        },
        ...owning(key, keysPerUser),
        ...(remember && { remember: rememberView(remember, unspentView(key, owner, act.at)) }),
      })
    const { written } = await changes.make({ kind: 'key', id: key.id }, write, wait)
    return unspentView(written, owner, act.at)
  }

  return Object.assign(make, {
    async judge(call: Call, input: NewKey, making: Making) {
      await judged(call, input, making)
    },
  })
}

function creationOf(key: Key): AuditRecord {
  const target = { kind: 'key' as const, id: key.id }
  return { action: 'key.create', target, before: null, after: auditedKey(key), reason: null }
}

/** A refusal of a used id reveals that it exists, so only callers that may see its owner choose ids. */
function requireChoosing(principal: Principal, ability: Ability, { id, idChosenByAnybody }: NewKey): void {
  if (id === undefined || idChosenByAnybody || reachOf(principal, ability) === 'ANY') return
  const errors = [{ place: ['id'], message: ID_NOT_CHOSEN }]
  throw new Fault('permission_denied', { message: ID_NOT_CHOSEN, errors })
}

const ID_NOT_CHOSEN =
  'Only ADMIN and ROOT choose the id of a key. An idempotency key makes this call safe to repeat.'

const NO_WORKSPACE = () => new Fault('workspace_not_found', { errors: [NO_SUCH_WORKSPACE] })
const NO_SUCH_WORKSPACE = { place: ['workspaceId'], message: 'No such workspace.' }
