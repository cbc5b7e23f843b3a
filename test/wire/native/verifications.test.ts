import { describe, expect, test } from 'bun:test'
import { DAY_MS, HOUR_MS } from '../../../src/core/ground/clock.ts'
import { nativeApp } from './native-app.ts'

describe('GET /v2/keys/{ref}/verifications', () => {
  test('counts every verdict by hour and code, with the reasons of refusals', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({
      limits: { daily: '1' },
      rateLimits: [{ name: 'requests', limit: 3, window: '1h' }],
      permissions: ['a.read'],
    })
    await app.verify(secret, { ip: '203.0.113.7' })
    await app.verify(secret, { permissions: 'b.write' })
    app.clock.advance(HOUR_MS)
    await app.verify(secret)
    await app.verify(secret, { charge: '5', ip: '203.0.113.9' })
    await app.verify(secret, { charge: '5' })
    for (let more = 0; more < 4; more += 1) await app.verify(secret)
    await app.latchkey.outcomes.flush()
    const { status, json } = await app.call('GET', `/v2/keys/${key.hash}/verifications`)
    expect(status).toBe(200)
    expect(json.data.map(({ counts }: { counts: object }) => counts)).toEqual([
      { VALID: 1, INSUFFICIENT_PERMISSIONS: 1 },
      { VALID: 3, BUDGET_EXCEEDED: 2, RATE_LIMITED: 2 },
    ])
    const reasons = json.refusals.map(
      (each: { code: string; limit: unknown; count: number; lastIp: unknown }) => [
        each.code,
        each.limit,
        each.count,
        each.lastIp,
      ],
    )
    expect(reasons).toContainEqual(['RATE_LIMITED', { scope: 'rate', name: 'requests' }, 2, null])
    expect(reasons).toContainEqual(['BUDGET_EXCEEDED', { scope: 'key', name: 'daily' }, 2, '203.0.113.9'])
    expect(reasons).toContainEqual(['INSUFFICIENT_PERMISSIONS', null, 1, null])
    expect(json.lastUsedIp).toBe('203.0.113.7')
  })

  test('by day, the hours of a day are added up', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    await app.verify(secret)
    app.clock.advance(HOUR_MS)
    await app.verify(secret)
    await app.latchkey.outcomes.flush()
    const { json } = await app.call('GET', `/v2/keys/${key.id}/verifications?interval=day`)
    expect(json.data).toEqual([{ start: '2026-11-22T00:00:00.000Z', counts: { VALID: 2 } }])
  })

  test('during an overlap each secret has its number of uses, and the last one', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    const { json: rotated } = await app.call('POST', `/v2/keys/${key.id}/rotate`, {
      body: { overlap: '24h' },
    })
    await app.verify(secret)
    await app.verify(secret)
    await app.latchkey.outcomes.flush()
    const seen = async () => {
      const { json } = await app.call('GET', `/v2/keys/${key.id}/verifications`)
      return json.secrets.map(({ uses, lastUsedAt }: { uses: number; lastUsedAt: unknown }) => [
        uses,
        lastUsedAt !== null,
      ])
    }
    expect(await seen()).toEqual([
      [0, false],
      [2, true],
    ])
    await app.verify(rotated.secret)
    await app.latchkey.outcomes.flush()
    expect(await seen()).toEqual([
      [1, true],
      [2, true],
    ])
  })

  test('a period that is no longer kept, or ends before it begins, is refused with its place', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    for (const query of [
      'from=2026-01-01T00:00:00Z',
      'from=2026-11-23T00:00:00Z&to=2026-11-22T00:00:00Z',
      'interval=week',
      'x=1',
    ]) {
      const { status, json } = await app.call('GET', `/v2/keys/${key.id}/verifications?${query}`)
      expect([query, status, json.code]).toEqual([query, 400, 'input_invalid'])
    }
    expect(
      (await app.call('GET', '/v2/keys/01a221f9-9ed6-7000-82a4-00bcd50ce86c/verifications')).status,
    ).toBe(404)
  })

  test('a USER sees only the counts of its own keys', async () => {
    await using app = await nativeApp()
    const { user, secret: own } = await app.makeUser({ username: 'ada' })
    const { key: foreign, secret: other } = await app.makeKey({ name: 'of root' })
    const { key: mine, secret } = await app.makeKey({ ownerId: user.id, name: 'of ada' })
    await app.verify(other, { permissions: 'x.y' })
    await app.verify(secret, { permissions: 'x.y' })
    await app.verify('lk_unknown')
    await app.latchkey.outcomes.flush()
    expect((await app.call('GET', `/v2/keys/${foreign.id}/verifications`, { key: own })).status).toBe(404)
    expect((await app.call('GET', `/v2/keys/${mine.id}/verifications`, { key: own })).status).toBe(200)
    const all = (await app.call('GET', '/v2/verifications')).json
    expect(all.data[0].counts).toEqual({ NOT_FOUND: 1, INSUFFICIENT_PERMISSIONS: 2 })
    expect(all.failing.map(({ name }: { name: string }) => name).sort()).toEqual(['of ada', 'of root'])
    const her = (await app.call('GET', '/v2/verifications', { key: own })).json
    expect(her.data[0].counts).toEqual({ INSUFFICIENT_PERMISSIONS: 1 })
    expect(her.failing).toEqual([
      { keyId: mine.id, name: 'of ada', mask: mine.mask, ownerId: user.id, refused: 1, valid: 0 },
    ])
  })

  test('counts that could not be written are not written twice, and verify still works', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    await app.verify(secret)
    await app.latchkey.outcomes.flush()
    await app.latchkey.outcomes.flush()
    const { json } = await app.call('GET', `/v2/keys/${key.id}/verifications`)
    expect(json.data[0].counts).toEqual({ VALID: 1 })
  })

  test('counts older than 14 days are deleted', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    await app.verify(secret)
    await app.latchkey.outcomes.flush()
    const from = new Date(app.clock.now() - HOUR_MS).toISOString()
    const to = new Date(app.clock.now() + HOUR_MS).toISOString()
    const seen = async () =>
      (await app.call('GET', `/v2/keys/${key.id}/verifications?from=${from}&to=${to}`)).json.data.length
    expect(await seen()).toBe(1)
    app.clock.advance(15 * DAY_MS)
    await app.latchkey.history.purge()
    expect(await seen()).toBe(0)
  })
})

test('GET /v2/keys/health counts the keys that the lists with the same filters find', async () => {
  await using app = await nativeApp()
  const { user, secret: own } = await app.makeUser({ username: 'ada' })
  const { key } = await app.makeKey({
    ownerId: user.id,
    limits: { daily: '10' },
    expiresAt: new Date(app.clock.now() + 3 * DAY_MS).toISOString(),
  })
  await app.spend(key.id, '9')
  const health = (await app.call('GET', '/v2/keys/health')).json
  const listed = async (query: string) => (await app.call('GET', `/v2/keys?${query}`)).json.data.length
  const one = { count: 1, isMore: false }
  expect(health).toEqual({
    unlimited: { count: await listed('unlimited=true'), isMore: false },
    neverExpires: { count: await listed('neverExpires=true'), isMore: false },
    unused: { count: 0, isMore: false },
    nearLimit: one,
    expiresSoon: one,
  })
  expect(health.unlimited.count).toBe(2)
  expect(
    (await app.call('GET', '/v2/keys?nearLimit=true')).json.data.map(({ id }: { id: string }) => id),
  ).toEqual([key.id])
  expect((await app.call('GET', '/v2/keys/health', { key: own })).json.unlimited).toEqual(one)
  expect((await app.call('GET', '/v2/keys?unlimited=false')).status).toBe(400)
  app.clock.advance(DAY_MS)
  expect((await app.call('GET', '/v2/keys/health')).json.nearLimit.count).toBe(0)
})
