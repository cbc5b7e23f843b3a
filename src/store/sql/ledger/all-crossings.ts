import { type RawBuilder, type Selectable, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import { inputFault } from '../../../core/ground/faults.ts'
import type { Cursor, Page } from '../../../core/ground/page.ts'
import type { ThresholdCrossing } from '../../../core/ledger/entries.ts'
import type { CrossingQuery } from '../../../core/metering/reports.ts'
import { THRESHOLDS } from '../../../core/money/thresholds.ts'
import { LIMIT_WINDOWS } from '../../../core/money/windows.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { positionOf } from '../base/pages.ts'
import { integer } from '../base/rows.ts'
import type { CrossingTable } from '../base/tables.ts'
import { isHomeOf } from '../people/members.ts'
import { readCrossing } from './ledger-rows.ts'

type Row = Selectable<CrossingTable>

const COLUMNS = sql`at, kind, account_id, win, start, percent`

/** See `ReportStore.listAllCrossings`. */
export function listAllCrossings(db: SqlDatabase, query: CrossingQuery): Promise<Page<ThresholdCrossing>> {
  return snapshot(db, async (trx) => {
    const { limit, ownerId } = query
    const walked = sql`from crossings where ${placeOf(query)} and ${db.inTime(sql`at`)} order by ${COLUMNS}`
    const asked = sql`limit ${BigInt(limit + 1)}`
    // Most crossings belong to others than the user, so only this many are read; then the page ends, however few it has.
    const own = sql`select * from (select ${COLUMNS} ${walked} limit ${BigInt(MAX.listRowsRead)}) as looked
      where ${seenBy(query)} order by ${COLUMNS} ${asked}`
    const page = ownerId === undefined ? sql<Row>`select ${COLUMNS} ${walked} ${asked}` : sql<Row>`${own}`
    const { rows } = await page.execute(trx)
    const last = rows[limit - 1]
    if (rows.length > limit && last !== undefined)
      return { rows: rows.slice(0, limit).map(readCrossing), next: cursorOf(last) }
    const end = ownerId === undefined ? undefined : await rowAt(trx, walked, MAX.listRowsRead - 1)
    return { rows: rows.map(readCrossing), next: end === undefined ? null : cursorOf(end) }
  })
}

async function rowAt(trx: Trx, walked: RawBuilder<unknown>, offset: number): Promise<Row | undefined> {
  const { rows } = await sql<Row>`select ${COLUMNS} ${walked} limit 1 offset ${BigInt(offset)}`.execute(trx)
  return rows[0]
}

function placeOf({ since, percent, after }: CrossingQuery): RawBuilder<unknown> {
  const conditions = [
    ...(percent === undefined ? [] : [sql`percent = ${integer(percent)}`]),
    ...(since === undefined ? [] : [sql`at >= ${integer(since)}`]),
    ...(after === undefined ? [] : [sql`(${COLUMNS}) > (${placesOf(after)})`]),
  ]
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `)
}

function seenBy({ ownerId, memberId }: CrossingQuery): RawBuilder<unknown> {
  if (ownerId === undefined) return sql`true`
  const home = memberId === undefined ? sql`true` : isHomeOf(sql.ref('keys.workspace_id'), memberId)
  return sql`(kind = 'user' and account_id = ${ownerId} or kind = 'key' and exists (
    select 1 from keys where keys.id = account_id and keys.owner_id = ${ownerId} and ${home}))`
}

const PLACE = new RegExp(
  `^(key|user|workspace) (\\S+) (${LIMIT_WINDOWS.join('|')}) (\\d{1,15}) (${THRESHOLDS.join('|')})$`,
)

/** The cursor of a row: its time, and the columns that distinguish it from others of the same time. */
function cursorOf({ at, kind, account_id, win, start, percent }: Row): Cursor {
  return { value: Number(at), id: `${kind} ${account_id} ${win} ${start} ${percent}` }
}

function placesOf(cursor: Cursor): RawBuilder<unknown> {
  const [, kind, account, win, start = '', percent = ''] = PLACE.exec(cursor.id) ?? []
  if (kind === undefined) throw inputFault(['cursor'], 'The cursor does not come from a page of this list.')
  const number = (value: bigint) => sql`cast(${value} as bigint)`
  return sql`${number(positionOf(cursor))}, ${kind}, ${account}, ${win}, ${number(BigInt(start))}, ${number(BigInt(percent))}`
}
