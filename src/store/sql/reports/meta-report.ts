import { type RawBuilder, sql } from 'kysely'
import { DAY_MS, type Instant } from '../../../core/ground/clock.ts'
import type { UsageReportQuery, UsageReportRow } from '../../../core/metering/reports.ts'
import { windowEnd } from '../../../core/money/windows.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { SUMS } from '../ledger/exact-sums.ts'
import { addedUp } from './added-up.ts'
import {
  boundsOf,
  groupColumn,
  groupedRows,
  inInterval,
  type ReportRow,
  readRow,
  timesOf,
} from './grouped-sums.ts'
import { accountsOf } from './report-accounts.ts'

/**
 * The sums by the values of the metadata name in this place of `groupBy`, and by its other groupings. Events without that name have no
 * such rows: they are the rest of the whole.
 */
export async function metaRows(
  db: SqlDatabase,
  trx: Trx,
  { query, place }: { query: UsageReportQuery; place: number },
): Promise<UsageReportRow[]> {
  // The report without the metadata: the same rows without the value in this place.
  const whole = { ...query, groupBy: query.groupBy.toSpliced(place, 1) }
  const wholes = await groupedRows(db, trx, whole)
  if (wholes.length === 0 || wholes.length > query.rowsMax) return wholes
  const valued = await valuedRows(db, trx, { query, place, whole, wholes })
  if (valued.length > query.rowsMax) return valued
  const parts = Map.groupBy(valued, (row) => placeName(row.start, row.groups.toSpliced(place, 1)))
  const rests = wholes.flatMap((row) => {
    const rest = (parts.get(placeName(row.start, row.groups)) ?? []).reduce(without, row)
    return isNothing(rest) ? [] : [{ ...rest, groups: row.groups.toSpliced(place, 0, null) }]
  })
  // The rest comes after all values of its interval, or of the group before it.
  const before = ({ start, groups }: UsageReportRow) => placeName(start, groups.slice(0, place))
  const restsBy = Map.groupBy(rests, before)
  const valuedBy = Map.groupBy(valued, before)
  const order = new Set(wholes.map(before))
  return [...order].flatMap((name) => [...(valuedBy.get(name) ?? []), ...(restsBy.get(name) ?? [])])
}

/** The sums by value, at most one row more than is allowed. */
async function valuedRows(
  db: SqlDatabase,
  trx: Trx,
  {
    query,
    place,
    whole,
    wholes,
  }: { query: UsageReportQuery; place: number; whole: UsageReportQuery; wholes: readonly UsageReportRow[] },
): Promise<UsageReportRow[]> {
  const grouping = query.groupBy[place]
  const name = grouping?.kind === 'meta' ? grouping.name : ''
  const accounts = await accountsOf(db, trx, {
    query: whole,
    table: 'meta_spend',
    which: (sums) => [sql`${sums}.name = ${name}`, ...timesOf(query, sums)],
    inTimeOf: (spend) => inInterval(query, spend),
  })
  const { start, months } = intervalOf(query, accounts.sums, [...new Set(wholes.map((row) => row.start))])
  const groups = accounts.groups.toSpliced(place, 0, sql`${accounts.sums}.value`)
  const rows = await addedUp<ReportRow>(db, trx, {
    accounts: { ...accounts, tables: sql`${accounts.tables} ${months}` },
    by: [['start', start], ...groups.map(groupColumn)],
    sums: SUMS,
    ...boundsOf(query),
  })
  return rows.map(readRow)
}

function placeName(start: Instant, groups: readonly (string | null)[]): string {
  return JSON.stringify([start, ...groups])
}

function isNothing({ amount, byokAmount, requests, corrected, byokCorrected }: UsageReportRow): boolean {
  return [amount, byokAmount, corrected, byokCorrected].every((sum) => sum === 0n) && requests === 0
}

const WEEK_MS = 7 * DAY_MS
// Weeks begin on Mondays; the last one before 1970 was three days before it.
const MONDAY_MS = 3 * DAY_MS

/** The interval to which an hour belongs. Only months need a table, because their lengths differ. */
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

/** The remainder of a division that rounds down, also before 1970, where the engines' own remainder is negative. */
function remainder(value: RawBuilder<unknown>, divisor: number): RawBuilder<unknown> {
  const by = sql.lit(divisor)
  return sql`(${value} % ${by} + ${by}) % ${by}`
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
