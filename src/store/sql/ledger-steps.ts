import { sql } from 'kysely'
import type { Reservation, ReservationState, Resolution, UsageEvent } from '../ledger.ts'
import { crossingSteps } from './crossings.ts'
import type { SqlDatabase } from './database.ts'
import type { LedgerPlan } from './ledger-plan.ts'
import { type AccountAdded, type Added, addedBy, type SumWindow } from './ledger-sums.ts'
import { type Cell, rowStep, type Step } from './row-steps.ts'

/**
 * What writes a plan, in one order for all callers. The steps say how many rows they must change, so that they fail as a
 * whole when something is stored otherwise than the plan takes it. Throws `amount_out_of_range`.
 */
export function stepsOf(db: SqlDatabase, { newReservations, ends, events }: LedgerPlan): Step[] {
  const added = addedBy(events)
  const accounts = [...added.key, ...added.user, ...added.workspace]
  const totals = added.key.map(totalRow)
  const metas = accounts.flatMap(metaRows)
  const steps = [
    insertReservations(db, newReservations.map(reservationRow), newReservations.length),
    endReservations(db, ends.map(endRow), ends.length),
    insertEvents(db, events.map(eventRow), events.length),
    addTotals(db, totals, totals.length),
    addKeySpend(
      db,
      added.key.flatMap((account) => windowRows(account, KEY_WINDOWS).map(([, ...row]) => row)),
    ),
    addAccountSpend(
      db,
      [...added.user, ...added.workspace].flatMap((account) => windowRows(account, ACCOUNT_WINDOWS)),
    ),
    addMetaSpend(db, metas),
    ...crossingSteps(db, added),
  ]
  return steps.filter(({ rows }) => rows !== NO_ROWS)
}

const NO_ROWS = '[]'
/** A key's total stands with the key's other totals. */
const KEY_WINDOWS = ['hourly', 'daily', 'weekly', 'monthly'] as const satisfies readonly SumWindow[]
const ACCOUNT_WINDOWS = [...KEY_WINDOWS, 'total'] as const

const RESERVATION_COLUMNS = {
  id: 'text',
  key_id: 'text',
  owner_id: 'text',
  workspace_id: 'text',
  amount: 'integer',
  held_at: 'integer',
  expires_at: 'integer',
  request_id: 'text',
  state: 'text',
  resolved_at: 'integer',
  settled_amount: 'integer',
  settled_byok_amount: 'integer',
  settled_meta: 'text',
  released: 'integer',
  overdraft: 'integer',
  late: 'integer',
} as const

const insertReservations = rowStep(
  RESERVATION_COLUMNS,
  ({ cell, cells, from }) => sql`
    insert into reservations (${columnsOf(RESERVATION_COLUMNS)}) select ${cells} ${from}
    where exists (select 1 from keys where keys.id = ${cell('key_id')})
    on conflict do nothing`,
)

function reservationRow({ settlement, ...reservation }: Reservation): Cell[] {
  const { id, keyId, ownerId, workspaceId, amount, heldAt, expiresAt, requestId, state, resolvedAt } =
    reservation
  const ids = [id, keyId, ownerId, workspaceId]
  return [
    ...ids,
    String(amount),
    heldAt,
    expiresAt,
    requestId,
    ...endCells({ state, resolvedAt, settlement }),
  ]
}

type End = Pick<Reservation, 'state' | 'resolvedAt' | 'settlement'>

function endCells({ state, resolvedAt, settlement }: End): Cell[] {
  if (settlement === null) return [state, resolvedAt, null, null, null, null, null, null]
  const { amount, byokAmount, meta, released, overdraft, late } = settlement
  return [
    state,
    resolvedAt,
    String(amount),
    String(byokAmount),
    JSON.stringify(meta),
    String(released),
    String(overdraft),
    late ? 1 : 0,
  ]
}

const endReservations = rowStep(
  {
    id: 'text',
    from_state: 'text',
    state: 'text',
    resolved_at: 'integer',
    settled_amount: 'integer',
    settled_byok_amount: 'integer',
    settled_meta: 'text',
    released: 'integer',
    overdraft: 'integer',
    late: 'integer',
  },
  ({ cell, from }) => sql`
    update reservations set
      state = ${cell('state')},
      resolved_at = ${cell('resolved_at')},
      settled_amount = ${cell('settled_amount')},
      settled_byok_amount = ${cell('settled_byok_amount')},
      settled_meta = ${cell('settled_meta')},
      released = ${cell('released')},
      overdraft = ${cell('overdraft')},
      late = ${cell('late')}
    ${from} where reservations.id = ${cell('id')} and reservations.state = ${cell('from_state')}`,
  { table: 'reservations', column: 'id' },
)

function endRow({ from, resolution }: { from: ReservationState; resolution: Resolution }): Cell[] {
  return [resolution.id, from, ...endCells(resolution)]
}

const EVENT_COLUMNS = {
  key_id: 'text',
  id: 'text',
  amount: 'integer',
  byok_amount: 'integer',
  requests: 'integer',
  at: 'integer',
  recorded_at: 'integer',
  meta: 'text',
} as const

const insertEvents = rowStep(
  EVENT_COLUMNS,
  ({ cells, from }) => sql`
    insert into usage_events (${columnsOf(EVENT_COLUMNS)}) select ${cells} ${from} where true
    on conflict do nothing`,
)

function eventRow(event: UsageEvent): Cell[] {
  const { keyId, id, at, recordedAt, meta } = event
  return [keyId, id, ...sumCells(event), at, recordedAt, JSON.stringify(meta)]
}

const SUM_COLUMNS = { amount: 'integer', byok_amount: 'integer', requests: 'integer' } as const

const addTotals = rowStep(
  { key_id: 'text', ...SUM_COLUMNS },
  ({ cell, from }) => sql`
    update key_totals set
      amount = key_totals.amount + ${cell('amount')},
      byok_amount = key_totals.byok_amount + ${cell('byok_amount')},
      requests = key_totals.requests + ${cell('requests')}
    ${from} where key_totals.key_id = ${cell('key_id')}`,
  { table: 'key_totals', column: 'key_id' },
)

function totalRow({ id, windows }: AccountAdded): Cell[] {
  const total = windows.get('total')?.get(0)
  return [id, ...sumCells(total ?? { amount: 0n, byokAmount: 0n, requests: 0 })]
}

const addKeySpend = sumStep('spend', { key_id: 'text', win: 'text', start: 'integer' })
const addAccountSpend = sumStep('account_spend', {
  kind: 'text',
  account_id: 'text',
  win: 'text',
  start: 'integer',
})
const addMetaSpend = sumStep('meta_spend', {
  kind: 'text',
  account_id: 'text',
  name: 'text',
  start: 'integer',
  value: 'text',
})

/** Adds to the sums of a table by the columns of its primary key. */
function sumStep(table: 'spend' | 'account_spend' | 'meta_spend', place: Record<string, 'text' | 'integer'>) {
  const columns = { ...place, ...SUM_COLUMNS }
  const sums = Object.keys(SUM_COLUMNS).map(
    (name) => sql`${sql.ref(name)} = ${sql.ref(`${table}.${name}`)} + ${sql.ref(`excluded.${name}`)}`,
  )
  return rowStep(
    columns,
    ({ cells, from }) => sql`
      insert into ${sql.table(table)} (${columnsOf(columns)}) select ${cells} ${from} where true
      on conflict (${columnsOf(place)}) do update set ${sql.join(sums)}`,
  )
}

function columnsOf(columns: Record<string, unknown>) {
  return sql.join(Object.keys(columns).map((name) => sql.ref(name)))
}

function windowRows({ kind, id, windows }: AccountAdded, names: readonly SumWindow[]): Cell[][] {
  return names.flatMap((window) =>
    [...(windows.get(window) ?? [])].map(([start, added]) => [kind, id, window, start, ...sumCells(added)]),
  )
}

function metaRows({ kind, id, metas }: AccountAdded): Cell[][] {
  return [...metas].flatMap(([name, hours]) =>
    [...hours].flatMap(([start, values]) =>
      [...values].map(([value, added]) => [kind, id, name, start, value, ...sumCells(added)]),
    ),
  )
}

function sumCells({ amount, byokAmount, requests }: Added): Cell[] {
  return [String(amount), String(byokAmount), requests]
}
