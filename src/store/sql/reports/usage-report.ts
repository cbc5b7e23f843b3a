import { type RawBuilder, sql } from 'kysely'
import { DAY_MS, type Instant } from '../../../core/ground/clock.ts'
import type { UsageReportQuery, UsageReportRow } from '../../../core/metering/reports.ts'
import { windowEnd } from '../../../core/money/windows.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { readExactSum, SUMS } from '../ledger/exact-sums.ts'
import { hourEnd, type SumWindow, sumStart } from '../ledger/sums.ts'
import { addedUp, tooMany } from './added-up.ts'
import { accountsOf } from './report-accounts.ts'

const WINDOWS = { hour: 'hourly', day: 'daily', week: 'weekly', month: 'monthly' } as const satisfies Record<
  UsageReportQuery['interval'],
  SumWindow
>

/** See `ReportStore.usageReport`. Adds up sums, not events: those by which limits are enforced, and those by the hour. */
export function usageReport(db: SqlDatabase, query: UsageReportQuery): Promise<UsageReportRow[]> {
  return snapshot(db, async (trx) => {
    const { groupBy, rowsMax } = query
    const rows =
      groupBy.kind === 'meta'
        ? await metaRows(db, trx, { ...query, groupBy })
        : await groupedRows(db, trx, query)
    if (rows.length > rowsMax) throw tooMany(rowsMax, 'rows')
    return rows
  })
}

/** The sums by interval and group; at most one row more than is allowed. */
export async function groupedRows(
  db: SqlDatabase,
  trx: Trx,
  query: UsageReportQuery,
): Promise<UsageReportRow[]> {
  const win = WINDOWS[query.interval]
  const accounts = await accountsOf(db, trx, {
    query,
    table: 'spend',
    which: (sums) => [sql`${sums}.win = ${sql.lit(win)}`, ...timesOf(query, sums)],
  })
  const { sums, group } = accounts
  const by = [['start', sql`${sums}.start`] as const, ['grp', group] as const]
  const rows = await addedUp<ReportRow>(db, trx, { accounts, by, sums: SUMS, ...boundsOf(query) })
  return rows.map(readRow)
}

/** How much a report may be of. */
export function boundsOf({ rowsMax, sumsMax }: Pick<UsageReportQuery, 'rowsMax' | 'sumsMax'>) {
  return { rowsMax, sumsMax }
}

/**
 * The sums by what events carried under the name. Events that carried nothing are not written down by that: theirs is what
 * is left of the whole.
 */
async function metaRows(
  db: SqlDatabase,
  trx: Trx,
  query: UsageReportQuery & { groupBy: { name: string } },
): Promise<UsageReportRow[]> {
  const ungrouped: UsageReportQuery = { ...query, groupBy: { kind: 'none' } }
  const wholes = await groupedRows(db, trx, ungrouped)
  if (wholes.length === 0 || wholes.length > query.rowsMax) return wholes
  const accounts = await accountsOf(db, trx, {
    query: ungrouped,
    table: 'meta_spend',
    which: (sums) => [sql`${sums}.name = ${query.groupBy.name}`, ...timesOf(query, sums)],
  })
  const { start, months } = intervalOf(
    query,
    accounts.sums,
    wholes.map((row) => row.start),
  )
  const rows = await addedUp<ReportRow>(db, trx, {
    accounts: { ...accounts, tables: sql`${accounts.tables} ${months}` },
    by: [
      ['start', start],
      ['grp', sql`${accounts.sums}.value`],
    ],
    sums: SUMS,
    ...boundsOf(query),
  })
  const valued = Map.groupBy(rows.map(readRow), (row) => row.start)
  return wholes.flatMap((whole) => {
    const own = valued.get(whole.start) ?? []
    const rest = own.reduce(without, whole)
    const { amount, byokAmount, requests, corrected, byokCorrected } = rest
    const isNothing =
      [amount, byokAmount, corrected, byokCorrected].every((sum) => sum === 0n) && requests === 0
    return isNothing ? own : [...own, rest]
  })
}

const WEEK_MS = 7 * DAY_MS
// Weeks begin on Mondays, the first of which lay three days before 1970.
const MONDAY_MS = 3 * DAY_MS

/** The interval that an hour belongs to. Only months need a table: they are of different lengths. */
function intervalOf({ interval }: UsageReportQuery, sums: RawBuilder<unknown>, starts: readonly Instant[]) {
  const hour = sql`${sums}.start`
  switch (interval) {
    case 'hour':
      return { start: hour, months: sql`` }
    case 'day':
      return { start: sql`${hour} - ${remainder(hour, DAY_MS)}`, months: sql`` }
    case 'week':
      return {
        start: sql`${hour} - ${remainder(sql`(${hour} + ${sql.lit(MONDAY_MS)})`, WEEK_MS)}`,
        months: sql``,
      }
    case 'month': {
      const bounds = starts.map((start) => sql`(${sql.lit(start)}, ${sql.lit(windowEnd('monthly', start))})`)
      return {
        start: sql`months.column1`,
        months: sql`join (values ${sql.join(bounds)}) as months on ${hour} >= months.column1 and ${hour} < months.column2`,
      }
    }
  }
}

/** What is left of a division that rounds down, also before 1970, where the engines' own remainder is negative. */
function remainder(value: RawBuilder<unknown>, divisor: number): RawBuilder<unknown> {
  const by = sql.lit(divisor)
  return sql`(${value} % ${by} + ${by}) % ${by}`
}

/** From the start of the interval that `from` lies in; intervals that begin before `to` are whole. */
function timesOf(query: UsageReportQuery, sums: RawBuilder<unknown>): RawBuilder<unknown>[] {
  const { from, to, interval } = query
  const win = WINDOWS[interval]
  const last = sumStart(win, to - 1)
  const end = win === 'hourly' ? hourEnd(last) : (windowEnd(win, last) ?? to)
  return [sql`${sums}.start >= ${integer(sumStart(win, from))}`, sql`${sums}.start < ${integer(end)}`]
}

interface ReportRow extends Record<string, unknown> {
  start: bigint
  grp: string | null
}

function readRow(row: ReportRow): UsageReportRow {
  return {
    start: Number(row.start),
    group: row.grp,
    amount: readExactSum(row, 'amount'),
    byokAmount: readExactSum(row, 'byok_amount'),
    requests: Number(readExactSum(row, 'requests')),
    corrected: readExactSum(row, 'corrected'),
    byokCorrected: readExactSum(row, 'byok_corrected'),
  }
}

function without(whole: UsageReportRow, part: UsageReportRow): UsageReportRow {
  return {
    ...whole,
    amount: whole.amount - part.amount,
    byokAmount: whole.byokAmount - part.byokAmount,
    requests: whole.requests - part.requests,
    corrected: whole.corrected - part.corrected,
    byokCorrected: whole.byokCorrected - part.byokCorrected,
  }
}
