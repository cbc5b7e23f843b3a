import type { LedgerStore } from '../../store/ledger.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { Caller } from '../ground/turns.ts'
import { type Allowed, type BudgetLine, hasLimits } from '../money/budgets.ts'
import { createAccountMemory } from './account-memory.ts'
import type { FactsOfNode } from './deciding.ts'
import type { Admission, Chain, Conditions, Demand } from './demand.ts'
import type { AccountId, Hold, LedgerEntry, LedgerOutcome } from './entries.ts'
import { type HoldBounds, holdsMax, tooManyHolds } from './hold-bounds.ts'
import { createKnownCounts } from './hold-counts.ts'
import { createNewestLimits, type NewestLimits } from './newest-limits.ts'
import { type Limited, type Outlook, outlookOf, type Refusal, staysBelowHalf } from './room.ts'
import { createRunOut } from './run-out.ts'
import { createSpare, type Spare } from './spare.ts'
import { type EventCounts, piecesOf, rowsOf, type Unit, unitOf } from './units.ts'
import { createWriteQueue } from './write-queue.ts'

/**
 * Decides on money and records it. Demands of the moment are gathered and decided together inside their commit, from accounts that nobody
 * else can change meanwhile (ADR 0035); each is answered once it is on disk. For a verify that takes no money, copies of the accounts in
 * memory show whether any is left.
 *
 * `budget`, `outlook` and `admit` need the accounts of a chain in memory: they return null while one is missing, and `load` reads it.
 *
 * Entries are written in commits of a few milliseconds each, in which callers take turns (null is the server itself). Throws
 * `rate_limited` for a caller with too many waiting entries, and `too_many_holds` for a key, or its owner, with too many open holds.
 */
export interface Ledger {
  /**
   * Whether the copy of an account may show less room than there is: another process may have given some back, or a commit in progress has
   * counted what it may not keep. A refusal by such an account has to be confirmed: after {@link Ledger.refresh}, or by the next commit.
   */
  isUnsure(account: AccountId): boolean
  /** The present use of every limit of the chain. */
  budget(chain: Chain): BudgetLine[] | null
  /** The same, with the time when there will be room. */
  outlook(chain: Chain): Outlook | null
  /** The lines of the chain while every limit has something left; null where the outlook has to be asked. */
  spare: Spare
  /** Throws `rate_limited` if the caller has too many waiting entries to record so many events; {@link Ledger.record} asks it, too. */
  requireRoom(caller: Caller, counts: EventCounts): void
  /** Takes the amount of a hold or a charge if every limit of the chain has room for it, and records the entry. */
  admit(chain: Chain, demand: Demand): Promise<Admission> | null
  /**
   * Records entries that have happened already, whatever the limits say. An entry counts once it is on disk; the promise resolves when
   * all are. If it rejects, some entries may have been written; these are duplicates when they are recorded again. Those whose
   * conditions are not met any more when their commit decides are refused.
   */
  record(
    entries: readonly LedgerEntry[],
    caller: Caller | null,
    conditions?: Conditions,
  ): Promise<LedgerOutcome[]>
  /** Ends holds that have run out; resolves when that is on disk, whoever has ended them. One that somebody has extended meanwhile stays open. */
  endRunOut(holds: readonly Hold[]): Promise<void>
  /**
   * Reads the accounts of the chain that memory lacks, with the windows of now and, if given, of an earlier instant. A demand for a new hold
   * needs more of them.
   */
  load(chain: Chain, asked?: { windowsAt?: Instant; isForHold?: boolean }): Promise<void>
  /** Compares the copies with the store, by a read that begins after this call. Where no other process writes, waits for the commit in progress. */
  refresh(chain: Chain): Promise<void>
  /** Resolves when everything recorded before is on disk, or has failed. */
  drained(): Promise<void>
}

/** Builds the ledger of one process. */
export function createLedger({
  store,
  clock,
  limits = createNewestLimits(),
  facts,
  holdsPerKey = Number.POSITIVE_INFINITY,
  holdsPerUser = Number.POSITIVE_INFINITY,
}: {
  store: LedgerStore
  clock: Clock
  /** The changes of limits in this process. */
  limits?: NewestLimits
  /** The facts by which calls are judged. */
  facts?: FactsOfNode
} & Partial<HoldBounds>): Ledger {
  const { sharesAccounts } = store
  const bounds: HoldBounds = { holdsPerKey, holdsPerUser }
  const memory = createAccountMemory({ store, clock })
  const known = createKnownCounts()
  const queue = createWriteQueue({ store, clock, memory, limits, known, ...bounds, sharesAccounts, facts })
  const runOut = createRunOut({ memory, queue, clock, bounds })

  /**
   * Whether a demand needs a copy of the account. For a new hold the open holds of its key and user are counted. Where other processes
   * write, the commit counts those of a user without limits by itself.
   */
  function isNeededFor(entry: Pick<LedgerEntry, 'kind'>, allowed: Allowed): boolean {
    if (hasLimits(allowed)) return true
    if (entry.kind !== 'hold') return false
    return isKey(allowed) || (allowed.account.kind === 'user' && !sharesAccounts)
  }

  /** The accounts of the chain that have limits; null while memory lacks one. */
  function limitedOf(chain: Chain, instants: readonly [Instant, ...Instant[]]): Limited[] | null {
    const limited: Limited[] = []
    for (const allowed of chain) {
      if (!hasLimits(allowed)) continue
      const account = memory.current(allowed.account, instants)
      if (account === undefined) return null
      if ((allowed.revision ?? 0) >= (account.limits?.revision ?? 0)) account.limits = allowed
      limited.push({ allowed, account })
    }
    return limited
  }

  function isUnsure(account: AccountId): boolean {
    return sharesAccounts || memory.find(account)?.isUnsure === true
  }

  function outlook(chain: Chain, windowsAt?: Instant): Outlook | null {
    const now = clock.now()
    const limited = limitedOf(chain, windowsAt === undefined ? [now] : [now, windowsAt])
    return limited === null ? null : outlookOf(limited, now, windowsAt)
  }

  /**
   * The refusal of a demand that memory can already refuse, `may be` when the commit must decide, `makes way` when holds that have run out
   * must be ended first, or null while memory lacks an account.
   * Where other processes spend, too, the commit always decides; memory must have the accounts only so that they need not be read while
   * they are locked. While a commit is in progress the next one decides, because entries of the first may turn out to be stored already.
   */
  function refusedBefore(chain: Chain, demand: Demand): Refusal | 'may be' | 'makes way' | null {
    const { entry, amount, windowsAt } = demand
    const now = clock.now()
    let full: AccountId | null = null
    for (const allowed of chain) {
      if (!isNeededFor(entry, allowed)) continue
      const account = memory.find(allowed.account)
      if (account === undefined) return null
      const isFull = entry.kind === 'hold' && account.holds.count() >= holdsMax(allowed.account, bounds)
      if (isFull && !isUnsure(allowed.account)) full ??= allowed.account
    }
    if (runOut.isInTheWay(chain, demand)) return 'makes way'
    if (sharesAccounts) return 'may be'
    if (full !== null) throw tooManyHolds(full)
    const limited = limitedOf(chain, windowsAt === undefined ? [now] : [now, windowsAt])
    if (limited === null) return null
    if (amount === null || staysBelowHalf(limited, amount, { now, windowsAt })) return 'may be'
    const refusal = outlookOf(limited, now, windowsAt).refusal(amount)
    return refusal === null || isUnsure(refusal.bound.account) ? 'may be' : refusal
  }

  function read(id: AccountId, reader: Caller, windowsAt: readonly Instant[]): Promise<void> {
    const loaded = memory.want(id, reader, windowsAt)
    queue.stir()
    return loaded
  }

  async function refresh(chain: Chain): Promise<void> {
    if (!sharesAccounts) return queue.settled()
    const reader = readerOf(chain)
    await Promise.all(chain.filter(isNeeded).map(({ account }) => read(account, reader, [])))
  }

  return {
    isUnsure,
    budget: (chain) => outlook(chain)?.budget ?? null,
    outlook: (chain) => outlook(chain),
    spare: createSpare(memory, limitedOf),
    admit(chain, demand) {
      const refused = refusedBefore(chain, demand)
      if (refused === null) return null
      if (refused === 'makes way') return runOut.makeWay(chain, demand).then(() => ({ outcome: 'again' }))
      if (refused !== 'may be') return Promise.resolve({ outcome: 'no_room', ...refused })
      const { entry, caller, stands, signIn, ...demanded } = demand
      const unit = unitOf([entry], caller, {
        demand: { chain, ...demanded, decided: null },
        conditions: { stands, signIn },
      })
      queue.requireRoom(caller, unit.weight)
      return queue.add(unit).then(([outcome]) => admissionOf(unit, outcome))
    },
    requireRoom: (caller, counts) => queue.requireRoom(caller, rowsOf(counts)),
    async record(entries, caller, conditions = {}) {
      const outcomes: LedgerOutcome[] = []
      const pieces = piecesOf(entries)
      const units = pieces.map((piece) => unitOf(piece.entries, caller, { conditions }))
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
    async load(chain, { windowsAt, isForHold = false } = {}) {
      const earlier = windowsAt === undefined ? [] : [windowsAt]
      const reader = readerOf(chain)
      const instants = [clock.now(), ...earlier]
      const missing = chain.filter(
        (allowed) =>
          (isNeeded(allowed) || (isForHold && isNeededFor(HOLD, allowed))) &&
          memory.current(allowed.account, instants) === undefined,
      )
      await Promise.all(missing.map(({ account }) => read(account, reader, earlier)))
    },
    endRunOut: runOut.end,
    refresh,
    drained: queue.drained,
  }
}

function admissionOf({ demand }: Unit, outcome: LedgerOutcome | undefined): Admission {
  const decided = demand?.decided ?? null
  if (outcome === 'duplicate' || decided === null) return { outcome: 'duplicate' }
  if (decided instanceof Fault) throw decided
  return decided
}

/** Reads take turns by the user whose key is judged, because that user's traffic causes them. */
function readerOf(chain: Chain): Caller {
  const idOf = (kind: AccountId['kind']) =>
    chain.find(({ account }) => account.kind === kind)?.account.id ?? ''
  return { userId: idOf('user'), keyId: idOf('key') }
}

const HOLD = { kind: 'hold' } as const

/** A key's account is needed even without limits, because its open holds are counted. */
function isNeeded(allowed: Allowed): boolean {
  return isKey(allowed) || hasLimits(allowed)
}

function isKey({ account }: Allowed): boolean {
  return account.kind === 'key'
}
