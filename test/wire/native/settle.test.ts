import { describe, expect, test } from 'bun:test'
import { moneyOf } from './money.ts'
import { failure, nativeApp, pointers } from './native-app.ts'

const DAY = { limits: { daily: '10' } }
const MINUTES = 60_000

describe('settling', () => {
  test('less than the held amount releases the rest', async () => {
    await using app = await nativeApp()
    const { held, settle, reservation, line } = moneyOf(app)
    const { key } = await app.makeKey(DAY)
    const { id } = await held(key.id, '5')
    app.clock.advance(1_000)
    const answer = await settle(id, { amount: '1.25', byokAmount: '0.5', meta: { model: 'small' } })
    expect([answer.status, answer.json]).toMatchObject([
      200,
      {
        id,
        state: 'settled',
        settled: '1.25',
        byokSettled: '0.5',
        released: '3.75',
        overdraft: '0',
        late: false,
        meta: { model: 'small' },
        heldAt: '2026-11-22T12:00:00.000Z',
        resolvedAt: '2026-11-22T12:00:01.000Z',
      },
    ])
    const { budget, ...settled } = answer.json
    expect((await reservation(id)).json).toEqual(settled)
    expect(budget).toMatchObject([{ spent: '1.25', reserved: '0', remaining: '8.75' }])
    expect(await line(key.id)).toMatchObject({ spent: '1.25', reserved: '0', remaining: '8.75' })
    const { usage } = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect([usage.total, usage.byok.total]).toEqual(['1.25', '0.5'])
  })

  test('exactly the held amount leaves nothing over', async () => {
    await using app = await nativeApp()
    const { held, settle, line } = moneyOf(app)
    const { key } = await app.makeKey(DAY)
    const { id } = await held(key.id, '10')
    expect((await settle(id, { amount: 10 })).json).toMatchObject({
      settled: '10',
      released: '0',
      overdraft: '0',
    })
    expect(await line(key.id)).toMatchObject({ spent: '10', remaining: '0' })
  })

  test('more than the held amount is recorded as overdraft, is shown, and blocks the next reserve', async () => {
    await using app = await nativeApp()
    const { held, settle, reserve, line } = moneyOf(app)
    const { key, secret } = await app.makeKey(DAY)
    const { id } = await held(key.id, '10')
    expect((await settle(id, { amount: '12.5' })).json).toMatchObject({ released: '0', overdraft: '2.5' })
    expect(await line(key.id)).toMatchObject({ spent: '12.5', reserved: '0', remaining: '0' })
    const refused = await reserve({ keyId: key.id, amount: '0.000000001' })
    expect([refused.status, refused.json.bound.spent]).toEqual([402, '12.5'])
    for (const more of [{}, { charge: '0' }])
      expect((await app.verify(secret, more)).code).toBe('BUDGET_EXCEEDED')
    app.clock.set('2026-11-23T00:00:00Z')
    expect((await reserve({ keyId: key.id, amount: 10 })).status).toBe(201)
  })

  test('an amount of 0 is allowed and releases everything', async () => {
    await using app = await nativeApp()
    const { held, settle, line } = moneyOf(app)
    const { key } = await app.makeKey(DAY)
    const { id } = await held(key.id, '10')
    expect((await settle(id, { amount: 0 })).json).toMatchObject({ settled: '0', released: '10' })
    expect(await line(key.id)).toMatchObject({ spent: '0', reserved: '0', remaining: '10' })
  })

  test('of an unknown cost charges the held amount or nothing, as the caller chooses', async () => {
    await using app = await nativeApp()
    const { held, settle, line } = moneyOf(app)
    const { key } = await app.makeKey(DAY)
    const one = await held(key.id, '3')
    const other = await held(key.id, '4')
    const charged = await settle(one.id, { unknownCost: 'charge_held' })
    expect(charged.json).toMatchObject({ settled: '3', released: '0', overdraft: '0' })
    const free = await settle(other.id, { unknownCost: 'charge_nothing' })
    expect(free.json).toMatchObject({ settled: '0', released: '4', overdraft: '0' })
    expect(await line(key.id)).toMatchObject({ spent: '3', reserved: '0' })
    // The limits have changed since.
    const again = (await settle(one.id, { unknownCost: 'charge_held' })).json
    expect(again).toEqual({ ...charged.json, budget: again.budget })
  })

  test('a repeat gets the same answer and counts once; another cost or other metadata is a conflict', async () => {
    await using app = await nativeApp()
    const { held, settle, release, line } = moneyOf(app)
    const { key } = await app.makeKey(DAY)
    const { id } = await held(key.id, '5')
    const body = { amount: '2', meta: { a: '1', b: '2' } }
    const first = await settle(id, body)
    app.clock.advance(60 * MINUTES)
    const repeats = [
      body,
      { amount: 2, meta: { b: '2', a: '1' } },
      { amount: '2.0', byokAmount: 0, meta: { a: '1', b: '2' } },
    ]
    for (const repeat of repeats) expect((await settle(id, repeat)).json).toEqual(first.json)
    const others = [
      { amount: '2' },
      { amount: '2.000000001', meta: body.meta },
      { amount: '2', byokAmount: '1', meta: body.meta },
      { unknownCost: 'charge_held', meta: body.meta },
      { amount: '2', meta: { a: '1' } },
    ]
    for (const other of others) expect(failure(await settle(id, other))).toBe('409 reservation_resolved')
    expect(failure(await release(id))).toBe('409 reservation_resolved')
    expect(await line(key.id)).toMatchObject({ spent: '2', reserved: '0' })
  })

  test('concurrently counts once, and of different costs one wins', async () => {
    await using app = await nativeApp()
    const { held, settle, line } = moneyOf(app)
    const { key } = await app.makeKey({ limits: { daily: '1000' } })
    const { id } = await held(key.id, '5')
    const many = 60
    const answers = await Promise.all(
      Array.from({ length: many }, (_, n) => settle(id, { amount: 1 + (n % 3) })),
    )
    const won = answers.filter(({ status }) => status === 200)
    const lost = answers.filter((answer) => failure(answer) === '409 reservation_resolved')
    console.log(`settles of one reservation at once: ${many}, three costs: ${won.length} answered the winner`)
    expect([won.length, lost.length]).toEqual([many / 3, many - many / 3])
    expect(new Set(won.map(({ json }) => json.settled)).size).toBe(1)
    expect(await line(key.id)).toMatchObject({ spent: won[0]?.json.settled, reserved: '0' })
  })

  test('after a release is refused, and changes nothing', async () => {
    await using app = await nativeApp()
    const { held, settle, release, line, reservation } = moneyOf(app)
    const { key } = await app.makeKey(DAY)
    const { id } = await held(key.id, '5')
    await release(id)
    expect(failure(await settle(id, { amount: 1 }))).toBe('409 reservation_resolved')
    expect((await reservation(id)).json.state).toBe('released')
    expect(await line(key.id)).toMatchObject({ spent: '0', reserved: '0' })
  })

  for (const noticed of [false, true]) {
    const when = noticed ? 'and that was written down' : 'and nobody noticed'
    test(`after it has expired ${when} is recorded late: all of it on top, none of it lost`, async () => {
      await using app = await nativeApp()
      const { held, settle, line, reservation } = moneyOf(app)
      const { key } = await app.makeKey(DAY)
      const { id } = await held(key.id, '5')
      app.clock.advance(10 * MINUTES)
      if (noticed) expect(await app.latchkey.reservations.expireOverdue()).toBe(1)
      expect((await reservation(id)).json).toMatchObject({ state: 'expired', released: '5' })
      expect(await line(key.id)).toMatchObject({ spent: '0', reserved: '0', remaining: '10' })
      const answer = await settle(id, { amount: 4 })
      expect(answer.json).toMatchObject({
        state: 'settled',
        settled: '4',
        released: '0',
        overdraft: '4',
        late: true,
      })
      expect((await settle(id, { amount: 4 })).json).toEqual(answer.json)
      expect(await line(key.id)).toMatchObject({ spent: '4', reserved: '0', remaining: '6' })
    })
  }

  test('holds to the last millisecond and no longer', async () => {
    await using app = await nativeApp()
    const { held, settle, reserve, reservation } = moneyOf(app)
    const { key } = await app.makeKey(DAY)
    const { id } = await held(key.id, '10')
    app.clock.advance(10 * MINUTES - 1)
    expect((await reserve({ keyId: key.id, amount: 1 })).status).toBe(402)
    expect((await reservation(id)).json.state).toBe('open')
    app.clock.advance(1)
    expect((await reservation(id)).json.state).toBe('expired')
    expect((await reserve({ keyId: key.id, amount: 10 })).status).toBe(201)
    // The late cost is added to the amounts that others hold by now.
    expect((await settle(id, { amount: 1 })).json).toMatchObject({ late: true, overdraft: '1' })
  })

  test('after midnight counts in the day of the reserve', async () => {
    await using app = await nativeApp()
    const { held, settle, line } = moneyOf(app)
    const { key } = await app.makeKey({ limits: { daily: '10', weekly: '10', monthly: '10' } })
    app.clock.set('2026-11-22T23:59:59.999Z')
    const { id } = await held(key.id, '4')
    app.clock.set('2026-11-23T00:00:00.000Z')
    expect(await line(key.id)).toMatchObject({ spent: '0', reserved: '0', remaining: '10' })
    expect(await line(key.id, 'monthly')).toMatchObject({ reserved: '4', remaining: '6' })
    await settle(id, { amount: 3 })
    expect(await line(key.id)).toMatchObject({ spent: '0', reserved: '0', remaining: '10' })
    expect(await line(key.id, 'weekly')).toMatchObject({ spent: '0', remaining: '10' })
    expect(await line(key.id, 'monthly')).toMatchObject({ spent: '3', reserved: '0', remaining: '7' })
    const report = await app.call('GET', '/v2/usage?from=2026-11-22T00:00:00Z&to=2026-11-24T00:00:00Z')
    expect(report.json.data).toMatchObject([{ start: '2026-11-22T00:00:00.000Z', amount: '3', requests: 1 }])
  })

  test('is recorded for a key that was revoked meanwhile', async () => {
    await using app = await nativeApp()
    const { held, settle } = moneyOf(app)
    const { key } = await app.makeKey(DAY)
    const { id } = await held(key.id, '5')
    await app.call('DELETE', `/v2/keys/${key.id}`)
    expect((await settle(id, { amount: 5 })).json).toMatchObject({ state: 'settled', overdraft: '0' })
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('5')
  })

  test('usage paid elsewhere takes from the hold only where it counts against limits', async () => {
    await using app = await nativeApp()
    const { held, settle, line, reserve } = moneyOf(app)
    const { key: apart } = await app.makeKey(DAY)
    const { key: counted } = await app.makeKey({ ...DAY, includeByokInLimit: true })
    const cost = { amount: 2, byokAmount: 9 }
    const one = await held(apart.id, '5')
    expect((await settle(one.id, cost)).json).toMatchObject({ released: '3', overdraft: '0' })
    expect(await line(apart.id)).toMatchObject({ spent: '2', remaining: '8' })
    const other = await held(counted.id, '5')
    expect((await settle(other.id, cost)).json).toMatchObject({ released: '0', overdraft: '6' })
    expect(await line(counted.id)).toMatchObject({ spent: '11', remaining: '0' })
    expect((await reserve({ keyId: counted.id, amount: 1 })).json.bound.spent).toBe('11')
    // The setting changes only how the same sums are counted.
    await app.call('PATCH', `/v2/keys/${counted.id}`, { body: { includeByokInLimit: false } })
    expect(await line(counted.id)).toMatchObject({ spent: '2', remaining: '8' })
    await held(counted.id, '8')
  })

  const wrong: [string, object, string][] = [
    ['nothing', {}, '/amount'],
    ['an amount and a policy', { amount: 1, unknownCost: 'charge_held' }, '/amount'],
    ['only what was paid elsewhere', { byokAmount: 1 }, '/amount'],
    ['a policy and what was paid elsewhere', { unknownCost: 'charge_held', byokAmount: 1 }, '/amount'],
    ['an unknown policy', { unknownCost: 'guess' }, '/unknownCost'],
    ['meta that is no text', { amount: 1, meta: { a: 1 } }, '/meta/a'],
    ['an unknown member', { amount: 1, cost: 1 }, '/cost'],
  ]
  test.each(wrong)('%s is refused with its place', async (_what, body, pointer) => {
    await using app = await nativeApp()
    const { held, settle, reservation } = moneyOf(app)
    const { key } = await app.makeKey()
    const { id } = await held(key.id, '1')
    const answer = await settle(id, body)
    expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', [pointer]])
    expect((await reservation(id)).json.state).toBe('open')
  })
})

describe('releasing', () => {
  test('releases the whole hold, once; a repeat gets the same answer', async () => {
    await using app = await nativeApp()
    const { held, release, line } = moneyOf(app)
    const { key } = await app.makeKey(DAY)
    const { id } = await held(key.id, '10')
    app.clock.advance(1)
    const first = await release(id)
    expect([first.status, first.json]).toMatchObject([
      200,
      { id, state: 'released', released: '10', settled: null, resolvedAt: '2026-11-22T12:00:00.001Z' },
    ])
    expect(await line(key.id)).toMatchObject({ spent: '0', reserved: '0', remaining: '10' })
    await held(key.id, '10')
    app.clock.advance(1)
    expect((await release(id)).json).toEqual(first.json)
    expect(await line(key.id)).toMatchObject({ reserved: '10' })
  })

  test('leaves an expired hold expired', async () => {
    await using app = await nativeApp()
    const { held, release, settle } = moneyOf(app)
    const { key } = await app.makeKey(DAY)
    const { id } = await held(key.id, '10')
    app.clock.advance(10 * MINUTES)
    expect((await release(id)).json.state).toBe('expired')
    expect((await settle(id, { amount: 1 })).json).toMatchObject({ state: 'settled', late: true })
  })

  test('and a concurrent settle end it once', async () => {
    await using app = await nativeApp()
    const { held, release, settle, line } = moneyOf(app)
    const { key } = await app.makeKey({ limits: { daily: '1000' } })
    const chances = 80
    let settled = 0
    for (let n = 0; n < chances; n++) {
      const { id } = await held(key.id, '2')
      const settling = settle(id, { amount: 1 })
      // A release is less work, so it starts later and later until it comes too late.
      for (let turn = 0; turn < n; turn++) await Promise.resolve()
      const answers = await Promise.all([settling, release(id)])
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
      if (answers[0]?.status === 200) settled += 1
    }
    console.log(`release against settle: ${chances} chances, ${settled} settled`)
    expect(settled > 0 && settled < chances).toBe(true)
    expect(await line(key.id)).toMatchObject({ spent: String(settled), reserved: '0' })
  })
})

describe('GET /v2/reservations', () => {
  test('lists by key and state, newest first, page by page', async () => {
    await using app = await nativeApp()
    const { held, release, settle } = moneyOf(app)
    const { key } = await app.makeKey()
    const { key: other } = await app.makeKey()
    const ids: string[] = []
    for (let n = 0; n < 5; n++) {
      ids.unshift((await held(key.id, '1', { ttlSeconds: n === 0 ? 1 : 600 })).id)
      app.clock.advance(1)
    }
    const foreign = await held(other.id, '1')
    await settle(ids[0] ?? '', { amount: 1 })
    await release(ids[1] ?? '')
    app.clock.advance(1_000)
    const list = async (query: string) => {
      const { data } = (await app.call('GET', `/v2/reservations?${query}`)).json
      return data.map((each: { id: string }) => each.id)
    }
    const ofKey = `keyId=${key.id}`
    expect(await list('')).toEqual([foreign.id, ...ids])
    expect(await list(ofKey)).toEqual(ids)
    expect(await list(`${ofKey}&state=settled`)).toEqual([ids[0] ?? ''])
    expect(await list(`${ofKey}&state=released`)).toEqual([ids[1] ?? ''])
    expect(await list(`${ofKey}&state=open`)).toEqual(ids.slice(2, 4))
    expect(await list(`${ofKey}&state=expired`)).toEqual(ids.slice(4))
    const first = (await app.call('GET', `/v2/reservations?${ofKey}&limit=2`)).json
    const second = (await app.call('GET', `/v2/reservations?${ofKey}&limit=3&cursor=${first.nextCursor}`))
      .json
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids)
    expect(second.nextCursor).toBeNull()
    const mixed = await app.call('GET', `/v2/reservations?cursor=${first.nextCursor}`)
    expect([failure(mixed), pointers(mixed)]).toEqual(['400 input_invalid', ['query:cursor']])
  })

  test.each(['state=done', 'keyId=x', 'limit=0', 'limit=101', 'all=1'])('%s is refused', async (query) => {
    await using app = await nativeApp()
    const answer = await app.call('GET', `/v2/reservations?${query}`)
    expect([failure(answer), pointers(answer)]).toEqual([
      '400 input_invalid',
      [`query:${query.split('=')[0]}`],
    ])
  })

  test('a text that is not an id is an unknown reservation', async () => {
    await using app = await nativeApp()
    const { reservation, settle, release } = moneyOf(app)
    const answers = [await reservation('x'), await settle('x', { amount: 1 }), await release('x')]
    expect(answers.map(failure)).toEqual(Array.from({ length: 3 }, () => '404 reservation_not_found'))
  })
})
