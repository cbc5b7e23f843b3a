import { type RawBuilder, sql } from 'kysely'
import { type Manager, witnessesAmong } from '../../../core/access/managers.ts'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import type { KeyId, User, UserId } from '../../../core/types.ts'
import type { ManagersBeside } from '../../change.ts'
import { anyUsers } from '../base/actor.ts'
import { readActorKey, readSecretLife } from '../base/actor-rows.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { integer, readSeers, readUser } from '../base/rows.ts'
import { statement } from '../base/statement.ts'
import type { KeyTable } from '../base/tables.ts'

/**
 * The managers that a change of a key or user does not affect, and for a user the managers among its own keys. The caller must hold the
 * lock of the set of users; only under it can there become fewer managers.
 */
export async function managersBeside(
  db: SqlDatabase,
  trx: Trx,
  changed: { key: KeyId; owner: User } | { user: User },
): Promise<ManagersBeside> {
  const roots = (await enabledRoots(db, trx, {})).map(readUser)
  if ('key' in changed) {
    const { key, owner } = changed
    const others = await managersOf(db, trx, { owners: [owner, ...roots.filter(isNot(owner.id))], not: key })
    return { own: [], others }
  }
  const { user } = changed
  const own = user.role === 'ROOT' ? await managersOf(db, trx, { owners: [user], not: null }) : []
  return { own, others: await managersOf(db, trx, { owners: roots.filter(isNot(user.id)), not: null }) }
}

async function managersOf(
  db: SqlDatabase,
  trx: Trx,
  { owners, not }: { owners: readonly User[]; not: KeyId | null },
): Promise<Manager[]> {
  const managers: Manager[] = []
  const users: User[] = []
  const read = new Set<UserId>()
  for (const owner of owners) {
    for (const row of await managingKeys(db, trx, { owner: owner.id })) {
      if (row.id === not) continue
      const secrets = (await secretsOf(db, trx, { key: row.id })).map(readSecretLife)
      const ids = new Set(secrets.flatMap(({ seenBy }) => seenBy).filter((id) => !read.has(id)))
      for (const id of ids) read.add(id)
      users.push(...(await anyUsers(db, trx, [...ids])))
      const seen = secrets.map(({ expiresAt, seenBy }) => ({
        expiresAt,
        witnesses: witnessesAmong(users, seenBy, owner),
      }))
      managers.push({ key: readActorKey(row), owner, secrets: seen })
    }
  }
  return managers
}

const secretsOf = statement(['key'], (trx, { key }: { key: string }) =>
  trx.selectFrom('secrets').select(['digest', 'expires_at', 'seen_by']).where('key_id', '=', key),
)

function isNot(id: UserId): (user: User) => boolean {
  return (user) => user.id !== id
}

const enabledRoots = statement([], (trx) =>
  trx
    .selectFrom('users')
    .selectAll()
    .where('role', '=', 'ROOT')
    .where('disabled', '=', 0n)
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .limit(MAX.rootsRead),
)

/** The managing keys of a user that are not disabled, those that never expire first. */
const managingKeys = statement(['owner'], (trx, { owner }: { owner: string }, db) =>
  trx
    .selectFrom(sql<KeyTable>`keys`.as<'keys'>(managing(db)))
    .select(['keys.id', 'owner_id', 'access', 'disabled', 'allowed_ips'])
    .select(['not_before', 'expires_at', 'revoked_at'])
    .where('owner_id', '=', owner)
    .where(IS_MANAGING)
    .orderBy('expires_at', 'desc')
    .limit(MAX.managersRead),
)

/** Without the name of the index, SQLite would read all keys of the user, among them those of all its customers. */
function managing(db: SqlDatabase): RawBuilder<unknown> {
  return db.readBy('keys', 'keys_managing')
}

// These conditions are part of the SQL text, because only then is the partial index used.
const IS_MANAGING = sql<boolean>`keys.access <> 'use' and keys.revoked = 0 and keys.disabled = 0`

/** The other users who have seen a secret that works of one of the user's managing keys, except disabled and expired ones. */
export async function knowersOf(
  db: SqlDatabase,
  trx: Trx,
  { owner, at }: { owner: UserId; at: Instant },
): Promise<User[]> {
  const { rows } = await sql<{ seen_by: string }>`
    select distinct secrets.seen_by
    from ${managing(db)} join secrets on secrets.key_id = keys.id
    where keys.owner_id = ${owner} and ${IS_MANAGING} and keys.expires_at > ${integer(at)}
      and secrets.expires_at > ${integer(at)} and secrets.seen_by is not null`.execute(trx)
  const ids = new Set(rows.flatMap(({ seen_by }) => readSeers(seen_by)))
  ids.delete(owner)
  return anyUsers(db, trx, [...ids])
}
