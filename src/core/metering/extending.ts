// Tests: test/wire/native/extend.test.ts
import type { LedgerStore } from '../../store/ledger.ts'
import type { UserStore } from '../../store/people.ts'
import { type Call, noteEffect } from '../access/audit.ts'
import { isAhead } from '../ground/ahead.ts'
import { decided, untilDecided } from '../ground/attempts.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault, inputFault } from '../ground/faults.ts'
import type { Caller } from '../ground/turns.ts'
import { refuseLife } from '../keys/life.ts'
import type { Admission } from '../ledger/demand.ts'
import type { Extension, Reservation, ReservationId } from '../ledger/entries.ts'
import { reservationAt } from '../ledger/expiry.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { createStanding, type Standing } from '../ledger/standing.ts'
import { requireWithinCap } from '../money/amount-cap.ts'
import type { BudgetLine } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import type { KeyId, User } from '../types.ts'
import type { Facts } from '../verify/facts.ts'
import type { ReadyFacts } from '../verify/prepared.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import { type Retry, retryFrom } from '../verify/retry.ts'
import { chainOfHold, formerOwner } from './hold-chain.ts'

/** The minimum time that a hold must last from now, and the minimum amount that it must hold in all. */
export interface ExtendOrder {
  ttlMs: number
  /** Null for the present amount. */
  amount: NanoUsd | null
}

/** The outcome of an extension: the reservation in its new state, or the limit that has no room for the added amount. */
export type ExtendOutcome =
  | { taken: true; reservation: Reservation; budget: BudgetLine[] }
  | { taken: false; keyId: KeyId; bound: BudgetLine; budget: BudgetLine[]; retry: Retry | null }

/**
 * Lets an open hold last longer and hold more, never less of either, so an order may arrive twice or late. The added amount is a
 * reserve like any other, but in the windows of the hold. `judge` is called in the turn in which it is taken. Throws
 * `reservation_not_found`, `reservation_resolved` and `key_not_usable`.
 */
export type Extend = (id: ReservationId, order: ExtendOrder, asker: Asker) => Promise<ExtendOutcome>

/** Builds the extending of holds. */
export function createExtend({ store, facts, ledger, clock, amountMax }: ExtendParts): Extend {
  async function read(id: ReservationId): Promise<Reservation> {
    const reservation = await store.findReservation({ id })
    if (reservation === null) throw new Fault('reservation_not_found')
    return reservation
  }

  /** Judges and demands in one turn; null while something has to be read first. */
  function takeNow(
    known: ReadyFacts,
    hold: Reservation,
    { order, caller, judge, call, former, standing }: Taking & Payers & { standing: Standing },
  ): Step | null {
    const now = clock.now()
    requireOpen(reservationAt(hold, now))
    const dead = refuseLife(known, now)
    if (dead !== null) throw new Fault('key_not_usable', { internal: dead })
    const extension = extensionOf(hold, order, now)
    const chain = chainOfHold(known, hold, former)
    const budget = ledger.budget(chain)
    if (budget === null) return null
    if (extension === null) return { taken: true, reservation: hold, budget }
    const added = extension.amount - hold.amount
    if (added > 0n) requireWithinCap(extension.amount, amountMax, ['amount'])
    const { heldAt } = hold
    const entry = { kind: 'extension' as const, extension }
    const amount = added === 0n ? null : added
    standing.made()
    const admission = ledger.admit(chain, {
      amount,
      windowsAt: heldAt,
      entry,
      caller,
      stands: () =>
        standing.holds(known, {
          judge,
          find: () => facts.ofKey(hold.keyId, caller),
          refuse: (found) => refuseLife(found, clock.now()),
        }),
      signIn: call.signIn,
    })
    if (admission === null) return null
    return admission.then((admitted) => {
      if (admitted.outcome === 'written') noteEffect(call)
      return outcomeOf(admitted, { known, hold, extension, now })
    })
  }

  async function extendOnce(hold: Reservation, taking: Taking): Promise<ExtendOutcome | 'changed'> {
    let former: User | null | undefined
    const standing = createStanding(clock)
    return untilDecided<ExtendOutcome | 'changed'>(async () => {
      const judging = taking.judge()
      const known = facts.ofKey(hold.keyId, taking.caller)
      // Both are read together, as in spending.ts.
      if (judging !== undefined || known instanceof Promise) {
        const [, found] = await Promise.all([judging, known])
        if (found === null) throw new Fault('key_not_usable')
        return undefined
      }
      if (known.owner.id !== hold.ownerId && former === undefined) {
        former = await formerOwner(store, known, hold)
        return undefined
      }
      const step = await takeNow(known, hold, { ...taking, former: former ?? null, standing })
      if (step !== null && step !== 'again') return decided(step)
      await ledger.load(chainOfHold(known, hold, former ?? null), { windowsAt: hold.heldAt })
      return undefined
    })
  }

  return async (id, order, asker) => {
    for (let round = 0; round < CHANGES_MAX; round += 1) {
      const outcome = await extendOnce(await read(id), { order, ...asker })
      if (outcome !== 'changed') return outcome
    }
    throw new Fault('store_unavailable', { internal: `reservation ${id} kept changing` })
  }
}

type Step = ExtendOutcome | Promise<ExtendOutcome | 'changed' | 'again'>

/** The result of an extension, once it was decided. */
function outcomeOf(
  admission: Admission,
  {
    known,
    hold,
    extension,
    now,
  }: { known: ReadyFacts; hold: Reservation; extension: Extension; now: Instant },
): ExtendOutcome | 'changed' | 'again' {
  switch (admission.outcome) {
    case 'duplicate':
      return 'changed'
    case 'again':
      return 'again'
    case 'no_room': {
      const { opensAt, bound, budget } = admission
      // An expired hold cannot be extended.
      const inTime = opensAt !== null && opensAt < hold.expiresAt ? opensAt : null
      return { taken: false, keyId: hold.keyId, bound, budget, retry: retryFrom(inTime, known, now) }
    }
    case 'written': {
      const { amount, expiresAt } = extension
      return { taken: true, reservation: { ...hold, amount, expiresAt }, budget: admission.budget }
    }
  }
}

interface Asker {
  caller: Caller
  judge: () => Promise<unknown> | undefined
  call: Pick<Call, 'signIn' | 'effect'>
}

interface Taking extends Asker {
  order: ExtendOrder
}

interface Payers {
  /** The payer of the hold, if the key has another owner by now. */
  former: User | null
}

interface ExtendParts {
  store: WithoutWrites<LedgerStore & UserStore>
  facts: Facts
  ledger: Ledger
  clock: Clock
  /** The largest amount of one hold. */
  amountMax: NanoUsd
}

// A reservation changes during the call when it expires.
const CHANGES_MAX = 4

function requireOpen({ state }: Reservation): void {
  if (state !== 'open') throw new Fault('reservation_resolved')
}

/** The changes of a hold that the order needs; null when it needs none. */
function extensionOf(hold: Reservation, order: ExtendOrder, now: Instant): Extension | null {
  const expiresAt = lastingUntil(hold, order.ttlMs, now)
  if (expiresAt > hold.heldAt + MAX.reservationLifeMs) {
    throw inputFault(['ttlMs'], 'A reservation lasts at most 31 days, with all of its extensions.')
  }
  const amount = order.amount === null || order.amount < hold.amount ? hold.amount : order.amount
  if (expiresAt === hold.expiresAt && amount === hold.amount) return null
  const { id, keyId, ownerId, workspaceId, heldAt, onExpiry } = hold
  const from = { amount: hold.amount, expiresAt: hold.expiresAt }
  return { id, keyId, ownerId, workspaceId, heldAt, onExpiry, amount, expiresAt, from }
}

/** The end of a hold that lasts at least this long from now. */
function lastingUntil({ heldAt, expiresAt }: Reservation, ttlMs: number, now: Instant): Instant {
  if (!isAhead(heldAt, now)) return Math.max(expiresAt, now + ttlMs)
  // Its time is measured anew from each change of its end (holds-ahead.ts), so there must be a change.
  return Math.max(expiresAt + 1, heldAt + ttlMs)
}
