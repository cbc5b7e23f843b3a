import { type Selectable, sql } from 'kysely'
import type { AuditEntry, AuditQuery, Denial } from '../../../core/access/audit-entry.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import type { Page } from '../../../core/ground/page.ts'
import { boundedPage } from './bounded-page.ts'
import { type SqlDatabase, snapshot, transactLater } from './database.ts'
import type { Order } from './pages.ts'
import { auditRow, integer, readAudit } from './rows.ts'
import type { AuditTable } from './tables.ts'

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
export function listAudit(db: SqlDatabase, query: AuditQuery): Promise<Page<AuditEntry>> {
  const { targetKind, targetId, actorUserId, requestId, action, outcome, from, to, after, limit } = query
  const wanted = {
    target_id: targetId,
    actor_user_id: actorUserId,
    request_id: requestId,
    action,
    target_kind: targetKind,
    outcome,
  }
  const equals = Object.entries(wanted).flatMap(([column, value]) =>
    value === undefined ? [] : [{ column, value }],
  )
  return snapshot(db, async (trx) => {
    const list = {
      table: 'audit',
      order: NEWEST,
      equals,
      from: from === undefined ? undefined : integer(from),
      to: to === undefined ? undefined : integer(to),
      after,
      limit,
    }
    const { rows, next } = await boundedPage<Selectable<AuditTable>>(db, trx, list)
    return { rows: rows.map(readAudit), next }
  })
}

/** See `AuditStore.findTargets`. */
export async function findTargets(
  db: SqlDatabase,
  { action, after, limit }: { action: string; after: Instant; limit: number },
): Promise<string[]> {
  const rows = await db.reader
    .selectFrom('audit')
    .select('target_id')
    .where('action', '=', action)
    .where('at', '>', integer(after))
    // Only a change has one. The outcome would lead SQLite to the index of all changes.
    .where('revision', 'is not', null)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.flatMap(({ target_id }) => target_id ?? [])
}
