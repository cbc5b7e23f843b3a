// Tests: test/wire/native/update-key.test.ts
import type { Decide, KeyContext } from '../../store/change.ts'
import type { KeyStore } from '../../store/keys.ts'
import type { MemberStore } from '../../store/members.ts'
import type { UserStore } from '../../store/people.ts'
import {
  type Ability,
  isForManagers,
  needsMembership,
  type Principal,
  reachOfRole,
  requireAbility,
  requireReach,
} from '../access/abilities.ts'
import { auditedKey, type Call, changedMembers, NO_MEMBERS } from '../access/audit.ts'
import type { Authority } from '../access/authority.ts'
import { checkRole } from '../access/delegation.ts'
import { managerOf, requireManagement } from '../access/managers.ts'
import { sameRestrictions } from '../access/restrictions.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import { requireRevision } from '../ground/revision.ts'
import { manages, sees } from '../people/membership.ts'
import type { Expected, Key, User, UserId, WorkspaceId } from '../types.ts'
import type { Changes, Receipt } from '../verify/changes.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import type { KeyView, KeyViews } from './key-views.ts'
import { NO_SUCH_OWNER, owning, requireManageable, requireOwnership } from './ownership.ts'
import { type KeyRef, nameOf } from './queries.ts'
import type { Remember } from './remembered.ts'

/** Stores the answer to an Idempotency-Key together with the key. */
export type RememberKey = Omit<Remember<Key>, 'answer'> & {
  answer: (view: KeyView) => ReturnType<Remember<Key>['answer']>
}

/** How much the caller's dialect reveals about keys out of the caller's reach. */
export interface Telling {
  /** A revoked key is `key_not_found` for everybody, before its owner is considered. */
  revokedIsGone?: true
  /**
   * True to distinguish another user's key from an unknown one (docs/wire/goodmem.md#errors); otherwise the answers are equal, also in
   * time.
   */
  foreignIsTold?: true
}

/** The actor, the owner of the key and the time of a change, as they are in its transaction. */
export interface Changing {
  granter: User
  /** Null when the key's owner is deleted. */
  owner: User | null
  /** The next owner of the key; null when the change names none. */
  heir: User | null
  /** The other users who have seen a secret of the key that still works. */
  knowers: readonly User[]
  /** The other users who have seen the granter's credential. */
  witnesses: readonly User[]
  at: Instant
}

/** A change of one key. */
export interface KeyWork extends Telling, Expected {
  /** The ability that the caller needs; null for acts that any holder of the key may do, whatever its access and role. */
  ability: Ability | null
  /** Its action in the audit log. */
  action: string
  reason?: string | null
  remember?: RememberKey
  /** The next owner of the key; the caller must be able to make keys for that user. */
  heirId?: UserId
  /** The key after the change, or null for no change. Runs under the key's lock, perhaps more than once. */
  next: (current: Key, changing: Changing) => Key | null
}

/** Makes a change of one key: finds it, checks whether the caller reaches it, and decides under its lock. */
export type ChangeKey = (call: Call, ref: KeyRef, work: KeyWork) => Promise<Receipt<Key>>

/** Builds the one way in which keys are changed. */
export function createChangeKey({
  store,
  authority,
  changes,
  views,
  clock,
  keysPerUser,
}: {
  store: WithoutWrites<KeyStore & MemberStore & UserStore>
  authority: Authority
  changes: Changes
  views: KeyViews
  clock: Clock
  /** Unrevoked keys that one USER may own. */
  keysPerUser: number
}): ChangeKey {
  return async function changeKey(call, ref, work) {
    const at = clock.now()
    const { ability, remember, heirId } = work
    // The key is read first, because the right to change it depends on its owner; and again under its lock, where the owner may be
    // another one.
    const seen =
      ability === null
        ? await heldKey(store, call, at)
        : await reachedKey(store, call, { ref, at, ability, telling: work })
    const act = authority.act(call, at, (principal) => {
      // Whether the caller manages the workspace of another user's key is checked under the lock of the key.
      if (ability !== null && isForManagers(ability)) requireAbility(principal, ability)
      else if (ability !== null)
        requireReach(principal, ability, { ownerId: seen.ownerId, foreign: 'key_foreign' })
      else if (principal.keyId !== seen.id) throw new Fault('key_foreign')
      if (heirId !== undefined) requireOwnership(principal, 'CREATE_APIKEY', heirId)
    })
    if (heirId !== undefined && (await store.findUser({ id: heirId })) === null)
      throw new Fault('user_not_found', { errors: [NO_SUCH_OWNER] })
    const decide: Decide<Key, KeyContext> = (current, context) => {
      const { actor, owner, heir, knowers, managers } = context
      const granter = actor?.owner ?? call.principal.user
      const isOthers = ability === null ? false : requireWithinReach(current, context, { granter, ability })
      requireRevision(current, work.ifRevision)
      if (work.revokedIsGone) requirePresent(current)
      const witnesses = actor?.witnesses ?? []
      const next = work.next(current, { granter, owner, heir, knowers, witnesses, at })
      if (isOthers && ability !== null) requireManageable({ current, next, ability })
      if (next !== null && owner !== null && !onlyStops(current, next)) checkRole(granter, owner)
      if (next !== null && owner !== null && managers !== null) {
        const seers = [...knowers, granter, ...witnesses]
        const before = managerOf(current, owner, seers)
        const after = managerOf(next, next.ownerId === heir?.id ? heir : owner, [...seers, owner])
        const moment = { at, ip: call.ip }
        requireManagement([before, ...managers.others], [after, ...managers.others], moment)
      }
      return next && decided({ current, next, action: work.action, reason: work.reason ?? null })
    }
    // The stored answer must show what the key has spent; inside the transaction that could not be read.
    const record = {
      act,
      ...(heirId && { heir: { id: heirId, ...owning(seen, keysPerUser) } }),
      ...(remember && { remember: rememberView(remember, await views.of(seen, at)) }),
    }
    return changes.make(
      { kind: 'key', id: seen.id },
      (records) => records.changeKey({ id: seen.id }, decide, record),
      call.wait,
    )
  }
}

/**
 * Finds a key that the caller reaches. Throws `key_not_found`, also for an own key in a workspace that the caller does not see, and
 * `key_foreign` for one out of its reach. Where the dialect gives both the same answer, they also take the same time: the owner is
 * looked up before the key is read, so another user's key costs as much as an unknown one.
 */
export function reachedKey(
  store: WithoutWrites<KeyStore & MemberStore>,
  call: Call,
  of: Reaching,
): Promise<Key> {
  return readOfReached(store, call, of, async (key) => key)
}

interface Reaching {
  ref: KeyRef
  at: Instant
  ability: Ability
  telling: Telling
}

/** The same, with what is read of the key. That read may wait, so the caller's memberships are judged after it. */
export async function readOfReached<T>(
  store: WithoutWrites<KeyStore & MemberStore>,
  { principal }: Call,
  { ref, at, ability, telling }: Reaching,
  read: (key: Key) => Promise<T>,
): Promise<T> {
  if (requireAbility(principal, ability) === 'OWN' && !telling.foreignIsTold) {
    const payer = (await store.resolveKeys([ref])).get(nameOf(ref))
    // Checked for an unknown key, too, so that both take the same time.
    const isManaged =
      payer?.ownerId !== principal.user.id &&
      isForManagers(ability) &&
      (await manages(store, principal, payer?.workspaceId ?? NOWHERE))
    if (payer === undefined) throw new Fault('key_not_found')
    if (!isManaged) requireReach(principal, ability, { ownerId: payer.ownerId, foreign: 'key_foreign' })
  }
  const key = await store.findKey(ref, at)
  if (key === null) throw new Fault('key_not_found')
  if (telling.revokedIsGone) requirePresent(key)
  const found = await read(key)
  if (await isManagersKey(store, principal, { key, ability })) return found
  requireReach(principal, ability, { ownerId: key.ownerId, foreign: 'key_foreign' })
  if (!(await sees(store, principal, key.workspaceId))) throw new Fault('key_not_found')
  return found
}

// Stands for the workspace of an unknown key.
const NOWHERE = '' as WorkspaceId

/** Whether a key belongs to another user, in a workspace that the caller manages. */
async function isManagersKey(
  store: WithoutWrites<MemberStore>,
  principal: Principal,
  { key, ability }: { key: Key; ability: Ability },
): Promise<boolean> {
  if (key.ownerId === principal.user.id || !isForManagers(ability)) return false
  return manages(store, principal, key.workspaceId)
}

/**
 * Requires that an actor reaches the key as it is under its lock. Returns true for another user's key in a workspace that the actor
 * manages.
 */
function requireWithinReach(
  current: Key,
  { isMember, isManager }: KeyContext,
  { granter, ability }: { granter: User; ability: Ability },
): boolean {
  if (reachOfRole(granter.role, ability) === 'ANY') return false
  if (current.ownerId === granter.id) {
    if (needsMembership(granter.role) && !isMember) throw new Fault('key_not_found')
    return false
  }
  if (!isManager || !isForManagers(ability)) throw new Fault('key_foreign')
  return true
}

/** Finds the key that the caller holds. */
export async function heldKey(
  store: WithoutWrites<KeyStore>,
  { principal }: Call,
  at: Instant,
): Promise<Key> {
  const key = await store.findKey({ id: principal.keyId }, at)
  if (key === null) throw new Fault('key_not_found')
  return key
}

/** Stores an answer that shows the key within its view. */
export function rememberView({ claim, answer }: RememberKey, around: Omit<KeyView, 'key'>): Remember<Key> {
  return { claim, answer: (key) => answer({ ...around, key }) }
}

function decided(change: { current: Key; next: Key; action: string; reason: string | null }) {
  const { current, next, action, reason } = change
  const members = changedMembers(auditedKey(current), auditedKey(next)) ?? NO_MEMBERS
  return { next, audit: { action, target: { kind: 'key' as const, id: current.id }, ...members, reason } }
}

/**
 * Disabling a key that only uses the data plane is the one act allowed on a key of a higher role: anybody on duty can stop a leak, and
 * it can be undone. To name another member, also with its present value, would make the actor an author of that restriction.
 */
function onlyStops(current: Key, next: Key): boolean {
  const { after } = changedMembers(auditedKey(current), auditedKey(next)) ?? NO_MEMBERS
  const isNothingElse = Object.keys(after ?? {}).every((name) => name === 'disabled')
  return isNothingElse && restrictsNothingElse(current, next) && next.disabled && current.access === 'use'
}

function restrictsNothingElse(current: Key, next: Key): boolean {
  const others = ({ restrictions: { disabled: _, ...rest } }: Key) => ({ restrictions: rest })
  return sameRestrictions(others(current), others(next))
}

function requirePresent(key: Key): void {
  if (key.revokedAt !== null) throw new Fault('key_not_found', { internal: 'revoked' })
}
