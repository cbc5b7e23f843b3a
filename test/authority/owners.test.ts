import { describe, expect, test } from 'bun:test'
import { failure, type Loose, type NativeApp, nativeApp } from '../wire/native/native-app.ts'

// When a key gets another owner, neither owner nor the moving caller may gain more power than they could have had before.

const BOUNDED = { permissions: ['documents.*'], limits: { daily: '10' } }

async function scene() {
  const app = await nativeApp()
  const ada = await app.makeUser({ username: 'ada' })
  const bob = await app.makeUser({ username: 'bob' })
  const admin = await app.makeUser({ username: 'admin', role: 'ADMIN' })
  const bounded = await app.makeUser({ username: 'bounded', role: 'ADMIN', policy: BOUNDED })
  return { app, ada, bob, admin, bounded }
}

function patch(app: NativeApp, id: string, body: object, key = app.rootKey): Promise<Loose> {
  return app.call('PATCH', `/v2/keys/${id}`, { key, body })
}

const within = { permissions: ['documents.read'], limits: { daily: '5' } }

describe('who may give a key to whom', () => {
  test('a USER and a SERVICE give none away and take none', async () => {
    const { app, ada, bob } = await scene()
    await using _ = app
    const own = (await app.call('POST', '/v2/keys', { key: ada.secret, body: {} })).json.key
    const of = (await app.makeKey({ ownerId: bob.user.id })).key
    expect(failure(await patch(app, own.id, { ownerId: bob.user.id }, ada.secret))).toStartWith('400')
    expect(failure(await patch(app, of.id, { ownerId: ada.user.id }, ada.secret))).toBe('404 key_not_found')
    expect((await patch(app, own.id, { ownerId: ada.user.id }, ada.secret)).status).toBe(200)
    const service = await app.makeUser({ username: 'service', role: 'SERVICE' })
    expect(failure(await patch(app, own.id, { ownerId: bob.user.id }, service.secret))).toBe(
      '403 permission_denied',
    )
  })

  test('an ADMIN takes no key of a ROOT and gives none to one; a bounded one moves only what it could make', async () => {
    const { app, ada, bob, admin, bounded } = await scene()
    await using _ = app
    const { key: roots } = await app.makeKey({})
    const { key: strong } = await app.makeKey({ ownerId: ada.user.id, permissions: ['billing.read'] })
    const { key: weak } = await app.makeKey({ ownerId: ada.user.id, ...within })
    const refused = '403 delegation_exceeded'
    expect(failure(await patch(app, roots.id, { ownerId: bob.user.id }, admin.secret))).toBe(refused)
    expect(failure(await patch(app, weak.id, { ownerId: roots.ownerId }, admin.secret))).toBe(refused)
    expect(failure(await patch(app, strong.id, { ownerId: bob.user.id }, bounded.secret))).toBe(refused)
    const both = { ownerId: bob.user.id, permissions: ['documents.write'] }
    expect((await patch(app, weak.id, both, bounded.secret)).json).toMatchObject(both)
    const widened = { ownerId: ada.user.id, permissions: ['billing.read'] }
    expect(failure(await patch(app, weak.id, widened, bounded.secret))).toBe(refused)
  })

  test('a credential that a bounded ADMIN has seen moves nothing that this one could not', async () => {
    const { app, ada, bob, bounded } = await scene()
    await using _ = app
    const wide = await app.makeUser({ username: 'wide', role: 'ADMIN', policy: BOUNDED })
    const made = await app.call('POST', '/v2/keys', {
      key: bounded.secret,
      body: { ownerId: wide.user.id, access: 'full' },
    })
    await app.call('PATCH', `/v2/users/${wide.user.id}`, {
      body: { policy: { permissions: null, limits: {} } },
    })
    const { key } = await app.makeKey({
      ownerId: ada.user.id,
      permissions: ['billing.read'],
      limits: { daily: '1' },
    })
    const moved = await patch(app, key.id, { ownerId: bob.user.id }, made.json.secret)
    expect([failure(moved), moved.json.detail]).toEqual([
      '403 delegation_exceeded',
      expect.stringContaining('Another user has seen'),
    ])
  })
})

describe('who knows the secret', () => {
  test('a managing key never goes to somebody whom a knower of its secret does not cover', async () => {
    const { app, ada, bob, admin, bounded } = await scene()
    await using _ = app
    const refused = '403 delegation_exceeded'
    const { key: adas } = await app.makeKey({ ownerId: ada.user.id, access: 'full' })
    // Ada knows the secret: with it she could act as the admin.
    expect(failure(await patch(app, adas.id, { ownerId: admin.user.id }, admin.secret))).toBe(refused)
    for (const access of ['use', 'manage'])
      expect(failure(await patch(app, adas.id, { ownerId: admin.user.id, access }))).toBe(refused)
    expect((await patch(app, adas.id, { ownerId: bob.user.id })).status).toBe(200)
    const given = await app.call('POST', '/v2/keys', {
      key: bounded.secret,
      body: {
        ownerId: (await app.makeUser({ username: 'covered', policy: BOUNDED })).user.id,
        access: 'full',
        ...within,
      },
    })
    const wide = await app.makeUser({ username: 'wide', policy: { permissions: ['*'] } })
    expect(failure(await patch(app, given.json.key.id, { ownerId: wide.user.id }))).toBe(refused)
  })

  test('nor does one that a USER had known get access to manage once it is an ADMIN’s, until it is rotated', async () => {
    const { app, ada, admin } = await scene()
    await using _ = app
    const { key, secret } = await app.makeKey({ ownerId: ada.user.id })
    expect((await patch(app, key.id, { ownerId: admin.user.id })).status).toBe(200)
    for (const by of [admin.secret, app.rootKey])
      expect(failure(await patch(app, key.id, { access: 'full' }, by))).toBe('403 delegation_exceeded')
    const rotate = (overlap?: string) =>
      app.call('POST', `/v2/keys/${key.id}/rotate`, { key: admin.secret, body: overlap ? { overlap } : {} })
    await rotate('1h')
    expect(failure(await patch(app, key.id, { access: 'full' }, admin.secret))).toBe(
      '403 delegation_exceeded',
    )
    await rotate()
    await app.call('DELETE', `/v2/keys/${key.id}/secrets/previous`)
    expect((await patch(app, key.id, { access: 'full' }, admin.secret)).json.access).toBe('full')
    expect((await app.call('GET', '/v2/keys', { key: secret })).status).toBe(401)
  })

  test('a data-plane key does not become another USER’s managing key as it gets that owner', async () => {
    const { app, ada, bob } = await scene()
    await using _ = app
    const { key } = await app.makeKey({ ownerId: ada.user.id })
    const raised = { ownerId: bob.user.id, access: 'full' }
    expect(failure(await patch(app, key.id, raised))).toBe('403 delegation_exceeded')
    expect((await patch(app, key.id, { ownerId: bob.user.id })).status).toBe(200)
    for (const by of [bob.secret, app.rootKey])
      expect(failure(await patch(app, key.id, { access: 'manage' }, by))).toBe('403 delegation_exceeded')
  })

  test('the former owner of a managing key is remembered: what it may not grant is not granted by that key', async () => {
    const { app, bounded } = await scene()
    await using _ = app
    const twin = await app.makeUser({ username: 'twin', role: 'ADMIN', policy: BOUNDED })
    const { key, secret } = await app.makeKey({
      ownerId: bounded.user.id,
      access: 'full',
      limits: { daily: '1' },
    })
    expect((await patch(app, key.id, { ownerId: twin.user.id })).status).toBe(200)
    await app.call('PATCH', `/v2/users/${twin.user.id}`, {
      body: { policy: { permissions: null, limits: {} } },
    })
    const make = (body: object) =>
      app.call('POST', '/v2/keys', { key: secret, body: { limits: { daily: '1' }, ...body } })
    expect(failure(await make({ permissions: ['billing.read'] }))).toBe('403 delegation_exceeded')
    expect((await make({ permissions: ['documents.read'] })).status).toBe(201)
  })
})

describe('what holds a key back', () => {
  test('still does: what its former owner or somebody higher had set is not the new owner’s to loosen', async () => {
    const { app, ada, bob, admin } = await scene()
    await using _ = app
    const { key } = await app.makeKey({ ownerId: admin.user.id, limits: { total: '9' } })
    // The owner has set these itself.
    await patch(app, key.id, { limits: { daily: '5' }, allowedIps: ['192.0.2.1'] }, admin.secret)
    await patch(app, key.id, { limits: { weekly: '7' } })
    await patch(app, key.id, { ownerId: ada.user.id }, admin.secret)
    const loosening = [
      { limits: { daily: '6' } },
      { limits: { weekly: null } },
      { limits: { total: '10' } },
      { allowedIps: [] },
    ]
    for (const body of loosening) expect((await patch(app, key.id, body, ada.secret)).status).toBe(403)
    await patch(app, key.id, { ownerId: bob.user.id }, admin.secret)
    for (const body of loosening) expect((await patch(app, key.id, body, bob.secret)).status).toBe(403)
    // Restrictions of ROOT stay ROOT's, also for an admin that has moved the key to a USER and back.
    for (const body of [{ limits: { weekly: null } }, { limits: { total: '10' } }])
      expect((await patch(app, key.id, body, admin.secret)).status).toBe(403)
    await patch(app, key.id, { ownerId: admin.user.id }, admin.secret)
    for (const body of [{ limits: { weekly: null } }, { limits: { total: '10' } }])
      expect((await patch(app, key.id, body, admin.secret)).status).toBe(403)
    expect((await patch(app, key.id, { limits: { weekly: null } })).status).toBe(200)
  })

  test('its present values bind the new owner, also where somebody had set looser ones before', async () => {
    const { app, ada, bob, admin } = await scene()
    await using _ = app
    const { json: team } = await app.call('POST', '/v2/workspaces', { body: { slug: 'team', name: 'team' } })
    const manager = await app.makeUser({ username: 'manager', policy: { permissions: null } })
    for (const [user, standing] of [
      [ada, 'member'],
      [bob, 'member'],
      [manager, 'manager'],
    ] as const)
      await app.call('POST', `/v2/workspaces/${team.id}/members`, {
        body: { userId: user.user.id, standing },
      })
    const set = {
      limits: { daily: '1000' },
      rateLimits: [{ name: 'r', limit: 1000, window: '1m' }],
      allowedIps: ['10.0.0.0/8'],
    }
    const narrowed = {
      limits: { daily: '5' },
      rateLimits: [{ name: 'r', limit: 1, window: '1m' }],
      allowedIps: ['10.0.0.1'],
    }
    for (const before of [undefined, admin.secret, manager.secret, null])
      for (const mover of [undefined, admin.secret]) {
        const { key } = await app.makeKey({ ownerId: ada.user.id, workspaceId: team.id })
        if (before !== null) expect((await patch(app, key.id, set, before)).status).toBe(200)
        expect((await patch(app, key.id, narrowed, ada.secret)).status).toBe(200)
        const boost = { amount: '900', until: '2027-01-01T00:00:00.000Z' }
        await app.call('PUT', `/v2/keys/${key.id}/boosts/daily`, { key: ada.secret, body: boost })
        const moved = await patch(app, key.id, { ownerId: bob.user.id }, mover)
        expect([moved.status, moved.json.budget[0].limit]).toEqual([200, '5'])
        for (const [member, value] of Object.entries(set)) {
          const answer = await patch(app, key.id, { [member]: value }, bob.secret)
          expect([member, before, mover, failure(answer)]).toEqual([
            member,
            before,
            mover,
            '403 delegation_exceeded',
          ])
        }
        // Whoever could loosen them before still can.
        for (const body of [narrowed, set])
          expect(
            (await patch(app, key.id, body, before === undefined ? undefined : admin.secret)).status,
          ).toBe(200)
      }
  })

  test('a boost ends whose author may not loosen the limit as it binds the new owner', async () => {
    const { app, ada, bob, admin } = await scene()
    await using _ = app
    const until = '2027-01-01T00:00:00.000Z'
    // The owner sets the limit itself; the author of the boost is another matter.
    const boosted = async (by: string) => {
      const { key } = await app.makeKey({ ownerId: ada.user.id })
      await patch(app, key.id, { limits: { daily: '10' } }, ada.secret)
      const body = { amount: '5', until }
      expect((await app.call('PUT', `/v2/keys/${key.id}/boosts/daily`, { key: by, body })).status).toBe(200)
      return key.id
    }
    const inForce = async (id: string, to: string, by?: string) => {
      expect((await patch(app, id, { ownerId: to }, by)).status).toBe(200)
      return (await app.call('GET', `/v2/keys/${id}`)).json.budget[0].limit
    }
    expect(await inForce(await boosted(ada.secret), bob.user.id)).toBe('10')
    expect(await inForce(await boosted(ada.secret), bob.user.id, admin.secret)).toBe('10')
    // It binds nobody who takes the key itself, and an ADMIN may loosen a limit of a USER's key that came with the move.
    expect(await inForce(await boosted(ada.secret), admin.user.id, admin.secret)).toBe('15')
    expect(await inForce(await boosted(admin.secret), bob.user.id, admin.secret)).toBe('15')
    expect(await inForce(await boosted(admin.secret), bob.user.id)).toBe('15')
    // But not one that ROOT has set later.
    const restricted = await app.makeKey({ ownerId: ada.user.id, limits: { daily: '10' } })
    await app.call('PUT', `/v2/keys/${restricted.key.id}/boosts/daily`, {
      key: admin.secret,
      body: { amount: '5', until },
    })
    await patch(app, restricted.key.id, { limits: { daily: '9' } })
    expect(await inForce(restricted.key.id, bob.user.id)).toBe('9')
    // A policy let the former owner loosen the limit of the creation; the new one has none.
    await app.call('PATCH', `/v2/users/${ada.user.id}`, { body: { policy: { limits: { daily: '20' } } } })
    const { key } = await app.makeKey({ ownerId: ada.user.id, limits: { daily: '10' } })
    const body = { amount: '5', until }
    const path = `/v2/keys/${key.id}/boosts/daily`
    // An ADMIN may loosen what ROOT gave the key of a USER at its creation, for the next USER, too.
    expect((await app.call('PUT', path, { key: admin.secret, body })).status).toBe(200)
    expect(await inForce(key.id, bob.user.id, admin.secret)).toBe('15')
    await patch(app, key.id, { ownerId: ada.user.id })
    const own = { amount: '6', until }
    expect((await app.call('PUT', path, { key: ada.secret, body: own })).status).toBe(200)
    const moved = await app.call('POST', `/v2/users/${ada.user.id}/handover`, { body: { to: bob.user.id } })
    expect(moved.status).toBe(200)
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.budget[0].limit).toBe('10')
  })

  test('a key that was switched off stays off', async () => {
    const { app, ada, bob } = await scene()
    await using _ = app
    const { key } = await app.makeKey({ ownerId: ada.user.id })
    await patch(app, key.id, { disabled: true })
    await patch(app, key.id, { ownerId: bob.user.id })
    expect((await patch(app, key.id, { disabled: false }, bob.secret)).status).toBe(403)
  })
})

test('the last key by which everything can be managed does not leave ROOT', async () => {
  const { app, ada } = await scene()
  await using _ = app
  const { key } = (await app.call('GET', '/v2/keys/self')).json
  // Only ROOT knows it, which covers everybody.
  expect(failure(await patch(app, key.id, { ownerId: ada.user.id }))).toBe('409 last_manager')
  const other = await app.makeKey({ access: 'full' })
  expect((await patch(app, key.id, { ownerId: ada.user.id }, other.secret)).status).toBe(200)
  expect((await app.call('GET', '/v2/users', { key: app.rootKey })).status).toBe(403)
})
