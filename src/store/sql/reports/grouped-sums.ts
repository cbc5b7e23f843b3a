import { type RawBuilder, sql } from 'kysely'
import type { UsageReportQuery, UsageReportRow } from '../../../core/metering/reports.ts'
import { windowEnd } from '../../../core/money/windows.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { readExactSum, SUMS } from '../ledger/exact-sums.ts'
import { hourEnd, type SumWindow, sumStart } from '../ledger/sums.ts'
import { addedUp } from './added-up.ts'
import { accountsOf } from './report-accounts.ts'

const WINDOWS = { hour: 'hourly', day: 'daily', week: 'weekly', month: 'monthly' } as const satisfies Record<
  UsageReportQuery['interval'],
  SumWindow
>

/** The sums by interval and group, at most one row more than is allowed. */
export async function groupedRows(
  db: SqlDatabase,
  trx: Trx,
  query: UsageReportQuery,
): Promise<UsageReportRow[]> {
  const accounts = await accountsOf(db, trx, {
    query,
    table: 'spend',
    which: (sums) => inInterval(query, sums),
  })
  const { sums, groups } = accounts
  const by = [['start', sql`${sums}.start`] as const, ...groups.map(groupColumn)]
  const rows = await addedUp<ReportRow>(db, trx, { accounts, by, sums: SUMS, ...boundsOf(query) })
  return rows.map(readRow)
}

/** The bounds of a report. */
export function boundsOf({ rowsMax, sumsMax }: Pick<UsageReportQuery, 'rowsMax' | 'sumsMax'>) {
  return { rowsMax, sumsMax }
}

/** The conditions for stored sums of the report's own interval and time. */
export function inInterval(query: UsageReportQuery, sums: RawBuilder<unknown>): RawBuilder<unknown>[] {
  return [sql`${sums}.win = ${sql.lit(WINDOWS[query.interval])}`, ...timesOf(query, sums)]
}

/** From the start of the interval that contains `from`; an interval that begins before `to` is complete. */
export function timesOf(query: UsageReportQuery, sums: RawBuilder<unknown>): RawBuilder<unknown>[] {
  const { from, to, interval } = query
  const win = WINDOWS[interval]
  const last = sumStart(win, to - 1)
  const end = win === 'hourly' ? hourEnd(last) : (windowEnd(win, last) ?? to)
  return [sql`${sums}.start >= ${integer(sumStart(win, from))}`, sql`${sums}.start < ${integer(end)}`]
}

/** A row as it is read, with columns `group_0` and so on for the values by which rows are grouped. */
export interface ReportRow extends Record<string, unknown> {
  start: bigint
}

/** The column of one value by which rows are grouped, by its place. */
export function groupColumn(value: RawBuilder<unknown>, place: number) {
  return [groupName(place), value] as const
}

function groupName(place: number): string {
  return `group_${place}`
}

/** The report row of a row that was read. */
export function readRow(row: ReportRow): UsageReportRow {
  const groups: (string | null)[] = []
  for (let place = 0; groupName(place) in row; place++) groups.push(row[groupName(place)] as string | null)
  return {
    start: Number(row.start),
    groups,
    amount: readExactSum(row, 'amount'),
    byokAmount: readExactSum(row, 'byok_amount'),
    requests: Number(readExactSum(row, 'requests')),
    corrected: readExactSum(row, 'corrected'),
    byokCorrected: readExactSum(row, 'byok_corrected'),
  }
}
