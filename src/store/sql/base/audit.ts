import { sql } from 'kysely'
import type { AuditEntry, AuditQuery, Denial } from '../../../core/access/audit-entry.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import type { Page } from '../../../core/ground/page.ts'
import { type SqlDatabase, transactLater } from './database.ts'
import { isBehind, type Order, pageOf } from './pages.ts'
import { auditRow, integer, readAudit } from './rows.ts'

/** See `AuditStore.recordDenials`. */
export async function recordDenials(db: SqlDatabase, denials: readonly Denial[]): Promise<void> {
  if (denials.length === 0) return
  const rows = denials.map(({ id, act, audit, count, lastAt }) => ({
    ...auditRow({ id, act, audit, revision: null }),
    count: integer(count),
    last_at: integer(lastAt),
  }))
  await transactLater(db, (trx) =>
    trx
      .insertInto('audit')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((row) => ({
          count: row.ref('excluded.count'),
          last_at: row.ref('excluded.last_at'),
        })),
      )
      .execute(),
  )
}

/** See `AuditStore.purgeAudit`. */
export async function purgeAudit(
  db: SqlDatabase,
  { outcome, before, limit }: { outcome: AuditEntry['outcome']; before: Instant; limit: number },
): Promise<number> {
  const { numDeletedRows } = await transactLater(db, (trx) =>
    trx
      .deleteFrom('audit')
      .where(
        sql<boolean>`id in (select id from audit where outcome = ${outcome} and at < ${integer(before)}
          order by at, id limit ${BigInt(limit)})`,
      )
      .executeTakeFirstOrThrow(),
  )
  return Number(numDeletedRows)
}

const NEWEST: Order = { value: 'at', id: 'id', direction: 'desc' }

/** See `AuditStore.listAudit`. */
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
