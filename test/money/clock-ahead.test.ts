import { afterAll, describe, expect, test } from 'bun:test'
import { DAY_MS } from '../../src/core/ground/clock.ts'
import { housekeepingTasks } from '../../src/housekeeping.ts'
import { dropDatabases, EMPTY_DATABASES } from '../support/empty-databases.ts'
import { moneyOf } from '../wire/native/money.ts'
import { type Loose, type NativeApp, nativeApp } from '../wire/native/native-app.ts'

// Holds that were placed while a clock was ahead, or that seem so because it is behind.

const AHEAD_MS = 40 * DAY_MS
const TTL_MS = 60_000
const NOON = '2026-11-22T12:00:00.000Z'
const RETENTION = { eventRetentionMs: 1, auditRetentionMs: null, deniedRetentionMs: 1 }

afterAll(dropDatabases)

/** Housekeeping's work on holds; its own timers run it every few seconds of the machine's clock besides. */
async function keepHouse({ latchkey }: NativeApp): Promise<void> {
  const { endReservations, endReservationsAhead } = housekeepingTasks(latchkey, RETENTION)
  await endReservations.work()
  await endReservationsAhead.work()
}

const extend = (app: NativeApp, id: string, ttlSeconds: number) =>
  app.call('POST', `/v2/reservations/${id}/extend`, { body: { ttlSeconds } })

/** A key with 10 USD, all of which a hold of a minute took while the clock was 40 days ahead. Now it is noon. */
async function heldAhead(databaseUrl: string, more: object = {}) {
  const app = await nativeApp({ databaseUrl })
  const money = moneyOf(app)
  const { key, secret } = await app.makeKey({ limits: { total: '10' } })
  app.clock.advance(AHEAD_MS)
  const hold = await money.held(key.id, '10', { ttlSeconds: TTL_MS / 1_000, ...more })
  expect(Date.parse(hold.heldAt)).toBe(Date.parse(NOON) + AHEAD_MS)
  app.clock.set(NOON)
  return { app, ...money, key, secret, hold: hold as Loose }
}

describe.each(EMPTY_DATABASES)('a clock that was ahead, on %s', (_, emptyUrl, isAbsent) => {
  const it = test.skipIf(isAbsent)

  it('a hold still holds for its ttl, and then gives its money back', async () => {
    const { app, key, hold, reserve, reservation, line } = await heldAhead(await emptyUrl())
    await using _app = app
    await keepHouse(app)
    app.clock.advance(TTL_MS - 1)
    await keepHouse(app)
    const refused = await reserve({ keyId: key.id, amount: '1' })
    // Not after forty days.
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([402, '60'])
    expect(await line(key.id, 'total')).toMatchObject({ reserved: '10' })
    app.clock.advance(1)
    await keepHouse(app)
    expect((await reservation(hold.id)).json.state).toBe('expired')
    expect(await line(key.id, 'total')).toMatchObject({ spent: '0', reserved: '0' })
    expect((await reserve({ keyId: key.id, amount: '10' })).status).toBe(201)
  })

  it('after a restart, too, a hold holds for its ttl and no longer; a late settle is recorded once', async () => {
    const url = await emptyUrl()
    const { app: before, key, hold } = await heldAhead(url)
    await before.close()
    await using app = await nativeApp({ databaseUrl: url, initialize: false })
    const asRoot = { key: before.rootKey }
    const state = async () => (await app.call('GET', `/v2/reservations/${hold.id}`, asRoot)).json.state
    await keepHouse(app)
    app.clock.advance(TTL_MS - 1)
    await keepHouse(app)
    expect(await state()).toBe('open')
    app.clock.advance(1)
    await keepHouse(app)
    expect(await state()).toBe('expired')
    const settled = async () => (await moneyOf(app).settle(hold.id, { amount: '4' }, asRoot)).json
    for (let again = 0; again < 2; again += 1)
      expect(await settled()).toMatchObject({ state: 'settled', settled: '4', overdraft: '4', late: true })
    const { budget } = (await app.call('GET', `/v2/keys/${key.id}`, asRoot)).json
    expect(budget[0]).toMatchObject({ spent: '4', reserved: '0' })
  })

  it('a hold is settled while it is watched, and nothing ends it a second time', async () => {
    const { app, key, hold, settle, line } = await heldAhead(await emptyUrl(), { onExpiry: 'settle' })
    await using _app = app
    await keepHouse(app)
    app.clock.advance(TTL_MS)
    const [settled] = await Promise.all([settle(hold.id, { amount: '3' }), keepHouse(app), keepHouse(app)])
    await keepHouse(app)
    // Whichever came first.
    const spent = settled.status === 200 ? '3' : '10'
    expect(await line(key.id, 'total')).toMatchObject({ spent, reserved: '0' })
  })

  it('a hold that is charged at its end is charged once, also by two nodes', async () => {
    const url = await emptyUrl()
    const { app, key, hold, reservation, line } = await heldAhead(url, { onExpiry: 'settle' })
    await using _app = app
    const isShared = app.latchkey.isShared || url.startsWith('postgres')
    const others = isShared ? [await nativeApp({ databaseUrl: url, initialize: false })] : []
    for (const node of [app, ...others]) await keepHouse(node)
    for (const node of [app, ...others]) node.clock.advance(TTL_MS)
    await Promise.all([app, ...others].map(keepHouse))
    await Promise.all([app, ...others].map(keepHouse))
    for (const node of others) await node.close()
    expect((await reservation(hold.id)).json).toMatchObject({ state: 'settled', settled: '10' })
    expect(await line(key.id, 'total')).toMatchObject({ spent: '10', reserved: '0' })
  })

  it('an extended hold lasts for the whole added time from then, however often it is extended', async () => {
    const { app, hold, reservation } = await heldAhead(await emptyUrl())
    await using _app = app
    for (const ttlSeconds of [60, 60, 1, 90]) {
      await keepHouse(app)
      app.clock.advance(TTL_MS - 1)
      expect((await extend(app, hold.id, ttlSeconds)).status).toBe(200)
      await keepHouse(app)
    }
    app.clock.advance(90_000 - 1)
    await keepHouse(app)
    expect((await reservation(hold.id)).json.state).toBe('open')
    app.clock.advance(2)
    await keepHouse(app)
    expect((await reservation(hold.id)).json.state).toBe('expired')
  })

  it('a clock that is behind for a while, again and again, ends no hold early', async () => {
    await using app = await nativeApp({ databaseUrl: await emptyUrl() })
    const { held, reservation, settle } = moneyOf(app)
    const { key } = await app.makeKey({ limits: { total: '10' } })
    const { id } = await held(key.id, '10', { ttlSeconds: 600 })
    for (let minute = 0; minute < 9; minute += 1) {
      const rightly = app.clock.now()
      app.clock.set(rightly - AHEAD_MS)
      await keepHouse(app)
      app.clock.advance(60_000)
      await keepHouse(app)
      app.clock.set(rightly + 60_000)
      await keepHouse(app)
    }
    expect((await reservation(id)).json.state).toBe('open')
    expect((await settle(id, { amount: '6' })).json).toMatchObject({
      released: '4',
      overdraft: '0',
      late: false,
    })
  })

  it('of many holds each ends at its own time', async () => {
    await using app = await nativeApp({ databaseUrl: await emptyUrl() })
    const { held } = moneyOf(app)
    const { key } = await app.makeKey()
    app.clock.advance(AHEAD_MS)
    for (let n = 0; n < 600; n += 1) await held(key.id, '0.01', { ttlSeconds: n < 550 ? 60 : 120 })
    app.clock.set(NOON)
    await keepHouse(app)
    app.clock.advance(TTL_MS)
    await keepHouse(app)
    expect(await app.store.findHeldAfter(app.clock.now(), 1_000)).toHaveLength(50)
    app.clock.advance(TTL_MS)
    await keepHouse(app)
    expect(await app.store.findHeldAfter(app.clock.now(), 1_000)).toEqual([])
  })
})
