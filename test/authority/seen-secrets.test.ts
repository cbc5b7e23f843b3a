import { expect, test } from 'bun:test'
import { type Loose, nativeApp } from '../wire/native/native-app.ts'

// The creator of a managing key for another user has seen its secret and may use it. So an act of the owner beyond its own policy, such
// as rotating a stronger key of its own, is allowed only with a credential that no lesser user has seen.

const BOUNDED = { permissions: ['documents.*'], limits: { daily: '10' } }
const STRONG = { access: 'use', permissions: ['*'], limits: { daily: '500' } }

/** A bounded ADMIN, a USER of the same policy with a managing key that the ADMIN created, and a stronger one from ROOT. */
async function scene(access = 'manage') {
  const app = await nativeApp()
  const bounded = await app.makeUser({ username: 'bounded', role: 'ADMIN', policy: BOUNDED })
  const { user } = await app.makeUser({ username: 'covered', role: 'USER', policy: BOUNDED })
  const make = async (key: string, body: object): Promise<Loose> =>
    (await app.call('POST', '/v2/keys', { key, body: { ownerId: user.id, ...body } })).json
  const handed = await make(bounded.secret, { access })
  const strong = await make(app.rootKey, STRONG)
  const rotate = async (key: string, id: string): Promise<Loose> =>
    (await app.call('POST', `/v2/keys/${id}/rotate`, { key, body: {} })).json
  return { app, user, bounded, handed, strong, make, rotate }
}

const REFUSED = {
  code: 'delegation_exceeded',
  detail: expect.stringContaining('Another user has seen the secret'),
}

test.each(['manage', 'full'])(
  'a bounded ADMIN cannot get a stronger key by acting as a USER that it covers (%s)',
  async (access) => {
    const { app, handed, strong, rotate } = await scene(access)
    await using _ = app
    expect(await rotate(handed.secret, strong.key.id)).toMatchObject(REFUSED)
    // Nor by any chain of keys and secrets that start with the one that it has seen.
    let secret = handed.secret as string
    for (let link = 0; link < 3; link += 1) {
      const made = await app.call('POST', '/v2/keys', { key: secret, body: { access: 'full' } })
      expect(made.status).toBe(201)
      const again = await rotate(made.json.secret, made.json.key.id)
      secret = again.secret
      expect(await rotate(secret, strong.key.id)).toMatchObject(REFUSED)
    }
    const viaGoodMem = await app.call('POST', '/v1/apikeys', { key: secret, body: {} })
    expect(await rotate(viaGoodMem.json.rawApiKey, strong.key.id)).toMatchObject(REFUSED)
  },
)

test('the same holds after the ADMIN rotated a key that ROOT had made, was disabled, demoted or deleted', async () => {
  const { app, user, bounded, strong, make, rotate } = await scene()
  await using _ = app
  const own = await make(app.rootKey, { access: 'manage', limits: { daily: '10' } })
  expect((await rotate(own.secret, strong.key.id)).secret).toBeString()
  const { secret } = await rotate(bounded.secret, own.key.id)
  expect(await rotate(secret, strong.key.id)).toMatchObject(REFUSED)
  for (const change of [{ role: 'USER' }, { disabled: true }]) {
    await app.call('PATCH', `/v2/users/${bounded.user.id}`, { body: change })
    expect(await rotate(secret, strong.key.id)).toMatchObject(REFUSED)
  }
  for (const { id } of (await app.call('GET', `/v2/keys?ownerId=${bounded.user.id}`)).json.data)
    await app.call('DELETE', `/v2/keys/${id}`)
  expect((await app.call('DELETE', `/v2/users/${bounded.user.id}`)).status).toBe(204)
  expect(await rotate(secret, strong.key.id)).toMatchObject(REFUSED)
  // No lesser user sees a secret that ROOT creates.
  const fresh = await rotate(app.rootKey, own.key.id)
  expect((await rotate(fresh.secret, strong.key.id)).secret).toBeString()
  expect(user.role).toBe('USER')
})

test('a policy that ROOT widens later does not help the creator of the credential either', async () => {
  const { app, user, handed } = await scene()
  await using _ = app
  await app.call('PATCH', `/v2/users/${user.id}`, { body: { policy: { permissions: ['*'], limits: {} } } })
  const wide = { access: 'use', permissions: ['billing.read'], limits: { daily: '5' } }
  expect((await app.call('POST', '/v2/keys', { key: handed.secret, body: wide })).json).toMatchObject(REFUSED)
  const within = { ...wide, permissions: ['documents.read'] }
  expect((await app.call('POST', '/v2/keys', { key: handed.secret, body: within })).status).toBe(201)
})

const renamed = (path: string) =>
  path === '/v2/users' ? { username: 'another', email: 'a@example.com' } : {}

test('promoting the USER does not give the ADMIN the powers that it lacks: policies, users, managing keys', async () => {
  const { app, user, bounded, handed } = await scene()
  await using _ = app
  const wide = { permissions: ['*'], limits: { daily: '10' } }
  await app.call('PATCH', `/v2/users/${user.id}`, { body: { role: 'ADMIN', policy: wide } })
  const key = handed.secret as string
  const other = await app.makeUser({ username: 'other', role: 'USER', policy: BOUNDED })
  const person = { username: 'puppet', email: 'p@example.com', displayName: 'P', role: 'USER' }
  const refused: [string, string, object][] = [
    ['PATCH', `/v2/users/${other.user.id}`, { policy: wide }],
    ['POST', '/v2/users', { ...person, policy: wide }],
    ['POST', '/v2/keys', { ownerId: user.id, access: 'manage', limits: { daily: '1' } }],
    ['POST', '/v2/keys', { ownerId: bounded.user.id, access: 'manage', limits: { daily: '1' } }],
  ]
  for (const [method, path, body] of refused)
    expect((await app.call(method, path, { key, body })).json).toMatchObject(REFUSED)
  const within = await app.call('POST', '/v2/users', { key, body: { ...person, policy: BOUNDED } })
  expect(within.status).toBe(201)
  // With a secret that no lesser user has seen, all of it is allowed.
  const fresh = await app.call('POST', `/v2/keys/${handed.key.id}/rotate`, { body: {} })
  for (const [method, path, body] of refused)
    expect(
      (await app.call(method, path, { key: fresh.json.secret, body: { ...body, ...renamed(path) } })).status,
    ).toBeLessThan(300)
})

test('a key may always rotate itself, because its holder gains nothing by the new secret', async () => {
  const { app, make, rotate } = await scene()
  await using _ = app
  const strong = await make(app.rootKey, { ...STRONG, access: 'full' })
  expect((await rotate(strong.secret, strong.key.id)).secret).toBeString()
})

test('a third user does not give the ADMIN powers, because all who have seen the credential are remembered', async () => {
  const { app, bounded, make, rotate } = await scene()
  await using _ = app
  const colleague = await app.makeUser({ username: 'colleague', role: 'ADMIN', policy: BOUNDED })
  const third = await app.makeUser({ username: 'third', role: 'USER', policy: BOUNDED })
  const call = async (method: string, path: string, key: string, body: object): Promise<Loose> =>
    (await app.call(method, path, { key, body })).json
  const handed = await make(bounded.secret, { ownerId: colleague.user.id, access: 'manage' })
  const forThird = { ownerId: third.user.id, access: 'manage', limits: { daily: '1' } }
  // With the colleague's key it gets some of the third user, as it would by its own key.
  const made = await call('POST', '/v2/keys', handed.secret, forThird)
  const used = await call('POST', '/v2/keys', handed.secret, { ...forThird, access: 'use' })
  expect(await call('PATCH', `/v2/keys/${used.key.id}`, handed.secret, { access: 'manage' })).toMatchObject({
    access: 'manage',
  })
  const managing = await make(app.rootKey, forThird)
  const rotated = await rotate(handed.secret, managing.key.id)
  const ofAdmin = [made.secret, used.secret, rotated.secret] as string[]
  // With a key that only ROOT and the colleague have seen, the colleague makes one that the ADMIN does not know.
  const { secret: fresh } = await rotate(app.rootKey, handed.key.id)
  const ofColleague = [(await make(colleague.secret, forThird)).secret, (await make(fresh, forThird)).secret]
  const wide = { policy: { permissions: ['*'], limits: { daily: null } } }
  for (const { id } of [colleague.user, third.user])
    expect((await app.call('PATCH', `/v2/users/${id}`, { body: wide })).status).toBe(200)
  const strong = await make(app.rootKey, { ...STRONG, ownerId: third.user.id })
  for (const secret of ofAdmin) {
    expect(await rotate(secret, strong.key.id)).toMatchObject(REFUSED)
    expect(await make(secret, { ...forThird, access: 'full' })).toMatchObject(REFUSED)
  }
  for (const secret of ofColleague) expect((await rotate(secret, strong.key.id)).secret).toBeString()
})

/** A USER with a managing key from an ADMIN, and one from ROOT that was handed over by another USER. */
async function known() {
  const app = await nativeApp()
  const admin = await app.makeUser({ username: 'admin', role: 'ADMIN' })
  const former = await app.makeUser({ username: 'former', role: 'USER' })
  const { user } = await app.makeUser({ username: 'ada', role: 'USER' })
  const make = async (key: string, body: object): Promise<Loose> =>
    (await app.call('POST', '/v2/keys', { key, body })).json
  const patch = (path: string, body: object, key = app.rootKey) =>
    app.call('PATCH', `/v2/${path}`, { key, body })
  const promote = async (role: string) => {
    const { status, json } = await patch(`users/${user.id}`, { role })
    return status === 200 ? json.role : `${json.code} ${json.errors?.[0]?.pointer}`
  }
  const rotate = (id: string, overlap: string) =>
    app.call('POST', `/v2/keys/${id}/rotate`, { body: { overlap } })
  return { app, admin, former, user, make, patch, promote, rotate }
}

test('nobody becomes a ROOT while an ADMIN, or an ADMIN while a USER, knows the secret of its managing key', async () => {
  const { app, admin, former, user, make, patch, promote, rotate } = await known()
  await using _ = app
  const given = await make(admin.secret, { ownerId: user.id, access: 'full' })
  await make(former.secret, { access: 'use' })
  expect(await promote('ADMIN')).toBe('ADMIN')
  expect(await promote('ROOT')).toBe('delegation_exceeded /role')
  // An old secret counts until its overlap ends.
  await rotate(given.key.id, '1h')
  expect(await promote('ROOT')).toBe('delegation_exceeded /role')
  await app.call('DELETE', `/v2/keys/${given.key.id}/secrets/previous`)
  expect(await promote('ROOT')).toBe('ROOT')

  expect(await promote('USER')).toBe('USER')
  const handed = await make(former.secret, { access: 'full' })
  expect((await patch(`keys/${handed.key.id}`, { ownerId: user.id })).status).toBe(200)
  for (const role of ['ADMIN', 'SERVICE', 'ROOT'])
    expect(await promote(role)).toBe('delegation_exceeded /role')
  // Also after the former owner is gone.
  await app.call(
    'DELETE',
    `/v2/keys/${(await app.call('GET', `/v2/keys?ownerId=${former.user.id}`)).json.data[0].id}`,
  )
  await patch(`users/${former.user.id}`, { disabled: true })
  expect(await promote('ADMIN')).toBe('delegation_exceeded /role')
  await app.call('DELETE', `/v2/keys/${handed.key.id}`)
  expect(await promote('ADMIN')).toBe('ADMIN')
})

test('a managing key that had expired is prolonged only when nobody below its owner knows its secret', async () => {
  const { app, admin, user, make, patch, promote, rotate } = await known()
  await using _ = app
  const expiresAt = '2026-11-22T12:00:01.000Z'
  const { key } = await make(admin.secret, { ownerId: user.id, access: 'full', expiresAt })
  expect(await promote('ROOT')).toBe('delegation_exceeded /role')
  app.clock.set(expiresAt)
  expect(await promote('ROOT')).toBe('ROOT')
  const prolong = async () => (await patch(`keys/${key.id}`, { expiresAt: null })).status
  expect(await prolong()).toBe(403)
  await rotate(key.id, '0s')
  expect(await prolong()).toBe(200)
})

test('a managing key that was disabled meanwhile is enabled only when nobody below its owner knows its secret', async () => {
  const { app, admin, user, make, patch, promote, rotate } = await known()
  await using _ = app
  const { key } = await make(admin.secret, { ownerId: user.id, access: 'manage' })
  await patch(`keys/${key.id}`, { disabled: true })
  expect(await promote('ROOT')).toBe('ROOT')
  const enable = (path: string, method: string, body: object) => app.call(method, path, { body })
  const attempts = [
    await enable(`/v2/keys/${key.id}`, 'PATCH', { disabled: false }),
    await enable(`/api/v1/keys/${key.hash}`, 'PATCH', { disabled: false }),
    await enable(`/v1/apikeys/${key.id}`, 'PUT', { status: 'ACTIVE' }),
  ]
  expect(attempts.map(({ status }) => status)).toEqual([403, 403, 403])
  await rotate(key.id, '0s')
  expect((await patch(`keys/${key.id}`, { disabled: false })).status).toBe(200)
})
