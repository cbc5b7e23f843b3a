import assert from 'node:assert/strict'
import {
  DEFAULT_WORKSPACE,
  eventOf,
  idOf,
  NOON,
  ROOT_USER,
  readAccount,
} from '../../../test/support/records.ts'
import type { Caller } from '../../core/ground/turns.ts'
import type {
  AccountId,
  Extension,
  Hold,
  LedgerEntry,
  Reservation,
  ReservationId,
  ReservationState,
  Resolution,
  Settlement,
  UsageEvent,
} from '../../core/ledger/entries.ts'
import type { Spend } from '../../core/money/spend.ts'
import { LIMIT_WINDOWS, type LimitWindow } from '../../core/money/windows.ts'
import type { KeyId } from '../../core/types.ts'
import type { Store } from '../store.ts'

// Builders of entries for the tests of the ledger, in addition to `test/support/records.ts`.

/** One kind of entry of the ledger. */
export type EntryOf<Kind extends LedgerEntry['kind']> = Extract<LedgerEntry, { kind: Kind }>

/** The n-th reservation, for a key of the root user, held at noon for ten minutes. */
export function reservationNumber(keyId: KeyId, n: number, members: Partial<Reservation> = {}): Reservation {
  return {
    id: idOf<ReservationId>(n),
    keyId,
    ownerId: ROOT_USER,
    workspaceId: DEFAULT_WORKSPACE,
    amount: 5n,
    heldAt: NOON,
    expiresAt: NOON + 600_000,
    onExpiry: 'release',
    requestId: null,
    firstAmount: members.amount ?? 5n,
    state: 'open',
    resolvedAt: null,
    resolvedBy: null,
    settlement: null,
    ...members,
  }
}

/** The entry of a hold. */
export function held(reservation: Reservation): EntryOf<'hold'> {
  return { kind: 'hold', reservation }
}

/** The entry of an event. */
export function used(event: UsageEvent): EntryOf<'event'> {
  return { kind: 'event', event }
}

/** A settlement with default values. */
export function settlementOf(members: Partial<Settlement> = {}): Settlement {
  return { amount: 3n, byokAmount: 0n, meta: {}, released: 2n, overdraft: 0n, late: false, ...members }
}

/** The entry that changes an open reservation from what is given to what `to` names. */
export function extended(hold: Reservation, to: Partial<Extension>): EntryOf<'extension'> {
  const { id, keyId, ownerId, workspaceId, heldAt, onExpiry, amount, expiresAt } = hold
  const from = { amount, expiresAt }
  const extension = { id, keyId, ownerId, workspaceId, heldAt, onExpiry, amount, expiresAt, from, ...to }
  return { kind: 'extension', extension }
}

/** The entry that ends a reservation: with an event if it is settled, otherwise without one. */
export function ended(
  { id, keyId, ownerId, workspaceId, amount: fromAmount, heldAt }: Hold,
  state: Resolution['state'],
  order: {
    from?: ReservationState
    at?: number
    by?: Caller | null
    settlement?: Settlement
    event?: Partial<UsageEvent>
  } = {},
): EntryOf<'resolution'> {
  const { from = 'open', at = NOON + 1_000, by = null } = order
  const payer = { keyId, ownerId, workspaceId }
  const settlement = state === 'settled' ? (order.settlement ?? settlementOf()) : null
  const end = { from, fromAmount, state, resolvedAt: at, resolvedBy: by, settlement }
  const resolution: Resolution = { id, ...payer, ...end }
  if (settlement === null) return { kind: 'resolution', resolution }
  const { amount, byokAmount, meta } = settlement
  const event = eventOf(keyId, `reservation:${id}`, {
    ...payer,
    amount,
    byokAmount,
    meta,
    at: heldAt,
    recordedAt: at,
    reportedBy: by,
    ...order.event,
  })
  return { kind: 'resolution', resolution, event }
}

/** A reservation after its end. */
export function after(reservation: Reservation, { resolution }: EntryOf<'resolution'>): Reservation {
  const { state, resolvedAt, resolvedBy, settlement } = resolution
  return { ...reservation, state, resolvedAt, resolvedBy, settlement }
}

/** The account of a key. */
export function keyAccount(id: KeyId): AccountId {
  return { kind: 'key', id }
}

/** The account of the root user. */
export const ROOT_ACCOUNT: AccountId = { kind: 'user', id: ROOT_USER }
/** The account of the default workspace. */
export const WORKSPACE_ACCOUNT: AccountId = { kind: 'workspace', id: DEFAULT_WORKSPACE }

/** The amounts that an account has spent in the windows of an instant. */
export async function spendOf(store: Store, account: AccountId, at: number = NOON): Promise<Spend> {
  return (await readAccount(store, account, at)).spend
}

/** The amounts of a spend, shortest window first. */
export function amountsOf(spend: Spend): bigint[] {
  return LIMIT_WINDOWS.map((window) => spend[window].amount)
}

/** Every reservation of a store, newest first. */
export async function wholeList(store: Store): Promise<Reservation[]> {
  const rows: Reservation[] = []
  let page = await store.listReservations({ at: NOON, limit: 50 })
  for (;;) {
    rows.push(...page.rows)
    if (page.next === null) return rows
    page = await store.listReservations({ at: NOON, limit: 50, after: page.next })
  }
}

/** Everything visible of the ledger of some accounts, to show that a call changes nothing. */
export async function ledgerOf(store: Store, accounts: readonly AccountId[]): Promise<unknown> {
  const states = await Promise.all(
    accounts.map(async (account) => ({
      state: await readAccount(store, account, NOON),
      crossings: await store.listCrossings({ account, limit: 1_000 }),
    })),
  )
  const report = await store.usageReport({
    from: 0,
    to: NOON * 2,
    interval: 'hour',
    groupBy: [{ kind: 'meta', name: 'model' }],
    rowsMax: 10_000,
  })
  const days = { from: NOON - 31 * 86_400_000, to: NOON + 86_400_000 }
  const activity = await store.activityReport({ ...days, byWorkspace: true, rowsMax: 10_000 })
  return { states, report, activity, reservations: await wholeList(store) }
}

/** Asserts the held amounts, shortest window first. */
export function assertReserved(
  reserved: Record<LimitWindow, bigint> | undefined,
  expected: readonly bigint[],
): void {
  assert.deepEqual(reserved === undefined ? null : LIMIT_WINDOWS.map((window) => reserved[window]), expected)
}

/** A whole number from 0 to below a bound. */
export type Random = (below: number) => number

/** The same numbers every time; their quality does not matter here. */
export function numbers(seedNumber: number): Random {
  let state = seedNumber * 2_654_435_761
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return (state >>> 8) % below
  }
}

/** The hold of a reservation, without its other members. */
export function hold({ id, keyId, ownerId, workspaceId, amount, heldAt, expiresAt, onExpiry }: Hold): Hold {
  return { id, keyId, ownerId, workspaceId, amount, heldAt, expiresAt, onExpiry }
}
