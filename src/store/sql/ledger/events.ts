import { type SqlBool, sql } from 'kysely'
import type { Instant } from '../../../core/ground/clock.ts'
import { CORRECTION_EVENT_PREFIX, takenBackBy } from '../../../core/ledger/correcting.ts'
import type { Correction, EventName, Money, UsageEvent } from '../../../core/ledger/entries.ts'
import { metaObject, WrittenMeta } from '../../../core/ledger/meta.ts'
import type { KeyId } from '../../../core/types.ts'
import { type SqlDatabase, snapshot, transactLater } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { bulkStatement } from '../base/statement.ts'
import { readEvent } from './ledger-rows.ts'
import { nameOf } from './plan.ts'

/** See `LedgerStore.findEvent`. */
export async function findEvent(db: SqlDatabase, keyId: KeyId, id: string): Promise<UsageEvent | null> {
  const [event] = await findEvents(db, [{ keyId, id }])
  return event === undefined ? null : { ...event, meta: metaObject(event.meta) }
}

/** See `LedgerStore.findEvents`. */
export async function findEvents(db: SqlDatabase, names: readonly EventName[]): Promise<UsageEvent[]> {
  const once = new Map(names.map(({ keyId, id }) => [nameOf(keyId, id), { key_id: keyId, id }]))
  // Their metadata stays as it is written: they are many, and most are only compared.
  return snapshot(db, async (trx) =>
    (await eventRows(db, trx, [...once.values()])).map((row) => readEvent(row, WrittenMeta.from)),
  )
}

const eventRows = bulkStatement((trx, rows: { key_id: string; id: string }[]) =>
  trx
    .selectFrom('usage_events')
    .innerJoin('key_totals', 'key_totals.key_id', 'usage_events.key_id')
    .leftJoin('key_totals as reporter', 'reporter.key_id', 'usage_events.reported_by')
    .selectAll('usage_events')
    .select(['key_totals.workspace_id', 'reporter.owner_id as actor_id'])
    .select(
      sql<string>`coalesce(usage_events.owner_id, key_totals.first_owner_id, key_totals.owner_id)`.as(
        'paid_by',
      ),
    )
    .where(
      sql<SqlBool>`(usage_events.key_id, usage_events.id) in (values ${sql.join(rows.map((row) => sql`(${row.key_id}, ${row.id})`))})`,
    ),
)

/** See `LedgerStore.findCorrectable`. */
export async function findCorrectable(
  db: SqlDatabase,
  keyId: KeyId,
  id: string,
): Promise<{ event: UsageEvent; taken: Money } | null> {
  const row = await eventRow(db, keyId, id)
  if (row === null || row.corrects !== null) return null
  return { event: readEvent(row), taken: { amount: row.corrected, byokAmount: row.byok_corrected } }
}

/** See `LedgerStore.findCorrection`. */
export async function findCorrection(db: SqlDatabase, keyId: KeyId, id: string): Promise<Correction | null> {
  const row = await eventRow(db, keyId, `${CORRECTION_EVENT_PREFIX}${id}`)
  if (row === null) return null
  const { requests: _, ...event } = readEvent(row)
  const { amount, byokAmount } = takenBackBy(event)
  return { ...event, id, eventId: row.corrects ?? '', amount, byokAmount, reason: row.reason ?? '' }
}

async function eventRow(db: SqlDatabase, keyId: KeyId, id: string) {
  const rows = await snapshot(db, (trx) => eventRows(db, trx, [{ key_id: keyId, id }]))
  return rows[0] ?? null
}

/** See `LedgerStore.purgeEvents`. */
export function purgeEvents(db: SqlDatabase, recordedBefore: Instant, limit: number): Promise<number> {
  return transactLater(db, async (trx) => {
    const deleted = await trx
      .deleteFrom('usage_events')
      .where(
        sql<boolean>`(id, key_id) in (
          select id, key_id from usage_events where recorded_at < ${integer(recordedBefore)}
          order by recorded_at, id, key_id limit ${BigInt(limit)})`,
      )
      .executeTakeFirst()
    return Number(deleted.numDeletedRows)
  })
}
