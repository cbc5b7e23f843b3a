import { afterEach, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import type { Store } from '../../store/store.ts'
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
  const store: Store = {
    ...app.store,
    async findFacts(ref, at) {
      reads += 1
      const found = await app.store.findFacts(ref, at)
      const held = gate
      gate = null
      held?.reached()
      await held?.opened
      return found
    },
  }
  const nodes = hasNodes ? { isFresh: () => true, hasApplied: async () => true } : null
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
  return { facts, one, other, holdNext, reads: () => reads }
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
