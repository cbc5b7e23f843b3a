import { describe, expect, test } from 'bun:test'
import { testSettings } from '../../support/settings.ts'
import { moneyOf } from './money.ts'
import { failure, nativeApp, pointers } from './native-app.ts'

const DAY = { limits: { daily: '10' } }

describe('POST /v2/verify with charge', () => {
  test('spends at once, and returns the spent amount and the rest', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey(DAY)
    const verdict = await app.verify(secret, { charge: '2.5' })
    expect(verdict).toMatchObject({ valid: true, code: 'VALID', charged: '2.5' })
    expect(verdict.reservation).toBeUndefined()
    expect(verdict.budget).toEqual([
      {
        scope: 'key',
        id: key.id,
        window: 'daily',
        limit: '10',
        spent: '2.5',
        reserved: '0',
        remaining: '7.5',
        resetsAt: '2026-11-23T00:00:00.000Z',
      },
    ])
    const { usage } = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect(usage.total).toBe('2.5')
    expect((await app.verify(secret)).charged).toBeUndefined()
  })

  test('is refused when a limit has no room, and then takes neither money nor units of a rate limit', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({
      ...DAY,
      rateLimits: [{ name: 'r', limit: 1, window: '1h' }],
    })
    for (let n = 0; n < 3; n++) {
      const refused = await app.verify(secret, { charge: '10.000000001' })
      expect(refused).toMatchObject({ valid: false, code: 'BUDGET_EXCEEDED', keyId: key.id })
      expect(refused.bound).toMatchObject({ scope: 'key', id: key.id, window: 'daily', remaining: '10' })
      expect(refused.budget).toEqual([{ ...refused.bound, resetsAt: '2026-11-23T00:00:00.000Z' }])
      expect([refused.bound.resetsAt, refused.neverFits]).toEqual([null, true])
    }
    expect((await app.verify(secret, { charge: '10' })).code).toBe('VALID')
    expect((await app.verify(secret, { charge: '0' })).code).toBe('RATE_LIMITED')
  })

  test('a refusal for another reason spends nothing', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({ ...DAY, permissions: ['a'] })
    expect((await app.verify(secret, { charge: 1, permissions: 'b' })).code).toBe('INSUFFICIENT_PERMISSIONS')
    await app.call('PATCH', `/v2/keys/${key.id}`, { body: { disabled: true } })
    expect((await app.verify(secret, { charge: 1 })).code).toBe('DISABLED')
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('0')
  })

  test('with a requestId spends once, however often it is repeated, also when nothing is left', async () => {
    await using app = await nativeApp()
    const { line } = moneyOf(app)
    const { key, secret } = await app.makeKey(DAY)
    const ask = () => app.verify(secret, { charge: '10', requestId: 'r' })
    expect(await ask()).toMatchObject({ code: 'VALID', charged: '10' })
    expect(await ask()).toMatchObject({ code: 'VALID', charged: '10' })
    expect(await line(key.id)).toMatchObject({ spent: '10' })
    expect((await app.verify(secret, { charge: '10', requestId: 's' })).code).toBe('BUDGET_EXCEEDED')
    const other = await app.call('POST', '/v2/verify', { body: { key: secret, charge: 9, requestId: 'r' } })
    expect(failure(other)).toBe('409 request_id_conflict')
    // It is the id of a usage event, so reporting it again changes nothing either.
    const events = [{ id: 'r', keyId: key.id, amount: 10 }]
    const reported = await app.call('POST', '/v2/usage', { body: { events } })
    expect(reported.json).toEqual({ accepted: 0, duplicates: 1, conflicts: [] })
  })

  test('of 0 passes like a verify: not on a limit of 0, and not when nothing is left', async () => {
    await using app = await nativeApp()
    const { secret: barred } = await app.makeKey({ limits: { total: '0' } })
    expect((await app.verify(barred, { charge: '0' })).code).toBe('BUDGET_EXCEEDED')
    const { key, secret } = await app.makeKey({ limits: { daily: '10' } })
    const ask = async (charge: unknown) =>
      [(await app.verify(secret, { charge })).code, (await app.verify(secret)).code].join(' ')
    for (const nothing of ['0', 0, '0.000000000', 1e-10]) expect(await ask(nothing)).toBe('VALID VALID')
    await app.spend(key.id, '9.999999999')
    expect(await ask('0')).toBe('VALID VALID')
    await app.spend(key.id, '0.000000001')
    for (const nothing of ['0', 0, '0.000000000', 1e-10])
      expect(await ask(nothing)).toBe('BUDGET_EXCEEDED BUDGET_EXCEEDED')
    // A hold of the whole rest leaves nothing either.
    const { secret: held } = await app.makeKey({ limits: { daily: '1' } })
    await app.verify(held, { reserve: '1' })
    expect((await app.verify(held, { charge: '0' })).code).toBe('BUDGET_EXCEEDED')
  })

  test('repeated concurrently spends once and refuses no call; charges without a requestId are always separate', async () => {
    await using app = await nativeApp()
    const { line } = moneyOf(app)
    const { key, secret } = await app.makeKey({ limits: { daily: '1' } })
    const many = 200
    const ask = (more: object) => app.verify(secret, { charge: '1', ...more })
    const same = await Promise.all(Array.from({ length: many }, () => ask({ requestId: 'r' })))
    expect(same.every(({ code, charged }) => code === 'VALID' && charged === '1')).toBe(true)
    expect(await line(key.id)).toMatchObject({ spent: '1' })
    await app.call('PATCH', `/v2/keys/${key.id}`, { body: { limits: { daily: '1000' } } })
    await Promise.all(Array.from({ length: many }, () => ask({})))
    await Promise.all(Array.from({ length: many }, (_, n) => ask({ requestId: `own-${n}` })))
    console.log(`charges at once: ${many} of one requestId, ${many} without, ${many} of their own`)
    expect(await line(key.id)).toMatchObject({ spent: String(1 + 2 * many) })
  })

  test('of concurrent charges against a limit exactly as many pass as there is room for', async () => {
    await using app = await nativeApp()
    const { line } = moneyOf(app)
    const { key, secret } = await app.makeKey({ limits: { daily: '30', total: '20' } })
    const many = 300
    const verdicts = await Promise.all(
      Array.from({ length: many }, () => app.verify(secret, { charge: '0.1' })),
    )
    const passed = verdicts.filter(({ valid }) => valid).length
    console.log(`charges at once: ${many} against the room of 200: ${passed} passed`)
    expect(passed).toBe(200)
    expect(verdicts.filter(({ valid }) => !valid).every(({ bound }) => bound.window === 'total')).toBe(true)
    expect(await line(key.id, 'total')).toMatchObject({ spent: '20', remaining: '0' })
  })

  test('cannot have the id of the settlement of a reservation', async () => {
    await using app = await nativeApp()
    const { held, settle, line } = moneyOf(app)
    const { key, secret } = await app.makeKey(DAY)
    const { id } = await held(key.id, '1')
    const requestId = `reservation:${id}`
    const charge = await app.call('POST', '/v2/verify', { body: { key: secret, charge: 0, requestId } })
    expect([failure(charge), pointers(charge)]).toEqual(['400 input_invalid', ['/requestId']])
    const events = [{ id: requestId, keyId: key.id, amount: 0 }]
    const report = await app.call('POST', '/v2/usage', { body: { events } })
    expect([failure(report), pointers(report)]).toEqual(['400 input_invalid', ['/events/0/id']])
    await settle(id, { amount: 1 })
    expect(await line(key.id)).toMatchObject({ spent: '1', reserved: '0' })
  })
})

describe('POST /v2/verify with reserve', () => {
  test('holds, and the hold is settled like any other', async () => {
    await using app = await nativeApp()
    const { settle, reservation, line } = moneyOf(app)
    const { key, secret } = await app.makeKey(DAY)
    const verdict = await app.verify(secret, { reserve: 4, reserveTtlSeconds: 30, requestId: 'r' })
    expect(verdict.reservation).toEqual({
      id: verdict.reservation.id,
      amount: '4',
      state: 'open',
      expiresAt: '2026-11-22T12:00:30.000Z',
    })
    expect(verdict.charged).toBeUndefined()
    expect(verdict.budget[0]).toMatchObject({ spent: '0', reserved: '4', remaining: '6' })
    const { id } = verdict.reservation
    expect((await reservation(id)).json).toMatchObject({ keyId: key.id, requestId: 'r', state: 'open' })
    await settle(id, { amount: 1 })
    expect(await line(key.id)).toMatchObject({ spent: '1', reserved: '0' })
    const again = await app.verify(secret, { reserve: 4, requestId: 'r' })
    expect(again.reservation).toMatchObject({ id, state: 'settled' })
  })

  test('is refused when a limit has no room, without a hold', async () => {
    await using app = await nativeApp()
    const { held } = moneyOf(app)
    const { key, secret } = await app.makeKey(DAY)
    await held(key.id, '8')
    const refused = await app.verify(secret, { reserve: 3 })
    expect(refused).toMatchObject({
      code: 'BUDGET_EXCEEDED',
      bound: { scope: 'key', reserved: '8', remaining: '2' },
    })
    expect((await app.call('GET', '/v2/reservations')).json.data).toHaveLength(1)
  })

  const wrong: [string, object, string][] = [
    ['charge and reserve', { charge: 1, reserve: 1 }, '/reserve'],
    ['charge and a time to live', { charge: 1, reserveTtlSeconds: 60 }, '/reserveTtlSeconds'],
    ['a time to live of nothing', { reserveTtlSeconds: 60 }, '/reserveTtlSeconds'],
    ['no time to live', { reserve: 1, reserveTtlSeconds: 0 }, '/reserveTtlSeconds'],
    ...['0', 0, '0.000000000', 1e-10].map((reserve): [string, object, string] => [
      `a reserve of ${JSON.stringify(reserve)}`,
      { reserve },
      '/reserve',
    ]),
    ['a negative charge', { charge: -1 }, '/charge'],
    ['a reserve that is no number', { reserve: 'NaN' }, '/reserve'],
  ]
  test.each(wrong)('%s is refused with its place', async (_what, more, pointer) => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey()
    const answer = await app.call('POST', '/v2/verify', { body: { key: secret, ...more } })
    expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', [pointer]])
  })

  test('null is the same as absent', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey()
    const verdict = await app.verify(secret, {
      charge: null,
      reserve: null,
      reserveTtlSeconds: null,
      requestId: null,
    })
    expect([verdict.code, verdict.charged, verdict.reservation]).toEqual(['VALID', undefined, undefined])
  })
})

describe('amounts', () => {
  const bad: unknown[] = [
    'NaN',
    'Infinity',
    '-1',
    '-0.000000001',
    '1.0000000001',
    '1e3',
    '1E-9',
    '',
    ' 1',
    '1 ',
    '+1',
    '.5',
    '1.',
    '1,5',
    '0x10',
    '1000000000.000000001',
    '10000000000',
    -1,
    -1e-9,
    '1e-10',
    '0.1234567891',
    1_000_000_000.1,
    1e21,
    true,
    [],
    {},
    [1],
  ]
  test('are refused in every call when they are invalid', async () => {
    await using app = await nativeApp()
    const { held } = moneyOf(app)
    const { key, secret } = await app.makeKey(DAY)
    const { id } = await held(key.id, '1')
    const until = '2026-12-01T00:00:00Z'
    const places: [string, string, (amount: unknown) => object][] = [
      ['POST', '/v2/reservations', (amount) => ({ keyId: key.id, amount })],
      ['POST', `/v2/reservations/${id}/settle`, (amount) => ({ amount })],
      ['POST', `/v2/reservations/${id}/settle`, (byokAmount) => ({ amount: 1, byokAmount })],
      ['POST', '/v2/verify', (charge) => ({ key: secret, charge })],
      ['POST', '/v2/verify', (reserve) => ({ key: secret, reserve })],
      ['PUT', `/v2/keys/${key.id}/boosts/daily`, (amount) => ({ amount, until })],
      ['PATCH', '/v2/workspaces/default', (daily) => ({ limits: { daily } })],
    ]
    for (const [method, path, body] of places) {
      for (const amount of bad) {
        const answer = await app.call(method, path, { body: body(amount) })
        expect([path, amount, failure(answer)]).toEqual([path, amount, '400 input_invalid'])
      }
    }
    console.log(`amounts: ${bad.length} that are none, in ${places.length} places`)
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('0')
  })

  test('JSON with an invalid number is an invalid body', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    for (const amount of ['NaN', 'Infinity', '-Infinity', '01', '1.', '.1', '0x1']) {
      const answer = await app.call('POST', '/v2/reservations', {
        body: `{"keyId":"${key.id}","amount":${amount}}`,
      })
      expect([amount, failure(answer)]).toEqual([amount, '400 body_malformed'])
    }
  })

  test('as text and as number are equal, to the nano-dollar', async () => {
    await using app = await nativeApp({ settings: testSettings({ bounds: { amountMax: 10n ** 18n } }) })
    const { held } = moneyOf(app)
    const { key } = await app.makeKey()
    const same: [unknown, string][] = [
      ['0.000000001', '0.000000001'],
      [1e-9, '0.000000001'],
      [0.1, '0.1'],
      ['1000000000', '1000000000'],
      [1e9, '1000000000'],
      ['999999999.999999999', '999999999.999999999'],
      ['00.10', '0.1'],
    ]
    for (const [amount, shown] of same) expect((await held(key.id, amount as string)).amount).toBe(shown)
  })
})
