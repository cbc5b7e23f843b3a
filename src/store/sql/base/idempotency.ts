import { randomUUID } from 'node:crypto'
import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import type { ClaimRequest, IdempotencyClaim, IdempotencyState } from '../../../core/keys/remembered.ts'
import { type SqlDatabase, type Trx, transact, transactLater } from './database.ts'
import { integer } from './rows.ts'
import type { IdempotencyTable } from './tables.ts'

/** See `Store.claimIdempotency`. */
export function claimIdempotency(db: SqlDatabase, request: ClaimRequest): Promise<IdempotencyState> {
  const { scope, key, fingerprint, at } = request
  const claim: IdempotencyClaim = { scope, key, token: randomUUID() }
  const running = {
    fingerprint,
    token: claim.token,
    claimed_at: integer(at),
    answered_at: null,
    status: null,
    body: null,
  }
  return transact(db, async (trx) => {
    // The insert comes first: of concurrent callers one inserts, and the others wait here until its claim is committed.
    const inserted = await trx
      .insertInto('idempotency')
      .values({ scope, name: key, ...running })
      .onConflict((conflict) => conflict.doNothing())
      .returning('token')
      .executeTakeFirst()
    if (inserted !== undefined) return { state: 'claimed', claim }
    const row = await lockClaim(db, trx, request)
    // The conflicting claim has just been released.
    if (row === undefined) return { state: 'running' }
    if (!isOver(row, request)) return stateOf(row, fingerprint)
    await trx
      .updateTable('idempotency')
      .set(running)
      .where('scope', '=', scope)
      .where('name', '=', key)
      .execute()
    return { state: 'claimed', claim }
  })
}

function lockClaim(
  db: SqlDatabase,
  trx: Trx,
  { scope, key }: ClaimRequest,
): Promise<Selectable<IdempotencyTable> | undefined> {
  return trx
    .selectFrom('idempotency')
    .selectAll()
    .where('scope', '=', scope)
    .where('name', '=', key)
    .$if(db.locksRows, (select) => select.forUpdate())
    .executeTakeFirst()
}

function isOver(
  row: Selectable<IdempotencyTable>,
  { staleBefore, staleAfter, forgetBefore }: ClaimRequest,
): boolean {
  if (row.answered_at !== null) return row.answered_at < integer(forgetBefore)
  return row.claimed_at < integer(staleBefore) || row.claimed_at > integer(staleAfter)
}

function stateOf(row: Selectable<IdempotencyTable>, fingerprint: string): IdempotencyState {
  if (row.fingerprint !== fingerprint) return { state: 'other_request' }
  if (row.status === null || row.body === null) return { state: 'running' }
  return { state: 'done', answer: { status: Number(row.status), body: row.body } }
}

/** See `Store.releaseIdempotency`. An answer that was stored meanwhile stays. */
export async function releaseIdempotency(
  db: SqlDatabase,
  { scope, key, token }: IdempotencyClaim,
): Promise<void> {
  await transact(db, (trx) =>
    trx
      .deleteFrom('idempotency')
      .where('scope', '=', scope)
      .where('name', '=', key)
      .where('token', '=', token)
      .where('answered_at', 'is', null)
      .execute(),
  )
}

/** See `Store.forgetIdempotency`. It uses short transactions, because a caller that claims a key waits for each. */
export async function forgetIdempotency(db: SqlDatabase, before: Instant): Promise<number> {
  await deleteOld(db, sql`answered_at is null and claimed_at < ${integer(before)}`)
  return deleteOld(db, sql`answered_at < ${integer(before)}`)
}

async function deleteOld(db: SqlDatabase, isOld: RawBuilder<unknown>): Promise<number> {
  const some = sql<SqlBool>`(scope, name) in (
    select scope, name from idempotency where ${isOld} limit ${BigInt(MAX.choreRows)})`
  for (let deleted = 0; ; ) {
    const { numDeletedRows } = await transactLater(db, (trx) =>
      trx.deleteFrom('idempotency').where(some).executeTakeFirstOrThrow(),
    )
    deleted += Number(numDeletedRows)
    if (numDeletedRows < BigInt(MAX.choreRows)) return deleted
  }
}
