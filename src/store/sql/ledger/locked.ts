import { type RawBuilder, sql } from 'kysely'
import { nameOf } from '../../../core/ledger/account.ts'
import type { AccountId, LedgerEntry, ReservationId } from '../../../core/ledger/entries.ts'
import { entryEvent, payerOf } from '../../../core/ledger/units.ts'
import { type SqlDatabase, type Trx, transactOn } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { beingChanged } from './commit-fence.ts'
import { sumStart } from './sums.ts'

/** A statement that selects rows that a commit changes: their account, and their place in the table. */
type Rows = RawBuilder<unknown>

/** How long a row must stay locked to count: longer than a commit of another node takes. */
const STAYS_MS = 50

/** See `LedgerStore.findLocked`. Locks the rows that are free, releases them at once, and returns the accounts of the others. */
export async function findLocked(
  db: SqlDatabase,
  entries: readonly LedgerEntry[],
  records: readonly AccountId[] = [],
): Promise<AccountId[]> {
  // Where one transaction writes at a time, there are no row locks.
  if (!db.locksRows || entries.length === 0) return []
  return transactOn(db.reader, db, async (trx) => {
    const locked = new Map<string, AccountId>()
    for (const rows of rowsOf(entries)) {
      const found = await lockedAmong(trx, rows)
      if (found.length === 0 || !(await staysLocked(db, trx, rows))) continue
      for (const { kind, id } of found) locked.set(`${kind} ${id}`, { kind, id } as AccountId)
    }
    for (const record of await beingChanged(trx, records)) locked.set(nameOf(record), record)
    return [...locked.values()]
  })
}

/** Waits for the rows for a short time; true when one of them is still locked then. */
async function staysLocked(db: SqlDatabase, trx: Trx, rows: Rows): Promise<boolean> {
  await sql`savepoint waiting`.execute(trx)
  await sql`select set_config('lock_timeout', ${String(STAYS_MS)}, true)`.execute(trx)
  try {
    await sql`${rows} for no key update`.execute(trx)
    return false
  } catch (error) {
    const kind = db.failureOf(error)?.kind
    if (kind !== 'held_up' && kind !== 'conflict') throw error
    await sql`rollback to savepoint waiting`.execute(trx)
    return true
  }
}

async function lockedAmong(trx: Trx, rows: Rows): Promise<{ kind: string; id: string }[]> {
  // The second statement returns no row that the first has not returned, and lacks the locked ones.
  const all = await sql<{ kind: string; id: string; place: string }>`${rows}`.execute(trx)
  const free = await sql<{ place: string }>`${rows} for no key update skip locked`.execute(trx)
  const places = new Set(free.rows.map(({ place }) => place))
  return all.rows.filter(({ place }) => !places.has(place))
}

/** The rows by table. Those of single metadata values are omitted: they are many, and only commits change them. */
function rowsOf(entries: readonly LedgerEntry[]): Rows[] {
  const payers = entries.map(payerOf)
  const keyIds = [...new Set(payers.map(({ keyId }) => keyId))]
  const keys = listOf(keyIds)
  const accounts = [
    ...new Set(payers.map(({ ownerId }) => ownerId)),
    ...new Set(payers.map(({ workspaceId }) => workspaceId)),
  ]
  const starts = listOf([...new Set(entries.flatMap(startsOf))])
  const holds = entries.flatMap(changedReservation)
  const all = [...keyIds, ...accounts]
  const rows: Rows[] = [
    sql`select kind, account_id as id, concat_ws(' ', kind, account_id) as place from account_versions
        where kind in ('key', 'user', 'workspace') and account_id in (${listOf(all)})`,
    sql`select 'key' as kind, key_id as id, key_id as place from key_totals where key_id in (${keys})`,
    sql`select 'key' as kind, key_id as id, concat_ws(' ', key_id, win, start) as place from spend
        where key_id in (${keys}) and start in (${starts})`,
    sql`select kind, account_id as id, concat_ws(' ', kind, account_id, win, start) as place from account_spend
        where kind in ('user', 'workspace') and account_id in (${listOf(accounts)}) and start in (${starts})`,
  ]
  if (holds.length === 0) return rows
  return [
    ...rows,
    sql`select 'key' as kind, key_id as id, id as place from reservations where id in (${listOf(holds)})`,
  ]
}

function changedReservation(entry: LedgerEntry): ReservationId[] {
  if (entry.kind === 'resolution') return [entry.resolution.id]
  return entry.kind === 'extension' ? [entry.extension.id] : []
}

/** The starts of the windows whose sums an entry changes. */
function startsOf(entry: LedgerEntry): bigint[] {
  const event = entryEvent(entry)
  if (event === undefined) return [0n]
  const windows = ['hourly', 'daily', 'weekly', 'monthly', 'total'] as const
  return windows.map((window) => integer(sumStart(window, event.at)))
}

function listOf(values: readonly (string | bigint)[]): RawBuilder<unknown> {
  return sql.join(values)
}
