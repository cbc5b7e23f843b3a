import { HOUR_MS, type Instant } from '../../../core/ground/clock.ts'
import { takenBackBy } from '../../../core/ledger/correcting.ts'
import type { AccountId, Money, UsageEvent } from '../../../core/ledger/entries.ts'
import { type LimitWindow, windowStart } from '../../../core/money/windows.ts'
import type { Cell } from '../base/row-forms.ts'
import { CARRY } from './exact-sums.ts'

/** The periods for which sums are kept; the hour serves reports only. */
export type SumWindow = 'hourly' | LimitWindow

/** The amounts that events add to one sum. */
export interface Added {
  amount: bigint
  byokAmount: bigint
  requests: number
  /** The corrected amount, which is already subtracted from `amount`. */
  corrected: bigint
  byokCorrected: bigint
}

/** The sums that events add to one account. */
export interface AccountAdded {
  id: string
  /** By the start of the hour; an hour lies in one day, one week and one month. */
  hours: Map<Instant, Added>
  /** The latest time at which one of the events was recorded: it decides which boosts count. */
  recordedAt: Instant
}

/** The events in their order, in portions that add less than {@link CARRY} to any sum; nearly always one. */
export function portionsOf(events: readonly UsageEvent[]): UsageEvent[][] {
  const portions: UsageEvent[][] = []
  let portion: UsageEvent[] = []
  let amount = 0n
  let byokAmount = 0n
  for (const event of events) {
    const size = sizeOf(event)
    amount += size.amount
    byokAmount += size.byokAmount
    if (portion.length > 0 && (amount >= CARRY || byokAmount >= CARRY)) {
      portions.push(portion)
      portion = []
      amount = size.amount
      byokAmount = size.byokAmount
    }
    portion.push(event)
  }
  return portion.length > 0 ? [...portions, portion] : portions
}

/** The absolute amounts by which an event changes sums. */
function sizeOf(event: UsageEvent): Money {
  const taken = takenBackBy(event)
  return {
    amount: taken.amount > 0n ? taken.amount : event.amount,
    byokAmount: taken.byokAmount > 0n ? taken.byokAmount : event.byokAmount,
  }
}

/** The sums that the events add to their accounts, ordered by id. */
export function addedBy(events: readonly UsageEvent[]): Record<AccountId['kind'], AccountAdded[]> {
  const keys = new Map<string, AccountAdded>()
  const users = new Map<string, AccountAdded>()
  const workspaces = new Map<string, AccountAdded>()
  for (const event of events) {
    const hour = sumStart('hourly', event.at)
    addEvent(accountIn(keys, event.keyId), event, hour)
    addEvent(accountIn(users, event.ownerId), event, hour)
    addEvent(accountIn(workspaces, event.workspaceId), event, hour)
  }
  return { key: inOrder(keys), user: inOrder(users), workspace: inOrder(workspaces) }
}

/** The first instant of the hour or window that contains `at`. */
export function sumStart(window: SumWindow, at: Instant): Instant {
  return window === 'hourly' ? Math.floor(at / HOUR_MS) * HOUR_MS : windowStart(window, at)
}

/** The first instant after the hour that begins at `start`. */
export function hourEnd(start: Instant): Instant {
  return start + HOUR_MS
}

function accountIn(accounts: Map<string, AccountAdded>, id: string): AccountAdded {
  const known = accounts.get(id)
  if (known !== undefined) return known
  const account: AccountAdded = { id, hours: new Map(), recordedAt: 0 }
  accounts.set(id, account)
  return account
}

function addEvent(account: AccountAdded, event: UsageEvent, hour: Instant): void {
  addTo(memberIn(account.hours, hour, nothing), event)
  account.recordedAt = Math.max(account.recordedAt, event.recordedAt)
}

/** A sum of no events. */
export function nothing(): Added {
  return { amount: 0n, byokAmount: 0n, requests: 0, corrected: 0n, byokCorrected: 0n }
}

/** Adds an event to a sum. */
export function addTo(sum: Added, event: UsageEvent): void {
  const taken = takenBackBy(event)
  sum.amount += event.amount
  sum.byokAmount += event.byokAmount
  sum.requests += event.requests
  sum.corrected += taken.amount
  sum.byokCorrected += taken.byokAmount
}

function memberIn<Name, Value>(members: Map<Name, Value>, name: Name, make: () => Value): Value {
  const known = members.get(name)
  if (known !== undefined) return known
  const made = make()
  members.set(name, made)
  return made
}

function inOrder(accounts: ReadonlyMap<string, AccountAdded>): AccountAdded[] {
  return [...accounts.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
}

/** The sums that events add to an account in all hours. */
export function totalOf({ hours }: AccountAdded): Added {
  const [first = nothing(), ...others] = hours.values()
  // Nearly always there is one hour.
  if (others.length === 0) return first
  const total = { ...first }
  for (const other of others) {
    total.amount += other.amount
    total.byokAmount += other.byokAmount
    total.requests += other.requests
    total.corrected += other.corrected
    total.byokCorrected += other.byokCorrected
  }
  return total
}

/** The cells of a sum, in the order of the columns. */
export function sumCells({ amount, byokAmount, requests, corrected, byokCorrected }: Added): Cell[] {
  return [decimalOf(amount), decimalOf(byokAmount), requests, decimalOf(corrected), decimalOf(byokCorrected)]
}

/** An amount as the text of a cell; most are 0. */
export function decimalOf(amount: bigint): string {
  return amount === 0n ? '0' : String(amount)
}
