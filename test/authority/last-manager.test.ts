import { afterEach, describe, expect, test } from 'bun:test'
import { type Answer, type TestApp, testApp } from '../support/app.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { postgresForTests } from '../support/postgres.ts'
import { failure, type NativeApp, nativeApp } from '../wire/native/native-app.ts'

// The last key that can manage everything cannot be lost, by any act or by two concurrent acts.

const postgres = await postgresForTests()
const ENGINES = ['SQLite', ...('absent' in postgres ? [] : ['PostgreSQL'])] as const
const cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

interface Root {
  userId: string
  keyId: string
  hash: string
}

async function rootOf(app: TestApp): Promise<Root> {
  const { json } = await app.call('GET', '/v2/keys?access=full')
  const [key] = json.data
  return { userId: key.ownerId, keyId: key.id, hash: key.hash }
}

/** Every act by which a root key, or all keys of its owner, can be lost. */
const LOSSES: [string, (send: TestApp['call'], root: Root) => Promise<Answer>][] = [
  ['revoking it', (send, { keyId }) => send('DELETE', `/v2/keys/${keyId}`)],
  ['deleting it, as GoodMem', (send, { keyId }) => send('DELETE', `/v1/apikeys/${keyId}`)],
  ['deleting it, as OpenRouter', (send, { hash }) => send('DELETE', `/api/v1/keys/${hash}`)],
  ['switching it off', (send, root) => patched(send, root, { disabled: true })],
  [
    'switching it off, as GoodMem',
    (send, { keyId }) => send('PUT', `/v1/apikeys/${keyId}`, { body: { status: 'INACTIVE' } }),
  ],
  [
    'switching it off, as OpenRouter',
    (send, { hash }) => send('PATCH', `/api/v1/keys/${hash}`, { body: { disabled: true } }),
  ],
  ['cutting it to data use', (send, root) => patched(send, root, { access: 'use' })],
  ['an expiry', (send, root) => patched(send, root, { expiresAt: '2099-01-01T00:00:00Z' })],
  ['a start', (send, root) => patched(send, root, { notBefore: '2099-01-01T00:00:00Z' })],
  ['walling it in', (send, root) => patched(send, root, { allowedIps: ['203.0.113.9/32'] })],
  [
    'disabling its owner',
    (send, { userId }) => send('PATCH', `/v2/users/${userId}`, { body: { disabled: true } }),
  ],
  [
    'demoting its owner',
    (send, { userId }) => send('PATCH', `/v2/users/${userId}`, { body: { role: 'ADMIN' } }),
  ],
  [
    'bounding its owner',
    (send, { userId }) => send('PATCH', `/v2/users/${userId}`, { body: { policy: { permissions: ['a'] } } }),
  ],
]

function patched(send: TestApp['call'], { keyId }: Root, body: object): Promise<Answer> {
  return send('PATCH', `/v2/keys/${keyId}`, { body })
}

/** Other keys and users that do not help: none of them can manage everything for good, from this address. */
async function uselessOthers(app: NativeApp, { userId }: Root): Promise<void> {
  const { user: second } = await app.makeUser({ username: 'second', role: 'ROOT', disabled: true })
  await app.makeUser({ username: 'bounded', role: 'ROOT', policy: { limits: { daily: '1' } } })
  await app.makeUser({ username: 'admin', role: 'ADMIN' })
  for (const body of [
    { access: 'use' },
    { access: 'full', disabled: true },
    { access: 'manage', notBefore: '2099-01-01T00:00:00Z' },
    { access: 'manage', expiresAt: '2099-01-01T00:00:00Z' },
    { access: 'manage', allowedIps: ['203.0.113.9'] },
  ])
    await app.makeKey({ ...body, ownerId: userId })
  const { key } = await app.makeKey({ access: 'full', ownerId: userId })
  await app.call('DELETE', `/v2/keys/${key.id}`)
  expect(second.disabled).toBe(true)
}

/** The root key as it is shown, without its uses: these calls count as uses, which are written at any time. */
async function recordOf(app: NativeApp, { keyId }: Root): Promise<object> {
  const { lastUsedAt, requestCount, ...record } = (await app.call('GET', `/v2/keys/${keyId}`)).json
  expect([lastUsedAt === undefined, requestCount === undefined]).toEqual([false, false])
  return record
}

describe('the last key that can manage everything', () => {
  test.each(LOSSES)('cannot be lost by %s', async (_name, lose) => {
    await using app = await nativeApp()
    const root = await rootOf(app)
    await uselessOthers(app, root)
    const before = await recordOf(app, root)
    const answer = await lose(app.call, root)
    expect(answer.status).toBe(409)
    expect(await recordOf(app, root)).toEqual(before)
    // With another manager it may be removed; its owner knows neither the secret of that one nor any by which it was made.
    await app.makeUser({ username: 'other', role: 'ROOT' })
    await app.latchkey.resetRoot()
    expect((await lose(app.call, root)).status).toBeLessThan(300)
  })

  test('may be rotated, renamed, and bound to the address of the caller', async () => {
    await using app = await nativeApp()
    const root = await rootOf(app)
    expect(
      (await patched(app.call, root, { name: 'n', allowedIps: ['127.0.0.0/8', '10.0.0.1'] })).status,
    ).toBe(200)
    expect(failure(await patched(app.call, root, { allowedIps: ['10.0.0.1'] }))).toBe('409 last_manager')
    expect((await app.call('POST', `/v2/keys/${root.keyId}/rotate`)).status).toBe(200)
  })

  test('cannot be lost by a bound for another user who has seen its secret', async () => {
    await using app = await nativeApp()
    const root = await rootOf(app)
    // The root key makes the key of a second ROOT, and so has seen its secret.
    const { user: second, secret } = await app.makeUser({ username: 'second', role: 'ROOT' })
    const send = (method: string, path: string, body?: object) =>
      app.call(method, path, { key: secret, ...(body && { body }) })
    expect((await send('DELETE', `/v2/keys/${root.keyId}`)).status).toBe(200)
    const bound = { policy: { limits: { daily: '1' } } }
    const boundRoot = () => send('PATCH', `/v2/users/${root.userId}`, bound)
    expect(failure(await boundRoot())).toBe('409 last_manager')
    expect((await send('PATCH', `/v2/users/${root.userId}`, { role: 'ADMIN' })).status).toBe(200)
    expect(failure(await boundRoot())).toBe('409 last_manager')
    // A key of the second one that only the operator of the machine has seen makes another that root does not know.
    const fresh = (await app.latchkey.resetRoot()).secret.reveal()
    const third = (await send('POST', '/v2/users', { username: 'third', displayName: 'Third', role: 'ROOT' }))
      .json
    const ofThird = { ownerId: third.id, access: 'full' }
    const made = await app.call('POST', '/v2/keys', { key: fresh, body: ofThird })
    expect(made.status).toBe(201)
    const { id: freshId } = (await app.call('GET', '/v2/keys/self', { key: fresh })).json.key
    expect((await send('DELETE', `/v2/keys/${freshId}`)).status).toBe(200)
    expect((await boundRoot()).status).toBe(200)
    // The second one can no longer manage everything, and the third one can as long as the second has no bound.
    const asThird = (method: string, path: string, body: object) =>
      app.call(method, path, { key: made.json.secret, body })
    expect(failure(await asThird('PATCH', `/v2/users/${second.id}`, bound))).toBe('409 last_manager')
    expect(failure(await asThird('PATCH', `/v2/keys/${made.json.key.id}`, { disabled: true }))).toBe(
      '409 last_manager',
    )
    const fourth = { username: 'fourth', displayName: 'Fourth', role: 'ROOT' }
    expect((await asThird('POST', '/v2/users', fourth)).status).toBe(201)
  })

  test('is not replaced by one that was made with a secret that its owner has seen', async () => {
    await using app = await nativeApp()
    const root = await rootOf(app)
    const { secret } = await app.makeUser({ username: 'second', role: 'ROOT' })
    const person = { username: 'third', displayName: 'Third', role: 'ROOT' }
    const { id: ownerId } = (await app.call('POST', '/v2/users', { key: secret, body: person })).json
    await app.call('POST', '/v2/keys', { key: secret, body: { ownerId, access: 'full' } })
    const body = { policy: { limits: { daily: '1' } } }
    const bound = () => app.call('PATCH', `/v2/users/${root.userId}`, { body })
    expect(failure(await bound())).toBe('409 last_manager')
    await app.latchkey.resetRoot()
    expect((await bound()).status).toBe(200)
  })

  test('when all managing keys expire, the last of them is protected', async () => {
    await using app = await nativeApp()
    const root = await rootOf(app)
    const expiresAt = '2027-01-01T00:00:00.000Z'
    const { key, secret } = await app.makeKey({ access: 'full', expiresAt })
    expect(failure(await app.call('DELETE', `/v2/keys/${root.keyId}`))).toBe('409 last_manager')
    // The state in which an older program left it.
    const act = { at: app.clock.now(), userId: null, keyId: null, requestId: null, ip: null, warrant: null }
    const target = { kind: 'key' as const, id: root.keyId }
    const audit = { action: 'test', target, before: null, after: null, reason: null }
    await app.store.changeKey(
      { id: root.keyId as never },
      (next) => ({ next: { ...next, revokedAt: act.at }, audit }),
      { act },
    )
    const send = (method: string, path: string, body?: object) =>
      app.call(method, path, { key: secret, body })
    expect((await send('PATCH', `/v2/keys/${key.id}`, { expiresAt: '2026-12-01T00:00:00Z' })).status).toBe(
      200,
    )
    expect(failure(await send('DELETE', `/v2/keys/${key.id}`))).toBe('409 last_manager')
    expect((await send('PATCH', `/v2/keys/${key.id}`, { expiresAt: null })).status).toBe(200)
  })
})

/** A server with two keys that manage everything, of two users, and holds on the verbs of its store. */
async function twoRoots(engine: (typeof ENGINES)[number]) {
  const database = engine === 'SQLite' || 'absent' in postgres ? null : await postgres.migratedDatabase()
  const { store, hold } = await faultyStore(database?.url)
  const app = await testApp({ store })
  cleanUp.push(async () => {
    await app.close()
    await database?.drop()
  })
  const first = await rootOf(app)
  const made = async (path: string, body: object) => (await app.call('POST', path, { body })).json
  const user = await made('/v2/users', { username: 'r', email: 'r@x', displayName: 'R', role: 'ROOT' })
  const second = await made('/v2/keys', { ownerId: user.id, access: 'manage' })
  return { app, hold, first, user, second }
}

describe.each([...ENGINES])('on %s', (engine) => {
  test('of the two last keys that revoke each other concurrently, one stays', async () => {
    const rounds = 6
    for (let round = 0; round < rounds; round += 1) {
      const { app, hold, first, user, second } = await twoRoots(engine)
      const attempts: [string, string, object?][] = [
        ['DELETE', `/v2/keys/${second.key.id}`],
        ['PATCH', `/v2/keys/${second.key.id}`, { access: 'use' }],
        ['PATCH', `/v2/users/${user.id}`, { policy: { permissions: [] } }],
      ]
      const [method, path, body] = attempts[round % attempts.length] as (typeof attempts)[0]
      const method2 = method === 'PATCH' && path.startsWith('/v2/users') ? 'changeUser' : 'changeKey'
      // Both have been judged and wait before the transaction.
      const held = [hold(method2)]
      const one = app.call(method, path, { body })
      await held[0]?.reached
      const other = hold('changeKey')
      const two = app.call('DELETE', `/v2/keys/${first.keyId}`, { key: second.secret })
      await other.reached
      if (round % 2 === 0) {
        held[0]?.open()
        other.open()
      } else {
        other.open()
        held[0]?.open()
      }
      const statuses = (await Promise.all([one, two])).map(({ status }) => status)
      // The second one finds no other manager, or is revoked itself.
      expect(statuses.filter((status) => status === 200)).toHaveLength(1)
      expect(statuses.filter((status) => [401, 403, 409].includes(status))).toHaveLength(1)
    }
    process.stdout.write(`${engine}: ${rounds} races to end the last two keys\n`)
  }, 60_000)

  test('of two acts at once, an end of a key and a bound for who has seen the other key, one fails', async () => {
    const rounds = 4
    for (let round = 0; round < rounds; round += 1) {
      const { app, hold, first, second } = await twoRoots(engine)
      const bound = hold('changeUser')
      const body = { policy: { limits: { daily: '1' } } }
      const one = app.call('PATCH', `/v2/users/${first.userId}`, { key: second.secret, body })
      await bound.reached
      const end = hold('changeKey')
      const two = app.call('DELETE', `/v2/keys/${first.keyId}`, { key: second.secret })
      await end.reached
      for (const held of round % 2 === 0 ? [bound, end] : [end, bound]) held.open()
      const answers = await Promise.all([one, two])
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    }
  }, 60_000)

  test('of the last two keys that a third, expiring one revokes concurrently, one stays', async () => {
    const rounds = 12
    const database = engine === 'SQLite' || 'absent' in postgres ? null : await postgres.migratedDatabase()
    const { store, hold } = await faultyStore(database?.url)
    const app = await testApp({ store })
    cleanUp.push(async () => {
      await app.close()
      await database?.drop()
    })
    const make = async (body: object, key = app.rootKey) =>
      (await app.call('POST', '/v2/keys', { body, key })).json
    let last = (await rootOf(app)).keyId
    const expiresAt = '2027-01-01T00:00:00Z'
    const { secret } = await make({ access: 'full', expiresAt })
    for (let round = 0; round < rounds; round += 1) {
      const { key } = await make({ access: 'full' }, secret)
      const held = [hold('changeKey')]
      const first = app.call('DELETE', `/v2/keys/${last}`, { key: secret })
      await held[0]?.reached
      held.push(hold('changeKey'))
      const second = app.call('PATCH', `/v2/keys/${key.id}`, { key: secret, body: { disabled: true } })
      await held[1]?.reached
      for (const each of held) each.open()
      const statuses = (await Promise.all([first, second])).map(({ status }) => status)
      expect(statuses.toSorted()).toEqual([200, 409])
      if (statuses[0] === 200) last = key.id
    }
    process.stdout.write(`${engine}: ${rounds} races to end the last two keys by a third\n`)
  }, 60_000)
})
