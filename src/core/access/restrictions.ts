// Tests: test/authority/restrictions.test.ts
import { coversAddresses } from '../ground/addresses.ts'
import type { Instant } from '../ground/clock.ts'
import { Fault, type InputError } from '../ground/faults.ts'
import { heldPermissions } from '../ground/permissions.ts'
import { limitInForce } from '../money/budgets.ts'
import { LIMIT_WINDOWS } from '../money/windows.ts'
import type {
  Access,
  Allowance,
  Boost,
  Boosts,
  GrantPolicy,
  Key,
  RateLimit,
  Restriction,
  Restrictions,
  Role,
  User,
  Workspace,
} from '../types.ts'
import { coversRole } from './abilities.ts'
import { type Layer, layered, layersOf } from './restriction-layers.ts'

/** One member that can restrict a record. */
export interface Restraint<Subject> {
  /** Its name in the record. With slashes for dots it is the place in a request. */
  name: string
  /** The restriction at an instant, in a form that JSON keeps; null for no restriction. */
  of(subject: Subject, at: Instant): unknown
  /** The restriction as it was set, without a boost. */
  asSet(subject: Subject): unknown
  /** True when `next` allows something that `bound` forbids. Neither is null. */
  loosens(next: never, bound: never): boolean
  /** The changes that loosen it, for the documentation. */
  loosening: string
  /**
   * The name of the user's restraint that bounds this member, and so says how far the user may go. Absent for records other than keys: a policy
   * bounds what a key gets, and nobody compares another record with it.
   */
  policy?: string
}

function restraint<Subject, Value>(
  name: string,
  loosening: string,
  of: (subject: Subject, at: Instant) => Value | null,
  loosens: (next: Value, bound: Value) => boolean,
): Restraint<Subject> {
  return { name, of, asSet: (subject) => of(subject, Number.POSITIVE_INFINITY), loosens, loosening }
}

function limits<Subject extends Allowance>(): Restraint<Subject>[] {
  return [
    ...LIMIT_WINDOWS.map((window) =>
      restraint(
        `limits.${window}`,
        'raising or removing it, also by a boost',
        // JSON has no bigint. At the end of time every boost is over.
        (subject: Subject, at) => limitInForce(subject, window, at)?.toString() ?? null,
        (next, bound) => BigInt(next) > BigInt(bound),
      ),
    ),
    restraint(
      'includeByokInLimit',
      'setting it to false',
      ({ includeByokInLimit }: Subject) => (includeByokInLimit ? true : null),
      () => false,
    ),
  ]
}

function disabled<Subject extends { disabled: boolean }>(): Restraint<Subject> {
  return restraint(
    'disabled',
    'switching it on again',
    (subject: Subject) => (subject.disabled ? true : null),
    () => false,
  )
}

const RESTRAINTS_OF_KEYS: readonly Restraint<Key>[] = [
  disabled<Key>(),
  ...limits<Key>(),
  restraint(
    'rateLimits',
    'removing one, or allowing more in as much time',
    ({ rateLimits }: Key) => (rateLimits.length === 0 ? null : rateLimits),
    (next, bound) => !bound.every((rate) => next.some((other) => isWithin(other, rate))),
  ),
  restraint(
    'allowedIps',
    'adding an address, or removing the list',
    ({ allowedIps }: Key) => (allowedIps.length === 0 ? null : allowedIps),
    (next, bound) => !coversAddresses(bound, next),
  ),
  restraint(
    'notBefore',
    'moving it forward, or removing it',
    ({ notBefore }: Key) => notBefore,
    (next, bound) => next < bound,
  ),
  restraint(
    'expiresAt',
    'moving it back, or removing it',
    ({ expiresAt }: Key) => expiresAt,
    (next, bound) => next > bound,
  ),
  restraint(
    'permissions',
    'adding one',
    ({ permissions }: Key) => permissions,
    (next, bound) => !coversAll(bound, next),
  ),
  restraint(
    'access',
    'raising it',
    ({ access }: Key): Access | null => (access === 'full' ? null : access),
    (next, bound) => next !== bound,
  ),
]

/** The restrictions of a key. */
export const KEY_RESTRAINTS: readonly Restraint<Key>[] = RESTRAINTS_OF_KEYS.map((each) => {
  const { name } = each
  if (name === 'expiresAt') return { ...each, policy: 'policy.keyLifetimeMs' }
  return name === 'permissions' || name.startsWith('limits.') ? { ...each, policy: `policy.${name}` } : each
})

/** The restrictions that a USER could loosen without a policy that allows it, before the server remembered who had set them. */
export const UNJUDGED_RESTRAINTS = KEY_RESTRAINTS.filter(
  ({ name }) => name !== 'expiresAt' && name !== 'permissions' && name !== 'access',
)

/** The restrictions of a user. */
export const USER_RESTRAINTS: readonly Restraint<User>[] = [
  disabled<User>(),
  ...limits<User>(),
  restraint(
    'role',
    'raising it',
    ({ role }: User): Role | null => (role === 'ROOT' ? null : role),
    (next, bound) => !coversRole(bound, next),
  ),
  restraint(
    'policy.permissions',
    'adding one',
    ({ policy }: User): GrantPolicy['permissions'] => policy.permissions,
    (next, bound) => !coversAll(bound, next),
  ),
  ...LIMIT_WINDOWS.map((window) =>
    restraint(
      `policy.limits.${window}`,
      'raising or removing it',
      ({ policy }: User) => policy.limits[window]?.toString() ?? null,
      (next, bound) => BigInt(next) > BigInt(bound),
    ),
  ),
  restraint(
    'policy.keyLifetimeMs',
    'lengthening or removing it',
    ({ policy }: User) => policy.keyLifetimeMs,
    (next, bound) => next > bound,
  ),
]

/** The restrictions of a workspace. */
export const WORKSPACE_RESTRAINTS: readonly Restraint<Workspace>[] = limits<Workspace>()

/** A change of a record that may set or loosen restrictions. */
export interface Restraining<Subject> {
  /** The record as it was; null for a new one. */
  current: Subject | null
  next: Subject
  actor: User
  /** The owner of the record; null for a record without one. */
  owner: Pick<User, 'id' | 'role'> | null
  /** The names of the restraints that the caller names, also with their present value. */
  named: ReadonlySet<string>
  at: Instant
}

/** Returns the changed record with its new restrictions. A lower role may narrow a value that a higher role has set, and loosen it
 * again up to that value, but no further. What it sets for somebody else binds those below it as well. The values with which a record was created bind less: any role above the owner's may
 * loosen them, and of a key so may a caller to whom such a role has given a policy for that member. Throws `delegation_exceeded`, naming
 * every member that is loosened too far.
 */
export function restrained<Subject extends { restrictions: Restrictions }>(
  restraints: readonly Restraint<Subject>[],
  change: Restraining<Subject>,
): Subject {
  const { current, next, actor, owner, named, at } = change
  const restrictions: Restrictions = { ...current?.restrictions }
  const errors: InputError[] = []
  for (const { name, of, asSet, loosens, policy } of restraints) {
    const value = of(next, at)
    const isBeyond = (bound: unknown) =>
      bound !== null && (value === null || loosens(value as never, bound as never))
    const binding = layersOf(restrictions[name]).filter((layer) => !overrules(actor, owner, layer))
    const passed = binding.find(
      (layer) => isBeyond(layer.value) && !(layer.given && isAllowedBy(policy, { actor, owner, layer })),
    )
    if (passed !== undefined && isBeyond(current === null ? null : of(current, at)))
      errors.push(tooLoose(name, { held: passed, owner }))
    if (!named.has(name)) continue
    const set = asSet(next)
    // Nobody restricts itself. A USER that sets something on the record of another one is a manager of its workspace.
    const isNone = set === null || actor.id === owner?.id || (actor.role === 'USER' && owner === null)
    const own = { by: actor.role, value: set, ...(current === null && givenTo(owner)) }
    put(restrictions, name, layered(isNone ? binding : [...binding, own], loosens))
  }
  const [first] = errors
  if (first !== undefined) throw new Fault('delegation_exceeded', { message: first.message, errors })
  return { ...next, restrictions: inOrder(restrictions) }
}

/**
 * The boosts that stay when somebody sets limits of a key. When they are set for somebody else, boosts by lower roles end, because their
 * author could have placed them before to escape the limit. So do those by a USER, who may be the owner.
 */
export function boostsBeside(
  { boosts }: Pick<Key, 'boosts'>,
  { actor, owner, named }: Pick<Restraining<Key>, 'actor' | 'owner' | 'named'>,
): Boosts {
  if (actor.id === owner?.id) return boosts
  const stays = ([window, { by = 'USER' }]: [string, Boost]) =>
    !named.has(`limits.${window}`) || (by !== 'USER' && coversRole(by, actor.role))
  return Object.fromEntries(Object.entries(boosts).filter(stays))
}

/** The boosts that stay when a key gets another owner: those whose author's role may loosen the limit as it binds the new owner. */
export function inheritedBoosts(
  boosts: Boosts,
  { restrictions, heir }: { restrictions: Restrictions; heir: Pick<User, 'role'> },
): Boosts {
  const stays = ([window, { by = 'USER' }]: [string, Boost]) => {
    return layersOf(restrictions[`limits.${window}`]).every((layer) => mayLoosen(by, heir, layer))
  }
  return Object.fromEntries(Object.entries(boosts).filter(stays))
}

function overrules(actor: User, owner: Pick<User, 'id' | 'role'> | null, held: Layer): boolean {
  // A manager of the workspace, whose role is the owner's own, has set it.
  if (held.by === 'USER' && actor.role === 'USER') return actor.id !== owner?.id
  return mayLoosen(actor.role, owner, held)
}

function mayLoosen(role: Role, owner: Pick<User, 'role'> | null, { by, given, of }: Layer): boolean {
  if (coversRole(role, by)) return true
  if (given !== true || owner === null) return false
  // The owner may have had a higher role then: a demotion must not open what its colleagues could not open before.
  return !coversRole(owner.role, role) && !(of !== undefined && coversRole(of, role))
}

/**
 * Whether the caller may go as far as its policy, which is compared elsewhere. A policy that the caller has narrowed by itself, or that a role gave it which may
 * not loosen the value either, says nothing.
 */
function isAllowedBy(
  policy: string | undefined,
  { actor, owner, layer }: { actor: User; owner: Pick<User, 'role'> | null; layer: Layer },
): boolean {
  if (policy === undefined) return false
  return layersOf(actor.restrictions[policy]).some(({ by }) => mayLoosen(by, owner, layer))
}

function givenTo(owner: Pick<User, 'role'> | null): Pick<Layer, 'given' | 'of'> {
  return { given: true, ...(owner !== null && { of: owner.role }) }
}

/** Whether the caller may switch on a user that is disabled. */
export function mayEnable(actor: User, user: User): boolean {
  return layersOf(user.restrictions.disabled).every((layer) => overrules(actor, user, layer))
}

/**
 * The restrictions of a key that gets another owner. Its present values count as if the actor had set them for the heir, and a restriction that
 * somebody else set binds beside them. A value of the key's creation that the actor may not loosen now counts from then on like a later
 * restriction; otherwise it could be loosened by way of an owner of a lower role.
 */
export function inherited(
  key: Key,
  { actor, owner, heir }: Record<'actor' | 'owner' | 'heir', User>,
): Restrictions {
  const isForItself = actor.id === heir.id || actor.role === 'USER'
  const made = isForItself ? {} : restrictedBy(CHOSEN_RESTRAINTS, key, actor.role, heir)
  const restrictions: Restrictions = {}
  for (const { name, loosens } of KEY_RESTRAINTS) {
    const kept = layersOf(key.restrictions[name]).map((layer): Layer => {
      const { given: _, of: __, ...set } = layer
      return overrules(actor, owner, layer) ? layer : set
    })
    put(restrictions, name, layered([...kept, ...layersOf(made[name])], loosens))
  }
  return inOrder(restrictions)
}

function put(restrictions: Restrictions, name: string, held: Restriction | undefined): void {
  if (held === undefined) delete restrictions[name]
  else restrictions[name] = held
}

/** Every key has an access and permissions, so their presence is no choice. */
const CHOSEN_RESTRAINTS = KEY_RESTRAINTS.filter(({ name }) => name !== 'permissions' && name !== 'access')

/**
 * The restrictions of a record of which this role counts as the author of all values: one that gets another owner, or from before restrictions were
 * remembered.
 */
export function restrictedBy<Subject>(
  restraints: readonly Restraint<Subject>[],
  subject: Subject,
  by: Role,
  owner: Pick<User, 'role'> | null = null,
): Restrictions {
  const held = restraints.map(({ name, asSet }) => ({ name, value: asSet(subject) }))
  const entries = held.filter(({ value }) => value !== null)
  return inOrder(
    Object.fromEntries(entries.map(({ name, value }) => [name, { by, value, ...givenTo(owner) }])),
  )
}

/** True when the change alters no restriction. */
export function sameRestrictions(
  one: { restrictions: Restrictions },
  other: { restrictions: Restrictions },
): boolean {
  return JSON.stringify(one.restrictions) === JSON.stringify(other.restrictions)
}

/** The restrictions in a fixed order, so that equal ones are equal texts. */
function inOrder(restrictions: Restrictions): Restrictions {
  return Object.fromEntries(Object.entries(restrictions).sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** The restraints that an input names: its members, and single windows of its limits. */
export function namedIn(input: object, under = ''): Set<string> {
  const names = new Set<string>()
  for (const [member, value] of Object.entries(input)) {
    if (value === undefined) continue
    const nested = member === 'limits' || member === 'policy'
    if (!nested) names.add(under + member)
    else if (value !== null)
      for (const name of namedIn(value as object, `${under}${member}.`)) names.add(name)
  }
  return names
}

function tooLoose(
  name: string,
  { held, owner }: { held: Layer; owner: Pick<User, 'role'> | null },
): InputError {
  const { by, given } = held
  const isForAdmins = by === 'ADMIN' || (given && owner !== null && !coversRole(owner.role, 'ADMIN'))
  const above = isForAdmins ? 'an ADMIN or ROOT' : 'a ROOT'
  const roles = by === 'USER' ? 'a manager of the workspace, an ADMIN or ROOT' : above
  return {
    place: name.split('.'),
    message: `Set by somebody with the role ${by}: only ${roles} may loosen it.`,
  }
}

function coversAll(patterns: readonly string[], permissions: readonly string[]): boolean {
  const held = heldPermissions(patterns)
  return permissions.every((permission) => held.cover(permission))
}

/** True when a rate allows no more than another one of its name. */
function isWithin(rate: RateLimit, other: RateLimit): boolean {
  const turns = Math.ceil(other.windowMs / rate.windowMs)
  return rate.name === other.name && rate.limit * turns <= other.limit
}
