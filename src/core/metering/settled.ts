// Tests: test/wire/native/crossed.test.ts, test/wire/native/settle.test.ts
import type { UserStore } from '../../store/people.ts'
import { decided, untilDecided } from '../ground/attempts.ts'
import type { Caller } from '../ground/turns.ts'
import type { Chain, Written } from '../ledger/demand.ts'
import type { LedgerEntry, Reservation } from '../ledger/entries.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { BudgetLine } from '../money/budgets.ts'
import type { Facts } from '../verify/facts.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import { chainOfHold, formerOwner } from './hold-chain.ts'

/** The state of the limits that the answer to a settlement shows. */
export type Standing = Pick<Written, 'budget' | 'crossed'>

/** Writing settlements, and where the limits stand with them. */
export interface SettledWrites {
  /** Everybody whose limits the hold counts against; null when nothing is known of its key. */
  chainOf(hold: Reservation): Promise<Chain | null>
  /**
   * Asks the ledger, in this turn of the event loop, to write a settlement whatever the limits say. Null when it is to be asked
   * anew: what it ends has moved on, or memory lacked an account and has it now. `isLast` does without the limits rather than that.
   */
  write(asked: {
    entry: LedgerEntry
    hold: Reservation
    chain: Chain | null
    caller: Caller
    isLast: boolean
  }): Promise<Standing | null>
  /** Where every limit of the chain stands now. */
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
  async function record(entry: LedgerEntry, caller: Caller): Promise<Standing | null> {
    const [outcome] = await ledger.record([entry], caller)
    return outcome === 'written' ? { budget: [], crossed: [] } : null
  }

  return {
    async chainOf(hold) {
      const known = await facts.ofKey(hold.keyId)
      return known === null ? null : chainOfHold(known, hold, await formerOwner(store, known, hold))
    },

    async write({ entry, hold, chain, caller, isLast }) {
      if (chain === null || isLast) return record(entry, caller)
      // It takes no more room than it has, so that nothing refuses it; judged in its commit, it is told what it crossed.
      const admission = await ledger.admit(chain, { amount: null, windowsAt: hold.heldAt, entry, caller })
      if (admission?.outcome === 'written') return admission
      if (admission?.outcome !== 'duplicate') await ledger.load(chain, hold.heldAt)
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
