import { describe, expect, test } from 'bun:test'
import { failure, type Loose, type NativeApp, nativeApp, pointers } from './native-app.ts'

async function entries(app: NativeApp, query = ''): Promise<Loose[]> {
  return (await app.call('GET', `/v2/audit?limit=100&${query}`)).json.data
}

describe('GET /v2/audit', () => {
  test('every change has one entry with actor, action, before and after, in the forms of the API', async () => {
    await using app = await nativeApp()
    const root = (await app.call('GET', '/v1/users/me')).json.userId
    const rootKey = (await app.call('GET', '/v2/keys')).json.data[0].id
    const { key } = await app.makeKey({ name: 'k', limits: { daily: '1' }, labels: { 'created-at': '5' } })
    app.clock.advance(1000)
    await app.call('PATCH', `/v2/keys/${key.id}`, {
      body: {
        limits: { daily: '2' },
        expiresAt: '2027-01-01T00:00:00Z',
        rateLimits: [{ name: 'r', limit: 1, window: '1h' }],
      },
      headers: { 'x-request-id': 'req-1' },
      peerAddress: '192.0.2.7',
    })
    const [update, create] = await entries(app, `targetId=${key.id}`)
    expect(update).toEqual({
      id: expect.any(String),
      at: '2026-11-22T12:00:01.000Z',
      count: 1,
      lastAt: '2026-11-22T12:00:01.000Z',
      action: 'key.update',
      outcome: 'done',
      target: { kind: 'key', id: key.id },
      actor: { userId: root, keyId: rootKey },
      before: { limits: { daily: '1' }, expiresAt: null, rateLimits: [] },
      after: {
        limits: { daily: '2' },
        expiresAt: '2027-01-01T00:00:00.000Z',
        rateLimits: [{ name: 'r', limit: 1, window: '1h' }],
      },
      reason: null,
      requestId: 'req-1',
      ip: '192.0.2.7',
      revision: key.revision + 1,
    })
    expect(create).toMatchObject({ action: 'key.create', before: null, revision: key.revision })
    expect(create.after).toMatchObject({
      name: 'k',
      labels: { 'created-at': '5' },
      createdAt: '2026-11-22T12:00:00.000Z',
      secrets: [{ mask: key.mask, createdAt: '2026-11-22T12:00:00.000Z', expiresAt: null }],
    })
  })

  test('changes of users and workspaces have one, too, and acts of the server itself have no actor', async () => {
    await using app = await nativeApp()
    const { user } = await app.makeUser({ username: 'ada', policy: { keyLifetime: '24h' } })
    await app.call('PATCH', `/v2/users/${user.id}`, { body: { policy: { keyLifetime: '2d' } } })
    await app.call('PATCH', '/v2/workspaces/default', { body: { name: 'Main' } })
    const [update] = await entries(app, 'action=user.update')
    expect([update.before, update.after]).toMatchObject([
      { policy: { keyLifetime: '1d' } },
      { policy: { keyLifetime: '2d' } },
    ])
    const [renamed] = await entries(app, 'targetKind=workspace&action=workspace.update')
    expect([renamed.before, renamed.after]).toEqual([{ name: 'Default' }, { name: 'Main' }])
    const all = await entries(app)
    const first = all.filter(({ actor }) => actor.userId === null)
    expect(first.length).toBeGreaterThan(0)
    expect(new Set(first.map(({ at }) => at))).toEqual(new Set(['2026-11-22T12:00:00.000Z']))
    const revisions = all.filter(({ outcome }) => outcome === 'done').map(({ revision }) => revision)
    expect(revisions).toEqual(
      Array.from({ length: revisions.length }, (_, index) => revisions.length - index),
    )
  })

  test('it has denied attempts, with actor, target and reason; invalid input is not recorded', async () => {
    await using app = await nativeApp()
    const { user, secret: ada } = await app.makeUser({ username: 'ada' })
    const { key } = await app.makeKey()
    const { secret: useKey } = await app.makeKey({ ownerId: user.id })
    await app.call('GET', `/v2/keys/${key.id}`, { key: ada })
    await app.call('DELETE', `/v2/keys/${key.id}`, { key: ada })
    await app.call('POST', '/v2/keys', { key: ada, body: { permissions: ['admin'] } })
    await app.call('POST', '/v2/keys', { key: ada, body: { ownerId: key.ownerId } })
    await app.call('GET', '/v2/audit', { key: ada })
    await app.call('POST', '/v2/users', { key: useKey, body: {} })
    await app.call('POST', '/v2/keys', { key: ada, body: { nmae: 'x' } })
    await app.call('GET', '/v2/keys/x', { key: ada })
    const denied = await entries(app, 'outcome=denied')
    const told = denied.map(({ action, target, reason }) => [
      action,
      target.kind,
      target.id,
      reason.split(':')[0],
    ])
    expect(told).toEqual([
      ['user.create', 'user', null, 'access_forbidden'],
      ['audit.list', 'system', null, 'permission_denied'],
      ['key.create', 'key', null, 'user_foreign'],
      ['key.create', 'key', null, 'delegation_exceeded'],
      ['key.revoke', 'key', key.id, 'key_foreign'],
      ['key.get', 'key', key.id, 'key_foreign'],
    ])
    expect(denied.map(({ revision, actor }) => [revision, actor.userId])).toEqual(
      denied.map(() => [null, user.id]),
    )
  })

  test('equal denials are one entry with their count, and take from a rate before they are noted', async () => {
    await using app = await nativeApp({
      dataRate: { limit: 5, windowMs: 60_000 },
      managementRate: { limit: 1_000, windowMs: 60_000 },
    })
    const { user } = await app.makeUser({ username: 'ada' })
    const { secret: useKey } = await app.makeKey({ ownerId: user.id })
    const { secret: other } = await app.makeKey({ ownerId: user.id })
    const verify = (key: string) => app.call('POST', '/v2/verify', { key, body: { key } })
    const answers: string[] = []
    for (let n = 0; n < 8; n += 1) {
      answers.push(failure(await verify(useKey)))
      app.clock.advance(100)
    }
    expect(answers).toEqual([...Array(5).fill('403 access_forbidden'), ...Array(3).fill('429 rate_limited')])
    // With another key: its own rate, and its own entry.
    expect(failure(await verify(other))).toBe('403 access_forbidden')
    const [second, first, ...rest] = await entries(app, 'outcome=denied')
    expect(rest).toEqual([])
    expect([second.count, second.at === second.lastAt]).toEqual([1, true])
    expect(first).toMatchObject({
      action: 'key.verify',
      count: 5,
      at: '2026-11-22T12:00:00.000Z',
      lastAt: '2026-11-22T12:00:00.400Z',
      reason: 'access_forbidden',
      revision: null,
    })
  })

  test('it never contains a secret', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    const rotated = (await app.call('POST', `/v2/keys/${key.id}/rotate`)).json.secret
    const text = JSON.stringify(await entries(app))
    for (const shown of [secret, rotated, app.rootKey]) {
      const body = shown.slice(shown.indexOf('_') + 1)
      for (let start = 0; start + 8 <= body.length; start += 1)
        expect(text).not.toContain(body.slice(start, start + 8))
    }
  })

  test('filters by actor, time, action and outcome, and pages to the end', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada' })
    app.clock.advance(60_000)
    await app.makeKey({ name: 'hers' }, { key: secret })
    app.clock.advance(60_000)
    await app.makeKey({ name: 'late' })
    const names = (list: Loose[]) => list.map(({ after }) => after?.name)
    expect(names(await entries(app, `actorUserId=${user.id}`))).toEqual(['hers'])
    expect(names(await entries(app, 'from=2026-11-22T12:02:00Z'))).toEqual(['late'])
    const span = 'from=2026-11-22T12:01:00Z&to=2026-11-22T12:02:00Z'
    expect(names(await entries(app, span))).toEqual(['hers'])
    const all = (await entries(app)).map(({ id }) => id)
    const paged: string[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`
      const { data, nextCursor } = (await app.call('GET', `/v2/audit?limit=2${query}`)).json
      paged.push(...data.map(({ id }: Loose) => id))
      cursor = nextCursor
    } while (cursor !== null)
    expect(paged).toEqual(all)
    const wrong = await app.call('GET', '/v2/audit?outcome=maybe&from=x')
    expect([failure(wrong), pointers(wrong)]).toEqual(['400 input_invalid', ['query:outcome', 'query:from']])
  })

  test('finds the changes and denials of one request, page by page', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeUser({ username: 'ada' })
    const headers = { 'x-request-id': 'one:request' }
    const { id } = (await app.call('POST', '/v2/keys', { body: {}, headers })).json.key
    await app.call('PATCH', `/v2/keys/${id}`, { body: { name: 'n' }, headers })
    await app.call('DELETE', `/v2/keys/${id}`, { key: secret, headers })
    await app.makeKey()
    const found = await entries(app, 'requestId=one:request')
    expect(found.map(({ action, outcome }) => `${action} ${outcome}`).toSorted()).toEqual([
      'key.create done',
      'key.revoke denied',
      'key.update done',
    ])
    expect(await entries(app, 'requestId=one:request&outcome=denied')).toHaveLength(1)
    expect(await entries(app, 'requestId=one')).toEqual([])
    const { data, nextCursor } = (await app.call('GET', '/v2/audit?requestId=one:request&limit=2')).json
    expect(data).toHaveLength(2)
    const rest = await app.call('GET', `/v2/audit?requestId=one:request&limit=2&cursor=${nextCursor}`)
    expect(rest.json.data).toHaveLength(1)
    // A cursor belongs to the list that it was given for.
    expect((await app.call('GET', `/v2/audit?limit=2&cursor=${nextCursor}`)).status).toBe(400)
    const tooLong = await app.call('GET', `/v2/audit?requestId=${'x'.repeat(129)}`)
    expect(pointers(tooLong)).toEqual(['query:requestId'])
  })

  test.each(['USER', 'SERVICE'])('a %s may not read it', async (role) => {
    await using app = await nativeApp()
    const { secret } = await app.makeUser({ username: 'someone', role })
    expect(failure(await app.call('GET', '/v2/audit', { key: secret }))).toBe('403 permission_denied')
  })
})
