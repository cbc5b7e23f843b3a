import { type RawBuilder, type Selectable, sql } from 'kysely'
import { inputFault } from '../../../core/ground/faults.ts'
import type { Cursor, Page } from '../../../core/ground/page.ts'
import type { ThresholdCrossing } from '../../../core/ledger/entries.ts'
import type { CrossingQuery } from '../../../core/metering/reports.ts'
import { THRESHOLDS } from '../../../core/money/thresholds.ts'
import { LIMIT_WINDOWS } from '../../../core/money/windows.ts'
import type { UserId } from '../../../core/types.ts'
import type { KeyScope } from '../../verifications.ts'
import { type SqlDatabase, snapshot } from '../base/database.ts'
import { pageOf, positionOf } from '../base/pages.ts'
import { integer } from '../base/rows.ts'
import type { CrossingTable } from '../base/tables.ts'
import { scopeOf } from '../verifications/read.ts'
import { readCrossing } from './ledger-rows.ts'

type Row = Selectable<CrossingTable>

const COLUMNS = sql`at, kind, account_id, win, start, percent`

/** See `ReportStore.listAllCrossings`. */
export function listAllCrossings(db: SqlDatabase, query: CrossingQuery): Promise<Page<ThresholdCrossing>> {
  return snapshot(db, async (trx) => {
    const { limit, ownerId } = query
    const place = sql`${placeOf(query)} and ${db.inTime(sql`at`)}`
    const from =
      ownerId === undefined ? sql`from crossings where ${place}` : ownedBy(db, place, { ...query, ownerId })
    const { rows } =
      await sql<Row>`select ${COLUMNS} ${from} order by ${COLUMNS} limit ${BigInt(limit + 1)}`.execute(trx)
    return pageOf(rows, limit, { record: readCrossing, cursor: cursorOf })
  })
}

/** The crossings of a user and of its keys, found by these records, so that no page and no cursor depends on those of others. */
function ownedBy(
  db: SqlDatabase,
  place: RawBuilder<unknown>,
  scope: KeyScope & { ownerId: UserId },
): RawBuilder<unknown> {
  const ofKey = sql`crossings.kind = 'key' and crossings.account_id = keys.id`
  return sql`from (
    select ${COLUMNS} from keys ${db.besideEach(sql.table('crossings'), ofKey)}
      where ${sql.join([...scopeOf(scope), place], sql` and `)}
    union all
    select ${COLUMNS} from crossings where kind = 'user' and account_id = ${scope.ownerId} and ${place}) as own`
}

function placeOf({ since, percent, after }: CrossingQuery): RawBuilder<unknown> {
  const conditions = [
    ...(percent === undefined ? [] : [sql`percent = ${integer(percent)}`]),
    ...(since === undefined ? [] : [sql`at >= ${integer(since)}`]),
    ...(after === undefined ? [] : [sql`(${COLUMNS}) > (${placesOf(after)})`]),
  ]
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `)
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
