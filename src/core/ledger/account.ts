// Tests: src/core/ledger/account.test.ts, src/core/ledger/ledger.test.ts, test/money
import { MAX } from '../ground/bounds.ts'
import type { Instant } from '../ground/clock.ts'
import type { Allowed } from '../money/budgets.ts'
import type { Spend, WindowSpend } from '../money/spend.ts'
import type { Threshold } from '../money/thresholds.ts'
import { type Calendar, calendarOf, LIMIT_WINDOWS, type LimitWindow } from '../money/windows.ts'
import { correctionEvent } from './correcting.ts'
import type { AccountId, AccountState, LedgerEntry, Payer, UsageEvent } from './entries.ts'
import { createHolds, type Holds, type Slot, slotOf } from './holds.ts'

/** The copy of one account in memory: the stored sums and holds. */
export interface Account {
  id: AccountId
  /** The number of commits on the account; always 0 where one process writes. */
  version: number
  /** The last time at which the copy equalled the stored rows. */
  readAt: Instant
  /** The newest limits that any caller brought; callers that waited with older limits are judged by these. */
  limits: Allowed | null
  /** The day at which it was read. */
  day: Calendar
  /** The sums of the windows of that day. All windows without usage share one object, which must not be changed. */
  sums: Spend
  /** The sums of windows of other days, by window; null while there are none. */
  others: Map<Slot, WindowSpend> | null
  holds: Holds
  /** By window, the thresholds of its limit that a commit of this process has written down as reached; null while there are none. */
  reached: Map<Slot, ReadonlySet<Threshold>> | null
  /** Whether a commit in progress has counted entries in it, of which some may turn out to be stored already, or all may fail. */
  isUnsure: boolean
  /** How many entries have been counted in it since it was read. */
  changes: number
}

/** No usage, as all windows share it that have none. */
const NOTHING: WindowSpend = Object.freeze({ amount: 0n, byokAmount: 0n, requests: 0 })

/** The account as the store has it, for the windows of an instant. With many holds it takes several turns of the event loop. */
export async function accountFrom(
  id: AccountId,
  { version, spend, holds }: AccountState,
  at: Instant,
): Promise<Account> {
  const account: Account = {
    id,
    version,
    readAt: at,
    limits: null,
    day: calendarOf(at),
    sums: {
      daily: ownCopy(spend.daily),
      weekly: ownCopy(spend.weekly),
      monthly: ownCopy(spend.monthly),
      total: ownCopy(spend.total),
    },
    others: null,
    holds: createHolds(),
    reached: null,
    isUnsure: false,
    changes: 0,
  }
  for (const [n, hold] of holds.entries()) {
    if (n > 0 && n % MAX.holdsReadAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
    account.holds.add(hold)
  }
  return account
}

/** A copy that nobody else has, unless there is no usage. */
function ownCopy(spend: WindowSpend): WindowSpend {
  const { amount, byokAmount, requests } = spend
  return amount === 0n && byokAmount === 0n && requests === 0 ? NOTHING : { amount, byokAmount, requests }
}

/** Adds the sums of the windows of another instant, except those that the account already has. */
export function addWindows(account: Account, spend: Spend, at: Instant): void {
  for (const window of LIMIT_WINDOWS) {
    if (sumOf(account, window, at) !== undefined) continue
    account.others ??= new Map()
    account.others.set(slotOf(window, at), ownCopy(spend[window]))
  }
}

/** True when the account was read for the windows of this instant. */
export function coversWindows(account: Account, at: Instant): boolean {
  // This runs for each account of each verify.
  if (account.day.day === calendarOf(at).day) return true
  return LIMIT_WINDOWS.every((window) => sumOf(account, window, at) !== undefined)
}

/** The sum of the window that contains the instant; undefined when it was not read. */
function sumOf({ day, sums, others }: Account, window: LimitWindow, at: Instant): WindowSpend | undefined {
  const slot = slotOf(window, at)
  return day.names[window] === slot ? sums[window] : others?.get(slot)
}

/** Which of the thresholds that a window's limit has reached are not known to be written down; from now on they are. */
export function newlyReached(
  account: Account,
  { window, at, thresholds }: { window: LimitWindow; at: Instant; thresholds: readonly Threshold[] },
): { added: Threshold[]; undo: Undo } {
  const slot = slotOf(window, at)
  const { reached } = account
  const known = reached?.get(slot)
  const added = thresholds.filter((threshold) => known?.has(threshold) !== true)
  if (added.length === 0) return { added, undo: NOTHING_TO_UNDO }
  account.reached = new Map(reached).set(slot, new Set([...(known ?? []), ...added]))
  return {
    added,
    undo() {
      account.reached = reached
    },
  }
}

/** Takes back what was just changed in an account. Several changes are undone in the reverse order, before anything else changes there. */
export type Undo = () => void

/** Applies an entry to the sums and holds of the account. */
export function applyEntry(account: Account, entry: LedgerEntry): Undo {
  account.changes += 1
  const undo = applied(account, entry)
  return () => {
    // It has changed once more: nobody may go on with what they read meanwhile.
    account.changes += 1
    undo()
  }
}

function applied(account: Account, entry: LedgerEntry): Undo {
  const { holds } = account
  switch (entry.kind) {
    case 'event':
      return addEvent(account, entry.event)
    case 'hold': {
      const { reservation } = entry
      return holds.add(reservation) ? () => holds.remove(reservation.id) : NOTHING_TO_UNDO
    }
    case 'extension': {
      const { from: _, ...hold } = entry.extension
      const before = holds.remove(hold.id)
      holds.add(hold)
      return () => {
        holds.remove(hold.id)
        if (before !== undefined) holds.add(before)
      }
    }
    case 'correction':
      return addEvent(account, correctionEvent(entry.correction))
    case 'resolution': {
      const before = holds.remove(entry.resolution.id)
      const undo = entry.event === undefined ? NOTHING_TO_UNDO : addEvent(account, entry.event)
      return () => {
        undo()
        if (before !== undefined) holds.add(before)
      }
    }
  }
}

const NOTHING_TO_UNDO: Undo = () => {}

/** The amount settled in the window that contains the instant. */
export function spendIn(account: Account, window: LimitWindow, at: Instant): WindowSpend {
  return sumOf(account, window, at) ?? NOTHING
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

function addEvent(account: Account, event: UsageEvent): Undo {
  addTimes(1, account, event)
  return () => addTimes(-1, account, event)
}

function addTimes(times: 1 | -1, account: Account, { at, amount, byokAmount, requests }: UsageEvent): void {
  for (const window of LIMIT_WINDOWS) {
    const sum = writableSum(account, window, at)
    if (sum === undefined) continue
    sum.amount += BigInt(times) * amount
    sum.byokAmount += BigInt(times) * byokAmount
    sum.requests += times * requests
  }
}

/** The same as {@link sumOf}, but an object that only this account has. */
function writableSum(account: Account, window: LimitWindow, at: Instant): WindowSpend | undefined {
  const sum = sumOf(account, window, at)
  if (sum !== NOTHING) return sum
  const own = { ...NOTHING }
  const slot = slotOf(window, at)
  if (account.day.names[window] === slot) account.sums[window] = own
  else account.others?.set(slot, own)
  return own
}
