import { describe, expect, test } from 'bun:test'
import { moneyOf } from './money.ts'
import { failure, type Loose, type NativeApp, nativeApp, pointers } from './native-app.ts'

const DAY = { limits: { daily: '10' } }
const NOBODY = '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'

const extending = (app: NativeApp) => (id: string, body: object, key?: string) =>
  app.call('POST', `/v2/reservations/${id}/extend`, { body, ...(key === undefined ? {} : { key }) })

describe('POST /v2/reservations/{id}/extend', () => {
  test('makes a hold last at least this long from now, and never shorter', async () => {
    await using app = await nativeApp()
    const { held, reservation } = moneyOf(app)
    const extend = extending(app)
    const { key } = await app.makeKey(DAY)
    const { id } = await held(key.id, '4', { ttlSeconds: 60 })
    app.clock.advance(30_000)
    const answer = await extend(id, { ttlSeconds: 60 })
    expect([answer.status, answer.json.expiresAt]).toEqual([200, '2026-11-22T12:01:30.000Z'])
    expect(answer.json.budget[0]).toMatchObject({ reserved: '4', remaining: '6' })
    const { budget, ...shown } = answer.json
    expect((await reservation(id)).json).toEqual(shown)
    // Twice, late, or out of order: the hold lasts as long as the longest order.
    expect((await extend(id, { ttlSeconds: 60 })).json.expiresAt).toBe('2026-11-22T12:01:30.000Z')
    expect((await extend(id, { ttlSeconds: 1 })).json.expiresAt).toBe('2026-11-22T12:01:30.000Z')
    app.clock.set('2026-11-22T12:01:29.999Z')
    expect((await reservation(id)).json.state).toBe('open')
    app.clock.advance(1)
    expect((await reservation(id)).json.state).toBe('expired')
    expect(failure(await extend(id, { ttlSeconds: 60 }))).toBe('409 reservation_resolved')
  })

  test('makes it hold more if every limit has room for the added amount; a repeat adds nothing', async () => {
    await using app = await nativeApp()
    const { held, line, settle } = moneyOf(app)
    const extend = extending(app)
    const { key } = await app.makeKey(DAY)
    const { id } = await held(key.id, '4')
    await held(key.id, '3')
    for (let again = 0; again < 3; again += 1) {
      const { json } = await extend(id, { ttlSeconds: 600, amount: '6.5' })
      expect([json.amount, json.budget[0].reserved]).toEqual(['6.5', '9.5'])
    }
    expect((await extend(id, { ttlSeconds: 600, amount: '5' })).json.amount).toBe('6.5')
    const refused = await extend(id, { ttlSeconds: 3_600, amount: '7.000000001' })
    expect([refused.status, refused.json.code, refused.json.bound.remaining]).toEqual([
      402,
      'BUDGET_EXCEEDED',
      '0.5',
    ])
    // A refusal changes neither amount nor end, and says when the other hold releases its room: not before this hold ends.
    expect((await moneyOf(app).reservation(id)).json).toMatchObject({
      amount: '6.5',
      expiresAt: '2026-11-22T12:10:00.000Z',
    })
    expect(refused.json.neverFits).toBe(true)
    expect((await settle(id, { amount: '6' })).json).toMatchObject({ released: '0.5', overdraft: '0' })
    expect(await line(key.id)).toMatchObject({ spent: '6', reserved: '3' })
  })

  test('a refusal says when there is room if that is before the hold ends', async () => {
    await using app = await nativeApp()
    const { held } = moneyOf(app)
    const { key } = await app.makeKey(DAY)
    const { id } = await held(key.id, '4')
    await held(key.id, '6', { ttlSeconds: 5 })
    const refused = await extending(app)(id, { ttlSeconds: 600, amount: '5' })
    expect([refused.headers.get('retry-after'), refused.json.bound.resetsAt]).toEqual([
      '5',
      '2026-11-22T12:00:05.000Z',
    ])
    app.clock.advance(5_000)
    expect((await extending(app)(id, { ttlSeconds: 600, amount: '5' })).status).toBe(200)
  })

  test('an amount added after midnight needs room in the day of the reserve, and is settled there', async () => {
    await using app = await nativeApp()
    const { held, settle, line } = moneyOf(app)
    const extend = extending(app)
    const { key } = await app.makeKey({ limits: { daily: '10', total: '100' } })
    app.clock.set('2026-11-22T23:59:00Z')
    await app.spend(key.id, '5')
    const { id } = await held(key.id, '4', { ttlSeconds: 600 })
    app.clock.set('2026-11-23T00:01:00Z')
    await held(key.id, '10')
    // Today's limit is used up, which does not matter; yesterday has room for one more.
    expect((await extend(id, { ttlSeconds: 600, amount: '5.5' })).status).toBe(402)
    expect((await extend(id, { ttlSeconds: 600, amount: '5' })).json.amount).toBe('5')
    expect((await settle(id, { amount: '5' })).json.overdraft).toBe('0')
    expect(await line(key.id)).toMatchObject({ spent: '0', reserved: '10' })
    const { data } = (await app.call('GET', `/v2/usage?keyId=${key.id}&from=2026-11-22T00:00:00Z`)).json
    expect(data.map(({ start, amount }: Loose) => [start, amount])).toEqual([
      ['2026-11-22T00:00:00.000Z', '10'],
    ])
  })

  test('a repeated reserve returns the extended hold', async () => {
    await using app = await nativeApp()
    const { reserve } = moneyOf(app)
    const { key } = await app.makeKey(DAY)
    const ask = () => reserve({ keyId: key.id, amount: '4', requestId: 'r' })
    const { id } = (await ask()).json
    await extending(app)(id, { ttlSeconds: 600, amount: '6' })
    const again = await ask()
    expect([again.status, again.json.id, again.json.amount, again.json.replayed]).toEqual([
      201,
      id,
      '6',
      true,
    ])
  })

  test('neither an ended hold nor one of a revoked key is extended, and no hold lasts for more than 31 days', async () => {
    await using app = await nativeApp()
    const { held, settle, release } = moneyOf(app)
    const extend = extending(app)
    const { key } = await app.makeKey(DAY)
    const settled = await held(key.id, '1')
    await settle(settled.id, { amount: '1' })
    const released = await held(key.id, '1')
    await release(released.id)
    const open = await held(key.id, '1')
    const more = { ttlSeconds: 604_800, amount: '2' }
    for (const { id } of [settled, released])
      expect(failure(await extend(id, more))).toBe('409 reservation_resolved')
    expect(failure(await extend(NOBODY, more))).toBe('404 reservation_not_found')
    for (let day = 0; day < 24; day += 6) {
      expect((await extend(open.id, more)).status).toBe(200)
      app.clock.advance(6 * 86_400_000)
    }
    expect((await extend(open.id, more)).json.expiresAt).toBe('2026-12-23T12:00:00.000Z')
    app.clock.advance(1_000)
    const tooLong = await extend(open.id, more)
    expect([failure(tooLong), pointers(tooLong)]).toEqual(['400 input_invalid', ['/ttlSeconds']])
    expect((await extend(open.id, { ttlSeconds: 600_000 })).status).toBe(200)
    await app.call('PATCH', `/v2/keys/${key.id}`, { body: { disabled: true } })
    expect(failure(await extend(open.id, { ttlSeconds: 600_000 }))).toBe('409 key_not_usable')
    await app.call('DELETE', `/v2/keys/${key.id}`)
    expect(failure(await extend(open.id, { ttlSeconds: 600_000 }))).toBe('409 key_not_usable')
  })

  test.each([
    ['nothing', {}, '/ttlSeconds'],
    ['no time', { ttlSeconds: 0 }, '/ttlSeconds'],
    ['more than a week', { ttlSeconds: 604_801 }, '/ttlSeconds'],
    ['an amount of nothing', { ttlSeconds: 1, amount: 0 }, '/amount'],
    ['an amount that is none', { ttlSeconds: 1, amount: '-1' }, '/amount'],
    ['an unknown member', { ttlSeconds: 1, ttl: 2 }, '/ttl'],
  ])('%s is refused with its place', async (_what, body, pointer) => {
    await using app = await nativeApp()
    const { id } = await moneyOf(app).held((await app.makeKey(DAY)).key.id, '1')
    const answer = await extending(app)(id, body)
    expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', [pointer]])
  })

  test('concurrent extensions and reserves never exceed the limit', async () => {
    await using app = await nativeApp()
    const { held, reserve, line } = moneyOf(app)
    const extend = extending(app)
    const { key } = await app.makeKey({ limits: { daily: '100' } })
    const holds = await Promise.all(Array.from({ length: 20 }, () => held(key.id, '1')))
    const asked = Array.from({ length: 100 }, (_, n) => n)
    const answers = await Promise.all(
      asked.map((n) =>
        n % 3 === 0
          ? reserve({ keyId: key.id, amount: '2' })
          : extend(holds[n % 20]?.id, { ttlSeconds: 600, amount: String(2 + (n % 9)) }),
      ),
    )
    const { spent, reserved, remaining } = await line(key.id)
    const statuses = answers.map(({ status }) => status)
    console.log(
      `extensions and reserves at once: 100, refused: ${statuses.filter((status) => status === 402).length}`,
    )
    expect(statuses.every((status) => [200, 201, 402].includes(status))).toBe(true)
    expect([spent, Number(reserved) + Number(remaining)]).toEqual(['0', 100])
    // The refused amount has no room now either.
    const open = (await app.call('GET', '/v2/reservations?state=open&limit=100')).json.data
    expect(open.reduce((sum: number, { amount }: Loose) => sum + Number(amount), 0)).toBe(Number(reserved))
  })
})

describe('a hold that expires', () => {
  test('is charged in full if the reserve chose that, in its day, once', async () => {
    await using app = await nativeApp()
    const { held, line, reservation, settle, release } = moneyOf(app)
    app.clock.set('2026-11-22T23:59:30Z')
    const { key, secret } = await app.makeKey({ limits: { daily: '10', total: '10' } })
    const { id } = await held(key.id, '7', { ttlSeconds: 60, onExpiry: 'settle' })
    app.clock.set('2026-11-23T00:00:29.999Z')
    expect((await reservation(id)).json).toMatchObject({ state: 'open', onExpiry: 'settle' })
    app.clock.advance(1)
    const ended = { state: 'settled', settled: '7', released: '0', overdraft: '0', late: false }
    expect((await reservation(id)).json).toMatchObject(ended)
    // The money is not free for anybody, whether or not the expiry is stored yet.
    expect((await app.verify(secret, { charge: '3.000000001' })).code).toBe('BUDGET_EXCEEDED')
    expect((await app.verify(secret, { charge: '3' })).code).toBe('VALID')
    while ((await app.latchkey.reservations.expireOverdue()) > 0);
    expect((await reservation(id)).json).toMatchObject(ended)
    expect(await line(key.id)).toMatchObject({ spent: '3' })
    expect(await line(key.id, 'total')).toMatchObject({ spent: '10', reserved: '0' })
    const { data } = (await app.call('GET', `/v2/usage?keyId=${key.id}&from=2026-11-22T00:00:00Z`)).json
    expect(data.map(({ start, amount, requests }: Loose) => [start.slice(0, 10), amount, requests])).toEqual([
      ['2026-11-22', '7', 1],
      ['2026-11-23', '3', 1],
    ])
    // The hold has ended: the same end gets the same answer, and any other is a conflict.
    expect((await settle(id, { amount: '7' })).status).toBe(200)
    expect(failure(await settle(id, { amount: '5' }))).toBe('409 reservation_resolved')
    expect(failure(await release(id))).toBe('409 reservation_resolved')
  })

  test('is charged also without any limit, and without another call', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    const verdict = await app.verify(secret, {
      reserve: '2',
      reserveTtlSeconds: 1,
      reserveOnExpiry: 'settle',
    })
    const list = async (state: string) =>
      (await app.call('GET', `/v2/reservations?state=${state}`)).json.data.map(({ id }: Loose) => id)
    app.clock.advance(1_000)
    expect([await list('settled'), await list('open'), await list('expired')]).toEqual([
      [verdict.reservation.id],
      [],
      [],
    ])
    while ((await app.latchkey.reservations.expireOverdue()) > 0);
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('2')
    expect(await list('settled')).toEqual([verdict.reservation.id])
  })

  test('gives no room back when it is charged, so a refusal does not wait for it', async () => {
    await using app = await nativeApp()
    const { held, reserve } = moneyOf(app)
    const { key } = await app.makeKey({ limits: { daily: '10' } })
    await held(key.id, '6', { ttlSeconds: 5, onExpiry: 'settle' })
    await held(key.id, '2', { ttlSeconds: 9 })
    expect((await reserve({ keyId: key.id, amount: '4' })).headers.get('retry-after')).toBe('9')
    expect((await reserve({ keyId: key.id, amount: '5' })).json.bound.resetsAt).toBe(
      '2026-11-23T00:00:00.000Z',
    )
  })

  test('a repeated reserve with another choice is a conflict', async () => {
    await using app = await nativeApp()
    const { reserve } = moneyOf(app)
    const { key } = await app.makeKey()
    const ask = (onExpiry: string) => reserve({ keyId: key.id, amount: '1', requestId: 'r', onExpiry })
    expect((await ask('settle')).status).toBe(201)
    expect((await ask('settle')).json.replayed).toBe(true)
    expect(failure(await ask('release'))).toBe('409 request_id_conflict')
  })

  test.each([
    ['onExpiry', { onExpiry: 'keep' }, '/v2/reservations'],
    ['reserveOnExpiry', { reserve: 1, reserveOnExpiry: 'keep' }, '/v2/verify'],
    ['reserveOnExpiry', { reserveOnExpiry: 'settle' }, '/v2/verify'],
  ])('%s is refused where it is none', async (name, more, path) => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    const body = path === '/v2/verify' ? { key: secret, ...more } : { keyId: key.id, amount: 1, ...more }
    expect(pointers(await app.call('POST', path, { body }))).toEqual([`/${name}`])
  })
})
