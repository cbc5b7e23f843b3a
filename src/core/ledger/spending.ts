// Tests: test/wire/native/verify-money.test.ts, test/wire/native/repeats.test.ts
import type { LedgerStore } from '../../store/ledger.ts'
import type { CallersSignIn } from '../access/browser-session.ts'
import { type Attempt, decided, untilDecided } from '../ground/attempts.ts'
import { createBoundedMemory } from '../ground/bounded-memory.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock } from '../ground/clock.ts'
import { Fault, type FaultCode, inputFault } from '../ground/faults.ts'
import type { NewId } from '../ground/ids.ts'
import { createOneByOne } from '../ground/one-by-one.ts'
import type { Caller } from '../ground/turns.ts'
import { requireWithinCap } from '../money/amount-cap.ts'
import type { BudgetLine } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import type { Threshold } from '../money/thresholds.ts'
import type { KeyId } from '../types.ts'
import type { KeyFacts } from '../verify/key-facts.ts'
import { createLookAtRates } from '../verify/look.ts'
import type { RateDemand, RateLimiter, RateLook, RateState, RateTaking } from '../verify/rates.ts'
import { opensFor, type Retry, retryFrom } from '../verify/retry.ts'
import type { Admission, Chain } from './demand.ts'
import type { Payer, Reservation } from './entries.ts'
import { beginsAsOurs } from './event-ids.ts'
import { reservationAt } from './expiry.ts'
import type { Ledger } from './ledger.ts'
import { entryOf, type MoneyDemand, type NewEntry } from './money-demand.ts'
import { createStanding, type Standing } from './standing.ts'

/** The account of a demand, and the checks in the turn of the event loop in which the money is taken. */
export interface Ask<Known, Refusal> {
  demand: MoneyDemand
  /** Throws a fault when the caller has lost the right to take it; a promise while memory lacks the facts. Called like `find`. */
  judge(): Promise<unknown> | undefined
  /** The sign-in of the browser that asks, if one does. */
  signIn?: CallersSignIn | undefined
  /** The facts of the key; a promise while memory does not hold them, null for an unknown key. Called again after every wait. */
  find(): Known | Promise<Known | null>
  /** The reason why the key may not be used now, or null. Called for a repeated request, too. */
  refuse(known: Known): Refusal | null
  /** The limits that it counts against. Asked again after every wait. */
  against(known: Known): Against
}

/** The accounts whose limits a demand counts against, and the units that a new request takes from rate limits. */
export interface Against {
  chain: Chain
  rates: readonly RateDemand[]
}

/** The result of an ask. Every result but `taken` has taken neither money nor units. */
export type Taken<Known, Refusal> =
  | { outcome: 'no_key' }
  | { outcome: 'refused'; known: Known; refusal: Refusal }
  | { outcome: 'rate_limited'; known: Known; bound: RateState; retry: Retry | null }
  | { outcome: 'no_room'; known: Known; bound: BudgetLine; budget: BudgetLine[]; retry: Retry | null }
  | {
      outcome: 'taken'
      known: Known
      /** The hold in its present state; null for a charge. */
      reservation: Reservation | null
      budget: BudgetLine[]
      rateLimits: RateState[]
      /** The thresholds of limits that a charge crossed. */
      crossed: readonly Threshold[]
      /** True when an earlier request with this id took the money, so that this one took nothing. */
      replayed: boolean
    }

/** The only code that takes money, before or while it is spent. */
export interface Spending {
  /**
   * Takes rate units and money if all limits have room, and resolves when the record is on disk. A repeated request gets the result of
   * the first one, whatever the limits say now. Throws `request_id_conflict`, and `input_invalid` for an amount above the cap of one
   * event or hold.
   */
  take<Known extends KeyFacts, Refusal>(ask: Ask<Known, Refusal>): Promise<Taken<Known, Refusal>>
}

/** Builds the taking of money. */
export function createSpending({ store, ledger, rates, clock, newId, amountMax }: SpendingParts): Spending {
  // Of two equal requests at the same time, the second begins when the first has its answer.
  const inTurn = createOneByOne()
  const recent = createBoundedMemory<string, true>({ isTooMuch: (count) => count > MAX.requestIdsInMemory })

  /** The money that this request has taken earlier; undefined for a new request. */
  async function takenBefore(
    keyId: KeyId,
    demand: MoneyDemand & { requestId: string },
  ): Promise<TakenBefore> {
    const { requestId, amount } = demand
    if (demand.kind === 'reserve') {
      const found = await store.findReservation({ keyId, requestId })
      const isSame = found?.firstAmount === amount && found.onExpiry === (demand.onExpiry ?? 'release')
      if (found !== null && !isSame) throw new Fault('request_id_conflict')
      return found === null ? undefined : reservationAt(found, clock.now())
    }
    const found = await store.findEvent(keyId, requestId)
    const isCharge = found?.amount === amount && found.byokAmount === 0n && found.requests === 1
    if (found !== null && !isCharge) throw new Fault('request_id_conflict')
    return found === null ? undefined : null
  }

  /** Judges the caller and makes the demand in one turn of the event loop; null while something has to be read first. */
  function takeNow<Known extends KeyFacts, Refusal>(
    ask: Ask<Known, Refusal>,
    known: Known,
    { chain, rates: demands, standing }: Against & { standing: Standing },
  ): Taken<Known, Refusal> | Promise<Taken<Known, Refusal> | 'taken_before' | 'again'> | null {
    const units = rates.take(demands)
    if (units === null) return null
    const { demand } = ask
    const now = clock.now()
    if (!units.allowed) {
      const outlook = ledger.outlook(chain)
      if (outlook === null) return null
      const opensAt = opensFor(units, { outlook, amount: demand.amount, now })
      return { outcome: 'rate_limited', known, bound: units.bound, retry: retryFrom(opensAt, known, now) }
    }
    const caller = demand.caller === 'payer' ? payingCaller(known) : demand.caller
    const entry = entryOf(payerOf(known), demand, { by: caller, now, newId })
    let admission: Promise<Admission> | null = null
    standing.made()
    try {
      admission = ledger.admit(chain, {
        amount: demand.amount,
        entry,
        caller,
        stands: () => standing.holds(known, ask),
        signIn: ask.signIn,
      })
    } finally {
      if (admission === null) units.giveBack()
    }
    return admission === null ? null : takenBy(admission, { known, entry, units })
  }

  /** Waits for the result of a demand, and gives the rate units back unless it was written. */
  async function takenBy<Known extends KeyFacts, Refusal>(
    admitting: Promise<Admission>,
    { known, entry, units }: { known: Known; entry: NewEntry; units: Extract<RateTaking, { allowed: true }> },
  ): Promise<Taken<Known, Refusal> | 'taken_before' | 'again'> {
    let admission: Admission | null = null
    try {
      admission = await admitting
    } finally {
      if (admission?.outcome !== 'written') units.giveBack()
    }
    switch (admission.outcome) {
      case 'duplicate':
        return 'taken_before'
      case 'again':
        return 'again'
      case 'no_room': {
        const { bound, budget, opensAt } = admission
        return { outcome: 'no_room', known, bound, budget, retry: retryFrom(opensAt, known, clock.now()) }
      }
      case 'written': {
        const reservation = entry.kind === 'hold' ? entry.reservation : null
        const { budget, crossed } = admission
        const rateLimits = units.states
        return { outcome: 'taken', known, reservation, budget, rateLimits, crossed, replayed: false }
      }
    }
  }

  /** The answer to a request that has taken its money earlier; null while something has to be read first. */
  function repeat<Known extends KeyFacts>(
    known: Known,
    { before, chain }: Pick<Against, 'chain'> & { before: Reservation | null },
    look: RateLook | null,
  ): Extract<Taken<Known, never>, { outcome: 'taken' }> | null {
    const budget = ledger.budget(chain)
    if (budget === null || look === null) return null
    return {
      outcome: 'taken',
      known,
      reservation: before,
      budget,
      rateLimits: look.states,
      crossed: [],
      replayed: true,
    }
  }

  /** Judges by the facts of the moment, again after every wait. */
  function decide<Known extends KeyFacts, Refusal>(
    ask: Ask<Known, Refusal>,
    before: TakenBefore,
  ): Promise<Taken<Known, Refusal> | 'taken_before'> {
    const looked = createLookAtRates(rates)
    const standing = createStanding(clock)
    let reads = 0

    function decideBy(known: Known): Decision<Known, Refusal> | Promise<Decision<Known, Refusal>> {
      const refusal = ask.refuse(known)
      if (refusal !== null) return decided({ outcome: 'refused' as const, known, refusal })
      // A request that has taken its money under another setting is answered as before.
      if (before === undefined) requireWithinCap(ask.demand.amount, amountMax, ask.demand.place ?? ['amount'])
      const against = ask.against(known)
      const limiter = before === undefined ? rates : looked
      const load = async (): Promise<undefined> => {
        const isForHold = ask.demand.kind === 'reserve'
        await Promise.all([ledger.load(against.chain, { isForHold }), limiter.load(against.rates)])
      }
      const taken =
        before === undefined
          ? takeNow<Known, Refusal>(ask, known, { ...against, standing })
          : repeat(known, { before, ...against }, looked.of(against.rates))
      if (taken instanceof Promise) return taken.then((made) => (made === 'again' ? load() : decided(made)))
      return taken === null ? load() : decided(taken)
    }

    return untilDecided<Taken<Known, Refusal> | 'taken_before'>(() => {
      const judging = ask.judge()
      const known = ask.find()
      if (judging === undefined && !(known instanceof Promise)) return decideBy(known)
      reads += 1
      // Both are read together. One after the other, the first could have changed again when the second has come.
      return Promise.all([judging, known]).then(([, found]) => {
        if (found === null) return decided({ outcome: 'no_key' as const })
        // They are requested again, because memory holds them only if they have not changed since. Beside a stream of changes it never does.
        return reads > READS_MAX ? decideBy(found) : undefined
      })
    })
  }

  /**
   * Takes as if the request were new, as nearly all are, and looks for its id only when something speaks against that: whatever was
   * refused may have been taken before, and the commit finds what was. An id that was used a moment ago is looked for first.
   */
  async function takeOnce<Known extends KeyFacts, Refusal>(
    ask: Ask<Known, Refusal>,
    { keyId, requestId, name }: { keyId: KeyId; requestId: string; name: string },
  ): Promise<Taken<Known, Refusal>> {
    const isNew = recent.get(name) === undefined
    recent.set(name, true)
    const first = isNew ? await takeAsNew(ask) : 'taken_before'
    if (isSettled(first)) return first
    const demand = { ...ask.demand, requestId }
    for (let round = 0; round < REPEATS_MAX; round += 1) {
      const before = await takenBefore(keyId, demand)
      // The demand was new and is refused.
      if (before === undefined && round === 0 && first !== 'taken_before') {
        if (first instanceof Fault) throw first
        return first
      }
      const taken = await decide(ask, before)
      if (taken !== 'taken_before') return taken
    }
    throw new Fault('store_unavailable', { internal: `requestId ${requestId} is taken by nothing` })
  }

  /** The same as {@link decide} for a new request, but answers a fault that a repeated one would not meet. */
  async function takeAsNew<Known extends KeyFacts, Refusal>(
    ask: Ask<Known, Refusal>,
  ): Promise<Taken<Known, Refusal> | 'taken_before' | Fault> {
    try {
      return await decide(ask, undefined)
    } catch (error) {
      if (error instanceof Fault && NOT_OF_REPEATS.has(error.code)) return error
      throw error
    }
  }

  return {
    async take(ask) {
      const { requestId, kind } = ask.demand
      if (requestId === null) {
        const taken = await decide(ask, undefined)
        if (taken === 'taken_before') throw new Fault('internal', { internal: 'a new id was taken before' })
        return taken
      }
      if (kind === 'charge') requireOwnId(requestId)
      const found = ask.find()
      const known = found instanceof Promise ? await found : found
      if (known === null) return { outcome: 'no_key' }
      const refusal = ask.refuse(known)
      if (refusal !== null) return { outcome: 'refused', known, refusal }
      const keyId = known.key.id
      const name = nameOf(keyId, { kind, requestId })
      return inTurn(name, () => takeOnce(ask, { keyId, requestId, name }))
    },
  }
}

/** One attempt at a decision. */
type Decision<Known, Refusal> = Attempt<Taken<Known, Refusal> | 'taken_before'>

/** How often a decision waits for facts that memory holds; after that those count that were read last. */
const READS_MAX = 4

/** The faults that a request which took its money before would not get: it takes neither money nor a place in the queue. */
const NOT_OF_REPEATS: ReadonlySet<FaultCode> = new Set(['input_invalid', 'too_many_holds', 'rate_limited'])

/** Whether the answer is the same whether or not the request was new. */
function isSettled<Known, Refusal>(
  answer: Taken<Known, Refusal> | 'taken_before' | Fault,
): answer is Extract<Taken<Known, Refusal>, { outcome: 'taken' | 'refused' | 'no_key' }> {
  if (answer === 'taken_before' || answer instanceof Fault) return false
  return answer.outcome !== 'rate_limited' && answer.outcome !== 'no_room'
}

function nameOf(keyId: KeyId, { kind, requestId }: Pick<MoneyDemand, 'kind' | 'requestId'>): string {
  return `${kind} ${keyId} ${requestId}`
}

function payingCaller({ key }: Pick<KeyFacts, 'key'>): Caller {
  return { userId: key.ownerId, keyId: key.id }
}

interface SpendingParts {
  store: LedgerStore
  ledger: Ledger
  rates: RateLimiter
  clock: Clock
  newId: NewId
  /** The largest amount of one event or hold. */
  amountMax: NanoUsd
}

/** The result of an earlier call with the same request id: a hold, a charge (null), or none (undefined). */
type TakenBefore = Reservation | null | undefined

// The second round finds the record that made the first one a duplicate.
const REPEATS_MAX = 2

/** Requires that an event's id does not begin with a prefix that the ledger itself uses. Throws `input_invalid`. */
function requireOwnId(requestId: string): void {
  const wrong = beginsAsOurs(requestId)
  if (wrong !== null) throw inputFault(['requestId'], wrong)
}

/** The accounts whose limits a key's spending counts against. */
export function chainOf({ key, owner, workspace }: Pick<KeyFacts, 'key' | 'owner' | 'workspace'>): Chain {
  return [
    { account: { kind: 'key', id: key.id }, allowance: key, revision: key.revision },
    { account: { kind: 'user', id: owner.id }, allowance: owner, revision: owner.revision },
    { account: { kind: 'workspace', id: workspace.id }, allowance: workspace, revision: workspace.revision },
  ]
}

/** The key and the accounts above it. */
export function payerOf({ key }: Pick<KeyFacts, 'key'>): Payer {
  return { keyId: key.id, ownerId: key.ownerId, workspaceId: key.workspaceId }
}
