import { afterEach } from 'bun:test'
import type { Fault } from '../../src/core/ground/faults.ts'
import type { Chain } from '../../src/core/ledger/demand.ts'
import type { LedgerEntry } from '../../src/core/ledger/entries.ts'
import type { HoldBounds } from '../../src/core/ledger/hold-bounds.ts'
import type { Judge, LockedRows } from '../../src/core/ledger/judge.ts'
import { createLedger } from '../../src/core/ledger/ledger.ts'
import { createNewestLimits } from '../../src/core/ledger/newest-limits.ts'
import { weightOf } from '../../src/core/ledger/units.ts'
import type { Key } from '../../src/core/types.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { testClock } from './clock.ts'
import { NOON, seed } from './records.ts'

const open: Store[] = []
afterEach(async () => {
  for (const store of open.splice(0)) await store.close()
})

/** A ledger over a database in memory that records its commits and can make them fail. */
export async function ledgerRig(bounds: Partial<HoldBounds> = {}) {
  const store = await openStore('sqlite::memory:')
  open.push(store)
  await seed(store)
  const clock = testClock(NOON)
  const commits: (readonly LedgerEntry[])[] = []
  /** How often the judges of the commits so far have prepared. */
  let prepared = 0
  /** How often accounts were read, with their holds. */
  let reads = 0
  const rig = {
    failWhen: (_: readonly LedgerEntry[]): Fault | null => null,
    /** Called when a commit has decided an entry and has not written it yet. */
    onDecided: () => {},
  }
  const watched: Store = {
    ...store,
    readAccounts(...asked) {
      reads += 1
      return store.readAccounts(...asked)
    },
    async commitLedger(entries, judge, probably) {
      const fault = rig.failWhen(entries)
      if (fault !== null) throw fault
      commits.push(entries)
      const watchedJudge: Judge | undefined = judge && {
        ...judge,
        prepare(rows) {
          prepared += 1
          const readAccounts: LockedRows['readAccounts'] = (...asked) => {
            reads += 1
            return rows.readAccounts(...asked)
          }
          return judge.prepare({ ...rows, readAccounts })
        },
        admits(entry) {
          const isAdmitted = judge.admits(entry)
          rig.onDecided()
          return isAdmitted
        },
      }
      const outcomes = await store.commitLedger(entries, watchedJudge, probably)
      // A commit takes a while, during which others queue up; a larger commit takes longer.
      clock.advance(1 + Math.round(entries.reduce((sum, entry) => sum + weightOf(entry), 0) * 0.004))
      await new Promise((resolve) => setImmediate(resolve))
      return outcomes
    },
  }
  const limits = createNewestLimits()
  const ledger = createLedger({ store: watched, clock, limits, ...bounds })
  return { rig, store, clock, commits, ledger, limits, prepared: () => prepared, reads: () => reads }
}

/** The chain of a key alone. */
export function chainOf(key: Key): Chain {
  return [{ account: { kind: 'key', id: key.id }, allowance: key }]
}
