import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Revision } from '../../../core/types.ts'
import type { RecentChanges } from '../../audit.ts'
import { MIGRATIONS, STEP_COUNT } from '../../migrations/migrate.ts'
import type { Change, Feed, NodeId, NodeRow, NodeStore, NodesSeen } from '../../nodes.ts'
import { LOST_UNTIL } from '../../older-copy/losses.ts'
import { type SqlDatabase, transactOn } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import type { Tables } from '../base/tables.ts'

/** Whoever has missed more changes forgets everything instead of reading them. */
const CHANGES_AT_ONCE = 1_000

/** See `NodeStore.changesSince`. It is one statement, so that it sees one moment. */
export async function changesSince(db: SqlDatabase, since: Revision | null): Promise<Feed> {
  return feedOf(db, placeOf(db), since)
}

/** See `AuditStore.recentChanges`. Never by a connection of the nodes: callers decide how often this is read. */
export async function recentChanges(db: SqlDatabase, after: Revision | null): Promise<RecentChanges> {
  const newest = sql`order by revision desc limit ${BigInt(CHANGES_AT_ONCE)}`
  const { rows } = await feedQuery(db, after ?? 0, newest).execute(db.reader)
  const { revision, incarnation, isUndecided } = headOf(rows)
  const read = rows.flatMap(readChange)
  const oldest = revision - read.length
  const lastGap = read.findLastIndex((change, index) => change.revision !== oldest + 1 + index)
  return { revision, changes: read.slice(lastGap + 1), incarnation, isUndecided }
}

/**
 * See `NodeStore.joinNode`. It is on disk when it is answered: a server whose process has crashed recovers under the same incarnation, and a row that
 * it had lost would be waited for by nobody.
 */
export async function joinNode(
  db: SqlDatabase,
  { id, leaseMs, at }: Parameters<NodeStore['joinNode']>[0],
): Promise<void> {
  const [joined_at, renewed_at] = [integer(at), integer(at)]
  const row = { id, renewals: 0n, applied: 0n, lease_ms: integer(leaseMs), joined_at, renewed_at }
  await db.writer.insertInto('nodes').values(row).execute()
}

/**
 * See `NodeStore.renewNode`. Where the engine writes and reads in one statement, there is one round trip, for which changes wait. A change
 * that is committed between its read and its write is missing from the feed, and the row does not count it as applied either.
 */
export function renewNode(
  db: SqlDatabase,
  node: Parameters<NodeStore['renewNode']>[0],
  since: Revision | null,
): Promise<Feed | null> {
  return writeAndRead(db, { write: countUp(node), since, isDurable: true })
}

/** See `NodeStore.acknowledge`. */
export function acknowledge(
  db: SqlDatabase,
  { id, applied }: Parameters<NodeStore['acknowledge']>[0],
  since: Revision,
): Promise<Feed | null> {
  const write = sql<{
    id: string
  }>`update nodes set applied = ${integer(applied)} where id = ${id} returning id`
  return writeAndRead(db, { write, since, isDurable: false })
}

interface RowWrite {
  write: RawBuilder<{ id: string }>
  since: Revision | null
  /** Whether it must be on disk when it is answered. */
  isDurable: boolean
}

async function writeAndRead(db: SqlDatabase, { write, since, isDurable }: RowWrite): Promise<Feed | null> {
  if (!db.locksRows) {
    return transactOn(placeOf(db), db, async (trx) => {
      const { rows } = await write.execute(trx)
      return rows.length === 0 ? null : feedOf(db, trx, since)
    })
  }
  const waits = (isDurable && db.waitsForDisk) || sql`null`
  const { rows } = await sql<ChangeColumns & { written: bigint }>`
    with written as (${write})
    select (select count(*) from written) as written, ${waits} as waits, feed.*
    from (${feedQuery(db, since)}) as feed order by feed.revision`.execute(placeOf(db))
  return rows[0]?.written === 0n ? null : readFeed(rows, since)
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
  const { rows } = await feedQuery(db, since).execute(on)
  return readFeed(rows, since)
}

const OLDEST = sql`order by revision limit ${BigInt(CHANGES_AT_ONCE + 1)}`

function feedQuery(db: SqlDatabase, since: Revision | null, part = OLDEST): RawBuilder<ChangeColumns> {
  const after = integer(since ?? Number.MAX_SAFE_INTEGER)
  return sql<ChangeColumns>`
    select latest.value as latest, ${db.incarnation} as incarnation,
      (select count(*) from ${sql.table(MIGRATIONS)}) as steps,
      (select value from meta where name = ${LOST_UNTIL}) as lost_until,
      changes.revision, changes.target_kind, changes.target_id, changes.action, changes.at
    from meta as latest left join (
      select revision, target_kind, target_id, action, at from audit
      where revision > ${after} ${part}) as changes on true
    where latest.name = 'revision' order by changes.revision`
}

function headOf([first]: readonly ChangeColumns[]): Omit<Feed, 'changes'> {
  if (first === undefined) throw new Error('The table "meta" has no revision.')
  const { latest, incarnation, steps, lost_until } = first
  // Steps are only ever added.
  const schema = Number(steps) === STEP_COUNT ? 'ours' : 'other'
  return { revision: Number(latest), incarnation, isUndecided: lost_until !== null, schema }
}

function readFeed(rows: readonly ChangeColumns[], since: Revision | null): Feed {
  const head = headOf(rows)
  const read = rows.flatMap(readChange)
  const isWhole = since !== null && read.length === head.revision - since && read.length <= CHANGES_AT_ONCE
  return { ...head, changes: isWhole ? read : null }
}

interface ChangeColumns {
  latest: bigint
  incarnation: string
  steps: bigint
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

function countUp({ id, applied, at }: Parameters<NodeStore['renewNode']>[0]): RawBuilder<{ id: string }> {
  return sql`update nodes set renewals = renewals + 1, applied = ${integer(applied)}, renewed_at = ${integer(at)}
    where id = ${id} returning id`
}
