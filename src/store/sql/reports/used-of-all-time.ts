import { sql } from 'kysely'
import type { NanoUsd } from '../../../core/money/money.ts'
import type { UserId } from '../../../core/types.ts'
import { type SqlDatabase, snapshot } from '../base/database.ts'
import { exactSum, readExactSum } from '../ledger/exact-sums.ts'

/** See `ReportStore.usedOfAllTime`. A user has one row; everything has one row per workspace. */
export function usedOfAllTime(db: SqlDatabase, ownerId: UserId | null): Promise<NanoUsd> {
  const account =
    ownerId === null
      ? sql`kind = 'workspace' and win = 'total' and start = 0`
      : sql`kind = 'user' and account_id = ${ownerId} and win = 'total' and start = 0`
  return snapshot(db, async (trx) => {
    const { rows } = await sql<Record<string, unknown>>`
      select ${exactSum(sql`amount`, 'amount', sql`amount_carry`)} from account_spend
      where ${account} and ${db.inTime(sql`start`)}`.execute(trx)
    const [row] = rows
    return row === undefined ? 0n : readExactSum(row, 'amount')
  })
}
