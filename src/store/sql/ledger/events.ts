import { sql } from 'kysely'
import type { Instant } from '../../../core/ground/clock.ts'
import type { UsageEvent } from '../../../core/ledger/entries.ts'
import type { KeyId } from '../../../core/types.ts'
import { type SqlDatabase, transactLater } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { readEvent } from './ledger-rows.ts'

/** See `LedgerStore.findEvent`. */
export async function findEvent(db: SqlDatabase, keyId: KeyId, id: string): Promise<UsageEvent | null> {
  const row = await db.reader
    .selectFrom('usage_events')
    .innerJoin('key_totals', 'key_totals.key_id', 'usage_events.key_id')
    .selectAll('usage_events')
    .select(['key_totals.owner_id', 'key_totals.workspace_id'])
    .where('usage_events.key_id', '=', keyId)
    .where('usage_events.id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : readEvent(row)
}

/** See `LedgerStore.purgeEvents`. */
export function purgeEvents(db: SqlDatabase, recordedBefore: Instant, limit: number): Promise<number> {
  return transactLater(db, async (trx) => {
    const deleted = await trx
      .deleteFrom('usage_events')
      .where(
        sql<boolean>`(key_id, id) in (
          select key_id, id from usage_events where recorded_at < ${integer(recordedBefore)}
          order by recorded_at, key_id, id limit ${BigInt(limit)})`,
      )
      .executeTakeFirst()
    return Number(deleted.numDeletedRows)
  })
}
