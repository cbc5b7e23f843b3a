import { afterAll, describe, expect, test } from 'bun:test'
import type { Chain } from '../../src/core/ledger/demand.ts'
import type { LedgerEntry, LedgerOutcome, NewCorrection } from '../../src/core/ledger/entries.ts'
import { ADMITS_ALL, type Judge } from '../../src/core/ledger/judge.ts'
import type { Ledger } from '../../src/core/ledger/ledger.ts'
import type { BudgetLine } from '../../src/core/money/budgets.ts'
import type { Allowance } from '../../src/core/types.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { rejectionOf } from '../support/failures.ts'
import { boostOver, extendedNextDay } from './histories.ts'
import { agreesWithModel, crowdsFit, failuresAreTold } from './promises.ts'
import { failingStore, rigOver } from './rig.ts'

// Mistakes that other products are known for, planted on purpose: the tests of the promises must notice every one.

const HISTORIES = 300
const store = await openStore('sqlite::memory:')
afterAll(() => store.close())

/** Answers before anything is on disk, and loses unwritten entries at a restart. */
function ackBeforeCommit(): { planted: Store; onRestart: () => void } {
  let unwritten: LedgerEntry[] = []
  const planted: Store = {
    ...store,
    async commitLedger(entries, judge) {
      const due = unwritten
      const outcomes = await judgedOnly(entries, judge)
      unwritten = entries.filter((_, n) => outcomes[n] === 'written')
      if (due.length > 0) await store.commitLedger(due)
      return outcomes
    },
  }
  return {
    planted,
    onRestart() {
      unwritten = []
    },
  }
}

/** Lets a judge decide, and writes nothing. */
async function judgedOnly(entries: readonly LedgerEntry[], judge: Judge = ADMITS_ALL) {
  await judge.prepare({
    versionOf: () => 0,
    limitsRevisionOf: () => 0,
    readAccounts: store.readAccounts,
    countHolds: async (users) => users.map(() => ({ count: 0, runsOutAt: Number.POSITIVE_INFINITY })),
    readAllowances: async () => new Map(),
    liveSessions: async (digests) => new Set(digests),
    changedSince: async () => [],
  })
  return entries.map((entry): LedgerOutcome => (judge.admits(entry) ? 'written' : 'refused'))
}

/** Changes entries on their way to the disk, unnoticed by the judge. */
function writesOtherwise(change: (entry: LedgerEntry) => LedgerEntry): Store {
  return {
    ...store,
    commitLedger(entries, judge = ADMITS_ALL) {
      const given = new Map(entries.map((entry) => [change(entry), entry]))
      const admits = (entry: LedgerEntry) => judge.admits(given.get(entry) ?? entry)
      return store.commitLedger([...given.keys()], { prepare: judge.prepare, admits })
    },
  }
}

/** Checks the room, and takes it only after something else may have happened. */
function checkThenAdd(ledger: Ledger): Ledger {
  return {
    ...ledger,
    admit(chain, demand) {
      const budget = ledger.budget(chain)
      if (budget === null) return null
      const { amount, entry } = demand
      const bound = budget.find(({ limit, spent, reserved }) => spent + reserved + (amount ?? 0n) > limit)
      if (bound !== undefined) return Promise.resolve({ outcome: 'no_room', bound, budget, opensAt: null })
      return ledger
        .record([entry], null)
        .then(([outcome]) =>
          outcome === 'written' ? { outcome, budget, crossed: [] } : { outcome: 'duplicate' },
        )
    },
  }
}

/** Removes a batch from its queue before it is written, and reports nothing when the write fails. */
function dropOnFailedFlush(ledger: Ledger): Ledger {
  return {
    ...ledger,
    record: (entries, caller) => ledger.record(entries, caller).catch(() => entries.map(() => 'written')),
  }
}

/** Gives every attempt an id of its own, so that a repeated event counts again. */
function nonIdempotentRetry(): Store {
  let attempt = 0
  return writesOtherwise((entry) => {
    if (entry.kind !== 'event') return entry
    attempt += 1
    return { ...entry, event: { ...entry.event, id: `${entry.event.id} ${attempt}` } }
  })
}

/** Refuses once half of a limit is used, like a gateway that reserves too much. */
function falseRefusal(ledger: Ledger): Ledger {
  return {
    ...ledger,
    admit(chain, demand) {
      const budget = ledger.budget(chain)
      const bound = budget?.find(
        ({ limit, spent, reserved }) => (spent + reserved + (demand.amount ?? 0n)) * 2n > limit,
      )
      return budget !== null && bound !== undefined
        ? Promise.resolve({ outcome: 'no_room', bound, budget, opensAt: null })
        : ledger.admit(chain, demand)
    },
  }
}

/** Checks the room for an extension in the present windows, not in those of its hold. */
function extendsIntoToday(ledger: Ledger): Ledger {
  return {
    ...ledger,
    admit: (chain, { windowsAt: _, ...demand }) => ledger.admit(chain, demand),
  }
}

/** Takes the added amount of an extension without a check for room. */
function extendsUnasked(ledger: Ledger): Ledger {
  return {
    ...ledger,
    admit: (chain, demand) =>
      ledger.admit(chain, demand.entry.kind === 'extension' ? { ...demand, amount: null } : demand),
  }
}

/** Releases holds that must be charged at their expiry. */
function expiryIsFree(): Store {
  return writesOtherwise((entry) => {
    if (entry.kind !== 'resolution' || entry.resolution.ranOutAt === undefined) return entry
    return { kind: 'resolution', resolution: { ...entry.resolution, state: 'expired', settlement: null } }
  })
}

/** Ends a hold at its first expiry, although it was extended. */
function extensionForgotten(): Store {
  return writesOtherwise((entry) => {
    if (entry.kind !== 'extension') return entry
    const { extension } = entry
    return { ...entry, extension: { ...extension, expiresAt: extension.from.expiresAt } }
  })
}

/** Reads every event as if it had no corrections. */
async function neverCorrected(...[keyId, id]: Parameters<Store['findCorrectable']>) {
  const found = await store.findCorrectable(keyId, id)
  return found === null ? null : { ...found, taken: { amount: 0n, byokAmount: 0n } }
}

/** Changes every correction on its way to the disk. */
function correctsOtherwise(change: (correction: NewCorrection) => Partial<NewCorrection>): Store {
  return writesOtherwise((entry) => {
    if (entry.kind !== 'correction') return entry
    return { ...entry, correction: { ...entry.correction, ...change(entry.correction) } }
  })
}

/** Loses open holds at a restart, like a ledger that keeps them in memory only. */
function holdsInMemoryOnly(): Store {
  return {
    ...store,
    readAccounts: async (ids, at) =>
      (await store.readAccounts(ids, at)).map((state) => ({ ...state, holds: [] })),
  }
}

/** Uses other boosts than those of the key, as if its record said so: the revision stays, because an older one would not decide. */
function otherBoosts(
  ledger: Ledger,
  change: (allowance: Allowance, lines: readonly BudgetLine[]) => Allowance,
): Ledger {
  const changed = (chain: Chain): Chain => {
    const lines = ledger.budget(chain) ?? []
    return chain.map((allowed) => {
      const own = lines.filter((line) => line.account.id === allowed.account.id)
      return { ...allowed, allowance: change(allowed.allowance, own) }
    })
  }
  return {
    ...ledger,
    budget: (chain) => ledger.budget(changed(chain)),
    outlook: (chain) => ledger.outlook(changed(chain)),
    spare: ({ chain }, now) => ledger.spare({ chain: changed(chain), standing: null }, now),
    admit: (chain, demand) => ledger.admit(changed(chain), demand),
  }
}

/** Ignores the end of a boost. */
function endlessBoost(ledger: Ledger): Ledger {
  return otherBoosts(ledger, (allowance) => {
    const boosts = Object.entries(allowance.boosts ?? {})
    const endless = boosts.map(([window, boost]) => [window, { ...boost, until: Number.MAX_SAFE_INTEGER }])
    return { ...allowance, boosts: Object.fromEntries(endless) }
  })
}

/** Ignores the spent amount of a window while its limit is boosted, like a manual reset. */
function boostReopens(ledger: Ledger): Ledger {
  return otherBoosts(ledger, (allowance, lines) => {
    const limits = { ...allowance.limits }
    for (const { window, spent } of lines) {
      const limit = limits[window]
      if (allowance.boosts?.[window] !== undefined && limit !== undefined) limits[window] = limit + spent
    }
    return { ...allowance, limits }
  })
}

describe('the tests notice', () => {
  test('an acknowledgement before the commit', async () => {
    const { planted, onRestart } = ackBeforeCommit()
    expect(
      await rejectionOf(agreesWithModel(() => rigOver(planted, { onRestart }), HISTORIES)),
    ).toBeInstanceOf(Error)
  }, 120_000)

  test('a check that is a separate step from the taking', async () => {
    expect(
      await rejectionOf(crowdsFit(() => rigOver(store, { ledger: checkThenAdd }), HISTORIES)),
    ).toBeInstanceOf(Error)
  }, 120_000)

  test('a flush that fails silently', async () => {
    const { failing, failNext } = failingStore(store)
    const told = failuresAreTold(() => rigOver(failing, { ledger: dropOnFailedFlush }), failNext)
    expect(await rejectionOf(told)).toBeInstanceOf(Error)
  }, 60_000)

  test('a retry that counts twice', async () => {
    expect(await rejectionOf(agreesWithModel(() => rigOver(nonIdempotentRetry()), HISTORIES))).toBeInstanceOf(
      Error,
    )
  }, 120_000)

  test('a budget that refuses while money is left', async () => {
    expect(
      await rejectionOf(agreesWithModel(() => rigOver(store, { ledger: falseRefusal }), HISTORIES)),
    ).toBeInstanceOf(Error)
    expect(
      await rejectionOf(crowdsFit(() => rigOver(store, { ledger: falseRefusal }), HISTORIES)),
    ).toBeInstanceOf(Error)
  }, 120_000)

  test('a boost that does not end', async () => {
    const newRig = () => rigOver(store, { ledger: endlessBoost })
    expect(await rejectionOf(agreesWithModel(newRig, HISTORIES, boostOver))).toBeInstanceOf(Error)
    await agreesWithModel(() => rigOver(store), HISTORIES, boostOver)
  }, 120_000)

  test('a boost that reopens a spent window', async () => {
    const newRig = () => rigOver(store, { ledger: boostReopens })
    expect(await rejectionOf(agreesWithModel(newRig, HISTORIES))).toBeInstanceOf(Error)
  }, 120_000)

  test('an extension that reads the wrong windows', async () => {
    const newRig = () => rigOver(store, { ledger: extendsIntoToday })
    expect(await rejectionOf(agreesWithModel(newRig, HISTORIES, extendedNextDay))).toBeInstanceOf(Error)
    await agreesWithModel(() => rigOver(store), HISTORIES, extendedNextDay)
  }, 120_000)

  test('an extension that is not checked for room', async () => {
    const newRig = () => rigOver(store, { ledger: extendsUnasked })
    expect(await rejectionOf(agreesWithModel(newRig, HISTORIES))).toBeInstanceOf(Error)
  }, 120_000)

  test('a hold that is released at its expiry although it must be charged', async () => {
    expect(await rejectionOf(agreesWithModel(() => rigOver(expiryIsFree()), HISTORIES))).toBeInstanceOf(Error)
  }, 120_000)

  test('an extension that is lost', async () => {
    expect(await rejectionOf(agreesWithModel(() => rigOver(extensionForgotten()), HISTORIES))).toBeInstanceOf(
      Error,
    )
  }, 120_000)

  test('a correction that gives back in the windows of today', async () => {
    const planted = correctsOtherwise(({ recordedAt }) => ({ at: recordedAt }))
    expect(await rejectionOf(agreesWithModel(() => rigOver(planted), 2 * HISTORIES))).toBeInstanceOf(Error)
  }, 240_000)

  test('a correction that counts again when it is repeated', async () => {
    let attempt = 0
    const planted = correctsOtherwise(({ id }) => ({ id: `${id} ${attempt++}` }))
    expect(await rejectionOf(agreesWithModel(() => rigOver(planted), HISTORIES))).toBeInstanceOf(Error)
  }, 120_000)

  test('a correction of an event that is corrected completely', async () => {
    const forgetful = { ...store, findCorrectable: neverCorrected }
    expect(await rejectionOf(agreesWithModel(() => rigOver(forgetful), HISTORIES))).toBeInstanceOf(Error)
  }, 120_000)

  test('holds that do not survive a restart', async () => {
    expect(await rejectionOf(agreesWithModel(() => rigOver(holdsInMemoryOnly()), HISTORIES))).toBeInstanceOf(
      Error,
    )
  }, 120_000)
})
