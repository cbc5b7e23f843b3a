// Tests: test/wire/native/create-key.test.ts, test/wire/native/owners.test.ts
import type { Heir } from '../../store/keys.ts'
import {
  type Ability,
  mayManage,
  needsMembership,
  type Principal,
  requireAbility,
} from '../access/abilities.ts'
import { Fault } from '../ground/faults.ts'
import { joining } from '../people/membership.ts'
import type { Key, UserId, WorkspaceId } from '../types.ts'

/** Requires that a caller may make keys for this user. Throws `user_foreign` when its ability does not reach the user. */
export function requireOwnership(principal: Principal, ability: Ability, ownerId: UserId): void {
  const reach = requireAbility(principal, ability)
  if (reach === 'OWN' && ownerId !== principal.user.id)
    throw new Fault('user_foreign', { errors: [NO_SUCH_OWNER] })
}

/**
 * Another user's key in a workspace that the actor manages, before and after; `null` before for a new key, and after for an unchanged
 * one.
 */
interface Managed {
  current: Key | null
  next: Key | null
  ability: Ability
}

/**
 * Requires that a manager of a workspace stays within its rights over the keys of others there: it makes and changes no key that
 * manages, because it could act as the owner with it, also elsewhere; and it moves no key to another owner. Throws
 * `delegation_exceeded`.
 */
export function requireManageable({ current, next, ability }: Managed): void {
  if (next === null || ability === 'DELETE_APIKEY') return
  const isManaging = mayManage(next.access) || (current !== null && mayManage(current.access))
  if (!isManaging && (current === null || current.ownerId === next.ownerId)) return
  const place = isManaging ? ['access'] : ['ownerId']
  const message = isManaging ? NO_MANAGING_KEY : NO_OTHER_OWNER
  throw new Fault('delegation_exceeded', { message, errors: [{ place, message }] })
}

const NO_MANAGING_KEY =
  'A manager of a workspace makes and changes no managing keys of others; it may revoke them.'
const NO_OTHER_OWNER = 'A manager of a workspace gives the keys of others to nobody.'

/**
 * The conditions on the owner of a key, new or changed: the maximum of keys for a USER, and a place in the key's workspace. A manager of the
 * workspace makes keys for a member only up to half of that maximum, so that the member can still make its own, also elsewhere.
 */
export function owning({ workspaceId }: { workspaceId: WorkspaceId }, keysPerUser: number): Omit<Heir, 'id'> {
  return {
    keysMax: ({ role }, isManager) =>
      role !== 'USER' ? null : isManager ? Math.ceil(keysPerUser / 2) : keysPerUser,
    letIn: ({ id, role }) => (needsMembership(role) ? joining({ workspaceId, userId: id }) : null),
  }
}

/** The fault for an owner that does not exist, or is out of reach. */
export const NO_SUCH_OWNER = { place: ['ownerId'], message: 'No such user.' }
