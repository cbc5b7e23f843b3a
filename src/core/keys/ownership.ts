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

/** Insists that a caller may make keys for a user: for whom its ability to do so reaches. Throws `user_foreign`. */
export function requireOwnership(principal: Principal, ability: Ability, ownerId: UserId): void {
  const reach = requireAbility(principal, ability)
  if (reach === 'OWN' && ownerId !== principal.user.id)
    throw new Fault('user_foreign', { errors: [NO_SUCH_OWNER] })
}

/** A key of somebody else in a workspace that the actor manages, before and after; `null` for a new one, and for one that is left as it is. */
interface Managed {
  current: Key | null
  next: Key | null
  ability: Ability
}

/**
 * Insists that a manager of a workspace goes no further with the keys of others there than it may: it makes and changes none that manages, since
 * that would act as its owner, also elsewhere, and it moves none to another owner. Throws `delegation_exceeded`.
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

/** What goes with owning a key, whether it is new or was somebody else's: the most that a USER may have, and a place in its workspace. */
export function owning({ workspaceId }: { workspaceId: WorkspaceId }, keysPerUser: number): Omit<Heir, 'id'> {
  return {
    keysMax: ({ role }) => (role === 'USER' ? keysPerUser : null),
    letIn: ({ id, role }) => (needsMembership(role) ? joining({ workspaceId, userId: id }) : null),
  }
}

/** What is told of an owner that does not exist, or is out of reach. */
export const NO_SUCH_OWNER = { place: ['ownerId'], message: 'No such user.' }
