import { type RawBuilder, sql } from 'kysely'
import type { OwnKeys } from '../../../core/metering/reports.ts'
import type { NanoUsd } from '../../../core/money/money.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { exactSum, readExactSum } from '../ledger/exact-sums.ts'
import { isHomeOf } from '../people/sight.ts'
import { mayHideKeys } from './report-accounts.ts'

/**
 * See `ReportStore.usedOfAllTime`. A user has one row, unless some of its keys are to be left out; everything has one row per
 * workspace.
 */
export function usedOfAllTime(db: SqlDatabase, of: OwnKeys | null): Promise<NanoUsd> {
  return snapshot(db, async (trx) => {
    const { rows } = await sql<Record<string, unknown>>`
      select ${exactSum(sql`amount`, 'amount', sql`amount_carry`)} from ${await sumsOf(db, trx, of)}`.execute(
      trx,
    )
    const [row] = rows
    return row === undefined ? 0n : readExactSum(row, 'amount')
  })
}

async function sumsOf(db: SqlDatabase, trx: Trx, of: OwnKeys | null): Promise<RawBuilder<unknown>> {
  const ofAllTime = sql`win = 'total' and start = 0 and ${db.inTime(sql`start`)}`
  if (of === null) return sql`account_spend where kind = 'workspace' and ${ofAllTime}`
  const { ownerId, memberId } = of
  if (memberId === undefined || !(await mayHideKeys(trx, { ownerId, memberId })))
    return sql`account_spend where kind = 'user' and account_id = ${ownerId} and ${ofAllTime}`
  return sql`key_totals where owner_id = ${ownerId} and ${isHomeOf(sql.ref('workspace_id'), memberId)}
    and ${db.inTime(sql`key_id`)}`
}
