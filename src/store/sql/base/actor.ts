import type { Act } from '../../../core/access/audit-entry.ts'
import type { Actor } from '../../../core/access/warrant.ts'
import { Fault } from '../../../core/ground/faults.ts'
import type { Digest, KeyId, User, UserId } from '../../../core/types.ts'
import { readActorKey, readSecretLife } from './actor-rows.ts'
import type { SqlDatabase, Trx } from './database.ts'
import { readUser } from './rows.ts'
import { statement } from './statement.ts'

// All changes lock in one order, so that no two of them wait for each other in a circle: the set of users (where it matters), keys by id,
// users by id, the workspace, and last the revision. A row that is only read is locked, too: the actor's rights must still hold when the
// change commits.

/** The rows that a change locks besides its actor. */
export interface Target {
  /** The key that is changed. */
  key?: KeyId
  /** The user that is changed. */
  user?: UserId
  /** Users that must stay as they are. */
  owner?: UserId
  others?: readonly UserId[]
}

/** The actor's locked key, and the secret of it that the actor sent; null for an act without a warrant. */
export type LockedKeys = { key: ActorKey; secret: Actor['secret'] } | null

type ActorKey = Actor['key'] & { ownerId: UserId }

/**
 * Makes every other change of the set of users, and of the keys that can manage everything, wait until the transaction ends, so that
 * counts of them stay true. Must be taken before any other lock.
 */
export async function lockUsers(db: SqlDatabase, trx: Trx): Promise<void> {
  if (!db.locksRows) return
  await trx.selectFrom('meta').select('value').where('name', '=', 'users').forUpdate().execute()
}

/** Locks the actor's key and the key that is changed, and reads the actor's secret. */
export async function lockKeys(
  db: SqlDatabase,
  trx: Trx,
  { act, key }: { act: Act; key?: KeyId },
): Promise<LockedKeys> {
  const own = act.warrant === null ? null : act.keyId
  if (db.locksRows) {
    for (const id of inOrder([own, key])) {
      await (id === key ? lockKeyToChange : lockKeyToStay)(db, trx, { id })
    }
  }
  if (act.warrant === null || own === null) return null
  const [row] = await actorKeyById(db, trx, { id: own })
  // The users who have seen a secret change under the lock of its key alone, so they are known before users are locked.
  const [secret] = await secretByDigest(db, trx, { digest: act.warrant.credential })
  if (row === undefined || secret === undefined || secret.key_id !== row.id) {
    throw new Fault('credential_invalid', { internal: 'the actor has no such key or secret' })
  }
  return { key: readActorKey(row), secret: readSecretLife(secret) }
}

/**
 * Locks the actor's owner, the witnesses of its secret and the user that the change is about, and judges the actor by them. Null for an act without a
 * warrant. Throws the faults of the warrant.
 */
export async function judgeActor(
  db: SqlDatabase,
  trx: Trx,
  { act, locked, target = {} }: { act: Act; locked: LockedKeys; target?: Target },
): Promise<Actor | null> {
  if (db.locksRows) {
    const staying = [
      locked?.key.ownerId,
      ...(locked?.secret.seenBy ?? []),
      target.owner,
      ...(target.others ?? []),
    ]
    for (const id of inOrder([target.user, ...staying])) {
      await (id === target.user ? lockUserToChange : lockUserToStay)(db, trx, { id })
    }
  }
  if (act.warrant === null || locked === null) return null
  const { key, secret } = locked
  const owner = await findOwner(db, trx, key.ownerId)
  if (owner === null) throw new Fault('credential_invalid', { internal: 'the actor has no owner' })
  const witnesses = await anyUsers(db, trx, secret.seenBy)
  const actor: Actor = { key, secret, owner, witnesses }
  act.warrant.judge(actor)
  if (act.warrant.session !== null) await requireSession(db, trx, act.warrant.session)
  return actor
}

/** Requires that a browser is still signed in; its sign-out waits for the transaction. */
async function requireSession(db: SqlDatabase, trx: Trx, digest: Digest): Promise<void> {
  if (db.locksRows) await lockSessionToStay(db, trx, { digest })
  const [row] = await sessionByDigest(db, trx, { digest })
  if (row === undefined) throw new Fault('credential_invalid', { internal: 'the browser has signed out' })
}

/** The owner of a record, also when that user is deleted. */
export async function findOwner(db: SqlDatabase, trx: Trx, id: UserId): Promise<User | null> {
  const [row] = await userById(db, trx, { id })
  return row === undefined || row.deleted_at !== null ? null : readUser(row)
}

/** Users as their rows have them, also deleted ones: what they have seen, they know. Ids without a row are left out. */
export async function anyUsers(db: SqlDatabase, trx: Trx, ids: readonly UserId[]): Promise<User[]> {
  const users: User[] = []
  for (const id of ids) {
    const [row] = await userById(db, trx, { id })
    if (row !== undefined) users.push(readUser(row))
  }
  return users
}

function inOrder<Id extends string>(ids: (Id | null | undefined)[]): Id[] {
  return [...new Set(ids.filter((id) => id !== null && id !== undefined))].sort()
}

// What follows a lock is read when the lock is taken, so nobody waits for the answer to the lock itself.
const LATER = { canWait: true } as const

const lockKeyToStay = statement(
  ['id'],
  (trx, { id }: { id: string }) => trx.selectFrom('keys').select('id').where('id', '=', id).forShare(),
  LATER,
)

const lockKeyToChange = statement(
  ['id'],
  (trx, { id }: { id: string }) => trx.selectFrom('keys').select('id').where('id', '=', id).forNoKeyUpdate(),
  LATER,
)

const lockUserToStay = statement(
  ['id'],
  (trx, { id }: { id: string }) => trx.selectFrom('users').select('id').where('id', '=', id).forShare(),
  LATER,
)

/** Makes every other change of a user wait until the transaction ends. */
export const lockUserToChange = statement(
  ['id'],
  (trx, { id }: { id: string }) => trx.selectFrom('users').select('id').where('id', '=', id).forNoKeyUpdate(),
  LATER,
)

const lockSessionToStay = statement(
  ['digest'],
  (trx, { digest }: { digest: string }) =>
    trx.selectFrom('browser_sessions').select('digest').where('digest', '=', digest).forShare(),
  LATER,
)

// These are separate statements, so that they see the changes for which the locks waited.
const actorKeyById = statement(['id'], (trx, { id }: { id: string }) =>
  trx
    .selectFrom('keys')
    .select(['id', 'owner_id', 'access', 'disabled', 'allowed_ips'])
    .select(['not_before', 'expires_at', 'revoked_at'])
    .where('id', '=', id),
)

const secretByDigest = statement(['digest'], (trx, { digest }: { digest: string }) =>
  trx
    .selectFrom('secrets')
    .select(['digest', 'key_id', 'expires_at', 'seen_by'])
    .where('digest', '=', digest),
)

const sessionByDigest = statement(['digest'], (trx, { digest }: { digest: string }) =>
  trx.selectFrom('browser_sessions').select('digest').where('digest', '=', digest),
)

const userById = statement(['id'], (trx, { id }: { id: string }) =>
  trx.selectFrom('users').selectAll().where('id', '=', id),
)
