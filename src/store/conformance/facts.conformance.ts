import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addUser,
  auditOf,
  digestNumber,
  eventOf,
  NOON,
  patchKey,
  ROOT_USER,
  revokeKey,
  secretNumber,
  seed,
} from '../../../test/support/records.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'

const NOTHING = { amount: 0n, byokAmount: 0n, requests: 0 }

/** `findFacts`, `hasForeignSecrets`. */
export function factTests(it: It): void {
  it('findFacts > the key, its secret, its owner and what it has spent', async (store) => {
    await seed(store)
    const policy = { permissions: ['a.*'], limits: { daily: 2n ** 62n }, keyLifetimeMs: 5 }
    const owner = await addUser(store, 5, { role: 'ADMIN', externalId: 'x-1', policy })
    const key = await addKey(store, 10, { ownerId: owner.id })
    await store.recordUsage([eventOf(key.id, 'e1', { amount: 7n, byokAmount: 5n, requests: 3 })])
    const sums = { amount: 7n, byokAmount: 5n, requests: 3 }
    assert.deepEqual(await store.findFacts(digestNumber(10), NOON + 1), {
      key,
      secret: secretNumber(10),
      owner,
      spend: { daily: sums, weekly: sums, monthly: sums, total: sums },
      spendAt: NOON + 1,
    })
  })

  it('findFacts > null when no secret has the digest', async (store) => {
    await seed(store)
    assert.equal(await store.findFacts(digestNumber(99), NOON), null)
  })

  it('findFacts > a window that has ended by then counts for nothing', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    await store.recordUsage([eventOf(key.id, 'e1', { amount: 7n })])
    const sums = { amount: 7n, byokAmount: 0n, requests: 1 }
    const spendAt = async (at: string) => (await store.findFacts(key.hash, Date.parse(at)))?.spend
    // 2026-11-22 is a Sunday: the day and the week end together.
    assert.deepEqual(await spendAt('2026-11-22T23:59:59.999Z'), {
      daily: sums,
      weekly: sums,
      monthly: sums,
      total: sums,
    })
    assert.deepEqual(await spendAt('2026-11-23T00:00:00.000Z'), {
      daily: NOTHING,
      weekly: NOTHING,
      monthly: sums,
      total: sums,
    })
    assert.deepEqual(await spendAt('2026-12-01T00:00:00.000Z'), {
      daily: NOTHING,
      weekly: NOTHING,
      monthly: NOTHING,
      total: sums,
    })
  })

  it('findFacts > also through an expired secret, which the key itself no longer shows', async (store) => {
    await seed(store)
    const old = secretNumber(9, { expiresAt: NOON + 100 })
    const key = await addKey(store, 10, { secrets: [secretNumber(10), old] })
    const before = await store.findFacts(old.digest, NOON + 99)
    assert.deepEqual(before?.secret, old)
    assert.deepEqual(before?.key.secrets, [secretNumber(10), old])
    const after = await store.findFacts(old.digest, NOON + 100)
    assert.deepEqual(after?.secret, old)
    assert.deepEqual(after?.key, { ...key, secrets: [secretNumber(10)] })
    assert.equal(await store.findKey({ digest: old.digest }, NOON + 100), null)
  })

  it('findFacts > also of a revoked key, with a disabled and with a deleted owner', async (store) => {
    await seed(store)
    const owner = await addUser(store, 5, { disabled: true })
    const key = await addKey(store, 10, { ownerId: owner.id })
    assert.deepEqual((await store.findFacts(key.hash, NOON))?.owner, owner)
    const revoked = await revokeKey(store, key.id)
    assert.deepEqual((await store.findFacts(key.hash, NOON))?.key, revoked)
    await store.deleteUser(owner.id, () => ({ next: owner, audit: auditOf('user', owner.id) }), {
      act: actAt(),
    })
    const facts = await store.findFacts(key.hash, NOON)
    assert.equal(facts?.owner.id, owner.id)
    assert.deepEqual(facts?.key, revoked)
  })

  it('findFacts > sees a change as soon as that has been answered', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const rounds = 50
    for (let n = 1; n <= rounds; n++) {
      await patchKey(store, key.id, { name: `v${n}` })
      assert.equal((await store.findFacts(key.hash, NOON))?.key.name, `v${n}`)
      await store.recordUsage([eventOf(key.id, `e${n}`)])
      assert.equal((await store.findFacts(key.hash, NOON))?.spend.total.requests, n)
    }
    console.log(`findFacts: ${rounds} changes and ${rounds} usage reports, each read back at once`)
  })

  it('hasForeignSecrets > true from the first foreign secret on', async (store) => {
    await seed(store)
    await addKey(store, 10)
    assert.equal(await store.hasForeignSecrets(), false)
    await addKey(store, 11, { secrets: [secretNumber(11, { foreign: true })] })
    assert.equal(await store.hasForeignSecrets(), true)
  })

  it('hasForeignSecrets > also for one that came with a rotation', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    await rotateToForeign(store, key.id)
    assert.equal(await store.hasForeignSecrets(), true)
    assert.equal((await store.findFacts(digestNumber(20), NOON))?.owner.id, ROOT_USER)
  })
}

async function rotateToForeign(store: Store, id: Parameters<typeof patchKey>[1]): Promise<void> {
  const older = secretNumber(10, { expiresAt: NOON + 1 })
  await patchKey(store, id, { secrets: [secretNumber(20, { foreign: true }), older] })
}
