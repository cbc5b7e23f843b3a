import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addUser,
  addWorkspace,
  auditOf,
  digestNumber,
  idOf,
  NOON,
  patchKey,
  ROOT_USER,
  revokeKey,
  secretNumber,
  seed,
} from '../../../test/support/records.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'

/** `findFacts`, `hasForeignSecrets`. */
export function factTests(it: It): void {
  it('findFacts > returns the key, its secret, its owner and its workspace', async (store) => {
    await seed(store)
    const policy = { permissions: ['a.*'], limits: { daily: 2n ** 62n }, keyLifetimeMs: 5 }
    const owner = await addUser(store, 5, { role: 'ADMIN', externalId: 'x-1', policy, limits: { total: 7n } })
    const workspace = await addWorkspace(store, 6, { limits: { daily: 0n }, includeByokInLimit: true })
    const boosts = { total: { amount: 2n ** 62n + 1n, until: NOON + 5 } }
    const limits = { total: 1n }
    const key = await addKey(store, 10, { ownerId: owner.id, workspaceId: workspace.id, limits, boosts })
    const facts = { key, secret: secretNumber(10), owner, workspace }
    assert.deepEqual(await store.findFacts({ digest: digestNumber(10) }, NOON + 1), facts)
    assert.deepEqual(await store.findFacts({ id: key.id }, NOON + 1), facts)
  })

  it('findFacts > reads a key that is named by its id with its current secret', async (store) => {
    await seed(store)
    const old = secretNumber(9, { expiresAt: NOON + 100 })
    const key = await addKey(store, 10, { secrets: [secretNumber(10), old] })
    const facts = await store.findFacts({ id: key.id }, NOON + 99)
    assert.deepEqual([facts?.secret, facts?.key], [secretNumber(10), key])
    const later = await store.findFacts({ id: key.id }, NOON + 100)
    assert.deepEqual([later?.secret, later?.key.secrets], [secretNumber(10), [secretNumber(10)]])
    const revoked = await revokeKey(store, key.id)
    assert.deepEqual((await store.findFacts({ id: key.id }, NOON))?.key, revoked)
    assert.equal(await store.findFacts({ id: idOf(99) }, NOON), null)
  })

  it('findFacts > returns null when no secret has the digest', async (store) => {
    await seed(store)
    assert.equal(await store.findFacts({ digest: digestNumber(99) }, NOON), null)
  })

  it('findFacts > finds a key by an expired secret, which the key itself no longer shows', async (store) => {
    await seed(store)
    const old = secretNumber(9, { expiresAt: NOON + 100 })
    const key = await addKey(store, 10, { secrets: [secretNumber(10), old] })
    const before = await store.findFacts({ digest: old.digest }, NOON + 99)
    assert.deepEqual(before?.secret, old)
    assert.deepEqual(before?.key.secrets, [secretNumber(10), old])
    const after = await store.findFacts({ digest: old.digest }, NOON + 100)
    assert.deepEqual(after?.secret, old)
    assert.deepEqual(after?.key, { ...key, secrets: [secretNumber(10)] })
    assert.equal(await store.findKey({ digest: old.digest }, NOON + 100), null)
  })

  it('findFacts > finds a revoked key, and one with a disabled or a deleted owner', async (store) => {
    await seed(store)
    const owner = await addUser(store, 5, { disabled: true })
    const key = await addKey(store, 10, { ownerId: owner.id })
    assert.deepEqual((await store.findFacts({ digest: key.hash }, NOON))?.owner, owner)
    const revoked = await revokeKey(store, key.id)
    assert.deepEqual((await store.findFacts({ digest: key.hash }, NOON))?.key, revoked)
    await store.deleteUser(owner.id, () => ({ next: owner, audit: auditOf('user', owner.id) }), {
      act: actAt(),
    })
    const facts = await store.findFacts({ digest: key.hash }, NOON)
    assert.equal(facts?.owner.id, owner.id)
    assert.deepEqual(facts?.key, revoked)
  })

  it('findFacts > sees a change as soon as it has been answered', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const rounds = 50
    for (let n = 1; n <= rounds; n++) {
      await patchKey(store, key.id, { name: `v${n}` })
      assert.equal((await store.findFacts({ digest: key.hash }, NOON))?.key.name, `v${n}`)
    }
    console.log(`findFacts: ${rounds} changes, each read back at once`)
  })

  it('hasForeignSecrets > is true from the first foreign secret on', async (store) => {
    await seed(store)
    await addKey(store, 10)
    assert.equal(await store.hasForeignSecrets(), false)
    await addKey(store, 11, { secrets: [secretNumber(11, { foreign: true })] })
    assert.equal(await store.hasForeignSecrets(), true)
  })

  it('hasForeignSecrets > is true for a foreign secret from a rotation', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    await rotateToForeign(store, key.id)
    assert.equal(await store.hasForeignSecrets(), true)
    assert.equal((await store.findFacts({ digest: digestNumber(20) }, NOON))?.owner.id, ROOT_USER)
  })
}

async function rotateToForeign(store: Store, id: Parameters<typeof patchKey>[1]): Promise<void> {
  const older = secretNumber(10, { expiresAt: NOON + 1 })
  await patchKey(store, id, { secrets: [secretNumber(20, { foreign: true }), older] })
}
