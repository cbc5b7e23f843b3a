import { afterEach, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import type { Store } from '../../store/store.ts'
import { systemRandom } from '../ground/clock.ts'
import { mintSecret } from '../ground/secret.ts'
import type { Caller } from '../ground/turns.ts'
import type { KeyId, Revision } from '../types.ts'
import { createFacts } from './facts.ts'
import type { ReadyFacts } from './prepared.ts'

let app: TestApp
afterEach(() => app.close())

/** Facts over a store that counts its reads of facts, and can hold the next one after it has read. */
async function scene({ hasNodes = false } = {}) {
  app = await testApp()
  const keys = await Promise.all([made('one'), made('other')])
  let reads = 0
  let gate: { reached: () => void; opened: Promise<void> } | null = null
  let failsNext = false
  const store: Store = {
    ...app.store,
    async findFacts(ref, at) {
      reads += 1
      if (failsNext) {
        failsNext = false
        throw new Error('no such luck')
      }
      const found = await app.store.findFacts(ref, at)
      const held = gate
      gate = null
      held?.reached()
      await held?.opened
      return found
    },
  }
  const nodes = hasNodes ? { applied: () => 0, isFresh: () => true, hasApplied: async () => true } : null
  const facts = createFacts({ store, clock: app.clock, bytesMax: 1_000_000, nodes })
  const [one, other] = await Promise.all(keys.map(async ({ id }) => (await facts.ofKey(id)) as ReadyFacts))
  if (one === undefined || other === undefined) throw new Error('The keys are missing.')
  facts.forgetAll()
  reads = 0
  function holdNext() {
    const reached = Promise.withResolvers<void>()
    const opened = Promise.withResolvers<void>()
    gate = { reached: reached.resolve, opened: opened.promise }
    return { reached: reached.promise, open: opened.resolve }
  }
  const failNext = () => {
    failsNext = true
  }
  return { facts, one, other, holdNext, failNext, reads: () => reads }
}

async function made(name: string): Promise<{ id: KeyId }> {
  return (await app.call('POST', '/v2/keys', { body: { name } })).json.key
}

test('a read that hangs holds up no other, where the database is at the other end of a network', async () => {
  const { facts, one, other, holdNext } = await scene({ hasNodes: true })
  const held = holdNext()
  const slow = facts.ofKey(one.key.id)
  await held.reached
  for (let n = 0; n < 20; n += 1) {
    facts.forgetAll()
    expect((await facts.ofKey(other.key.id))?.key.name).toBe('other')
  }
  held.open()
  expect((await slow)?.key.name).toBe('one')
})

test.each<[string, Caller | undefined, boolean]>([
  ['a user', { userId: 'greedy', keyId: 'k' }, false],
  ['strangers', undefined, false],
  ['a user of a node', { userId: 'greedy', keyId: 'k' }, true],
  ['strangers at a node', undefined, true],
])('the reads of %s that wait delay no read of somebody else', async (_, greedy, hasNodes) => {
  const { facts, one, other, reads } = await scene({ hasNodes })
  const waiting = Array.from({ length: 300 }, (_, n) => facts.ofKey(`unknown-${n}` as KeyId, greedy))
  const honest = { userId: 'honest', keyId: 'k' }
  expect((await facts.ofKey(one.key.id, honest))?.key.name).toBe('one')
  expect((await facts.ofKey(other.key.id, honest))?.key.name).toBe('other')
  expect(reads()).toBeLessThan(20)
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([null]))
  expect(reads()).toBe(302)
})

test('a read that fails lets the next one begin', async () => {
  const { facts, one, failNext } = await scene()
  failNext()
  const failed = facts.ofKey(one.key.id) as Promise<unknown>
  const next = facts.ofKey(one.key.id)
  await expect(failed).rejects.toThrow('no such luck')
  expect((await next)?.key.name).toBe('one')
})

test('a caller that verifies many unknown secrets delays nobody else who verifies a key for the first time', async () => {
  const first = await testApp()
  let reads = 0
  const findFacts: Store['findFacts'] = (ref, at) => {
    reads += 1
    return first.store.findFacts(ref, at)
  }
  const store = new Proxy(first.store, {
    get: (target, name) => (name === 'findFacts' ? findFacts : Reflect.get(target, name)),
  })
  app = await testApp({ store, initialize: false })
  const root = first.rootKey
  const as = async (role: string) => {
    const body = { username: role.toLowerCase(), displayName: role, role }
    const { id } = (await app.call('POST', '/v2/users', { key: root, body })).json
    const owned = { ownerId: id, access: 'full' }
    const { secret } = (await app.call('POST', '/v2/keys', { key: root, body: owned })).json
    const verify = (key: string) => app.call('POST', '/v2/verify', { key: secret, body: { key } })
    await verify(secret)
    return verify
  }
  for (const [greedy, honest] of [
    [await as('USER'), await as('SERVICE')],
    [await as('ADMIN'), await as('ROOT')],
  ] as const) {
    const { secret } = (await app.call('POST', '/v2/keys', { key: root, body: {} })).json
    reads = 0
    const many = Array.from({ length: 300 }, () => greedy(mintSecret('lk', systemRandom).reveal()))
    // Until then these requests have begun, and most of their reads wait.
    while (reads < 60) await new Promise((resolve) => setImmediate(resolve))
    expect((await honest(secret)).json.code).toBe('VALID')
    const before = reads - 60
    await Promise.all(many)
    process.stdout.write(`a first verify beside 300 of unknown secrets: after ${before} of ${reads} reads\n`)
    expect(before).toBeLessThan(30)
    expect(reads).toBeGreaterThanOrEqual(301)
  }
})

test('calls that need the same caller at once share one read', async () => {
  const { facts, one, reads } = await scene()
  const { digest } = one.secret
  const found = await Promise.all(Array.from({ length: 250 }, () => facts.reload(digest)))
  expect(new Set(found.map((each) => each?.key.name))).toEqual(new Set(['one']))
  expect(reads()).toBe(1)
  await facts.reload(digest)
  expect(reads()).toBe(2)
})

test('a shared read that began before a change does not answer a call that came after it', async () => {
  const { facts, one, holdNext } = await scene()
  const held = holdNext()
  const before = facts.reload(one.secret.digest)
  await held.reached
  await app.call('PATCH', `/v2/keys/${one.key.id}`, { body: { disabled: true } })
  facts.forget({ kind: 'key', id: one.key.id }, 99 as Revision)
  const after = facts.reload(one.secret.digest)
  held.open()
  expect([(await before)?.key.disabled, (await after)?.key.disabled]).toEqual([true, true])
})
