// Tests: src/store/conformance/ledger-commit.conformance.ts, test/money
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import { type Allowed, type BudgetLine, hasLimits } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import { crossedBetween, reachedBy, type Threshold } from '../money/thresholds.ts'
import { windowStart } from '../money/windows.ts'
import type { Allowance, Revision, UserId } from '../types.ts'
import type { RecordRef } from '../verify/key-facts.ts'
import {
  type Account,
  accountsOf,
  applyEntry,
  nameOf,
  newlyReached,
  sameWindows,
  type Undo,
  uniqueOf,
} from './account.ts'
import type { AccountMemory } from './account-memory.ts'
import type { Admission, Chain } from './demand.ts'
import type { AccountId, LedgerEntry, ThresholdCrossing } from './entries.ts'
import { type HoldBounds, holdsMax, tooManyHolds } from './hold-bounds.ts'
import { type CountedHolds, createHoldCounts, type KnownCounts, newHoldsOf } from './hold-counts.ts'
import type { Judge, LockedRows } from './judge.ts'
import type { NewestLimits } from './newest-limits.ts'
import { fitsBesideRunOut, type Limited, type Outlook, outlookOf, staysBelowHalf } from './room.ts'
import { type Demanded, entryEvent, payerOf, recordsOf, type Unit } from './units.ts'

/** The judge of one commit: it decides the demands among its units from copies of accounts that equal the locked rows. */
export interface BatchJudge extends Judge {
  /**
   * Must be called when the commit has ended: a commit that failed, or may have failed, leaves no copy of its accounts behind. Returns
   * the time since which it held its accounts locked.
   */
  finish(hasCommitted: boolean): Instant
}

/** The dependencies and settings of a judge. */
export interface DecidingParts extends HoldBounds {
  memory: AccountMemory
  limits: NewestLimits
  clock: Clock
  /** The open holds of users that earlier commits have left. */
  known: KnownCounts
  /** True where other processes may spend from the same accounts. */
  sharesAccounts: boolean
  /** The facts by which units stand; absent where they never change. */
  facts?: FactsOfNode | undefined
}

/** What this process knows of the records, where other processes change them, too. */
export interface FactsOfNode {
  /** Memory reflects the changes up to this revision; 0 while none is known, and then it holds nothing of before. */
  applied(): Revision
  /** Forgets what memory holds of a record in an older revision. */
  overtake(record: RecordRef, revision: Revision): void
}

/** Builds the judge of a commit. */
export function judgeOf(units: readonly Unit[], parts: DecidingParts): BatchJudge {
  const { memory, limits, clock, sharesAccounts } = parts
  const touched = () => uniqueOf(units.flatMap(({ accounts }) => accounts))
  const asked = new Map(units.flatMap((unit) => (unit.demand === null ? [] : [[unit.entries[0], unit]])))
  const unitsOf = new Map(units.flatMap((unit) => unit.entries.map((entry) => [entry, unit])))
  const reached = new Map<LedgerEntry, ThresholdCrossing[]>()
  const unsure = new Set<Account>()
  /** What this commit has changed in the copies, in that order. */
  const changes: Undo[] = []
  const standing = new Map<Unit, boolean>()
  /**
   * The units that stood when an attempt decided, and not when it was to be written. They are not admitted any more and made again, so that nobody's
   * entries wait for records that somebody changes without a pause.
   */
  const fallen = new Set<Unit>()
  const counts = createHoldCounts({ memory, known: parts.known, holdsPerUser: parts.holdsPerUser })
  let now = 0
  let hasWritten = false
  let rows: LockedRows | null = null
  let limitsOf: (allowed: Allowed) => Allowance = ({ allowance }) => allowance
  /** How many changes of limits this attempt has seen. */
  let limitChanges = 0

  /** Whether the entries of a unit may still be written; judged once, for all are decided in one turn of the event loop. */
  function stands(unit: Unit): boolean {
    const known = standing.get(unit)
    if (known !== undefined) return known
    const isStanding = !fallen.has(unit) && standsNow(unit)
    standing.set(unit, isStanding)
    return isStanding
  }

  /** Whether a demand would still be judged by the same limits. */
  function hasItsLimits({ demand }: Unit): boolean {
    if (demand === null || demand.amount === null || limits.count() === limitChanges) return true
    return !demand.chain.some(({ account }) => limits.hasChangedSince(account, limitChanges))
  }

  /** Drops the copies that somebody else's commit has overtaken. */
  function dropStale(locked: LockedRows): void {
    for (const id of touched()) if (memory.find(id)?.version !== locked.versionOf(id)) memory.forget([id])
  }

  function holdsOf(id: AccountId): CountedHolds | undefined {
    return memory.find(id)?.holds ?? (id.kind === 'user' ? counts.of(id.id as UserId) : undefined)
  }

  /** The users whose copies are needed because they get new holds. */
  async function holdersNeeded(needed: readonly AccountId[], locked: LockedRows): Promise<UserId[]> {
    if (!sharesAccounts) return [...newHoldsOf(units).keys()]
    const users = new Set(needed.flatMap(({ kind, id }) => (kind === 'user' ? [id as UserId] : [])))
    return counts.prepare(units, locked, { needed: users, now })
  }

  function limitedOf(unit: Unit): Limited[] {
    const limited: Limited[] = []
    for (const one of unit.demand?.chain ?? []) {
      const allowance = limitsOf(one)
      if (!hasLimits({ allowance })) continue
      const account = memory.find(one.account)
      if (account === undefined) throw new Fault('internal', { internal: 'decides without an account' })
      limited.push({ allowed: allowance === one.allowance ? one : { ...one, allowance }, account })
    }
    return limited
  }

  /** Counts an entry in the copies of its accounts. */
  function apply(entry: LedgerEntry): void {
    hasWritten = true
    for (const id of accountsOf(payerOf(entry))) {
      const account = memory.find(id)
      if (account === undefined) continue
      changes.push(applyEntry(account, entry))
      account.isUnsure = true
      unsure.add(account)
    }
    counts.note(entry)
  }

  /** Decides a demand, and counts its entry if it is admitted. */
  function decide(unit: Unit, demand: Demanded, entry: LedgerEntry): boolean {
    const limited = limitedOf(unit)
    const { windowsAt } = demand
    const isEasy = staysBelowHalf(limited, mostTaken(demand, entry), { now, windowsAt })
    const before = isEasy ? null : outlookOf(limited, now, windowsAt)
    const refused = refusalOf(unit, { limited, outlook: before, holdsOf }, now, parts)
    if (refused !== null) {
      demand.decided = refused
      return false
    }
    apply(entry)
    const { budget } = outlookOf(limited, now)
    const event = entryEvent(entry)
    let crossed: Threshold[] = []
    if (event !== undefined && before === null) reached.set(entry, [])
    else if (event !== undefined && before !== null) {
      // Only settled usage moves a limit across a threshold, in the windows of the entry.
      const after = windowsAt === undefined ? budget : outlookOf(limited, now, windowsAt).budget
      crossed = crossedBetween(before.budget, after)
      reached.set(entry, reachedIn(after, windowsAt ?? now, event.recordedAt))
    }
    demand.decided = { outcome: 'written', budget, crossed }
    return true
  }

  /** The thresholds that limits have reached in the windows of an instant, without those that are known to be stored. */
  function reachedIn(lines: readonly BudgetLine[], windowsAt: Instant, at: Instant): ThresholdCrossing[] {
    const found: ThresholdCrossing[] = []
    for (const line of lines) {
      const thresholds = reachedBy(line)
      const account = thresholds.length === 0 ? undefined : memory.find(line.account)
      if (account === undefined) continue
      const { window } = line
      const start = windowStart(window, windowsAt)
      const { added, undo } = newlyReached(account, { window, at: windowsAt, thresholds })
      changes.push(undo)
      for (const percent of added) found.push({ account: line.account, window, start, percent, at })
    }
    return found
  }

  return {
    records: sharesAccounts ? uniqueOf(units.flatMap(recordsOf)) : [],
    async prepare(locked) {
      // In a second attempt the copies contain the entries of the first one, which was rolled back. They are taken back one by one, because
      // an account with many holds takes long to read, and somebody who repeats an entry causes such attempts.
      for (const undo of changes.splice(0).reverse()) undo()
      hasWritten = false
      reached.clear()
      standing.clear()
      rows = locked
      now = clock.now()
      if (sharesAccounts) dropStale(locked)
      const demanding = [...asked.values()]
      limitChanges = limits.count()
      limitsOf = await limitsIn(demanding, locked, parts)
      const needed = accountsNeeded(demanding, limitsOf)
      needed.push(...(await holdersNeeded(needed, locked)).map((id) => ({ kind: 'user' as const, id })))
      const earlier = demanding.flatMap(({ demand }) => demand?.windowsAt ?? [])
      await memory.complete(needed, [now, ...new Set(earlier)], locked.readAccounts)
      await missEnded(units, locked)
      await catchUp(locked, parts.facts)
    },
    admits(entry) {
      const unit = unitsOf.get(entry)
      if (unit !== undefined && !stands(unit)) {
        if (unit.demand !== null) unit.demand.decided = { outcome: 'again' }
        return false
      }
      if (unit?.demand != null) return decide(unit, unit.demand, entry)
      apply(entry)
      return true
    },
    reachedBy: (entry) => reached.get(entry) ?? null,
    stillStands() {
      const before = fallen.size
      for (const [unit, isStanding] of standing)
        if (isStanding && !(standsNow(unit) && hasItsLimits(unit))) fallen.add(unit)
      return fallen.size === before
    },
    finish(hasCommitted) {
      if (!hasCommitted) memory.forget(touched())
      // A commit without writes is rolled back, so the version has not changed either.
      const versionOf = (id: AccountId) => (rows?.versionOf(id) ?? 0) + (hasWritten ? 1 : 0)
      counts.finish(hasCommitted ? versionOf : null)
      for (const account of unsure) account.isUnsure = false
      // Where nobody else writes, a copy has no version and does not age.
      for (const id of sharesAccounts ? touched() : []) {
        const account = memory.find(id)
        if (account === undefined || rows === null) continue
        account.readAt = now
        account.version = versionOf(id)
      }
      return now
    },
  }
}

function standsNow({ conditions: { signIn, stands } }: Unit): boolean {
  return signIn?.isMissed !== true && (stands?.() ?? true)
}

/** Marks the sign-ins of browsers that have ended: their calls do not stand, and are judged again. */
async function missEnded(units: readonly Unit[], locked: LockedRows): Promise<void> {
  const signIns = units.flatMap(({ conditions }) => conditions.signIn ?? [])
  if (signIns.length === 0) return
  const live = await locked.liveSessions([...new Set(signIns.map(({ session }) => session))])
  for (const signIn of signIns) if (!live.has(signIn.session)) signIn.isMissed = true
}

/**
 * Forgets facts that changes at other nodes have overtaken, before anything is decided by them. Further changes wait for the commit, so
 * nobody is told that a right has ended while money still moves by it.
 */
async function catchUp(locked: LockedRows, facts: FactsOfNode | undefined): Promise<void> {
  const since = facts?.applied() ?? 0
  if (facts === undefined || since === 0) return
  for (const { record, revision } of await locked.changedSince(since))
    facts.overtake(record as RecordRef, revision)
}

/** The most that a demand can add to what a limit counts. */
function mostTaken({ amount }: Demanded, entry: LedgerEntry): NanoUsd {
  const event = entryEvent(entry)
  const settled = event === undefined ? 0n : event.amount + event.byokAmount
  return amount === null || amount < settled ? settled : amount
}

/** The reason why a demand is not written now, of which no outlook means that there is room; null when it is written. */
function refusalOf(
  { demand, entries }: Unit,
  { limited, outlook, holdsOf }: { limited: readonly Limited[]; outlook: Outlook | null; holdsOf: HoldsOf },
  now: Instant,
  bounds: HoldBounds,
): Admission | Fault | null {
  const [entry] = entries
  if (demand === null || entry === undefined) return null
  const { amount, windowsAt, chain } = demand
  // It was made in a window that is over.
  if (windowsAt === undefined && !sameWindows(madeAt(entry), now)) return { outcome: 'again' }
  const full = entry.kind === 'hold' ? fullOf(chain, holdsOf, bounds) : null
  // A place of a hold that has run out is free once its end is written.
  if (full !== null) return full.holds.hasRunOut(now) ? { outcome: 'again' } : tooManyHolds(full.account)
  if (amount === null || outlook === null) return null
  const refusal = outlook.refusal(amount)
  if (refusal !== null) return { outcome: 'no_room', ...refusal }
  // Its room is that of holds that have run out. They must be ended first, each by a commit that locks all accounts of the hold.
  return fitsBesideRunOut(limited, amount, { now, windowsAt }) ? null : { outcome: 'again' }
}

type HoldsOf = (account: AccountId) => CountedHolds | undefined

/** The first account of a chain that has as many open holds as it may; null when each has a place for one more. */
function fullOf(
  chain: Chain,
  holdsOf: HoldsOf,
  bounds: HoldBounds,
): { account: AccountId; holds: CountedHolds } | null {
  for (const { account } of chain) {
    const max = holdsMax(account, bounds)
    if (max === Number.POSITIVE_INFINITY) continue
    const holds = holdsOf(account)
    if (holds === undefined) throw new Fault('internal', { internal: 'decides without counted holds' })
    if (holds.count() >= max) return { account, holds }
  }
  return null
}

function madeAt(entry: LedgerEntry): Instant | null {
  if (entry.kind === 'event') return entry.event.at
  return entry.kind === 'hold' ? entry.reservation.heldAt : null
}

/**
 * The limits by which a demand is judged: those that it came with, unless they have changed since. They are those of one moment, because the accounts that
 * they need are read next.
 */
async function limitsIn(
  units: readonly Unit[],
  locked: LockedRows,
  { memory, limits }: Pick<DecidingParts, 'memory' | 'limits'>,
): Promise<(allowed: Allowed) => Allowance> {
  const isOld = ({ account, revision = 0 }: Allowed) => locked.limitsRevisionOf(account) > revision
  const old = units.flatMap(({ demand }) => (demand?.chain ?? []).filter(isOld))
  const changed =
    old.length === 0 ? null : await locked.readAllowances(uniqueOf(old.map(({ account }) => account)))
  const newestOf = (allowed: Allowed): Allowance => {
    if (isOld(allowed)) return changed?.get(nameOf(allowed.account)) ?? allowed.allowance
    const newest = memory.find(allowed.account)?.limits ?? null
    const isNewer = newest !== null && (newest.revision ?? 0) > (allowed.revision ?? 0)
    return limits.newestOf(isNewer ? newest : allowed).allowance
  }
  const chains = units.flatMap(({ demand }) => demand?.chain ?? [])
  const now = new Map(chains.map((allowed) => [allowed, newestOf(allowed)]))
  return (allowed) => now.get(allowed) ?? allowed.allowance
}

/** The accounts that demands need: those with limits, and for a hold the key's, because open holds are counted. */
function accountsNeeded(units: readonly Unit[], limitsOf: (allowed: Allowed) => Allowance): AccountId[] {
  const needed: AccountId[] = []
  for (const { demand, entries } of units) {
    const isHold = entries[0]?.kind === 'hold'
    for (const allowed of demand?.chain ?? []) {
      const isHolder = isHold && allowed.account.kind === 'key'
      if (isHolder || hasLimits({ allowance: limitsOf(allowed) })) needed.push(allowed.account)
    }
  }
  return uniqueOf(needed)
}
