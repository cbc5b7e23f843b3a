import type { Answer } from '../support/app.ts'

// A model of the powers that a caller may gain, independent of the server's rules: it imports none of them. The attacker is one user;
// everything that its credentials create belongs to it, down to the last key of the last user. None of it may have more power than the
// attacker was given, and no key or user of others may gain more than that through it.

/** The policy of a user, in the form of the wire. */
export interface Policy {
  permissions: string[] | null
  limits: Record<string, string>
  keyLifetime: string | null
}

/** A user in the form of the wire, with only the members that mean power. */
export interface SeenUser {
  id: string
  role: string
  disabled: boolean
  policy: Policy
}

/** A key in the form of the wire, with only the members that mean power. */
export interface SeenKey {
  id: string
  ownerId: string
  access: string
  disabled: boolean
  permissions: string[]
  budget: { window: string; limit: string }[]
  createdAt: string
  expiresAt: string | null
}

/** Sends a request with a credential. */
export type SendAs = (secret: string, method: string, path: string, body?: object) => Promise<Answer>

const RANKS: Record<string, number> = { SERVICE: 0, USER: 0, ADMIN: 1, ROOT: 2 }
const DURATIONS_MS: Record<string, number> = { '1h': 3_600_000, '1d': 86_400_000, '30d': 30 * 86_400_000 }

/** Whether a role has no ability that the other lacks. */
function isWithinRole(role: string, other: string): boolean {
  return role === other || (RANKS[role] ?? 9) < (RANKS[other] ?? 0)
}

/** Whether a permission, which may be a pattern itself, is one of these or is covered by one. */
function isAmong(permission: string, patterns: readonly string[] | null): boolean {
  if (patterns === null) return true
  return patterns.some(
    (pattern) =>
      pattern === '*' ||
      pattern === permission ||
      (pattern.endsWith('.*') && permission.startsWith(pattern.slice(0, -1))),
  )
}

/** The members of a policy that exceed another policy. */
function beyondPolicy(bound: Policy, policy: Policy): string[] {
  const found = (policy.permissions ?? ['*']).filter((each) => !isAmong(each, bound.permissions))
  for (const [window, cap] of Object.entries(bound.limits))
    if (!(Number(policy.limits[window] ?? Number.POSITIVE_INFINITY) <= Number(cap)))
      found.push(`limit ${window}`)
  const lifetime = (text: string | null) =>
    text === null ? Number.POSITIVE_INFINITY : (DURATIONS_MS[text] ?? Number.NaN)
  if (!(lifetime(policy.keyLifetime) <= lifetime(bound.keyLifetime))) found.push('lifetime')
  return found
}

/** The powers of a key beyond a policy; powers that it had before count only where they have grown. */
function beyondKey(bound: Policy, key: SeenKey, before?: SeenKey): string[] {
  const held = before?.permissions ?? []
  const found = key.permissions.filter((each) => !isAmong(each, bound.permissions) && !isAmong(each, held))
  for (const [window, cap] of Object.entries(bound.limits)) {
    const most = before === undefined ? Number(cap) : Math.max(Number(cap), limitOf(before, window))
    if (!(limitOf(key, window) <= most)) found.push(`limit ${window}`)
  }
  if (bound.keyLifetime !== null) {
    const latest = Date.parse(key.createdAt) + (DURATIONS_MS[bound.keyLifetime] ?? 0)
    if (!(endOf(key) <= Math.max(latest, before === undefined ? 0 : endOf(before)))) found.push('expiry')
  }
  return found
}

function limitOf({ budget }: SeenKey, window: string): number {
  return Number(budget.find((each) => each.window === window)?.limit ?? Number.POSITIVE_INFINITY)
}

function endOf({ expiresAt }: SeenKey): number {
  return expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)
}

/** The restrictions of a key created by ROOT that a lower role has loosened. */
function loosened(made: SeenKey, now: SeenKey): string[] {
  const windows = made.budget.filter(({ window }) => limitOf(now, window) > limitOf(made, window))
  return [
    ...windows.map(({ window }) => `${window} loosened`),
    ...(made.disabled && !now.disabled ? ['enabled'] : []),
  ]
}

/** The present state, read by a caller that sees everything. */
export interface Seen {
  users: ReadonlyMap<string, SeenUser>
  keys: ReadonlyMap<string, SeenKey>
  /** The memberships. */
  members: ReadonlySet<string>
}

/** The same, with the attacker's original powers. */
export interface World extends Seen {
  attacker: SeenUser
  /** The state before the attacker's first call. */
  before: Seen
  /** Keys of which the attacker, or a user that it created, has seen a secret. */
  seen: ReadonlySet<string>
}

/** Every power that somebody has gained and that the attacker lacked, as text. */
export function powersGained({ attacker, before, users, keys, members, seen }: World): string[] {
  const gained: string[] = []
  // Only a manager of members may add anybody, itself included.
  const isManager = attacker.role === 'ADMIN' || attacker.role === 'ROOT'
  for (const member of members)
    if (!isManager && !before.members.has(member)) gained.push('a place in a workspace')
  for (const [id, user] of users) {
    const was = before.users.get(id)
    const isChanged = JSON.stringify(user.policy) !== JSON.stringify(was?.policy)
    if (!isWithinRole(user.role, attacker.role) && user.role !== was?.role)
      gained.push(`user of role ${user.role}`)
    const widened = was === undefined ? [] : beyondPolicy(was.policy, user.policy)
    const beyond = beyondPolicy(attacker.policy, user.policy)
    if (was === undefined || (isChanged && widened.length > 0))
      gained.push(...beyond.map((each) => `policy: ${each}`))
    if (was?.disabled && !user.disabled) gained.push('user enabled whom ROOT had disabled')
  }
  for (const [id, key] of keys) {
    const was = before.keys.get(id)
    if (was !== undefined) gained.push(...loosened(was, key))
    gained.push(...beyondKey(attacker.policy, key, seen.has(id) ? undefined : was))
    const owner = users.get(key.ownerId)
    if (!seen.has(id) || key.access === 'use' || owner === undefined) continue
    if (!isManager && key.ownerId !== attacker.id) gained.push('acts as another user')
    if (!isWithinRole(owner.role, attacker.role)) gained.push(`acts as ${owner.role}`)
    gained.push(...beyondPolicy(attacker.policy, owner.policy).map((each) => `acts by a policy: ${each}`))
  }
  return gained
}
