// Tests: test/wire/native/crossed.test.ts, test/wire/native/settle.test.ts
import type { UserStore } from '../../store/people.ts'
import { decided, untilDecided } from '../ground/attempts.ts'
import type { Caller } from '../ground/turns.ts'
import type { Chain, Conditions, Written } from '../ledger/demand.ts'
import type { LedgerEntry, Reservation } from '../ledger/entries.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { BudgetLine } from '../money/budgets.ts'
import type { Facts } from '../verify/facts.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import { chainOfHold, formerOwner } from './hold-chain.ts'

/** The state of the limits that the answer to a settlement shows. */
export type Standing = Pick<Written, 'budget' | 'crossed'>

interface Asked {
  entry: LedgerEntry
  hold: Reservation
  chain: Chain | null
  caller: Caller
  /** What must still be true when its commit decides. */
  conditions: Conditions
  isLast: boolean
}

/** Writes settlements, and reads the limits with them. */
export interface SettledWrites {
  /** The accounts whose limits count the hold; null when its key is unknown. */
  chainOf(hold: Reservation, by: Caller): Promise<Chain | null>
  /**
   * Asks the ledger, in this turn of the event loop, to write a settlement whatever the limits say. Null when it has to be asked
   * again: the hold has changed, or an account was missing in memory and is there now. With `isLast` it writes without the limits
   * instead.
   */
  write(asked: Asked): Promise<Standing | null>
  /** The present state of every limit of the chain. */
  budgetOf(chain: Chain | null): Promise<BudgetLine[]>
}

/** Builds the writing of settlements. */
export function createSettled({
  store,
  facts,
  ledger,
}: {
  store: WithoutWrites<UserStore>
  facts: Facts
  ledger: Ledger
}): SettledWrites {
  async function record(
    entry: LedgerEntry,
    { caller, conditions }: Pick<Asked, 'caller' | 'conditions'>,
  ): Promise<Standing | null> {
    const [outcome] = await ledger.record([entry], caller, conditions)
    return outcome === 'written' ? { budget: [], crossed: [] } : null
  }

  return {
    async chainOf(hold, by) {
      const known = await facts.ofKey(hold.keyId, by)
      return known === null ? null : chainOfHold(known, hold, await formerOwner(store, known, hold))
    },

    async write({ entry, hold, chain, caller, conditions, isLast }) {
      if (chain === null || isLast) return record(entry, { caller, conditions })
      // It demands no additional room, so nothing refuses it; because its commit judges it, the answer has the crossed thresholds.
      const admission = await ledger.admit(chain, {
        amount: null,
        windowsAt: hold.heldAt,
        entry,
        caller,
        ...conditions,
      })
      if (admission?.outcome === 'written') return admission
      if (admission?.outcome !== 'duplicate') await ledger.load(chain, { windowsAt: hold.heldAt })
      return null
    },

    async budgetOf(chain) {
      if (chain === null) return []
      return untilDecided(async () => {
        const lines = ledger.budget(chain)
        if (lines !== null) return decided(lines)
        await ledger.load(chain)
        return undefined
      })
    },
  }
}
