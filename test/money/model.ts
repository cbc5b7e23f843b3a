import type { LimitWindow } from '../../src/core/money/windows.ts'
import { LIMIT_WINDOWS, windowStart } from '../../src/core/money/windows.ts'

// The promises about money in their simplest form: lists of everything that happened, added up again for each question.

/** The accounts with limits: two keys, and one owner and one workspace above both. */
export type Scope = 'key0' | 'key1' | 'owner' | 'workspace'
/** The keys that spend. */
export type KeyName = 'key0' | 'key1'

/** Nano-USD per window. */
export type ModelLimits = { [W in LimitWindow]?: bigint }

/** The amount by which a limit is raised, and the end of the boost. */
export type ModelBoost = { amount: bigint; until: number }

interface Spent {
  key: KeyName
  /** The id by which it can be corrected; null without one. */
  id: string | null
  at: number
  amount: bigint
  byok: bigint
}

/** A reservation as the model knows it. */
export interface ModelHold {
  key: KeyName
  heldAt: number
  expiresAt: number
  amount: bigint
  /** Whether it is charged in full at its expiry. */
  chargedOnExpiry: boolean
  state: 'open' | 'settled' | 'released' | 'expired'
  settled: { amount: bigint; byok: bigint } | null
}

/** The longest life of a hold, with all of its extensions. */
const LIFE_MS = 31 * 86_400_000
/** A time further ahead than this comes from a clock that was wrong. */
const AHEAD_MS = 5 * 60_000

/** The ledger as a list of facts. */
export class MoneyModel {
  now: number
  limits: Record<Scope, ModelLimits> = { key0: {}, key1: {}, owner: {}, workspace: {} }
  boosts: Record<KeyName, { [W in LimitWindow]?: ModelBoost }> = { key0: {}, key1: {} }
  byokCounts: Record<Scope, boolean> = { key0: false, key1: false, owner: false, workspace: false }
  disabled: Record<KeyName, boolean> = { key0: false, key1: false }
  spent: Spent[] = []
  holds: ModelHold[] = []
  overdraft = 0n
  eventIds = new Set<string>()

  constructor(now: number) {
    this.now = now
  }

  /** Sets a limit, or removes it together with its boost. */
  setLimit(scope: Scope, window: LimitWindow, limit: bigint | null): void {
    if (limit !== null) this.limits[scope][window] = limit
    else delete this.limits[scope][window]
    if (limit === null && (scope === 'key0' || scope === 'key1')) delete this.boosts[scope][window]
  }

  /** Boosts a limit for a time, or ends the boost; false when there is no limit. */
  boost(key: KeyName, window: LimitWindow, boost: ModelBoost | null): boolean {
    if (boost === null) delete this.boosts[key][window]
    else if (this.limits[key][window] === undefined) return false
    else this.boosts[key][window] = boost
    return true
  }

  /** The use of one limit: settled usage and open holds of its window at an instant. */
  used(scope: Scope, window: LimitWindow, at = this.now): bigint {
    const start = windowStart(window, at)
    const concerns = ({ key }: { key: KeyName }) =>
      scope === 'owner' || scope === 'workspace' || scope === key
    const settled = this.spent
      .filter((each) => concerns(each) && windowStart(window, each.at) === start)
      .reduce((sum, { amount, byok }) => sum + amount + (this.byokCounts[scope] ? byok : 0n), 0n)
    const held = this.holds
      .filter((each) => concerns(each) && each.state === 'open' && windowStart(window, each.heldAt) === start)
      .reduce((sum, { amount }) => sum + amount, 0n)
    return settled + held
  }

  /** Whether every limit above the key has room for the amount, in the windows of an instant. */
  hasRoom(key: KeyName, amount: bigint, at = this.now): boolean {
    return this.#lines(key).every(
      ({ scope, window, limit }) => this.used(scope, window, at) + amount <= limit,
    )
  }

  /** Whether a verify without money passes: every limit has something left. */
  isOpen(key: KeyName): boolean {
    return this.#lines(key).every(({ scope, window, limit }) => this.used(scope, window) < limit)
  }

  reserve(key: KeyName, amount: bigint, ttlMs: number, chargedOnExpiry = false): ModelHold | null {
    if (!this.hasRoom(key, amount)) return null
    const times = { heldAt: this.now, expiresAt: this.now + ttlMs }
    const hold: ModelHold = { key, amount, ...times, chargedOnExpiry, state: 'open', settled: null }
    this.holds.push(hold)
    return hold
  }

  /** Extends a hold to at least this time and amount; the added amount needs room in the windows of the hold. */
  extend(
    hold: ModelHold,
    amount: bigint | null,
    ttlMs: number,
  ): 'extended' | 'reservation_resolved' | 'key_not_usable' | 'input_invalid' | 'no room' {
    if (hold.state !== 'open') return 'reservation_resolved'
    if (this.disabled[hold.key]) return 'key_not_usable'
    // Of a hold from a clock that was ahead only the length counts, from its last change on.
    const expiresAt =
      hold.heldAt > this.now + AHEAD_MS
        ? Math.max(hold.expiresAt + 1, hold.heldAt + ttlMs)
        : Math.max(hold.expiresAt, this.now + ttlMs)
    if (expiresAt > hold.heldAt + LIFE_MS) return 'input_invalid'
    const added = amount === null || amount < hold.amount ? 0n : amount - hold.amount
    if (added > 0n && !this.hasRoom(hold.key, added, hold.heldAt)) return 'no room'
    hold.amount += added
    hold.expiresAt = expiresAt
    return 'extended'
  }

  charge(key: KeyName, id: string, amount: bigint): boolean {
    if (this.eventIds.has(`${key} ${id}`)) return true
    // A charge of 0 passes if anything is left.
    if (amount === 0n ? !this.isOpen(key) : !this.hasRoom(key, amount)) return false
    this.report(key, { id, amount, byok: 0n, at: this.now })
    return true
  }

  report(key: KeyName, event: { id: string; amount: bigint; byok: bigint; at: number }): boolean {
    const name = `${key} ${event.id}`
    if (this.eventIds.has(name)) return false
    this.eventIds.add(name)
    this.spent.push({ key, id: event.id, at: event.at, amount: event.amount, byok: event.byok })
    return true
  }

  /** Takes back a part of an event's amount, or all of it, in its windows; null when less is left. */
  correct(event: Spent, amount: bigint | null): { amount: bigint; byok: bigint } | null {
    const taken = amount === null ? { amount: event.amount, byok: event.byok } : { amount, byok: 0n }
    if (taken.amount > event.amount || taken.amount + taken.byok === 0n) return null
    event.amount -= taken.amount
    event.byok -= taken.byok
    return taken
  }

  /** Settles an open or expired hold in the windows of its reserve; the excess is overdraft. */
  settle(hold: ModelHold, amount: bigint, byok: bigint): { released: bigint; overdraft: bigint } {
    const counted = amount + (this.byokCounts[hold.key] ? byok : 0n)
    const held = hold.state === 'open' ? hold.amount : 0n
    const overdraft = counted > held ? counted - held : 0n
    hold.state = 'settled'
    hold.settled = { amount, byok }
    this.spent.push({ key: hold.key, id: null, at: hold.heldAt, amount, byok })
    this.overdraft += overdraft
    return { released: held > counted ? held - counted : 0n, overdraft }
  }

  /** Moves the clock; holds that have expired by then have expired for good. */
  moveTo(now: number): void {
    this.now = now
    for (const hold of this.holds) {
      if (hold.state !== 'open' || hold.expiresAt > now) continue
      if (hold.chargedOnExpiry) this.settle(hold, hold.amount, 0n)
      else hold.state = 'expired'
    }
  }

  /** Everything that a key has settled in the window of an instant. */
  sum(key: KeyName, window: LimitWindow): { amount: bigint; byok: bigint } {
    const start = windowStart(window, this.now)
    const own = this.spent.filter((each) => each.key === key && windowStart(window, each.at) === start)
    return own.reduce((sum, { amount, byok }) => ({ amount: sum.amount + amount, byok: sum.byok + byok }), {
      amount: 0n,
      byok: 0n,
    })
  }

  #lines(key: KeyName): { scope: Scope; window: LimitWindow; limit: bigint }[] {
    return ([key, 'owner', 'workspace'] satisfies Scope[]).flatMap((scope) =>
      LIMIT_WINDOWS.flatMap((window) => {
        const limit = this.limits[scope][window]
        const boost = scope === key ? this.boosts[key][window] : undefined
        const raise = boost !== undefined && this.now < boost.until ? boost.amount : 0n
        return limit === undefined ? [] : [{ scope, window, limit: limit + raise }]
      }),
    )
  }
}
