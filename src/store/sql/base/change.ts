import { sql } from 'kysely'
import { v7 } from 'uuid'
import type { Act, AuditRecord } from '../../../core/access/audit-entry.ts'
import { Fault } from '../../../core/ground/faults.ts'
import type { Remember } from '../../../core/keys/remembered.ts'
import type { Revision } from '../../../core/types.ts'
import type { SqlDatabase, Trx } from './database.ts'
import { writeNext } from './query-hints.ts'
import { auditRow, integer } from './rows.ts'

/** The tables whose rows carry a revision. */
export type Revised = 'keys' | 'users' | 'workspaces'

/**
 * Ends a change: takes the next revision, stamps it on the record, and writes the audit entry. Called last in its
 * transaction, because all changes wait for each other from here to the commit.
 */
export async function recordChange(
  trx: Trx,
  change: { table: Revised; id: string; act: Act; audit: AuditRecord },
): Promise<Revision> {
  const { table, id, ...entry } = change
  const revision = await recordRevision(trx, entry)
  const stamp = trx
    .updateTable(table as 'keys')
    .set({ revision: integer(revision) })
    .where('id', '=', id)
  await writeNext(trx, stamp)
  return revision
}

/** The same for a change that leaves no record of an id: takes the next revision and writes the audit entry. */
export async function recordRevision(
  trx: Trx,
  { act, audit }: { act: Act; audit: AuditRecord },
): Promise<Revision> {
  const { value } = await trx
    .updateTable('meta')
    .set({ value: sql`value + 1` })
    .where('name', '=', 'revision')
    .returning('value')
    .executeTakeFirstOrThrow()
  await writeNext(trx, trx.insertInto('audit').values(auditRow({ id: v7(), act, audit, revision: value })))
  if (act.effect !== undefined) act.effect.isMade = true
  return Number(value)
}

/** Waits for all uncommitted changes that have a revision, and keeps others from taking one until the transaction ends. */
export async function lockRevision(db: SqlDatabase, trx: Trx): Promise<void> {
  if (!db.locksRows) return
  await trx.selectFrom('meta').select('value').where('name', '=', 'revision').forUpdate().execute()
}

/**
 * Completes the claim of an Idempotency-Key in the transaction of its work. Throws `idempotency_running` when the claim is no longer this
 * caller's, so that the work is rolled back.
 */
export async function completeClaim<T>(
  trx: Trx,
  { remember, written, act }: { remember: Remember<T> | undefined; written: T; act: Act },
): Promise<void> {
  if (remember === undefined) return
  const { claim } = remember
  const { status, body } = remember.answer(written)
  const completed = await trx
    .updateTable('idempotency')
    .set({ answered_at: integer(act.at), status: integer(status), body })
    .where('scope', '=', claim.scope)
    .where('name', '=', claim.key)
    .where('token', '=', claim.token)
    .where('answered_at', 'is', null)
    .executeTakeFirst()
  if (completed.numUpdatedRows !== 1n) throw new Fault('idempotency_running')
}
