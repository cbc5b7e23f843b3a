// Tests: test/authority/last-manager.test.ts
import { addressMatcher } from '../ground/addresses.ts'
import type { Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import { keyStatus } from '../keys/life.ts'
import type { User } from '../types.ts'
import { mayManage } from './abilities.ts'
import type { Actor } from './warrant.ts'

/** A managing key of a ROOT, with its owner. It can manage everything, provided that it is usable. */
export interface Manager {
  key: Actor['key']
  owner: User
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

function reliance({ key, owner }: Manager, { at, ip }: Moment): number {
  if (!isManager(owner) || !mayManage(key.access) || keyStatus({ key, owner }, at) !== 'active') return NONE
  // An address list that lacks the caller's own address would lock its owner out.
  if (key.allowedIps.length > 0 && (ip === null || !addressMatcher(key.allowedIps)(ip))) return NONE
  return key.expiresAt === null ? LASTING : PASSING
}

/** True for a user that may do everything, without any bound. */
export function isManager({ role, disabled, policy }: User): boolean {
  const { permissions, limits, keyLifetimeMs } = policy
  if (role !== 'ROOT' || disabled) return false
  return permissions === null && Object.keys(limits).length === 0 && keyLifetimeMs === null
}
