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

/** Where and when management must be possible: where the act comes from. */
export interface Moment {
  at: Instant
  ip: string | null
}

/** How far one can rely on full management: for good, only until it runs out by itself, or not at all. */
const LASTING = 2
const PASSING = 1
const NONE = 0

/**
 * Insists that a change leaves no less of full management than there was: else nobody could undo it, short of
 * `latchkey reset-root` on the machine. Throws `last_manager`.
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
  // A list without the address from where it is set walls its owner in, or out.
  if (key.allowedIps.length > 0 && (ip === null || !addressMatcher(key.allowedIps)(ip))) return NONE
  return key.expiresAt === null ? LASTING : PASSING
}

/** True for somebody who may do everything, without any bound. */
export function isManager({ role, disabled, policy }: User): boolean {
  const { permissions, limits, keyLifetimeMs } = policy
  if (role !== 'ROOT' || disabled) return false
  return permissions === null && Object.keys(limits).length === 0 && keyLifetimeMs === null
}
