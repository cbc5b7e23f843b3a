import type { Act, AuditRecord } from '../../../core/access/audit-entry.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import type { Allowance, Revision, UserId, WorkspaceId } from '../../../core/types.ts'
import type { ActorContext, Creation, Decide } from '../../change.ts'
import { judgeActor, lockKeys } from '../base/actor.ts'
import { completeClaim, recordChange } from '../base/change.ts'
import { requireRoomUnless, type SqlDatabase, type Trx, transact } from '../base/database.ts'
import { writeNext } from '../base/query-hints.ts'
import { integer } from '../base/rows.ts'
import { withLimitsLocked } from '../ledger/account-versions.ts'
import { waitForCommits } from '../ledger/commit-fence.ts'
import { endMemberships } from './members.ts'

/** A user or a workspace. */
interface Stored extends Allowance {
  id: UserId | WorkspaceId
  createdAt: Instant
  revision: Revision
}

/** A statement that writes, built but not yet run. */
type Write = Parameters<typeof writeNext>[1]

/** Where records of one kind are stored, and the parts of a change that differ from kind to kind. */
export interface RecordKind<Subject extends Stored, Context extends ActorContext> {
  table: 'users' | 'workspaces'
  account: 'user' | 'workspace'
  /** The column of the memberships that end with the record. */
  memberColumn: 'user_id' | 'workspace_id'
  insert(trx: Trx, record: Subject): Write
  update(trx: Trx, record: Subject): Write
  /** Judges the actor and locks the record. Returns the record, and the facts that a decision about it needs. Throws when there is no such record. */
  lock(
    db: SqlDatabase,
    trx: Trx,
    of: { id: Subject['id']; act: Act },
  ): Promise<Context & { current: Subject }>
  /** Throws while the record owns or holds keys that are not revoked. */
  requireNoKeys(trx: Trx, locked: Context & { current: Subject }): Promise<void>
  /** Whether a change takes access away, and so may use the reserve of a full disk. `next` is null for a deletion. */
  cutsOff(current: Subject, next: Subject | null): boolean
}

/** Adds a record: judges the actor, writes, and completes the claim of an Idempotency-Key. */
export function createRecord<Subject extends Stored, Context extends ActorContext>(
  kind: RecordKind<Subject, Context>,
  db: SqlDatabase,
  { record, act, audit, remember, decide }: Creation<Subject> & { record: Subject },
): Promise<Subject> {
  return transact(db, async (trx) => {
    const actor = await judgeActor(db, trx, { act, locked: await lockKeys(db, trx, { act }) })
    const decided = decide?.({ actor }) ?? { next: record, audit }
    const made: Subject = { ...decided.next, id: record.id }
    const written = await insertRecord(kind, trx, { record: made, act, audit: decided.audit })
    await completeClaim(trx, { remember, written, act })
    return written
  })
}

/** A record to add, with the act that adds it and its audit entry. */
export interface NewRecord<Subject> {
  record: Subject
  act: Act
  audit: AuditRecord
}

/** Writes a new record in an open transaction, and returns it with its revision. */
export async function insertRecord<Subject extends Stored, Context extends ActorContext>(
  kind: RecordKind<Subject, Context>,
  trx: Trx,
  { record, act, audit }: NewRecord<Subject>,
): Promise<Subject> {
  await writeNext(trx, kind.insert(trx, record))
  const revision = await recordChange(trx, { table: kind.table, id: record.id, act, audit })
  return { ...record, revision }
}

/** Changes a record as `decide` says of the locked one. New limits are in force for every commit that begins after it. */
export function changeRecord<Subject extends Stored, Context extends ActorContext>(
  kind: RecordKind<Subject, Context>,
  db: SqlDatabase,
  { id, decide, act }: { id: Subject['id']; decide: Decide<Subject, Context>; act: Act },
): Promise<Subject> {
  return transact(db, async (trx) => {
    const locked = await kind.lock(db, trx, { id, act })
    const { current } = locked
    const decided = decide(current, locked)
    if (decided === null) return current
    const next: Subject = { ...decided.next, id, createdAt: current.createdAt }
    requireRoomUnless(db, kind.cutsOff(current, next))
    await waitForCommits(db, trx, { kind: kind.account, id })
    await writeNext(trx, kind.update(trx, next))
    const record = () => recordChange(trx, { table: kind.table, id, act, audit: decided.audit })
    const limits = { account: { kind: kind.account, id }, before: current, after: next }
    return { ...next, revision: await withLimitsLocked(db, trx, { ...limits, record }) }
  })
}

/** Deletes a record that has no keys any more, and ends its memberships. */
export function deleteRecord<Subject extends Stored, Context extends ActorContext>(
  kind: RecordKind<Subject, Context>,
  db: SqlDatabase,
  { id, decide, act }: { id: Subject['id']; decide: Decide<Subject, Context>; act: Act },
): Promise<Revision> {
  return transact(db, async (trx) => {
    const locked = await kind.lock(db, trx, { id, act })
    const decided = decide(locked.current, locked)
    if (decided === null) return locked.current.revision
    await kind.requireNoKeys(trx, locked)
    requireRoomUnless(db, kind.cutsOff(locked.current, null))
    await waitForCommits(db, trx, { kind: kind.account, id })
    await endMemberships(trx, { column: kind.memberColumn, id })
    await trx
      .updateTable(kind.table)
      .set({ deleted_at: integer(act.at) })
      .where('id', '=', id)
      .execute()
    return recordChange(trx, { table: kind.table, id, act, audit: decided.audit })
  })
}
