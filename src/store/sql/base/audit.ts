import { v7 } from 'uuid'
import type { Act, AuditEntry, AuditQuery, AuditRecord } from '../../../core/access/audit-entry.ts'
import type { Page } from '../../../core/ground/page.ts'
import { type SqlDatabase, transactLater } from './database.ts'
import { isBehind, type Order, pageOf } from './pages.ts'
import { auditRow, integer, readAudit } from './rows.ts'

/** See `Store.recordDenied`. */
export async function recordDenied(
  db: SqlDatabase,
  { act, audit }: { act: Act; audit: AuditRecord },
): Promise<void> {
  const row = auditRow({ id: v7(), act, audit, revision: null })
  await transactLater(db, (trx) => trx.insertInto('audit').values(row).execute())
}

const NEWEST: Order = { value: 'at', id: 'id', direction: 'desc' }

/** See `Store.listAudit`. */
export async function listAudit(db: SqlDatabase, query: AuditQuery): Promise<Page<AuditEntry>> {
  const { targetKind, targetId, actorUserId, action, outcome, from, to, after, limit } = query
  let entries = db.reader.selectFrom('audit').selectAll()
  if (targetKind !== undefined) entries = entries.where('target_kind', '=', targetKind)
  if (targetId !== undefined) entries = entries.where('target_id', '=', targetId)
  if (actorUserId !== undefined) entries = entries.where('actor_user_id', '=', actorUserId)
  if (action !== undefined) entries = entries.where('action', '=', action)
  if (outcome !== undefined) entries = entries.where('outcome', '=', outcome)
  if (from !== undefined) entries = entries.where('at', '>=', integer(from))
  if (to !== undefined) entries = entries.where('at', '<', integer(to))
  if (after !== undefined) entries = entries.where(isBehind(NEWEST, after))
  const rows = await entries
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, { record: readAudit, cursor: (row) => ({ value: Number(row.at), id: row.id }) })
}
