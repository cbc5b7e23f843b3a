// Tests: test/wire/native/owners.test.ts, test/wire/native/extend.test.ts
import type { UserStore } from '../../store/people.ts'
import type { Chain } from '../ledger/demand.ts'
import type { Payer } from '../ledger/entries.ts'
import { chainOf } from '../ledger/spending.ts'
import type { User } from '../types.ts'
import type { KeyFacts } from '../verify/key-facts.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'

/** Whoever paid for a hold of which the key has another owner by now; null for one that is deleted, and so has no limits. */
export async function formerOwner(
  store: Pick<WithoutWrites<UserStore>, 'findUser'>,
  known: KeyFacts,
  { ownerId }: Payer,
): Promise<User | null> {
  return known.owner.id === ownerId ? null : store.findUser({ id: ownerId })
}

/**
 * Everybody whose limits a hold counts against. That is decided when it is made: when the key gets another owner, the hold stays with
 * the one before.
 */
export function chainOfHold(known: KeyFacts, { ownerId }: Payer, former: User | null): Chain {
  return chainOf(known).flatMap((allowed) => {
    if (allowed.account.kind !== 'user' || allowed.account.id === ownerId) return [allowed]
    if (former === null) return []
    return [{ account: { kind: 'user', id: ownerId }, allowance: former, revision: former.revision }]
  })
}
