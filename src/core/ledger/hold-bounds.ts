// Tests: src/core/ledger/holds-of-a-user.test.ts
import { Fault } from '../ground/faults.ts'
import type { AccountId } from './entries.ts'

/** The maximum numbers of open holds. */
export interface HoldBounds {
  /** Of one key. */
  holdsPerKey: number
  /** Of all keys of one user; a hold counts for the user that owned its key when it was made. */
  holdsPerUser: number
}

/** The maximum number of open holds of an account; infinite for a workspace. */
export function holdsMax({ kind }: AccountId, { holdsPerKey, holdsPerUser }: HoldBounds): number {
  if (kind === 'workspace') return Number.POSITIVE_INFINITY
  return kind === 'key' ? holdsPerKey : holdsPerUser
}

/** The fault of a hold beyond the maximum of a key or a user. */
export function tooManyHolds({ kind }: AccountId): Fault {
  return new Fault('too_many_holds', { message: kind === 'key' ? OF_KEY : OF_USER })
}

const OF_KEY = 'The key has the maximum number of open reservations. Settle or release some of them first.'
const OF_USER =
  'The owner of the key has the maximum number of open reservations, those of all its keys together. Settle or release some of them first.'
