// Tests: test/authority/last-manager.test.ts
import { addressMatcher } from '../ground/addresses.ts'
import type { Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import { keyStatus } from '../keys/life.ts'
import type { GrantPolicy, Key, StoredSecret, User, UserId } from '../types.ts'
import { mayManage } from './abilities.ts'
import type { Actor } from './warrant.ts'

/** A managing key of a ROOT, with its owner. It can manage everything, provided that it is usable. */
export interface Manager {
  key: Actor['key']
  owner: User
  secrets: readonly ManagersSecret[]
}

/** A secret of such a key. */
export interface ManagersSecret extends Pick<StoredSecret, 'expiresAt'> {
  /** The other users who have seen it, and whose policies bound its use. */
  witnesses: readonly User[]
}

/** A key as a manager, by the users among whom those are who have seen its secrets. */
export function managerOf(key: Key, owner: User, seers: readonly User[]): Manager {
  const secrets = key.secrets.map(({ expiresAt, seenBy }) => {
    return { expiresAt, witnesses: witnessesAmong(seers, seenBy, owner) }
  })
  return { key, owner, secrets }
}

/** Those of the users who have seen a secret of this owner; each once. */
export function witnessesAmong(users: readonly User[], seenBy: readonly UserId[], owner: User): User[] {
  return seenBy.flatMap((id) => (id === owner.id ? [] : (users.find((user) => user.id === id) ?? [])))
}

/** The same managers after a change of a user, who may own some of them and have seen secrets of others. */
export function managersAfter(managers: readonly Manager[], changed: User): Manager[] {
  const now = (user: User) => (user.id === changed.id ? changed : user)
  return managers.map(({ key, owner, secrets }) => ({
    key,
    owner: now(owner),
    secrets: secrets.map((secret) => ({ ...secret, witnesses: secret.witnesses.map(now) })),
  }))
}

/** The time and the address at which management must be possible: those of the act. */
export interface Moment {
  at: Instant
  ip: string | null
}

/** How reliable full management is: for good, only until it expires by itself, or not at all. */
const LASTING = 2
const PASSING = 1
const NONE = 0

/**
 * Requires that a change does not reduce full management: otherwise nobody could undo it, except with `latchkey reset-root` on the
 * machine. Throws `last_manager`.
 */
export function requireManagement(
  before: readonly Manager[],
  after: readonly Manager[],
  moment: Moment,
): void {
  const levelOf = (managers: readonly Manager[]) =>
    Math.max(NONE, ...managers.map((manager) => reliance(manager, moment)))
  if (levelOf(after) < levelOf(before)) throw new Fault('last_manager')
}

function reliance({ key, owner, secrets }: Manager, { at, ip }: Moment): number {
  if (!isManager(owner) || !mayManage(key.access) || keyStatus({ key, owner }, at) !== 'active') return NONE
  // An address list that lacks the caller's own address would lock its owner out.
  if (key.allowedIps.length > 0 && (ip === null || !addressMatcher(key.allowedIps)(ip))) return NONE
  // The policies of other users who have seen the secret bound what can be granted with it.
  const usable = secrets.filter(
    ({ expiresAt, witnesses }) =>
      (expiresAt === null || expiresAt > at) && witnesses.every(({ policy }) => isUnbounded(policy)),
  )
  if (usable.length === 0) return NONE
  return key.expiresAt === null && usable.some(({ expiresAt }) => expiresAt === null) ? LASTING : PASSING
}

/** True for a user that may do everything, without any bound. */
export function isManager({ role, disabled, policy }: User): boolean {
  return role === 'ROOT' && !disabled && isUnbounded(policy)
}

/** True for a policy without any bound. */
export function isUnbounded({ permissions, limits, keyLifetimeMs }: GrantPolicy): boolean {
  return permissions === null && Object.keys(limits).length === 0 && keyLifetimeMs === null
}
