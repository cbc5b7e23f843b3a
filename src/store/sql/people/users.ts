import { type Selectable, type SqlBool, sql } from 'kysely'
import type { Act } from '../../../core/access/audit-entry.ts'
import { isUnbounded } from '../../../core/access/managers.ts'
import { Fault } from '../../../core/ground/faults.ts'
import type { Page } from '../../../core/ground/page.ts'
import type { UserQuery } from '../../../core/people/queries.ts'
import type { Revision, Role, User, UserId } from '../../../core/types.ts'
import type { Creation, Decide } from '../../change.ts'
import type { UserContext } from '../../people.ts'
import { findOwner, judgeActor, lockKeys, lockUsers } from '../base/actor.ts'
import { boundedPage, type Equal } from '../base/bounded-page.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import type { Order } from '../base/pages.ts'
import { folded, readUser, userChanges, userRow } from '../base/rows.ts'
import { statement } from '../base/statement.ts'
import type { UserTable } from '../base/tables.ts'
import { knowersOf, managersBeside } from './managers.ts'
import {
  changeRecord,
  createRecord,
  deleteRecord,
  insertRecord,
  type NewRecord,
  type RecordKind,
} from './records.ts'

const USERS: RecordKind<User, UserContext> = {
  table: 'users',
  account: 'user',
  memberColumn: 'user_id',
  insert: (trx, user) => trx.insertInto('users').values(userRow(user)),
  update: (trx, user) => trx.updateTable('users').set(userChanges(user)).where('id', '=', user.id),
  lock: lockUser,
  async requireNoKeys(_, { ownsKeys }) {
    if (ownsKeys) throw new Fault('user_has_keys')
  },
  cutsOff: (current, next) => next === null || (next.disabled && !current.disabled),
}

/** See `Store.createUser`. */
export function createUser(db: SqlDatabase, user: User, by: Creation<User>): Promise<User> {
  return createRecord(USERS, db, { record: user, ...by })
}

/** Writes a new user in an open transaction, and returns it with its revision. */
export function insertUser(trx: Trx, user: NewRecord<User>): Promise<User> {
  return insertRecord(USERS, trx, user)
}

/** See `Store.changeUser`. */
export function changeUser(
  db: SqlDatabase,
  { toRole, ...change }: { id: UserId; decide: Decide<User, UserContext>; act: Act; toRole?: Role },
): Promise<User> {
  const lock: typeof USERS.lock = (...[db, trx, of]) => lockUser(db, trx, { ...of, toRole })
  return changeRecord({ ...USERS, lock }, db, change)
}

/** See `Store.deleteUser`. */
export function deleteUser(
  db: SqlDatabase,
  deletion: { id: UserId; decide: Decide<User, UserContext>; act: Act },
): Promise<Revision> {
  return deleteRecord(USERS, db, deletion)
}

async function lockUser(
  db: SqlDatabase,
  trx: Trx,
  { id, act, toRole }: { id: UserId; act: Act; toRole?: Role | undefined },
): Promise<{ current: User } & UserContext> {
  await lockUsers(db, trx)
  const locked = await lockKeys(db, trx, { act })
  const actor = await judgeActor(db, trx, { act, locked, target: { user: id } })
  const current = actor?.owner.id === id ? actor.owner : await findOwner(db, trx, id)
  if (current === null) throw new Fault('user_not_found')
  const [counted] = await enabledRootsBeside(db, trx, { id })
  // A bound for a user who has seen secrets of managers bounds these, too.
  const mayBound = current.role === 'ROOT' || isUnbounded(current.policy)
  const managers = mayBound ? await managersBeside(db, trx, { user: current }) : null
  const ownsKeys = (await keyOf(db, trx, { id })).length > 0
  const isPromoted = toRole !== undefined && toRole !== current.role
  const knowers = isPromoted ? await knowersOf(db, trx, { owner: id, at: act.at }) : []
  return { current, actor, ownsKeys, otherRoots: Number(counted?.others ?? 0), managers, knowers }
}

const keyOf = statement(['id'], (trx, { id }: { id: string }) =>
  trx.selectFrom('keys').select('id').where('owner_id', '=', id).where('revoked', '=', 0n).limit(1),
)

const enabledRootsBeside = statement(['id'], (trx, { id }: { id: string }) =>
  trx
    .selectFrom('users')
    .select((select) => select.fn.countAll<bigint>().as('others'))
    .where('role', '=', 'ROOT')
    .where('disabled', '=', 0n)
    .where('deleted_at', 'is', null)
    .where('id', '<>', id),
)

/** See `Store.findUser`. */
export async function findUser(
  db: SqlDatabase,
  by: { id: UserId } | { email: string } | { username: string },
): Promise<User | null> {
  const users = db.reader.selectFrom('users').selectAll().where('deleted_at', 'is', null)
  const found =
    'id' in by
      ? users.where('id', '=', by.id)
      : 'email' in by
        ? users.where('email_folded', '=', folded(by.email))
        : users.where('username_folded', '=', folded(by.username))
  const row = await found.executeTakeFirst()
  return row === undefined ? null : readUser(row)
}

const NEWEST: Order = { value: 'created_at', id: 'id', direction: 'desc' }

/** See `Store.listUsers`. */
export function listUsers(db: SqlDatabase, query: UserQuery): Promise<Page<User>> {
  const { role, externalId, after, limit } = query
  const equals: Equal[] = []
  if (externalId !== undefined) equals.push({ column: 'external_id', value: externalId })
  if (role !== undefined) equals.push({ column: 'role', value: role })
  const within = sql<SqlBool>`deleted_at is null`
  return snapshot(db, async (trx) => {
    const list = { table: 'users', order: NEWEST, equals, within, after, limit }
    const { rows, next } = await boundedPage<Selectable<UserTable>>(db, trx, list)
    return { rows: rows.map(readUser), next }
  })
}
