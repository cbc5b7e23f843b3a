import { sql } from 'kysely'
import type { KeyUse } from '../../../core/verify/key-facts.ts'
import { type SqlDatabase, transactLater } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { bulkStatement } from '../base/statement.ts'

/** See `Store.recordUses`. */
export async function recordUses(db: SqlDatabase, uses: KeyUse[]): Promise<void> {
  const merged = new Map<string, KeyUse>()
  for (const use of uses) {
    const known = merged.get(use.keyId)
    const { keyId, at, count } = use
    merged.set(keyId, { keyId, at: Math.max(at, known?.at ?? at), count: count + (known?.count ?? 0) })
  }
  const rows = [...merged.values()].sort(byKeyId).map(({ keyId, at, count }) => ({
    keyId,
    at: integer(at),
    count: integer(count),
  }))
  await transactLater(db, (trx) => addUses(db, trx, rows))
}

const addUses = bulkStatement((_, rows: { keyId: string; at: bigint; count: bigint }[]) => {
  const used = rows.map(
    ({ keyId, at, count }) => sql`(${keyId}, cast(${at} as bigint), cast(${count} as bigint))`,
  )
  return sql`
    with used (key_id, at, uses) as (values ${sql.join(used)})
    update key_totals set
      last_used_at = case when used.at > key_totals.last_used_at then used.at else key_totals.last_used_at end,
      request_count = key_totals.request_count + used.uses
    from used where key_totals.key_id = used.key_id`
})

// All callers write in one order, so that no two of them wait for each other in a circle.
function byKeyId(one: KeyUse, other: KeyUse): number {
  return one.keyId < other.keyId ? -1 : 1
}
