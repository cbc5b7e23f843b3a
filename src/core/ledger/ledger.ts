import { LRUCache } from 'lru-cache'
import type { LedgerStore } from '../../store/ledger.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import {
  type Allowed,
  type BudgetLine,
  budgetLines,
  lineWithoutRoom,
  noReserved,
  noSpend,
  type Standing,
} from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import type { WindowSpend } from '../money/spend.ts'
import { LIMIT_WINDOWS, type LimitWindow, windowStart } from '../money/windows.ts'
import type {
  AccountId,
  AccountState,
  Hold,
  LedgerEntry,
  LedgerOutcome,
  Payer,
  ReservationId,
  UsageEvent,
} from './entries.ts'

/** How the ids of events begin that settle a reservation; no reporter may choose such an id. */
export const SETTLEMENT_EVENT_PREFIX = 'reservation:'

/** Everybody whose limits a key's spending counts against: the key, its owner, its workspace. */
export type Chain = readonly Allowed[]

/** What became of a demand for room: it waits for the disk, or one limit refused it. */
export type Admission =
  | { admitted: true; budget: BudgetLine[]; durable: Promise<LedgerOutcome> }
  | { admitted: false; bound: BudgetLine; budget: BudgetLine[] }

/**
 * Decides in memory, records durably. One process owns the accounts of its store, so a decision needs no round trip; it
 * is answered only after its record is on disk. What was admitted but is not yet on disk counts already, for everybody.
 *
 * A decision on a chain needs its accounts in memory: `budget` and `admit` answer null while they are not, and `load`
 * brings them there. Deciding and recording happen in one turn of the event loop, so nothing can come between.
 */
export interface Ledger {
  /** Where every limit of the chain stands now. */
  budget(chain: Chain): BudgetLine[] | null
  /** Takes the amount of a hold or a charge if every limit of the chain has room for it, and records the entry. */
  admit(chain: Chain, demand: { amount: NanoUsd; entry: LedgerEntry }): Admission | null
  /** Records what has happened already, whatever the limits say: all entries or none. It counts once it is on disk. */
  record(entries: readonly LedgerEntry[]): Promise<LedgerOutcome[]>
  /** Reads the accounts of the chain that memory does not hold for this instant. */
  load(chain: Chain): Promise<void>
  /** Resolves when everything recorded before is on disk, or has failed. */
  drained(): Promise<void>
}

/** What memory holds of one account: durable sums and holds, and everything that was admitted since. */
interface Account {
  id: AccountId
  /** Sums by window and start, for the windows that were current at the time of reading. */
  sums: Map<string, WindowSpend>
  /** Held amounts by window and start. */
  reserved: Map<string, NanoUsd>
  holds: Map<ReservationId, Hold>
  /** No hold runs out before this instant. */
  nextExpiry: Instant
}

/** Entries that are written together, and whether memory has counted them already. */
interface Unit {
  entries: readonly LedgerEntry[]
  counted: boolean
  written: PromiseWithResolvers<LedgerOutcome[]>
}

/** Builds the ledger of one process. */
export function createLedger({ store, clock }: { store: LedgerStore; clock: Clock }): Ledger {
  const accounts = new LRUCache<string, Account>({ max: MAX.accountsInMemory })
  const wanted = new Map<string, { id: AccountId; loaded: PromiseWithResolvers<void> }>()
  const queue: Unit[] = []
  let working: Promise<void> | null = null

  /** The account, if it can answer for this instant; holds that have run out are ended first. */
  function current(id: AccountId, now: Instant): Account | null {
    const account = accounts.get(nameOf(id))
    if (account === undefined || LIMIT_WINDOWS.some((window) => !account.sums.has(slot(window, now))))
      return null
    if (account.nextExpiry <= now) expire(account, now)
    return account
  }

  function expire(account: Account, now: Instant): void {
    account.nextExpiry = Number.POSITIVE_INFINITY
    for (const hold of [...account.holds.values()]) {
      if (hold.expiresAt > now) account.nextExpiry = Math.min(account.nextExpiry, hold.expiresAt)
      // On disk before whatever takes the room that comes free, because the queue keeps its order. If it cannot be
      // written, the account is read anew and the hold is found again.
      else enqueue([expiryOf(hold, now)], true).catch(() => {})
    }
  }

  function enqueue(entries: readonly LedgerEntry[], counted: boolean): Promise<LedgerOutcome[]> {
    const written = Promise.withResolvers<LedgerOutcome[]>()
    queue.push({ entries, counted, written })
    if (counted) for (const entry of entries) applyToMemory(entry)
    working ??= work()
    return written.promise
  }

  function applyToMemory(entry: LedgerEntry): void {
    for (const id of accountsOf(payerOf(entry))) {
      const account = accounts.peek(nameOf(id))
      if (account !== undefined) apply(account, entry)
    }
  }

  function forget(entry: LedgerEntry): void {
    for (const id of accountsOf(payerOf(entry))) accounts.delete(nameOf(id))
  }

  /** Serves reads and writes in turns until there are none left, so that a read never meets a half-written batch. */
  async function work(): Promise<void> {
    // One turn later, so that callers of the same turn share a batch.
    await Promise.resolve()
    while (queue.length > 0 || wanted.size > 0) {
      await Promise.all([...wanted.values()].map(read))
      const batch = nextBatch(queue)
      if (batch.length > 0) await write(batch)
    }
    working = null
  }

  async function read({ id, loaded }: { id: AccountId; loaded: PromiseWithResolvers<void> }): Promise<void> {
    const name = nameOf(id)
    try {
      const at = clock.now()
      const account = accountFrom(id, await store.readAccount(id, at), at)
      // Nothing is being written now, so what waits in the queue is exactly what the store does not know yet.
      for (const { entries, counted } of queue) {
        for (const entry of entries) if (counted && concerns(entry, name)) apply(account, entry)
      }
      accounts.set(name, account)
      loaded.resolve()
    } catch (error) {
      loaded.reject(error)
    } finally {
      wanted.delete(name)
    }
  }

  async function write(batch: readonly Unit[]): Promise<void> {
    try {
      const outcomes = await store.commitLedger(batch.flatMap(({ entries }) => entries))
      queue.splice(0, batch.length)
      let next = 0
      for (const unit of batch) {
        const own = outcomes.slice(next, next + unit.entries.length)
        next += unit.entries.length
        for (const [index, entry] of unit.entries.entries())
          settleInMemory(entry, own[index] ?? 'duplicate', unit.counted)
        unit.written.resolve(own)
      }
    } catch (error) {
      // A unit that can never be written must not take down those that share its batch.
      if (batch.length > 1 && error instanceof Fault && error.code !== 'store_unavailable') {
        for (const unit of batch) await write([unit])
        return
      }
      queue.splice(0, batch.length)
      for (const unit of batch) {
        // Whether or not the store has kept some of it, what it answers to the next read is the truth.
        unit.entries.forEach(forget)
        unit.written.reject(error)
      }
    }
  }

  function settleInMemory(entry: LedgerEntry, outcome: LedgerOutcome, counted: boolean): void {
    if (outcome === 'written' && !counted) applyToMemory(entry)
    // Counted, though it was on disk before: the next read of the accounts sets that right.
    if (outcome === 'duplicate' && counted) forget(entry)
  }

  function budget(chain: Chain): BudgetLine[] | null {
    const now = clock.now()
    const lines: BudgetLine[] = []
    for (const allowed of chain) {
      if (!hasLimits(allowed)) continue
      const account = current(allowed.account, now)
      if (account === null) return null
      lines.push(...budgetLines(allowed, standingOf(account, now), now))
    }
    return lines
  }

  function want(id: AccountId): Promise<void> {
    const name = nameOf(id)
    const pending = wanted.get(name) ?? { id, loaded: Promise.withResolvers<void>() }
    wanted.set(name, pending)
    working ??= work()
    return pending.loaded.promise
  }

  return {
    budget,
    admit(chain, { amount, entry }) {
      const lines = budget(chain)
      if (lines === null) return null
      const bound = lineWithoutRoom(lines, amount)
      if (bound !== undefined) return { admitted: false, bound, budget: lines }
      const durable = enqueue([entry], true).then(([outcome]) => outcome ?? 'duplicate')
      return { admitted: true, budget: budget(chain) ?? lines, durable }
    },
    record: (entries) => enqueue(entries, false),
    async load(chain) {
      const now = clock.now()
      const missing = chain.filter((allowed) => hasLimits(allowed) && current(allowed.account, now) === null)
      await Promise.all(missing.map(({ account }) => want(account)))
    },
    async drained() {
      while (working !== null) await working
    },
  }
}

function nextBatch(queue: readonly Unit[]): Unit[] {
  let entries = 0
  const fits = queue.findIndex((unit) => {
    entries += unit.entries.length
    return entries > MAX.ledgerBatch
  })
  // A unit is never split, so one that is larger than a batch goes alone.
  return queue.slice(0, fits === -1 ? queue.length : Math.max(1, fits))
}

function accountFrom(id: AccountId, { spend, holds }: AccountState, at: Instant): Account {
  const sums = new Map(LIMIT_WINDOWS.map((window) => [slot(window, at), { ...spend[window] }]))
  const account: Account = {
    id,
    sums,
    reserved: new Map(),
    holds: new Map(),
    nextExpiry: Number.POSITIVE_INFINITY,
  }
  for (const hold of holds) addHold(account, hold)
  return account
}

function apply(account: Account, entry: LedgerEntry): void {
  switch (entry.kind) {
    case 'event':
      addEvent(account, entry.event)
      break
    case 'hold':
      addHold(account, entry.reservation)
      break
    case 'resolution':
      removeHold(account, entry.resolution.id)
      if (entry.event !== undefined) addEvent(account, entry.event)
      break
  }
}

function addEvent(account: Account, { at, amount, byokAmount, requests }: UsageEvent): void {
  for (const window of LIMIT_WINDOWS) {
    const sum = account.sums.get(slot(window, at))
    if (sum === undefined) continue
    sum.amount += amount
    sum.byokAmount += byokAmount
    sum.requests += requests
  }
}

function addHold(account: Account, hold: Hold): void {
  account.holds.set(hold.id, hold)
  account.nextExpiry = Math.min(account.nextExpiry, hold.expiresAt)
  addReserved(account, hold.heldAt, hold.amount)
}

function removeHold(account: Account, id: ReservationId): void {
  const hold = account.holds.get(id)
  if (hold === undefined) return
  account.holds.delete(id)
  addReserved(account, hold.heldAt, -hold.amount)
}

function addReserved(account: Account, heldAt: Instant, amount: NanoUsd): void {
  for (const window of LIMIT_WINDOWS) {
    const name = slot(window, heldAt)
    const sum = (account.reserved.get(name) ?? 0n) + amount
    if (sum === 0n) account.reserved.delete(name)
    else account.reserved.set(name, sum)
  }
}

function standingOf(account: Account, now: Instant): Standing {
  const spend = noSpend()
  const reserved = noReserved()
  for (const window of LIMIT_WINDOWS) {
    const name = slot(window, now)
    spend[window] = account.sums.get(name) ?? spend[window]
    reserved[window] = account.reserved.get(name) ?? 0n
  }
  return { spend, reserved }
}

/** The entry that ends a hold which has run out. */
export function expiryOf(hold: Hold, now: Instant): LedgerEntry {
  const { id, keyId, ownerId, workspaceId } = hold
  const ended = { from: 'open' as const, state: 'expired' as const, resolvedAt: now, settlement: null }
  return { kind: 'resolution', resolution: { id, keyId, ownerId, workspaceId, ...ended } }
}

function payerOf(entry: LedgerEntry): Payer {
  switch (entry.kind) {
    case 'event':
      return entry.event
    case 'hold':
      return entry.reservation
    case 'resolution':
      return entry.resolution
  }
}

/** The three accounts that everything of a key counts in. */
function accountsOf({ keyId, ownerId, workspaceId }: Payer): AccountId[] {
  return [
    { kind: 'key', id: keyId },
    { kind: 'user', id: ownerId },
    { kind: 'workspace', id: workspaceId },
  ]
}

function concerns(entry: LedgerEntry, name: string): boolean {
  return accountsOf(payerOf(entry)).some((id) => nameOf(id) === name)
}

function nameOf({ kind, id }: AccountId): string {
  return `${kind} ${id}`
}

function slot(window: LimitWindow, at: Instant): string {
  return `${window} ${windowStart(window, at)}`
}

function hasLimits({ allowance }: Allowed): boolean {
  return LIMIT_WINDOWS.some((window) => allowance.limits[window] !== undefined)
}
