import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import {
  actAt,
  addKey,
  addUser,
  addWorkspace,
  auditOf,
  digestNumber,
  idOf,
  keyNumber,
  NOON,
  patchKey,
  ROOT_KEY,
  ROOT_USER,
  secretNumber,
  seed,
} from '../../../test/support/records.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { Key, KeyId, User } from '../../core/types.ts'
import type { Decide } from '../change.ts'
import type { Store } from '../store.ts'
import { changesNothing, type It, outcomes, rejectsWith, wholeAudit } from './case.conformance.ts'

/** The rules for every change: revisions, audit entries, all or nothing. */
export function changeTests(it: It): void {
  it('changes > each takes the next revision, which the returned and the stored record carry', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const user = await addUser(store, 11)
    const workspace = await addWorkspace(store, 12)
    assert.deepEqual([key.revision, user.revision, workspace.revision], [4, 5, 6])
    assert.equal((await patchKey(store, key.id, { name: 'other' })).revision, 7)
    const changed = await store.changeUser(user.id, renaming('other'), { act: actAt() })
    assert.equal(changed.revision, 8)
    assert.equal((await store.findKey({ id: key.id }, NOON))?.revision, 7)
    assert.equal((await store.findUser({ id: user.id }))?.revision, 8)
    assert.equal((await store.findWorkspace({ id: workspace.id }))?.revision, 6)
    const unchanged = { next: workspace, audit: auditOf('workspace', workspace.id) }
    assert.equal(await store.deleteWorkspace(workspace.id, () => unchanged, { act: actAt() }), 9)
    assert.equal(await store.revision(), 9)
  })

  it('changes > revisions have no gaps and one audit entry each, however many writers there are', async (store) => {
    await seed(store)
    const calls: Promise<unknown>[] = []
    for (let n = 100; n < 120; n++) {
      calls.push(addKey(store, n), addUser(store, n), addWorkspace(store, n))
      // Every second call fails after it has begun: its id is taken.
      calls.push(addKey(store, n), addUser(store, n))
      calls.push(patchKey(store, ROOT_KEY, { name: `name ${n}` }))
    }
    const { done, faults } = await outcomes(calls)
    const revision = await store.revision()
    console.log(`changes: ${calls.length} concurrent writers, ${done.length} wrote, ${faults.length} failed`)
    assert.equal(faults.length, 40)
    assert.equal(revision, 3 + done.length)
    const entries = (await wholeAudit(store)).filter((entry) => entry.outcome === 'done')
    const revisions = entries.map((entry) => entry.revision ?? 0).sort((one, other) => one - other)
    assert.deepEqual(
      revisions,
      Array.from({ length: revision }, (_, index) => index + 1),
    )
  })

  it('changes > the audit entry has the actor, the action, the record, and the values before and after', async (store) => {
    await seed(store)
    const audit = {
      action: 'key.create',
      target: { kind: 'key' as const, id: idOf(10) },
      before: null,
      after: { name: 'Key 10', nested: { list: [1, 'two', null] } },
      reason: 'because "it" — must',
    }
    const act = actAt(NOON + 5, { requestId: 'r-1', ip: '2001:db8::1' })
    await store.createKey(keyNumber(10), { act, audit })
    const [entry] = (await store.listAudit({ limit: 1 })).rows
    const { id, ...rest } = entry ?? { id: '' }
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    assert.deepEqual(rest, {
      ...audit,
      at: NOON + 5,
      count: 1,
      lastAt: NOON + 5,
      outcome: 'done',
      actorUserId: ROOT_USER,
      actorKeyId: ROOT_KEY,
      requestId: 'r-1',
      ip: '2001:db8::1',
      revision: 4,
    })
  })

  it('changes > a fault thrown by decide rolls everything back and reaches the caller unchanged', async (store) => {
    await seed(store)
    const user = await addUser(store, 11)
    const workspace = await addWorkspace(store, 12)
    const refuse = () => {
      throw new Fault('revision_mismatch')
    }
    await changesNothing(store, async () => {
      await rejectsWith('revision_mismatch', store.changeKey({ id: ROOT_KEY }, refuse, { act: actAt() }))
      await rejectsWith('revision_mismatch', store.changeUser(user.id, refuse, { act: actAt() }))
      await rejectsWith('revision_mismatch', store.deleteUser(user.id, refuse, { act: actAt() }))
      await rejectsWith('revision_mismatch', store.changeWorkspace(workspace.id, refuse, { act: actAt() }))
      await rejectsWith('revision_mismatch', store.deleteWorkspace(workspace.id, refuse, { act: actAt() }))
    })
    assert.deepEqual(await store.findUser({ id: user.id }), user)
    assert.deepEqual(await store.findWorkspace({ id: workspace.id }), workspace)
  })

  it('changes > a creation that fails half-way leaves nothing behind', async (store) => {
    await seed(store)
    // The second secret is taken, so the key itself, and perhaps its first secret, are already written when it fails.
    const key = keyNumber(20, { name: 'halfway', secrets: [secretNumber(20), secretNumber(3)] })
    const record = { act: actAt(), audit: auditOf('key', key.id) }
    await changesNothing(store, () => rejectsWith('secret_taken', store.createKey(key, record)))
    assert.equal(await store.findKey({ id: key.id }, NOON), null)
    assert.equal(await store.findFacts({ digest: key.hash }, NOON), null)
    assert.deepEqual(await idsFound(store, 'halfway'), [])
    assert.equal((await addKey(store, 20)).revision, 4)
  })

  it('changes > a change that fails half-way leaves nothing behind', async (store) => {
    await seed(store)
    const key = await addKey(store, 10, { labels: { env: 'old' } })
    const members: Partial<Key> = {
      name: 'halfway',
      labels: { env: 'new' },
      secrets: [secretNumber(20), secretNumber(3)],
    }
    await changesNothing(store, () => rejectsWith('secret_taken', patchKey(store, key.id, members)))
    assert.deepEqual(await store.findKey({ id: key.id }, NOON), key)
    assert.equal(await store.findFacts({ digest: digestNumber(20) }, NOON), null)
    assert.deepEqual(await idsFound(store, 'halfway'), [])
  })

  it('changes > a decide that returns null changes nothing, and the call returns the stored record', async (store) => {
    await seed(store)
    const user = await addUser(store, 11)
    const workspace = await addWorkspace(store, 12)
    const nothing = () => null
    await changesNothing(store, async () => {
      const key = await store.findKey({ id: ROOT_KEY }, NOON)
      assert.deepEqual(await store.changeKey({ id: ROOT_KEY }, nothing, { act: actAt() }), key)
      assert.deepEqual(await store.changeUser(user.id, nothing, { act: actAt() }), user)
      assert.deepEqual(await store.changeWorkspace(workspace.id, nothing, { act: actAt() }), workspace)
      assert.equal(await store.deleteUser(user.id, nothing, { act: actAt() }), user.revision)
      assert.equal(await store.deleteWorkspace(workspace.id, nothing, { act: actAt() }), workspace.revision)
    })
    assert.deepEqual(await store.findUser({ id: user.id }), user)
  })

  it('changes > a reader never sees a part of a change', async (store) => {
    await seed(store)
    const key = await addKey(store, 10, { name: 'v0', labels: { version: 'v0' } })
    const rounds = 40
    const torn: unknown[] = []
    let reads = 0
    let writing = true
    const read = async () => {
      while (writing) {
        const facts = await store.findFacts({ digest: key.hash }, NOON)
        const seen = [facts?.key.name, facts?.key.labels.version, facts?.key.secrets[0].mask]
        if (seen[0] !== seen[1]) torn.push(seen)
        if (facts?.key.name !== 'v0' && facts?.key.secrets[0].mask !== facts?.key.name) torn.push(seen)
        reads += 1
      }
    }
    const readers = [read(), read()]
    for (let n = 1; n <= rounds; n++) {
      const mask = `v${n}`
      const rotate = (current: Key): Partial<Key> => {
        const older = current.secrets.map((secret) => ({ ...secret, expiresAt: NOON + 1_000 }))
        return {
          name: mask,
          labels: { version: mask },
          secrets: [secretNumber(1_000 + n, { mask }), ...older],
        }
      }
      await store.changeKey(
        { id: key.id },
        (current) => ({ next: { ...current, ...rotate(current) }, audit: auditOf('key', key.id) }),
        { act: actAt() },
      )
      await setImmediate()
    }
    writing = false
    await Promise.all(readers)
    console.log(`changes: ${reads} reads while one key was changed ${rounds} times`)
    assert.ok(reads >= rounds)
    assert.deepEqual(torn, [])
  })
}

function renaming(displayName: string): Decide<User> {
  return (current) => ({ next: { ...current, displayName }, audit: auditOf('user', current.id) })
}

async function idsFound(store: Store, search: string): Promise<KeyId[]> {
  const page = await store.listKeys({ search, sort: 'createdAt', limit: 10, at: NOON })
  return page.rows.map(({ key }) => key.id)
}
