import { describe, expect, test } from 'bun:test'
import { failure, nativeApp, pointers } from './native-app.ts'

const POLICY = { permissions: ['documents.*'], limits: { daily: '10', total: '100' }, keyLifetime: '30d' }

describe('delegation', () => {
  test('a new key of a bounded user takes the omitted bounds from the policy', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeUser({ username: 'ada', policy: POLICY })
    const { key } = await app.makeKey(
      { permissions: ['documents.read'], limits: { daily: '1' } },
      { key: secret },
    )
    expect(key).toMatchObject({
      permissions: ['documents.read'],
      limits: { daily: '1', total: '100' },
      expiresAt: '2026-12-22T12:00:00.000Z',
    })
  })

  const beyond: [what: string, body: object, pointers: string[]][] = [
    ['a permission outside', { permissions: ['documents.read', 'admin'] }, ['/permissions/1']],
    ['a pattern that is wider', { permissions: ['*'] }, ['/permissions/0']],
    ['a limit above the cap', { limits: { daily: '10.000000001' } }, ['/limits/daily']],
    ['an expiry beyond the lifetime', { expiresAt: '2026-12-22T12:00:00.001Z' }, ['/expiresAt']],
    [
      'all at once',
      { permissions: ['x'], limits: { total: '101' }, expiresAt: '2030-01-01T00:00:00Z' },
      ['/permissions/0', '/limits/total', '/expiresAt'],
    ],
  ]
  test.each(beyond)('creating a key with %s is refused with its place', async (_what, body, expected) => {
    await using app = await nativeApp()
    const { secret } = await app.makeUser({ username: 'ada', policy: POLICY })
    const answer = await app.call('POST', '/v2/keys', { key: secret, body })
    expect([failure(answer), pointers(answer)]).toEqual(['403 delegation_exceeded', expected])
  })

  const widening: [what: string, patch: object, pointers: string[]][] = [
    ['a permission outside', { permissions: ['documents.read', 'admin'] }, ['/permissions/1']],
    ['a higher limit', { limits: { daily: '11' } }, ['/limits/daily']],
    ['no limit at all', { limits: { daily: null } }, ['/limits/daily']],
    ['all limits cleared', { limits: null }, ['/limits/daily', '/limits/total']],
    ['a later expiry', { expiresAt: '2027-01-01T00:00:00Z' }, ['/expiresAt']],
    ['no expiry', { expiresAt: null }, ['/expiresAt']],
  ]
  test.each(widening)('widening a key to %s is refused with its place', async (_what, patch, expected) => {
    await using app = await nativeApp()
    const { secret } = await app.makeUser({ username: 'ada', policy: POLICY })
    const { key } = await app.makeKey({ permissions: ['documents.read'] }, { key: secret })
    const answer = await app.call('PATCH', `/v2/keys/${key.id}`, { key: secret, body: patch })
    expect([failure(answer), pointers(answer)]).toEqual(['403 delegation_exceeded', expected])
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json).toEqual(key)
  })

  test('narrowing is always allowed, also of a key with more than its owner may grant', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada', policy: POLICY })
    const { key } = await app.makeKey({
      ownerId: user.id,
      permissions: ['admin', 'other', 'documents.read'],
      limits: { daily: '1000' },
    })
    const patch = (body: object) => app.call('PATCH', `/v2/keys/${key.id}`, { key: secret, body })
    expect((await patch({ permissions: ['admin'], limits: { daily: '999' } })).status).toBe(200)
    expect((await patch({ name: 'renamed', limits: { total: '50' } })).status).toBe(200)
    expect(failure(await patch({ permissions: ['admin', 'other'] }))).toBe('403 delegation_exceeded')
    expect(failure(await patch({ limits: { daily: '1000' } }))).toBe('403 delegation_exceeded')
  })

  test('rotating the key of another user with more than the caller may grant is refused; an own key is rotated', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada', policy: POLICY })
    const { secret: bounded } = await app.makeUser({ username: 'bounded', role: 'ADMIN', policy: POLICY })
    const { key, secret: strong } = await app.makeKey({ ownerId: user.id, permissions: ['admin'] })
    const answer = await app.call('POST', `/v2/keys/${key.id}/rotate`, { key: bounded })
    expect(failure(answer)).toBe('403 delegation_exceeded')
    expect(pointers(answer)).toEqual(['/permissions/0', '/limits/daily', '/limits/total', '/expiresAt'])
    expect((await app.verify(strong)).code).toBe('VALID')
    // A leaked key must not stay in use because its owner could not have granted it.
    expect((await app.call('POST', `/v2/keys/${key.id}/rotate`, { key: secret })).status).toBe(200)
    expect((await app.verify(strong)).code).toBe('NOT_FOUND')
    expect((await app.call('DELETE', `/v2/keys/${key.id}`, { key: secret })).status).toBe(200)
  })

  test('rotating an own key leaves everything else unchanged, whatever its owner may grant now', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada', policy: { permissions: ['*'] } })
    const wide = { permissions: ['admin'], limits: { daily: '1000' } }
    const keys = [
      await app.makeKey({ ...wide, ownerId: user.id, access: 'full' }),
      await app.makeKey({ ...wide, ownerId: user.id, expiresAt: '2027-11-22T12:00:00Z' }),
      await app.makeKey({ ...wide, ownerId: user.id, access: 'manage', disabled: true }),
    ]
    const patched = await app.call('PATCH', `/v2/users/${user.id}`, { body: { policy: POLICY } })
    expect(patched.status).toBe(200)
    const rotated: string[] = []
    for (const { key } of keys) {
      const answer = await app.call('POST', `/v2/keys/${key.id}/rotate`, {
        key: secret,
        body: { overlap: '90d' },
      })
      const { mask, secrets, updatedAt, updatedById, revision, lastUsedAt, requestCount, ...kept } = key
      expect([answer.status, answer.json.key]).toEqual([200, expect.objectContaining(kept)])
      const [, old] = answer.json.key.secrets
      expect(Date.parse(old.expiresAt)).toBeLessThanOrEqual(Date.parse(key.expiresAt ?? '2999-01-01'))
      rotated.push(answer.json.secret)
    }
    // The new secret of a managing key grants what the policy allows now, and no more.
    const grant = (body: object) => app.call('POST', '/v2/keys', { key: rotated[0] ?? null, body })
    expect(failure(await grant({ permissions: ['admin'] }))).toBe('403 delegation_exceeded')
    expect(failure(await grant({ expiresAt: '2027-11-22T12:00:00Z' }))).toBe('403 delegation_exceeded')
    expect((await grant({ permissions: ['documents.read'] })).status).toBe(201)
    expect(failure(await app.call('GET', '/v2/keys', { key: rotated[2] ?? null }))).toBe(
      '401 credential_invalid',
    )
  })

  test('an ADMIN changes all users except ROOT, and cannot create a ROOT', async () => {
    await using app = await nativeApp()
    const { secret: admin } = await app.makeUser({ username: 'admin', role: 'ADMIN' })
    const { user } = await app.makeUser({ username: 'ada' })
    const root = (await app.call('GET', '/v1/users/me')).json.userId
    const rootKey = (await app.call('GET', `/v2/keys?ownerId=${root}`)).json.data[0].id
    const as = { key: admin }
    expect(
      (await app.call('POST', '/v2/keys', { ...as, body: { ownerId: user.id, access: 'full' } })).status,
    ).toBe(201)
    expect((await app.call('GET', `/v2/keys/${rootKey}`, as)).status).toBe(200)
    const body = { username: 'r', email: 'r@x', displayName: 'R', role: 'ROOT' }
    const attempts = [
      await app.call('POST', '/v2/users', { ...as, body }),
      await app.call('PATCH', `/v2/users/${user.id}`, { ...as, body: { role: 'ROOT' } }),
      await app.call('PATCH', `/v2/users/${root}`, { ...as, body: { displayName: 'mine' } }),
      await app.call('DELETE', `/v2/users/${root}`, as),
      await app.call('POST', '/v2/keys', { ...as, body: { ownerId: root, access: 'full' } }),
      await app.call('PATCH', `/v2/keys/${rootKey}`, { ...as, body: { permissions: ['x'] } }),
      await app.call('PATCH', `/v2/keys/${rootKey}`, { ...as, body: { access: 'manage' } }),
      await app.call('POST', `/v2/keys/${rootKey}/rotate`, as),
    ]
    expect(attempts.map(failure)).toEqual(attempts.map(() => '403 delegation_exceeded'))
  })

  test('a bounded ADMIN passes its bounds on to the users that it creates', async () => {
    await using app = await nativeApp()
    const { secret: admin } = await app.makeUser({ username: 'admin', role: 'ADMIN', policy: POLICY })
    const user = { username: 'u', email: 'u@x', displayName: 'U' }
    const post = (policy: object) => app.call('POST', '/v2/users', { key: admin, body: { ...user, policy } })
    const within = { permissions: ['documents.read'], limits: { daily: '1', total: '1' }, keyLifetime: '1d' }
    const cases: [policy: object, pointers: string[]][] = [
      [{ ...within, permissions: null }, ['/policy/permissions/0']],
      [{ ...within, permissions: ['admin'] }, ['/policy/permissions/0']],
      [{ ...within, limits: { daily: '1' } }, ['/policy/limits/total']],
      [{ ...within, limits: { daily: '11', total: '1' } }, ['/policy/limits/daily']],
      [{ ...within, keyLifetime: null }, ['/policy/keyLifetime']],
      [{ ...within, keyLifetime: '31d' }, ['/policy/keyLifetime']],
    ]
    for (const [policy, expected] of cases) {
      const answer = await post(policy)
      expect([failure(answer), pointers(answer)]).toEqual(['403 delegation_exceeded', expected])
    }
    const { json: made } = await post(within)
    const widened = await app.call('PATCH', `/v2/users/${made.id}`, {
      key: admin,
      body: { policy: { limits: { total: null } } },
    })
    expect([failure(widened), pointers(widened)]).toEqual([
      '403 delegation_exceeded',
      ['/policy/limits/total'],
    ])
  })

  test('a USER creates keys for itself only, and a use key creates none', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada' })
    const { user: other } = await app.makeUser({ username: 'bob' })
    const foreign = await app.call('POST', '/v2/keys', { key: secret, body: { ownerId: other.id } })
    expect([failure(foreign), pointers(foreign)]).toEqual(['400 input_invalid', ['/ownerId']])
    const { key, secret: useKey } = await app.makeKey({ access: 'use' }, { key: secret })
    expect(key).toMatchObject({ ownerId: user.id, createdById: user.id })
    expect(failure(await app.call('POST', '/v2/keys', { key: useKey, body: {} }))).toBe(
      '403 access_forbidden',
    )
    const { key: manager } = await app.makeKey({ access: 'manage' }, { key: secret })
    expect(manager.access).toBe('manage')
  })

  test('removing a role or permission takes effect on the next call of every key of that user', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada', role: 'ADMIN' })
    expect((await app.call('GET', '/v2/audit', { key: secret })).status).toBe(200)
    await app.call('PATCH', `/v2/users/${user.id}`, { body: { role: 'USER' } })
    expect(failure(await app.call('GET', '/v2/audit', { key: secret }))).toBe('403 permission_denied')
    await app.call('PATCH', `/v2/users/${user.id}`, { body: { disabled: true } })
    expect(failure(await app.call('GET', '/v2/keys', { key: secret }))).toBe('401 credential_invalid')
  })
})
