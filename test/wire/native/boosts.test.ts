import { describe, expect, test } from 'bun:test'
import { moneyOf } from './money.ts'
import { failure, type NativeApp, nativeApp, pointers } from './native-app.ts'

const NOON = '2026-11-22T12:00:00.000Z'
const ONE = '2026-11-22T13:00:00.000Z'

function boostsOf(app: NativeApp, keyId: string) {
  const path = (window: string) => `/v2/keys/${keyId}/boosts/${window}`
  return {
    boost: (window: string, body: object, key?: string) =>
      app.call('PUT', path(window), key === undefined ? { body } : { body, key }),
    end: (window: string) => app.call('DELETE', path(window)),
  }
}

describe('boosts', () => {
  test('raise a limit from the moment of the answer to the exact millisecond of their end', async () => {
    await using app = await nativeApp()
    const { reserve, held, line } = moneyOf(app)
    const { key } = await app.makeKey({ limits: { daily: '10' } })
    await app.spend(key.id, '10')
    expect((await reserve({ keyId: key.id, amount: 1 })).status).toBe(402)
    const answer = await boostsOf(app, key.id).boost('daily', { amount: '5', until: ONE })
    expect(answer.json).toMatchObject({
      limits: { daily: '10' },
      boosts: { daily: { amount: '5', until: ONE } },
      revision: key.revision + 1,
      budget: [{ window: 'daily', limit: '15', spent: '10', remaining: '5' }],
    })
    expect(answer.headers.get('etag')).toBe(`"${key.revision + 1}"`)
    await held(key.id, '3')
    app.clock.set('2026-11-22T12:59:59.999Z')
    expect(await line(key.id)).toMatchObject({ limit: '15' })
    await held(key.id, '1')
    app.clock.set(ONE)
    const ended = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect([ended.boosts, ended.budget[0].limit]).toEqual([{}, '10'])
    const refused = await reserve({ keyId: key.id, amount: '0.000000001' })
    expect([refused.status, refused.json.bound.limit, refused.json.bound.spent]).toEqual([402, '10', '10'])
  })

  test('a new one replaces the old one; ending it restores the limit; spent money stays spent', async () => {
    await using app = await nativeApp()
    const { line, held } = moneyOf(app)
    const { key } = await app.makeKey({ limits: { daily: '10', total: '10' } })
    const { boost, end } = boostsOf(app, key.id)
    await boost('daily', { amount: '5', until: ONE })
    await boost('daily', { amount: '2', until: ONE })
    await boost('total', { amount: '90', until: '2027-01-01T00:00:00Z' })
    expect(await line(key.id)).toMatchObject({ limit: '12' })
    await held(key.id, '12')
    const { json } = await end('daily')
    expect(json.boosts).toEqual({ total: { amount: '90', until: '2027-01-01T00:00:00.000Z' } })
    expect(json.budget).toMatchObject([
      { window: 'daily', limit: '10', reserved: '12', remaining: '0' },
      { window: 'total', limit: '100', reserved: '12', remaining: '88' },
    ])
    const again = await end('daily')
    expect([again.status, again.json.revision]).toEqual([200, json.revision])
  })

  test('end with the limit that they raise, and do not return with a later one', async () => {
    await using app = await nativeApp()
    const { line } = moneyOf(app)
    const { key } = await app.makeKey({ limits: { daily: '10' } })
    await boostsOf(app, key.id).boost('daily', { amount: '5', until: ONE })
    const patch = (limits: object) => app.call('PATCH', `/v2/keys/${key.id}`, { body: { limits } })
    await patch({ daily: '20' })
    expect(await line(key.id)).toMatchObject({ limit: '25' })
    expect((await patch({ daily: null })).json.boosts).toEqual({})
    await patch({ daily: '1' })
    expect(await line(key.id)).toMatchObject({ limit: '1' })
  })

  const wrong: [string, string, object, string, string[]][] = [
    ['an end that is now', 'daily', { amount: 1, until: NOON }, '400 input_invalid', ['/until']],
    ['an end of never', 'daily', { amount: 1 }, '400 input_invalid', ['/until']],
    [
      'an end too far off',
      'daily',
      { amount: 1, until: '2028-01-01T00:00:00Z' },
      '400 input_invalid',
      ['/until'],
    ],
    ['no amount', 'daily', { until: ONE }, '400 input_invalid', ['/amount']],
    ['an unknown member', 'daily', { amount: 1, until: ONE, from: NOON }, '400 input_invalid', ['/from']],
    ['a window without a limit', 'weekly', { amount: 1, until: ONE }, '409 limit_missing', []],
    ['no window', 'hourly', { amount: 1, until: ONE }, '404 route_not_found', []],
  ]
  test.each(wrong)('%s is refused', async (_what, window, body, code, places) => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ limits: { daily: '10' } })
    const answer = await boostsOf(app, key.id).boost(window, body)
    expect([failure(answer), pointers(answer)]).toEqual([code, places])
    const { boosts, revision } = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect([boosts, revision]).toEqual([{}, key.revision])
  })

  test('are granted only within the policy of the granter, together with the limit, in any order', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada', policy: { limits: { daily: '10' } } })
    const { key } = await app.makeKey({ ownerId: user.id, limits: { daily: '6' } })
    const { boost } = boostsOf(app, key.id)
    expect(failure(await boost('daily', { amount: '4.000000001', until: ONE }, secret))).toBe(
      '403 delegation_exceeded',
    )
    expect((await boost('daily', { amount: '4', until: ONE }, secret)).status).toBe(200)
    const patch = (daily: string) =>
      app.call('PATCH', `/v2/keys/${key.id}`, { body: { limits: { daily } }, key: secret })
    expect(failure(await patch('6.000000001'))).toBe('403 delegation_exceeded')
    expect((await patch('5')).status).toBe(200)
    app.clock.set(ONE)
    expect((await patch('10')).status).toBe(200)
  })

  test('beyond the policy of their owner are not extended by the owner', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada', policy: { limits: { daily: '10' } } })
    const { key } = await app.makeKey({ limits: { daily: '10' } }, { key: secret })
    expect(key.ownerId).toBe(user.id)
    const { boost } = boostsOf(app, key.id)
    expect((await boost('daily', { amount: '90', until: ONE })).status).toBe(200)
    for (const amount of ['90', '1'])
      expect(failure(await boost('daily', { amount, until: '2026-12-22T12:00:00Z' }, secret))).toBe(
        '403 delegation_exceeded',
      )
    expect((await boost('daily', { amount: '1', until: ONE }, secret)).status).toBe(200)
  })

  test('are refused for keys of others and for revoked ones', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ limits: { daily: '10' } })
    const { secret } = await app.makeUser({ username: 'ada' })
    const { boost, end } = boostsOf(app, key.id)
    expect(failure(await boost('daily', { amount: 1, until: ONE }, secret))).toBe('404 key_not_found')
    await app.call('DELETE', `/v2/keys/${key.id}`)
    expect(failure(await boost('daily', { amount: 1, until: ONE }))).toBe('409 key_revoked')
    expect(failure(await end('daily'))).toBe('409 key_revoked')
  })

  test('are in the audit log in the form of the wire', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ limits: { daily: '10' } })
    await boostsOf(app, key.id).boost('daily', { amount: '5', until: ONE })
    const { data } = (await app.call('GET', `/v2/audit?targetId=${key.id}&action=key.boost`)).json
    expect(data).toMatchObject([
      { before: { boosts: {} }, after: { boosts: { daily: { amount: '5', until: ONE } } } },
    ])
  })

  test('OpenRouter shows the limit as set and the remaining money with the boost, so that writing it back does not make the boost permanent', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ limits: { daily: '10' } })
    await app.spend(key.id, '12')
    await boostsOf(app, key.id).boost('daily', { amount: '5', until: ONE })
    const path = `/api/v1/keys/${key.hash}`
    const shown = (await app.call('GET', path)).json.data
    expect([shown.limit, shown.limit_remaining]).toEqual([10, 3])
    await app.call('PATCH', path, { body: { limit: shown.limit, limit_reset: 'weekly' } })
    app.clock.set(ONE)
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.limits).toEqual({ weekly: '10' })
  })
})
