import { describe, expect, test } from 'bun:test'
import { nativeApp, pointers } from './native-app.ts'

describe('POST /v2/verify with peek', () => {
  test('answers like a verify and takes nothing, however often it is called', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({
      permissions: ['documents.read'],
      limits: { daily: '1' },
      rateLimits: [{ name: 'r', limit: 2, window: '1d' }],
    })
    const look = (more: object = {}) => app.verify(secret, { peek: true, ...more })
    for (let n = 0; n < 5; n += 1)
      expect(await look()).toMatchObject({
        valid: true,
        keyId: key.id,
        rateLimits: [{ name: 'r', remaining: 2 }],
      })
    expect(await look({ rateLimits: [{ name: 'r', cost: 3 }] })).toMatchObject({ code: 'RATE_LIMITED' })
    expect(await look({ permissions: 'documents.write' })).toMatchObject({ code: 'INSUFFICIENT_PERMISSIONS' })
    await app.latchkey.lastUsed.flush()
    await app.latchkey.outcomes.flush()
    const read = async () => (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect(await read()).toMatchObject({ requestCount: 0, lastUsedAt: null })
    const history = async () => (await app.call('GET', `/v2/keys/${key.id}/verifications`)).json
    const unused = JSON.stringify(await history())
    expect(unused).not.toContain('RATE_LIMITED')
    // A verify without `peek` takes its unit and is counted, so the test can tell the two apart.
    expect(await app.verify(secret)).toMatchObject({ valid: true, rateLimits: [{ remaining: 1 }] })
    expect(await look()).toMatchObject({ rateLimits: [{ remaining: 1 }] })
    expect(await app.verify(secret, { peek: false })).toMatchObject({ valid: true })
    expect(await look()).toMatchObject({ code: 'RATE_LIMITED' })
    await app.latchkey.lastUsed.flush()
    await app.latchkey.outcomes.flush()
    expect(await read()).toMatchObject({ requestCount: 2 })
    expect(JSON.stringify(await history())).not.toBe(unused)
  })

  test.each(['charge', 'reserve'])('is refused together with %s, and nothing is taken', async (money) => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({ limits: { total: '5' } })
    const body = { key: secret, peek: true, [money]: '1' }
    expect(pointers(await app.call('POST', '/v2/verify', { body }))).toEqual(['/peek'])
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.budget).toMatchObject([
      { spent: '0', reserved: '0' },
    ])
    const wrong = { key: secret, peek: 'yes' }
    expect(pointers(await app.call('POST', '/v2/verify', { body: wrong }))).toEqual(['/peek'])
  })

  test('shows a USER no more than a verify does', async () => {
    await using app = await nativeApp()
    const ada = await app.makeUser({ username: 'ada' })
    const bob = await app.makeUser({ username: 'bob' })
    const ask = async (key: string) =>
      (await app.call('POST', '/v2/verify', { key: ada.secret, body: { key, peek: true } })).json
    expect(await ask(bob.secret)).toEqual({ valid: false, code: 'NOT_FOUND' })
    expect((await ask(ada.secret)).code).not.toBe('NOT_FOUND')
  })
})

test('GET /v2/keys/self shows permissions, rate limits and all budgets of any key, and does not count as a use', async () => {
  await using app = await nativeApp()
  const { user } = await app.makeUser({ username: 'ada', limits: { monthly: '9' } })
  const workspace = (
    await app.call('POST', '/v2/workspaces', { body: { slug: 'team', name: 'Team', limits: { total: '7' } } })
  ).json
  await app.call('POST', `/v2/workspaces/${workspace.id}/members`, { body: { userId: user.id } })
  for (const access of ['use', 'manage', 'full']) {
    const { key, secret } = await app.makeKey({
      access,
      ownerId: user.id,
      workspaceId: workspace.id,
      permissions: ['documents.read'],
      limits: { daily: '1' },
      rateLimits: [{ name: 'r', limit: 2, window: '1d' }],
    })
    for (let n = 0; n < 3; n += 1) {
      const own = await app.call('GET', '/v2/keys/self', { key: secret })
      expect(own.json.key.permissions).toEqual(['documents.read'])
      expect(own.json.rateLimits).toMatchObject([{ name: 'r', remaining: 2 }])
      expect(
        own.json.budget.map(({ scope, limit }: { scope: string; limit: string }) => [scope, limit]),
      ).toEqual([
        ['key', '1'],
        ['user', '9'],
        ['workspace', '7'],
      ])
    }
    await app.latchkey.lastUsed.flush()
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json).toMatchObject({
      requestCount: 0,
      lastUsedAt: null,
    })
  }
})
