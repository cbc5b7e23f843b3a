import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import { LIMIT_WINDOWS, windowStart } from '../../../core/money/windows.ts'
import type { KeyRisks } from '../../../core/verify/outcome-records.ts'
import type { KeyScope, VerificationStore } from '../../verifications.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { NEVER } from '../base/tables.ts'
import { scopeOf } from './read.ts'

/** True for keys without any limit of their own; they have a partial index. */
export const IS_UNLIMITED = sql<SqlBool>`keys.limit_daily is null and keys.limit_weekly is null and keys.limit_monthly is null and keys.limit_total is null`

/** See `VerificationStore.keyRisks`. */
export function keyRisks(
  db: SqlDatabase,
  query: Parameters<VerificationStore['keyRisks']>[0],
): Promise<KeyRisks> {
  const { at, unusedSince, expiresBefore } = query
  return snapshot(db, async (trx) => {
    const count = (condition: RawBuilder<SqlBool>) =>
      counted(db, trx, query, sql`from ${keysOf(db, query)} where keys.revoked = 0 and ${condition}`)
    const expires = sql<SqlBool>`keys.expires_at > ${integer(at)} and keys.expires_at < ${integer(expiresBefore)}`
    return {
      unlimited: await count(IS_UNLIMITED),
      neverExpires: await count(sql`keys.expires_at = ${NEVER}`),
      unused: await counted(db, trx, query, unusedKeys(db, unusedSince, query)),
      nearLimit: await counted(db, trx, query, pressedKeys(db, at, query)),
      expiresSoon: await count(expires),
    }
  })
}

/** Counts up to a bound: nobody needs to know how many thousands there are, and counting takes as long as reading. */
async function counted(
  db: SqlDatabase,
  trx: Trx,
  scope: KeyScope,
  from: RawBuilder<unknown>,
): Promise<number> {
  const conditions = [...scopeOf(scope), db.inTime(sql`keys.id`)]
  const { rows } = await sql<{ keys: bigint }>`
    select count(*) as keys from (
      select distinct keys.id ${from} and ${sql.join(conditions, sql` and `)}
      limit ${BigInt(MAX.risksCounted + 1)}) as found`.execute(trx)
  return Number(rows[0]?.keys ?? 0n)
}

/**
 * The keys, for a FROM clause. Those of one owner are found by the owner: by another index a count would read the keys of others, and its
 * time would tell their number.
 */
function keysOf(db: SqlDatabase, { ownerId }: KeyScope): RawBuilder<unknown> {
  if (ownerId === undefined) return sql.table('keys')
  const owned = sql`keys.owner_id = ${ownerId} and keys.revoked = 0`
  return sql`(select 1 as one) as caller ${db.besideEach(db.readBy('keys', 'keys_expires_at_owner_id'), owned)}`
}

/** Keys whose last use was before this instant. Among those never used the oldest come first, because ids begin with their time. */
function unusedKeys(db: SqlDatabase, since: Instant, scope: KeyScope): RawBuilder<unknown> {
  if (scope.ownerId !== undefined) {
    const unused = sql`key_totals.key_id = keys.id and key_totals.last_used_at < ${integer(since)}`
    return sql`from ${keysOf(db, scope)} ${db.besideEach(sql.table('key_totals'), unused)} where keys.revoked = 0 and keys.created_at < ${integer(since)}`
  }
  const stretch = sql`(select key_id from key_totals where revoked = 0 and last_used_at < ${integer(since)}
    order by last_used_at, key_id limit ${BigInt(MAX.listRowsRead)}) as unused`
  return sql`from ${stretch} ${db.besideEach(sql.table('keys'), sql`keys.id = unused.key_id`)} where keys.created_at < ${integer(since)}`
}

/**
 * True for rows of `crossings` by which a key has used four fifths of a limit in a window that runs now. The percentage is no column of an
 * index here: SQLite would read by it the crossings of all keys, once for each key.
 */
export function crossedNow(at: Instant): RawBuilder<SqlBool> {
  const windows = LIMIT_WINDOWS.map(
    (window) =>
      sql`(crossings.win = ${sql.lit(window)} and crossings.start = ${integer(windowStart(window, at))})`,
  )
  return sql`crossings.kind = 'key' and coalesce(crossings.percent = 80, false) and (${sql.join(windows, sql` or `)})`
}

/** The ids of those keys as `key_id`, each once, for a FROM clause. One window after the other, so that the index is read for each. */
export function crossedKeys(at: Instant): RawBuilder<unknown> {
  const windows = LIMIT_WINDOWS.map(
    (window) => sql`select account_id as key_id from crossings where kind = 'key' and win = ${sql.lit(window)}
      and start = ${integer(windowStart(window, at))} and percent = 80`,
  )
  return sql`(${sql.join(windows, sql` union `)}) as crossed`
}

function pressedKeys(db: SqlDatabase, at: Instant, scope: KeyScope): RawBuilder<unknown> {
  if (scope.ownerId !== undefined) {
    const crossed = sql`select 1 from crossings where crossings.account_id = keys.id and ${crossedNow(at)}`
    return sql`from ${keysOf(db, scope)} where keys.revoked = 0 and ${db.findsForEach(crossed)}`
  }
  return sql`from ${crossedKeys(at)} ${db.besideEach(sql.table('keys'), sql`keys.id = crossed.key_id`)} where keys.revoked = 0`
}
