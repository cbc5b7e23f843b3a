import { type Kysely, sql } from 'kysely'
import type { Instant } from '../../core/ground/clock.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { KeyId, Revision } from '../../core/types.ts'
import type { Change, Found, Remembered } from '../nodes.ts'
import { recordRevision } from '../sql/base/change.ts'
import { type SqlDatabase, type Trx, transact } from '../sql/base/database.ts'
import { integer } from '../sql/base/rows.ts'
import type { MetaName, Tables } from '../sql/base/tables.ts'
import { changeKey } from '../sql/keys/keys.ts'

/** The row of `meta` with the revision up to which changes are lost, until somebody decides what to do. */
export const LOST_UNTIL = 'lost_until'
/** The row with the revision up to which a loss was accepted. */
const ACCEPTED_UNTIL = 'accepted_until'

/** The action in the audit log that revokes a key. */
const REVOKED = 'key.revoke'
const REASON = 'The database had lost this revocation.'

/** See `NodeStore.compareChanges`. */
export async function compareChanges(
  db: SqlDatabase,
  { seen, changes }: Remembered,
  at: Instant,
): Promise<Found> {
  const found = await transact(db, async (trx) => {
    const { revision, accepted, until } = await standing(trx, 'to_write')
    const missing = await missingOf(trx, { revision, changes })
    const lost = missing.filter((change) => change.revision > accepted)
    if (revision >= seen && lost.length === 0) return { missing, lost, until }
    const reached = Math.max(seen, until ?? 0)
    if (revision < reached) await setMeta(trx, 'revision', reached)
    if (until !== reached) await setMeta(trx, LOST_UNTIL, reached)
    return { missing, lost, until: reached }
  })
  for (const change of found.missing) if (change.action === REVOKED) await revokeAgain(db, change, at)
  return { lost: found.lost, until: found.until }
}

/** See `NodeStore.acceptLosses`. */
export async function acceptLosses(
  db: SqlDatabase,
  { until, lost }: { until: Revision; lost: readonly Change[] },
  at: Instant,
): Promise<boolean> {
  return transact(db, async (trx) => {
    const now = await standing(trx, 'to_write')
    if (now.until !== until) return false
    const after = { lost: lost.map(({ revision, action, kind, id }) => ({ revision, action, kind, id })) }
    await acceptIn(trx, { until, at, after })
    return true
  })
}

/**
 * Accepts the present state, in a transaction that has locked the revision: changes that were lost up to a revision do not count any
 * more.
 */
export async function acceptIn(
  trx: Trx,
  { until, at, after }: { until: Revision; at: Instant; after: Record<string, unknown> },
): Promise<Revision> {
  await setMeta(trx, ACCEPTED_UNTIL, until)
  await trx.deleteFrom('meta').where('name', '=', LOST_UNTIL).execute()
  const act = { at, userId: null, keyId: null, requestId: null, ip: null, warrant: null }
  const target = { kind: 'system' as const, id: null }
  const before = { revision: until }
  return recordRevision(trx, {
    act,
    audit: { action: 'database.accept_older', target, before, after, reason: null },
  })
}

/** The state of a database. */
export interface Standing {
  revision: Revision
  /** Missing changes up to this revision are accepted. */
  accepted: Revision
  /** Missing changes up to this revision are not accepted yet; null when none are known to be missing. */
  until: Revision | null
}

/** Reads the state. Before a write, it locks the revision until the transaction ends. */
export async function standing(db: Kysely<Tables>, use: 'to_read' | 'to_write'): Promise<Standing> {
  // An update without effect locks the row on both engines.
  if (use === 'to_write') await sql`update meta set value = value where name = 'revision'`.execute(db)
  const rows = await db.selectFrom('meta').select(['name', 'value']).execute()
  const numberNamed = (name: MetaName) => rows.find((row) => row.name === name)?.value
  const until = numberNamed(LOST_UNTIL)
  return {
    revision: Number(numberNamed('revision')),
    accepted: Number(numberNamed(ACCEPTED_UNTIL) ?? 0n),
    until: until === undefined ? null : Number(until),
  }
}

/** Sets a number of the whole database. */
export async function setMeta(trx: Trx, name: MetaName, value: number): Promise<void> {
  await trx
    .insertInto('meta')
    .values({ name, value: integer(value) })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: integer(value) }))
    .execute()
}

/** The changes that the database lacks, or has others in place of. Changes are skipped when their audit entries are past the retention. */
async function missingOf(
  trx: Trx,
  { revision: last, changes }: { revision: Revision; changes: readonly Change[] },
): Promise<Change[]> {
  const [first] = changes
  if (first === undefined) return []
  const rows = await trx
    .selectFrom('audit')
    .select(['revision', 'target_id', 'action', 'at'])
    .where('revision', '>=', integer(first.revision))
    .execute()
  const { oldest } = await trx
    .selectFrom('audit')
    .select((select) => select.fn.min('revision').as('oldest'))
    .executeTakeFirstOrThrow()
  const kept = new Map(rows.map((row) => [Number(row.revision), row]))
  return changes.filter(({ revision, id, action, at }) => {
    const row = kept.get(revision)
    if (row === undefined) return revision > last || (oldest !== null && revision >= Number(oldest))
    return row.target_id !== id || row.action !== action || Number(row.at) !== at
  })
}

async function revokeAgain(db: SqlDatabase, { id, at: revokedAt }: Change, at: Instant): Promise<void> {
  const act = { at, userId: null, keyId: null, requestId: null, ip: null, warrant: null }
  const audit = {
    action: REVOKED,
    target: { kind: 'key' as const, id },
    before: { revokedAt: null },
    after: { revokedAt },
    reason: REASON,
  }
  await changeKey(db, {
    ref: { id: id as KeyId },
    act,
    decide: (current) =>
      current.revokedAt === null ? { next: { ...current, revokedAt, revokedReason: REASON }, audit } : null,
  }).catch((error) => {
    // The key itself may be among the lost records.
    if (!(error instanceof Fault && error.code === 'key_not_found')) throw error
  })
}
