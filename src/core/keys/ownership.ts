// Tests: test/wire/native/create-key.test.ts, test/wire/native/owners.test.ts
import type { Heir } from '../../store/keys.ts'
import { type Ability, needsMembership, type Principal, requireAbility } from '../access/abilities.ts'
import { Fault } from '../ground/faults.ts'
import { joining } from '../people/membership.ts'
import type { UserId, WorkspaceId } from '../types.ts'

/** Insists that a caller may make keys for a user: for whom its ability to do so reaches. Throws `user_foreign`. */
export function requireOwnership(principal: Principal, ability: Ability, ownerId: UserId): void {
  const reach = requireAbility(principal, ability)
  if (reach === 'OWN' && ownerId !== principal.user.id)
    throw new Fault('user_foreign', { errors: [NO_SUCH_OWNER] })
}

/** What goes with owning a key, whether it is new or was somebody else's: the most that a USER may have, and a place in its workspace. */
export function owning({ workspaceId }: { workspaceId: WorkspaceId }, keysPerUser: number): Omit<Heir, 'id'> {
  return {
    keysMax: ({ role }) => (role === 'USER' ? keysPerUser : null),
    letIn: ({ id, role }) => (needsMembership(role) ? joining({ workspaceId, userId: id }) : null),
  }
}

/** What is told of an owner that does not exist, or is out of reach. */
export const NO_SUCH_OWNER = { place: ['ownerId'], message: 'No such user.' }
