import { describe, expect, test } from 'bun:test'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { faultyStore } from '../../support/faulty-store.ts'
import { failure, type Loose, type NativeApp, nativeApp } from './native-app.ts'

const look = (app: NativeApp, key: string | null, more: object = {}) =>
  app.call('GET', '/v2/keys/self', { key, ...more })
const end = (app: NativeApp, key: string | null, more: object = {}) =>
  app.call('DELETE', '/v2/keys/self', { key, ...more })
const LATER = '2026-12-22T12:00:00.000Z'

describe('GET /v2/keys/self', () => {
  test.each(['use', 'manage', 'full'])('shows a key of the access %s to its holder', async (access) => {
    await using app = await nativeApp()
    const { user } = await app.makeUser({ username: 'ada', limits: { monthly: '40' } })
    const workspace = (
      await app.call('POST', '/v2/workspaces', { body: { name: 'w', slug: 'w', limits: { total: '100' } } })
    ).json
    const body = {
      ownerId: user.id,
      workspaceId: workspace.id,
      access,
      permissions: ['documents.read'],
      limits: { daily: '5' },
      rateLimits: [{ name: 'requests', limit: 10, window: '1m' }],
    }
    const { key, secret } = await app.makeKey(body)
    await app.spend(key.id, '2')
    const answer = await look(app, secret)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('etag')).toBe(`"${key.revision}"`)
    const { key: shown, refusal, detail, budget, rateLimits } = answer.json
    expect(shown).toEqual((await app.call('GET', `/v2/keys/${key.id}`)).json)
    expect(shown).toMatchObject({ permissions: ['documents.read'], usage: { daily: '2' } })
    expect(refusal).toEqual(access === 'manage' ? { valid: false, code: 'FORBIDDEN', keyId: key.id } : null)
    expect(detail === null).toBe(access !== 'manage')
    expect(budget.map(({ scope, id, window, remaining }: Loose) => [scope, id, window, remaining])).toEqual([
      ['key', key.id, 'daily', '3'],
      ['user', user.id, 'monthly', '38'],
      ['workspace', workspace.id, 'total', '98'],
    ])
    expect(rateLimits).toMatchObject([{ name: 'requests', limit: 10, window: '1m', remaining: 10 }])
  })

  /** Why a key may be refused: the act on it, and the message for its holder. */
  const REASONS: [string, object, (app: NativeApp, on: Loose) => Promise<unknown>, object, RegExp][] = [
    [
      'disabled',
      {},
      (app, { key }) => app.call('PATCH', `/v2/keys/${key.id}`, { body: { disabled: true } }),
      { code: 'DISABLED' },
      /^The key is disabled\.$/,
    ],
    [
      'of a disabled owner',
      {},
      (app, { user }) => app.call('PATCH', `/v2/users/${user.id}`, { body: { disabled: true } }),
      { code: 'DISABLED' },
      /owner of the key is disabled/,
    ],
    [
      'expired',
      { expiresAt: LATER },
      async (app) => app.clock.set(LATER),
      { code: 'EXPIRED' },
      /expired at 2026-12-22T12:00:00\.000Z/,
    ],
    ['not valid yet', { notBefore: LATER }, async () => {}, { code: 'NOT_YET_VALID' }, /from 2026-12-22T12/],
    [
      'used up',
      { limits: { daily: '1' } },
      (app, { key }) => app.spend(key.id, '1'),
      {
        code: 'BUDGET_EXCEEDED',
        bound: { scope: 'key', window: 'daily', resetsAt: '2026-11-23T00:00:00.000Z' },
      },
      /^The daily limit of the key has nothing left until 2026-11-23T00:00:00\.000Z\.$/,
    ],
    [
      'used up by its owner',
      {},
      (app, { user }) => app.call('PATCH', `/v2/users/${user.id}`, { body: { limits: { total: '0' } } }),
      { code: 'BUDGET_EXCEEDED', bound: { scope: 'user', window: 'total' }, neverFits: true },
      /^The total limit of the key's owner has nothing left\.$/,
    ],
    [
      'too fast',
      { rateLimits: [{ name: 'requests', limit: 1, window: '1m' }] },
      (app, { secret }) => app.verify(secret),
      { code: 'RATE_LIMITED', bound: { name: 'requests', remaining: 0, retryAfter: '1m' } },
      /^The rate limit "requests" \(1 in 1m\) has no room until 2026-11-22T12:01:00\.000Z\.$/,
    ],
  ]

  test.each(REASONS)('tells only the holder that a key is %s', async (_what, body, make, refusal, detail) => {
    await using app = await nativeApp({ failedAuthRate: { limit: 3, windowMs: 60_000 } })
    const { user } = await app.makeUser({ username: 'ada' })
    const made = await app.makeKey({ ...body, ownerId: user.id })
    await make(app, { ...made, user })
    // The uses up to here are written now, and not in the middle of what follows.
    await app.latchkey.lastUsed.flush()
    const before = (await app.call('GET', `/v2/keys/${made.key.id}`)).json
    const verdict = await app.verify(made.secret)
    for (let round = 0; round < 5; round += 1) {
      const { status, json } = await look(app, made.secret)
      expect([status, json.refusal]).toEqual([
        200,
        expect.objectContaining({ valid: false, keyId: made.key.id }),
      ])
      expect(json.refusal).toMatchObject(refusal)
      expect(json.refusal).toEqual(verdict)
      expect(json.detail).toMatch(detail)
      expect(json.key.permissions).toEqual([])
    }
    // It does not count as a use, takes nothing, and is no failed authentication.
    expect((await app.call('GET', `/v2/keys/${made.key.id}`)).json).toEqual(before)
    expect(
      failure(await look(app, `${made.secret.slice(0, -1)}${made.secret.endsWith('0') ? '1' : '0'}`)),
    ).toBe('401 credential_invalid')
    // In every other call the key is refused as dead or without access.
    expect([401, 403]).toContain((await app.call('GET', '/v2/keys', { key: made.secret })).status)
  })

  test('an unknown, a revoked and an ended secret get the same 401, and count as failed authentications', async () => {
    await using app = await nativeApp({ failedAuthRate: { limit: 4, windowMs: 60_000 } })
    const { key, secret: revoked } = await app.makeKey()
    await app.call('DELETE', `/v2/keys/${key.id}`)
    const { key: turned, secret: over } = await app.makeKey({ disabled: true })
    await app.call('POST', `/v2/keys/${turned.id}/rotate`, { body: {} })
    const headers = { 'x-request-id': 'same' }
    const answers: Loose[] = []
    for (const secret of [revoked, over, 'lk_unknown', `${revoked}x`])
      answers.push(await look(app, secret, { headers }))
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(failure(answers[0])).toBe('401 credential_invalid')
    expect(failure(await look(app, revoked))).toBe('429 authentication_rate_limited')
    expect(failure(await look(app, null))).toBe('401 credential_missing')
  })

  test('a key that is bound to addresses is not shown to other addresses, whatever its state', async () => {
    await using app = await nativeApp()
    for (const state of [{}, { disabled: true }, { notBefore: LATER }]) {
      const { key, secret } = await app.makeKey({ ...state, allowedIps: ['203.0.113.0/24'] })
      const elsewhere = await look(app, secret)
      expect(failure(elsewhere)).toBe('403 address_forbidden')
      expect(elsewhere.text).not.toContain(key.id)
      expect((await look(app, secret, { peerAddress: '203.0.113.9' })).status).toBe(200)
    }
  })

  test('calls are rate-limited for each key, also for a refused one', async () => {
    await using app = await nativeApp({ managementRate: { limit: 5, windowMs: 60_000 } })
    const { secret } = await app.makeKey({ disabled: true })
    const statuses: number[] = []
    for (let each = 0; each < 7; each += 1) statuses.push((await look(app, secret)).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
  })

  test('a key that is revoked during the call is not shown', async () => {
    for (const wait of ['findKey', 'standingOf'] as const satisfies (keyof Store)[]) {
      const { store, hold } = await faultyStore()
      await using app = await nativeApp({ store })
      const { key, secret } = await app.makeKey({ disabled: true })
      const held = hold(wait)
      const looking = look(app, secret)
      await held.reached
      // The revocation reads the key itself, beside the held call.
      expect((await app.call('DELETE', `/v2/keys/${key.id}`)).status).toBe(200)
      held.open()
      expect(failure(await looking)).toBe('401 credential_invalid')
      expect(failure(await look(app, secret))).toBe('401 credential_invalid')
    }
  })
})

describe('DELETE /v2/keys/self', () => {
  test.each(['use', 'manage', 'full'])('revokes a key of the access %s, for any role', async (access) => {
    for (const role of ['USER', 'SERVICE', 'ADMIN', 'ROOT']) {
      await using app = await nativeApp()
      const { user } = await app.makeUser({ username: 'ada', role })
      const { key, secret } = await app.makeKey({ ownerId: user.id, access })
      const { status, json } = await end(app, secret)
      expect([status, json]).toEqual([
        200,
        {
          id: key.id,
          status: 'revoked',
          revision: expect.any(Number),
          effective: { scope: 'all-nodes', nodes: 1, at: '2026-11-22T12:00:00.000Z' },
        },
      ])
      expect((await app.verify(secret)).code).toBe('NOT_FOUND')
      expect(failure(await end(app, secret))).toBe('401 credential_invalid')
      expect(failure(await look(app, secret))).toBe('401 credential_invalid')
      expect((await app.call('GET', `/v2/keys/${key.id}`)).json).toMatchObject({ status: 'revoked' })
    }
  })

  test('is recorded with the reason and the key itself as the actor', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    await app.call('DELETE', '/v2/keys/self?reason=leaked', { key: secret })
    const [entry] = (await app.call('GET', '/v2/audit?limit=1')).json.data
    expect(entry).toMatchObject({
      action: 'key.revoke',
      reason: 'leaked',
      outcome: 'done',
      target: { kind: 'key', id: key.id },
      actor: { keyId: key.id, userId: key.ownerId },
    })
  })

  test('a key that has ended already cannot revoke anything', async () => {
    await using app = await nativeApp()
    const states = [{ disabled: true }, { notBefore: LATER }, { allowedIps: ['203.0.113.9'] }]
    for (const state of states) {
      const { key, secret } = await app.makeKey(state)
      const answer = await end(app, secret)
      expect(failure(answer)).toBe(state.allowedIps ? '403 address_forbidden' : '401 credential_invalid')
      expect((await app.call('GET', `/v2/keys/${key.id}`)).json).toEqual(key)
    }
  })

  test('a key without money or units left can still be revoked', async () => {
    await using app = await nativeApp()
    const rateLimits = [{ name: 'requests', limit: 1, window: '1d' }]
    const { secret } = await app.makeKey({ limits: { total: '0' }, rateLimits })
    await app.verify(secret)
    expect((await end(app, secret)).status).toBe(200)
  })

  test('If-Match guards it', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    const matching = (revision: number) => end(app, secret, { headers: { 'if-match': `"${revision}"` } })
    expect(failure(await matching(key.revision + 1))).toBe('412 revision_mismatch')
    expect((await matching(key.revision)).status).toBe(200)
  })

  test('the last key that can manage everything stays, however many revoke themselves concurrently', async () => {
    await using app = await nativeApp()
    expect(failure(await end(app, app.rootKey))).toBe('409 last_manager')
    const roots = [app.rootKey]
    for (let each = 0; each < 4; each += 1)
      roots.push((await app.makeUser({ username: `root-${each}`, role: 'ROOT' })).secret)
    const ends = await Promise.all(roots.map((secret) => end(app, secret)))
    process.stdout.write(`last keys that ended themselves at once: ${roots.length}\n`)
    expect(ends.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 409])
    const left = roots[ends.findIndex(({ status }) => status === 409)] ?? null
    expect((await app.call('GET', '/v2/audit', { key: left })).status).toBe(200)
  })

  test('of many concurrent calls one is reported as having revoked the key', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey()
    const ends = await Promise.all(Array.from({ length: 8 }, () => end(app, secret)))
    process.stdout.write(`ends of one key at once: ${ends.length}\n`)
    expect(ends.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 401)])
  })

  test('no other address below it revokes or shows the own key', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey({ access: 'full' })
    for (const [method, path] of [
      ['PATCH', '/v2/keys/self'],
      ['GET', '/v2/keys/SELF'],
      ['DELETE', '/v2/keys/Self'],
      ['POST', '/v2/keys/self/rotate'],
      ['DELETE', '/v2/keys/self/secrets/previous'],
    ] as const) {
      const body = method === 'PATCH' ? { name: 'x' } : undefined
      expect((await app.call(method, path, { key: secret, body })).status).toBe(404)
    }
    expect((await app.verify(secret)).code).toBe('VALID')
  })
})

test('rights taken from the key while its limits are read are gone', async () => {
  const store = await openStore('sqlite::memory:')
  let meanwhile: (() => Promise<unknown>) | null = null
  const readAccounts: Store['readAccounts'] = async (...asked) => {
    const change = meanwhile
    meanwhile = null
    await change?.()
    return store.readAccounts(...asked)
  }
  // As with several processes that spend, so the limits are read again each time.
  const shared = { ...store, sharesAccounts: true, readAccounts }
  await using app = await nativeApp({ store: shared })
  const { key, secret } = await app.makeKey({ limits: { daily: '1' } })
  meanwhile = () => app.call('PATCH', `/v2/keys/${key.id}`, { body: { disabled: true } })
  const { json } = await app.call('GET', '/v2/keys/self', { key: secret })
  expect(meanwhile).toBeNull()
  expect(json).toMatchObject({ key: { disabled: true }, refusal: { code: 'DISABLED' } })
})
