// Tests: test/server/reset-root.long.test.ts
import type { KeyStore } from '../../store/keys.ts'
import type { UserStore, WorkspaceStore } from '../../store/people.ts'
import { auditedKey, auditedUser } from '../access/audit.ts'
import type { Act } from '../access/audit-entry.ts'
import { isManager } from '../access/managers.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, RandomBytes } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { NewId } from '../ground/ids.ts'
import { mintSecret, storedSecret } from '../ground/secret.ts'
import type { KeyId, User, UserId } from '../types.ts'
import type { Changes } from '../verify/changes.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import type { Initialize, Initialized } from './initialize.ts'
import { rootKey, rootUser } from './root-records.ts'

/** The new root key, whose secret is shown only now, and a new user when no existing one could own it. */
export interface RootReset extends Initialized {
  username: string
  /** True when no enabled ROOT without bounds existed to own the key. */
  madeUser: boolean
}

/**
 * Creates a new key that can manage everything, for an operator of the machine who has lost such a key. Existing records stay as they
 * are. A database that was never started is initialized.
 */
export type ResetRoot = () => Promise<RootReset>

/** Builds the reset. */
export function createResetRoot(parts: {
  store: WithoutWrites<KeyStore & UserStore & WorkspaceStore>
  initialize: Initialize
  changes: Changes
  clock: Clock
  random: RandomBytes
  newId: NewId
  prefix: string
}): ResetRoot {
  const { store, initialize, changes, clock, newId } = parts

  async function enabledRoot(): Promise<User | null> {
    let page = await store.listUsers({ role: 'ROOT', limit: MAX.pageSize })
    for (;;) {
      const root = page.rows.find(isManager)
      if (root !== undefined) return root
      if (page.next === null) return null
      page = await store.listUsers({ role: 'ROOT', limit: MAX.pageSize, after: page.next })
    }
  }

  async function newRoot(act: Act): Promise<User> {
    const id = newId<UserId>()
    const username = `root-${id}`
    const user = rootUser({ username, email: `${username}@localhost` }, { id, at: act.at })
    const target = { kind: 'user' as const, id }
    const audit = { action: 'user.create', target, before: null, after: auditedUser(user), reason: REASON }
    const { written } = await changes.make({ kind: 'user', id }, (records) =>
      records.createUser(user, { act, audit }),
    )
    return written
  }

  return async function resetRoot() {
    const first = await initialize()
    if (first !== null) return { ...first, username: 'root', madeUser: true }
    const at = clock.now()
    const act: Act = { at, userId: null, keyId: null, requestId: null, ip: null, warrant: null }
    const found = await enabledRoot()
    const owner = found ?? (await newRoot(act))
    const workspace = await store.findWorkspace('default')
    if (workspace === null) throw new Fault('internal', { internal: 'there is no default workspace' })
    const secret = mintSecret(parts.prefix, parts.random)
    const id = newId<KeyId>()
    const key = rootKey(owner, { id, workspaceId: workspace.id, first: storedSecret(secret, at), at })
    const target = { kind: 'key' as const, id }
    const audit = { action: 'key.create', target, before: null, after: auditedKey(key), reason: REASON }
    await changes.make({ kind: 'key', id }, (records) => records.createKey(key, { act, audit }))
    return { userId: owner.id, username: owner.username, secret, madeUser: found === null }
  }
}

const REASON = 'latchkey reset-root'
