import { sql } from 'kysely'
import type { AccountId, Reservation, ReservationState, Resolution } from '../../../core/ledger/entries.ts'
import { metaText } from '../../../core/ledger/meta.ts'
import { windowStart } from '../../../core/money/windows.ts'
import type { SqlDatabase } from '../base/database.ts'
import type { Cell, Step } from '../base/row-forms.ts'
import { rowStep, type StepRow } from '../base/row-steps.ts'
import { activitySteps } from './activity-steps.ts'
import { correctionSteps } from './correction-steps.ts'
import { byPlace, crossingRow, crossings, noteCrossings } from './crossings.ts'
import { addingTo, SUMS } from './exact-sums.ts'
import { metaSteps } from './meta-steps.ts'
import type { LedgerPlan, PlannedEvent } from './plan.ts'
import { type AccountAdded, addedBy, decimalOf, portionsOf, sumCells, totalOf } from './sums.ts'

/**
 * The steps that write a plan, in one order for all callers. They say how many rows they must change, so that they fail as a whole when a
 * stored row differs from the plan's assumption.
 */
export function stepsOf(
  db: SqlDatabase,
  { newReservations, extensions, ends, events, unseen, crossings, ...plan }: LedgerPlan,
): Step[] {
  const steps: Step[] = []
  if (newReservations.length > 0)
    steps.push(insertReservations(db, newReservations.map(reservationRow), newReservations.length))
  if (extensions.length > 0)
    steps.push(extendReservations(db, extensions.map(extensionRow), extensions.length))
  if (ends.length > 0) steps.push(endReservations(db, ends.map(endRow), ends.length))
  if (events.length === 0) return steps
  steps.push(insertEvents(db, events.map(eventRow), events.length), ...correctionSteps(db, plan))
  for (const portion of portionsOf(events)) steps.push(...sumSteps(db, portion, unseen))
  if (crossings.length > 0) steps.push(noteCrossings(db, crossings.map(crossingRow).sort(byPlace)))
  return steps
}

/** The steps that add events to every sum that they belong to. */
function sumSteps(
  db: SqlDatabase,
  events: readonly PlannedEvent[],
  unseen: ReadonlySet<PlannedEvent>,
): Step[] {
  const added = addedBy(events)
  const watched = events.filter((event) => unseen.has(event))
  const looked = watched.length === events.length ? added : addedBy(watched)
  return [
    addTotals(db, added.key.map(totalRow), added.key.length),
    ...KINDS.flatMap((kind) => windowSteps(db, kind, added[kind], looked[kind])),
    ...metaSteps(db, events),
    ...activitySteps(db, events),
  ]
}

/** Adds to the sums of one kind of account, and looks which limits they have reached where nobody has. */
function windowSteps(
  db: SqlDatabase,
  kind: AccountId['kind'],
  added: readonly AccountAdded[],
  looked: readonly AccountAdded[],
): Step[] {
  if (looked === added) return [addWindows[kind](db, added.flatMap(hourRows))]
  const add = addUnlooked[kind](db, added.flatMap(hourRows))
  return looked.length === 0 ? [add] : [add, lookForCrossings[kind](db, looked.flatMap(hourRows))]
}

const KINDS = ['key', 'user', 'workspace'] as const satisfies readonly AccountId['kind'][]

const END_COLUMNS = {
  state: 'text',
  resolved_at: 'integer',
  resolved_by: 'text',
  settled_amount: 'integer',
  settled_byok_amount: 'integer',
  settled_meta: 'text',
  released: 'integer',
  overdraft: 'integer',
  late: 'integer',
} as const

const RESERVATION_COLUMNS = {
  id: 'text',
  key_id: 'text',
  owner_id: 'text',
  workspace_id: 'text',
  amount: 'integer',
  held_at: 'integer',
  expires_at: 'integer',
  request_id: 'text',
  first_amount: 'integer',
  on_expiry: 'text',
  ...END_COLUMNS,
} as const

const insertReservations = rowStep(RESERVATION_COLUMNS, [
  ({ cell, cells, from }) => sql`
      insert into reservations (${columnsOf(RESERVATION_COLUMNS)}) select ${cells} ${from}
      where exists (select 1 from keys where keys.id = ${cell('key_id')})
      on conflict do nothing`,
])

function reservationRow({ settlement, ...reservation }: Reservation): Cell[] {
  const { id, keyId, ownerId, workspaceId, amount, heldAt, expiresAt } = reservation
  const { requestId, firstAmount, onExpiry, state, resolvedAt, resolvedBy } = reservation
  const hold = [id, keyId, ownerId, workspaceId, String(amount), heldAt, expiresAt]
  const end = endCells({ state, resolvedAt, resolvedBy, settlement })
  return [...hold, requestId, String(firstAmount), onExpiry, ...end]
}

type End = Pick<Reservation, 'state' | 'resolvedAt' | 'resolvedBy' | 'settlement'>

function endCells({ state, resolvedAt, resolvedBy, settlement }: End): Cell[] {
  const by = resolvedBy?.keyId ?? null
  if (settlement === null) return [state, resolvedAt, by, null, null, null, null, null, null]
  const { amount, byokAmount, meta, released, overdraft, late } = settlement
  return [
    state,
    resolvedAt,
    by,
    String(amount),
    String(byokAmount),
    metaText(meta),
    String(released),
    String(overdraft),
    late ? 1 : 0,
  ]
}

const endReservations = rowStep(
  {
    id: 'text',
    from_state: 'text',
    from_amount: 'integer',
    ran_out_at: 'integer',
    ...END_COLUMNS,
  },
  [
    ({ cell, from }) => sql`
    update reservations set
      state = ${cell('state')},
      resolved_at = ${cell('resolved_at')},
      resolved_by = ${cell('resolved_by')},
      settled_amount = ${cell('settled_amount')},
      settled_byok_amount = ${cell('settled_byok_amount')},
      settled_meta = ${cell('settled_meta')},
      released = ${cell('released')},
      overdraft = ${cell('overdraft')},
      late = ${cell('late')}
    ${from} where reservations.id = ${cell('id')} and reservations.state = ${cell('from_state')}
      and reservations.amount = ${cell('from_amount')}
      and (${cell('ran_out_at')} is null or reservations.expires_at = ${cell('ran_out_at')})`,
  ],
  { table: 'reservations', column: 'id' },
)

function endRow({ from, resolution }: { from: ReservationState; resolution: Resolution }): Cell[] {
  const { id, fromAmount, ranOutAt } = resolution
  // A reservation that the same plan extends has its new amount by then.
  return [id, from, String(fromAmount), ranOutAt ?? null, ...endCells(resolution)]
}

const extendReservations = rowStep(
  {
    id: 'text',
    from_amount: 'integer',
    from_expires_at: 'integer',
    amount: 'integer',
    expires_at: 'integer',
  },
  [
    ({ cell, from }) => sql`
    update reservations set amount = ${cell('amount')}, expires_at = ${cell('expires_at')}
    ${from} where reservations.id = ${cell('id')} and reservations.state = 'open'
      and reservations.amount = ${cell('from_amount')} and reservations.expires_at = ${cell('from_expires_at')}`,
  ],
  { table: 'reservations', column: 'id' },
)

function extensionRow({ id, from, amount, expiresAt }: LedgerPlan['extensions'][number]): Cell[] {
  return [id, String(from.amount), from.expiresAt, String(amount), expiresAt]
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
  owner_id: 'text',
  reported_by: 'text',
  corrects: 'text',
  reason: 'text',
} as const

const insertEvents = rowStep(EVENT_COLUMNS, [
  ({ cells, from }) => sql`
      insert into usage_events (${columnsOf(EVENT_COLUMNS)}) select ${cells} ${from} where true
      on conflict do nothing`,
])

function eventRow(event: PlannedEvent): Cell[] {
  const { keyId, id, amount, byokAmount, requests, at, recordedAt, meta, eventId, reason } = event
  const { ownerId, reportedBy } = event
  const money = [decimalOf(amount), decimalOf(byokAmount)]
  const source = [ownerId, reportedBy?.keyId ?? null, eventId ?? null, reason ?? null]
  return [keyId, id, ...money, requests, at, recordedAt, metaText(meta), ...source]
}

const SUM_COLUMNS = {
  amount: 'integer',
  byok_amount: 'integer',
  requests: 'integer',
  corrected: 'integer',
  byok_corrected: 'integer',
} as const

const addTotals = rowStep(
  { key_id: 'text', ...SUM_COLUMNS },
  [
    ({ cell, from }) => sql`
    update key_totals set ${addingTo('key_totals', SUMS, (name) => cell(name as (typeof SUMS)[number]))}
    ${from} where key_totals.key_id = ${cell('key_id')}`,
  ],
  { table: 'key_totals', column: 'key_id' },
)

function totalRow(account: AccountAdded): Cell[] {
  return [account.id, ...sumCells(totalOf(account))]
}

const HOUR_COLUMNS = {
  id: 'text',
  hourly: 'integer',
  daily: 'integer',
  weekly: 'integer',
  monthly: 'integer',
  ...SUM_COLUMNS,
  recorded_at: 'integer',
} as const
type HourRow = StepRow<keyof typeof HOUR_COLUMNS>

/** Adds to the sums of every window that contains an hour, and then records the thresholds that they have reached. */
const addWindows = {
  key: rowStep(HOUR_COLUMNS, [addToKeys, crossings('key')]),
  user: rowStep(HOUR_COLUMNS, [addToAccounts('user'), crossings('user')]),
  workspace: rowStep(HOUR_COLUMNS, [addToAccounts('workspace'), crossings('workspace')]),
}

/** The two parts of it. */
const addUnlooked = {
  key: rowStep(HOUR_COLUMNS, [addToKeys]),
  user: rowStep(HOUR_COLUMNS, [addToAccounts('user')]),
  workspace: rowStep(HOUR_COLUMNS, [addToAccounts('workspace')]),
}
const lookForCrossings = {
  key: rowStep(HOUR_COLUMNS, [crossings('key')]),
  user: rowStep(HOUR_COLUMNS, [crossings('user')]),
  workspace: rowStep(HOUR_COLUMNS, [crossings('workspace')]),
}

function addToKeys(row: HourRow) {
  const place = [row.cell('id'), sql`places.column1`, sql`places.column2`]
  // A key's total is in its row of `key_totals`.
  return sql`
    insert into spend (key_id, win, start, ${columnsOf(SUM_COLUMNS)})
    select ${sql.join([...place, ...sumsOf(row)])} ${row.spread(calendarPlaces(row))} where true ${row.groupBy(place)}
    on conflict (key_id, win, start) do update set ${addingExcluded('spend')}`
}

function addToAccounts(kind: 'user' | 'workspace') {
  return (row: HourRow) => {
    const place = [row.cell('id'), sql`places.column1`, sql`places.column2`]
    const places = [...calendarPlaces(row), { text: 'total', value: sql`0` }]
    return sql`
      insert into account_spend (kind, account_id, win, start, ${columnsOf(SUM_COLUMNS)})
      select ${sql.join([sql.lit(kind), ...place, ...sumsOf(row)])} ${row.spread(places)} where true ${row.groupBy(place)}
      on conflict (kind, account_id, win, start) do update set ${addingExcluded('account_spend')}`
  }
}

function calendarPlaces(row: HourRow) {
  return (['hourly', 'daily', 'weekly', 'monthly'] as const).map((text) => ({ text, value: row.cell(text) }))
}

function sumsOf(row: HourRow) {
  return SUMS.map((name) => row.sum(name))
}

function hourRows({ id, hours, recordedAt }: AccountAdded): Cell[][] {
  return [...hours].map(([hour, added]) => {
    const starts = [
      hour,
      windowStart('daily', hour),
      windowStart('weekly', hour),
      windowStart('monthly', hour),
    ]
    return [id, ...starts, ...sumCells(added), recordedAt]
  })
}

function addingExcluded(table: 'spend' | 'account_spend') {
  return addingTo(table, SUMS, (name) => sql.ref(`excluded.${name}`))
}

function columnsOf(columns: Record<string, unknown>) {
  return sql.join(Object.keys(columns).map((name) => sql.ref(name)))
}
