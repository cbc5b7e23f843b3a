import { afterEach, describe, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import { memoryRateLimiter } from '../../rates/memory.ts'
import type { Change } from '../../store/nodes.ts'
import type { Store } from '../../store/store.ts'
import { systemRandom } from '../ground/clock.ts'
import { Secret } from '../ground/secret.ts'
import { createLatchkey } from '../latchkey.ts'
import type { FollowingMemory, Nodes } from './nodes.ts'

// Memory of one node of several: the test decides what its lease and the others are.

const opened: TestApp[] = []
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close()
})

/** A node whose lease, reads and neighbours the test has in its hand. */
async function node() {
  const app = await testApp()
  opened.push(app)
  const state = { fresh: true, applied: 0, waited: [] as number[], reads: 0 }
  let held: { reached(): void; open: Promise<void> } | null = null
  let memory: FollowingMemory = { forget() {}, forgetAll() {} }
  const store: Store = {
    ...app.store,
    async findFacts(ref, at) {
      state.reads += 1
      const found = await app.store.findFacts(ref, at)
      const hold = held
      held = null
      hold?.reached()
      await hold?.open
      return found
    },
  }
  const nodes: Nodes = {
    applied: () => state.applied,
    isFresh: () => state.fresh,
    inForce: async (revision) => {
      state.waited.push(revision)
      return { nodes: 3, lapsed: 1 }
    },
    hasApplied: async (revision) => revision <= state.applied,
    follow: (named) => {
      memory = named
    },
  }
  const { settings } = app.latchkey
  const rates = memoryRateLimiter(app.clock)
  const latchkey = createLatchkey({ store, clock: app.clock, random: systemRandom, settings, rates, nodes })
  const principal = await latchkey.authenticate(new Secret(app.rootKey), undefined)
  const call = { principal, requestId: null, ip: null }
  const { view, secret } = await latchkey.keys.create(call, { access: 'use', name: 'k' })
  const verify = async () => (await latchkey.verify({ secret })).code as string
  await verify()
  return {
    state,
    latchkey,
    call,
    secret,
    key: view.key,
    verify,
    hear: (change: Partial<Change>) =>
      memory.forget({ revision: 9, kind: 'key', id: view.key.id, action: 'key.update', at: 0, ...change }),
    forgetAll: () => memory.forgetAll(),
    /** What another node does: it reaches the store, and this one hears of it only when it is told. */
    elsewhere: (body: object) => app.call('PATCH', `/v2/keys/${view.key.id}`, { body }),
    revokedElsewhere: () => app.call('DELETE', `/v2/keys/${view.key.id}`),
    holdNext() {
      const reached = Promise.withResolvers<void>()
      const open = Promise.withResolvers<void>()
      held = { reached: reached.resolve, open: open.promise }
      return { reached: reached.promise, open: open.resolve }
    },
    unrevoke: async () => {
      const found = app.store.findFacts
      store.findFacts = async (ref, at) => {
        const facts = await found(ref, at)
        return facts && { ...facts, key: { ...facts.key, revokedAt: null } }
      }
    },
  }
}

describe('a node with facts in memory', () => {
  test('answers from memory while its lease is fresh, and from the store while it is not', async () => {
    const { state, verify, elsewhere } = await node()
    const { reads } = state
    expect(await verify()).toBe('VALID')
    expect(state.reads).toBe(reads)
    await elsewhere({ disabled: true })
    expect(await verify()).toBe('VALID')
    state.fresh = false
    expect(await verify()).toBe('DISABLED')
    expect(state.reads).toBe(reads + 1)
  })

  test('forgets records that a commit finds in a later revision, and keeps those that it knows in that one', async () => {
    const { state, latchkey, verify, key } = await node()
    const known = [
      { kind: 'key' as const, id: key.id },
      { kind: 'user' as const, id: key.ownerId },
      { kind: 'workspace' as const, id: key.workspaceId },
    ]
    const facts = await latchkey.facts.ofKey(key.id)
    const revisions = [facts?.key.revision, facts?.owner.revision, facts?.workspace.revision]
    for (const [n, record] of known.entries()) {
      const { reads } = state
      latchkey.facts.overtake(record, revisions[n] ?? 0)
      await verify()
      expect(state.reads).toBe(reads)
      latchkey.facts.overtake(record, (revisions[n] ?? 0) + 1)
      await verify()
      expect(state.reads).toBe(reads + 1)
    }
  })

  test('forgets a key, an owner or a workspace when it hears of its change', async () => {
    const { state, verify, hear, key } = await node()
    for (const heard of [
      {},
      { kind: 'user' as const, id: key.ownerId },
      { kind: 'workspace' as const, id: key.workspaceId },
    ]) {
      const { reads } = state
      hear(heard)
      await verify()
      expect(state.reads).toBe(reads + 1)
      await verify()
      expect(state.reads).toBe(reads + 1)
    }
  })

  test.each(['one change', 'everything'])(
    'does not keep facts that were read while it heard of %s',
    async (what) => {
      const { verify, hear, forgetAll, holdNext, elsewhere } = await node()
      hear({})
      const hold = holdNext()
      const slow = verify()
      await hold.reached
      await elsewhere({ disabled: true })
      if (what === 'everything') forgetAll()
      else hear({})
      hold.open()
      expect(await slow).toBe('VALID')
      expect(await verify()).toBe('DISABLED')
    },
  )

  test.each(['read', 'heard'])('never accepts a key again that it has %s to be revoked', async (how) => {
    const { verify, hear, revokedElsewhere, unrevoke } = await node()
    await revokedElsewhere()
    hear({ action: how === 'heard' ? 'key.revoke' : 'key.update' })
    if (how === 'read') expect(await verify()).toBe('NOT_FOUND')
    hear({})
    await unrevoke()
    expect(await verify()).toBe('NOT_FOUND')
  })

  test('answers a change when it is in force, and at once when the caller does not wait', async () => {
    const { state, latchkey, call, key } = await node()
    state.waited = []
    const patch = (name: string, wait?: 'none') =>
      latchkey.keys.update({ ...call, ...(wait && { wait }) }, { id: key.id }, { patch: { name } })
    const { key: changed } = await patch('other')
    expect(state.waited).toEqual([changed.revision])
    await patch('third', 'none')
    expect(state.waited).toEqual([changed.revision])
    const receipt = await latchkey.keys.revoke(call, { id: key.id }, { reason: null })
    expect(receipt.inForce).toEqual({ nodes: 3, lapsed: 1 })
  })

  test('does not conclude from its own changes that it has heard of those of others', async () => {
    const { latchkey, secret, key, call } = await node()
    const { key: changed } = await latchkey.keys.update(call, { id: key.id }, { patch: { name: 'other' } })
    await expect(
      Promise.resolve(latchkey.verify({ secret, atLeast: changed.revision })),
    ).rejects.toMatchObject({ code: 'revision_unreached' })
  })
})
