import { expect } from 'bun:test'
import type { Reservation } from '../../src/core/ledger/entries.ts'
import type { LimitWindow } from '../../src/core/money/windows.ts'
import { LIMIT_WINDOWS, windowStart } from '../../src/core/money/windows.ts'
import { rejectionOf } from '../support/failures.ts'
import type { KeyName, ModelHold, MoneyModel, Scope } from './model.ts'
import type { MoneyRig } from './rig.ts'

/** One command; `pick` chooses among the reservations that exist by then. */
export type Command =
  | { do: 'reserve'; key: KeyName; amount: bigint; ttlMs: number; chargedOnExpiry: boolean }
  | { do: 'extend'; pick: number; amount: bigint | null; ttlMs: number }
  | { do: 'settle'; pick: number; amount: bigint; byok: bigint }
  | { do: 'release'; pick: number }
  | { do: 'charge'; key: KeyName; amount: bigint; id: number | null }
  | { do: 'verify'; key: KeyName }
  | { do: 'report'; key: KeyName; amount: bigint; byok: bigint; id: number; agoMs: number }
  | { do: 'correct'; pick: number; amount: bigint | null; id: number }
  | { do: 'limit'; scope: Scope; window: LimitWindow; limit: bigint | null }
  /** For one of the limits that keys have by then; if there is none, for a missing one. */
  | { do: 'boost'; pick: number; boost: { amount: bigint; forMs: number } | null }
  /** Moves the clock to this time before the end of an existing boost; with 0, to the end itself. */
  | { do: 'boostEnd'; pick: number; beforeMs: number }
  | { do: 'byok'; scope: Scope; counts: boolean }
  | { do: 'rotate'; key: KeyName }
  | { do: 'disable'; key: KeyName; disabled: boolean }
  | { do: 'clock'; stepMs: number }
  | { do: 'restart' }

/** The real ledger and the model. */
export interface Pair {
  rig: MoneyRig
  model: MoneyModel
  /** The reservations in the order of their creation, with their counterparts in the model. */
  holds: { id: Reservation['id']; hold: ModelHold }[]
  /** The amounts of each correction, by key and id. */
  corrections: Map<string, { eventId: string; amount: bigint; byok: bigint }>
}

/** Runs the command on both sides and asserts that they agree. */
export async function perform(pair: Pair, step: Command): Promise<void> {
  const { rig, model } = pair
  switch (step.do) {
    case 'reserve':
      return reserve(pair, step)
    case 'extend':
      return extend(pair, step)
    case 'settle':
      return settle(pair, step)
    case 'release':
      return release(pair, step)
    case 'charge':
    case 'verify':
      return verify(pair, step)
    case 'report': {
      const at = model.now - step.agoMs
      const id = `r${step.id}`
      const event = {
        id,
        key: { id: rig.keys[step.key].key.id },
        amount: step.amount,
        byokAmount: step.byok,
        requests: 1,
        at,
        meta: {},
      }
      const { accepted } = await rig.latchkey.usage.report(rig.call, [event])
      expect(accepted === 1).toBe(model.report(step.key, { id, amount: step.amount, byok: step.byok, at }))
      return
    }
    case 'correct':
      return correct(pair, step)
    case 'limit':
      await changeAllowance(rig, step.scope, { limits: { [step.window]: step.limit } })
      model.setLimit(step.scope, step.window, step.limit)
      return
    case 'boost':
      return boost(pair, step)
    case 'boostEnd':
      return boostEnd(pair, step)
    case 'byok':
      await changeAllowance(rig, step.scope, { includeByokInLimit: step.counts })
      model.byokCounts[step.scope] = step.counts
      return
    case 'rotate': {
      const { secret } = await rig.latchkey.keys.rotate(
        rig.call,
        { id: rig.keys[step.key].key.id },
        { overlapMs: 0 },
      )
      rig.keys[step.key].secret = secret
      return rig.hear()
    }
    case 'disable':
      await rig.latchkey.keys.update(
        rig.call,
        { id: rig.keys[step.key].key.id },
        { patch: { disabled: step.disabled } },
      )
      model.disabled[step.key] = step.disabled
      return rig.hear()
    case 'clock':
      return moveClock(pair, model.now + step.stepMs)
    case 'restart':
      return rig.restart()
  }
}

/** Asserts that the enforced sums of every key equal the model's, to the nano-dollar. */
export async function compareSums({ rig, model }: Pair): Promise<void> {
  for (const name of ['key0', 'key1'] as const) {
    const view = await rig.latchkey.keys.get(rig.call, { id: rig.keys[name].key.id })
    for (const each of LIMIT_WINDOWS) {
      const { amount, byok } = model.sum(name, each)
      expect({ name, each, amount: view.spend[each].amount, byok: view.spend[each].byokAmount }).toEqual({
        name,
        each,
        amount,
        byok,
      })
      const start = windowStart(each, model.now)
      const held = model.holds
        .filter(
          (hold) => hold.key === name && hold.state === 'open' && windowStart(each, hold.heldAt) === start,
        )
        .reduce((sum, hold) => sum + hold.amount, 0n)
      expect({ name, each, reserved: view.reserved[each] }).toEqual({ name, each, reserved: held })
    }
  }
}

async function boost(
  { rig, model }: Pair,
  { pick, boost }: Extract<Command, { do: 'boost' }>,
): Promise<void> {
  const { key, window } = picked(placesOf(model.limits), pick) ?? { key: 'key0', window: 'daily' }
  const raise = boost === null ? null : { amount: boost.amount, until: model.now + boost.forMs }
  const boosting = rig.latchkey.keys.boost(rig.call, { id: rig.keys[key].key.id }, { window, boost: raise })
  if (model.boost(key, window, raise)) await boosting
  else expect(await rejectionOf(boosting)).toMatchObject({ code: 'limit_missing' })
}

async function boostEnd(pair: Pair, { pick, beforeMs }: Extract<Command, { do: 'boostEnd' }>): Promise<void> {
  const { boosts, now } = pair.model
  const place = picked(placesOf(boosts), pick)
  const until = place && boosts[place.key][place.window]?.until
  if (until !== undefined && until - beforeMs > now) await moveClock(pair, until - beforeMs)
}

/** The keys and windows that have a value. */
function placesOf(has: Record<KeyName, { [W in LimitWindow]?: unknown }>) {
  return (['key0', 'key1'] as const).flatMap((key) =>
    LIMIT_WINDOWS.filter((window) => has[key][window] !== undefined).map((window) => ({ key, window })),
  )
}

function picked<T>(from: readonly T[], pick: number): T | undefined {
  return from[pick % Math.max(1, from.length)]
}

async function moveClock({ rig, model }: Pair, to: number): Promise<void> {
  rig.clock.advance(to - model.now)
  while ((await rig.latchkey.reservations.expireOverdue()) > 0);
  model.moveTo(rig.clock.now())
}

async function reserve(
  pair: Pair,
  { key: name, amount, ttlMs, chargedOnExpiry }: Extract<Command, { do: 'reserve' }>,
): Promise<void> {
  const { rig, model, holds } = pair
  const onExpiry = chargedOnExpiry ? ('settle' as const) : ('release' as const)
  const request = { key: { id: rig.keys[name].key.id }, amount, ttlMs, onExpiry, requestId: null }
  if (model.disabled[name]) {
    expect(await rejectionOf(rig.latchkey.reservations.reserve(rig.call, request))).toMatchObject({
      code: 'key_not_usable',
    })
    return
  }
  const outcome = await rig.latchkey.reservations.reserve(rig.call, request)
  const hold = model.reserve(name, amount, ttlMs, chargedOnExpiry)
  expect(outcome.taken).toBe(hold !== null)
  if (hold !== null && outcome.taken && outcome.reservation !== null) {
    holds.push({ id: outcome.reservation.id, hold })
  }
}

async function settle(pair: Pair, { pick, amount, byok }: Extract<Command, { do: 'settle' }>): Promise<void> {
  const chosen = picked(pair.holds, pick)
  if (chosen === undefined) return
  const { rig, model } = pair
  const order = { cost: { amount, byokAmount: byok }, meta: {} }
  const settling = rig.latchkey.reservations.settle(rig.call, chosen.id, order)
  const { state } = chosen.hold
  const { settled } = chosen.hold
  const again = settled !== null && settled.amount === amount && settled.byok === byok
  if (state === 'released' || (state === 'settled' && !again)) {
    expect(await rejectionOf(settling)).toMatchObject({ code: 'reservation_resolved' })
    return
  }
  const { settlement } = (await settling).reservation
  if (state === 'settled') return
  const { released, overdraft } = model.settle(chosen.hold, amount, byok)
  expect(settlement).toMatchObject({ released, overdraft, late: state === 'expired' })
}

async function extend(
  pair: Pair,
  { pick, amount, ttlMs }: Extract<Command, { do: 'extend' }>,
): Promise<void> {
  const chosen = picked(pair.holds, pick)
  if (chosen === undefined) return
  const { rig, model } = pair
  const extending = rig.latchkey.reservations.extend(rig.call, chosen.id, { amount, ttlMs })
  const expected = model.extend(chosen.hold, amount, ttlMs)
  if (expected !== 'extended' && expected !== 'no room') {
    expect(await rejectionOf(extending)).toMatchObject({ code: expected })
    return
  }
  const outcome = await extending
  expect(outcome.taken).toBe(expected === 'extended')
  if (outcome.taken) {
    const { amount: held, expiresAt } = chosen.hold
    expect(outcome.reservation).toMatchObject({ amount: held, expiresAt, state: 'open' })
  }
}

/** The same id may come twice: then the result is the first correction, or a conflict. */
async function correct(pair: Pair, { pick, amount, id }: Extract<Command, { do: 'correct' }>): Promise<void> {
  const { rig, model, corrections } = pair
  const event = picked(
    model.spent.filter((each) => each.id !== null && !each.id.startsWith('anonymous')),
    pick,
  )
  if (event === undefined || event.id === null) return
  const keyId = rig.keys[event.key].key.id
  const order = { id: `c${id}`, keyId, eventId: event.id, amount, byokAmount: null, reason: 'a mistake' }
  const correcting = rig.latchkey.correct(rig.call, order)
  const name = `${keyId} ${id}`
  const before = corrections.get(name)
  if (before !== undefined) {
    const isSame =
      before.eventId === event.id && (amount === null || (amount === before.amount && before.byok === 0n))
    if (!isSame) expect(await rejectionOf(correcting)).toMatchObject({ code: 'correction_conflict' })
    else expect(await correcting).toMatchObject({ replayed: true, correction: { amount: before.amount } })
    return
  }
  const taken = model.correct(event, amount)
  if (taken === null) {
    expect(await rejectionOf(correcting)).toMatchObject({ code: 'correction_exceeds' })
    return
  }
  const { correction, replayed } = await correcting
  expect([correction.amount, correction.byokAmount, replayed]).toEqual([taken.amount, taken.byok, false])
  corrections.set(name, { eventId: event.id, ...taken })
}

async function release(pair: Pair, { pick }: Extract<Command, { do: 'release' }>): Promise<void> {
  const chosen = picked(pair.holds, pick)
  if (chosen === undefined) return
  const releasing = pair.rig.latchkey.reservations.release(pair.rig.call, chosen.id)
  if (chosen.hold.state === 'settled') {
    expect(await rejectionOf(releasing)).toMatchObject({ code: 'reservation_resolved' })
    return
  }
  if (chosen.hold.state === 'open') chosen.hold.state = 'released'
  expect((await releasing).state).toBe(chosen.hold.state)
}

async function verify(pair: Pair, step: Extract<Command, { do: 'charge' | 'verify' }>): Promise<void> {
  const { rig, model } = pair
  const { secret } = rig.keys[step.key]
  // Calls that take money are judged by the stored limits, whatever a node has heard.
  if (step.do === 'verify') await rig.hear()
  const requestId = step.do === 'charge' && step.id !== null ? `c${step.id}-${step.amount}` : null
  const take =
    step.do === 'charge'
      ? { take: { kind: 'charge' as const, amount: step.amount, requestId, caller: null } }
      : {}
  const verdict = await rig.latchkey.verify({ secret, ...take })
  if (model.disabled[step.key]) {
    expect(verdict.code).toBe('DISABLED')
    return
  }
  const unique = `anonymous ${model.spent.length} ${model.eventIds.size}`
  const passes =
    step.do === 'verify' ? model.isOpen(step.key) : model.charge(step.key, requestId ?? unique, step.amount)
  expect(verdict.code).toBe(passes ? 'VALID' : 'BUDGET_EXCEEDED')
}

async function changeAllowance(
  rig: MoneyRig,
  scope: Scope,
  patch: { limits?: { [W in LimitWindow]?: bigint | null }; includeByokInLimit?: boolean },
): Promise<void> {
  const { latchkey, call } = rig
  if (scope === 'owner') await latchkey.users.update(call, rig.ownerId, { patch })
  else if (scope === 'workspace') await latchkey.workspaces.update(call, rig.workspaceId, { patch })
  else await latchkey.keys.update(call, { id: rig.keys[scope].key.id }, { patch })
}
