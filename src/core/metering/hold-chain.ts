// Tests: test/wire/native/owners.test.ts, test/wire/native/extend.test.ts
import type { UserStore } from '../../store/people.ts'
import type { Chain } from '../ledger/demand.ts'
import type { Payer } from '../ledger/entries.ts'
import { chainOf } from '../ledger/spending.ts'
import type { User } from '../types.ts'
import type { KeyFacts } from '../verify/key-facts.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'

/** The payer of a hold whose key has another owner by now; null for a deleted payer, which has no limits. */
export async function formerOwner(
  store: Pick<WithoutWrites<UserStore>, 'findUser'>,
  known: KeyFacts,
  { ownerId }: Payer,
): Promise<User | null> {
  return known.owner.id === ownerId ? null : store.findUser({ id: ownerId })
}

/**
 * The accounts whose limits count a hold. They are fixed when it is made: when the key gets another owner, the hold stays with the
 * former one.
 */
export function chainOfHold(known: KeyFacts, { ownerId }: Payer, former: User | null): Chain {
  return chainOf(known).flatMap((allowed) => {
    if (allowed.account.kind !== 'user' || allowed.account.id === ownerId) return [allowed]
    if (former === null) return []
    return [{ account: { kind: 'user', id: ownerId }, allowance: former, revision: former.revision }]
  })
}
