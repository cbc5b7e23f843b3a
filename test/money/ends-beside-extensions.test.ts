import { afterAll, describe, expect, test } from 'bun:test'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { postgresForTests } from '../support/postgres.ts'

// The end of a hold is computed from its amount. An extension that adds to the amount meanwhile must not be missed.

const postgres = await postgresForTests()
const closers: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

/** A store whose commits can be made to wait. */
function gated(store: Store) {
  let gate: { arrived: PromiseWithResolvers<void>; opened: PromiseWithResolvers<void> } | null = null
  const commitLedger: Store['commitLedger'] = async (...asked) => {
    gate?.arrived.resolve()
    await gate?.opened.promise
    return store.commitLedger(...asked)
  }
  return {
    store: { ...store, commitLedger },
    /** Makes commits wait from now on. */
    close() {
      const closed = { arrived: Promise.withResolvers<void>(), opened: Promise.withResolvers<void>() }
      gate = closed
      return {
        /** Resolves when a commit waits. */
        arrived: closed.arrived.promise,
        open() {
          gate = null
          closed.opened.resolve()
        },
      }
    },
  }
}

/** Two nodes over one PostgreSQL; the commits of the first can be made to wait. */
async function twoNodes() {
  if ('absent' in postgres) throw new Error(postgres.absent)
  const { url, drop } = await postgres.migratedDatabase()
  closers.push(drop)
  const { store, close } = gated(await openStore(url))
  const one = await testApp({ store })
  closers.push(() => one.close())
  const other = await testApp({ databaseUrl: url, initialize: false })
  closers.push(() => other.close())
  return { one: callsOf(one), other: callsOf(other, one.rootKey), close }
}

function callsOf(app: TestApp, key = app.rootKey) {
  const post = async (path: string, body: object) => (await app.call('POST', path, { key, body })).json
  const get = async (path: string) => (await app.call('GET', path, { key })).json
  return {
    app,
    makeKey: () => post('/v2/keys', { access: 'use', limits: { total: '20' } }),
    reserve: (keyId: string, amount: string, more: object = {}) =>
      post('/v2/reservations', { keyId, amount, ttlSeconds: 60, ...more }),
    extend: (id: string, body: object) => post(`/v2/reservations/${id}/extend`, body),
    settle: (id: string, body: object) => post(`/v2/reservations/${id}/settle`, body),
    release: async (id: string) => (await app.call('POST', `/v2/reservations/${id}/release`, { key })).json,
    verify: (secret: string, more: object = {}) => post('/v2/verify', { key: secret, ...more }),
    reservation: (id: string) => get(`/v2/reservations/${id}`),
    line: async (keyId: string) => (await get(`/v2/keys/${keyId}`)).budget[0],
    endOverdue: async () => {
      while ((await app.latchkey.reservations.expireOverdue()) > 0);
    },
  }
}

/** Adds to the amount and leaves the expiry as it is. */
const TO_TEN = { ttlSeconds: 1, amount: '10' }

describe('an expiry that charges the hold, beside an extension of its amount', () => {
  test.each([
    ['12', 'BUDGET_EXCEEDED', '10'],
    ['10', 'VALID', '20'],
  ])(
    'on another node: all is charged, and a charge of %s that needs its room is %s',
    async (charge, code, spent) => {
      const { one, other } = await twoNodes()
      const { key, secret } = await one.makeKey()
      expect((await other.verify(secret)).code).toBe('VALID')
      const { id } = await other.reserve(key.id, '5', { onExpiry: 'settle' })
      await other.reserve(key.id, '8')
      expect(await one.extend(id, TO_TEN)).toMatchObject({ amount: '10', state: 'open' })
      for (const { app } of [one, other]) app.clock.advance(60_001)
      // Its copies still show a hold of 5.
      expect((await other.verify(secret, { charge })).code).toBe(code)
      await other.endOverdue()
      const end = {
        amount: '10',
        state: 'settled',
        settled: '10',
        released: '0',
        overdraft: '0',
        late: false,
      }
      expect(await one.reservation(id)).toMatchObject(end)
      expect(await one.line(key.id)).toMatchObject({ spent, reserved: '0' })
    },
  )

  test('that waits for its commit: all is charged, by the next look at the latest', async () => {
    const { store, close } = gated(await openStore('sqlite::memory:'))
    const looked = Promise.withResolvers<void>()
    const findRunOut: Store['findRunOut'] = async (...asked) => {
      const holds = await store.findRunOut(...asked)
      looked.resolve()
      return holds
    }
    const one = callsOf(await testApp({ store: { ...store, findRunOut } }))
    closers.push(() => one.app.close())
    const { key } = await one.makeKey()
    const { id } = await one.reserve(key.id, '5', { onExpiry: 'settle' })
    one.app.clock.advance(58_990)
    const gate = close()
    const extending = one.extend(id, TO_TEN)
    await gate.arrived
    one.app.clock.advance(1_020)
    const ending = one.app.latchkey.reservations.expireOverdue()
    // It reads the hold of 5, because the extension is not written yet.
    await looked.promise
    gate.open()
    await ending
    expect(await extending).toMatchObject({ amount: '10' })
    await one.endOverdue()
    expect(await one.reservation(id)).toMatchObject({ amount: '10', state: 'settled', settled: '10' })
    expect(await one.line(key.id)).toMatchObject({ spent: '10', reserved: '0' })
  })
})

describe('an end that waits for its commit while another node extends the hold', () => {
  test.each([
    [{ amount: '8' }, { settled: '8', released: '2', overdraft: '0' }],
    [{ amount: '12' }, { settled: '12', released: '0', overdraft: '2' }],
    [{ unknownCost: 'charge_held' }, { settled: '10', released: '0', overdraft: '0' }],
    [{ unknownCost: 'charge_nothing' }, { settled: '0', released: '10', overdraft: '0' }],
  ])('a settlement of %j counts the added amount', async (cost, expected) => {
    const { one, other, close } = await twoNodes()
    const { key } = await one.makeKey()
    const { id } = await one.reserve(key.id, '5')
    const gate = close()
    const settling = one.settle(id, cost)
    await gate.arrived
    expect(await other.extend(id, TO_TEN)).toMatchObject({ amount: '10', state: 'open' })
    gate.open()
    const end = { amount: '10', state: 'settled', ...expected, late: false }
    expect(await settling).toMatchObject(end)
    expect(await other.reservation(id)).toMatchObject(end)
    expect(await other.line(key.id)).toMatchObject({ spent: expected.settled, reserved: '0' })
  })

  test('a release shows the added amount', async () => {
    const { one, other, close } = await twoNodes()
    const { key } = await one.makeKey()
    const { id } = await one.reserve(key.id, '5')
    const gate = close()
    const releasing = one.release(id)
    await gate.arrived
    expect(await other.extend(id, TO_TEN)).toMatchObject({ amount: '10' })
    gate.open()
    expect(await releasing).toMatchObject({ amount: '10', state: 'released' })
    expect(await other.line(key.id)).toMatchObject({ spent: '0', reserved: '0' })
  })

  test('a settlement is not late when the hold was made to last longer', async () => {
    const { one, other, close } = await twoNodes()
    const { key } = await one.makeKey()
    const { id } = await one.reserve(key.id, '5')
    // The clock of the other node is a little behind.
    one.app.clock.advance(60_001)
    other.app.clock.advance(59_999)
    const gate = close()
    const settling = one.settle(id, { amount: '3' })
    await gate.arrived
    expect(await other.extend(id, { ttlSeconds: 60 })).toMatchObject({ amount: '5', state: 'open' })
    gate.open()
    const end = { state: 'settled', settled: '3', released: '2', overdraft: '0', late: false }
    expect(await settling).toMatchObject(end)
    expect(await other.reservation(id)).toMatchObject(end)
  })
})
