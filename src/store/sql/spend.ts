import { type RawBuilder, sql } from 'kysely'
import type { Instant } from '../../core/clock.ts'
import type { KeyId } from '../../core/types.ts'
import { type LimitWindow, windowStart } from '../../core/windows.ts'
import type { Spend, WindowSpend } from '../store.ts'
import type { SqlDatabase, Trx } from './database.ts'
import { integer } from './rows.ts'
import { statement } from './statement.ts'

/** The windows that end: their sums stand in `spend`, those of `total` in `key_totals`. */
export const CALENDAR_WINDOWS = ['daily', 'weekly', 'monthly'] as const satisfies readonly LimitWindow[]

type Starts = Record<(typeof CALENDAR_WINDOWS)[number], bigint>

interface Sums {
  key_id: string
  win: LimitWindow
  amount: bigint
  byok_amount: bigint
  requests: bigint
}

/** See `Store.spendOf`. */
export async function spendOf(db: SqlDatabase, keyIds: KeyId[], at: Instant): Promise<Map<KeyId, Spend>> {
  const spends = new Map(keyIds.map((id) => [id, nothingSpent()]))
  if (keyIds.length === 0) return spends
  const { rows } = await sumsOf(sql`key_id in (${sql.join(keyIds)})`, startsAt(at)).execute(db.reader)
  for (const row of rows) add(spends.get(row.key_id as KeyId), row)
  return spends
}

/** The sums of one key, read in a transaction under way. */
export async function readSpend(
  db: SqlDatabase,
  trx: Trx,
  { keyId, at }: { keyId: KeyId; at: Instant },
): Promise<Spend> {
  const spend = nothingSpent()
  for (const row of await sumsOfKey(db, trx, { keyId, ...startsAt(at) })) add(spend, row)
  return spend
}

const sumsOfKey = statement(
  ['keyId', ...CALENDAR_WINDOWS],
  (_, { keyId, ...starts }: Starts & { keyId: string }) => sumsOf(sql`key_id = ${keyId}`, starts),
)

// The windows are compared in pairs rather than by two lists, so that each is one look-up in the primary key.
function sumsOf(keys: RawBuilder<unknown>, starts: Starts): RawBuilder<Sums> {
  const windows = CALENDAR_WINDOWS.map(
    (window) => sql`(${sql.lit(window)}, cast(${starts[window]} as bigint))`,
  )
  return sql<Sums>`
    select key_id, 'total' as win, amount, byok_amount, requests from key_totals where ${keys}
    union all
    select key_id, win, amount, byok_amount, requests from spend
    where ${keys} and (win, start) in (values ${sql.join(windows)})`
}

function startsAt(at: Instant): Starts {
  return {
    daily: integer(windowStart('daily', at)),
    weekly: integer(windowStart('weekly', at)),
    monthly: integer(windowStart('monthly', at)),
  }
}

function add(spend: Spend | undefined, row: Sums): void {
  if (spend === undefined) return
  spend[row.win] = { amount: row.amount, byokAmount: row.byok_amount, requests: Number(row.requests) }
}

function nothingSpent(): Spend {
  const nothing = (): WindowSpend => ({ amount: 0n, byokAmount: 0n, requests: 0 })
  return { daily: nothing(), weekly: nothing(), monthly: nothing(), total: nothing() }
}
