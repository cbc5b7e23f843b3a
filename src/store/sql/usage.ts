import { type Insertable, sql } from 'kysely'
import { Fault } from '../../core/faults.ts'
import { LIMIT_WINDOWS, type LimitWindow, windowStart } from '../../core/windows.ts'
import type { KeyUse, UsageEvent } from '../store.ts'
import { type SqlDatabase, type Trx, transact } from './database.ts'
import { integer } from './rows.ts'
import { bulkStatement } from './statement.ts'
import type { UsageEventTable } from './tables.ts'

const INTEGER_MAX = 2n ** 63n - 1n

/** See `Store.recordUsage`. */
export function recordUsage(
  db: SqlDatabase,
  events: UsageEvent[],
): Promise<{ accepted: number; duplicates: number }> {
  const distinct = distinctEvents(events)
  return transact(db, async (trx) => {
    await requireKeys(db, trx, events)
    const accepted = await insertEvents(db, trx, distinct)
    await addSums(db, trx, sumsOf(accepted))
    return { accepted: accepted.length, duplicates: events.length - accepted.length }
  })
}

// The first of each (key, id), in one order for all callers, so that two of them never wait for each other in a circle.
function distinctEvents(events: readonly UsageEvent[]): UsageEvent[] {
  const distinct = new Map<string, UsageEvent>()
  for (const event of events) {
    const name = nameOf(event.keyId, event.id)
    if (!distinct.has(name)) distinct.set(name, event)
  }
  return sortedByName(distinct)
}

async function requireKeys(db: SqlDatabase, trx: Trx, events: readonly UsageEvent[]): Promise<void> {
  const ids = [...new Set(events.map((event) => event.keyId))]
  const found = await findKeys(
    db,
    trx,
    ids.map((id) => ({ id })),
  )
  if (found.length !== ids.length) throw new Fault('key_not_found')
}

const findKeys = bulkStatement((trx, rows: { id: string }[]) =>
  trx
    .selectFrom('keys')
    .select('id')
    .where(
      'id',
      'in',
      rows.map((row) => row.id),
    ),
)

/** Writes the events that are not stored yet, and answers those. */
async function insertEvents(db: SqlDatabase, trx: Trx, events: readonly UsageEvent[]): Promise<UsageEvent[]> {
  const rows = events.map((event) => ({
    key_id: event.keyId,
    id: event.id,
    amount: event.amount,
    byok_amount: event.byokAmount,
    requests: integer(event.requests),
    at: integer(event.at),
    recorded_at: integer(event.recordedAt),
    meta: JSON.stringify(event.meta),
  }))
  const inserted = new Set((await insertNewEvents(db, trx, rows)).map((row) => nameOf(row.key_id, row.id)))
  return events.filter((event) => inserted.has(nameOf(event.keyId, event.id)))
}

const insertNewEvents = bulkStatement((trx, rows: Insertable<UsageEventTable>[]) =>
  trx
    .insertInto('usage_events')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .returning(['key_id', 'id']),
)

interface Sum {
  key_id: string
  win: LimitWindow
  start: bigint
  amount: bigint
  byok_amount: bigint
  requests: bigint
}

/** What the events add to each window of each key, in one order for all callers. */
function sumsOf(events: readonly UsageEvent[]): Sum[] {
  const sums = new Map<string, Sum>()
  for (const { keyId, at, amount, byokAmount, requests } of events) {
    for (const win of LIMIT_WINDOWS) {
      const start = integer(windowStart(win, at))
      const name = `${keyId} ${win} ${start}`
      const sum = sums.get(name) ?? { key_id: keyId, win, start, amount: 0n, byok_amount: 0n, requests: 0n }
      sum.amount = requireInteger(sum.amount + amount)
      sum.byok_amount = requireInteger(sum.byok_amount + byokAmount)
      sum.requests += integer(requests)
      sums.set(name, sum)
    }
  }
  return sortedByName(sums)
}

function requireInteger(value: bigint): bigint {
  if (value > INTEGER_MAX) throw new Fault('amount_out_of_range')
  return value
}

async function addSums(db: SqlDatabase, trx: Trx, sums: Sum[]): Promise<void> {
  const totals = sums.filter((sum) => sum.win === 'total')
  await addTotals(
    db,
    trx,
    totals.map(({ key_id, amount, byok_amount, requests }) => ({ key_id, amount, byok_amount, requests })),
  )
  await addWindows(
    db,
    trx,
    sums.filter((sum) => sum.win !== 'total'),
  )
}

const addTotals = bulkStatement((_, rows: Omit<Sum, 'win' | 'start'>[]) => {
  const added = rows.map(({ key_id, amount, byok_amount, requests }) => {
    const amounts = [amount, byok_amount, requests].map((value) => sql`cast(${value} as bigint)`)
    return sql`(${key_id}, ${sql.join(amounts)})`
  })
  return sql`
    with added (key_id, amount, byok_amount, requests) as (values ${sql.join(added)})
    update key_totals set
      amount = key_totals.amount + added.amount,
      byok_amount = key_totals.byok_amount + added.byok_amount,
      requests = key_totals.requests + added.requests
    from added where key_totals.key_id = added.key_id`
})

const addWindows = bulkStatement((trx, sums: Sum[]) =>
  trx
    .insertInto('spend')
    .values(sums)
    .onConflict((conflict) =>
      conflict.columns(['key_id', 'win', 'start']).doUpdateSet({
        amount: sql`spend.amount + excluded.amount`,
        byok_amount: sql`spend.byok_amount + excluded.byok_amount`,
        requests: sql`spend.requests + excluded.requests`,
      }),
    ),
)

/** See `Store.recordUses`. */
export async function recordUses(db: SqlDatabase, uses: KeyUse[]): Promise<void> {
  const merged = new Map<string, KeyUse>()
  for (const use of uses) {
    const known = merged.get(use.keyId)
    const { keyId, at, count } = use
    merged.set(keyId, { keyId, at: Math.max(at, known?.at ?? at), count: count + (known?.count ?? 0) })
  }
  const rows = sortedByName(merged).map(({ keyId, at, count }) => ({
    keyId,
    at: integer(at),
    count: integer(count),
  }))
  await transact(db, (trx) => addUses(db, trx, rows))
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

// A key's id holds no line break, so the first one ends it.
function nameOf(keyId: string, eventId: string): string {
  return `${keyId}\n${eventId}`
}

function sortedByName<T>(named: ReadonlyMap<string, T>): T[] {
  return [...named].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value)
}
