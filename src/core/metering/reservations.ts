// Tests: test/wire/native/reserve.test.ts, test/wire/native/settle.test.ts
import type { KeyStore } from '../../store/keys.ts'
import type { LedgerStore } from '../../store/ledger.ts'
import type { MemberStore } from '../../store/members.ts'
import type { UserStore } from '../../store/people.ts'
import { callerOf, type Principal, requireAbility } from '../access/abilities.ts'
import { type Call, noteEffect } from '../access/audit.ts'
import type { Authority } from '../access/authority.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import { createOneByOne } from '../ground/one-by-one.ts'
import type { Page } from '../ground/page.ts'
import { digestOf, type Secret } from '../ground/secret.ts'
import type { Caller } from '../ground/turns.ts'
import { refuseLife } from '../keys/life.ts'
import type { Conditions } from '../ledger/demand.ts'
import type {
  Hold,
  LedgerEntry,
  OnExpiry,
  Reservation,
  ReservationId,
  Resolution,
  Settlement,
} from '../ledger/entries.ts'
import { payerOnly, reservationAt, settlementEvent } from '../ledger/expiry.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { type Meta, sameMeta } from '../ledger/meta.ts'
import { chainOf, type Spending } from '../ledger/spending.ts'
import { createStanding } from '../ledger/standing.ts'
import { requireCostWithinCap } from '../money/amount-cap.ts'
import { type BudgetLine, counted } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import type { Threshold } from '../money/thresholds.ts'
import { memberOf, sees, seesAsOwner } from '../people/membership.ts'
import type { Allowance, KeyId, UserId } from '../types.ts'
import type { Facts } from '../verify/facts.ts'
import type { ReadyFacts } from '../verify/prepared.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import type { Retry } from '../verify/retry.ts'
import { createExtend, type ExtendOrder, type ExtendOutcome } from './extending.ts'
import { createExpireAhead, type ExpireAhead } from './holds-ahead.ts'
import type { ReservationQuery } from './reports.ts'
import { createSettled } from './settled.ts'

/** The real cost of a call. */
export type Cost =
  | { amount: NanoUsd; byokAmount: NanoUsd }
  /** The cost is unknown; the caller must then choose whether to charge the whole reservation or nothing. */
  | { unknown: 'charge_held' | 'charge_nothing' }

/** The outcome of a reserve: a hold, or the limit that has no room for it. */
export type ReserveOutcome =
  | {
      taken: true
      keyId: KeyId
      reservation: Reservation
      budget: BudgetLine[]
      /** True when an earlier request with this id had made the hold. */
      replayed: boolean
    }
  | { taken: false; keyId: KeyId; bound: BudgetLine; budget: BudgetLine[]; retry: Retry | null }

/** A settled hold, and the state of the limits afterwards. */
export interface Settled {
  reservation: Reservation
  budget: BudgetLine[]
  /** Thresholds that the cost took a limit across; none when it had been settled before. */
  crossed: readonly Threshold[]
}

/** Money that is held before it is spent. Each reservation ends once; repeating the same end returns the same answer. */
export interface Reservations {
  /** Holds an amount for a live key if every limit has room. A repeated `requestId` of a key returns its first hold. */
  reserve(
    call: Call,
    request: {
      key: { id: KeyId } | { secret: Secret }
      amount: NanoUsd
      ttlMs: number
      /** What happens when it expires; `release` by default. */
      onExpiry?: OnExpiry
      requestId: string | null
    },
  ): Promise<ReserveOutcome>
  /** Lets an open hold last longer or hold more, if every limit has room for the added amount; see {@link Extend}. */
  extend(call: Call, id: ReservationId, order: ExtendOrder): Promise<ExtendOutcome>
  /** Records the cost and releases the rest of the hold. An expired hold is settled late, never lost. */
  settle(call: Call, id: ReservationId, order: { cost: Cost; meta: Meta }): Promise<Settled>
  /** Releases the whole hold. An expired hold stays `expired`. */
  release(call: Call, id: ReservationId): Promise<Reservation>
  /** Reads one reservation. */
  get(call: Call, id: ReservationId): Promise<Reservation>
  /** Stores which reservations have expired, so that a clock that is set back does not revive them; returns how many. */
  expireOverdue(): Promise<number>
  /** Stores which reservations have expired of those that a clock placed that was ahead; see {@link ExpireAhead}. */
  expireAhead: ExpireAhead
  /** Lists reservations, newest first. */
  list(call: Call, query: Omit<ReservationQuery, 'at'>): Promise<Page<Reservation>>
}

interface ReservationParts {
  store: WithoutWrites<KeyStore & LedgerStore & MemberStore & UserStore>
  authority: Authority
  facts: Facts
  ledger: Ledger
  spending: Spending
  clock: Clock
  /** The largest amount of one event or hold. */
  amountMax: NanoUsd
}

interface Round {
  /** What must still be true when its commit decides. */
  conditions: Conditions
  isLast: boolean
}

/** Builds the operations on reservations. */
export function createReservations({
  store,
  facts,
  ledger,
  spending,
  authority,
  clock,
  amountMax,
}: ReservationParts): Reservations {
  // When a reservation is ended twice at the same time, the second call waits and then sees the result of the first.
  const inTurn = createOneByOne()
  const settled = createSettled({ store, facts, ledger })
  const extend = createExtend({ store, facts, ledger, clock, amountMax })

  async function found(by: { id: ReservationId; ownerId?: UserId }): Promise<Reservation> {
    const reservation = await store.findReservation(by)
    if (reservation === null) throw new Fault('reservation_not_found')
    return reservationAt(reservation, clock.now())
  }

  /** Writes an end. When the reservation has changed meanwhile (expired, or extended), decides again from its present state. */
  async function end<Written>(
    call: Call,
    id: ReservationId,
    decide: DecideEnd,
    write: (entry: Ending, current: Reservation, more: Round) => Promise<Written | null>,
  ): Promise<{ reservation: Reservation; written: Written | null }> {
    const standing = createStanding(clock)
    const stands = () => standing.passes(() => authority.check(call, movesMoney))
    const conditions = { stands, signIn: call.signIn }
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const current = await found({ id })
      const judging = authority.check(call, movesMoney)
      if (judging !== undefined) await judging
      standing.made()
      const decided = decide(current)
      if (decided === null) return { reservation: current, written: null }
      const written = await write(decided, current, { conditions, isLast: round === ROUNDS_MAX - 1 })
      if (written === null) continue
      noteEffect(call)
      return { reservation: ended(current, decided.resolution), written }
    }
    throw new Fault('store_unavailable', { internal: `reservation ${id} kept changing` })
  }

  async function record(entry: Ending, caller: Caller, { conditions }: Round): Promise<'written' | null> {
    const [outcome] = await ledger.record([entry], caller, conditions)
    return outcome === 'written' ? outcome : null
  }

  return {
    async reserve(call, { key, ...asked }) {
      movesMoney(call.principal)
      const taken = await spending.take({
        demand: { kind: 'reserve', ...asked, caller: callerOf(call.principal) },
        judge: () => authority.check(call, movesMoney),
        signIn: call.signIn,
        find: finderOf(key, callerOf(call.principal)),
        refuse: (known) => unusable(known, clock.now()),
        against: (known) => ({ chain: chainOf(known), rates: [] }),
      })
      switch (taken.outcome) {
        case 'no_key':
          throw KEY_NOT_FOUND()
        case 'refused':
          throw taken.refusal()
        case 'no_room':
          return { ...taken, taken: false, keyId: taken.known.key.id }
        case 'taken': {
          const { known, reservation, budget, replayed } = taken
          if (!replayed) noteEffect(call)
          if (reservation !== null) return { taken: true, keyId: known.key.id, reservation, budget, replayed }
          throw new Fault('internal', { internal: 'a reserve that held nothing' })
        }
        case 'rate_limited':
          throw new Fault('internal', { internal: 'a reserve that takes no units is out of them' })
      }
    },

    async extend(call, id, order) {
      movesMoney(call.principal)
      const judge = () => authority.check(call, movesMoney)
      return inTurn(id, () => extend(id, order, { caller: callerOf(call.principal), judge, call }))
    },

    async settle(call, id, { cost, meta }) {
      movesMoney(call.principal)
      return inTurn(id, async () => {
        const hold = await found({ id })
        const allowance = await allowanceOf(hold)
        const by = callerOf(call.principal)
        const chain = await settled.chainOf(hold, by)
        const decide: DecideEnd = (current) =>
          settling(current, { cost, meta, allowance, by, now: clock.now(), amountMax })
        const { reservation, written } = await end(call, id, decide, (entry, hold, more) =>
          settled.write({ entry, hold, chain, caller: by, ...more }),
        )
        if (written !== null) return { reservation, budget: written.budget, crossed: written.crossed }
        return { reservation, budget: await settled.budgetOf(chain), crossed: [] }
      })
    },

    async release(call, id) {
      movesMoney(call.principal)
      const by = callerOf(call.principal)
      const { reservation } = await inTurn(id, () =>
        end(
          call,
          id,
          (current) => releasing(current, { by, now: clock.now() }),
          (entry, _, more) => record(entry, by, more),
        ),
      )
      return reservation
    },

    async expireOverdue() {
      const holds = await store.findRunOut(clock.now(), MAX.ledgerBatch)
      await ledger.endRunOut(holds)
      return holds.length
    },

    expireAhead: createExpireAhead({ store, ledger, clock }),

    async get(call, id) {
      // Another user's reservation is not read at all, so it takes no longer than an unknown one.
      const reservation = await found({ id, ...ownOnly(call.principal) })
      if (!(await sees(store, call.principal, reservation.workspaceId)))
        throw new Fault('reservation_not_found')
      return reservation
    },

    async list(call, query) {
      const own = { ...ownOnly(call.principal), ...memberOf(call.principal) }
      const at = clock.now()
      // The records of another user's key are not read, because the caller may not see them.
      if (
        own.ownerId !== undefined &&
        query.keyId !== undefined &&
        !(await seesAsOwner(store, call.principal, query.keyId))
      )
        return { rows: [], next: null }
      const page = await store.listReservations({ ...query, ...own, at }, callerOf(call.principal))
      return { rows: page.rows.map((reservation) => reservationAt(reservation, at)), next: page.next }
    },
  }

  function finderOf(
    key: { id: KeyId } | { secret: Secret },
    by: Caller,
  ): () => ReadyFacts | Promise<ReadyFacts | null> {
    if ('id' in key) return () => facts.ofKey(key.id, by)
    const { secret } = key
    if (secret.reveal().length > MAX.credentialChars) return async () => null
    const digest = digestOf(secret)
    return () => facts.remembered(digest) ?? facts.load(secret, digest, by)
  }

  async function allowanceOf({ keyId }: Hold): Promise<Allowance> {
    const key = await store.findKey({ id: keyId }, clock.now())
    if (key === null) throw new Fault('reservation_not_found')
    return key
  }
}

const KEY_NOT_FOUND = () => new Fault('key_not_found')

/** Why no money of the key can be held now, or null. */
function unusable(known: ReadyFacts, now: Instant): (() => Fault) | null {
  const dead = refuseLife(known, now)
  if (dead === 'NOT_FOUND') return KEY_NOT_FOUND
  if (dead === null && known.key.access !== 'manage') return null
  return () => new Fault('key_not_usable', { internal: dead ?? 'manage' })
}

function movesMoney(principal: Principal): void {
  requireAbility(principal, 'REPORT_USAGE')
}

/** The user whose reservations the caller sees. */
function ownOnly(principal: Principal): { ownerId?: UserId } {
  return requireAbility(principal, 'READ_USAGE') === 'OWN' ? { ownerId: principal.user.id } : {}
}

type Ending = Extract<LedgerEntry, { kind: 'resolution' }>
type DecideEnd = (current: Reservation) => Ending | null

// A reservation changes a few times during a call: another node extends it, it expires, and that is stored. Each of three accounts may have
// to be read.
const ROUNDS_MAX = 8

function releasing(current: Reservation, { by, now }: { by: Caller; now: Instant }): Ending | null {
  if (current.state === 'settled') throw new Fault('reservation_resolved')
  if (current.state !== 'open') return null
  const resolution: Resolution = {
    ...payerOnly(current),
    id: current.id,
    from: 'open',
    fromAmount: current.amount,
    state: 'released',
    resolvedAt: now,
    resolvedBy: by,
    settlement: null,
  }
  return { kind: 'resolution', resolution }
}

function settling(
  current: Reservation,
  order: {
    cost: Cost
    meta: Meta
    allowance: Allowance
    by: Caller
    now: Instant
    amountMax: NanoUsd
  },
): ReturnType<DecideEnd> {
  const { cost, meta, allowance, by, now, amountMax } = order
  if (current.state === 'released') throw new Fault('reservation_resolved')
  const { amount, byokAmount } = costOf(current, cost)
  if (current.state === 'settled') {
    if (sameSettlement(current.settlement, { amount, byokAmount, meta })) return null
    throw new Fault('reservation_resolved')
  }
  // A reserved amount can always be settled, even if the maximum is lower by now.
  requireCostWithinCap({ amount, byokAmount }, amountMax > current.amount ? amountMax : current.amount)
  const late = current.state === 'expired'
  const spent = counted(allowance, { amount, byokAmount })
  // A late settlement holds nothing any more, so all of it is added.
  const held = late ? 0n : current.amount
  const released = held > spent ? held - spent : 0n
  const overdraft = spent > held ? spent - held : 0n
  const settlement: Settlement = { amount, byokAmount, meta, released, overdraft, late }
  const payer = payerOnly(current)
  const from = current.resolvedAt === null ? 'open' : 'expired'
  // While the expiry is not stored, another node may still extend the hold.
  const runOut = late && from === 'open' ? { ranOutAt: current.expiresAt } : {}
  return {
    kind: 'resolution',
    resolution: {
      ...payer,
      id: current.id,
      from,
      fromAmount: current.amount,
      ...runOut,
      state: 'settled',
      resolvedAt: now,
      resolvedBy: by,
      settlement,
    },
    event: settlementEvent(current, settlement, { by, now }),
  }
}

function costOf(hold: Hold, cost: Cost): { amount: NanoUsd; byokAmount: NanoUsd } {
  if (!('unknown' in cost)) return cost
  return { amount: cost.unknown === 'charge_held' ? hold.amount : 0n, byokAmount: 0n }
}

function sameSettlement(
  settlement: Settlement | null,
  again: Pick<Settlement, 'amount' | 'byokAmount' | 'meta'>,
): boolean {
  if (settlement === null) return false
  const { amount, byokAmount, meta } = settlement
  return amount === again.amount && byokAmount === again.byokAmount && sameMeta(meta, again.meta)
}

function ended(
  reservation: Reservation,
  { state, resolvedAt, resolvedBy, settlement }: Resolution,
): Reservation {
  return { ...reservation, state, resolvedAt, resolvedBy, settlement }
}
