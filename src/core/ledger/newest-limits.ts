import { createBoundedMemory } from '../ground/bounded-memory.ts'
import { MAX } from '../ground/bounds.ts'
import type { Allowed } from '../money/budgets.ts'
import type { AccountId } from './entries.ts'

/**
 * The limits that this process has changed lately. A demand may wait for its commit with the limits of the moment before, also when others have
 * read the new ones. Where other processes change limits, too, the commit compares the stored rows.
 */
export interface NewestLimits {
  /** Notes the limits of a record that has just been changed, before the change is answered. */
  note(changed: Required<Allowed>): void
  /** The later one of these limits and those that were noted for their account. */
  newestOf(allowed: Allowed): Allowed
  /** How many changes were noted. */
  count(): number
  /** Whether a change of the account was noted after so many others. */
  hasChangedSince(account: AccountId, count: number): boolean
}

/** Builds a memory without changes. */
export function createNewestLimits(): NewestLimits {
  let changes = 0
  const isTooMuch = (count: number) => count > MAX.changedLimits
  const noted = createBoundedMemory<string, { allowed: Required<Allowed>; at: number }>({ isTooMuch })
  const find = ({ kind, id }: AccountId) => noted.peek(`${kind} ${id}`)

  return {
    note(changed) {
      const { kind, id } = changed.account
      const known = find(changed.account)
      changes += 1
      // Answers of the store may overtake each other.
      if (known !== undefined && known.allowed.revision > changed.revision) return
      noted.set(`${kind} ${id}`, { allowed: changed, at: changes })
    },
    newestOf(allowed) {
      const known = find(allowed.account)?.allowed
      return known !== undefined && known.revision > (allowed.revision ?? 0) ? known : allowed
    },
    count: () => changes,
    hasChangedSince: (account, count) => (find(account)?.at ?? 0) > count,
  }
}
