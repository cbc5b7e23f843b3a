import { describe, expect, test } from 'bun:test'
import { failure, nativeApp, pointers } from './native-app.ts'

const DENYING = {
  permissions: ['p'],
  limits: { daily: '1' },
  rateLimits: [{ name: 'r', limit: 1, window: '1h' }],
  allowedIps: ['10.0.0.0/8'],
}

describe('POST /v2/verify', () => {
  test('VALID has everything that the caller needs to serve the request', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({
      name: 'k',
      externalUserId: 'customer',
      labels: { env: 'x' },
      permissions: ['documents.*'],
      limits: { daily: '2', total: '10' },
      rateLimits: [{ name: 'r', limit: 10, window: '1m' }],
      expiresAt: '2027-01-01T00:00:00Z',
    })
    await app.spend(key.id, '0.5')
    expect(await app.verify(secret, { permissions: 'documents.read and not admin' })).toEqual({
      valid: true,
      code: 'VALID',
      keyId: key.id,
      ownerId: key.ownerId,
      workspaceId: key.workspaceId,
      externalUserId: 'customer',
      name: 'k',
      labels: { env: 'x' },
      permissions: ['documents.*'],
      expiresAt: '2027-01-01T00:00:00.000Z',
      budget: [
        {
          scope: 'key',
          id: key.id,
          window: 'daily',
          limit: '2',
          spent: '0.5',
          reserved: '0',
          remaining: '1.5',
          resetsAt: '2026-11-23T00:00:00.000Z',
        },
        {
          scope: 'key',
          id: key.id,
          window: 'total',
          limit: '10',
          spent: '0.5',
          reserved: '0',
          remaining: '9.5',
          resetsAt: null,
        },
      ],
      rateLimits: [
        { name: 'r', limit: 10, window: '1m', remaining: 9, resetsAt: '2026-11-22T12:00:06.000Z' },
      ],
      revision: key.revision,
    })
  })

  test('a request with every reason for refusal gets them in the documented order, one by one', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({
      ...DENYING,
      disabled: true,
      notBefore: '2026-11-22T13:00:00Z',
      expiresAt: '2026-11-22T14:00:00Z',
    })
    await app.spend(key.id, '1')
    const ask = (more: object = {}) => app.verify(secret, { permissions: 'other', ip: '192.0.2.1', ...more })
    const patch = (body: object) => app.call('PATCH', `/v2/keys/${key.id}`, { body })

    expect(await ask()).toEqual({ valid: false, code: 'DISABLED', keyId: key.id })
    await patch({ disabled: false })
    expect(await ask()).toEqual({ valid: false, code: 'NOT_YET_VALID', keyId: key.id })
    app.clock.set('2026-11-22T14:00:00Z')
    expect(await ask()).toEqual({ valid: false, code: 'EXPIRED', keyId: key.id })
    await patch({ expiresAt: null })
    expect(await ask()).toEqual({ valid: false, code: 'FORBIDDEN', keyId: key.id })
    expect(await ask({ ip: null })).toEqual({ valid: false, code: 'FORBIDDEN', keyId: key.id })
    const inside = { ip: '10.1.2.3' }
    expect(await ask(inside)).toEqual({ valid: false, code: 'INSUFFICIENT_PERMISSIONS', keyId: key.id })
    const granted = { ...inside, permissions: 'p' }
    const costly = { ...granted, rateLimits: [{ name: 'r', cost: 2 }] }
    expect(await ask(costly)).toMatchObject({ code: 'RATE_LIMITED', keyId: key.id })
    expect(await ask(granted)).toMatchObject({ code: 'BUDGET_EXCEEDED', keyId: key.id })
    await patch({ limits: { daily: '2' } })
    // None of the refusals took the only unit.
    expect(await ask(granted)).toMatchObject({ valid: true, code: 'VALID' })
    expect(await ask(granted)).toMatchObject({ code: 'RATE_LIMITED' })
    await app.call('DELETE', `/v2/keys/${key.id}`)
    expect(await ask(granted)).toEqual({ valid: false, code: 'NOT_FOUND' })
  })

  test('unknown, malformed, revoked, foreign and replaced secrets get the same bytes', async () => {
    await using app = await nativeApp()
    const { user, secret: adas } = await app.makeUser({ username: 'ada' })
    const { key, secret: revoked } = await app.makeKey()
    await app.call('DELETE', `/v2/keys/${key.id}`)
    const { key: turned, secret: replaced } = await app.makeKey()
    await app.call('POST', `/v2/keys/${turned.id}/rotate`)
    const { secret: foreign } = await app.makeKey()
    const { secret: own } = await app.makeKey({ ownerId: user.id })
    const wrongChecksum = `${own.slice(0, -1)}${own.endsWith('0') ? '1' : '0'}`
    const texts = ['', 'x', 'x'.repeat(5000), '\u{1f600}', wrongChecksum, revoked, replaced, foreign]
    const bodies = new Set<string>()
    for (const key of texts)
      bodies.add((await app.call('POST', '/v2/verify', { key: adas, body: { key } })).text)
    expect([...bodies]).toEqual(['{"valid":false,"code":"NOT_FOUND"}'])
    expect((await app.call('POST', '/v2/verify', { key: adas, body: { key: own } })).json.code).toBe('VALID')
  })

  test('a key that only manages never passes', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey({ access: 'manage', permissions: ['*'] })
    expect((await app.verify(secret)).code).toBe('FORBIDDEN')
    expect((await app.verify(app.rootKey)).code).toBe('VALID')
  })

  test('start and expiry are exact to the millisecond', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey({
      notBefore: '2026-11-22T12:00:01Z',
      expiresAt: '2026-11-22T12:00:02Z',
    })
    const codes: string[] = []
    for (const at of ['00.999', '01.000', '01.999', '02.000']) {
      app.clock.set(`2026-11-22T12:00:${at}Z`)
      codes.push((await app.verify(secret)).code)
    }
    expect(codes).toEqual(['NOT_YET_VALID', 'VALID', 'VALID', 'EXPIRED'])
  })

  test('disabling the key or its owner refuses at once, and enabling accepts at once', async () => {
    await using app = await nativeApp()
    const { user } = await app.makeUser({ username: 'ada' })
    const { key, secret } = await app.makeKey({ ownerId: user.id })
    const code = async () => (await app.verify(secret)).code
    const keySwitch = (disabled: boolean) => app.call('PATCH', `/v2/keys/${key.id}`, { body: { disabled } })
    const userSwitch = (disabled: boolean) =>
      app.call('PATCH', `/v2/users/${user.id}`, { body: { disabled } })
    const codes = [await code()]
    for (const turn of [
      () => keySwitch(true),
      () => keySwitch(false),
      () => userSwitch(true),
      () => userSwitch(false),
    ]) {
      expect((await turn()).status).toBe(200)
      codes.push(await code())
    }
    expect(codes).toEqual(['VALID', 'DISABLED', 'VALID', 'DISABLED', 'VALID'])
    await userSwitch(true)
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json).toMatchObject({
      disabled: false,
      status: 'disabled',
    })
    const { data } = (await app.call('GET', `/v2/keys?ownerId=${user.id}`)).json
    expect(data.map(({ status }: { status: string }) => status)).toEqual(['disabled', 'disabled'])
  })

  test('permissions: an expression, or a list that is required completely; an empty demand is always met', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey({ permissions: ['documents.*', 'reports.read'] })
    const cases: [demand: unknown, code: string][] = [
      ['documents.read', 'VALID'],
      ['documents', 'INSUFFICIENT_PERMISSIONS'],
      ['reports.write or reports.read', 'VALID'],
      ['documents.read and (reports.write or not admin)', 'VALID'],
      ['not documents.read', 'INSUFFICIENT_PERMISSIONS'],
      [['documents.read', 'reports.read'], 'VALID'],
      [['documents.read', 'reports.write'], 'INSUFFICIENT_PERMISSIONS'],
      [[], 'VALID'],
      [null, 'VALID'],
    ]
    for (const [permissions, code] of cases) {
      expect([permissions, (await app.verify(secret, { permissions })).code]).toEqual([permissions, code])
    }
  })

  const wrong: [what: string, body: unknown, pointer: string][] = [
    ['no key', {}, '/key'],
    ['a key that is no text', { key: 1 }, '/key'],
    ['an unfinished expression', { key: 'x', permissions: 'a and' }, '/permissions'],
    ['an empty expression', { key: 'x', permissions: '' }, '/permissions'],
    ['an expression without an end', { key: 'x', permissions: '(a' }, '/permissions'],
    ['an expression that is too long', { key: 'x', permissions: 'a'.repeat(1025) }, '/permissions'],
    ['an expression of too many terms', { key: 'x', permissions: `${'a and '.repeat(32)}a` }, '/permissions'],
    ['a list that smuggles an operator', { key: 'x', permissions: ['a', 'or', 'b'] }, '/permissions'],
    ['a list that holds an expression', { key: 'x', permissions: ['a or b'] }, '/permissions/0'],
    ['an address that is none', { key: 'x', ip: '1.2.3' }, '/ip'],
    ['a block instead of an address', { key: 'x', ip: '10.0.0.0/8' }, '/ip'],
    ['a negative cost', { key: 'x', rateLimits: [{ name: 'r', cost: -1 }] }, '/rateLimits/0/cost'],
    ['a broken cost', { key: 'x', rateLimits: [{ name: 'r', cost: 0.5 }] }, '/rateLimits/0/cost'],
    ['a cost without a name', { key: 'x', rateLimits: [{ cost: 1 }] }, '/rateLimits/0/name'],
    ['too many tags', { key: 'x', tags: Array.from({ length: 21 }, () => 't') }, '/tags'],
    ['a tag without a name', { key: 'x', tags: ['a', '=b'] }, '/tags/1'],
    ['a tag with a long name', { key: 'x', tags: ['n'.repeat(65)] }, '/tags/0'],
    ['two tags of one name', { key: 'x', tags: ['a=1', 'b', 'a=2'] }, '/tags/2'],
    ['tokens that are no count', { key: 'x', tags: ['prompt_tokens=many'] }, '/tags/0'],
    ['tokens without a count', { key: 'x', tags: ['prompt_tokens'] }, '/tags/0'],
    ['a revision below nothing', { key: 'x', atLeast: -1 }, '/atLeast'],
  ]
  test.each(wrong)('%s is refused with its place', async (_what, body, pointer) => {
    await using app = await nativeApp()
    const answer = await app.call('POST', '/v2/verify', { body })
    expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', [pointer]])
  })

  test('atLeast: a reached revision is answered, an unreached one is refused for now', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    expect((await app.verify(secret, { atLeast: key.revision })).code).toBe('VALID')
    const answer = await app.call('POST', '/v2/verify', { body: { key: secret, atLeast: key.revision + 1 } })
    expect(failure(answer)).toBe('503 revision_unreached')
    expect(answer.headers.get('retry-after')).toBe('1')
    await app.makeKey()
    expect((await app.verify(secret, { atLeast: key.revision + 1 })).code).toBe('VALID')
  })

  test('SERVICE, ADMIN and ROOT verify any key, a USER its own, and a use key none', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey()
    const codes: Record<string, string> = {}
    for (const role of ['ROOT', 'ADMIN', 'SERVICE', 'USER']) {
      const { user, secret: asker } = await app.makeUser({ username: `some-${role}`, role })
      codes[role] = (await app.call('POST', '/v2/verify', { key: asker, body: { key: secret } })).json.code
      const own = (await app.makeKey({ ownerId: user.id })).secret
      expect((await app.call('POST', '/v2/verify', { key: asker, body: { key: own } })).json.code).toBe(
        'VALID',
      )
      const use = await app.call('POST', '/v2/verify', { key: own, body: { key: own } })
      expect(failure(use)).toBe('403 access_forbidden')
    }
    expect(codes).toEqual({ ROOT: 'VALID', ADMIN: 'VALID', SERVICE: 'VALID', USER: 'NOT_FOUND' })
  })

  test('it does not count against the management rate, and writes only the time of use', async () => {
    await using app = await nativeApp({ managementRate: { limit: 3, windowMs: 60_000 } })
    const { key, secret } = await app.makeKey()
    const before = await app.store.revision()
    for (let index = 0; index < 10; index += 1) expect((await app.verify(secret)).code).toBe('VALID')
    expect(await app.store.revision()).toBe(before)
    await app.latchkey.lastUsed.flush()
    const read = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect(read).toMatchObject({
      lastUsedAt: '2026-11-22T12:00:00.000Z',
      requestCount: 10,
      revision: key.revision,
    })
  })
})
