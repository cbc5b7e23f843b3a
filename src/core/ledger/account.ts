import type { Instant } from '../ground/clock.ts'
import { noReserved, noSpend, type Standing } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import type { WindowSpend } from '../money/spend.ts'
import { LIMIT_WINDOWS, type LimitWindow, windowStart } from '../money/windows.ts'
import type {
  AccountId,
  AccountState,
  Hold,
  LedgerEntry,
  Payer,
  ReservationId,
  UsageEvent,
} from './entries.ts'
import { createHolds, type Holds } from './holds.ts'

/** What memory holds of one account: durable sums and holds, and everything that was admitted since. */
export interface Account {
  id: AccountId
  /** Sums by window and start, for the windows that were current at the time of reading. */
  sums: Map<string, WindowSpend>
  /** Held amounts by window and start. */
  reserved: Map<string, NanoUsd>
  holds: Holds
}

/** The account as the store has it, for the windows of an instant. */
export function accountFrom(id: AccountId, { spend, holds }: AccountState, at: Instant): Account {
  const sums = new Map(LIMIT_WINDOWS.map((window) => [slot(window, at), { ...spend[window] }]))
  const account: Account = { id, sums, reserved: new Map(), holds: createHolds() }
  for (const hold of holds) addHold(account, hold)
  return account
}

/** True when the account was read for the windows of this instant. */
export function coversWindows(account: Account, at: Instant): boolean {
  return LIMIT_WINDOWS.every((window) => account.sums.has(slot(window, at)))
}

/** Counts an entry of the account's. */
export function applyEntry(account: Account, entry: LedgerEntry): void {
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

/** Takes out some of the holds that have run out, so that they count no more. */
export function takeRunOut(account: Account, at: Instant, countMax: number): Hold[] {
  const ended = account.holds.takeRunOut(at, countMax)
  for (const hold of ended) addReserved(account, hold.heldAt, -hold.amount)
  return ended
}

/** What the account has settled and holds back, in the windows of an instant. */
export function standingOf(account: Account, at: Instant): Standing {
  const spend = noSpend()
  const reserved = noReserved()
  for (const window of LIMIT_WINDOWS) {
    const name = slot(window, at)
    spend[window] = account.sums.get(name) ?? spend[window]
    reserved[window] = account.reserved.get(name) ?? 0n
  }
  return { spend, reserved }
}

/** The names of the three accounts that everything of a key counts in. */
export function accountNames({ keyId, ownerId, workspaceId }: Payer): [string, string, string] {
  return [
    nameOf({ kind: 'key', id: keyId }),
    nameOf({ kind: 'user', id: ownerId }),
    nameOf({ kind: 'workspace', id: workspaceId }),
  ]
}

/** An account in one text. */
export function nameOf({ kind, id }: AccountId): string {
  return `${kind} ${id}`
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
  if (account.holds.add(hold)) addReserved(account, hold.heldAt, hold.amount)
}

function removeHold(account: Account, id: ReservationId): void {
  const hold = account.holds.remove(id)
  if (hold !== undefined) addReserved(account, hold.heldAt, -hold.amount)
}

function addReserved(account: Account, heldAt: Instant, amount: NanoUsd): void {
  for (const window of LIMIT_WINDOWS) {
    const name = slot(window, heldAt)
    const sum = (account.reserved.get(name) ?? 0n) + amount
    if (sum === 0n) account.reserved.delete(name)
    else account.reserved.set(name, sum)
  }
}

function slot(window: LimitWindow, at: Instant): string {
  return `${window} ${windowStart(window, at)}`
}
