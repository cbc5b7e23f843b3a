import { Fault } from '../ground/faults.ts'
import type { Caller } from '../ground/turns.ts'
import type { Access, Digest, KeyId, Role, User, UserId } from '../types.ts'

/** What a control-plane permission acts on and how; the key ones are GoodMem's (goodmem.md §8). */
export type Ability =
  | 'CREATE_APIKEY'
  | 'DISPLAY_APIKEY'
  | 'UPDATE_APIKEY'
  | 'DELETE_APIKEY'
  | 'LIST_APIKEY'
  | 'VERIFY_APIKEY'
  | 'REPORT_USAGE'
  | 'READ_USAGE'
  | 'DISPLAY_USER'
  | 'MANAGE_USERS'
  | 'DISPLAY_WORKSPACE'
  | 'MANAGE_WORKSPACES'
  | 'READ_AUDIT'
  | 'READ_METRICS'

/** Whose records an ability reaches: only the caller's own, or anybody's. */
export type Reach = 'OWN' | 'ANY'

/** Who calls: the live owner of the credential and the credential itself. */
export interface Principal {
  user: User
  keyId: KeyId
  access: Access
  /** Digest of the secret that was sent; by it the caller is looked at again. */
  credential: Digest
}

/** The caller as those see it who serve callers in turn. */
export function callerOf({ user, keyId }: Principal): Caller {
  return { userId: user.id, keyId }
}

const EVERYTHING: Record<Ability, Reach> = {
  CREATE_APIKEY: 'ANY',
  DISPLAY_APIKEY: 'ANY',
  UPDATE_APIKEY: 'ANY',
  DELETE_APIKEY: 'ANY',
  LIST_APIKEY: 'ANY',
  VERIFY_APIKEY: 'ANY',
  REPORT_USAGE: 'ANY',
  READ_USAGE: 'ANY',
  DISPLAY_USER: 'ANY',
  MANAGE_USERS: 'ANY',
  DISPLAY_WORKSPACE: 'ANY',
  MANAGE_WORKSPACES: 'ANY',
  READ_AUDIT: 'ANY',
  READ_METRICS: 'ANY',
}

/** What each role may do and how far (goodmem.md §8, spec.md §2). */
const ROLE_ABILITIES: Record<Role, Partial<Record<Ability, Reach>>> = {
  ROOT: EVERYTHING,
  ADMIN: EVERYTHING,
  USER: {
    CREATE_APIKEY: 'OWN',
    DISPLAY_APIKEY: 'OWN',
    UPDATE_APIKEY: 'OWN',
    DELETE_APIKEY: 'OWN',
    LIST_APIKEY: 'OWN',
    VERIFY_APIKEY: 'OWN',
    // Moving money is for its keepers: who may end a hold or report an event can undo what the gateway has counted.
    READ_USAGE: 'OWN',
    DISPLAY_USER: 'OWN',
    DISPLAY_WORKSPACE: 'ANY',
  },
  SERVICE: { VERIFY_APIKEY: 'ANY', REPORT_USAGE: 'ANY', READ_USAGE: 'ANY', READ_METRICS: 'ANY' },
}

/** True when a key of this access may act on the control plane. */
export function mayManage(access: Access): boolean {
  return access !== 'use'
}

/**
 * How far the caller's ability reaches, or null when it has none. Needs both an access that includes managing and a
 * role of the live owner that grants the ability (spec.md §2 "Access and authority").
 */
export function reachOf(principal: Principal, ability: Ability): Reach | null {
  if (!mayManage(principal.access)) return null
  return ROLE_ABILITIES[principal.user.role][ability] ?? null
}

/** Insists on an ability at any reach. Throws `access_forbidden` for a `use` key, `permission_denied` otherwise. */
export function requireAbility(principal: Principal, ability: Ability): Reach {
  if (!mayManage(principal.access)) throw new Fault('access_forbidden')
  const reach = reachOf(principal, ability)
  if (reach === null)
    throw new Fault('permission_denied', { internal: `${principal.user.role} lacks ${ability}` })
  return reach
}

/** Insists that an ability reaches a record of this owner. Throws `foreign` when it only reaches the caller's own. */
export function requireReach(
  principal: Principal,
  ability: Ability,
  {
    ownerId,
    foreign,
  }: { ownerId: UserId; foreign: 'key_foreign' | 'user_foreign' | 'reservation_not_found' },
): void {
  if (requireAbility(principal, ability) === 'OWN' && ownerId !== principal.user.id) throw new Fault(foreign)
}

/** True when somebody of this role can make keys, and so hand on what their policy allows. */
export function mayGrant(role: Role): boolean {
  return ROLE_ABILITIES[role].CREATE_APIKEY !== undefined
}

/** True when `role` has no ability that `granter` lacks, so that `granter` may hand it on. */
export function coversRole(granter: Role, role: Role): boolean {
  return RANK[granter] >= RANK[role]
}

// ADMIN has ROOT's abilities today, but only ROOT may make or touch a ROOT (goodmem.md §8: some may be reserved later).
// SERVICE verifies any key, which a USER may not.
const RANK: Record<Role, number> = { ROOT: 3, ADMIN: 2, SERVICE: 1, USER: 0 }
