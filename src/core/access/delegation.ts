import { MAX } from '../ground/bounds.ts'
import type { Instant } from '../ground/clock.ts'
import { Fault, type InputError, type Place } from '../ground/faults.ts'
import { heldPermissions } from '../ground/permissions.ts'
import { limitsInForce } from '../money/budgets.ts'
import { formatUsd } from '../money/money.ts'
import { LIMIT_WINDOWS, type Limits } from '../money/windows.ts'
import type { GrantPolicy, Key, Role, User, UserId } from '../types.ts'
import { coversRole, mayManage, type Principal } from './abilities.ts'

/** The members of a key that give power. */
export type GrantedPower = Pick<Key, 'access' | 'permissions' | 'limits' | 'expiresAt' | 'createdAt'>

/** The power of the key at an instant. A boost counts like a limit, whoever set it. */
export function powerOf(key: Key, at: Instant): GrantedPower {
  return { ...key, limits: limitsInForce(key, at) }
}

/** A policy without any bound. */
export const UNBOUNDED: GrantPolicy = { permissions: null, limits: {}, keyLifetimeMs: null }

/** The policy of a new user by role. USER and SERVICE may grant no permission, because only the operator knows the meaning of one. */
export const DEFAULT_POLICIES: Record<Role, GrantPolicy> = {
  ROOT: UNBOUNDED,
  ADMIN: UNBOUNDED,
  SERVICE: { ...UNBOUNDED, permissions: [] },
  USER: { ...UNBOUNDED, permissions: [] },
}

/**
 * The policy of a user whose role changes. Permissions that are the default of the former role become the default of the new one when that allows
 * less, so a demotion takes away what came with the role, and a promotion adds nothing. The defaults differ in permissions alone.
 */
export function policyAfter(policy: GrantPolicy, { from, to }: { from: Role; to: Role }): GrantPolicy {
  const [former, next] = [DEFAULT_POLICIES[from], DEFAULT_POLICIES[to]]
  const isDefault = policy.permissions === null && former.permissions === null
  return isDefault ? { ...policy, permissions: next.permissions } : policy
}

/** A grant of power by a key. */
export interface Grant {
  /** The owner of the key. Whoever holds the key acts as this user. */
  owner: User
  power: GrantedPower
  /** The power before the change; absent for a new key. */
  before?: GrantedPower
  /** True when the granter gets a secret of the key. */
  showsSecret: boolean
  /** The other users who have seen the granter's credential, and so may be the caller. */
  witnesses: readonly User[]
  /** True for the key of that credential itself: a new secret of it gives its holder no more power. */
  ofCredential?: boolean
}

/** The one check of grants: create, update, boost, rotate and import of keys all pass here. The key
 * may have no power beyond the granter's policy, except the power that it had `before`, so narrowing is always allowed. A caller
 * that adds power to a key, or gets its secret, must have a role that covers its owner's; and if the key manages, a policy
 * that covers the owner's, because the holder of such a key acts as the owner. A new secret for an own key adds no power by itself;
 * changes together with it are checked. Any other user who has seen the granter's credential may be the one who calls, and so must be
 * entitled to the same grant. Throws `delegation_exceeded`, naming every member that goes too far.
 */
export function checkDelegation(granter: User, grant: Grant): void {
  const { owner, power, before, showsSecret } = grant
  // The owner has the power of its own key already: a new secret gives it to nobody else.
  const held = showsSecret && granter.id !== owner.id ? undefined : before
  if (held === undefined || addsPower(power, held)) checkRole(granter, owner)
  refuse([...powerBeyond(granter.policy, power, held), ...actingBeyond(granter, { owner, power, held })])
  for (const witness of grant.witnesses) refuse(witnessBeyond(witness, granter, grant))
}

/** The power beyond the policy of a witness, another user who has seen the credential. The owner's own keys are not the witness's own: a
 * new secret gives them away. The witness also gets no further managing key when the policy of its owner or of the granter is wider than
 * its own.
 */
function witnessBeyond(witness: User, granter: User, grant: Grant): InputError[] {
  const { owner, power, before, showsSecret, ofCredential = false } = grant
  const held = showsSecret && !ofCredential ? undefined : before
  const errors = powerBeyond(witness.policy, power, held)
  const gainsManaging = mayManage(power.access) && (held === undefined || !mayManage(held.access))
  if (gainsManaging && [owner, granter].some(({ policy }) => !coversPolicy(witness.policy, policy)))
    errors.push({ place: ['access'], message: SEEN_BY_LESS })
  return errors.map(({ place }) => ({ place, message: SEEN_BY_LESS }))
}

const SEEN_BY_LESS =
  'Another user has seen the secret of the key that you call with, and that user may not grant this. Ask somebody who may grant it to rotate the key.'

/**
 * The other users who have seen a secret that a caller makes for a key of this owner: any of those who know the caller's credential may
 * be the one who gets it. Throws `delegation_exceeded` when there are too many.
 */
export function witnessesOf(
  { user, seenBy }: Pick<Principal, 'user' | 'seenBy'>,
  owner: User,
): readonly UserId[] {
  return remembered([user.id, ...seenBy], { owner, refusal: CREDENTIAL_SEEN_BY_MANY })
}

const CREDENTIAL_SEEN_BY_MANY = {
  message: `More than ${MAX.seersPerSecret} users would have seen this secret, because so many have seen that of the key that you call with. Rotate that key first.`,
}

/** The other users who have seen a secret of this owner, as they are stored. Throws `delegation_exceeded` when there are too many. */
export function remembered(
  seers: readonly UserId[],
  { owner, refusal }: { owner: User; refusal: { message: string; errors?: InputError[] } },
): readonly UserId[] {
  const others = [...new Set(seers)].filter((id) => id !== owner.id).sort()
  if (others.length > MAX.seersPerSecret) throw new Fault('delegation_exceeded', refusal)
  return others
}

/** The power beyond the granter's policy that a managing secret of another owner would give. */
function actingBeyond(
  granter: User,
  { owner, power, held }: { owner: User; power: GrantedPower; held: GrantedPower | undefined },
): InputError[] {
  const gainsManaging = held === undefined || !mayManage(held.access)
  if (granter.id === owner.id || !mayManage(power.access) || !gainsManaging) return []
  return policyBeyond(granter.policy, owner.policy).length === 0 ? [] : [OWNER_GRANTS_MORE]
}

const OWNER_GRANTS_MORE = {
  place: ['access'],
  message:
    "The policy of the key's owner allows more than yours, and a managing key of the owner acts by that policy.",
}

/** Throws `delegation_exceeded` when the other user's role is above the granter's: nobody changes the rights of a more powerful user. */
export function checkRole(granter: User, other: Pick<User, 'role'>): void {
  if (!coversRole(granter.role, other.role)) {
    throw new Fault('delegation_exceeded', { internal: `${granter.role} acts on ${other.role}` })
  }
}

/**
 * Throws `delegation_exceeded` when a user would get a policy beyond the granter's own, or beyond that of any other user who has
 * seen the granter's credential.
 */
export function checkPolicy(granter: User, policy: GrantPolicy, witnesses: readonly User[]): void {
  refuse(policyBeyond(granter.policy, policy))
  for (const witness of witnesses)
    refuse(policyBeyond(witness.policy, policy).map(({ place }) => ({ place, message: SEEN_BY_LESS })))
}

/** True when one policy allows nothing that the other one forbids. */
export function coversPolicy(own: GrantPolicy, policy: GrantPolicy): boolean {
  return policyBeyond(own, policy).length === 0
}

function policyBeyond(own: GrantPolicy, policy: GrantPolicy): InputError[] {
  const errors: InputError[] = []
  const permissions = policy.permissions ?? ['*']
  errors.push(...permissionsBeyond(own, { permissions }, undefined, ['policy']))
  errors.push(...limitsBeyond(own.limits, policy.limits, undefined, ['policy']))
  if (own.keyLifetimeMs !== null && (policy.keyLifetimeMs ?? Number.POSITIVE_INFINITY) > own.keyLifetimeMs) {
    errors.push({ place: ['policy', 'keyLifetimeMs'], message: 'Longer than your own policy allows.' })
  }
  return errors
}

/** The limits of a new key. Those that its creator left out take the cap of the policy. */
export function limitsWithin(policy: GrantPolicy, limits: Limits): Limits {
  const result: Limits = {}
  for (const window of LIMIT_WINDOWS) {
    const amount = limits[window] ?? policy.limits[window]
    if (amount !== undefined) result[window] = amount
  }
  return result
}

/** The expiry of a new key whose creator left it out: the latest that the policy allows. */
export function expiryWithin(policy: GrantPolicy, createdAt: Instant): Instant | null {
  return policy.keyLifetimeMs === null ? null : createdAt + policy.keyLifetimeMs
}

function powerBeyond(policy: GrantPolicy, power: GrantedPower, before?: GrantedPower): InputError[] {
  return [
    ...permissionsBeyond(policy, power, before),
    ...limitsBeyond(policy.limits, power.limits, before?.limits),
    ...lifetimeBeyond(policy, power, before),
  ]
}

function addsPower(power: GrantedPower, before: GrantedPower): boolean {
  const held: GrantPolicy = { permissions: before.permissions, limits: before.limits, keyLifetimeMs: null }
  const until = ({ expiresAt }: GrantedPower) => expiresAt ?? Number.POSITIVE_INFINITY
  return power.access !== before.access || until(power) > until(before) || powerBeyond(held, power).length > 0
}

function permissionsBeyond(
  policy: GrantPolicy,
  power: Pick<GrantedPower, 'permissions'>,
  before?: Pick<GrantedPower, 'permissions'>,
  under: Place = [],
): InputError[] {
  const grantable = policy.permissions
  if (grantable === null) return []
  const held = heldPermissions([...grantable, ...(before?.permissions ?? [])])
  return power.permissions.flatMap((permission, index) =>
    held.cover(permission)
      ? []
      : [
          {
            place: [...under, 'permissions', index],
            message: `Your policy does not contain "${permission}", so you may not grant it.`,
          },
        ],
  )
}

function limitsBeyond(caps: Limits, limits: Limits, before?: Limits, under: Place = []): InputError[] {
  return LIMIT_WINDOWS.flatMap((window) => {
    const cap = caps[window]
    if (cap === undefined) return []
    const limit = limits[window]
    const held = before?.[window]
    const wasUnlimited = before !== undefined && held === undefined
    if (
      limit === undefined
        ? wasUnlimited
        : limit <= cap || wasUnlimited || (held !== undefined && limit <= held)
    )
      return []
    return [{ place: [...under, 'limits', window], message: `You may grant at most ${formatUsd(cap)} USD.` }]
  })
}

function lifetimeBeyond(policy: GrantPolicy, power: GrantedPower, before?: GrantedPower): InputError[] {
  if (policy.keyLifetimeMs === null) return []
  const expiresAt = power.expiresAt ?? Number.POSITIVE_INFINITY
  const heldUntil =
    before === undefined ? Number.NEGATIVE_INFINITY : (before.expiresAt ?? Number.POSITIVE_INFINITY)
  if (expiresAt <= power.createdAt + policy.keyLifetimeMs || expiresAt <= heldUntil) return []
  return [{ place: ['expiresAt'], message: 'Later than the longest key lifetime you may grant.' }]
}

function refuse(errors: InputError[]): void {
  const [first] = errors
  if (first !== undefined) throw new Fault('delegation_exceeded', { message: first.message, errors })
}
