// Tests: src/store/conformance/initialize.conformance.ts, test/wire/goodmem/golden.test.ts
import type { FoundationStore } from '../../store/foundation.ts'
import type { Clock, RandomBytes } from '../ground/clock.ts'
import type { NewId } from '../ground/ids.ts'
import { mintSecret, type Secret, storedSecret } from '../ground/secret.ts'
import { UNLIMITED } from '../money/budgets.ts'
import type { KeyId, UserId, Workspace, WorkspaceId } from '../types.ts'
import type { Changes } from '../verify/changes.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import { rootKey, rootUser } from './root-records.ts'

/** The result of the first start: the root user and its key, whose secret is shown only now. */
export interface Initialized {
  userId: UserId
  secret: Secret
}

/**
 * Makes the root user, the default workspace and the root key, unless they exist; returns null then. Of concurrent callers one makes
 * them.
 */
export type Initialize = (chosen?: Secret) => Promise<Initialized | null>

/** Whether the first start has happened. Once true, it stays true and is not read again. */
export function createIsInitialized(store: WithoutWrites<FoundationStore>): () => Promise<boolean> {
  let known = false
  return async () => {
    known ||= await store.isInitialized()
    return known
  }
}

/** Builds the first start. A given secret becomes the root key's; otherwise one is made. */
export function createInitialize({
  store,
  changes,
  clock,
  random,
  newId,
  root,
}: {
  store: WithoutWrites<FoundationStore>
  changes: Changes
  clock: Clock
  random: RandomBytes
  newId: NewId
  root: { email: string; keyPrefix: string }
}): Initialize {
  return async function initialize(chosen) {
    if (await store.isInitialized()) return null
    const at = clock.now()
    const secret = chosen ?? mintSecret(root.keyPrefix, random)
    const user = rootUser({ username: 'root', email: root.email }, { id: newId<UserId>(), at })
    const workspace: Workspace = {
      id: newId<WorkspaceId>(),
      slug: 'default',
      name: 'Default',
      description: null,
      isDefault: true,
      ...UNLIMITED,
      createdById: user.id,
      restrictions: {},
      createdAt: at,
      updatedAt: null,
      revision: 0,
    }
    const first = storedSecret(secret, at)
    const key = rootKey(user, { id: newId<KeyId>(), workspaceId: workspace.id, first, at })
    const act = { at, userId: null, keyId: null, requestId: null, ip: null, warrant: null }
    let won = false
    await changes.make({ kind: 'key', id: key.id }, async (records) => {
      won = await records.initialize({ user, workspace, key }, act)
      return store.revision()
    })
    return won ? { userId: user.id, secret } : null
  }
}
