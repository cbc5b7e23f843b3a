import { describe, expect, test } from 'bun:test'
import { MAX } from '../../src/core/ground/bounds.ts'
import { type Loose, nativeApp } from '../wire/native/native-app.ts'

// Whoever has seen a secret knows it, however many others see it later. A hand-over, and a creation with a credential that somebody else
// has seen, make nobody forgotten who could act by the secret when its owner may do more.

const BOUNDED = { permissions: ['a.read'] }
const WIDE = { permissions: ['*'] }
const REFUSED = '403 delegation_exceeded'

function outcome({ status, json }: Loose): string {
  return status < 300 ? String(status) : `${status} ${json.code}`
}

async function scene() {
  const app = await nativeApp()
  const send = (method: string, path: string, body: object, key = app.rootKey): Promise<Loose> =>
    app.call(method, `/v2/${path}`, { key, body })
  return {
    app,
    user: (username: string, role: string, policy?: object) =>
      app.makeUser({ username, role, ...(policy && { policy }) }),
    make: async (key: string, body: object): Promise<Loose> => (await send('POST', 'keys', body, key)).json,
    give: async (id: string, ownerId: string, key?: string) =>
      outcome(await send('PATCH', `keys/${id}`, { ownerId }, key)),
    raise: async (id: string, key?: string) =>
      outcome(await send('PATCH', `keys/${id}`, { access: 'full' }, key)),
    change: async (id: string, body: object, key?: string) =>
      outcome(await send('PATCH', `users/${id}`, body, key)),
    rotate: async (id: string, key?: string) => outcome(await send('POST', `keys/${id}/rotate`, {}, key)),
  }
}

describe('a key that is handed away and back', () => {
  test('is still known to the bounded ADMIN that made it', async () => {
    const { app, user, make, give, raise, change, rotate } = await scene()
    await using _ = app
    const admin = await user('admin', 'ADMIN', BOUNDED)
    const boss = await user('boss', 'ADMIN')
    const ada = await user('ada', 'USER', BOUNDED)
    const { key, secret } = await make(admin.secret, { ownerId: ada.user.id, access: 'use' })
    expect(await give(key.id, boss.user.id, admin.secret)).toBe('200')
    expect(await give(key.id, ada.user.id, admin.secret)).toBe('200')
    expect(await raise(key.id, admin.secret)).toBe('200')
    expect(await change(ada.user.id, { policy: WIDE })).toBe('200')
    const strong = await make(app.rootKey, { ownerId: ada.user.id, access: 'use', permissions: ['b.write'] })
    expect(await rotate(strong.key.id, secret)).toBe(REFUSED)
    for (const access of ['use', 'full'])
      expect(await make(secret, { access, permissions: ['*'] })).toMatchObject({
        code: 'delegation_exceeded',
      })
    // With a secret that only its owner and ROOT have seen, it is allowed.
    const fresh = await app.call('POST', `/v2/keys/${key.id}/rotate`, { body: {} })
    expect(await rotate(strong.key.id, fresh.json.secret)).toBe('200')
  })

  test('is still known to the manager of the workspace that made it, who does not become an ADMIN', async () => {
    const { app, user, make, give, raise, change } = await scene()
    await using _ = app
    const manager = await user('manager', 'USER')
    const ada = await user('ada', 'USER')
    const admin = await user('admin', 'ADMIN')
    const { json: team } = await app.call('POST', '/v2/workspaces', { body: { name: 'team', slug: 'team' } })
    for (const [{ id: userId }, standing] of [
      [manager.user, 'manager'],
      [ada.user, 'member'],
    ] as const)
      await app.call('POST', `/v2/workspaces/${team.id}/members`, { body: { userId, standing } })
    const of = { ownerId: ada.user.id, workspaceId: team.id, access: 'use' }
    const { key, secret } = await make(manager.secret, of)
    for (const { id } of [admin.user, ada.user]) expect(await give(key.id, id, admin.secret)).toBe('200')
    for (const by of [ada.secret, app.rootKey]) expect(await raise(key.id, by)).toBe(REFUSED)
    expect(await change(ada.user.id, { role: 'ADMIN' })).toBe('200')
    expect(await change(manager.user.id, { role: 'ADMIN' }, secret)).not.toBe('200')
  })

  test('is known to its present owner, too, once that one gives it away again', async () => {
    const { app, user, make, give, change } = await scene()
    await using _ = app
    const [ada, bob] = [await user('ada', 'USER'), await user('bob', 'USER')]
    const { key } = await make(ada.secret, { access: 'full' })
    for (const { id } of [bob.user, ada.user]) expect(await give(key.id, id)).toBe('200')
    expect(await change(ada.user.id, { role: 'ADMIN' })).toBe(REFUSED)
    expect(await give(key.id, bob.user.id)).toBe('200')
    expect(await change(bob.user.id, { role: 'ADMIN' })).toBe(REFUSED)
    expect(await change(ada.user.id, { role: 'ADMIN' })).toBe('200')
    // Ada's role covers the new one by now, and Bob owns the key.
    expect(await change(bob.user.id, { role: 'ADMIN' })).toBe('200')
  })
})

test('a key that is handed to a third user is known to its maker and to its former owner', async () => {
  const { app, user, make, give, change } = await scene()
  await using _ = app
  const admin = await user('admin', 'ADMIN')
  const [ada, bob] = [await user('ada', 'USER'), await user('bob', 'USER')]
  const { key, secret } = await make(admin.secret, { ownerId: ada.user.id, access: 'full' })
  expect(await give(key.id, bob.user.id, admin.secret)).toBe('200')
  // The former owner covers the role by then, and the maker does not.
  expect(await change(ada.user.id, { role: 'ROOT', policy: { permissions: null } })).toBe('200')
  expect(await change(bob.user.id, { role: 'ROOT' })).toBe(REFUSED)
  expect(await change(admin.user.id, { role: 'ROOT' }, secret)).not.toBe('200')
})

test('what is made for a third user by a credential that another user has seen is known to that one, too', async () => {
  const { app, user, make, raise, change, rotate } = await scene()
  await using _ = app
  const admin = await user('admin', 'ADMIN', BOUNDED)
  const colleague = await user('colleague', 'ADMIN', BOUNDED)
  const ada = await user('ada', 'USER', WIDE)
  const handed = await make(admin.secret, { ownerId: colleague.user.id, access: 'full' })
  expect(await change(colleague.user.id, { policy: { permissions: null } })).toBe('200')
  const made = await make(handed.secret, { ownerId: ada.user.id, access: 'use' })
  expect(await raise(made.key.id, ada.secret)).toBe('200')
  const strong = await make(app.rootKey, { ownerId: ada.user.id, access: 'use', permissions: ['b.write'] })
  expect(await rotate(strong.key.id, made.secret)).toBe(REFUSED)
  expect(await rotate(strong.key.id, ada.secret)).toBe('200')
})

describe('at most so many are remembered', () => {
  test('a key that more would know is handed to nobody until it is rotated', async () => {
    const { app, user, make, give, rotate } = await scene()
    await using _ = app
    // ROOT makes the key, so it is one of those who know it.
    const owners = []
    for (let n = 0; n <= MAX.seersPerSecret; n += 1) owners.push(await user(`owner${n}`, 'USER'))
    const [first, ...others] = owners
    const { key } = await make(app.rootKey, { ownerId: first?.user.id, access: 'use' })
    const last = others.pop()?.user.id ?? ''
    for (const { user: next } of others) expect(await give(key.id, next.id)).toBe('200')
    expect(await give(key.id, last)).toBe(REFUSED)
    // One of those who know it may have it again.
    expect(await give(key.id, first?.user.id ?? '')).toBe('200')
    expect(await give(key.id, last)).toBe(REFUSED)
    expect(await rotate(key.id)).toBe('200')
    expect(await give(key.id, last)).toBe('200')
  })

  test('a credential that as many have seen makes nothing for other owners', async () => {
    const { app, user, make } = await scene()
    await using _ = app
    let secret = app.rootKey
    for (let n = 0; n < MAX.seersPerSecret; n += 1) {
      const { user: next } = await user(`admin${n}`, 'ADMIN')
      secret = (await make(secret, { ownerId: next.id, access: 'full' })).secret
      expect(secret).toBeString()
    }
    const { user: last } = await user('last', 'USER')
    expect(await make(secret, { ownerId: last.id })).toMatchObject({
      code: 'delegation_exceeded',
      detail: expect.stringContaining('Rotate that key first'),
    })
    expect(await make(secret, {})).toMatchObject({ secret: expect.any(String) })
  })
})
