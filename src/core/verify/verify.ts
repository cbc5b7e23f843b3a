import type { MemberStore } from '../../store/members.ts'
import { type Principal, reachOf } from '../access/abilities.ts'
import { decided, untilDecided } from '../ground/attempts.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { PermissionExpression } from '../ground/permissions.ts'
import { digestOf, type Secret } from '../ground/secret.ts'
import type { Caller } from '../ground/turns.ts'
import { refuseLife } from '../keys/life.ts'
import type { Reservation } from '../ledger/entries.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { MoneyDemand } from '../ledger/money-demand.ts'
import type { Ask, Spending } from '../ledger/spending.ts'
import type { BudgetLine } from '../money/budgets.ts'
import type { Threshold } from '../money/thresholds.ts'
import type { Key, Revision, User } from '../types.ts'
import type { Facts } from './facts.ts'
import { type BudgetExceeded, budgetExceeded, type RateLimited, rateLimited } from './limit-refusals.ts'
import { createLookAtRates, type LookAtRates, NO_LOOK } from './look.ts'
import { type AddressFinder, foundAddress, type Outcomes } from './outcomes.ts'
import { createPreparations, meets, type Prepared, type ReadyFacts } from './prepared.ts'
import {
  type RateDemand,
  type RateLimiter,
  type RateLook,
  type RateRefusal,
  type RateState,
  rateDemands,
} from './rates.ts'
import type { WithoutWrites } from './record-writes.ts'
import type { LastUsed } from './uses.ts'

/** A request to verify a secret. */
export interface VerifyRequest {
  secret: Secret
  /** The demand on the key's permissions, if any. */
  permissions?: PermissionExpression | undefined
  /**
   * The address the secret was used from, or a function that finds it, which is not called for each request. A key that is bound to
   * addresses is refused without it.
   */
  ip?: string | AddressFinder | undefined
  /** Units to take from named rate limits instead of one unit each; names that the key lacks are ignored. */
  rateCosts?: ReadonlyMap<string, number> | undefined
  /** True for a look: the answer is the same, but nothing is taken, and no use is counted. Not together with `take`. */
  isPeek?: true
  /** Money to take if everything else allows it: spent at once, or held until it is settled. Once per `requestId`. */
  take?: MoneyDemand | undefined
  /** Judges the caller once more, in the turn in which the money is taken; see {@link Ask.judge}. */
  judge?: Ask<unknown, unknown>['judge']
  signIn?: Ask<unknown, unknown>['signIn']
  /** The answer must reflect every change up to this revision. */
  atLeast?: Revision
  /** The caller. To one that may verify only its own keys, all others look unknown. Absent for a caller that may verify any key. */
  caller?: Principal
  /** The caller among whose reads this one takes its turn, if it is known. */
  by?: Caller
}

/**
 * The answer to a verify. NOT_FOUND has no other members, so that unknown, malformed and revoked secrets look the same; every other
 * refusal has the key, and the limit that bound.
 */
export type Verdict =
  | ValidVerdict
  | { valid: false; code: 'NOT_FOUND' }
  | { valid: false; code: PlainRefusal; key: Key }
  | RateLimited
  | BudgetExceeded

/** A key that may be used, with the taken units and money. `budget` has the lines of the key, its owner and its workspace. */
export interface ValidVerdict {
  valid: true
  code: 'VALID'
  key: Key
  owner: User
  budget: readonly BudgetLine[]
  rateLimits: readonly RateState[]
  /** Thresholds that a charge took a limit across. */
  crossed: readonly Threshold[]
  /** The hold, where one was asked for. */
  reservation: Reservation | null
  /** True when an earlier request with this id took the money, so that this one took nothing at all. */
  replayed: boolean
}

/** Refusals that need no more than the key's own record. */
export type PlainRefusal = 'DISABLED' | 'NOT_YET_VALID' | 'EXPIRED' | 'FORBIDDEN' | 'INSUFFICIENT_PERMISSIONS'

/** Every code of a verdict, in the order in which they are decided. */
export const VERDICT_CODES = [
  'NOT_FOUND',
  'DISABLED',
  'NOT_YET_VALID',
  'EXPIRED',
  'FORBIDDEN',
  'INSUFFICIENT_PERMISSIONS',
  'RATE_LIMITED',
  'BUDGET_EXCEEDED',
  'VALID',
] as const satisfies readonly Verdict['code'][]

/** Whether a verify has taken money. One that has not is a read. */
export function hasTaken(verdict: Verdict, { take }: Pick<VerifyRequest, 'take'>): boolean {
  return take !== undefined && verdict.valid && !verdict.replayed
}

/** Decides whether a secret may be used now. Answers without waiting when memory holds the facts. */
export type VerifyKey = (request: VerifyRequest) => Verdict | Promise<Verdict>

const NOT_FOUND: Verdict = { valid: false, code: 'NOT_FOUND' }

/**
 * Builds the verifier. Each refusal consumes nothing: rate units are taken only together with a VALID answer. Without a
 * demand for money it does no durable write; that a key was used is noted in memory and flushed later.
 */
export function createVerifier({
  store,
  facts,
  ledger,
  spending,
  rates,
  clock,
  lastUsed,
  outcomes,
}: VerifierParts): VerifyKey {
  const preparations = createPreparations()

  /** Judges known facts; null when accounts or rate limits have to be read first. `looked` serves a request that only looks. */
  function decide(
    known: ReadyFacts,
    request: VerifyRequest,
    looked: Pick<LookAtRates, 'of'>,
  ): Verdict | null {
    const now = clock.now()
    const prepared = preparations.of(known)
    const refusal = refusalOf(known, prepared, request, now)
    if (refusal !== null) return refusedBy(known, refusal)
    const demands = demandsOf(known, request)
    if (request.isPeek) return seen(known, { look: looked.of(demands), now })
    const rate = rates.peek(demands, now)
    if (rate === null) return null
    const spare = rate.allowed ? ledger.spare(prepared, now) : null
    if (!rate.allowed || spare === null) return decideWith(known, { rate, now })
    rate.take()
    noteUse(known, prepared, request, now)
    return passed(known, spare, rate.states)
  }

  /** The units that a use takes. Those without costs of their own are kept, with the cells that the limiter has found for them. */
  function demandsOf(known: ReadyFacts, { rateCosts }: VerifyRequest): readonly RateDemand[] {
    return rateCosts === undefined ? preparations.of(known).demands : rateDemands(known.key, rateCosts)
  }

  /** The verdict of a request that only looks. */
  function seen(known: ReadyFacts, { look, now }: { look: RateLook | null; now: Instant }): Verdict | null {
    if (look === null) return null
    if (look.refusal !== null) return decideWith(known, { rate: look.refusal, now })
    const spare = ledger.spare(preparations.of(known), now)
    return spare === null ? decideWith(known, { rate: ROOM, now }) : passed(known, spare, look.states)
  }

  /** The same when a limit may have no room. */
  function decideWith(
    known: ReadyFacts,
    { rate, now }: { rate: RateRefusal | { allowed: true }; now: Instant },
  ): Verdict | null {
    const outlook = ledger.outlook(preparations.of(known).chain)
    if (outlook === null) return null
    if (!rate.allowed) return rateLimited(known, { rate, outlook, now })
    return budgetExceeded(known, { outlook, now })
  }

  function noteUse(known: ReadyFacts, prepared: Prepared, { ip }: VerifyRequest, now: Instant): void {
    prepared.use = lastUsed.noteAgain(known.key.id, now, prepared.use)
    prepared.tally = outcomes.passed(known, now, ip, prepared.tally)
  }

  /** Decides with a demand for money, which is judged in the turn in which it is taken. */
  async function paid(request: VerifyRequest, demand: MoneyDemand): Promise<Verdict> {
    const taken = await spending.take({
      demand,
      // Where the core is used without callers, there is no caller to judge.
      judge: request.judge ?? (() => undefined),
      signIn: request.signIn,
      find: () => facts.ofSecret(request.secret, request.by) ?? Promise.resolve(null),
      refuse: (known) => refusalOf(known, preparations.of(known), request, clock.now()),
      against: (known) => ({ chain: preparations.of(known).chain, rates: demandsOf(known, request) }),
    })
    switch (taken.outcome) {
      case 'no_key':
        return NOT_FOUND
      case 'refused':
        return refusedBy(taken.known, taken.refusal)
      case 'rate_limited': {
        const { known, bound, retry } = taken
        return { valid: false, code: 'RATE_LIMITED', key: known.key, bound, retry }
      }
      case 'no_room': {
        const { known, bound, budget, retry } = taken
        return { valid: false, code: 'BUDGET_EXCEEDED', key: known.key, bound, budget, retry }
      }
      case 'taken': {
        const { known, reservation, budget, rateLimits, crossed, replayed } = taken
        const { key, owner } = known
        if (!replayed) noteUse(known, preparations.of(known), request, clock.now())
        return { valid: true, code: 'VALID', key, owner, budget, rateLimits, crossed, reservation, replayed }
      }
    }
  }

  /** Whether the caller may know of the key: one that reaches only its own keys must also be a member of the key's workspace. */
  async function isSeen(request: VerifyRequest): Promise<boolean> {
    if (request.caller === undefined) return true
    const { id: userId } = request.caller.user
    const known = await facts.ofSecret(request.secret, request.by)
    if (known === null || known.owner.id !== userId) return false
    return known.workspace.isDefault || store.isMember({ workspaceId: known.workspace.id, userId })
  }

  async function load(request: VerifyRequest): Promise<Verdict> {
    if (request.atLeast !== undefined && !(await facts.hasReached(request.atLeast))) {
      throw new Fault('revision_unreached')
    }
    const isOwn = reachesOnlyItsOwn(request)
    if (isOwn && !(await isSeen(request))) return NOT_FOUND
    const verdict = await made(request) // It may have waited, so the caller is judged again.
    return isOwn && !(await isSeen(request)) ? NOT_FOUND : verdict
  }

  async function made(request: VerifyRequest): Promise<Verdict> {
    if (request.take !== undefined) return paid(request, request.take)
    let isConfirmed = false
    const looked = createLookAtRates(rates)
    const limiter = request.isPeek ? looked : rates
    return untilDecided<Verdict>(async () => {
      const known = await facts.ofSecret(request.secret, request.by)
      if (known === null) return decided(NOT_FOUND)
      const verdict = decide(known, request, looked)
      if (verdict !== null && (isConfirmed || !isUnsure(verdict))) return decided(verdict)
      // Memory may be slightly outdated or ahead, so a call is refused only after it was compared with the stored rows.
      if (verdict !== null) await ledger.refresh(preparations.of(known).chain)
      isConfirmed ||= verdict !== null
      const demands = demandsOf(known, request)
      await Promise.all([ledger.load(preparations.of(known).chain), limiter.load(demands)])
      return undefined
    })
  }

  /** Whether there may be room although memory shows none. */
  function isUnsure(verdict: Verdict): boolean {
    return verdict.code === 'BUDGET_EXCEEDED' && ledger.isUnsure(verdict.bound.account)
  }

  function noted(verdict: Verdict, request: VerifyRequest): Verdict {
    // A key that passed was noted together with its use, of which a repeated request is none.
    const isNoted = request.isPeek || (verdict.valid && !verdict.replayed)
    if (!isNoted) outcomes.note(verdict, clock.now(), foundAddress(request.ip))
    return verdict
  }

  function answer(request: VerifyRequest): Verdict | Promise<Verdict> {
    if (request.secret.reveal().length > MAX.credentialChars) return NOT_FOUND
    const { atLeast, take } = request
    if (atLeast !== undefined || take !== undefined || reachesOnlyItsOwn(request)) return later(request)
    const known = facts.remembered(digestOf(request.secret))
    const verdict = known === undefined ? null : decide(known, request, NO_LOOK)
    return verdict === null || isUnsure(verdict) ? later(request) : verdict
  }

  /** The address is looked up before the wait, because afterwards it may no longer be available. */
  async function later(request: VerifyRequest): Promise<Verdict> {
    const asked = { ...request, ip: foundAddress(request.ip) }
    return noted(await load(asked), asked)
  }

  return function verifyKey(request) {
    const verdict = answer(request)
    return verdict instanceof Promise ? verdict : noted(verdict, request)
  }
}

const NONE: [] = []
const ROOM = { allowed: true } as const

function passed(
  { key, owner }: ReadyFacts,
  budget: readonly BudgetLine[],
  rateLimits: RateState[],
): ValidVerdict {
  return {
    valid: true,
    code: 'VALID',
    key,
    owner,
    budget,
    rateLimits,
    crossed: NONE,
    reservation: null,
    replayed: false,
  }
}

function reachesOnlyItsOwn({ caller }: VerifyRequest): boolean {
  return caller !== undefined && reachOf(caller, 'VERIFY_APIKEY') !== 'ANY'
}

function refusedBy({ key }: ReadyFacts, code: PlainRefusal | 'NOT_FOUND'): Verdict {
  return code === 'NOT_FOUND' ? NOT_FOUND : { valid: false, code, key }
}

interface VerifierParts {
  store: WithoutWrites<MemberStore>
  facts: Facts
  ledger: Ledger
  spending: Spending
  rates: RateLimiter
  clock: Clock
  lastUsed: LastUsed
  outcomes: Outcomes
}

/** The reason why the record alone refuses a use of the data plane, or null. The order is part of the API (docs/api.md#verify-a-key). */
export function refuse(
  facts: Pick<ReadyFacts, 'key' | 'secret' | 'owner' | 'allowsAddress' | 'prepared'>,
  request: Pick<VerifyRequest, 'permissions' | 'ip'>,
  now: Instant,
): PlainRefusal | 'NOT_FOUND' | null {
  const { key } = facts
  const dead = refuseLife(facts, now)
  if (dead !== null) return dead
  // Most keys are not bound to addresses, and finding the client's address costs as much as the rest of the decision.
  const isElsewhere = facts.allowsAddress !== null && !addressAllowed(facts, foundAddress(request.ip))
  if (isElsewhere || key.access === 'manage') return 'FORBIDDEN'
  const demand = request.permissions
  return demand === undefined || meets(facts, demand) ? null : 'INSUFFICIENT_PERMISSIONS'
}

/** The same for prepared facts: for most keys two comparisons show that the record does not refuse them. */
function refusalOf(
  known: ReadyFacts,
  { usableFrom, usableUntil }: Prepared,
  request: VerifyRequest,
  now: Instant,
): PlainRefusal | 'NOT_FOUND' | null {
  const isUsable = usableFrom <= now && now < usableUntil
  if (!isUsable) return refuse(known, request, now)
  const { permissions } = request
  return permissions === undefined || meets(known, permissions) ? null : 'INSUFFICIENT_PERMISSIONS'
}

/** True when the key may be used from the address; an unknown address suits only a key that is bound to none. */
export function addressAllowed(
  { allowsAddress }: Pick<ReadyFacts, 'allowsAddress'>,
  ip: string | undefined,
): boolean {
  return allowsAddress === null || (ip !== undefined && allowsAddress(ip))
}
