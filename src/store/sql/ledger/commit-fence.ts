import { type RawBuilder, sql } from 'kysely'
import { nameOf } from '../../../core/ledger/account.ts'
import type { AccountId } from '../../../core/ledger/entries.ts'
import type { ChangedRecord } from '../../../core/ledger/judge.ts'
import type { Revision } from '../../../core/types.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { writeNext } from '../base/query-hints.ts'
import { integer } from '../base/rows.ts'

// A commit of money rests on records: the key that pays, its owner and workspace, and the caller's key and user. A change of one of them
// waits until the commits that rest on it have ended, and commits that come later learn of the change (docs/adr/0104-changes-wait-for-money.md).
// These are locks of the engine that belong to no row (advisory locks). They are given in the order of the requests; a row that one
// commit after the other locks with the others would be hard to get for a change.

/** Records share this many locks by their names: the engine has room for some thousands, and one commit may rest on as many records. */
const LOCKS = 512
/** Tells these locks from others in the same database. */
const OURS = 6_780
/** A commit that has missed more changes takes all of its records for changed, because reading the changes would take long. */
const CHANGES_READ = 1_000

/**
 * Waits until the commits that rest on the record have ended, and lets none begin until the transaction ends. Must be called before the
 * transaction writes a row that commits write, too: one of them would wait for it for ever.
 */
export async function waitForCommits(db: SqlDatabase, trx: Trx, record: AccountId): Promise<void> {
  if (!db.locksRows) return
  const lock = sql`select pg_advisory_xact_lock(${sql.lit(OURS)}, ${lockOf(sql`${nameOf(record)}::text`)})`
  await writeNext(trx, { compile: () => lock.compile(trx) })
}

/**
 * Waits for the changes of these records that are under way or wait already; further ones wait until the transaction ends. Must be called
 * before the transaction locks a row that changes lock, too.
 */
export async function keepChangesOut(trx: Trx, records: readonly AccountId[]): Promise<void> {
  if (records.length === 0) return
  const byName = new Map(records.map((record) => [nameOf(record), record]))
  // All transactions take their locks in the order of the numbers, so that no two of them wait for each other in a circle.
  const locks = sql`select pg_advisory_xact_lock_shared(${sql.lit(OURS)}, lock) from (
    select distinct ${lockOf(sql`name`)} as lock from ${namesIn(byName)} order by lock) as locks`
  await writeNext(trx, { compile: () => locks.compile(trx) })
}

/** See `LockedRows.changedSince`. It sees the changes for which the locks have waited, because its statement begins after them. */
export async function changedSince(
  trx: Trx,
  records: readonly AccountId[],
  since: Revision,
): Promise<ChangedRecord[]> {
  if (records.length === 0) return []
  const byName = new Map(records.map((record) => [nameOf(record), record]))
  const ids = [...new Set(records.map(({ id }) => id))]
  const { rows } = await sql<{ latest: bigint; name: string | null; revision: bigint | null }>`
    select latest.value as latest, changes.name, changes.revision from meta as latest left join (
      select concat(target_kind, ' ', target_id) as name, max(revision) as revision from (
        select target_kind, target_id, revision from audit
        where revision > ${integer(since)} order by revision limit ${BigInt(CHANGES_READ)}) as newer
      where target_id = any(${ids}::text[]) group by target_kind, target_id) as changes on true
    where latest.name = 'revision'`.execute(trx)
  const latest = Number(rows[0]?.latest ?? 0)
  if (latest - since > CHANGES_READ)
    return [...byName.values()].map((record) => ({ record, revision: latest }))
  return rows.flatMap(({ name, revision }) => {
    const record = name === null ? undefined : byName.get(name)
    return record === undefined ? [] : [{ record, revision: Number(revision) }]
  })
}

/** Those of the records whose changes wait now, or which are being changed. */
export async function beingChanged(trx: Trx, records: readonly AccountId[]): Promise<AccountId[]> {
  if (records.length === 0) return []
  const byName = new Map(records.map((record) => [nameOf(record), record]))
  const { rows } = await sql<{ name: string }>`
    select name from ${namesIn(byName)}
    where not pg_try_advisory_xact_lock_shared(${sql.lit(OURS)}, ${lockOf(sql`name`)})`.execute(trx)
  return rows.flatMap(({ name }) => byName.get(name) ?? [])
}

function namesIn(byName: ReadonlyMap<string, AccountId>): RawBuilder<unknown> {
  return sql`unnest(${[...byName.keys()]}::text[]) as name`
}

function lockOf(name: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`hashtext(${name}) & ${sql.lit(LOCKS - 1)}`
}
