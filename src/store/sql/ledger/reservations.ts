import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Instant } from '../../../core/ground/clock.ts'
import type { Page } from '../../../core/ground/page.ts'
import type {
  Hold,
  OnExpiry,
  Reservation,
  ReservationId,
  ReservationState,
} from '../../../core/ledger/entries.ts'
import type { ReservationQuery } from '../../../core/metering/reports.ts'
import type { KeyId, UserId } from '../../../core/types.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { isBehind, type Order, pageOf } from '../base/pages.ts'
import { integer } from '../base/rows.ts'
import type { ReservationTable } from '../base/tables.ts'
import { isHomeOf } from '../people/sight.ts'
import { type ActorColumn, readHold, readReservation } from './ledger-rows.ts'
import { HOLD_COLUMNS, type HoldRow, IS_OPEN } from './spend.ts'

/** See `LedgerStore.findReservation`. */
export async function findReservation(
  db: SqlDatabase,
  by: { id: ReservationId; ownerId?: UserId } | { keyId: KeyId; requestId: string },
): Promise<Reservation | null> {
  const reservations = db.reader
    .selectFrom('reservations')
    .leftJoin('key_totals as actor', 'actor.key_id', 'reservations.resolved_by')
    .selectAll('reservations')
    .select('actor.owner_id as actor_id')
  const found =
    'id' in by
      ? reservations
          .where('id', '=', by.id)
          .$if(by.ownerId !== undefined, (own) => own.where('reservations.owner_id', '=', by.ownerId ?? ''))
      : reservations
          .where('reservations.key_id', '=', by.keyId)
          .where('request_id', '=', by.requestId)
          .where('request_id', 'is not', null)
  const row = await found.executeTakeFirst()
  return row === undefined ? null : readReservation(row)
}

const NEWEST: Order = { value: 'held_at', id: 'id', direction: 'desc' }
const OLDEST: Order = { ...NEWEST, direction: 'asc' }

/** See `LedgerStore.listReservations`. */
export function listReservations(db: SqlDatabase, query: ReservationQuery): Promise<Page<Reservation>> {
  return snapshot(db, (trx) => reservationPage(db, trx, query))
}

async function reservationPage(
  db: SqlDatabase,
  trx: Trx,
  query: ReservationQuery,
): Promise<Page<Reservation>> {
  const { limit } = query
  const inTime = db.inTime(sql`reservations.held_at`)
  const stretches = stretchesOf(query).map(
    (stretch) => sql`
      select * from (
        select * from reservations where ${sql.join([...stretch, ...placeOf(query), inTime], sql` and `)}
        order by held_at desc, id desc limit ${BigInt(limit + 1)}
      ) as stretch`,
  )
  const { rows } = await sql<Selectable<ReservationTable> & ActorColumn>`
    select merged.*, actor.owner_id as actor_id
    from (${sql.join(stretches, sql` union all `)}) as merged
    left join key_totals as actor on actor.key_id = merged.resolved_by
    order by merged.held_at desc, merged.id desc limit ${BigInt(limit + 1)}`.execute(trx)
  return pageOf(rows, limit, {
    record: readReservation,
    cursor: (row) => ({ value: Number(row.held_at), id: row.id }),
  })
}

const STATES = ['open', 'settled', 'released', 'expired'] as const satisfies readonly ReservationState[]

/** The ranges of the index, one per stored state, that contain the requested reservations. An expired one does not count as open. */
function stretchesOf({ state, at }: ReservationQuery): RawBuilder<unknown>[][] {
  const stored = (name: ReservationState) => sql`reservations.state = ${name}`
  const ranOut = (onExpiry: OnExpiry) => [
    stored('open'),
    sql`reservations.expires_at <= ${integer(at)}`,
    sql`reservations.on_expiry = ${onExpiry}`,
  ]
  if (state === undefined) return STATES.map((name) => [stored(name)])
  switch (state) {
    case 'open':
      return [[stored('open'), sql`reservations.expires_at > ${integer(at)}`]]
    case 'expired':
      return [[stored('expired')], ranOut('release')]
    case 'settled':
      return [[stored('settled')], ranOut('settle')]
    case 'released':
      return [[stored('released')]]
  }
}

function placeOf({ keyId, ownerId, memberId, after }: ReservationQuery): RawBuilder<unknown>[] {
  const place: RawBuilder<unknown>[] = []
  if (keyId !== undefined) place.push(sql`key_id = ${keyId}`)
  if (ownerId !== undefined) place.push(sql`owner_id = ${ownerId}`)
  if (memberId !== undefined) place.push(isHomeOf(sql.ref('reservations.workspace_id'), memberId))
  if (after !== undefined) place.push(isBehind(NEWEST, after))
  return place
}

/**
 * The open reservations in the order of their expiry, so that a read of some of them reads no others. SQLite has to be told: it prefers an
 * equal state to a range of times, and then reads and sorts every open reservation there is.
 */
function byExpiry(db: SqlDatabase): RawBuilder<unknown> {
  return sql`from ${db.readBy('reservations', 'reservations_run_out')} where ${IS_OPEN}`
}

/** See `LedgerStore.countOpen`. */
export async function countOpen(db: SqlDatabase, at: Instant, most: number): Promise<number> {
  const { rows } = await sql<{ open: bigint }>`
    select count(*) as open from (
      select 1 ${byExpiry(db)} and expires_at > ${integer(at)} order by expires_at limit ${BigInt(most)}
    ) as counted`.execute(db.reader)
  return Number(rows[0]?.open ?? 0)
}

/** See `LedgerStore.findRunOut`. */
export async function findRunOut(db: SqlDatabase, at: Instant, limit: number): Promise<Hold[]> {
  const { rows } = await sql<HoldRow>`
    select ${sql.join(HOLD_COLUMNS.map((name) => sql.ref(name)))} ${byExpiry(db)}
      and expires_at <= ${integer(at)} order by expires_at, id limit ${BigInt(limit)}`.execute(db.reader)
  return rows.map(readHold)
}

/** See `LedgerStore.findHeldAfter`. */
export async function findHeldAfter(
  db: SqlDatabase,
  { at, limit, last }: { at: Instant; limit: number; last: Pick<Hold, 'heldAt' | 'id'> | undefined },
): Promise<Hold[]> {
  const rows = await db.reader
    .selectFrom('reservations')
    .select(HOLD_COLUMNS)
    .where(IS_OPEN)
    .where('held_at', '>', integer(at))
    .$if(last !== undefined, (behind) =>
      behind.where(isBehind(OLDEST, { value: last?.heldAt ?? 0, id: last?.id ?? '' })),
    )
    .orderBy('held_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(readHold)
}
