// Tests: test/authority/roles.test.ts
import { Fault } from '../ground/faults.ts'
import type { Caller } from '../ground/turns.ts'
import type { Access, Digest, KeyId, Role, User, UserId } from '../types.ts'

/** The records that an ability reaches: only the caller's own, or all. */
export type Reach = 'OWN' | 'ANY'

/** The abilities of each role and their reach. The page docs/authority.md is generated from this table, and a test checks every cell.
 * The names for keys are GoodMem's (docs/wire/goodmem.md#roles). SERVICE is the role of a protected API's backend. A USER cannot
 * move money, because a caller that ends holds or reports events can undo the gateway's charges.
 */
export const ABILITIES = {
  CREATE_APIKEY: { does: 'create keys', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: null, USER: 'OWN' },
  IMPORT_APIKEY: {
    does: 'import keys of other systems, with their secrets',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: null,
    USER: null,
  },
  DISPLAY_APIKEY: { does: 'read a key', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: null, USER: 'OWN' },
  UPDATE_APIKEY: { does: 'change and rotate keys', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: null, USER: 'OWN' },
  DELETE_APIKEY: { does: 'revoke keys', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: null, USER: 'OWN' },
  LIST_APIKEY: { does: 'list keys', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: null, USER: 'OWN' },
  VERIFY_APIKEY: {
    does: 'ask whether a key may be used now',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: 'ANY',
    USER: 'OWN',
  },
  FOLLOW_CHANGES: {
    does: 'follow the changes of all keys, users and workspaces',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: 'ANY',
    USER: null,
  },
  REPORT_USAGE: {
    does: 'move money: charge, reserve, extend, settle, release and report',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: 'ANY',
    USER: null,
  },
  CORRECT_USAGE: {
    does: 'correct recorded usage',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: null,
    USER: null,
  },
  READ_USAGE: {
    does: 'read usage and reservations',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: 'ANY',
    USER: 'OWN',
  },
  DISPLAY_USER: { does: 'read a user', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: null, USER: 'OWN' },
  MANAGE_USERS: {
    does: 'add, list, change and delete users',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: null,
    USER: null,
  },
  DISPLAY_WORKSPACE: {
    does: 'read and list workspaces and their members (own: those of which one is a member)',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: null,
    USER: 'OWN',
  },
  MANAGE_WORKSPACES: {
    does: 'add, change and delete workspaces, and change their members',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: null,
    USER: null,
  },
  READ_AUDIT: { does: 'read the audit log', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: null, USER: null },
  READ_METRICS: { does: 'read the metrics', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: 'ANY', USER: null },
} as const satisfies Record<string, Record<Role, Reach | null> & { does: string }>

/** The name of a permission to manage something. */
export type Ability = keyof typeof ABILITIES

const ABILITY_NAMES = Object.keys(ABILITIES) as Ability[]

/**
 * The abilities of a manager of a workspace over the keys of others in it, besides those of its role. None of them shows or makes a
 * managing secret, because its holder could act as the owner, also elsewhere.
 */
export const MANAGER_ABILITIES = {
  CREATE_APIKEY: 'for members; data-plane keys alone',
  DISPLAY_APIKEY: 'all',
  UPDATE_APIKEY: 'change and rotate, but neither managing keys nor the owner',
  DELETE_APIKEY: 'all',
  LIST_APIKEY: 'all, by `workspaceId`',
  READ_USAGE: 'reports, by `workspaceId`; how verifies of a key went',
} as const satisfies Partial<Record<Ability, string>>

/** True when a manager of a workspace has the ability over the keys of others in it. */
export function isForManagers(ability: Ability): ability is keyof typeof MANAGER_ABILITIES {
  return ability in MANAGER_ABILITIES
}

/** The caller: the credential's key and that key's live owner. */
export interface Principal {
  user: User
  keyId: KeyId
  access: Access
  /** Digest of the secret that the caller sent; the caller is judged again by it. */
  credential: Digest
  /** The other users who have seen that secret, and so may be the caller. */
  seenBy: readonly UserId[]
}

/** The part of the caller by which turns are shared. */
export function callerOf({ user, keyId }: Principal): Caller {
  return { userId: user.id, keyId }
}

/** True when a key of this access may act on the control plane. */
export function mayManage(access: Access): boolean {
  return access !== 'use'
}

/**
 * How far the caller's ability reaches, or null when it has none. Needs both an access that includes managing and a
 * role of the live owner that grants the ability.
 */
export function reachOf(principal: Principal, ability: Ability): Reach | null {
  if (!mayManage(principal.access)) return null
  return reachOfRole(principal.user.role, ability)
}

/** How far a role's ability reaches with a managing key, or null when it has none. */
export function reachOfRole(role: Role, ability: Ability): Reach | null {
  return ABILITIES[ability][role]
}

/** Requires an ability at any reach. Throws `access_forbidden` for a `use` key, `permission_denied` otherwise. */
export function requireAbility(principal: Principal, ability: Ability): Reach {
  if (!mayManage(principal.access)) {
    throw new Fault('access_forbidden', {
      message: `This key may not manage anything: its access is "${principal.access}".`,
    })
  }
  const reach = reachOf(principal, ability)
  if (reach !== null) return reach
  const { does } = ABILITIES[ability]
  const message = `The key's owner has the role ${principal.user.role}, which may not ${does} (${ability}).`
  throw new Fault('permission_denied', { message })
}

/**
 * Requires that what a read has found is still the caller's to see: its key has the same owner, and no ability reaches less far than
 * when it was read. Throws `permission_denied`.
 */
export function requireUnnarrowed(before: Principal, now: Principal): void {
  const isLess = (ability: Ability) => {
    const [had, has] = [reachOf(before, ability), reachOf(now, ability)]
    return had !== null && has !== had && has !== 'ANY'
  }
  if (before.user.id === now.user.id && !ABILITY_NAMES.some(isLess)) return
  throw new Fault('permission_denied', { message: 'The rights of the key changed meanwhile. Send it again.' })
}

/** Requires that an ability reaches a record of this owner. Throws `foreign` when it reaches only the caller's own. */
export function requireReach(
  principal: Principal,
  ability: Ability,
  { ownerId, foreign }: { ownerId: UserId; foreign: 'key_foreign' | 'user_foreign' },
): void {
  if (requireAbility(principal, ability) === 'OWN' && ownerId !== principal.user.id) throw new Fault(foreign)
}

/** True for a role that sees a workspace and its records only while the user is a member. */
export function needsMembership(role: Role): boolean {
  return ABILITIES.DISPLAY_WORKSPACE[role] === 'OWN'
}

/** True when `role` has no ability that `granter` lacks, so that `granter` may give it to somebody. Only a ROOT makes or changes a ROOT. */
export function coversRole(granter: Role, role: Role): boolean {
  // ADMIN has the abilities of ROOT today, but must not change a ROOT (GoodMem may reserve some abilities for it).
  if (role === 'ROOT') return granter === 'ROOT'
  return Object.values(ABILITIES).every(
    (reach) => reach[role] === null || reach[role] === reach[granter] || reach[granter] === 'ANY',
  )
}
