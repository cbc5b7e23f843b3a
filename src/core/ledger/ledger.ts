import { LRUCache } from 'lru-cache'
import type { LedgerStore } from '../../store/ledger.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import { type Caller, createTurns } from '../ground/turns.ts'
import type { Allowed, BudgetLine } from '../money/budgets.ts'
import { LIMIT_WINDOWS } from '../money/windows.ts'
import {
  type Account,
  accountFrom,
  accountNames,
  addWindows,
  applyEntry,
  coversWindows,
  nameOf,
} from './account.ts'
import type { Admission, Chain, Demand } from './demand.ts'
import type { AccountId, LedgerEntry, LedgerOutcome, Payer, ReservationId } from './entries.ts'
import { expiryOf } from './expiry.ts'
import { createHeldUp } from './held-up.ts'
import { createPace } from './pace.ts'
import { type Limited, type Outlook, outlookOf } from './room.ts'
import { payerOf, piecesOf, UNIT_ROWS, type Unit, weightOf } from './units.ts'

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
  const accounts = new LRUCache<string, Account>({ max: MAX.accountsInMemory })
  const wanted = new Map<string, Wanted>()
  const reads = createTurns<string>(1)
  const turns = createTurns<Unit>(UNIT_ROWS)
  const pace = createPace()
  /** What memory has counted and the store may not have, by account and in the order of counting. */
  const unwritten = new Map<string, Set<LedgerEntry>>()
  /** The newest end of a hold that waits, by account: whatever took the room that came free is written after it. */
  const lastEnds = new Map<string, Unit>()
  const newHolds = new Map<ReservationId, Unit>()
  /** Units that wait for another, by what they wait for. */
  const behind = new Map<Unit, Unit[]>()
  const waitingRows = new Map<string, number>()
  const heldUp = createHeldUp(stir)
  let news = Promise.withResolvers<void>()
  let working: Promise<void> | null = null

  /** The account, if it can answer for this instant; holds that have run out are ended first. */
  function current(id: AccountId, now: Instant): Account | null {
    const account = accounts.get(nameOf(id))
    if (account === undefined || !coversWindows(account, now)) return null
    if (account.holds.hasRunOut(now)) endRunOut(account, now)
    // Still more have run out: `load` ends them by and by, so that nobody else waits for it.
    return account.holds.hasRunOut(now) ? null : account
  }

  function endRunOut(account: Account, now: Instant): void {
    for (const hold of account.holds.takeRunOut(now, MAX.holdsEndedAtOnce)) {
      const unit = unitOf([expiryOf(hold, now)], { caller: null, counted: true })
      const held = newHolds.get(hold.id)
      if (held !== undefined) unit.after = [held, ...unit.after]
      for (const name of unit.accounts) lastEnds.set(name, unit)
      // If it cannot be written, the account is read anew and the hold is found again.
      enqueue(unit).catch(() => {})
    }
  }

  function unitOf(
    entries: readonly LedgerEntry[],
    { caller, counted }: Pick<Unit, 'caller' | 'counted'>,
  ): Unit {
    const [first] = entries
    if (first === undefined) throw new Fault('internal', { internal: 'nothing to write' })
    const payer = payerOf(first)
    const names = accountNames(payer)
    const weight = entries.reduce((sum, entry) => sum + weightOf(entry), 0)
    // What was only reported took no room.
    const after = counted ? names.flatMap((name) => lastEnds.get(name) ?? []) : []
    const written = Promise.withResolvers<LedgerOutcome[]>()
    const { keyId } = payer
    return { keyId, entries, caller, counted, weight, accounts: names, after, isDone: false, written }
  }

  function enqueue(unit: Unit): Promise<LedgerOutcome[]> {
    const { entries, caller, counted, weight } = unit
    if (caller !== null) addWaiting(caller, weight)
    if (counted) for (const entry of entries) count(unit, entry)
    turns.add(caller, unit, weight)
    for (const entry of entries) if (entry.kind === 'hold') newHolds.set(entry.reservation.id, unit)
    stir()
    return unit.written.promise
  }

  function requireRoom(caller: Caller | null, weight: number): void {
    const waiting = caller === null ? 0 : (waitingRows.get(caller.userId) ?? 0)
    if (waiting === 0 || waiting + weight <= MAX.ledgerRowsWaiting) return
    const message = 'Too much of what this user has recorded waits to be written. Send less at a time.'
    throw new Fault('rate_limited', { message, retryAfterMs: 1_000 })
  }

  function addWaiting({ userId }: Caller, weight: number): void {
    const waiting = (waitingRows.get(userId) ?? 0) + weight
    if (waiting > 0) waitingRows.set(userId, waiting)
    else waitingRows.delete(userId)
  }

  /** Counts an entry in memory that the store does not have yet. */
  function count({ accounts: names }: Unit, entry: LedgerEntry): void {
    for (const name of names) {
      const known = unwritten.get(name) ?? new Set()
      unwritten.set(name, known.add(entry))
      const account = accounts.peek(name)
      if (account !== undefined) applyEntry(account, entry)
    }
  }

  /** Serves reads and writes in turns until there are none left, so that a read never meets a half-written batch. */
  async function work(): Promise<void> {
    // One turn later, so that callers of the same turn share a batch.
    await Promise.resolve()
    while (turns.count() > 0 || wanted.size > 0 || heldUp.count() > 0) {
      await Promise.all(reads.take(MAX.ledgerReadsAtOnce).map(read))
      await lookAgain()
      const batch = nextBatch()
      if (batch.length > 0) await write(batch)
      else if (turns.count() === 0 && wanted.size === 0 && heldUp.count() > 0) await news.promise
    }
    working = null
  }

  /** Says that there is something to do. */
  function stir(): void {
    news.resolve()
    news = Promise.withResolvers()
    working ??= work()
  }

  async function lookAgain(): Promise<void> {
    const { free, givenUp } = await heldUp.lookAgain(async (unit) => {
      const locked = await store.findLocked(unit.entries).catch(() => [])
      return locked.some((account) => unit.accounts.includes(nameOf(account)))
    })
    for (const unit of free) turns.add(unit.caller, unit, unit.weight)
    for (const [unit, error] of givenUp) fail(unit, error)
  }

  async function read(name: string): Promise<void> {
    const want = wanted.get(name)
    if (want === undefined) return
    const { id, loaded } = want
    try {
      const at = clock.now()
      const account = accountFrom(id, await store.readAccount(id, at), at)
      for (const earlier of want.windowsAt)
        addWindows(account, (await store.readAccount(id, earlier)).spend, earlier)
      // Nothing is being written now, so what was counted and not written is exactly what the store does not know yet.
      for (const entry of unwritten.get(name) ?? []) applyEntry(account, entry)
      accounts.set(name, account)
      loaded.resolve()
    } catch (error) {
      loaded.reject(error)
    } finally {
      wanted.delete(name)
    }
  }

  /** What is written next: the callers' turns, without what has to wait for another. */
  function nextBatch(): Unit[] {
    const batch = new Set<Unit>()
    for (const unit of turns.take(pace.weightMax())) {
      if (heldUp.keeps(unit)) continue
      const missing = unit.after.find((other) => !other.isDone && !batch.has(other))
      if (missing === undefined) batch.add(unit)
      else behind.set(missing, [...(behind.get(missing) ?? []), unit])
    }
    return [...batch]
  }

  async function write(batch: readonly Unit[]): Promise<void> {
    const startedAt = clock.now()
    try {
      const outcomes = await store.commitLedger(batch.flatMap(({ entries }) => entries))
      const weight = batch.reduce((sum, unit) => sum + unit.weight, 0)
      pace.note(weight, clock.now() - startedAt)
      let next = 0
      for (const unit of batch) {
        const own = outcomes.slice(next, next + unit.entries.length)
        next += unit.entries.length
        finish(unit, own)
        unit.written.resolve(own)
      }
    } catch (error) {
      if (error instanceof Fault && error.details.heldUp) await writeOthers(batch, error)
      // A unit that can never be written must not take down those that share its batch.
      else if (batch.length > 1 && error instanceof Fault && error.code !== 'store_unavailable')
        await writeHalves(batch)
      else for (const unit of batch) fail(unit, error)
    }
  }

  async function writeHalves(batch: readonly Unit[]): Promise<void> {
    const half = batch.length >> 1
    await write(batch.slice(0, half))
    await write(batch.slice(half))
  }

  /** Sets aside what counts in accounts that somebody has locked, and writes the rest. */
  async function writeOthers(batch: readonly Unit[], error: Fault): Promise<void> {
    const locked = await store.findLocked(batch.flatMap(({ entries }) => entries)).catch(() => [])
    // The lock is gone, or none of those that are looked for.
    if (locked.length === 0 && batch.length > 1) return writeHalves(batch)
    const names = locked.length === 0 ? (batch[0]?.accounts.slice(0, 1) ?? []) : locked.map(nameOf)
    heldUp.note(names, error)
    const others = batch.filter((unit) => !heldUp.keeps(unit))
    if (others.length > 0) await write(others)
  }

  function fail(unit: Unit, error: unknown): void {
    finish(unit, null)
    unit.written.reject(error)
  }

  /** Takes a unit off the books of what waits; null where it could not be written. */
  function finish(unit: Unit, outcomes: readonly LedgerOutcome[] | null): void {
    unit.isDone = true
    if (unit.caller !== null) addWaiting(unit.caller, -unit.weight)
    for (const name of unit.accounts) if (lastEnds.get(name) === unit) lastEnds.delete(name)
    for (const [index, entry] of unit.entries.entries()) settle(unit, entry, outcomes?.[index] ?? null)
    for (const waiting of behind.get(unit) ?? []) turns.add(waiting.caller, waiting, waiting.weight)
    behind.delete(unit)
  }

  function settle(
    { counted, accounts: names }: Unit,
    entry: LedgerEntry,
    outcome: LedgerOutcome | null,
  ): void {
    if (entry.kind === 'hold') newHolds.delete(entry.reservation.id)
    // Whether or not the store has kept some of it, what it answers to the next read is the truth; and what was counted
    // though it was on disk before, the next read sets right.
    const isUnsure = outcome === null || (outcome === 'duplicate' && counted)
    for (const name of names) {
      const known = unwritten.get(name)
      if (counted && known?.delete(entry) && known.size === 0) unwritten.delete(name)
      const account = accounts.peek(name)
      if (isUnsure) accounts.delete(name)
      else if (outcome === 'written' && !counted && account !== undefined) applyEntry(account, entry)
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

  function want(id: AccountId, chain: Chain, windowsAt: readonly Instant[]): Promise<void> {
    const name = nameOf(id)
    const pending = wanted.get(name)
    if (pending !== undefined) {
      // Too late for a read that is under way; then the caller asks again.
      pending.windowsAt.push(...windowsAt)
      return pending.loaded.promise
    }
    const loaded = Promise.withResolvers<void>()
    wanted.set(name, { id, loaded, windowsAt: [...windowsAt] })
    reads.add(readerOf(chain), name, 1)
    stir()
    return loaded.promise
  }

  /** Brings an account up to this instant, a little at a time. */
  async function bringUp(id: AccountId, chain: Chain, windowsAt: readonly Instant[]): Promise<void> {
    for (;;) {
      const now = clock.now()
      const account = accounts.peek(nameOf(id))
      const isThere = account !== undefined && [now, ...windowsAt].every((at) => coversWindows(account, at))
      if (!isThere) return want(id, chain, windowsAt)
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
      requireRoom(caller, unit.weight)
      const durable = enqueue(unit).then(([outcome]) => outcome ?? 'duplicate')
      return { admitted: true, budget: outlook(chain)?.budget ?? before.budget, durable }
    },
    async record(entries, caller) {
      const outcomes: LedgerOutcome[] = []
      const pieces = piecesOf(entries)
      const units = pieces.map((piece) => unitOf(piece.entries, { caller, counted: false }))
      requireRoom(
        caller,
        units.reduce((sum, unit) => sum + unit.weight, 0),
      )
      const written = await Promise.all(units.map(enqueue))
      for (const [index, { places }] of pieces.entries()) {
        for (const [n, place] of places.entries()) outcomes[place] = written[index]?.[n] ?? 'duplicate'
      }
      return outcomes
    },
    async load(chain, windowsAt) {
      const earlier = windowsAt === undefined ? [] : [windowsAt]
      await Promise.all(chain.filter(isNeeded).map(({ account }) => bringUp(account, chain, earlier)))
    },
    async drained() {
      while (working !== null) await working
    },
  }
}

/** An account that somebody waits for, and the earlier instants whose windows are wanted, too. */
interface Wanted {
  id: AccountId
  loaded: PromiseWithResolvers<void>
  windowsAt: Instant[]
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
