import { type Selectable, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { KeyId } from '../../../core/types.ts'
import type { StoredRate } from '../../../core/verify/rates.ts'
import { type SqlDatabase, transactLater } from '../base/database.ts'
import { integer, optional } from '../base/rows.ts'
import { bulkStatement } from '../base/statement.ts'
import type { KeyRateTable } from '../base/tables.ts'

/** See `RateStore.readRates`. */
export async function readRates(db: SqlDatabase, keyId: KeyId): Promise<StoredRate[]> {
  const rows = await db.reader.selectFrom('key_rates').selectAll().where('key_id', '=', keyId).execute()
  return rows.map((row) => ({
    keyId,
    name: row.name,
    limit: Number(row.rate_limit),
    windowMs: Number(row.window_ms),
    wholeAt: Number(row.whole_at),
    beforeCut:
      row.cut_whole_at === null
        ? null
        : {
            limit: Number(row.cut_rate_limit),
            windowMs: Number(row.cut_window_ms),
            wholeAt: Number(row.cut_whole_at),
          },
  }))
}

/** See `RateStore.writeRates`. */
export async function writeRates(db: SqlDatabase, rates: readonly StoredRate[]): Promise<void> {
  const last = new Map(rates.map((rate) => [`${rate.keyId}\n${rate.name}`, rate]))
  // All callers write in one order, so that no two of them wait for each other in a circle.
  const rows = [...last].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, rate]) => rowOf(rate))
  for (let from = 0; from < rows.length; from += MAX.choreRows) {
    await transactLater(db, (trx) => putRates(db, trx, rows.slice(from, from + MAX.choreRows)))
  }
}

/** See `RateStore.forgetRates`. */
export function forgetRates(db: SqlDatabase, wholeAt: number, limit: number): Promise<number> {
  return transactLater(db, async (trx) => {
    const deleted = await trx
      .deleteFrom('key_rates')
      .where(
        sql<boolean>`(key_id, name) in (
          select key_id, name from key_rates where whole_at <= ${integer(wholeAt)}
            and (cut_whole_at is null or cut_whole_at <= ${integer(wholeAt)})
          order by whole_at, key_id, name limit ${BigInt(limit)})`,
      )
      .executeTakeFirst()
    return Number(deleted.numDeletedRows)
  })
}

function rowOf({ keyId, name, limit, windowMs, wholeAt, beforeCut }: StoredRate): Selectable<KeyRateTable> {
  return {
    key_id: keyId,
    name,
    rate_limit: integer(limit),
    window_ms: integer(windowMs),
    whole_at: integer(wholeAt),
    cut_rate_limit: optional(beforeCut?.limit ?? null),
    cut_window_ms: optional(beforeCut?.windowMs ?? null),
    cut_whole_at: optional(beforeCut?.wholeAt ?? null),
  }
}

const STATE_COLUMNS = [
  'rate_limit',
  'window_ms',
  'whole_at',
  'cut_rate_limit',
  'cut_window_ms',
  'cut_whole_at',
] as const satisfies readonly (keyof KeyRateTable)[]

const putRates = bulkStatement((trx, rows: Selectable<KeyRateTable>[]) =>
  trx
    .insertInto('key_rates')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['key_id', 'name'])
        .doUpdateSet((row) =>
          Object.fromEntries(STATE_COLUMNS.map((column) => [column, row.ref(`excluded.${column}`)])),
        ),
    ),
)
