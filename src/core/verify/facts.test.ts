import { afterEach, describe, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import { memoryRateLimiter } from '../../rates/memory.ts'
import type { Store } from '../../store/store.ts'
import { systemRandom } from '../ground/clock.ts'
import { Secret } from '../ground/secret.ts'
import { createLatchkey } from '../latchkey.ts'

const opened: TestApp[] = []
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close()
})

/** A store whose reads of facts can be held after they have read, as a slow database would. */
function slowReads(store: Store) {
  let gate: { reached: () => void; open: Promise<void> } | null = null
  const slow: Store = {
    ...store,
    async findFacts(digest, at) {
      const found = await store.findFacts(digest, at)
      const held = gate
      gate = null
      held?.reached()
      await held?.open
      return found
    },
  }
  function holdNext() {
    const reached = Promise.withResolvers<void>()
    const opened = Promise.withResolvers<void>()
    gate = { reached: reached.resolve, open: opened.promise }
    return { reached: reached.promise, open: opened.resolve }
  }
  return { slow, holdNext }
}

async function slowLatchkey() {
  const app = await testApp()
  opened.push(app)
  const { slow, holdNext } = slowReads(app.store)
  const { settings } = app.latchkey
  const latchkey = createLatchkey({
    store: slow,
    clock: app.clock,
    random: systemRandom,
    settings,
    rates: memoryRateLimiter(app.clock),
  })
  const principal = await latchkey.authenticate(new Secret(app.rootKey), undefined)
  const call = { principal, requestId: null, ip: null }
  const { view, secret } = await latchkey.keys.create(call, { access: 'use', name: 'k' })
  return { app, latchkey, call, key: view.key, secret, holdNext }
}

const changes: [string, (parts: Awaited<ReturnType<typeof slowLatchkey>>) => Promise<unknown>, string][] = [
  [
    'revoke',
    ({ latchkey, call, key }) => latchkey.keys.revoke(call, { id: key.id }, { reason: null }),
    'NOT_FOUND',
  ],
  [
    'disable',
    ({ latchkey, call, key }) => latchkey.keys.update(call, { id: key.id }, { patch: { disabled: true } }),
    'DISABLED',
  ],
  [
    'limit cut',
    async ({ latchkey, call, key }) => {
      await latchkey.keys.update(call, { id: key.id }, { patch: { limits: { total: 0n } } })
    },
    'BUDGET_EXCEEDED',
  ],
  [
    'usage report',
    async ({ latchkey, call, key }) => {
      await latchkey.keys.update(call, { id: key.id }, { patch: { limits: { total: 5n } } })
      const event = { id: 'e', key: { id: key.id }, amount: 5n, byokAmount: 0n, requests: 1, meta: {} }
      await latchkey.usage.report(call, [event])
    },
    'BUDGET_EXCEEDED',
  ],
]

describe('facts in memory', () => {
  test.each(changes)('a slow read during a %s does not bring back old facts', async (_name, change, code) => {
    const parts = await slowLatchkey()
    const { latchkey, secret, holdNext } = parts
    const hold = holdNext()
    const inFlight = Promise.resolve(latchkey.verify({ secret }))
    await hold.reached
    await change(parts)
    hold.open()
    await inFlight
    expect((await latchkey.verify({ secret })).code as string).toBe(code)
  })

  test('disabling the owner during a slow read does not leave its key working', async () => {
    const { latchkey, call, secret, holdNext, key } = await slowLatchkey()
    const person = { username: 'u', email: 'u@example.com', displayName: 'U', role: 'USER' as const }
    const user = await latchkey.users.create(call, person)
    const owned = await latchkey.keys.create(call, { access: 'use', ownerId: user.id })
    const hold = holdNext()
    const inFlight = Promise.resolve(latchkey.verify({ secret: owned.secret }))
    await hold.reached
    await latchkey.users.update(call, user.id, { patch: { disabled: true } })
    hold.open()
    await inFlight
    expect((await latchkey.verify({ secret: owned.secret })).code).toBe('DISABLED')
    expect((await latchkey.verify({ secret })).code).toBe('VALID')
    expect(key.ownerId).not.toBe(user.id)
  })

  test('a second verify of the same key reads no store', async () => {
    const { latchkey, secret, holdNext } = await slowLatchkey()
    await latchkey.verify({ secret })
    holdNext()
    expect(latchkey.verify({ secret })).toMatchObject({ code: 'VALID' })
  })

  test('a text with a wrong checksum reads no store, nor does a foreign text while no such key exists', async () => {
    const { latchkey, secret, holdNext } = await slowLatchkey()
    const hold = holdNext()
    let reads = 0
    void hold.reached.then(() => {
      reads += 1
    })
    const wrong = `${secret.reveal().slice(0, -1)}${secret.reveal().endsWith('0') ? '1' : '0'}`
    expect((await latchkey.verify({ secret: new Secret(wrong) })).code).toBe('NOT_FOUND')
    expect((await latchkey.verify({ secret: new Secret('x'.repeat(40)) })).code).toBe('NOT_FOUND')
    await Promise.resolve()
    expect(reads).toBe(0)
  })

  test('under a storm of verifies no key that was revoked passes afterwards, in any of 200 races', async () => {
    const { latchkey, call } = await slowLatchkey()
    let opportunities = 0
    for (let round = 0; round < 200; round += 1) {
      const { view, secret } = await latchkey.keys.create(call, { access: 'use' })
      const storm = Array.from({ length: 5 }, () => latchkey.verify({ secret }))
      const revoked = latchkey.keys.revoke(call, { id: view.key.id }, { reason: null })
      const racing = Array.from({ length: 5 }, () => latchkey.verify({ secret }))
      await revoked
      const verdict = await latchkey.verify({ secret })
      await Promise.all([...storm, ...racing])
      const late = await latchkey.verify({ secret })
      expect([verdict.code, late.code]).toEqual(['NOT_FOUND', 'NOT_FOUND'])
      opportunities += 10
    }
    process.stdout.write(`revocation races: ${opportunities} verifies in flight during 200 revocations\n`)
  })
})

test('keys share the record of their owner and of their workspace, until that changes', async () => {
  const { latchkey, call, key } = await slowLatchkey()
  const { view } = await latchkey.keys.create(call, { access: 'use', name: 'another' })
  const [one, other] = [await latchkey.facts.ofKey(key.id), await latchkey.facts.ofKey(view.key.id)]
  const kept = [latchkey.facts.ofKey(key.id), latchkey.facts.ofKey(view.key.id)]
  if (one === null || other === null) throw new Error('Both keys are there.')
  const [keptOne, keptOther] = kept as [typeof one, typeof other]
  expect(keptOne.owner).toBe(keptOther.owner)
  expect(keptOne.workspace).toBe(keptOther.workspace)
  await latchkey.users.update(call, one.owner.id, { patch: { displayName: 'Renamed' } })
  expect((await latchkey.facts.ofKey(view.key.id))?.owner.displayName).toBe('Renamed')
})
