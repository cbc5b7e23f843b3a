import { type Selectable, type SqlBool, sql } from 'kysely'
import type { Act } from '../../../core/access/audit-entry.ts'
import { Fault } from '../../../core/ground/faults.ts'
import type { Cursor, Page } from '../../../core/ground/page.ts'
import type { WorkspaceQuery, WorkspaceRef } from '../../../core/people/queries.ts'
import type { Revision, UserId, Workspace, WorkspaceId } from '../../../core/types.ts'
import type { ActorContext, Creation, Decide } from '../../change.ts'
import { judgeActor, lockKeys } from '../base/actor.ts'
import { boundedPage } from '../base/bounded-page.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { isBehind, type Order, pageOf } from '../base/pages.ts'
import { lookUp } from '../base/query-hints.ts'
import { readWorkspace, workspaceChanges, workspaceRow } from '../base/rows.ts'
import type { WorkspaceTable } from '../base/tables.ts'
import {
  changeRecord,
  createRecord,
  deleteRecord,
  insertRecord,
  type NewRecord,
  type RecordKind,
} from './records.ts'
import { isOpenTo } from './sight.ts'

const WORKSPACES: RecordKind<Workspace, ActorContext> = {
  table: 'workspaces',
  account: 'workspace',
  memberColumn: 'workspace_id',
  insert: (trx, workspace) => trx.insertInto('workspaces').values(workspaceRow(workspace)),
  update: (trx, workspace) =>
    trx.updateTable('workspaces').set(workspaceChanges(workspace)).where('id', '=', workspace.id),
  async lock(db, trx, { id, act }) {
    const actor = await judgeActor(db, trx, { act, locked: await lockKeys(db, trx, { act }) })
    return { actor, current: await lockWorkspace(db, trx, id) }
  },
  async requireNoKeys(trx, { current }) {
    const keys = trx.selectFrom('keys').select('id').where('workspace_id', '=', current.id)
    const key = await keys.where('revoked', '=', 0n).limit(1).executeTakeFirst()
    if (key !== undefined) throw new Fault('workspace_has_keys')
  },
  cutsOff: () => false,
}

/** See `Store.createWorkspace`. */
export function createWorkspace(
  db: SqlDatabase,
  workspace: Workspace,
  by: Creation<Workspace>,
): Promise<Workspace> {
  return createRecord(WORKSPACES, db, { record: workspace, ...by })
}

/** Writes a new workspace in an open transaction, and returns it with its revision. */
export function insertWorkspace(trx: Trx, workspace: NewRecord<Workspace>): Promise<Workspace> {
  return insertRecord(WORKSPACES, trx, workspace)
}

/** See `Store.changeWorkspace`. */
export function changeWorkspace(
  db: SqlDatabase,
  change: { id: WorkspaceId; decide: Decide<Workspace>; act: Act },
): Promise<Workspace> {
  return changeRecord(WORKSPACES, db, change)
}

/** See `Store.deleteWorkspace`. */
export function deleteWorkspace(
  db: SqlDatabase,
  deletion: { id: WorkspaceId; decide: Decide<Workspace>; act: Act },
): Promise<Revision> {
  return deleteRecord(WORKSPACES, db, deletion)
}

async function lockWorkspace(db: SqlDatabase, trx: Trx, id: WorkspaceId): Promise<Workspace> {
  const living = trx
    .selectFrom('workspaces')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(db.locksRows, (select) => select.forNoKeyUpdate())
  const [row] = await lookUp(trx, living)
  if (row === undefined) throw new Fault('workspace_not_found')
  return readWorkspace(row)
}

/** See `Store.findWorkspace`. */
export async function findWorkspace(
  db: SqlDatabase,
  by: WorkspaceRef,
  memberId: UserId | null,
): Promise<Workspace | null> {
  const every = db.reader.selectFrom('workspaces').selectAll()
  const all = memberId === null ? every : every.where(isOpenTo(sql.table('workspaces'), memberId))
  const alive = all.where('deleted_at', 'is', null)
  const found =
    by === 'default'
      ? alive.where('is_default', '=', 1n).orderBy('created_at').limit(1)
      : 'id' in by
        ? (by.alsoDeleted ? all : alive).where('id', '=', by.id)
        : alive.where('slug', '=', by.slug)
  const row = await found.executeTakeFirst()
  return row === undefined ? null : readWorkspace(row)
}

const NEWEST: Order = { value: 'created_at', id: 'id', direction: 'desc' }

/** See `Store.listWorkspaces`. */
export function listWorkspaces(
  db: SqlDatabase,
  { memberId, after, limit }: WorkspaceQuery,
): Promise<Page<Workspace>> {
  if (memberId !== undefined) return listJoined(db, { memberId, after, limit })
  const within = sql<SqlBool>`deleted_at is null`
  return snapshot(db, async (trx) => {
    const list = { table: 'workspaces', order: NEWEST, equals: [], within, after, limit }
    const { rows, next } = await boundedPage<Selectable<WorkspaceTable>>(db, trx, list)
    return { rows: rows.map(readWorkspace), next }
  })
}

const NEWEST_JOINED: Order = { value: 'workspace_created_at', id: 'workspace_id', direction: 'desc' }

/** The workspaces of one member: the default one and those that it is a member of, in the order of their index. */
function listJoined(
  db: SqlDatabase,
  { memberId, after, limit }: { memberId: UserId; after: Cursor | undefined; limit: number },
): Promise<Page<Workspace>> {
  const behind = (order: Order) => (after === undefined ? sql`` : sql`and ${isBehind(order, after)}`)
  const most = BigInt(limit + 1)
  return snapshot(db, async (trx) => {
    const { rows } = await sql<Selectable<WorkspaceTable>>`
      select workspaces.*
      from (
        select * from (
          select workspace_id as id from workspace_members
          where user_id = ${memberId} ${behind(NEWEST_JOINED)} and ${db.inTime(sql`workspace_id`)}
          order by workspace_created_at desc, workspace_id desc limit ${most}
        ) as joined
        union
        select id from workspaces where is_default = 1 and deleted_at is null ${behind(NEWEST)}
      ) as open join workspaces on workspaces.id = open.id
      order by workspaces.created_at desc, workspaces.id desc limit ${most}`.execute(trx)
    return pageOf(rows, limit, {
      record: readWorkspace,
      cursor: (row) => ({ value: Number(row.created_at), id: row.id }),
    })
  })
}
