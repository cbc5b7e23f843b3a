// Tests: test/wire/native/corrections.test.ts
import type { KeyStore } from '../../store/keys.ts'
import type { LedgerStore } from '../../store/ledger.ts'
import { callerOf, requireAbility } from '../access/abilities.ts'
import { type Call, noteEffect } from '../access/audit.ts'
import type { Authority } from '../access/authority.ts'
import type { Clock } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { NewId } from '../ground/ids.ts'
import { createOneByOne } from '../ground/one-by-one.ts'
import type { Correction, Money, NewCorrection, UsageEvent } from '../ledger/entries.ts'
import { payerOnly } from '../ledger/expiry.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { createStanding, type Standing } from '../ledger/standing.ts'
import { formatUsd, type NanoUsd } from '../money/money.ts'
import type { KeyId } from '../types.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'

/** A correction to make: the amount to subtract from one recorded event. */
export interface CorrectionOrder {
  /** Chosen by the caller; repeating it for the same key takes back nothing more. */
  id: string
  keyId: KeyId
  eventId: string
  /** Null for both takes back everything that is left of the event; null for one takes back nothing of that. */
  amount: NanoUsd | null
  byokAmount: NanoUsd | null
  reason: string
}

/** The result of a correction: the subtracted amount, and whether an earlier call with this id had made it. */
export interface Corrected {
  correction: Correction
  replayed: boolean
}

/**
 * Takes back money that was recorded by mistake, in the windows of the event, never more than is left of it, and records that in the
 * audit log. Needs CORRECT_USAGE. Throws `event_not_found`, `correction_exceeds` and `correction_conflict`.
 */
export type Correct = (call: Call, order: CorrectionOrder) => Promise<Corrected>

/** Builds the correcting of events. */
export function createCorrect({ store, ledger, authority, clock, newId }: CorrectParts): Correct {
  /** Makes the correction, or returns the earlier one with this id; null when another call has corrected the event meanwhile. */
  async function attempt(call: Call, order: CorrectionOrder, standing: Standing): Promise<Corrected | null> {
    const before = await store.findCorrection(order.keyId, order.id)
    if (before !== null) {
      if (!isSame(before, order)) throw new Fault('correction_conflict')
      return { correction: before, replayed: true }
    }
    const found = await store.findCorrectable(order.keyId, order.eventId)
    if (found === null) throw await absent(order.keyId)
    const correction = correctionOf(order, found, { now: clock.now(), call, newId })
    const judging = authority.check(call, mayCorrect)
    if (judging !== undefined) await judging
    standing.made()
    const stands = () => standing.passes(() => authority.check(call, mayCorrect))
    const entries = [{ kind: 'correction' as const, correction }]
    const [outcome] = await ledger.record(entries, callerOf(call.principal), {
      stands,
      signIn: call.signIn,
    })
    if (outcome !== 'written') return null
    noteEffect(call)
    return { correction, replayed: false }
  }

  async function absent(keyId: KeyId): Promise<Fault> {
    const known = await store.resolveKeys([{ id: keyId }])
    return new Fault(known.size === 0 ? 'key_not_found' : 'event_not_found')
  }

  // Corrections of one event run one after the other, so that each sees the result of the one before.
  const inTurn = createOneByOne()

  return async (call, order) => {
    mayCorrect(call.principal)
    return inTurn(`${order.keyId} ${order.eventId}`, () => decide(call, order))
  }

  async function decide(call: Call, order: CorrectionOrder): Promise<Corrected> {
    const standing = createStanding(clock)
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const corrected = await attempt(call, order, standing)
      if (corrected !== null) return corrected
    }
    throw new Fault('store_unavailable', { internal: `event ${order.eventId} kept changing` })
  }
}

interface CorrectParts {
  store: WithoutWrites<KeyStore> & LedgerStore
  ledger: Ledger
  authority: Authority
  clock: Clock
  newId: NewId
}

// Another caller may have used the same id for another event of the key.
const ROUNDS_MAX = 4

function mayCorrect(principal: Call['principal']): void {
  requireAbility(principal, 'CORRECT_USAGE')
}

function correctionOf(
  order: CorrectionOrder,
  { event, taken }: { event: UsageEvent; taken: Money },
  { now, call, newId }: { now: number; call: Call; newId: NewId },
): NewCorrection {
  const left = { amount: event.amount - taken.amount, byokAmount: event.byokAmount - taken.byokAmount }
  const all = order.amount === null && order.byokAmount === null
  const { amount, byokAmount } = all
    ? left
    : { amount: order.amount ?? 0n, byokAmount: order.byokAmount ?? 0n }
  if (amount > left.amount || byokAmount > left.byokAmount || (amount === 0n && byokAmount === 0n)) {
    const message = `The rest of the event is ${formatUsd(left.amount)} USD and ${formatUsd(left.byokAmount)} USD paid elsewhere.`
    throw new Fault('correction_exceeds', { message })
  }
  const { id, eventId, reason } = order
  const { principal, requestId, ip } = call
  const after = { id, eventId, amount: formatUsd(amount), byokAmount: formatUsd(byokAmount) }
  const record = {
    action: 'usage.correct',
    target: { kind: 'key' as const, id: event.keyId },
    before: null,
    after,
    reason,
  }
  // The caller is judged right before, as always when money moves.
  const act = { at: now, userId: principal.user.id, keyId: principal.keyId, requestId, ip, warrant: null }
  return {
    ...payerOnly(event),
    id,
    eventId,
    amount,
    byokAmount,
    at: event.at,
    meta: event.meta,
    recordedAt: now,
    reportedBy: callerOf(principal),
    reason,
    from: taken,
    audit: { id: newId<string>(), act, record },
  }
}

/** True when an order equals an earlier correction. An order for everything that is left equals any amount. */
function isSame({ eventId, amount, byokAmount, reason }: Correction, order: CorrectionOrder): boolean {
  if (eventId !== order.eventId || reason !== order.reason) return false
  if (order.amount === null && order.byokAmount === null) return true
  return amount === (order.amount ?? 0n) && byokAmount === (order.byokAmount ?? 0n)
}
