// Tests: test/money/clock-ahead.test.ts
import type { LedgerStore } from '../../store/ledger.ts'
import { createLasted } from '../ground/ahead.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock } from '../ground/clock.ts'
import type { Hold } from '../ledger/entries.ts'
import { expiryOf } from '../ledger/expiry.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'

/**
 * Ends holds that were placed by a clock that was ahead, once they have lasted as long as they were to last; returns how many. Called at
 * intervals.
 */
export type ExpireAhead = () => Promise<number>

/** Builds it. Such a hold expires like any other, unless it was extended or ended meanwhile. */
export function createExpireAhead({
  store,
  ledger,
  clock,
}: {
  store: WithoutWrites<LedgerStore>
  ledger: Pick<Ledger, 'record'>
  clock: Clock
}): ExpireAhead {
  const lasted = createLasted<ReturnType<typeof lasting>>(clock)

  /** The holds that are ahead, those of the earliest time if there are too many. */
  async function ahead(): Promise<Hold[]> {
    const heldAfter = clock.now() + MAX.clockAheadMs
    const found: Hold[] = []
    for (;;) {
      const holds = await store.findHeldAfter(heldAfter, MAX.ledgerBatch, found.at(-1))
      found.push(...holds)
      if (holds.length < MAX.ledgerBatch || found.length >= MAX.holdsAheadInMemory) return found
    }
  }

  return async () => {
    const due = lasted((await ahead()).map(lasting))
    for (let from = 0; from < due.length; from += MAX.ledgerBatch) {
      const now = clock.now()
      const ends = due.slice(from, from + MAX.ledgerBatch).map(({ hold }) => expiryOf(hold, now))
      await ledger.record(ends, null)
    }
    return due.length
  }
}

function lasting(hold: Hold) {
  const { id, heldAt, expiresAt } = hold
  return { name: `${id} ${expiresAt}`, lengthMs: expiresAt - heldAt, hold }
}
