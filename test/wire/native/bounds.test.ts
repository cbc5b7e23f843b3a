import { describe, expect, test } from 'bun:test'
import { Secret } from '../../../src/core/ground/secret.ts'
import { createLatchkey } from '../../../src/core/latchkey.ts'
import { memoryRateLimiter } from '../../../src/rates/memory.ts'
import { testSettings } from '../../support/settings.ts'
import { failure, nativeApp } from './native-app.ts'

const settings = (bounds: object) => testSettings({ bounds })

describe('bounds', () => {
  test('ten secrets of a key are valid at the same time; an eleventh is refused, but never a rotation without an overlap', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    const rotate = (overlap?: string) =>
      app.call('POST', `/v2/keys/${key.id}/rotate`, { body: overlap === undefined ? {} : { overlap } })
    const secrets = [secret]
    for (let n = 0; n < 9; n += 1) secrets.push((await rotate(`${n + 1}h`)).json.secret)
    const refused = await rotate('1h')
    expect(failure(refused)).toBe('409 too_many_secrets')
    expect(refused.json.detail).toContain('End the overlap')
    for (const each of secrets) expect((await app.verify(each)).code).toBe('VALID')
    // The first of them has expired.
    app.clock.advance(3_600_000)
    expect((await rotate('1h')).status).toBe(200)
    expect(failure(await rotate('1h'))).toBe('409 too_many_secrets')
    // As after a leak.
    const clean = await rotate()
    expect([clean.status, clean.json.key.secrets.length]).toEqual([200, 1])
    for (const each of secrets) expect((await app.verify(each)).code).toBe('NOT_FOUND')
    expect((await app.verify(clean.json.secret)).code).toBe('VALID')
    expect((await rotate('1h')).status).toBe(200)
  })

  test('the audit entries of any change of the largest key stay small', async () => {
    await using app = await nativeApp()
    const many = (name: string, count: number, chars: number) =>
      Array.from({ length: count }, (_, n) => `${name}${n}`.padEnd(chars, 'x'))
    const largest = (name: string) => ({
      name: name.padEnd(255, 'x'),
      labels: Object.fromEntries(many('l', 20, 255).map((label) => [label, name.padEnd(255, 'ж')])),
      permissions: many(name, 100, 128),
      allowedIps: Array.from({ length: 100 }, (_, n) => `2001:db8:${name === 'a' ? 1 : 2}:${n}::/64`),
      rateLimits: many(name, 10, 64).map((rate) => ({ name: rate, limit: 5, window: '1m' })),
    })
    const { key } = await app.makeKey(largest('a'))
    expect((await app.call('PATCH', `/v2/keys/${key.id}`, { body: largest('b') })).status).toBe(200)
    for (let n = 0; n < 9; n += 1)
      await app.call('POST', `/v2/keys/${key.id}/rotate`, { body: { overlap: '24h' } })
    const { data } = (await app.call('GET', `/v2/audit?targetId=${key.id}&limit=100`)).json
    const sizes = data.map((entry: object) => JSON.stringify(entry).length)
    expect(sizes).toHaveLength(11)
    expect(Math.max(...sizes)).toBeLessThan(24_000)
    expect(data.at(-2).after.permissions.at(-1)).toMatch(/^… and \d+ more$/)
  })

  test('a USER owns at most as many keys as the setting says, whoever creates them and however many concurrently; others own any number', async () => {
    await using app = await nativeApp({ settings: settings({ keysPerUser: 5 }) })
    const { user, secret: ada } = await app.makeUser({ username: 'ada' })
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        app.call('POST', '/v2/keys', n % 2 === 0 ? { key: ada, body: {} } : { body: { ownerId: user.id } }),
      ),
    )
    const counts = Map.groupBy(made, (answer) => (answer.status === 201 ? '201' : failure(answer)))
    expect(counts.get('201')).toHaveLength(4)
    expect(counts.get('409 too_many_keys')).toHaveLength(16)
    const { data } = (await app.call('GET', `/v2/keys?ownerId=${user.id}`)).json
    expect(data).toHaveLength(5)
    expect(failure(await app.call('POST', '/v2/keys', { key: ada, body: {} }))).toBe('409 too_many_keys')
    const [spare] = made.filter((answer) => answer.status === 201)
    await app.call('DELETE', `/v2/keys/${spare?.json.key.id}`)
    expect((await app.call('POST', '/v2/keys', { key: ada, body: {} })).status).toBe(201)
    for (let n = 0; n < 8; n += 1) await app.makeKey()
  })

  test('a key has at most as many open reservations as the setting says, with or without limits, and also after a restart', async () => {
    await using app = await nativeApp({ settings: settings({ holdsPerKey: 3 }) })
    const { key, secret } = await app.makeKey()
    const other = await app.makeKey({ limits: { total: '100' } })
    const reserve = (keyId: string) => app.call('POST', '/v2/reservations', { body: { keyId, amount: '1' } })
    const held = await Promise.all(Array.from({ length: 10 }, () => reserve(key.id)))
    expect(held.filter(({ status }) => status === 201)).toHaveLength(3)
    const refused = held.filter(({ status }) => status !== 201)
    expect(new Set(refused.map(failure))).toEqual(new Set(['429 too_many_holds']))
    expect(refused[0]?.headers.get('retry-after')).toBe('1')
    const verify = await app.call('POST', '/v2/verify', { body: { key: secret, reserve: '1' } })
    expect(failure(verify)).toBe('429 too_many_holds')
    // Nothing else is refused to this key, and nothing to other keys.
    expect((await app.verify(secret, { charge: '1' })).code).toBe('VALID')
    for (let n = 0; n < 3; n += 1) expect((await reserve(other.key.id)).status).toBe(201)
    expect(failure(await reserve(other.key.id))).toBe('429 too_many_holds')
    const [first] = held.filter(({ status }) => status === 201)
    await app.call('POST', `/v2/reservations/${first?.json.id}/release`)
    expect((await reserve(key.id)).status).toBe(201)
    const { store, clock } = app
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
    const restarted = createLatchkey({
      store,
      clock,
      random,
      settings: settings({ holdsPerKey: 3 }),
      rates: memoryRateLimiter(clock),
    })
    const call = {
      principal: await restarted.authenticate(new Secret(app.rootKey), undefined),
      requestId: null,
      ip: null,
    }
    const again = restarted.reservations.reserve(call, {
      key: { id: key.id },
      amount: 1n,
      ttlMs: 60_000,
      requestId: null,
    })
    await expect(again).rejects.toMatchObject({ code: 'too_many_holds' })
    // Expired reservations do not count any more.
    app.clock.advance(600_000)
    expect((await reserve(key.id)).status).toBe(201)
  })

  test('all keys of a user together have at most as many open reservations as the setting says; they stay with who owned the key', async () => {
    const bounds = settings({ holdsPerUser: 4, holdsPerKey: 3 })
    await using app = await nativeApp({ settings: bounds })
    const ada = await app.makeUser({ username: 'ada' })
    const bob = await app.makeUser({ username: 'bob' })
    const keyOf = async (ownerId: string) => (await app.makeKey({ ownerId })).key.id
    const [one, three] = [await keyOf(ada.user.id), await keyOf(ada.user.id)]
    const two = await app.makeKey({ ownerId: ada.user.id })
    const reserve = (keyId: string, requestId?: string) =>
      app.call('POST', '/v2/reservations', { body: { keyId, amount: '1', requestId } })
    const first = await reserve(one, 'first')
    for (const key of [two.key.id, two.key.id, three]) expect((await reserve(key)).status).toBe(201)
    const refused = await Promise.all([one, two.key.id, three].map((key) => reserve(key)))
    expect(refused.map(failure)).toEqual(Array(3).fill('429 too_many_holds'))
    expect([refused[0]?.json.detail, refused[0]?.headers.get('retry-after')]).toEqual([
      'The owner of the key has the maximum number of open reservations, those of all its keys together. Settle or release some of them first.',
      '1',
    ])
    expect(failure(await app.call('POST', '/v2/verify', { body: { key: two.secret, reserve: '1' } }))).toBe(
      '429 too_many_holds',
    )
    // What takes no new place is not refused.
    const repeated = await reserve(one, 'first')
    expect([repeated.status, repeated.json.id]).toEqual([201, first.json.id])
    const longer = { ttlSeconds: 3_600, amount: '2' }
    const extended = await app.call('POST', `/v2/reservations/${first.json.id}/extend`, { body: longer })
    expect([extended.status, extended.json.amount]).toEqual([200, '2'])
    expect((await app.verify(two.secret, { charge: '1' })).code).toBe('VALID')
    // Under a new owner the key has places again, up to its own bound. Its earlier reservations count for the former owner.
    await app.call('PATCH', `/v2/keys/${two.key.id}`, { body: { ownerId: bob.user.id } })
    expect((await reserve(two.key.id)).status).toBe(201)
    expect((await reserve(two.key.id)).json.detail).toContain('The key has')
    expect((await reserve(one)).json.detail).toContain('The owner of the key has')
    await app.call('POST', `/v2/reservations/${first.json.id}/release`)
    expect((await reserve(one)).status).toBe(201)
    expect((await reserve(one)).status).toBe(429)
    app.clock.advance(600_000)
    for (let n = 0; n < 3; n += 1) expect((await reserve(one)).status).toBe(201)
    expect((await reserve(one)).json.detail).toContain('The key has')
  })
})
