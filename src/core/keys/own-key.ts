// Tests: test/wire/native/own-key.test.ts

import type { KeyStore } from '../../store/keys.ts'
import type { LedgerStore } from '../../store/ledger.ts'
import type { MemberStore } from '../../store/members.ts'
import type { UserStore } from '../../store/people.ts'
import { callerOf } from '../access/abilities.ts'
import type { Call } from '../access/audit.ts'
import { type Authority, holderOf } from '../access/authority.ts'
import { decided, untilDecided } from '../ground/attempts.ts'
import type { Clock } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { chainOf } from '../ledger/spending.ts'
import type { BudgetLine } from '../money/budgets.ts'
import type { LimitWindow } from '../money/windows.ts'
import { sees } from '../people/membership.ts'
import type { Expected, Key } from '../types.ts'
import type { Changes } from '../verify/changes.ts'
import type { Facts } from '../verify/facts.ts'
import {
  type BudgetExceeded,
  budgetExceeded,
  type RateLimited,
  rateLimited,
} from '../verify/limit-refusals.ts'
import { createLookAtRates, type LookAtRates } from '../verify/look.ts'
import type { ReadyFacts } from '../verify/prepared.ts'
import { type RateLimiter, type RateState, rateDemands } from '../verify/rates.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import { type PlainRefusal, refuse } from '../verify/verify.ts'
import { createChangeKey, heldKey } from './change-key.ts'
import { createKeyViews, type KeyView } from './key-views.ts'
import { type RevocationReceipt, receiptOf, revocation } from './revocation.ts'

/** A refusal by a limit of a workspace that the key's owner does not see: without that limit's amounts. */
export interface UnseenLimit extends Omit<BudgetExceeded, 'bound'> {
  bound: null
  window: LimitWindow
}

/** Why a verify without demands would refuse a key now. */
export type OwnRefusal =
  | { valid: false; code: PlainRefusal; key: Key }
  | RateLimited
  | BudgetExceeded
  | UnseenLimit

/** The view of a key that its holder gets. */
export interface OwnKey {
  view: KeyView
  /** Whether its owner is disabled, and so the key with it. */
  ownerDisabled: boolean
  /** Null while a verify without demands would pass it. */
  refusal: OwnRefusal | null
  /** Every limit that counts the key's spending: its own, its owner's and, where that user sees it, its workspace's. */
  budget: BudgetLine[]
  /** The state of its rate limits. */
  rateLimits: RateState[]
}

/** The operations of a key's holder on that key, whatever its access and its owner's role. */
export interface OwnKeys {
  /** The key that the caller holds. */
  get(call: Call): Promise<KeyView>
  /**
   * Reads the key that the caller holds, also while it may not be used, and takes nothing from it. The caller is one that {@link
   * Authority.recognise} found. Throws `credential_invalid` when it was revoked meanwhile.
   */
  look(call: Call): Promise<OwnKey>
  /** Revokes the key that the caller holds, for good. Throws `last_manager`. */
  revoke(call: Call, order: { reason: string | null } & Expected): Promise<RevocationReceipt>
}

/** Builds the operations of holders. */
export function createOwnKeys(parts: Parts): OwnKeys {
  const { store, facts, ledger, rates, clock } = parts
  const views = createKeyViews(store)
  const change = createChangeKey({ ...parts, views })

  async function get(call: Call): Promise<KeyView> {
    const at = clock.now()
    return views.of(await heldKey(store, call, at), at)
  }

  async function unrevoked(call: Call): Promise<KeyView> {
    const view = await get(call)
    if (view.key.revokedAt !== null) throw new Fault('credential_invalid')
    return view
  }

  /** The state of the key; null while memory lacks part of it. */
  function standing(
    known: ReadyFacts,
    { ip, looked }: { ip: string | null; looked: LookAtRates },
  ): Omit<OwnKey, 'view'> | null {
    const now = clock.now()
    const look = looked.of(rateDemands(known.key, undefined))
    const outlook = ledger.outlook(chainOf(known))
    if (look === null || outlook === null) return null
    const plain = refuse(known, ip === null ? {} : { ip }, now)
    if (plain === 'NOT_FOUND') throw new Fault('credential_invalid')
    const refusal =
      plain !== null
        ? { valid: false as const, code: plain, key: known.key }
        : look.refusal === null
          ? budgetExceeded(known, { outlook, now })
          : rateLimited(known, { rate: look.refusal, outlook, now })
    return { ownerDisabled: known.owner.disabled, refusal, budget: outlook.budget, rateLimits: look.states }
  }

  /** Only members see the limits of a workspace; other holders learn only that one of them binds the key now. */
  async function shown({ principal }: Call, found: OwnKey): Promise<OwnKey> {
    if (await sees(store, principal, found.view.key.workspaceId)) return found
    const { budget, refusal } = found
    return {
      ...found,
      budget: budget.filter(isSeen),
      refusal: refusal?.code === 'BUDGET_EXCEEDED' ? withoutUnseen(refusal) : refusal,
    }
  }

  return {
    get,

    async look(call) {
      let isRefreshed = false
      const limits = createLookAtRates(rates)
      const looked = await untilDecided(async () => {
        const { credential } = call.principal
        const known =
          facts.remembered(credential) ?? (await facts.reload(credential, callerOf(call.principal)))
        if (known === null) throw new Fault('credential_invalid')
        holderOf(known, { ip: call.ip, now: clock.now() })
        if (!isRefreshed) {
          isRefreshed = true
          await ledger.refresh(chainOf(known))
          return undefined
        }
        const found = standing(known, { ip: call.ip, looked: limits })
        if (found !== null) return decided(found)
        await Promise.all([ledger.load(chainOf(known)), limits.load(rateDemands(known.key, undefined))])
        return undefined
      })
      return shown(call, { view: await unrevoked(call), ...looked })
    },

    async revoke(call, { reason, ...expected }) {
      const own = { id: call.principal.keyId }
      return receiptOf(await change(call, own, { ...revocation(reason), ability: null, ...expected }))
    },
  }
}

function isSeen({ account }: BudgetLine): boolean {
  return account.kind !== 'workspace'
}

function withoutUnseen(refusal: BudgetExceeded | UnseenLimit): BudgetExceeded | UnseenLimit {
  if (refusal.bound === null) return refusal
  const { bound } = refusal
  const seen = { ...refusal, budget: refusal.budget.filter(isSeen) }
  return isSeen(bound) ? seen : { ...seen, bound: null, window: bound.window }
}

interface Parts {
  store: WithoutWrites<KeyStore & LedgerStore & UserStore & MemberStore>
  facts: Facts
  ledger: Ledger
  rates: RateLimiter
  authority: Authority
  changes: Changes
  clock: Clock
  keysPerUser: number
}
