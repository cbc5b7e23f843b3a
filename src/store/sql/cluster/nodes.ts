import { type Kysely, sql } from 'kysely'
import type { Revision } from '../../../core/types.ts'
import { isMigrated } from '../../migrations/migrate.ts'
import type { Change, Feed, NodeId, NodeRow, NodeStore, NodesSeen } from '../../nodes.ts'
import { LOST_UNTIL } from '../../older-copy/losses.ts'
import { type SqlDatabase, transactOn } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { statement } from '../base/statement.ts'
import type { Tables } from '../base/tables.ts'

/** A node that has missed more changes forgets everything instead of reading them. */
const CHANGES_AT_ONCE = 1_000

/** See `NodeStore.changesSince`. It is one statement, so that it sees one moment. */
export async function changesSince(db: SqlDatabase, since: Revision | null): Promise<Feed> {
  return feedOf(db, placeOf(db), since)
}

/** See `NodeStore.joinNode`. */
export async function joinNode(
  db: SqlDatabase,
  { id, leaseMs, at }: Parameters<NodeStore['joinNode']>[0],
): Promise<void> {
  const [joined_at, renewed_at] = [integer(at), integer(at)]
  const row = { id, renewals: 0n, applied: 0n, lease_ms: integer(leaseMs), joined_at, renewed_at }
  await placeOf(db).insertInto('nodes').values(row).execute()
}

/**
 * See `NodeStore.renewNode`. The row is written before the changes are read: an eviction at the same time waits for this, or is noticed
 * here.
 */
export function renewNode(
  db: SqlDatabase,
  { id, applied, at }: Parameters<NodeStore['renewNode']>[0],
  since: Revision | null,
): Promise<Feed | null> {
  return transactOn(placeOf(db), db, async (trx) => {
    const renewed = await countUp(db, trx, { id, applied: integer(applied), at: integer(at) })
    if (renewed.length === 0) return null
    const feed = await feedOf(db, trx, since)
    return (await isMigrated(trx)) ? feed : { ...feed, schema: 'other' }
  })
}

/** See `NodeStore.findNodes`. */
export async function findNodes(db: SqlDatabase): Promise<NodesSeen> {
  // Joined to a row that always exists, so that the incarnation is known even without nodes.
  const rows = await placeOf(db)
    .selectFrom('meta')
    .leftJoin('nodes', (join) => join.onTrue())
    .where('meta.name', '=', 'revision')
    .select(['id', 'renewals', 'applied', 'lease_ms'])
    .select(db.incarnation.as('incarnation'))
    .orderBy('id')
    .execute()
  return { rows: rows.flatMap(readNode), incarnation: rows[0]?.incarnation ?? '' }
}

/** See `NodeStore.evictNode`. */
export async function evictNode(db: SqlDatabase, id: NodeId, renewals: number | null): Promise<boolean> {
  const { numDeletedRows } = await placeOf(db)
    .deleteFrom('nodes')
    .where('id', '=', id)
    .$if(renewals !== null, (query) => query.where('renewals', '=', integer(renewals ?? 0)))
    .executeTakeFirst()
  return numDeletedRows > 0n
}

function placeOf(db: SqlDatabase): Kysely<Tables> {
  return db.membership ?? db.writer
}

interface NodeColumns {
  id: string | null
  renewals: bigint | null
  applied: bigint | null
  lease_ms: bigint | null
}

function readNode({ id, renewals, applied, lease_ms }: NodeColumns): NodeRow[] {
  if (id === null) return []
  return [{ id, renewals: Number(renewals), applied: Number(applied), leaseMs: Number(lease_ms) }]
}

async function feedOf(db: SqlDatabase, on: Kysely<Tables>, since: Revision | null): Promise<Feed> {
  const after = integer(since ?? Number.MAX_SAFE_INTEGER)
  const { rows } = await sql<ChangeColumns>`
    select latest.value as latest, ${db.incarnation} as incarnation,
      (select value from meta where name = ${LOST_UNTIL}) as lost_until,
      changes.revision, changes.target_kind, changes.target_id, changes.action, changes.at
    from meta as latest left join (
      select revision, target_kind, target_id, action, at from audit
      where revision > ${after} order by revision limit ${BigInt(CHANGES_AT_ONCE + 1)}) as changes on true
    where latest.name = 'revision' order by changes.revision`.execute(on)
  const [first] = rows
  if (first === undefined) throw new Error('The table "meta" has no revision.')
  const revision = Number(first.latest)
  const read = rows.flatMap(readChange)
  const isWhole = since !== null && read.length === revision - since && read.length <= CHANGES_AT_ONCE
  const { incarnation, lost_until } = first
  const changes = isWhole ? read : null
  return { revision, changes, incarnation, isUndecided: lost_until !== null, schema: 'ours' }
}

interface ChangeColumns {
  latest: bigint
  incarnation: string
  lost_until: bigint | null
  revision: bigint | null
  target_kind: string | null
  target_id: string | null
  action: string | null
  at: bigint | null
}

function readChange({ revision, target_kind, target_id, action, at }: ChangeColumns): Change[] {
  if (revision === null || action === null) return []
  const kind = target_kind as Change['kind']
  return [{ revision: Number(revision), kind, id: target_id, action, at: Number(at) }]
}

const countUp = statement(
  ['id', 'applied', 'at'],
  (trx, { id, applied, at }: { id: string; applied: bigint; at: bigint }) =>
    trx
      .updateTable('nodes')
      .set({ renewals: sql`renewals + 1`, applied, renewed_at: at })
      .where('id', '=', id)
      .returning('id'),
)
