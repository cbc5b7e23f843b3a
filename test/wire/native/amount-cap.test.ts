import { describe, expect, test } from 'bun:test'
import type { CoreBounds } from '../../../src/core/latchkey.ts'
import { NANO_PER_USD } from '../../../src/core/money/money.ts'
import { testSettings } from '../../support/settings.ts'
import { moneyOf } from './money.ts'
import { failure, type NativeApp, nativeApp, pointers } from './native-app.ts'

const settings = (bounds: Partial<CoreBounds>) => testSettings({ bounds })

const BEYOND = '10000.000000001'

/** Every way to send an amount, with its place, and whether it may be as large as the maximum. */
async function waysIn(app: NativeApp) {
  const { key, secret } = await app.makeKey()
  const reserve = async (amount: string) =>
    app.call('POST', '/v2/reservations', { body: { keyId: key.id, amount } })
  const heldId = async () => (await reserve('1')).json.id
  const post = (path: string, body: object) => app.call('POST', path, { body })
  let n = 0
  const report = (members: object) =>
    post('/v2/usage', { events: [{ id: `e${n++}`, keyId: key.id, ...members }] })
  return {
    '/events/0/amount': (amount: string) => report({ amount }),
    '/events/0/byokAmount': (byokAmount: string) => report({ amount: '0', byokAmount }),
    '/charge': (charge: string) => post('/v2/verify', { key: secret, charge }),
    '/reserve': (amount: string) => post('/v2/verify', { key: secret, reserve: amount }),
    '/amount': reserve,
    '/amount of an extension': async (amount: string) =>
      post(`/v2/reservations/${await heldId()}/extend`, { ttlSeconds: 60, amount }),
    '/amount of a settlement': async (amount: string) =>
      post(`/v2/reservations/${await heldId()}/settle`, { amount }),
    '/byokAmount of a settlement': async (byokAmount: string) =>
      post(`/v2/reservations/${await heldId()}/settle`, { amount: '0', byokAmount }),
    'query:charge': (charge: string) => app.call('GET', `/v2/authorize?charge=${charge}`, { key: secret }),
  }
}

describe('the largest amount of one event or hold', () => {
  test('is USD 10,000 in every call, and more is a 400 with the place that changes nothing', async () => {
    await using app = await nativeApp()
    for (const [place, send] of Object.entries(await waysIn(app))) {
      const refused = await send(BEYOND)
      expect([place, failure(refused), pointers(refused)]).toEqual([
        place,
        '400 input_invalid',
        [place.replace(/ .*/, '')],
      ])
      expect(JSON.stringify(refused.json)).toContain('At most 10000 USD at once')
      expect([place, (await send('10000')).status < 300]).toEqual([place, true])
    }
    const { data } = (await app.call('GET', '/v2/usage?from=2026-11-22T00:00:00Z&interval=day')).json
    // Two reports, a charge, two settlements and one call of a gateway, each of exactly the maximum.
    expect(data).toMatchObject([{ amount: '40000', byokAmount: '20000', requests: 6 }])
  })

  test('every amount above it is named', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const { held } = moneyOf(app)
    const { id } = await held(key.id, '1')
    const settled = await app.call('POST', `/v2/reservations/${id}/settle`, {
      body: { amount: BEYOND, byokAmount: BEYOND },
    })
    expect(pointers(settled)).toEqual(['/amount', '/byokAmount'])
    const events = [BEYOND, '1', BEYOND].map((amount, n) => ({ id: `${n}`, keyId: key.id, amount }))
    expect(pointers(await app.call('POST', '/v2/usage', { body: { events } }))).toEqual([
      '/events/0/amount',
      '/events/2/amount',
    ])
  })

  test('does not keep a hold from a larger setting from being settled, charged in full, or repeated', async () => {
    await using app = await nativeApp({ settings: settings({ amountMax: 50n * NANO_PER_USD }) })
    const { key, secret } = await app.makeKey()
    const holds = await Promise.all(
      ['a', 'b', 'c', 'd'].map((requestId) =>
        app.call('POST', '/v2/reservations', {
          body: { keyId: key.id, amount: '50', ttlSeconds: 60, requestId, onExpiry: 'settle' },
        }),
      ),
    )
    await app.verify(secret, { charge: '40', requestId: 'charge' })
    const { store, clock, rootKey } = app
    const restarted = await nativeApp({
      store,
      clock,
      initialize: false,
      settings: settings({ amountMax: NANO_PER_USD }),
    })
    const call = (method: string, path: string, body?: object) =>
      restarted.call(method, path, { key: rootKey, ...(body === undefined ? {} : { body }) })
    const settle = (n: number, body: object) =>
      call('POST', `/v2/reservations/${holds[n]?.json.id}/settle`, body)
    expect(failure(await settle(0, { amount: '50.000000001' }))).toBe('400 input_invalid')
    expect((await settle(0, { amount: '50' })).json.settled).toBe('50')
    expect((await settle(0, { amount: '50' })).json.settled).toBe('50')
    expect((await settle(1, { unknownCost: 'charge_held' })).json.settled).toBe('50')
    const hold = { keyId: key.id, amount: '50', ttlSeconds: 60, requestId: 'c', onExpiry: 'settle' }
    const again = await call('POST', '/v2/reservations', hold)
    expect([again.status, again.json.replayed, again.json.id]).toEqual([201, true, holds[2]?.json.id])
    const charged = await call('POST', '/v2/verify', { key: secret, charge: '40', requestId: 'charge' })
    expect([charged.json.code, charged.json.replayed]).toEqual(['VALID', true])
    app.clock.advance(60_000)
    expect((await call('GET', `/v2/reservations/${holds[3]?.json.id}`)).json).toMatchObject({
      state: 'settled',
      settled: '50',
    })
  })
})

describe('one key with unlimited spending', () => {
  test('does not keep others from charging, reporting, holding and settling, and every sum stays exact', async () => {
    await using app = await nativeApp({ settings: settings({ amountMax: 10n ** 18n }) })
    const { held, settle } = moneyOf(app)
    const { key: other, secret } = await app.makeKey({ limits: { daily: '100', total: '100' } })
    const before = await held(other.id, '30')
    const { key: wrong } = await app.makeKey()
    const huge = { keyId: wrong.id, amount: '1000000000', byokAmount: '1000000000', meta: { model: 'large' } }
    const events = Array.from({ length: 40 }, (_, n) => ({ id: `${n}`, ...huge }))
    const report = (list: object[]) => app.call('POST', '/v2/usage', { body: { events: list } })
    expect((await report(events)).json).toMatchObject({ accepted: 40 })
    for (let n = 0; n < 5; n += 1)
      expect((await report([{ id: `single-${n}`, ...huge }])).json.accepted).toBe(1)
    expect((await settle(before.id, { amount: '20', byokAmount: '1' })).json).toMatchObject({ settled: '20' })
    expect((await app.verify(secret, { charge: '10' })).code).toBe('VALID')
    expect(
      (await report([{ id: 'fine', keyId: other.id, amount: '5', meta: { model: 'large' } }])).json.accepted,
    ).toBe(1)
    const after = await held(other.id, '65')
    expect(
      failure(
        await app.call('POST', '/v2/reservations', { body: { keyId: other.id, amount: '0.000000001' } }),
      ),
    ).toBe('402 BUDGET_EXCEEDED')
    expect((await settle(after.id, { amount: '1' })).json.settled).toBe('1')
    // 45 events of 1e9 USD, and 36 USD of the other key.
    const day = 'from=2026-11-22T00:00:00Z&to=2026-11-23T00:00:00Z&interval=day'
    const rows = async (groupBy: string) =>
      (await app.call('GET', `/v2/usage?${day}${groupBy === 'none' ? '' : `&groupBy=${groupBy}`}`)).json.data
    for (const groupBy of ['none', 'workspace', 'owner'])
      expect(await rows(groupBy)).toMatchObject([
        { amount: '45000000036', byokAmount: '45000000001', requests: 49 },
      ])
    const byKey = Object.fromEntries(
      (await rows('key')).map((row: { group: { key: string }; amount: string }) => [
        Object.values(row.group)[0],
        row.amount,
      ]),
    )
    expect(byKey).toEqual({ [wrong.id]: '45000000000', [other.id]: '36' })
    const models = (await rows('meta:model')).map((row: { amount: string }) => row.amount)
    expect(models).toEqual(['45000000005', '31'])
    expect((await app.call('GET', `/v2/keys/${wrong.id}`)).json.usage.total).toBe('45000000000')
    app.clock.advance(86_400_000)
    const { data } = (await app.call('GET', '/api/v1/activity?date=2026-11-22')).json
    expect(data.reduce((sum: number, row: { usage: number }) => sum + row.usage, 0)).toBe(45_000_000_036)
  })
})
