import { describe, expect, test } from 'bun:test'
import { failure, type NativeApp, nativeApp, pointers } from '../wire/native/native-app.ts'

// A restriction set by a higher role can be loosened by such a role only, in every dialect.

const NOON = '2026-11-22T12:00:00.000Z'
const TOMORROW = '2026-11-23T12:00:00.000Z'
const LATER = '2027-01-01T00:00:00.000Z'
const rate = (limit: number, window: string, name = 'requests') => ({ name, limit, window })

/** The value that an ADMIN sets, a narrower one and the set one again, and wider ones. */
interface Case {
  member: string
  set: object
  narrower: object
  wider: object[]
  pointer: string
}

const CASES: Case[] = [
  {
    member: 'disabled',
    set: { disabled: true },
    narrower: { disabled: true },
    wider: [{ disabled: false }],
    pointer: '/disabled',
  },
  ...['daily', 'weekly', 'monthly', 'total'].map((window) => ({
    member: `the ${window} limit`,
    set: { limits: { [window]: '10' } },
    narrower: { limits: { [window]: '5' } },
    wider: [{ limits: { [window]: '10.000000001' } }, { limits: { [window]: null } }, { limits: null }],
    pointer: `/limits/${window}`,
  })),
  {
    member: 'BYOK',
    set: { includeByokInLimit: true },
    narrower: { includeByokInLimit: true },
    wider: [{ includeByokInLimit: false }],
    pointer: '/includeByokInLimit',
  },
  {
    member: 'rate limits',
    set: { rateLimits: [rate(10, '1m')] },
    narrower: { rateLimits: [rate(1, '1h'), rate(5, '1s', 'other')] },
    wider: [
      { rateLimits: [] },
      { rateLimits: null },
      { rateLimits: [rate(11, '1m')] },
      { rateLimits: [rate(10, '30s')] },
      { rateLimits: [rate(10, '1m', 'other')] },
    ],
    pointer: '/rateLimits',
  },
  {
    member: 'addresses',
    set: { allowedIps: ['10.0.0.0/8', '127.0.0.1'] },
    narrower: { allowedIps: ['10.1.0.0/16'] },
    wider: [
      { allowedIps: [] },
      { allowedIps: null },
      { allowedIps: ['0.0.0.0/0'] },
      { allowedIps: ['10.0.0.1', '192.0.2.1'] },
      { allowedIps: ['::/0'] },
    ],
    pointer: '/allowedIps',
  },
  {
    member: 'the start',
    set: { notBefore: TOMORROW },
    narrower: { notBefore: LATER },
    wider: [{ notBefore: null }, { notBefore: NOON }],
    pointer: '/notBefore',
  },
  {
    member: 'the expiry',
    set: { expiresAt: LATER },
    narrower: { expiresAt: TOMORROW },
    wider: [{ expiresAt: null }, { expiresAt: '2027-01-01T00:00:00.001Z' }],
    pointer: '/expiresAt',
  },
  {
    member: 'permissions',
    set: { permissions: ['documents.*'] },
    narrower: { permissions: ['documents.read'] },
    wider: [{ permissions: ['documents.read', 'images.read'] }, { permissions: ['*'] }],
    pointer: '/permissions',
  },
]

/** A USER with a policy that allows everything, so that only the restriction refuses, and a key of its own. */
async function stage(app: NativeApp) {
  const { user, secret } = await app.makeUser({ username: 'ada', policy: { permissions: null } })
  const { secret: admin } = await app.makeUser({ username: 'admin', role: 'ADMIN' })
  const { key } = await app.makeKey({ permissions: ['documents.*', 'images.*'] }, { key: secret })
  const patch = (by: string | undefined, body: object) =>
    app.call('PATCH', `/v2/keys/${key.id}`, by === undefined ? { body } : { body, key: by })
  return { user, secret, admin, key, patch }
}

describe('a restriction that a higher role sets on a key', () => {
  test.each(CASES)(
    '$member: its owner may narrow it, and loosen it only up to the set value',
    async (each) => {
      await using app = await nativeApp()
      const { secret, admin, patch } = await stage(app)
      expect((await patch(admin, each.set)).status).toBe(200)
      expect((await patch(secret, each.narrower)).status).toBe(200)
      expect((await patch(secret, each.set)).status).toBe(200)
      const before = (await patch(undefined, {})).json
      for (const wider of each.wider) {
        const answer = await patch(secret, wider)
        expect([failure(answer), pointers(answer).slice(0, 1)]).toEqual([
          '403 delegation_exceeded',
          [each.pointer],
        ])
      }
      expect((await patch(undefined, {})).json).toEqual(before)
      for (const wider of each.wider) expect((await patch(admin, wider)).status).toBe(200)
      // The owner may loosen it as far as an ADMIN has.
      expect((await patch(secret, each.wider.at(-1) ?? {})).status).toBe(200)
    },
  )

  test.each(CASES)(
    '$member: an ADMIN that narrows what ROOT has set binds the owner, and ROOT binds it',
    async (each) => {
      await using app = await nativeApp()
      const { secret, admin, patch } = await stage(app)
      const refused = async (by: string, body: object) =>
        expect(failure(await patch(by, body))).toBe('403 delegation_exceeded')
      const allowed = async (by: string | undefined, body: object) =>
        expect((await patch(by, body)).status).toBe(200)
      await allowed(undefined, each.set)
      await allowed(admin, each.narrower)
      await allowed(secret, each.narrower)
      const isNarrower = JSON.stringify(each.narrower) !== JSON.stringify(each.set)
      if (isNarrower) await refused(secret, each.set)
      for (const wider of each.wider) for (const by of [secret, admin]) await refused(by, wider)
      // An ADMIN may take back what an ADMIN has set, and then the owner may go as far again.
      await allowed(admin, each.set)
      await allowed(secret, each.narrower)
      await allowed(secret, each.set)
      // What ROOT sets later is in place of both.
      await allowed(admin, each.narrower)
      await allowed(undefined, each.set)
      await allowed(secret, each.narrower)
      await allowed(secret, each.set)
      await allowed(undefined, each.wider[0] ?? {})
      await allowed(secret, each.wider[0] ?? {})
    },
  )

  test.each(CASES)('$member: the value at creation counts as well', async ({ set, wider, pointer }) => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada', policy: { permissions: null } })
    const { key } = await app.makeKey({ ownerId: user.id, ...set })
    for (const body of wider) {
      const answer = await app.call('PATCH', `/v2/keys/${key.id}`, { key: secret, body })
      expect([failure(answer), pointers(answer).slice(0, 1)]).toEqual(['403 delegation_exceeded', [pointer]])
    }
  })

  test('setting it again, to the value of the owner, makes the higher role its setter', async () => {
    await using app = await nativeApp()
    const { secret, admin, patch } = await stage(app)
    await patch(secret, { disabled: true, limits: { total: '5' } })
    const by = await patch(admin, { disabled: true, limits: { total: '5' } })
    expect(by.status).toBe(200)
    expect(failure(await patch(secret, { disabled: false }))).toBe('403 delegation_exceeded')
    expect(failure(await patch(secret, { limits: { total: '6' } }))).toBe('403 delegation_exceeded')
    expect((await patch(admin, { disabled: true })).json.revision).toBe(by.json.revision)
  })

  test('it stays when its setter is demoted, and ends when its owner is promoted', async () => {
    await using app = await nativeApp()
    const { user, secret, patch } = await stage(app)
    const { user: boss, secret: admin } = await app.makeUser({ username: 'boss', role: 'ADMIN' })
    await patch(admin, { disabled: true })
    await app.call('PATCH', `/v2/users/${boss.id}`, { body: { role: 'USER' } })
    expect(failure(await patch(secret, { disabled: false }))).toBe('403 delegation_exceeded')
    await app.call('PATCH', `/v2/users/${user.id}`, { body: { role: 'ADMIN' } })
    expect((await patch(secret, { disabled: false })).status).toBe(200)
  })

  test('ROOT restricts an ADMIN as an ADMIN restricts a USER', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'admin', role: 'ADMIN' })
    const { secret: other } = await app.makeUser({ username: 'other', role: 'ADMIN' })
    const { key } = await app.makeKey({ ownerId: user.id })
    const patch = (by: string | undefined, body: object) =>
      app.call('PATCH', `/v2/keys/${key.id}`, by === undefined ? { body } : { body, key: by })
    await patch(undefined, { disabled: true, allowedIps: ['10.0.0.1'] })
    for (const by of [secret, other]) {
      expect(failure(await patch(by, { disabled: false }))).toBe('403 delegation_exceeded')
      expect(failure(await patch(by, { allowedIps: [] }))).toBe('403 delegation_exceeded')
    }
    expect((await patch(undefined, { disabled: false, allowedIps: [] })).status).toBe(200)
    await patch(other, { disabled: true })
    expect((await patch(secret, { disabled: false })).status).toBe(200)
  })

  test('a policy that an ADMIN has narrowed by itself, or got from an ADMIN, opens no value that ROOT gave its key', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'admin', role: 'ADMIN' })
    const { secret: other } = await app.makeUser({ username: 'other', role: 'ADMIN' })
    const given = { permissions: ['a.read'], limits: { total: '5' }, expiresAt: '2027-01-01T00:00:00Z' }
    const { key } = await app.makeKey({ ownerId: user.id, access: 'use', ...given })
    const policy = { permissions: ['a.*'], limits: { total: '100' }, keyLifetime: '3650d' }
    const wider = { permissions: ['a.*'], limits: { total: '6' }, expiresAt: '2028-01-01T00:00:00Z' }
    const patch = (by: string | undefined, path: string, body: object) =>
      app.call('PATCH', path, by === undefined ? { body } : { body, key: by })
    for (const by of [secret, other]) {
      expect((await patch(by, `/v2/users/${user.id}`, { policy })).status).toBe(200)
      for (const [name, value] of Object.entries(wider)) {
        const answer = await patch(secret, `/v2/keys/${key.id}`, { [name]: value })
        expect([name, failure(answer)]).toEqual([name, '403 delegation_exceeded'])
      }
    }
    // What ROOT says of the same members counts.
    expect((await patch(undefined, `/v2/users/${user.id}`, { policy })).status).toBe(200)
    expect((await patch(secret, `/v2/keys/${key.id}`, wider)).status).toBe(200)
  })

  test('an ADMIN that is demoted in between keeps what ROOT gave to it and to its keys', async () => {
    await using app = await nativeApp()
    const limits = { total: '10' }
    const { user } = await app.makeUser({ username: 'admin', role: 'ADMIN', limits })
    const { secret: other } = await app.makeUser({ username: 'other', role: 'ADMIN' })
    const bounds = { limits, notBefore: '2026-11-23T00:00:00Z', allowedIps: ['10.0.0.1'] }
    const { key } = await app.makeKey({ ownerId: user.id, access: 'use', ...bounds })
    const patch = (path: string, body: object) => app.call('PATCH', path, { body, key: other })
    const all = { limits: { total: '11' }, notBefore: null, allowedIps: [] }
    for (const role of ['ADMIN', 'USER', 'SERVICE', 'ADMIN']) {
      expect((await patch(`/v2/users/${user.id}`, { role })).status).toBe(200)
      const own = await patch(`/v2/users/${user.id}`, { limits: { total: '11' } })
      expect([role, failure(own)]).toEqual([role, '403 delegation_exceeded'])
      for (const [name, value] of Object.entries(all)) {
        const answer = await patch(`/v2/keys/${key.id}`, { [name]: value })
        expect([role, name, failure(answer)]).toEqual([role, name, '403 delegation_exceeded'])
      }
    }
  })

  test('a boost loosens a limit, and so does replacing the limit before the boost ends', async () => {
    await using app = await nativeApp()
    const { secret, admin, key, patch } = await stage(app)
    const boost = (by: string, amount: string) =>
      app.call('PUT', `/v2/keys/${key.id}/boosts/daily`, { key: by, body: { amount, until: TOMORROW } })
    await patch(admin, { limits: { daily: '10' } })
    expect(failure(await boost(secret, '1'))).toBe('403 delegation_exceeded')
    expect((await boost(admin, '5')).status).toBe(200)
    expect(failure(await patch(secret, { limits: { daily: '11' } }))).toBe('403 delegation_exceeded')
    expect(failure(await boost(secret, '6'))).toBe('403 delegation_exceeded')
    expect((await app.call('DELETE', `/v2/keys/${key.id}/boosts/daily`, { key: secret })).status).toBe(200)
    expect(failure(await boost(secret, '1'))).toBe('403 delegation_exceeded')
  })

  test('a boost loosens it for the time of the boost only, which a lower role may shorten and not extend', async () => {
    await using app = await nativeApp()
    const { secret, admin, key, patch } = await stage(app)
    const boost = (by: string, amount: string, until: string) =>
      app.call('PUT', `/v2/keys/${key.id}/boosts/daily`, { key: by, body: { amount, until } })
    await patch(admin, { limits: { daily: '10' } })
    expect((await boost(admin, '5', TOMORROW)).status).toBe(200)
    for (const amount of ['5', '4.999999999', '0.000000001']) {
      const extended = await boost(secret, amount, LATER)
      expect([failure(extended), pointers(extended)]).toEqual(['403 delegation_exceeded', ['/limits/daily']])
    }
    expect((await boost(secret, '5', TOMORROW)).status).toBe(200)
    const earlier = '2026-11-22T18:00:00.000Z'
    expect((await boost(secret, '4', earlier)).status).toBe(200)
    expect(failure(await boost(secret, '4', TOMORROW))).toBe('403 delegation_exceeded')
    expect((await boost(admin, '4', LATER)).status).toBe(200)
  })

  test('a limit counts at once, also where a lower role has placed a boost before', async () => {
    await using app = await nativeApp()
    const { secret, admin, key, patch } = await stage(app)
    const boost = (by: string) =>
      app.call('PUT', `/v2/keys/${key.id}/boosts/daily`, { key: by, body: { amount: '5', until: LATER } })
    const openRouter = (body: object, by: string) =>
      app.call('PATCH', `/api/v1/keys/${key.hash}`, { key: by, body })
    const inForce = async () => (await patch(undefined, {})).json.budget[0].limit
    const limits = { daily: '10' }
    const change = async (by: string | undefined, body: object) => [
      (await patch(by, body)).status,
      await inForce(),
    ]

    await patch(secret, { limits })
    await boost(secret)
    // The owner keeps its boost when it changes its limit, and so does whoever changes something else.
    expect(await change(secret, { limits: { daily: '11' } })).toEqual([200, '16'])
    expect(await change(admin, { name: 'renamed', limits: { total: '100' } })).toEqual([200, '16'])
    expect(await change(admin, { limits: { daily: '11' } })).toEqual([200, '11'])

    await patch(admin, { limits: { daily: null } })
    await patch(secret, { limits })
    await boost(secret)
    expect((await openRouter({ limit: 10, limit_reset: 'daily' }, admin)).json.data.limit_remaining).toBe(10)

    await boost(admin)
    expect(await change(admin, { limits: { daily: '12' } })).toEqual([200, '17'])
    expect(await change(undefined, { limits: { daily: '12' } })).toEqual([200, '12'])
  })

  test('the other dialects enforce it', async () => {
    await using app = await nativeApp()
    const { secret, admin, key, patch } = await stage(app)
    await patch(admin, { disabled: true, includeByokInLimit: true, limits: { total: '10' } })
    const openRouter = (body: object, by = secret) =>
      app.call('PATCH', `/api/v1/keys/${key.hash}`, { key: by, body })
    const goodMem = (status: string, by = secret) =>
      app.call('PUT', `/v1/apikeys/${key.id}`, { key: by, body: { status } })
    const attempts = [
      await goodMem('ACTIVE'),
      await openRouter({ disabled: false }),
      await openRouter({ include_byok_in_limit: false }),
      await openRouter({ limit: 11 }),
      await openRouter({ limit: null }),
    ]
    expect(attempts.map(({ status }) => status)).toEqual(attempts.map(() => 403))
    expect((await openRouter({ limit: 9, name: 'narrower' })).status).toBe(200)
    expect((await goodMem('ACTIVE', admin)).json.status).toBe('ACTIVE')
    expect((await openRouter({ limit: 11 }, admin)).status).toBe(200)
    // A value that is set there counts here, too.
    await goodMem('INACTIVE', admin)
    expect(failure(await patch(secret, { disabled: false }))).toBe('403 delegation_exceeded')
  })
})

describe('a restriction that a higher role sets on a user or workspace', () => {
  const userCases: [set: object, wider: object][] = [
    [{ disabled: true }, { disabled: false }],
    [{ limits: { daily: '10' } }, { limits: { daily: null } }],
    [{ includeByokInLimit: true }, { includeByokInLimit: false }],
    [{ policy: { permissions: ['a.*'] } }, { policy: { permissions: null } }],
    [{ policy: { limits: { total: '5' } } }, { policy: { limits: { total: '6' } } }],
    [{ policy: { keyLifetime: '1d' } }, { policy: { keyLifetime: '2d' } }],
    [{ role: 'USER' }, { role: 'ADMIN' }],
  ]
  test.each(userCases)('a lower role cannot loosen %j of a user to %j', async (set, wider) => {
    await using app = await nativeApp()
    const { user } = await app.makeUser({ username: 'ada' })
    const { secret: admin } = await app.makeUser({ username: 'admin', role: 'ADMIN' })
    const patch = (body: object, by?: string) =>
      app.call('PATCH', `/v2/users/${user.id}`, by === undefined ? { body } : { body, key: by })
    expect((await patch(set)).status).toBe(200)
    expect(failure(await patch(wider, admin))).toBe('403 delegation_exceeded')
    expect((await patch(wider)).status).toBe(200)
    expect((await patch(set, admin)).status).toBe(200)
    expect((await patch(wider, admin)).status).toBe(200)
  })

  test('a lower role cannot loosen the limits of a workspace', async () => {
    await using app = await nativeApp()
    const { secret: admin } = await app.makeUser({ username: 'admin', role: 'ADMIN' })
    const { json } = await app.call('POST', '/v2/workspaces', {
      body: { name: 'w', slug: 'w', limits: { daily: '10' }, includeByokInLimit: true },
    })
    const patch = (body: object, by?: string) =>
      app.call('PATCH', `/v2/workspaces/${json.id}`, by === undefined ? { body } : { body, key: by })
    for (const wider of [{ limits: { daily: '11' } }, { limits: null }, { includeByokInLimit: false }]) {
      expect(failure(await patch(wider, admin))).toBe('403 delegation_exceeded')
    }
    expect((await patch({ limits: { daily: '9' } }, admin)).status).toBe(200)
    expect((await patch({ limits: { daily: '11' } })).status).toBe(200)
  })

  test('a policy speaks of keys: it lets nobody loosen the limits of a workspace or user', async () => {
    await using app = await nativeApp()
    const limits = { daily: '10', total: '10' }
    const policy = { limits: { daily: '5' } }
    const { user, secret } = await app.makeUser({ username: 'admin', role: 'ADMIN', limits, policy })
    const { user: other } = await app.makeUser({ username: 'other', role: 'ADMIN', limits })
    const { json: workspace } = await app.call('POST', '/v2/workspaces', {
      body: { name: 'w', slug: 'w', limits },
    })
    for (const path of [`users/${user.id}`, `users/${other.id}`, `workspaces/${workspace.id}`]) {
      for (const wider of [{ daily: '11' }, { daily: null }, { total: null }]) {
        const answer = await app.call('PATCH', `/v2/${path}`, { key: secret, body: { limits: wider } })
        expect([path, failure(answer)]).toEqual([path, '403 delegation_exceeded'])
        // Nobody is sent to a role that cannot help either.
        expect(answer.json.detail).toEndWith('only a ROOT may loosen it.')
      }
      const narrower = await app.call('PATCH', `/v2/${path}`, {
        key: secret,
        body: { limits: { daily: '9' } },
      })
      expect([path, narrower.status]).toEqual([path, 200])
    }
  })
})
