// Tests: test/wire/native/users.test.ts
import type { ActorContext, Decide } from '../../store/change.ts'
import type { UserContext, UserStore } from '../../store/people.ts'

import { callerOf, coversRole, type Principal, requireAbility, requireReach } from '../access/abilities.ts'
import type { Call } from '../access/audit.ts'

import type { Authority } from '../access/authority.ts'
import { checkPolicy, checkRole, DEFAULT_POLICIES, policyAfter } from '../access/delegation.ts'
import { requireKnowersWithin } from '../access/handover.ts'
import { managersAfter, requireManagement } from '../access/managers.ts'
import { namedIn } from '../access/restrictions.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { NewId } from '../ground/ids.ts'
import type { Page } from '../ground/page.ts'
import { requireRevision } from '../ground/revision.ts'
import { type LimitChanges, mergedLimits } from '../keys/new-key.ts'
import type { Remember } from '../keys/remembered.ts'
import type { Limits } from '../money/windows.ts'
import type { Expected, GrantPolicy, Role, User, UserId } from '../types.ts'
import type { Changes } from '../verify/changes.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import type { UserQuery } from './queries.ts'
import { added, changed, deleted, USERS } from './records.ts'

/** The choices for a new user. */
export interface NewUser {
  id?: UserId
  username: string
  email?: string | null
  displayName: string
  externalId?: string | null
  role: Role
  disabled?: boolean
  /** Caps on what all keys of the user spend together. */
  limits?: Limits
  includeByokInLimit?: boolean
  /** The bounds of the user's grants to keys. Without it a ROOT or ADMIN is unbounded, and others may grant no permission. */
  policy?: Partial<GrantPolicy>
}

/** Changes of a user. An absent member keeps its value. */
export type UserPatch = Partial<Omit<NewUser, 'id' | 'policy' | 'limits'>> & {
  /** Limits by window; null removes a limit. */
  limits?: LimitChanges
  /** Members of the policy; its limits by window. */
  policy?: Partial<Omit<GrantPolicy, 'limits'>> & { limits?: LimitChanges }
}

/** A change of a user. */
export interface UserChange extends Expected {
  patch: UserPatch
  /** Only while the user has no unrevoked key; otherwise `user_has_keys`. */
  ifWithoutKeys?: boolean
}

/** The operations on users. */
export interface Users {
  /** Adds a user. Needs MANAGE_USERS, and neither role nor policy beyond the caller's. */
  create(call: Call, input: NewUser, remember?: Remember<User>): Promise<User>
  /** Reads a user: the caller itself, or any user when its DISPLAY_USER reaches that far. */
  get(call: Call, by: { id: UserId } | { email: string }): Promise<User>
  /** Lists users, newest first. Needs MANAGE_USERS. */
  list(call: Call, query: UserQuery): Promise<Page<User>>
  /** Changes a user; disabling one stops all of its keys before this returns. */
  update(call: Call, id: UserId, change: UserChange): Promise<User>
  /** Deletes a user whose keys are all revoked. */
  remove(call: Call, id: UserId, order: Expected): Promise<void>
}

/** Builds the operations on users. */
export function createUsers({
  store,
  authority,
  changes,
  clock,
  newId,
}: {
  store: WithoutWrites<UserStore>
  authority: Authority
  changes: Changes
  clock: Clock
  newId: NewId
}): Users {
  return {
    async create(call, input, remember) {
      const at = clock.now()
      const id = input.id ?? newId<UserId>()
      // Every user is given a role, so the request does not restrict the user by naming one.
      const { role, ...chosen } = input
      const decide = ({ actor }: ActorContext) =>
        added(USERS, newUser(input, id, at), {
          actor: actor?.owner ?? call.principal.user,
          named: namedIn(chosen),
          at,
        })
      const { next: user, audit } = decide({ actor: null })
      const act = authority.act(call, at, (principal, witnesses) => {
        requireAbility(principal, 'MANAGE_USERS')
        checkRole(principal.user, user)
        checkPolicy(principal.user, user.policy, witnesses)
      })
      const record = { act, audit, decide, ...(remember && { remember }) }
      // No memory holds that there was no such user, so no node has anything to forget.
      const { written } = await changes.make(
        { kind: 'user', id: user.id },
        (records) => records.createUser(user, record),
        'none',
      )
      return written
    },

    async get(call, by) {
      const { user: self } = call.principal
      const reach = requireAbility(call.principal, 'DISPLAY_USER')
      // A caller that may see only itself must not learn which other users exist, also not from the time of the answer.
      const isSelf = 'id' in by ? by.id === self.id : by.email.toLowerCase() === self.email?.toLowerCase()
      if (reach === 'OWN' && !isSelf) throw new Fault('user_foreign')
      const user = await store.findUser(by)
      if (user === null) throw new Fault('user_not_found')
      requireReach(call.principal, 'DISPLAY_USER', { ownerId: user.id, foreign: 'user_foreign' })
      return user
    },

    async list(call, query) {
      requireAbility(call.principal, 'MANAGE_USERS')
      return store.listUsers(query, callerOf(call.principal))
    },

    async update(call, id, { patch, ifRevision, ifWithoutKeys = false }) {
      const at = clock.now()
      const act = authority.act(call, at, managesUsers)
      const decide: Decide<User, UserContext> = (
        current,
        { actor, otherRoots, managers, ownsKeys, knowers },
      ) => {
        const granter = actor?.owner ?? call.principal.user
        requireRevision(current, ifRevision)
        if (ifWithoutKeys && ownsKeys) throw new Fault('user_has_keys')
        checkRole(granter, current)
        const { policy, limits, ...rest } = patch
        const held = policyAfter(current.policy, { from: current.role, to: rest.role ?? current.role })
        const caps = mergedLimits(held.limits, policy?.limits ?? {})
        const wanted = {
          ...current,
          ...rest,
          limits: mergedLimits(current.limits, limits ?? {}),
          policy: { ...held, ...policy, limits: caps },
        }
        const decided = changed(USERS, { current, wanted, actor: granter, named: namedIn(patch), at })
        if (decided === null) return null
        const { next } = decided
        checkRole(granter, next)
        // A role with more abilities can do more with the same policy: a SERVICE, for example, makes no keys.
        const isRaised = !coversRole(current.role, next.role)
        if (isRaised) requireKnowersWithin(knowers, next.role, ['role'])
        if (policy !== undefined || isRaised) checkPolicy(granter, next.policy, actor?.witnesses ?? [])
        requireRoot(current, { next, otherRoots })
        if (managers !== null) {
          const before = [...managers.own, ...managers.others]
          requireManagement(before, managersAfter(before, next), { at, ip: call.ip })
        }
        return decided
      }
      const { written } = await changes.make(
        { kind: 'user', id },
        (records) => records.changeUser(id, decide, { act, ...(patch.role && { toRole: patch.role }) }),
        call.wait,
      )
      return written
    },

    async remove(call, id, { ifRevision }) {
      const act = authority.act(call, clock.now(), managesUsers)
      const decide: Decide<User, UserContext> = (current, { actor, otherRoots }) => {
        const granter = actor?.owner ?? call.principal.user
        requireRevision(current, ifRevision)
        checkRole(granter, current)
        requireRoot(current, { next: null, otherRoots })
        return deleted(USERS, current)
      }
      await changes.make(
        { kind: 'user', id },
        (records) => records.deleteUser(id, decide, { act }),
        call.wait,
      )
    },
  }
}

function managesUsers(principal: Principal): void {
  requireAbility(principal, 'MANAGE_USERS')
}

function newUser(input: NewUser, id: UserId, at: Instant): User {
  const { role } = input
  return {
    id,
    username: input.username,
    email: input.email ?? null,
    displayName: input.displayName,
    externalId: input.externalId ?? null,
    role,
    disabled: input.disabled ?? false,
    limits: mergedLimits({}, input.limits ?? {}),
    includeByokInLimit: input.includeByokInLimit ?? false,
    policy: { ...DEFAULT_POLICIES[role], ...input.policy },
    restrictions: {},
    createdAt: at,
    updatedAt: null,
    revision: 0,
  }
}

function requireRoot(current: User, { next, otherRoots }: { next: User | null; otherRoots: number }): void {
  const isRoot = (user: User | null) => user !== null && user.role === 'ROOT' && !user.disabled
  if (isRoot(current) && !isRoot(next) && otherRoots === 0) throw new Fault('last_root')
}
