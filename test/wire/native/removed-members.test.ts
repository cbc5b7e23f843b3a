import { describe, expect, test } from 'bun:test'
import { GETS } from '../../authority/read-operations.ts'
import { failure, type Loose } from './native-app.ts'
import { team, told } from './team.ts'

const NOBODY = '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'
const NO_HASH = 'f'.repeat(64)
const NO_SECRET = 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq'

describe('the keys of a removed member', () => {
  /** Ada's keys in the default workspace and in the team that she has left, each with usage and a hold. */
  async function left() {
    const scene = await team()
    const { app, ada, id, members } = scene
    const made: Loose[] = []
    for (const workspaceId of [undefined, id]) {
      const { key, secret } = await app.makeKey({ workspaceId, access: 'full' }, { key: ada.secret })
      await app.spend(key.id, '3', { id: 'used' })
      const body = { keyId: key.id, amount: '1' }
      const { json: hold } = await app.call('POST', '/v2/reservations', { body })
      made.push({ key, secret, hold })
    }
    await app.call('DELETE', `${members}/${ada.user.id}`)
    const [kept, gone] = made
    return { ...scene, kept, gone }
  }

  /** Every call about a key, in every dialect. */
  const ABOUT: ((key: Loose) => { method: string; path: string; body?: object })[] = [
    ({ key }) => ({ method: 'GET', path: `/v2/keys/${key.id}` }),
    ({ key }) => ({ method: 'GET', path: `/v2/keys/${key.hash}` }),
    ({ key }) => ({ method: 'PATCH', path: `/v2/keys/${key.id}`, body: { name: 'mine' } }),
    ({ key }) => ({ method: 'PATCH', path: `/v2/keys/${key.id}`, body: { disabled: true } }),
    ({ key }) => ({ method: 'POST', path: `/v2/keys/${key.id}/rotate`, body: {} }),
    ({ key }) => ({ method: 'DELETE', path: `/v2/keys/${key.id}/secrets/previous` }),
    ({ key }) => ({ method: 'DELETE', path: `/v2/keys/${key.id}/boosts/daily` }),
    ({ key }) => ({ method: 'GET', path: `/v2/keys/${key.id}/thresholds` }),
    ({ key }) => ({ method: 'DELETE', path: `/v2/keys/${key.id}` }),
    ({ hold }) => ({ method: 'GET', path: `/v2/reservations/${hold.id}` }),
    ({ key }) => ({ method: 'GET', path: `/v2/reservations?keyId=${key.id}` }),
    ({ key }) => ({ method: 'GET', path: `/v2/usage?keyId=${key.id}` }),
    ({ key }) => ({ method: 'GET', path: `/v2/usage/events?keyId=${key.id}&id=used` }),
    ({ key }) => ({ method: 'GET', path: `/v2/keys/${key.id}/verifications` }),
    ({ key }) => ({ method: 'POST', path: '/v2/keys/revoke', body: { ids: [key.id], dryRun: true } }),
    ({ secret }) => ({ method: 'POST', path: '/v2/verify', body: { key: secret } }),
    ({ key }) => ({ method: 'GET', path: `/v1/apikeys/${key.id}` }),
    ({ key }) => ({ method: 'PUT', path: `/v1/apikeys/${key.id}`, body: { mergeLabels: { a: 'b' } } }),
    ({ key }) => ({ method: 'DELETE', path: `/v1/apikeys/${key.id}` }),
    ({ key }) => ({ method: 'GET', path: `/api/v1/keys/${key.hash}` }),
    ({ key }) => ({ method: 'PATCH', path: `/api/v1/keys/${key.hash}`, body: { name: 'mine' } }),
    ({ key }) => ({ method: 'DELETE', path: `/api/v1/keys/${key.hash}` }),
    ({ key }) => ({ method: 'GET', path: `/api/v1/activity?api_key_hash=${key.hash}` }),
  ]

  test('remain valid, and look missing to their owner, in every dialect', async () => {
    const { app, ada, gone } = await left()
    await using _ = app
    const none = { key: { id: NOBODY, hash: NO_HASH }, secret: NO_SECRET, hold: { id: NOBODY } }
    const names = [gone.key.id, gone.key.hash, gone.hold.id, NOBODY, NO_HASH]
    const ask = ({ method, path, body }: Loose) =>
      app.call(method, path, body === undefined ? { key: ada.secret } : { key: ada.secret, body })
    for (const about of ABOUT) {
      const { method, path } = about(gone)
      const asked = `${method} ${path}`
      expect([asked, told(await ask(about(gone)), names)]).toEqual([
        asked,
        told(await ask(about(none)), names),
      ])
    }
    expect(await app.verify(gone.secret)).toMatchObject({ valid: true, keyId: gone.key.id })
    expect((await app.call('GET', '/api/v1/key', { key: gone.secret })).json.data.usage).toBe(3)
    expect((await app.call('GET', `/v2/keys/${gone.key.id}`)).json).toMatchObject({
      name: '',
      disabled: false,
    })
    console.log(`calls about a key that one no longer sees: ${ABOUT.length}`)
  })

  test('are in no list and report of their owner, while all others are', async () => {
    const { app, ada, kept, gone } = await left()
    await using _ = app
    const lists = [
      ...['/v2/keys', '/v2/keys?sort=spent', '/v2/keys?search=x', `/v2/keys?ownerId=${ada.user.id}`],
      ...['/v2/reservations', '/v2/reservations?state=open', '/v2/usage?groupBy=key', '/v1/apikeys'],
    ]
    for (const path of lists) {
      const { text, status } = await app.call('GET', path, { key: ada.secret })
      const shown = path.includes('search') || text.includes(kept.key.id)
      expect([path, status, shown, text.includes(gone.key.id)]).toEqual([path, 200, true, false])
    }
    for (const groupBy of [
      '',
      '&groupBy=owner',
      '&groupBy=workspace',
      '&groupBy=label:a',
      '&groupBy=meta:m',
    ]) {
      const { json } = await app.call('GET', `/v2/usage?interval=day${groupBy}`, { key: ada.secret })
      expect([groupBy, json.data.map(({ amount }: Loose) => amount)]).toEqual([groupBy, ['3']])
    }
    const credits = await app.call('GET', '/api/v1/credits', { key: ada.secret })
    expect(credits.json.data).toEqual({ total_credits: 3, total_usage: 3 })
    const all = (await app.call('GET', '/v2/usage')).json.data
    expect(all.map(({ amount }: Loose) => amount)).toEqual(['6'])
  })

  test('change no read of their owner, whatever happens to them', async () => {
    const { app, ada, id, members, gone } = await left()
    await using _ = app
    const target = { ...gone.key, keyId: gone.key.id, userId: ada.user.id, workspaceId: id }
    await app.call('GET', '/v2/keys/self', { key: ada.secret })
    const seen = async () => {
      for (const { flush } of [app.latchkey.outcomes, app.latchkey.lastUsed]) await flush()
      const texts = new Map<string, string>()
      for (const { name, path } of GETS) {
        const read = await app.call('GET', path({ target, reservationId: gone.hold.id }), { key: ada.secret })
        // The reads themselves use a key of the owner.
        texts.set(name, told(read, []).replaceAll(/"(requestCount|request_count)":\d+/g, ''))
      }
      return texts
    }
    const before = await seen()
    // From here on the key is in every list, sum and count.
    const body = { name: 'renamed', expiresAt: '2026-11-24T00:00:00.000Z', limits: { daily: '10' } }
    expect((await app.call('PATCH', `/v2/keys/${gone.key.id}`, { body })).status).toBe(200)
    await app.spend(gone.key.id, '5')
    await app.spend(gone.key.id, '5', { at: '2026-11-20T12:00:00.000Z' })
    await app.call('POST', '/v2/reservations', { body: { keyId: gone.key.id, amount: '1' } })
    expect(await app.verify(gone.secret, { permissions: 'not.held' })).toMatchObject({ valid: false })
    expect(await seen()).toEqual(before)
    await app.call('POST', members, { body: { userId: ada.user.id } })
    // The same reads do show all that to a member.
    const again = await seen()
    expect([...before].filter(([name, text]) => again.get(name) !== text).map(([name]) => name)).toEqual([
      ...['/v2/keys', '/v2/keys/health', '/v2/keys/{ref}', '/v2/keys/{ref}/thresholds'],
      ...['/v2/keys/{ref}/verifications', '/v2/verifications', '/v2/reservations'],
      ...['/v2/reservations/{reservationId}', '/v2/usage', '/v2/thresholds', '/v2/usage/events'],
      ...['/v2/workspaces', '/v2/workspaces/{ref}', '/v2/workspaces/{ref}/thresholds'],
      ...['/v2/workspaces/{ref}/members', '/v1/apikeys', '/v1/apikeys/{id}', '/api/v1/keys/{hash}'],
      ...['/api/v1/credits', '/api/v1/activity'],
    ])
  })

  test('leave the reports of their owner without them also when they get another owner', async () => {
    const { app, ada, bob, id, members, gone } = await left()
    await using _ = app
    // Whole days alone are in a report of activity.
    const at = '2026-11-20T12:00:00.000Z'
    await app.spend(gone.key.id, '5', { at, meta: { project: 'hidden', model: 'hidden' } })
    await app.call('POST', members, { body: { userId: bob.user.id } })
    const reports = [
      ...['', '&groupBy=owner', '&groupBy=workspace', '&groupBy=key', '&groupBy=meta:project'],
      '&groupBy=owner&groupBy=meta:project',
    ].map((groupBy) => `/v2/usage?interval=month&from=2026-11-01&to=2026-12-01${groupBy}`)
    const seen = async () => {
      const texts = []
      for (const path of [...reports, '/api/v1/activity', '/api/v1/credits', '/v2/thresholds'])
        texts.push([path, (await app.call('GET', path, { key: ada.secret })).text])
      return texts
    }
    const before = await seen()
    expect(JSON.stringify(before)).not.toContain('hidden')
    for (const ownerId of [bob.user.id, (await app.call('GET', '/v2/keys/self')).json.key.ownerId]) {
      await app.call('PATCH', `/v2/keys/${gone.key.id}`, { body: { ownerId } })
      expect(await seen()).toEqual(before)
    }
    // Its limits count this money all the same.
    const limited = await app.call('PATCH', `/v2/users/${ada.user.id}`, { body: { limits: { total: '9' } } })
    expect(limited.status).toBe(200)
    const own = await app.call('GET', `/v2/users/${ada.user.id}`, { key: ada.secret })
    expect(own.json.budget).toMatchObject([{ window: 'total', spent: '11' }])
    // Whoever is let in again sees what it has paid there.
    await app.call('POST', `/v2/workspaces/${id}/members`, { body: { userId: ada.user.id } })
    expect(JSON.stringify(await seen())).toContain('hidden')
  })

  test('show their holder nothing of the limits of the workspace, also when one of them binds', async () => {
    const { app, ada, members, gone } = await left()
    await using _ = app
    const scopes = async () =>
      (await app.call('GET', '/v2/keys/self', { key: gone.secret })).json.budget.map(
        ({ scope }: Loose) => scope,
      )
    expect(await scopes()).toEqual([])
    await app.call('POST', members, { body: { userId: ada.user.id } })
    expect(await scopes()).toEqual(['workspace'])
    await app.call('DELETE', `${members}/${ada.user.id}`)
    await app.spend(gone.key.id, '500')
    const { json } = await app.call('GET', '/v2/keys/self', { key: gone.secret })
    expect([json.budget, json.refusal]).toEqual([
      [],
      { valid: false, code: 'BUDGET_EXCEEDED', keyId: gone.key.id, budget: [] },
    ])
    expect(json.detail).toMatch(/^The monthly limit of the key's workspace has nothing left until 2026-12/)
    await app.call('POST', members, { body: { userId: ada.user.id } })
    const seen = (await app.call('GET', '/v2/keys/self', { key: gone.secret })).json
    expect(seen.refusal.bound).toMatchObject({ scope: 'workspace', limit: '500' })
  })

  test('give their owner no access to them', async () => {
    const { app, gone, id } = await left()
    await using _ = app
    const as = { key: gone.secret }
    expect((await app.call('GET', `/v2/workspaces/${id}`, as)).status).toBe(404)
    expect((await app.call('GET', `/v2/keys/${gone.key.id}`, as)).status).toBe(404)
    const made = await app.call('POST', '/v2/keys', { ...as, body: { workspaceId: id } })
    expect(failure(made)).toBe('400 input_invalid')
    expect((await app.call('POST', '/v2/keys', { ...as, body: {} })).status).toBe(201)
  })

  test('are visible again to an owner that is added again, and always to ADMIN and ROOT', async () => {
    const { app, ada, members, gone } = await left()
    await using _ = app
    const admin = await app.makeUser({ username: 'admin', role: 'ADMIN' })
    const seenBy = async (key: string) => (await app.call('GET', `/v2/keys/${gone.key.id}`, { key })).status
    expect([await seenBy(ada.secret), await seenBy(admin.secret)]).toEqual([404, 200])
    await app.call('POST', members, { body: { userId: ada.user.id } })
    expect([await seenBy(ada.secret), await seenBy(admin.secret)]).toEqual([200, 200])
    const body = { role: 'USER' }
    await app.call('PATCH', `/v2/users/${admin.user.id}`, { body })
    expect(await seenBy(admin.secret)).toBe(404)
  })
})
