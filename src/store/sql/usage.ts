import { sql } from 'kysely'
import { Fault } from '../../core/faults.ts'
import { LIMIT_WINDOWS, type LimitWindow, windowStart } from '../../core/windows.ts'
import type { KeyUse, UsageEvent } from '../store.ts'
import { type SqlDatabase, type Trx, transact } from './database.ts'
import { integer } from './rows.ts'

/** Rows per statement, below the engines' limits on parameters (32,766 and 65,535). */
const ROWS_PER_STATEMENT = 1_000
const INTEGER_MAX = 2n ** 63n - 1n

/** See `Store.recordUsage`. */
export function recordUsage(
  db: SqlDatabase,
  events: UsageEvent[],
): Promise<{ accepted: number; duplicates: number }> {
  const distinct = distinctEvents(events)
  return transact(db, async (trx) => {
    await requireKeys(trx, new Set(events.map((event) => event.keyId)))
    const accepted: UsageEvent[] = []
    for (const chunk of chunks(distinct)) accepted.push(...(await insertEvents(trx, chunk)))
    for (const chunk of chunks(sumsOf(accepted))) await addSums(trx, chunk)
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

async function requireKeys(trx: Trx, ids: ReadonlySet<string>): Promise<void> {
  for (const chunk of chunks([...ids])) {
    const found = await trx.selectFrom('keys').select('id').where('id', 'in', chunk).execute()
    if (found.length !== chunk.length) throw new Fault('key_not_found')
  }
}

async function insertEvents(trx: Trx, events: UsageEvent[]): Promise<UsageEvent[]> {
  const inserted = await trx
    .insertInto('usage_events')
    .values(
      events.map((event) => ({
        key_id: event.keyId,
        id: event.id,
        amount: event.amount,
        byok_amount: event.byokAmount,
        requests: integer(event.requests),
        at: integer(event.at),
        recorded_at: integer(event.recordedAt),
        meta: JSON.stringify(event.meta),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning(['key_id', 'id'])
    .execute()
  const names = new Set(inserted.map((row) => nameOf(row.key_id, row.id)))
  return events.filter((event) => names.has(nameOf(event.keyId, event.id)))
}

interface Sum {
  key_id: string
  win: LimitWindow
  start: bigint
  amount: bigint
  byok_amount: bigint
  requests: bigint
}

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

async function addSums(trx: Trx, sums: Sum[]): Promise<void> {
  await trx
    .insertInto('spend')
    .values(sums)
    .onConflict((conflict) =>
      conflict.columns(['key_id', 'win', 'start']).doUpdateSet({
        amount: sql`spend.amount + excluded.amount`,
        byok_amount: sql`spend.byok_amount + excluded.byok_amount`,
        requests: sql`spend.requests + excluded.requests`,
      }),
    )
    .execute()
}

/** See `Store.recordUses`. */
export async function recordUses(db: SqlDatabase, uses: KeyUse[]): Promise<void> {
  const merged = new Map<string, KeyUse>()
  for (const use of uses) {
    const known = merged.get(use.keyId)
    const { keyId, at, count } = use
    merged.set(keyId, { keyId, at: Math.max(at, known?.at ?? at), count: count + (known?.count ?? 0) })
  }
  const sorted = sortedByName(merged)
  await transact(db, async (trx) => {
    for (const chunk of chunks(sorted)) await addUses(trx, chunk)
  })
}

async function addUses(trx: Trx, uses: KeyUse[]): Promise<void> {
  const rows = uses.map(
    (use) => sql`(${use.keyId}, cast(${integer(use.at)} as bigint), cast(${integer(use.count)} as bigint))`,
  )
  await sql`
    with used (key_id, at, uses) as (values ${sql.join(rows)})
    update keys set
      last_used_at = case when used.at > keys.last_used_at then used.at else keys.last_used_at end,
      request_count = keys.request_count + used.uses
    from used where keys.id = used.key_id`.execute(trx)
}

// Neither part can hold a line break followed by the other's start: key ids are fixed, and this is a name, not a key.
function nameOf(keyId: string, eventId: string): string {
  return `${keyId}\n${eventId}`
}

function sortedByName<T>(named: ReadonlyMap<string, T>): T[] {
  return [...named].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value)
}

function* chunks<T>(items: readonly T[]): Generator<T[]> {
  for (let from = 0; from < items.length; from += ROWS_PER_STATEMENT)
    yield items.slice(from, from + ROWS_PER_STATEMENT)
}
