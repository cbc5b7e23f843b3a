import { type RawBuilder, sql } from 'kysely'
import { needsMembership } from '../../../core/access/abilities.ts'
import type { Act, AuditRecord } from '../../../core/access/audit-entry.ts'
import type { Actor } from '../../../core/access/warrant.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import { Fault } from '../../../core/ground/faults.ts'
import type { KeyRef } from '../../../core/keys/queries.ts'
import type { Remember } from '../../../core/keys/remembered.ts'
import type { Payer } from '../../../core/ledger/entries.ts'
import type { Digest, Key, KeyId, StoredSecret, User, UserId, WorkspaceId } from '../../../core/types.ts'
import type { Decide, KeyContext } from '../../change.ts'
import type { Heir, KeyCreation } from '../../keys.ts'
import { anyUsers, findOwner, judgeActor, lockKeys, lockUsers } from '../base/actor.ts'
import { completeClaim, recordChange } from '../base/change.ts'
import { requireRoomUnless, type SqlDatabase, snapshot, type Trx, transact } from '../base/database.ts'
import { writeNext } from '../base/query-hints.ts'
import { expiry, keyChanges, keyRow, placeColumns, secretRow, seersText, totalsRow } from '../base/rows.ts'
import { withLimitsLocked } from '../ledger/account-versions.ts'
import { waitForCommits } from '../ledger/commit-fence.ts'
import { readPayer } from '../ledger/ledger-rows.ts'
import { managersBeside } from '../people/managers.ts'
import { belongsUntilEnd, isMemberUntilEnd, letIn, managesUntilEnd } from '../people/members.ts'
import { requireOwners, requireWorkspace } from '../people/owners.ts'
import { writeFinders } from './key-finders.ts'
import { keyById, keyIdOf, requireCurrent, withItsSecrets, withSecrets } from './key-rows.ts'

/** See `Store.createKey`. */
export function createKey(
  db: SqlDatabase,
  key: Key,
  { act, audit, remember, keysMax, decide, letIn: joining }: KeyCreation,
): Promise<Key> {
  return transact(db, async (trx) => {
    const locked = await lockKeys(db, trx, { act })
    const actor = await judgeActor(db, trx, { act, locked, target: { owner: key.ownerId } })
    const owner = await findOwner(db, trx, key.ownerId)
    if (owner === null) throw new Fault('user_not_found')
    const home = await requireWorkspace(db, trx, key.workspaceId)
    const isMember = await isMemberUntilEnd(db, trx, { home, userId: owner.id })
    const isManager = await managesFor(db, trx, { actor, owner, workspaceId: home.id })
    const decided = decide?.({ owner, actor, isMember, isManager }) ?? { next: key, audit }
    const joins = isMember ? null : (joining?.(owner) ?? null)
    if (joins !== null) await letIn(db, trx, { home, owner, act, audit: joins })
    const made: Key = { ...decided.next, id: key.id, ownerId: owner.id, workspaceId: home.id }
    const written = await insertKey(trx, { key: made, act, audit: decided.audit })
    const most = keysMax?.(owner, isManager) ?? null
    if (most !== null) await requireFewKeys(trx, key.ownerId, { most, isManager })
    await completeClaim(trx, { remember, written, act })
    return written
  })
}

// From the moment when the revision is taken, all changes wait for each other, so nobody adds a key before this one ends.
async function requireFewKeys(
  trx: Trx,
  ownerId: UserId,
  { most, isManager }: { most: number; isManager: boolean },
): Promise<void> {
  const some = trx
    .selectFrom('keys')
    .select('id')
    .where('owner_id', '=', ownerId)
    .where('revoked', '=', 0n)
    .limit(most + 1)
  const { count } = await trx
    .selectFrom(some.as('some'))
    .select((select) => select.fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  if (Number(count) > most) throw new Fault('too_many_keys', isManager ? { message: OTHER_HALF } : {})
}

const OTHER_HALF =
  'The user owns half as many keys as a user may; a manager of a workspace leaves the other half to the user itself.'

/** Writes a new key in an open transaction, and returns it with its revision. */
export async function insertKey(
  trx: Trx,
  { key, act, audit }: { key: Key; act: Act; audit: AuditRecord },
): Promise<Key> {
  if (key.secrets.every((secret) => secret.digest !== key.hash)) {
    throw new Fault('internal', {
      internal: `The hash of the key ${key.id} is not the digest of a secret of it.`,
    })
  }
  await writeNext(trx, trx.insertInto('keys').values(keyRow(key)))
  await insertSecrets(trx, { keyId: key.id, secrets: key.secrets, after: 0 })
  await writeFinders(trx, key, null)
  await writeNext(trx, trx.insertInto('key_totals').values(totalsRow(key)))
  return { ...key, revision: await recordChange(trx, { table: 'keys', id: key.id, act, audit }) }
}

interface KeyChange {
  ref: KeyRef
  decide: Decide<Key, KeyContext>
  act: Act
  remember?: Remember<Key>
  heir?: Heir
}

/** See `Store.changeKey`. */
export async function changeKey(db: SqlDatabase, change: KeyChange): Promise<Key> {
  // Where one transaction writes at a time, no lock is needed.
  for (let guarded = !db.locksRows; ; guarded = true) {
    const written = await transact(db, (trx) => changeLocked(db, trx, { ...change, guarded }))
    if (written !== 'unguarded') return written
  }
}

/** Changes the key, or reports that the lock of the set of users is needed; it must be taken before all others. */
async function changeLocked(
  db: SqlDatabase,
  trx: Trx,
  { ref, decide, act, remember, heir: heirAsked, guarded }: KeyChange & { guarded: boolean },
): Promise<Key | 'unguarded'> {
  if (guarded) await lockUsers(db, trx)
  const id = await keyIdOf(trx, ref, act.at)
  if (id === undefined) throw new Fault('key_not_found')
  const locked = await lockKeys(db, trx, { act, key: id })
  const [row] = await keyById(db, trx, { id })
  const ownerId = row?.owner_id as UserId | undefined
  // Read after the lock was taken: until then another change may have been adding secrets.
  const current = row === undefined ? null : await withItsSecrets(db, trx, { row, at: act.at })
  const knowing = current === null ? [] : seenBy(current)
  const others = heirAsked === undefined ? knowing : [...knowing, heirAsked.id]
  const target = ownerId === undefined ? {} : { owner: ownerId, others }
  const actor = await judgeActor(db, trx, { act, locked, target })
  if (row === undefined || ownerId === undefined || current === null) throw new Fault('key_not_found')
  const owner = actor?.owner.id === ownerId ? actor.owner : await findOwner(db, trx, ownerId)
  const mayBeLast = owner?.role === 'ROOT' && row.access !== 'use' && row.revoked === 0n
  if (mayBeLast && !guarded) return 'unguarded'
  const heir = heirAsked === undefined ? null : await findOwner(db, trx, heirAsked.id)
  if (heirAsked !== undefined && heir === null) throw new Fault('user_not_found')
  const managers = mayBeLast ? await managersBeside(db, trx, { key: id, owner }) : null
  const isMember = await belongsUntilEnd(db, trx, { workspaceId: current.workspaceId, userId: ownerId })
  const knowers = await anyUsers(db, trx, knowing)
  const isManager = await managesFor(db, trx, { actor, owner, workspaceId: current.workspaceId })
  const decided = decide(current, { actor, owner, heir, knowers, isMember, isManager, managers })
  if (decided !== null) await waitForCommits(db, trx, { kind: 'key', id })
  const written =
    decided === null
      ? current
      : decided.next.ownerId === ownerId || heir === null
        ? await updateKey(db, trx, { current, act, ...decided })
        : await handOver(db, trx, { current, act, ...decided, heir, ...heirAsked })
  await completeClaim(trx, { remember, written, act })
  return written
}

/** Whether the actor manages the workspace of somebody else's key; not asked where it does not matter. */
async function managesFor(
  db: SqlDatabase,
  trx: Trx,
  { actor, owner, workspaceId }: { actor: Actor | null; owner: User | null; workspaceId: WorkspaceId },
): Promise<boolean> {
  if (actor === null || actor.owner.id === owner?.id || !needsMembership(actor.owner.role)) return false
  return managesUntilEnd(db, trx, { workspaceId, userId: actor.owner.id })
}

/** The other users who have seen a secret of the key that still works. */
function seenBy({ ownerId, secrets }: Key): UserId[] {
  const ids = new Set(secrets.flatMap((secret) => secret.seenBy))
  return [...ids].filter((id) => id !== ownerId)
}

/** Gives the key to the heir, under the same bounds as a new key of it. */
async function handOver(
  db: SqlDatabase,
  trx: Trx,
  change: {
    current: Key
    next: Key
    act: Act
    audit: AuditRecord
    heir: User
  } & Pick<Heir, 'keysMax' | 'letIn'>,
): Promise<Key> {
  const { current, next, act, audit, heir, keysMax, letIn: joining } = change
  const home = await requireWorkspace(db, trx, next.workspaceId)
  const isMember = await isMemberUntilEnd(db, trx, { home, userId: heir.id })
  const joins = isMember ? null : (joining?.(heir) ?? null)
  if (joins !== null) await letIn(db, trx, { home, owner: heir, act, audit: joins })
  const written = await updateKey(db, trx, { current, next: { ...next, ownerId: heir.id }, act, audit })
  const most = keysMax?.(heir, false) ?? null
  if (most !== null) await requireFewKeys(trx, heir.id, { most, isManager: false })
  return written
}

async function updateKey(
  db: SqlDatabase,
  trx: Trx,
  { current, next, act, audit }: { current: Key; next: Key; act: Act; audit: AuditRecord },
): Promise<Key> {
  requireRoomUnless(db, cutsOff(current, next, act.at))
  const { id, hash, createdAt, lastUsedAt, requestCount } = current
  const secrets = await writeSecrets(trx, { current, next, at: act.at })
  const key: Key = { ...next, id, hash, createdAt, lastUsedAt, requestCount, secrets }
  const rehomed = key.ownerId !== current.ownerId || key.workspaceId !== current.workspaceId
  const wasRevoked = current.revokedAt !== null
  const isRevoked = key.revokedAt !== null
  if (rehomed || (wasRevoked && !isRevoked)) await requireOwners(db, trx, key)
  if (rehomed || wasRevoked !== isRevoked) {
    const first = key.ownerId === current.ownerId ? {} : { first_owner_id: firstOwner(current.ownerId) }
    const place = { ...placeColumns(key), ...first }
    await writeNext(trx, trx.updateTable('key_totals').set(place).where('key_id', '=', id))
  }
  await writeNext(trx, trx.updateTable('keys').set(keyChanges(key)).where('id', '=', id))
  await writeFinders(trx, key, current)
  const record = () => recordChange(trx, { table: 'keys', id, act, audit })
  const limits = { account: { kind: 'key', id }, before: current, after: key } as const
  const revision = await withLimitsLocked(db, trx, { ...limits, record })
  if (rehomed) await noteFormerHome(trx, current)
  return { ...key, revision }
}

/** Under the lock of the revision, so that two changes that add the same row do not wait for each other. */
async function noteFormerHome(trx: Trx, { ownerId, workspaceId }: Key): Promise<void> {
  const home = { owner_id: ownerId, workspace_id: workspaceId }
  await trx
    .insertInto('former_homes')
    .values(home)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Events that name nobody were paid by the first owner of their key, so that one is kept. */
function firstOwner(ownerId: UserId): RawBuilder<string> {
  return sql`coalesce(first_owner_id, ${ownerId})`
}

/** True for a change that ends what somebody could do with the key: it is written also when the disk is full. */
function cutsOff(current: Key, next: Key, at: Instant): boolean {
  if (current.revokedAt === null && next.revokedAt !== null) return true
  if (!current.disabled && next.disabled) return true
  const ended = new Set(
    next.secrets.filter(({ expiresAt }) => hasEnded(expiresAt, at)).map(({ digest }) => digest),
  )
  return current.secrets.some(({ digest, expiresAt }) => ended.has(digest) && !hasEnded(expiresAt, at))
}

function hasEnded(expiresAt: Instant | null, at: Instant): boolean {
  return expiresAt !== null && expiresAt <= at
}

/** Writes new secrets and changed expiries, and returns the secrets that the key shows from now on. */
async function writeSecrets(
  trx: Trx,
  { current, next, at }: { current: Key; next: Key; at: Instant },
): Promise<Key['secrets']> {
  const wanted = new Map(next.secrets.map((secret) => [secret.digest, secret]))
  // A secret that the decision left out stays as it is, for none is ever removed.
  const kept = current.secrets.map((secret) => {
    const { expiresAt, seenBy } = wanted.get(secret.digest) ?? secret
    return { ...secret, expiresAt, seenBy }
  })
  for (const [index, { digest, expiresAt, seenBy }] of kept.entries()) {
    const before = current.secrets[index]
    const set = { expires_at: expiry(expiresAt), seen_by: seersText(seenBy) }
    if (expiresAt === before?.expiresAt && set.seen_by === seersText(before.seenBy)) continue
    await writeNext(trx, trx.updateTable('secrets').set(set).where('digest', '=', digest))
  }
  const known = new Set(kept.map((secret) => secret.digest))
  const added = next.secrets.filter((secret) => !known.has(secret.digest))
  if (added.length > 0) {
    await insertSecrets(trx, { keyId: current.id, secrets: added, after: await lastOrdinal(trx, current.id) })
  }
  const [newest, ...older] = [...added, ...kept]
  const lasting = older.filter((secret) => secret.expiresAt === null || secret.expiresAt > at)
  return requireCurrent(current.id, newest === undefined ? [] : [newest, ...lasting])
}

async function lastOrdinal(trx: Trx, keyId: KeyId): Promise<number> {
  const { last } = await trx
    .selectFrom('secrets')
    .select((select) => select.fn.max('ordinal').as('last'))
    .where('key_id', '=', keyId)
    .executeTakeFirstOrThrow()
  return Number(last)
}

async function insertSecrets(
  trx: Trx,
  { keyId, secrets, after }: { keyId: KeyId; secrets: readonly StoredSecret[]; after: number },
): Promise<void> {
  const rows = secrets.map((secret, index) =>
    secretRow(secret, { keyId, ordinal: after + secrets.length - index }),
  )
  await writeNext(trx, trx.insertInto('secrets').values(rows))
}

/** See `Store.findKey`. */
export function findKey(db: SqlDatabase, ref: KeyRef, at: Instant): Promise<Key | null> {
  return snapshot(db, async (trx) => {
    const id = await keyIdOf(trx, ref, at)
    const [row] = id === undefined ? [] : await keyById(db, trx, { id })
    const [key] = row === undefined ? [] : await withSecrets(db, trx, { rows: [row], at })
    return key ?? null
  })
}

/** See `Store.hasForeignSecrets`. */
export async function hasForeignSecrets(db: SqlDatabase): Promise<boolean> {
  // The number is part of the SQL text, because only then is the partial index used.
  const row = await db.reader
    .selectFrom('secrets')
    .select('digest')
    .where(sql<boolean>`is_foreign = 1`)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** See `Store.resolveKeys`. */
export async function resolveKeys(db: SqlDatabase, refs: KeyRef[]): Promise<Map<KeyId | Digest, Payer>> {
  const ids = [...new Set(refs.flatMap((ref) => ('id' in ref ? [ref.id] : [])))]
  const digests = [...new Set(refs.flatMap((ref) => ('digest' in ref ? [ref.digest] : [])))]
  const keys = db.reader.selectFrom('keys').select(['keys.id', 'owner_id', 'workspace_id'])
  const byId = keys.select('keys.id as name').where('id', 'in', ids)
  const bySecret = keys
    .innerJoin('secrets', 'secrets.key_id', 'keys.id')
    .select('secrets.digest as name')
    .where('secrets.digest', 'in', digests)
  const found = [
    ...(ids.length === 0 ? [] : await byId.execute()),
    ...(digests.length === 0 ? [] : await bySecret.execute()),
  ]
  return new Map(found.map((row) => [row.name as KeyId | Digest, readPayer({ ...row, key_id: row.id })]))
}
