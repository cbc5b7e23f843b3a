import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addUser,
  addWorkspace,
  auditOf,
  DEFAULT_WORKSPACE,
  digestNumber,
  idOf,
  keyNumber,
  NOON,
  patchKey,
  ROOT_KEY,
  ROOT_USER,
  revokeKey,
  secretNumber,
  seed,
} from '../../../test/support/records.ts'
import type { Key, KeyId, UserId, WorkspaceId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import { type It, outcomes, rejectsWith } from './case.conformance.ts'

const CALLERS = 25

/** `createKey`, `changeKey`, `findKey`, `resolveKeys`. */
export function keyTests(it: It): void {
  it('createKey > every written member is read back', async (store) => {
    await seed(store)
    await addUser(store, 5)
    await addWorkspace(store, 6)
    const written = await addKey(store, 10, FULL)
    assert.deepEqual(written, { ...keyNumber(10, FULL), revision: 6 })
    assert.deepEqual(await store.findKey({ id: written.id }, NOON), written)
  })

  it('createKey > too_many_keys: the owner has the maximum number, however many are created concurrently', async (store) => {
    await seed(store)
    const owner = await addUser(store, 5)
    const made = Array.from({ length: CALLERS }, (_, n) => {
      const key = keyNumber(10 + n, { ownerId: owner.id })
      const record = { act: actAt(), audit: auditOf('key', key.id, 'key.create'), keysMax: () => 7 }
      return store.createKey(key, record)
    })
    const { done, faults } = await outcomes(made)
    assert.deepEqual([done.length, new Set(faults)], [7, new Set(['too_many_keys'])])
    assert.equal(await store.revision(), 4 + 7)
  })

  it('createKey > key_id_taken: the id is in use, also by a revoked key', async (store) => {
    await seed(store)
    await addKey(store, 10)
    await rejectsWith('key_id_taken', addKey(store, 10, secretsOf(11)))
    await rejectsWith('key_id_taken', addKey(store, 10))
    await revokeKey(store, idOf(10))
    await rejectsWith('key_id_taken', addKey(store, 10, secretsOf(11)))
  })

  it('createKey > secret_taken: some key has or had the secret', async (store) => {
    await seed(store)
    await addKey(store, 10, { secrets: [secretNumber(10), secretNumber(9, { expiresAt: NOON - 1 })] })
    await rejectsWith('secret_taken', addKey(store, 11, secretsOf(10)))
    await rejectsWith('secret_taken', addKey(store, 11, secretsOf(9)))
    await revokeKey(store, idOf(10))
    await rejectsWith('secret_taken', addKey(store, 11, secretsOf(10)))
    await rejectsWith('secret_taken', addKey(store, 11, { secrets: [secretNumber(11), secretNumber(11)] }))
    await addKey(store, 11)
  })

  it('createKey > user_not_found: the owner is missing or deleted', async (store) => {
    await seed(store)
    await rejectsWith('user_not_found', addKey(store, 10, { ownerId: idOf<UserId>(99) }))
    const user = await addUser(store, 5)
    await store.deleteUser(user.id, () => ({ next: user, audit: auditOf('user', user.id) }), { act: actAt() })
    await rejectsWith('user_not_found', addKey(store, 10, { ownerId: user.id }))
  })

  it('createKey > workspace_not_found: the workspace is missing or deleted', async (store) => {
    await seed(store)
    await rejectsWith('workspace_not_found', addKey(store, 10, { workspaceId: idOf<WorkspaceId>(99) }))
    await rejectsWith(
      'workspace_not_found',
      addKey(store, 10, { workspaceId: await deletedWorkspace(store, 6) }),
    )
  })

  it('createKey > of many callers that create a key with one id, one succeeds', async (store) => {
    await seed(store)
    const calls = Array.from({ length: CALLERS }, (_, n) =>
      addKey(store, 10, { ...secretsOf(100 + n), name: `${n}` }),
    )
    const { done, faults } = await outcomes(calls)
    console.log(`createKey: ${CALLERS} concurrent callers of one id, ${done.length} succeeded`)
    assert.equal(done.length, 1)
    assert.deepEqual(new Set(faults), new Set(['key_id_taken']))
    assert.deepEqual(await store.findKey({ id: idOf<KeyId>(10) }, NOON), done[0])
  })

  it('createKey > of many callers that create a key with one secret, one succeeds', async (store) => {
    await seed(store)
    const calls = Array.from({ length: CALLERS }, (_, n) => addKey(store, 100 + n, secretsOf(10)))
    const { done, faults } = await outcomes(calls)
    console.log(`createKey: ${CALLERS} concurrent callers with one secret, ${done.length} succeeded`)
    assert.equal(done.length, 1)
    assert.deepEqual(new Set(faults), new Set(['secret_taken']))
    assert.equal((await store.findKey({ digest: digestNumber(10) }, NOON))?.id, done[0]?.id)
  })

  it('changeKey > writes every member that can change', async (store) => {
    await seed(store)
    await addUser(store, 5)
    await addWorkspace(store, 6)
    const key = await addKey(store, 10)
    const { lastUsedAt, requestCount, secrets, hash, ...members } = FULL
    const changed = await patchKey(store, key.id, { ...members, updatedAt: NOON + 1 })
    assert.deepEqual(changed, { ...key, ...members, updatedAt: NOON + 1, revision: 7 })
    assert.deepEqual(await store.findKey({ id: key.id }, NOON), changed)
    const { labels, permissions, limits, rateLimits, allowedIps } = keyNumber(10)
    const emptied = { labels, permissions, limits, rateLimits, allowedIps, expiresAt: null, notBefore: null }
    assert.deepEqual(await patchKey(store, key.id, emptied), { ...changed, ...emptied, revision: 8 })
  })

  it('changeKey > finds the key by id, by its hash, and by a secret that has not expired', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const rotated = await rotate(store, key.id, { to: 20, endsAt: NOON + 100 })
    assert.equal(rotated.secrets.length, 2)
    const nothing = () => null
    for (const ref of [{ id: key.id }, { digest: digestNumber(10) }, { digest: digestNumber(20) }]) {
      assert.deepEqual(await store.changeKey(ref, nothing, { act: actAt() }), rotated)
    }
    await rotate(store, key.id, { to: 30, endsAt: NOON + 200 })
    const late = { act: actAt(NOON + 200) }
    assert.equal((await store.changeKey({ digest: digestNumber(10) }, nothing, late)).id, key.id)
    assert.equal((await store.changeKey({ digest: digestNumber(30) }, nothing, late)).id, key.id)
    await rejectsWith('key_not_found', store.changeKey({ digest: digestNumber(20) }, nothing, late))
  })

  it('changeKey > key_not_found: there is no such key', async (store) => {
    await seed(store)
    await rejectsWith('key_not_found', patchKey(store, idOf<KeyId>(99), {}))
    await rejectsWith(
      'key_not_found',
      store.changeKey({ digest: digestNumber(99) }, () => null, { act: actAt() }),
    )
  })

  it('changeKey > passes the stored key to decide, also a revoked one', async (store) => {
    await seed(store)
    const key = await revokeKey(store, (await addKey(store, 10)).id)
    const shown: Key[] = []
    const look = (current: Key) => {
      shown.push(current)
      return null
    }
    await store.changeKey({ id: key.id }, look, { act: actAt() })
    assert.deepEqual(shown, [key])
  })

  it('changeKey > concurrent changes of one key see each other, and none is lost', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const appending = (n: number) =>
      store.changeKey(
        { id: key.id },
        (current) => ({
          next: { ...current, permissions: [...current.permissions, `p${n}`] },
          audit: auditOf('key', key.id),
        }),
        { act: actAt() },
      )
    const results = await Promise.all(Array.from({ length: CALLERS }, (_, n) => appending(n)))
    const final = await store.findKey({ id: key.id }, NOON)
    console.log(`changeKey: ${CALLERS} concurrent changes, ${final?.permissions.length} kept`)
    assert.deepEqual(new Set(final?.permissions), new Set(Array.from({ length: CALLERS }, (_, n) => `p${n}`)))
    const lengths = results.map((result) => result.permissions.length).sort((one, other) => one - other)
    assert.deepEqual(
      lengths,
      Array.from({ length: CALLERS }, (_, index) => index + 1),
    )
    assert.equal(final?.revision, key.revision + CALLERS)
  })

  it('changeKey > writes new secrets and changed expiries, the current secret first', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    await rotate(store, key.id, { to: 20, endsAt: NOON + 100 })
    const twice = await rotate(store, key.id, { to: 30, endsAt: NOON + 300 })
    const expiries = twice.secrets.map((secret) => [secret.digest, secret.expiresAt])
    assert.deepEqual(expiries, [
      [digestNumber(30), null],
      [digestNumber(20), NOON + 300],
      [digestNumber(10), NOON + 100],
    ])
    assert.deepEqual(await store.findKey({ id: key.id }, NOON), twice)
    assert.equal(twice.hash, digestNumber(10))
  })

  it('changeKey > a secret that decide omits stays, because secrets are never removed', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const rotated = await rotate(store, key.id, { to: 20, endsAt: NOON + 100 })
    const changed = await patchKey(store, key.id, { secrets: [rotated.secrets[0]] })
    assert.deepEqual(changed.secrets, rotated.secrets)
    assert.deepEqual(await store.findKey({ id: key.id }, NOON), changed)
    assert.equal((await store.findFacts({ digest: digestNumber(10) }, NOON))?.key.id, key.id)
  })

  it('changeKey > a key shows its current secret and those whose overlap lasts', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    await rotate(store, key.id, { to: 20, endsAt: NOON + 100 })
    const digestsAt = async (at: number) =>
      (await store.findKey({ id: key.id }, at))?.secrets.map((secret) => secret.digest)
    assert.deepEqual(await digestsAt(NOON + 99), [digestNumber(20), digestNumber(10)])
    assert.deepEqual(await digestsAt(NOON + 100), [digestNumber(20)])
    const ended = await rotate(store, key.id, { to: 30, endsAt: NOON })
    assert.deepEqual(ended.secrets, [secretNumber(30)])
  })

  it('changeKey > secret_taken: another key has or had the new secret', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    await rejectsWith('secret_taken', rotate(store, key.id, { to: 3, endsAt: NOON + 1 }))
    await revokeKey(store, ROOT_KEY)
    await rejectsWith('secret_taken', rotate(store, key.id, { to: 3, endsAt: NOON + 1 }))
    assert.deepEqual(await store.findKey({ id: key.id }, NOON), key)
  })

  it('changeKey > workspace_not_found: the new workspace is missing or deleted', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    await rejectsWith('workspace_not_found', patchKey(store, key.id, { workspaceId: idOf<WorkspaceId>(99) }))
    const gone = await deletedWorkspace(store, 6)
    await rejectsWith('workspace_not_found', patchKey(store, key.id, { workspaceId: gone }))
    assert.deepEqual(await store.findKey({ id: key.id }, NOON), key)
  })

  it('changeKey > user_not_found: the new owner, or the owner of a restored key, is missing or deleted', async (store) => {
    await seed(store)
    const user = await addUser(store, 5)
    const key = await addKey(store, 10)
    await rejectsWith('user_not_found', patchKey(store, key.id, { ownerId: idOf<UserId>(99) }))
    assert.equal((await patchKey(store, key.id, { ownerId: user.id })).ownerId, user.id)
    await revokeKey(store, key.id)
    await store.deleteUser(user.id, () => ({ next: user, audit: auditOf('user', user.id) }), { act: actAt() })
    await rejectsWith('user_not_found', patchKey(store, key.id, { revokedAt: null }))
    await rejectsWith('user_not_found', patchKey(store, ROOT_KEY, { ownerId: user.id }))
  })

  it('changeKey > identity, creation and the totals of traffic do not change', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    await store.recordUses([{ keyId: key.id, at: NOON + 5, count: 3 }])
    const other = {
      id: idOf<KeyId>(77),
      hash: digestNumber(77),
      createdAt: 1,
      lastUsedAt: 1,
      requestCount: 0,
    }
    const changed = await patchKey(store, key.id, { ...other, name: 'renamed' })
    const { id, hash, createdAt } = key
    assert.deepEqual(changed, {
      ...key,
      id,
      hash,
      createdAt,
      name: 'renamed',
      lastUsedAt: NOON + 5,
      requestCount: 3,
      revision: changed.revision,
    })
    assert.deepEqual(await store.findKey({ id: key.id }, NOON), changed)
  })

  it('findKey > returns null when there is none, and finds revoked keys', async (store) => {
    await seed(store)
    assert.equal(await store.findKey({ id: idOf<KeyId>(99) }, NOON), null)
    assert.equal(await store.findKey({ digest: digestNumber(99) }, NOON), null)
    const key = await revokeKey(store, (await addKey(store, 10)).id)
    assert.deepEqual(await store.findKey({ id: key.id }, NOON), key)
    assert.deepEqual(await store.findKey({ digest: key.hash }, NOON), key)
  })

  it('findKey > finds a key by its hash at any time, and by another secret until that expires', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    await rotate(store, key.id, { to: 20, endsAt: NOON + 50 })
    await rotate(store, key.id, { to: 30, endsAt: NOON + 100 })
    const idAt = async (n: number, at: number) => (await store.findKey({ digest: digestNumber(n) }, at))?.id
    assert.equal(await idAt(10, NOON + 1_000), key.id)
    assert.equal(await idAt(20, NOON + 99), key.id)
    assert.equal(await idAt(20, NOON + 100), undefined)
    assert.equal(await idAt(30, NOON + 1_000), key.id)
  })

  it('resolveKeys > returns id, owner and workspace for every name, of revoked keys and expired secrets, too', async (store) => {
    await seed(store)
    const user = await addUser(store, 5)
    const key = await addKey(store, 10, { ownerId: user.id })
    await rotate(store, key.id, { to: 20, endsAt: NOON - 1 })
    await rotate(store, key.id, { to: 30, endsAt: NOON - 1 })
    await revokeKey(store, key.id)
    const names = [key.id, digestNumber(10), digestNumber(20), digestNumber(30)]
    const refs = [{ id: key.id }, ...[10, 20, 30].map((n) => ({ digest: digestNumber(n) }))]
    const unknown = [{ id: idOf<KeyId>(99) }, { digest: digestNumber(99) }]
    const payer = { keyId: key.id, ownerId: user.id, workspaceId: DEFAULT_WORKSPACE }
    const found = await store.resolveKeys([...refs, ...unknown, ...refs, { id: ROOT_KEY }])
    assert.deepEqual(
      found,
      new Map([
        ...names.map((name) => [name, payer] as const),
        [ROOT_KEY, { keyId: ROOT_KEY, ownerId: ROOT_USER, workspaceId: DEFAULT_WORKSPACE }],
      ]),
    )
    assert.deepEqual(await store.resolveKeys([]), new Map())
  })

  it('resolveKeys > resolves a thousand names at once', async (store) => {
    await seed(store)
    const refs = Array.from({ length: 500 }, (_, n) => [
      { id: idOf<KeyId>(n) },
      { digest: digestNumber(n) },
    ]).flat()
    assert.deepEqual([...(await store.resolveKeys(refs)).keys()].sort(), [ROOT_KEY, digestNumber(3)].sort())
  })
}

/** A key on which no member has its default value. */
const FULL = {
  name: 'Everything — "quoted"',
  access: 'use',
  disabled: true,
  ownerId: idOf<UserId>(5),
  workspaceId: idOf<WorkspaceId>(6),
  externalUserId: 'customer-1',
  labels: { zone: 'eu', env: 'prod', 'a.b_c-d': '' },
  permissions: ['documents.*', 'a.read'],
  limits: { daily: 0n, weekly: 1n, monthly: 74_500_000_000n, total: 2n ** 63n - 1n },
  includeByokInLimit: true,
  mainWindow: 'weekly',
  rateLimits: [{ name: 'requests', limit: 100, windowMs: 60_000 }],
  allowedIps: ['192.0.2.0/24', '2001:db8::/32'],
  notBefore: NOON - 1_000,
  expiresAt: NOON + 1_000,
  lastUsedAt: NOON - 5,
  requestCount: 42,
  createdById: idOf<UserId>(5),
  updatedById: idOf<UserId>(1),
  revokedAt: NOON + 7,
  revokedReason: 'leaked',
  hash: digestNumber(8),
  secrets: [
    secretNumber(10, { createdAt: NOON, foreign: true }),
    secretNumber(9, { createdAt: NOON - 1, expiresAt: NOON + 10 }),
    secretNumber(8, { createdAt: NOON - 2, expiresAt: NOON + 5 }),
  ],
} satisfies Partial<Key>

function secretsOf(n: number): Pick<Key, 'hash' | 'secrets'> {
  return { hash: digestNumber(n), secrets: [secretNumber(n)] }
}

function rotate(store: Store, id: KeyId, { to, endsAt }: { to: number; endsAt: number }): Promise<Key> {
  return store.changeKey(
    { id },
    (current) => {
      const older = current.secrets.map((secret) => ({
        ...secret,
        expiresAt: Math.min(secret.expiresAt ?? endsAt, endsAt),
      }))
      return { next: { ...current, secrets: [secretNumber(to), ...older] }, audit: auditOf('key', id) }
    },
    { act: actAt() },
  )
}

async function deletedWorkspace(store: Store, n: number): Promise<WorkspaceId> {
  const workspace = await addWorkspace(store, n)
  assert.notEqual(workspace.id, DEFAULT_WORKSPACE)
  const gone = { next: workspace, audit: auditOf('workspace', workspace.id) }
  await store.deleteWorkspace(workspace.id, () => gone, { act: actAt() })
  return workspace.id
}
