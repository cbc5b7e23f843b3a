import type { Instant } from '../../core/clock.ts'
import { Fault } from '../../core/faults.ts'
import { LIMIT_WINDOWS, type LimitWindow, windowStart } from '../../core/windows.ts'
import type { AccountId, UsageEvent } from '../ledger.ts'

const INTEGER_MAX = 2n ** 63n - 1n
const HOUR_MS = 3_600_000

/** The stretches of time for which sums are kept besides a key's total: the hour serves reports only. */
export type SumWindow = 'hourly' | LimitWindow

/** What events add to one sum. */
export interface Added {
  amount: bigint
  byokAmount: bigint
  requests: number
}

/** What events add to one account. */
export interface AccountAdded {
  kind: AccountId['kind']
  id: string
  /** In every window of the events' times, by the window and its start. */
  windows: Map<SumWindow, Map<Instant, Added>>
  /** By name, start of the hour, and value. */
  metas: Map<string, Map<Instant, Map<string, Added>>>
  /** The latest time at which one of the events was recorded: it decides which boosts count. */
  recordedAt: Instant
}

/** What the events add to the accounts that they concern, ordered by kind and id. Throws `amount_out_of_range`. */
export function addedBy(events: readonly UsageEvent[]): Record<AccountId['kind'], AccountAdded[]> {
  const keys = new Map<string, AccountAdded>()
  const users = new Map<string, AccountAdded>()
  const workspaces = new Map<string, AccountAdded>()
  for (const event of events) {
    addEvent(accountIn(keys, 'key', event.keyId), event)
    addEvent(accountIn(users, 'user', event.ownerId), event)
    addEvent(accountIn(workspaces, 'workspace', event.workspaceId), event)
  }
  return { key: finished(keys), user: finished(users), workspace: finished(workspaces) }
}

/** The first instant of the hour, or of the window, that `at` lies in. */
export function sumStart(window: SumWindow, at: Instant): Instant {
  return window === 'hourly' ? Math.floor(at / HOUR_MS) * HOUR_MS : windowStart(window, at)
}

/** The starts of the days in which something was added, each with those of its week and month. */
export function daysOf({ windows }: AccountAdded): Record<Exclude<LimitWindow, 'total'>, Instant>[] {
  return [...(windows.get('daily')?.keys() ?? [])].map((daily) => ({
    daily,
    weekly: windowStart('weekly', daily),
    monthly: windowStart('monthly', daily),
  }))
}

function accountIn(accounts: Map<string, AccountAdded>, kind: AccountId['kind'], id: string): AccountAdded {
  const known = accounts.get(id)
  if (known !== undefined) return known
  const windows = new Map([['hourly' as SumWindow, new Map<Instant, Added>()]])
  const account: AccountAdded = { kind, id, windows, metas: new Map(), recordedAt: 0 }
  accounts.set(id, account)
  return account
}

function addEvent(account: AccountAdded, event: UsageEvent): void {
  const start = sumStart('hourly', event.at)
  addTo(memberIn(account.windows, 'hourly'), start, event)
  account.recordedAt = Math.max(account.recordedAt, event.recordedAt)
  for (const [name, value] of Object.entries(event.meta)) {
    addTo(memberIn(memberIn(account.metas, name), start), value, event)
  }
}

// Hours make up days, and days make up weeks and months; there are far fewer of them than events.
function finished(accounts: ReadonlyMap<string, AccountAdded>): AccountAdded[] {
  for (const { windows } of accounts.values()) {
    for (const [hour, added] of memberIn(windows, 'hourly')) {
      for (const window of LIMIT_WINDOWS) addTo(memberIn(windows, window), windowStart(window, hour), added)
    }
    const total = memberIn(windows, 'total').get(0)
    // No other sum is larger than this one.
    if (total !== undefined && (total.amount > INTEGER_MAX || total.byokAmount > INTEGER_MAX))
      throw new Fault('amount_out_of_range')
  }
  return [...accounts.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
}

function addTo<Name>(sums: Map<Name, Added>, name: Name, { amount, byokAmount, requests }: Added): void {
  const sum = sums.get(name)
  if (sum === undefined) {
    sums.set(name, { amount, byokAmount, requests })
    return
  }
  sum.amount += amount
  sum.byokAmount += byokAmount
  sum.requests += requests
}

function memberIn<Outer, Inner, Value>(maps: Map<Outer, Map<Inner, Value>>, name: Outer): Map<Inner, Value> {
  const known = maps.get(name)
  if (known !== undefined) return known
  const made = new Map<Inner, Value>()
  maps.set(name, made)
  return made
}
