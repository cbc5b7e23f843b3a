import { type RawBuilder, sql } from 'kysely'
import type { Instant } from '../../../core/ground/clock.ts'
import { inputFault } from '../../../core/ground/faults.ts'
import type { UsageReportQuery, UsageReportRow } from '../../../core/metering/reports.ts'
import { windowEnd } from '../../../core/money/windows.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { exactSum, readExactSum } from '../ledger/exact-sums.ts'
import { hourEnd, type SumWindow, sumStart } from '../ledger/sums.ts'
import { accountsOf, type ReportAccounts } from './usage-report-accounts.ts'

const WINDOWS = { hour: 'hourly', day: 'daily', week: 'weekly', month: 'monthly' } as const satisfies Record<
  UsageReportQuery['interval'],
  SumWindow
>

/** See `LedgerStore.usageReport`. Adds up sums, not events: those by which limits are enforced, and those by the hour. */
export function usageReport(db: SqlDatabase, query: UsageReportQuery): Promise<UsageReportRow[]> {
  return snapshot(db, async (trx) => {
    const { groupBy } = query
    const rows =
      groupBy.kind === 'meta' ? await metaRows(trx, query, groupBy.name) : await groupedRows(trx, query)
    if (rows.length > query.rowsMax) {
      throw inputFault(
        'query:from',
        `The report has more than ${query.rowsMax} rows. Ask for less time or groups.`,
      )
    }
    return rows
  })
}

/** The sums by interval and group; at most one row more than is allowed. */
export async function groupedRows(trx: Trx, query: UsageReportQuery): Promise<UsageReportRow[]> {
  const { tables, conditions, sums, group } = await accountsOf(trx, query)
  const win = WINDOWS[query.interval]
  const { rows } = await sql<ReportRow>`
    select ${sums}.start as start, ${group} as grp, ${sumColumns(sums)}
    from ${tables}
    where ${sql.join([...conditions, sql`${sums}.win = ${sql.lit(win)}`, ...timesOf(query, sums)], sql` and `)}
    group by ${sums}.start, ${group} order by 1, ${group} is null, 2 limit ${BigInt(query.rowsMax + 1)}`.execute(
    trx,
  )
  return rows.map(readRow)
}

/**
 * The sums by what events carried under the name. Events that carried nothing are not written down by that: theirs is what
 * is left of the whole.
 */
async function metaRows(trx: Trx, query: UsageReportQuery, name: string): Promise<UsageReportRow[]> {
  const wholes = await groupedRows(trx, { ...query, groupBy: { kind: 'none' } })
  if (wholes.length === 0 || wholes.length > query.rowsMax) return wholes
  const accounts = await accountsOf(trx, { ...query, groupBy: { kind: 'none' } }, 'meta_spend')
  const { rows } = await valuedRows({
    accounts,
    query,
    name,
    starts: wholes.map((row) => row.start),
  }).execute(trx)
  const valued = Map.groupBy(rows.map(readRow), (row) => row.start)
  return wholes.flatMap((whole) => {
    const own = valued.get(whole.start) ?? []
    const rest = own.reduce(without, whole)
    const isNothing = rest.amount === 0n && rest.byokAmount === 0n && rest.requests === 0
    return isNothing ? own : [...own, rest]
  })
}

function valuedRows(report: {
  accounts: ReportAccounts
  query: UsageReportQuery
  name: string
  starts: readonly Instant[]
}): RawBuilder<ReportRow> {
  const { accounts, query, name, starts } = report
  const { tables, conditions, sums } = accounts
  const { start, months } = intervalOf(query, sums, starts)
  const named = sql`${sums}.name = ${name}`
  return sql`
    select ${start} as start, ${sums}.value as grp, ${sumColumns(sums)}
    from ${tables} ${months}
    where ${sql.join([...conditions, named, ...timesOf(query, sums)], sql` and `)}
    group by ${start}, ${sums}.value order by 1, 2 limit ${BigInt(query.rowsMax + 1)}`
}

const DAY_MS = 86_400_000
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

function sumColumns(sums: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql.join(SUMS.map((name) => exactSum(sql`${sums}.${sql.ref(name)}`, name)))
}

const SUMS = ['amount', 'byok_amount', 'requests'] as const

function readRow(row: ReportRow): UsageReportRow {
  return {
    start: Number(row.start),
    group: row.grp,
    amount: readExactSum(row, 'amount'),
    byokAmount: readExactSum(row, 'byok_amount'),
    requests: Number(readExactSum(row, 'requests')),
  }
}

function without(whole: UsageReportRow, part: UsageReportRow): UsageReportRow {
  return {
    ...whole,
    amount: whole.amount - part.amount,
    byokAmount: whole.byokAmount - part.byokAmount,
    requests: whole.requests - part.requests,
  }
}
