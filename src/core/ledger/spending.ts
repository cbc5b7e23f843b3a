import type { LedgerStore } from '../../store/ledger.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault, inputFault } from '../ground/faults.ts'
import type { NewId } from '../ground/ids.ts'
import type { Caller } from '../ground/turns.ts'
import type { BudgetLine } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import type { KeyFacts } from '../verify/key-facts.ts'
import type { LedgerEntry, Payer, Reservation, ReservationId } from './entries.ts'
import { type Chain, type Ledger, SETTLEMENT_EVENT_PREFIX } from './ledger.ts'

/** Money that a call takes. The same `requestId` of a key takes it once, and then only for the same amount. */
export type MoneyDemand = Charge | Hold

interface Asked {
  amount: NanoUsd
  requestId: string | null
  /** Whose credential asks; callers take turns at the disk. Null is the server itself. */
  caller: Caller | null
}

/** Spent at once, and noted with the meta. */
interface Charge extends Asked {
  kind: 'charge'
  meta?: Record<string, string>
}

/** Held until it is settled, released, or `ttlMs` is over. */
interface Hold extends Asked {
  kind: 'reserve'
  ttlMs: number
}

/** What became of a demand; null while memory does not hold the accounts of its chain. */
export type Taken =
  | { taken: true; reservation: Reservation | null; budget: BudgetLine[] }
  | { taken: false; bound: BudgetLine; budget: BudgetLine[] }
  | null

/** The one way in which money is taken, before or while it is spent. */
export interface Spending {
  /** Takes the money if every limit of the chain has room, and answers when the record is on disk. */
  take(chain: Chain, payer: Payer, demand: MoneyDemand): Promise<Taken>
}

/** Builds the taking of money. */
export function createSpending({
  store,
  ledger,
  clock,
  newId,
}: {
  store: LedgerStore
  ledger: Ledger
  clock: Clock
  newId: NewId
}): Spending {
  // The same request twice at the same time: the second gets the first one's answer instead of a second share.
  const underWay = new Map<string, Promise<Taken>>()

  /** What this request took before; undefined when it is new. */
  async function takenBefore(keyId: Payer['keyId'], demand: MoneyDemand & { requestId: string }) {
    const { requestId } = demand
    const found =
      demand.kind === 'charge'
        ? await store.findEvent(keyId, requestId)
        : await store.findReservation({ keyId, requestId })
    if (found === null) return undefined
    if (found.amount !== demand.amount) throw new Fault('request_id_conflict')
    return 'state' in found ? reservationAt(found, clock.now()) : null
  }

  async function takeNew(chain: Chain, payer: Payer, demand: MoneyDemand): Promise<Taken | 'taken_before'> {
    const entry = entryOf(payer, demand, { now: clock.now(), newId })
    const admission = ledger.admit(chain, { amount: demand.amount, entry, caller: demand.caller })
    if (admission === null) return null
    const { budget } = admission
    if (!admission.admitted) return { taken: false, bound: admission.bound, budget }
    // Another amount under the same requestId was faster: what the store has kept is what was taken.
    if ((await admission.durable) === 'duplicate') return 'taken_before'
    return { taken: true, reservation: entry.kind === 'hold' ? entry.reservation : null, budget }
  }

  async function takeOnce(
    chain: Chain,
    payer: Payer,
    demand: MoneyDemand & { requestId: string },
  ): Promise<Taken> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const before = await takenBefore(payer.keyId, demand)
      if (before !== undefined) {
        const budget = ledger.budget(chain)
        return budget === null ? null : { taken: true, reservation: before, budget }
      }
      const taken = await takeNew(chain, payer, demand)
      if (taken !== 'taken_before') return taken
    }
    throw new Fault('store_unavailable', { internal: `requestId ${demand.requestId} is taken by nothing` })
  }

  async function takeNameless(chain: Chain, payer: Payer, demand: MoneyDemand): Promise<Taken> {
    const taken = await takeNew(chain, payer, demand)
    if (taken === 'taken_before') throw new Fault('internal', { internal: 'a new id was taken before' })
    return taken
  }

  return {
    async take(chain, payer, demand) {
      const { requestId } = demand
      if (requestId === null) return takeNameless(chain, payer, demand)
      if (demand.kind === 'charge') requireOwnId(requestId)
      const name = `${demand.kind} ${payer.keyId} ${demand.amount} ${requestId}`
      const running = underWay.get(name)
      if (running !== undefined) return running
      const started = takeOnce(chain, payer, { ...demand, requestId }).finally(() => underWay.delete(name))
      underWay.set(name, started)
      return started
    },
  }
}

// The second round finds what made the first one a duplicate.
const ROUNDS_MAX = 2

/** Insists that an id of an event is not one of those by which reservations are settled. Throws `input_invalid`. */
function requireOwnId(requestId: string): void {
  if (!requestId.startsWith(SETTLEMENT_EVENT_PREFIX)) return
  throw inputFault('/requestId', `Must not begin with "${SETTLEMENT_EVENT_PREFIX}".`)
}

/** A reservation as it is at an instant: one that has run out is expired, whether or not that was written down. */
export function reservationAt(reservation: Reservation, at: Instant): Reservation {
  const ranOut = reservation.state === 'open' && reservation.expiresAt <= at
  return ranOut ? { ...reservation, state: 'expired' } : reservation
}

/** Everybody whose limits a key's spending counts against. */
export function chainOf({ key, owner, workspace }: Pick<KeyFacts, 'key' | 'owner' | 'workspace'>): Chain {
  return [
    { account: { kind: 'key', id: key.id }, allowance: key },
    { account: { kind: 'user', id: owner.id }, allowance: owner },
    { account: { kind: 'workspace', id: workspace.id }, allowance: workspace },
  ]
}

/** The key and the accounts above it. */
export function payerOf({ key }: Pick<KeyFacts, 'key'>): Payer {
  return { keyId: key.id, ownerId: key.ownerId, workspaceId: key.workspaceId }
}

type NewEntry = Extract<LedgerEntry, { kind: 'event' | 'hold' }>

function entryOf(payer: Payer, demand: MoneyDemand, { now, newId }: { now: number; newId: NewId }): NewEntry {
  const { amount, requestId } = demand
  if (demand.kind === 'charge') {
    const id = requestId ?? newId<string>()
    const { meta = {} } = demand
    const event = { ...payer, id, amount, byokAmount: 0n, requests: 1, at: now, recordedAt: now, meta }
    return { kind: 'event', event }
  }
  const reservation: Reservation = {
    ...payer,
    id: newId<ReservationId>(),
    amount,
    heldAt: now,
    expiresAt: now + demand.ttlMs,
    requestId,
    state: 'open',
    resolvedAt: null,
    settlement: null,
  }
  return { kind: 'hold', reservation }
}
