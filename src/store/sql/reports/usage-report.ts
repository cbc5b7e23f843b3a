import type { UsageReportQuery, UsageReportRow } from '../../../core/metering/reports.ts'
import { type SqlDatabase, snapshot } from '../base/database.ts'
import { requireManager } from '../people/sight.ts'
import { tooMany } from './added-up.ts'
import { groupedRows } from './grouped-sums.ts'
import { metaRows } from './meta-report.ts'

/** See `ReportStore.usageReport`. It adds up sums, not events: those by which limits are enforced, and those by the hour. */
export function usageReport(db: SqlDatabase, query: UsageReportQuery): Promise<UsageReportRow[]> {
  return snapshot(db, async (trx) => {
    await requireManager(trx, query)
    const { groupBy, rowsMax } = query
    const place = groupBy.findIndex(({ kind }) => kind === 'meta')
    const rows = place < 0 ? await groupedRows(db, trx, query) : await metaRows(db, trx, { query, place })
    if (rows.length > rowsMax) throw tooMany(rowsMax, 'rows')
    return rows
  })
}
