import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely'
import type { Act, AuditRecord } from '../../../core/access/audit-entry.ts'
import { MAX } from '../../../core/ground/bounds.ts'
import { Fault } from '../../../core/ground/faults.ts'
import type { Page } from '../../../core/ground/page.ts'
import type { Remember } from '../../../core/keys/remembered.ts'
import type { Joined, Member, MemberQuery, MemberStanding } from '../../../core/people/queries.ts'
import type { Revision, User, UserId, WorkspaceId } from '../../../core/types.ts'
import type { Membership } from '../../members.ts'
import { findOwner, judgeActor, lockKeys } from '../base/actor.ts'
import { completeClaim, lockRevision, recordRevision } from '../base/change.ts'
import { requireRoomUnless, type SqlDatabase, snapshot, type Trx, transact } from '../base/database.ts'
import { isBehind, type Order, pageOf } from '../base/pages.ts'
import { integer, readUser } from '../base/rows.ts'
import { statement } from '../base/statement.ts'
import type { UserTable, WorkspaceMemberTable } from '../base/tables.ts'
import { type Home, requireWorkspace } from './owners.ts'
import { isHomeOf, isManagedBy, requireMember } from './sight.ts'

// A membership is added under the lock of the revision, so that members are counted one after the other. It is removed before that lock
// is taken, and a change that relies on it locks it before that, too.

/** See `MemberStore.addMember`. */
export async function addMember(
  db: SqlDatabase,
  membership: Membership,
  adding: { act: Act; audit: AuditRecord; remember?: Remember<Joined>; standing?: MemberStanding },
): Promise<Joined> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const joined = await transact(db, (trx) => addLocked(db, trx, { ...membership, ...adding }))
    if (joined !== 'overtaken') return joined
  }
  throw new Fault('store_unavailable', { internal: 'The member joined and left again and again.' })
}

/** The second round finds the member that the first was overtaken by, unless it has been removed and added again meanwhile. */
const ROUNDS_MAX = 8

/** Adds the member, or reports that another change has just added the same one with another standing, which is to be changed then. */
async function addLocked(
  db: SqlDatabase,
  trx: Trx,
  {
    workspaceId,
    userId,
    act,
    audit,
    remember,
    standing,
  }: Membership & { act: Act; audit: AuditRecord; remember?: Remember<Joined>; standing?: MemberStanding },
): Promise<Joined | 'overtaken'> {
  await judgeActor(db, trx, { act, locked: await lockKeys(db, trx, { act }), target: { owner: userId } })
  const user = await findOwner(db, trx, userId)
  if (user === null) throw new Fault('user_not_found')
  const home = await requireWorkspace(db, trx, workspaceId)
  const joined = await joinedMember(db, trx, { home, user, act, audit, standing })
  if (standing !== undefined && joined.standing !== standing) return 'overtaken'
  await completeClaim(trx, { remember, written: joined, act })
  return joined
}

async function joinedMember(
  db: SqlDatabase,
  trx: Trx,
  {
    home,
    user,
    act,
    audit,
    standing,
  }: { home: Home; user: User; act: Act; audit: AuditRecord; standing: MemberStanding | undefined },
): Promise<Joined> {
  if (home.isDefault && standing === 'manager') throw new Fault('member_default')
  if (home.isDefault) return { ...ofEverybody(user), revision: user.revision, isNew: false }
  const membership = { workspaceId: home.id, userId: user.id }
  const hasChanged = standing !== undefined && (await setStanding(trx, membership, standing))
  await lockRevision(db, trx)
  if (hasChanged) await stampMember(trx, membership, await recordRevision(trx, { act, audit }))
  const [row] = await memberRow(db, trx, { workspace: home.id, user: user.id })
  if (row !== undefined) return { ...readMember(row, user), revision: Number(row.revision), isNew: false }
  if (await isFull(trx, membership)) throw new Fault('too_many_members')
  const revision = await insertMember(trx, { membership, home, act, audit, standing })
  const given = standing ?? 'member'
  return { user, standing: given, joinedAt: act.at, addedById: act.userId, revision, isNew: true }
}

/** Adds the owner of a new key to its workspace, unless the workspace has the maximum number of members. */
export async function letIn(
  db: SqlDatabase,
  trx: Trx,
  { home, owner, act, audit }: { home: Home; owner: User; act: Act; audit: AuditRecord },
): Promise<void> {
  await lockRevision(db, trx)
  const membership = { workspaceId: home.id, userId: owner.id }
  const [row] = await memberRow(db, trx, { workspace: home.id, user: owner.id })
  if (row !== undefined || (await isFull(trx, membership))) return
  await insertMember(trx, { membership, home, act, audit })
}

/** Gives a member another standing; false when there is no such member, or it has that standing. */
async function setStanding(
  trx: Trx,
  { workspaceId, userId }: Membership,
  standing: MemberStanding,
): Promise<boolean> {
  const changed = await trx
    .updateTable('workspace_members')
    .set({ standing })
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .where('standing', '<>', standing)
    .executeTakeFirst()
  return changed.numUpdatedRows > 0n
}

async function stampMember(trx: Trx, { workspaceId, userId }: Membership, revision: Revision): Promise<void> {
  await trx
    .updateTable('workspace_members')
    .set({ revision: integer(revision) })
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .execute()
}

async function insertMember(
  trx: Trx,
  {
    membership,
    home,
    act,
    audit,
    standing = 'member',
  }: {
    membership: Membership
    home: Home
    act: Act
    audit: AuditRecord
    standing?: MemberStanding | undefined
  },
): Promise<Revision> {
  const revision = await recordRevision(trx, { act, audit })
  await trx
    .insertInto('workspace_members')
    .values({
      workspace_id: membership.workspaceId,
      user_id: membership.userId,
      standing,
      joined_at: integer(act.at),
      added_by_id: act.userId,
      workspace_created_at: integer(home.createdAt),
      revision: integer(revision),
    })
    .execute()
  return revision
}

async function isFull(trx: Trx, { workspaceId, userId }: Membership): Promise<boolean> {
  const most = BigInt(MAX.memberships)
  // In the order of an index each. In no order PostgreSQL may read the table, which has the members of all workspaces.
  const counted = (where: RawBuilder<SqlBool>, order: string) =>
    sql`(select count(*) from (
      select 1 from workspace_members where ${where} order by ${sql.ref(order)} limit ${most}) as bounded)`
  const { rows } = await sql<{ members: bigint; workspaces: bigint }>`
    select ${counted(sql`workspace_id = ${workspaceId}`, 'joined_at')} as members,
      ${counted(sql`user_id = ${userId}`, 'workspace_created_at')} as workspaces`.execute(trx)
  return rows.some(({ members, workspaces }) => members >= most || workspaces >= most)
}

/** See `MemberStore.removeMember`. */
export function removeMember(
  db: SqlDatabase,
  { workspaceId, userId }: Membership,
  { act, audit }: { act: Act; audit: AuditRecord },
): Promise<Revision> {
  return transact(db, async (trx) => {
    await judgeActor(db, trx, { act, locked: await lockKeys(db, trx, { act }) })
    const home = await requireWorkspace(db, trx, workspaceId)
    if (home.isDefault) throw new Fault('member_default')
    const gone = await trx
      .deleteFrom('workspace_members')
      .where('workspace_id', '=', workspaceId)
      .where('user_id', '=', userId)
      .executeTakeFirst()
    if (gone.numDeletedRows === 0n) throw new Fault('member_not_found')
    requireRoomUnless(db, true)
    return recordRevision(trx, { act, audit })
  })
}

/** Ends all memberships of a user or workspace that is being deleted; there are at most {@link MAX.memberships}. */
export async function endMemberships(
  trx: Trx,
  of: { column: 'user_id' | 'workspace_id'; id: string },
): Promise<void> {
  await trx.deleteFrom('workspace_members').where(of.column, '=', of.id).execute()
}

/** Whether a user belongs to a workspace; the answer holds until the transaction ends. */
export async function isMemberUntilEnd(
  db: SqlDatabase,
  trx: Trx,
  { home, userId }: { home: Pick<Home, 'id' | 'isDefault'>; userId: UserId },
): Promise<boolean> {
  if (home.isDefault) return true
  const read = db.locksRows ? lockedMember : memberRow
  return (await read(db, trx, { workspace: home.id, user: userId })).length > 0
}

/** The same for a workspace that may be deleted; then nobody belongs to it. */
export async function belongsUntilEnd(
  db: SqlDatabase,
  trx: Trx,
  { workspaceId, userId }: Membership,
): Promise<boolean> {
  const [row] = await livingWorkspace(db, trx, { id: workspaceId })
  if (row === undefined) return false
  const home = { id: workspaceId, isDefault: row.is_default === 1n }
  return isMemberUntilEnd(db, trx, { home, userId })
}

/** Whether a user manages a workspace, which stays so until the transaction ends. */
export async function managesUntilEnd(
  db: SqlDatabase,
  trx: Trx,
  { workspaceId, userId }: Membership,
): Promise<boolean> {
  const read = db.locksRows ? lockedMember : memberRow
  const [row] = await read(db, trx, { workspace: workspaceId, user: userId })
  return row?.standing === 'manager'
}

function memberOf(trx: Trx, { workspace, user }: { workspace: string; user: string }) {
  return trx
    .selectFrom('workspace_members')
    .select(['standing', 'joined_at', 'added_by_id', 'revision'])
    .where('workspace_id', '=', workspace)
    .where('user_id', '=', user)
}

const memberRow = statement(['workspace', 'user'], memberOf)

const lockedMember = statement(['workspace', 'user'], (trx, of: Parameters<typeof memberOf>[1]) =>
  memberOf(trx, of).forShare(),
)

const livingWorkspace = statement(['id'], (trx, { id }: { id: string }) =>
  trx.selectFrom('workspaces').select('is_default').where('id', '=', id).where('deleted_at', 'is', null),
)

/** See `MemberStore.isMember`. */
export async function isMember(db: SqlDatabase, { workspaceId, userId }: Membership): Promise<boolean> {
  const { rows } = await sql<{ found: bigint }>`
    select 1 as found where ${isHomeOf(sql`${workspaceId}`, userId)}`.execute(db.reader)
  return rows.length > 0
}

/** See `MemberStore.isManager`. */
export async function isManager(db: SqlDatabase, { workspaceId, userId }: Membership): Promise<boolean> {
  const { rows } = await sql`select 1 where ${isManagedBy(sql`${workspaceId}`, userId)}`.execute(db.reader)
  return rows.length > 0
}

const NEWEST: Order = { value: 'joined_at', id: 'user_id', direction: 'desc' }
const NEWEST_USERS: Order = { value: 'created_at', id: 'id', direction: 'desc' }

/** See `MemberStore.listMembers`. */
export function listMembers(db: SqlDatabase, query: MemberQuery): Promise<Page<Member>> {
  return query.of === 'everybody' ? listEverybody(db, query) : listOf(db, query, query.of)
}

function listEverybody(db: SqlDatabase, { after, limit }: MemberQuery): Promise<Page<Member>> {
  return snapshot(db, async (trx) => {
    const { rows } = await sql<Selectable<UserTable>>`
      select * from users where deleted_at is null ${behind(NEWEST_USERS, after)} and ${db.inTime(sql`id`)}
      order by created_at desc, id desc limit ${BigInt(limit + 1)}`.execute(trx)
    return pageOf(rows, limit, {
      record: (row) => ofEverybody(readUser(row)),
      cursor: (row) => ({ value: Number(row.created_at), id: row.id }),
    })
  })
}

type ListedRow = Selectable<UserTable> &
  Pick<Selectable<WorkspaceMemberTable>, 'standing' | 'joined_at' | 'added_by_id'>

function listOf(
  db: SqlDatabase,
  { memberId, after, limit }: MemberQuery,
  workspaceId: WorkspaceId,
): Promise<Page<Member>> {
  return snapshot(db, async (trx) => {
    await requireMember(trx, workspaceId, memberId)
    const { rows } = await sql<ListedRow>`
      select users.*, page.standing, page.joined_at, page.added_by_id
      from (
        select * from workspace_members
        where workspace_id = ${workspaceId} ${behind(NEWEST, after)} and ${db.inTime(sql`user_id`)}
        order by joined_at desc, user_id desc limit ${BigInt(limit + 1)}
      ) as page join users on users.id = page.user_id
      order by page.joined_at desc, page.user_id desc`.execute(trx)
    return pageOf(rows, limit, {
      record: (row) => readMember(row, readUser(row)),
      cursor: (row) => ({ value: Number(row.joined_at), id: row.id }),
    })
  })
}

function behind(order: Order, after: MemberQuery['after']): RawBuilder<unknown> {
  return after === undefined ? sql`` : sql`and ${isBehind(order, after)}`
}

function readMember(
  row: Pick<Selectable<WorkspaceMemberTable>, 'standing' | 'joined_at' | 'added_by_id'>,
  user: User,
): Member {
  return {
    user,
    standing: row.standing as MemberStanding,
    joinedAt: Number(row.joined_at),
    addedById: row.added_by_id as UserId | null,
  }
}

function ofEverybody(user: User): Member {
  return { user, standing: 'member', joinedAt: user.createdAt, addedById: null }
}
