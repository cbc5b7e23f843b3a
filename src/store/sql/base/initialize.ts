import type { Act, AuditRecord } from '../../../core/access/audit-entry.ts'
import type { Revision } from '../../../core/types.ts'
import type { FirstRecords } from '../../foundation.ts'
import { insertKey } from '../keys/keys.ts'
import { insertUser } from '../people/users.ts'
import { insertWorkspace } from '../people/workspaces.ts'
import { lockUsers } from './actor.ts'
import { type SqlDatabase, transact } from './database.ts'

/** See `Store.initialize`. */
export function initialize(
  db: SqlDatabase,
  { user, workspace, key }: FirstRecords,
  act: Act,
): Promise<boolean> {
  return transact(db, async (trx) => {
    await lockUsers(db, trx)
    const existing = await trx.selectFrom('users').select('id').limit(1).executeTakeFirst()
    if (existing !== undefined) return false
    const { username, email, role } = user
    const { slug } = workspace
    const { name, access, ownerId } = key
    await insertUser(trx, { record: user, act, audit: made('user', user.id, { username, email, role }) })
    await insertWorkspace(trx, { record: workspace, act, audit: made('workspace', workspace.id, { slug }) })
    await insertKey(trx, { key, act, audit: made('key', key.id, { name, access, ownerId }) })
    await trx.updateTable('meta').set({ value: 1n }).where('name', '=', 'initialized').execute()
    return true
  })
}

function made(kind: 'user' | 'workspace' | 'key', id: string, after: Record<string, unknown>): AuditRecord {
  return { action: `${kind}.create`, target: { kind, id }, before: null, after, reason: null }
}

/** See `Store.isInitialized`. */
export async function isInitialized(db: SqlDatabase): Promise<boolean> {
  return (await readMeta(db, 'initialized')) === 1n
}

/** See `Store.revision`. */
export async function revision(db: SqlDatabase): Promise<Revision> {
  return Number(await readMeta(db, 'revision'))
}

/** See `Store.settled`. Every change locks the row of the revision from its last step to its end. */
export async function settled(db: SqlDatabase): Promise<void> {
  await transact(db, (trx) =>
    trx
      .selectFrom('meta')
      .select('value')
      .where('name', '=', 'revision')
      .$if(db.locksRows, (select) => select.forShare())
      .execute(),
  )
}

async function readMeta(db: SqlDatabase, name: 'initialized' | 'revision'): Promise<bigint> {
  const row = await db.reader
    .selectFrom('meta')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  return row.value
}
