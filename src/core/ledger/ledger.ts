import type { LedgerStore } from '../../store/ledger.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { Caller } from '../ground/turns.ts'
import type { Allowed, BudgetLine } from '../money/budgets.ts'
import { LIMIT_WINDOWS } from '../money/windows.ts'
import { type Account, coversWindows } from './account.ts'
import { createAccountMemory } from './account-memory.ts'
import type { Admission, Chain, Demand } from './demand.ts'
import type { AccountId, LedgerEntry, LedgerOutcome, Payer } from './entries.ts'
import { expiryOf } from './expiry.ts'
import { type Limited, type Outlook, outlookOf } from './room.ts'
import { piecesOf, unitOf } from './units.ts'
import { createWriteQueue } from './write-queue.ts'

/**
 * Decides in memory, records durably. One process owns the accounts of its store, so a decision needs no round trip; it
 * is answered only after its record is on disk. What was admitted but is not yet on disk counts already, for everybody.
 *
 * A decision on a chain needs its accounts in memory: `budget` and `admit` answer null while they are not, and `load`
 * brings them there. Deciding and recording happen in one turn of the event loop, so nothing can come between.
 *
 * What is recorded is written in commits of a few milliseconds each, in which callers take turns (null is the server
 * itself). Throws `rate_limited` for a caller that has too much waiting, and
 * `too_many_holds` for a key that has too many open.
 */
export interface Ledger {
  /** Where every limit of the chain stands now. */
  budget(chain: Chain): BudgetLine[] | null
  /** The same, and when there will be room. */
  outlook(chain: Chain): Outlook | null
  /** Takes the amount of a hold or a charge if every limit of the chain has room for it, and records the entry. */
  admit(chain: Chain, demand: Demand): Admission | null
  /**
   * Records what has happened already, whatever the limits say. It counts once it is on disk, and is answered when all of it
   * is. When it fails, some of it may have been written, which is a duplicate when it is recorded again.
   */
  record(entries: readonly LedgerEntry[], caller: Caller | null): Promise<LedgerOutcome[]>
  /** Reads the accounts of the chain that memory does not hold for this instant, or also for an earlier one. */
  load(chain: Chain, windowsAt?: Instant): Promise<void>
  /** Resolves when everything recorded before is on disk, or has failed. */
  drained(): Promise<void>
}

/** Builds the ledger of one process. */
export function createLedger({
  store,
  clock,
  holdsPerKey = Number.POSITIVE_INFINITY,
}: {
  store: LedgerStore
  clock: Clock
  /** How many holds of one key may be open at the same time. */
  holdsPerKey?: number
}): Ledger {
  const memory = createAccountMemory({ store, clock })
  const queue = createWriteQueue({ store, clock, memory })

  /** The account, if it can answer for this instant; holds that have run out are ended first. */
  function current(id: AccountId, now: Instant): Account | null {
    const account = memory.find(id)
    if (account === undefined || !coversWindows(account, now)) return null
    if (account.holds.hasRunOut(now)) expireOverdue(account, now)
    // Still more have run out: `load` ends them by and by, so that nobody else waits for it.
    return account.holds.hasRunOut(now) ? null : account
  }

  function expireOverdue(account: Account, now: Instant): void {
    for (const hold of account.holds.takeRunOut(now, MAX.holdsEndedAtOnce)) {
      // If it cannot be written, the account is read anew and the hold is found again.
      queue.add(unitOf([expiryOf(hold, now)], { caller: null, counted: true })).catch(() => {})
    }
  }

  /** The accounts of the chain that have limits; null while memory lacks one. */
  function limitedOf(chain: Chain, now: Instant): Limited[] | null {
    const limited: Limited[] = []
    for (const allowed of chain) {
      if (!hasLimits(allowed)) continue
      const account = current(allowed.account, now)
      if (account === null) return null
      limited.push({ allowed, account })
    }
    return limited
  }

  function outlook(chain: Chain, windowsAt?: Instant): Outlook | null {
    const now = clock.now()
    const limited = limitedOf(chain, now)
    if (limited === null) return null
    const isThere = limited.every(({ account }) => coversWindows(account, windowsAt ?? now))
    return isThere ? outlookOf(limited, now, windowsAt) : null
  }

  /** Whether the key may hold once more; false while memory does not know its holds. */
  function mayHold({ keyId }: Payer): boolean {
    const account = current({ kind: 'key', id: keyId }, clock.now())
    if (account === null) return false
    if (account.holds.count() >= holdsPerKey) throw new Fault('too_many_holds')
    return true
  }

  /** Brings an account up to this instant, a little at a time. */
  async function bringUp(id: AccountId, reader: Caller, windowsAt: readonly Instant[]): Promise<void> {
    for (;;) {
      const now = clock.now()
      const account = memory.find(id)
      const isThere = account !== undefined && [now, ...windowsAt].every((at) => coversWindows(account, at))
      if (!isThere) {
        const loaded = memory.want(id, reader, windowsAt)
        queue.stir()
        return loaded
      }
      if (current(id, now) !== null) return
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  return {
    budget: (chain) => outlook(chain)?.budget ?? null,
    outlook: (chain) => outlook(chain),
    admit(chain, { amount, windowsAt, entry, caller }) {
      const before = outlook(chain, windowsAt)
      if (before === null || (entry.kind === 'hold' && !mayHold(entry.reservation))) return null
      const refusal = amount === null ? null : before.refusal(amount)
      if (refusal !== null) return { admitted: false, ...refusal }
      const unit = unitOf([entry], { caller, counted: true })
      queue.requireRoom(caller, unit.weight)
      const durable = queue.add(unit).then(([outcome]) => outcome ?? 'duplicate')
      return { admitted: true, budget: outlook(chain)?.budget ?? before.budget, durable }
    },
    async record(entries, caller) {
      const outcomes: LedgerOutcome[] = []
      const pieces = piecesOf(entries)
      const units = pieces.map((piece) => unitOf(piece.entries, { caller, counted: false }))
      queue.requireRoom(
        caller,
        units.reduce((sum, unit) => sum + unit.weight, 0),
      )
      const written = await Promise.all(units.map(queue.add))
      for (const [index, { places }] of pieces.entries()) {
        for (const [n, place] of places.entries()) outcomes[place] = written[index]?.[n] ?? 'duplicate'
      }
      return outcomes
    },
    async load(chain, windowsAt) {
      const earlier = windowsAt === undefined ? [] : [windowsAt]
      const reader = readerOf(chain)
      await Promise.all(chain.filter(isNeeded).map(({ account }) => bringUp(account, reader, earlier)))
    },
    drained: queue.drained,
  }
}

/** Reads take turns by the user whose key is judged: it is that user's traffic that asks. */
function readerOf(chain: Chain): Caller {
  const idOf = (kind: AccountId['kind']) =>
    chain.find(({ account }) => account.kind === kind)?.account.id ?? ''
  return { userId: idOf('user'), keyId: idOf('key') }
}

/** Of a key its holds are counted, whether or not it has limits. */
function isNeeded(allowed: Allowed): boolean {
  return allowed.account.kind === 'key' || hasLimits(allowed)
}

function hasLimits({ allowance }: Allowed): boolean {
  return LIMIT_WINDOWS.some((window) => allowance.limits[window] !== undefined)
}
