// Tests: test/authority/owners.test.ts, test/authority/all-seers.test.ts, test/authority/powers.test.ts
import { MAX } from '../ground/bounds.ts'
import type { Instant } from '../ground/clock.ts'
import { Fault, type InputError, type Place } from '../ground/faults.ts'
import type { Key, Role, StoredSecret, User } from '../types.ts'
import { coversRole, mayManage, needsMembership } from './abilities.ts'
import { checkDelegation, coversPolicy, powerOf, remembered } from './delegation.ts'
import { inherited, inheritedBoosts, mayEnable } from './restrictions.ts'

/** A key that gets another owner, and the users whom that concerns. */
export interface Handover {
  granter: User
  /** The present owner. */
  owner: User
  heir: User
  /** The other users who have seen a secret that still works. */
  knowers: readonly User[]
  /** The other users who have seen the granter's credential. */
  witnesses: readonly User[]
  at: Instant
}

/**
 * The key as its new owner gets it. The granter must be allowed to make such a key for the new owner. All who have seen its secret
 * still know it, and are remembered, also its owner until now. If the key manages, each of them must cover the new owner's role and policy, because they can act
 * as the new owner from now on. The restrictions of the key restrict the new owner, too, who has not set them, and a boost that may not
 * loosen them ends. Throws `delegation_exceeded`.
 */
export function handedOver(current: Key, wanted: Key, handover: Handover): Key {
  const { granter, owner, heir, knowers, witnesses, at } = handover
  if (owner.disabled && !mayEnable(granter, owner)) refuseOf(DISABLED_ABOVE)
  const restrictions = inherited(wanted, { actor: granter, owner, heir })
  const boosts = inheritedBoosts(wanted.boosts, { restrictions, heir })
  const power = powerOf({ ...wanted, boosts }, at)
  checkDelegation(granter, { owner: heir, power, showsSecret: true, witnesses })
  const knowing = [owner, ...knowers].filter(({ id }) => id !== heir.id)
  // A key that managed until now counts as well: one request may take that away, and the next one give it back.
  if (mayManage(current.access) || mayManage(wanted.access)) requireCovering(knowing, heir)
  if (!mayManage(current.access) && mayManage(wanted.access)) requireCoveringRoles(knowing, heir)
  const secrets = wanted.secrets.map((secret) => ({
    ...secret,
    seenBy: remembered([...secret.seenBy, owner.id], {
      owner: heir,
      refusal: { message: SEEN_BY_MANY.message, errors: [SEEN_BY_MANY] },
    }),
  }))
  return {
    ...wanted,
    secrets: secrets as [StoredSecret, ...StoredSecret[]],
    boosts,
    restrictions,
  }
}

function refuseOf(error: InputError): never {
  throw new Fault('delegation_exceeded', { message: error.message, errors: [error] })
}

// The key would work again at once, with every secret that was to stop.
const DISABLED_ABOVE: InputError = {
  place: ['ownerId'],
  message:
    'Somebody with a higher role has disabled the owner of this key. Only such a role may hand it over, because it would work again.',
}

function requireCovering(knowing: readonly User[], heir: User): void {
  if (knowing.every((user) => covers(user, heir))) return
  refuseOf(KNOWN_TO_LESSER)
}

const KNOWN_TO_LESSER: InputError = {
  place: ['ownerId'],
  message:
    'Somebody who has seen the secret of this managing key may do less than the new owner, and would act by it as that owner. Make a new key for the new owner instead.',
}

/**
 * Requires that every user who has seen the secret of a key that manages from now on may do what its owner may. A USER reaches its own
 * records alone, so it covers no other user: a manager of a workspace who has seen the secret would act as the owner elsewhere, too. Their
 * policies bound their use of it in any case (docs/adr/0042-seen-secrets.md). Throws `delegation_exceeded`.
 */
export function requireCoveringRoles(knowing: readonly User[], owner: User): void {
  const reachesOthers = ({ role }: User) => !needsMembership(role) && coversRole(role, owner.role)
  if (knowing.every((user) => user.id === owner.id || reachesOthers(user))) return
  refuseOf(RAISED)
}

/**
 * Requires that all who have seen a managing secret of a user cover its role, because they can act as that user. Throws
 * `delegation_exceeded`.
 */
export function requireKnowersWithin(knowers: readonly User[], role: Role, place: Place): void {
  if (knowers.every((user) => coversRole(user.role, role))) return
  throw new Fault('delegation_exceeded', { message: KNOWN_BELOW, errors: [{ place, message: KNOWN_BELOW }] })
}

const KNOWN_BELOW =
  'Another user, whose role may do less, has seen the secret of a managing key, and would act by it in this role. Rotate that key first, without an overlap and with a key whose secret that user has not seen.'

const RAISED: InputError = {
  place: ['access'],
  message:
    'Another user who may do less than the owner has seen the secret of this key, and would act by it as the owner. Rotate the key first, without an overlap and with a key whose secret that user has not seen.',
}

const SEEN_BY_MANY: InputError = {
  place: ['ownerId'],
  message: `More than ${MAX.seersPerSecret} users besides its new owner would have seen the secret of this key. Rotate the key first, without an overlap.`,
}

function covers(user: User, other: User): boolean {
  return coversRole(user.role, other.role) && coversPolicy(user.policy, other.policy)
}
