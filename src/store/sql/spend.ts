import { type ExpressionBuilder, type Selectable, sql } from 'kysely'
import type { Instant } from '../../core/clock.ts'
import type { KeyId } from '../../core/types.ts'
import { LIMIT_WINDOWS, type LimitWindow, windowStart } from '../../core/windows.ts'
import type { Spend, WindowSpend } from '../store.ts'
import type { SqlDatabase, Trx } from './database.ts'
import { integer } from './rows.ts'
import type { SpendTable, Tables } from './tables.ts'

type Sums = Pick<Selectable<SpendTable>, 'key_id' | 'win' | 'amount' | 'byok_amount' | 'requests'>

/** See `Store.spendOf`. */
export async function spendOf(db: SqlDatabase, keyIds: KeyId[], at: Instant): Promise<Map<KeyId, Spend>> {
  const spends = new Map(keyIds.map((id) => [id, nothingSpent()]))
  if (keyIds.length === 0) return spends
  const rows = await db.reader
    .selectFrom('spend')
    .select(['key_id', 'win', 'amount', 'byok_amount', 'requests'])
    .where('key_id', 'in', keyIds)
    .where((where) => liesIn(where, at))
    .execute()
  for (const row of rows) add(spends.get(row.key_id as KeyId), row)
  return spends
}

/** The sums of one key, read in a transaction under way. */
export async function readSpend(trx: Trx, keyId: KeyId, at: Instant): Promise<Spend> {
  const spend = nothingSpent()
  const rows = await trx
    .selectFrom('spend')
    .select(['key_id', 'win', 'amount', 'byok_amount', 'requests'])
    .where('key_id', '=', keyId)
    .where((where) => liesIn(where, at))
    .execute()
  for (const row of rows) add(spend, row)
  return spend
}

// Pairs rather than two lists, so that each window is one look-up in the primary key.
function liesIn(where: ExpressionBuilder<Tables, 'spend'>, at: Instant) {
  const pairs = LIMIT_WINDOWS.map(
    (window) => sql`(${window}, cast(${integer(windowStart(window, at))} as bigint))`,
  )
  return sql<boolean>`(${where.ref('win')}, ${where.ref('start')}) in (values ${sql.join(pairs)})`
}

function add(spend: Spend | undefined, row: Sums): void {
  if (spend === undefined) return
  spend[row.win as LimitWindow] = {
    amount: row.amount,
    byokAmount: row.byok_amount,
    requests: Number(row.requests),
  }
}

function nothingSpent(): Spend {
  const nothing = (): WindowSpend => ({ amount: 0n, byokAmount: 0n, requests: 0 })
  return { daily: nothing(), weekly: nothing(), monthly: nothing(), total: nothing() }
}
