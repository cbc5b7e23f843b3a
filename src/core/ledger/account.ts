// Tests: src/core/ledger/ledger.test.ts, test/money
import { MAX } from '../ground/bounds.ts'
import type { Instant } from '../ground/clock.ts'
import type { Allowed } from '../money/budgets.ts'
import type { Spend, WindowSpend } from '../money/spend.ts'
import type { Threshold } from '../money/thresholds.ts'
import { type Calendar, calendarOf, LIMIT_WINDOWS, type LimitWindow } from '../money/windows.ts'
import { correctionEvent } from './correcting.ts'
import type { AccountId, AccountState, LedgerEntry, Payer, UsageEvent } from './entries.ts'
import { createHolds, type Holds, type Slot, slotOf, slotsOf } from './holds.ts'

/** The copy of one account in memory: the stored sums and holds. */
export interface Account {
  id: AccountId
  /** The number of commits on the account; always 0 where one process writes. */
  version: number
  /** The last time at which the copy equalled the stored rows. */
  readAt: Instant
  /** The newest limits that any caller brought; callers that waited with older limits are judged by these. */
  limits: Allowed | null
  /** Sums for the windows that were current at the time of reading. */
  sums: Map<Slot, WindowSpend>
  holds: Holds
  /** By window, the thresholds of its limit that a commit of this process has written down as reached. */
  reached: Map<Slot, ReadonlySet<Threshold>>
  /** Whether a commit in progress has counted entries in it, of which some may turn out to be stored already, or all may fail. */
  isUnsure: boolean
  /** How many entries have been counted in it since it was read. */
  changes: number
  /** The day whose windows were all found in `sums` last, as a shortcut: windows are never removed. */
  covered: Calendar | null
}

/** The account as the store has it, for the windows of an instant. With many holds it takes several turns of the event loop. */
export async function accountFrom(
  id: AccountId,
  { version, spend, holds }: AccountState,
  at: Instant,
): Promise<Account> {
  const sums = new Map(LIMIT_WINDOWS.map((window) => [slotOf(window, at), { ...spend[window] }]))
  const account: Account = {
    id,
    version,
    readAt: at,
    limits: null,
    sums,
    holds: createHolds(),
    reached: new Map(),
    isUnsure: false,
    changes: 0,
    covered: null,
  }
  for (const [n, hold] of holds.entries()) {
    if (n > 0 && n % MAX.holdsReadAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
    account.holds.add(hold)
  }
  return account
}

/** Adds the sums of the windows of another instant, except those that the account already has. */
export function addWindows(account: Account, spend: Spend, at: Instant): void {
  for (const window of LIMIT_WINDOWS) {
    const slot = slotOf(window, at)
    if (!account.sums.has(slot)) account.sums.set(slot, { ...spend[window] })
  }
}

/** True when the account was read for the windows of this instant. */
export function coversWindows(account: Account, at: Instant): boolean {
  // This runs for each account of each verify.
  const calendar = calendarOf(at)
  if (account.covered === calendar) return true
  const isCovered = Object.values(slotsOf(at)).every((slot) => account.sums.has(slot))
  if (isCovered) account.covered = calendar
  return isCovered
}

/** Which of the thresholds that a window's limit has reached are not known to be written down; from now on they are. */
export function newlyReached(
  { reached }: Account,
  { window, at, thresholds }: { window: LimitWindow; at: Instant; thresholds: readonly Threshold[] },
): Threshold[] {
  const slot = slotOf(window, at)
  const known = reached.get(slot)
  const added = thresholds.filter((threshold) => known?.has(threshold) !== true)
  if (added.length > 0) reached.set(slot, new Set([...(known ?? []), ...added]))
  return added
}

/** Applies an entry to the sums and holds of the account. */
export function applyEntry(account: Account, entry: LedgerEntry): void {
  account.changes += 1
  switch (entry.kind) {
    case 'event':
      addEvent(account, entry.event)
      break
    case 'hold':
      account.holds.add(entry.reservation)
      break
    case 'extension': {
      const { from: _, ...hold } = entry.extension
      account.holds.remove(hold.id)
      account.holds.add(hold)
      break
    }
    case 'correction':
      addEvent(account, correctionEvent(entry.correction))
      break
    case 'resolution':
      account.holds.remove(entry.resolution.id)
      if (entry.event !== undefined) addEvent(account, entry.event)
      break
  }
}

const NOTHING: WindowSpend = { amount: 0n, byokAmount: 0n, requests: 0 }

/** The amount settled in the window that contains the instant. */
export function spendIn({ sums }: Account, window: LimitWindow, at: Instant): WindowSpend {
  return sums.get(slotOf(window, at)) ?? NOTHING
}

/** True when both instants lie in the same windows, or when the first is null (it does not matter). */
export function sameWindows(one: Instant | null, other: Instant): boolean {
  return one === null || LIMIT_WINDOWS.every((window) => slotOf(window, one) === slotOf(window, other))
}

/** The three accounts in which all money of a key counts. */
export function accountsOf({ keyId, ownerId, workspaceId }: Payer): AccountId[] {
  return [
    { kind: 'key', id: keyId },
    { kind: 'user', id: ownerId },
    { kind: 'workspace', id: workspaceId },
  ]
}

/** Each account once. */
export function uniqueOf(accounts: Iterable<AccountId>): AccountId[] {
  const seen = { key: new Set<string>(), user: new Set<string>(), workspace: new Set<string>() }
  const unique: AccountId[] = []
  for (const account of accounts) {
    const ids = seen[account.kind]
    if (ids.has(account.id)) continue
    ids.add(account.id)
    unique.push(account)
  }
  return unique
}

/** An account in one text. */
export function nameOf({ kind, id }: AccountId): string {
  return `${kind} ${id}`
}

function addEvent(account: Account, { at, amount, byokAmount, requests }: UsageEvent): void {
  for (const window of LIMIT_WINDOWS) {
    const sum = account.sums.get(slotOf(window, at))
    if (sum === undefined) continue
    sum.amount += amount
    sum.byokAmount += byokAmount
    sum.requests += requests
  }
}
