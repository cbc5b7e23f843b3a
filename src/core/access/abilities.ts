// Tests: test/authority/roles.test.ts
import { Fault } from '../ground/faults.ts'
import type { Caller } from '../ground/turns.ts'
import type { Access, Digest, KeyId, Role, User, UserId } from '../types.ts'

/** Whose records an ability reaches: only the caller's own, or anybody's. */
export type Reach = 'OWN' | 'ANY'

/**
 * Who may do what, and how far: the one table of it, from which the page docs/authority.md is written, and which is tested cell
 * by cell. The names for keys are GoodMem's (docs/wire/goodmem.md#roles). SERVICE is what a protected API's backend holds. Money is
 * moved by its keepers alone: who may end a hold or report an event can undo what the gateway has counted.
 */
export const ABILITIES = {
  CREATE_APIKEY: { does: 'make keys', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: null, USER: 'OWN' },
  IMPORT_APIKEY: {
    does: 'take in keys that were made elsewhere, with their secrets',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: null,
    USER: null,
  },
  DISPLAY_APIKEY: { does: 'read a key', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: null, USER: 'OWN' },
  UPDATE_APIKEY: { does: 'change and rotate keys', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: null, USER: 'OWN' },
  DELETE_APIKEY: { does: 'end keys for good', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: null, USER: 'OWN' },
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
    does: 'take back money that was recorded',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: null,
    USER: null,
  },
  READ_USAGE: {
    does: 'see what was used and is held',
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
    does: 'read and list workspaces and their members (own: those that one belongs to)',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: null,
    USER: 'OWN',
  },
  MANAGE_WORKSPACES: {
    does: 'add, change and delete workspaces, and say who belongs to them',
    ROOT: 'ANY',
    ADMIN: 'ANY',
    SERVICE: null,
    USER: null,
  },
  READ_AUDIT: { does: 'read the audit log', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: null, USER: null },
  READ_METRICS: { does: 'read the metrics', ROOT: 'ANY', ADMIN: 'ANY', SERVICE: 'ANY', USER: null },
} as const satisfies Record<string, Record<Role, Reach | null> & { does: string }>

/** What a control-plane permission acts on and how. */
export type Ability = keyof typeof ABILITIES

/** Who calls: the live owner of the credential and the credential itself. */
export interface Principal {
  user: User
  keyId: KeyId
  access: Access
  /** Digest of the secret that was sent; by it the caller is looked at again. */
  credential: Digest
  /** Who besides the user has seen that secret, and so may be calling; null for nobody. */
  seenBy: UserId | null
}

/** The caller as those see it who serve callers in turn. */
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
  return ABILITIES[ability][principal.user.role]
}

/** Insists on an ability at any reach. Throws `access_forbidden` for a `use` key, `permission_denied` otherwise. */
export function requireAbility(principal: Principal, ability: Ability): Reach {
  if (!mayManage(principal.access)) throw new Fault('access_forbidden')
  const reach = reachOf(principal, ability)
  if (reach !== null) return reach
  const { does } = ABILITIES[ability]
  const message = `The key's owner has the role ${principal.user.role}, which may not ${does} (${ability}).`
  throw new Fault('permission_denied', { message })
}

/** Insists that an ability reaches a record of this owner. Throws `foreign` when it only reaches the caller's own. */
export function requireReach(
  principal: Principal,
  ability: Ability,
  { ownerId, foreign }: { ownerId: UserId; foreign: 'key_foreign' | 'user_foreign' },
): void {
  if (requireAbility(principal, ability) === 'OWN' && ownerId !== principal.user.id) throw new Fault(foreign)
}

/** True for a role that sees a workspace, and what is in it, only while it belongs to it. */
export function needsMembership(role: Role): boolean {
  return ABILITIES.DISPLAY_WORKSPACE[role] === 'OWN'
}

/** True when `role` has no ability that `granter` lacks, so that `granter` may hand it on. Only ROOT makes or touches a ROOT. */
export function coversRole(granter: Role, role: Role): boolean {
  // ADMIN has ROOT's abilities today, and is to touch no ROOT all the same (GoodMem may reserve some for it).
  if (role === 'ROOT') return granter === 'ROOT'
  return Object.values(ABILITIES).every(
    (reach) => reach[role] === null || reach[role] === reach[granter] || reach[granter] === 'ANY',
  )
}
