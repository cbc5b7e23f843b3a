import { type RawBuilder, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import { inputFault } from '../../../core/ground/faults.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { carryOf, exactSum, withCarries } from '../ledger/exact-sums.ts'
import type { ReportAccounts } from './report-accounts.ts'

/** The stored sums that a report adds up. */
export interface Addition {
  accounts: ReportAccounts
  /** The columns by which the rows are grouped, by name and in the order of the rows; null sorts last. */
  by: readonly (readonly [name: string, value: RawBuilder<unknown>])[]
  /** The columns that are added up; `readExactSum` reads the results. */
  sums: readonly string[]
  rowsMax: number
  sumsMax?: number | undefined
}

/**
 * Adds stored sums up; returns at most one row more than is allowed. The number of sums read is bounded as well; throws `input_invalid`
 * beyond that bound.
 */
export async function addedUp<Row extends Record<string, unknown>>(
  db: SqlDatabase,
  trx: Trx,
  { accounts, by, sums, rowsMax, sumsMax = MAX.reportSums }: Addition,
): Promise<Row[]> {
  const { tables, conditions, sums: table, isRowEach } = accounts
  // If each stored sum is a row of its own, no more are read than could be shown.
  const readMax = isRowEach ? Math.min(rowsMax, sumsMax) : sumsMax
  const read = [
    ...by.map(([name, value]) => sql`${value} as ${sql.ref(name)}`),
    ...withCarries(sums).map((name) => sql`${table}.${sql.ref(name)} as ${sql.ref(name)}`),
  ]
  const places = by.map(([name]) => sql.ref(`stored.${name}`))
  const added = sums.map((name) => {
    const carry = carryOf(name)
    return exactSum(sql.ref(`stored.${name}`), name, carry === null ? undefined : sql.ref(`stored.${carry}`))
  })
  const { rows } = await sql<Row & { count: bigint }>`
    select ${sql.join([...places, ...added])}, count(*) as count
    from (
      select ${sql.join(read)} from ${tables}
      where ${sql.join([...conditions, db.inTime(sql`${table}.start`)], sql` and `)}
      limit ${BigInt(readMax + 1)}
    ) as stored
    group by ${sql.join(places)}
    order by ${sql.join(places.map((place) => sql`${place} is null, ${place}`))}
    limit ${BigInt(rowsMax + 1)}`.execute(trx)
  const count = rows.reduce((sum, row) => sum + row.count, 0n)
  if (count > BigInt(readMax) && rows.length <= rowsMax) throw tooMany(readMax, 'stored sums to add up')
  return rows
}

/** The error for a report that exceeds a bound. */
export function tooMany(count: number, what: string): Error {
  const narrower = 'Ask for less time or groups, or for one key or workspace.'
  return inputFault(['from'], `The report has more than ${count} ${what}. ${narrower}`)
}
