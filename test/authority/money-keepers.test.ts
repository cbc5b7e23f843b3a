import { describe, expect, test } from 'bun:test'
import type { UsageEvent } from '../../src/core/ledger/entries.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { failure, type Loose, type NativeApp, nativeApp } from '../wire/native/native-app.ts'

// Only keepers of money move it, and every movement shows its caller: the key that was the credential, and its owner.

const KEEPERS = ['SERVICE', 'ADMIN', 'ROOT'] as const

interface Hand {
  secret: string
  /** The caller that the answers show. */
  by: { userId: string; keyId: string }
}

async function handOf(app: NativeApp, username: string, role: string): Promise<Hand> {
  const { user } = await app.makeUser({ username, role })
  const { key, secret } = await app.makeKey({ ownerId: user.id, access: 'manage' })
  return { secret, by: { userId: user.id, keyId: key.id } }
}

/** A USER with a `full` key, like every key of GoodMem's dialect, and another key that it gives to its client. */
async function customer(app: NativeApp): Promise<{ own: Hand; key: Loose; secret: string }> {
  const { user } = await app.makeUser({ username: 'customer' })
  const { key: full, secret: own } = await app.makeKey({ ownerId: user.id, access: 'full' })
  const { key, secret } = await app.makeKey({ ownerId: user.id, access: 'use', limits: { daily: '100' } })
  return { own: { secret: own, by: { userId: user.id, keyId: full.id } }, key, secret }
}

const reserve = async (app: NativeApp, hand: Hand, body: object): Promise<Loose> => {
  const answer = await app.call('POST', '/v2/reservations', { key: hand.secret, body })
  expect([answer.status, answer.json.resolvedBy]).toEqual([201, null])
  return answer.json
}

async function eventOf(app: NativeApp, keyId: string, id: string, key?: string): Promise<Loose> {
  const address = `/v2/usage/events?keyId=${keyId}&id=${encodeURIComponent(id)}`
  const { status, json } = await app.call('GET', address, key === undefined ? {} : { key })
  expect(status).toBe(200)
  return json.data[0]
}

describe.each(KEEPERS)('a %s', (role) => {
  test('is shown as the caller that reported, charged, settled and released', async () => {
    await using app = await nativeApp()
    const hand = await handOf(app, 'keeper', role)
    const { own, key, secret } = await customer(app)
    const send = (path: string, body: object) => app.call('POST', path, { key: hand.secret, body })

    expect((await send('/v2/usage', { events: [{ id: 'e', keyId: key.id, amount: '1' }] })).status).toBe(200)
    const charged = await send('/v2/verify', { key: secret, charge: '2', requestId: 'c' })
    expect(charged.json.code).toBe('VALID')
    const settled = await reserve(app, hand, { keyId: key.id, amount: '3' })
    const released = await reserve(app, hand, { keyId: key.id, amount: '4' })
    const end = await send(`/v2/reservations/${settled.id}/settle`, { amount: '3' })
    expect([end.json.state, end.json.resolvedBy]).toEqual(['settled', hand.by])
    const back = await send(`/v2/reservations/${released.id}/release`, {})
    expect([back.json.state, back.json.resolvedBy]).toEqual(['released', hand.by])

    // The owner of the money sees it, too.
    for (const key of [hand.secret, own.secret]) {
      for (const { id } of [settled, released])
        expect((await app.call('GET', `/v2/reservations/${id}`, { key })).json.resolvedBy).toEqual(hand.by)
      const { json } = await app.call('GET', '/v2/reservations', { key })
      expect(json.data.map((hold: Loose) => hold.resolvedBy)).toEqual([hand.by, hand.by])
    }
    for (const id of ['e', 'c', `reservation:${settled.id}`])
      expect(await eventOf(app, key.id, id, own.secret)).toMatchObject({
        id,
        keyId: key.id,
        reportedBy: hand.by,
      })
  })

  test('stays the recorded caller when another one repeats the call', async () => {
    await using app = await nativeApp()
    const first = await handOf(app, 'first', role)
    const second = await handOf(app, 'second', 'SERVICE')
    const { key } = await customer(app)
    const hold = await reserve(app, first, { keyId: key.id, amount: '3' })
    const body = { events: [{ id: 'e', keyId: key.id, amount: '1' }] }
    for (const { secret } of [first, second]) {
      await app.call('POST', '/v2/usage', { key: secret, body })
      const path = `/v2/reservations/${hold.id}/settle`
      const { json } = await app.call('POST', path, { key: secret, body: { amount: '2' } })
      expect(json.resolvedBy).toEqual(first.by)
    }
    expect((await eventOf(app, key.id, 'e')).reportedBy).toEqual(first.by)
  })
})

test('an expiry has no caller; a late settlement has the caller that settles', async () => {
  await using app = await nativeApp()
  const hand = await handOf(app, 'gateway', 'SERVICE')
  const { key } = await customer(app)
  const expired = await reserve(app, hand, { keyId: key.id, amount: '1', ttlSeconds: 1 })
  const charged = await reserve(app, hand, { keyId: key.id, amount: '2', ttlSeconds: 1, onExpiry: 'settle' })
  app.clock.advance(1_000)
  await app.latchkey.reservations.expireOverdue()
  for (const [{ id }, state] of [
    [expired, 'expired'],
    [charged, 'settled'],
  ] as const) {
    const { json } = await app.call('GET', `/v2/reservations/${id}`)
    expect([json.state, json.resolvedBy]).toEqual([state, null])
  }
  expect((await eventOf(app, key.id, `reservation:${charged.id}`)).reportedBy).toBeNull()
  const path = `/v2/reservations/${expired.id}/settle`
  const { json } = await app.call('POST', path, { key: hand.secret, body: { amount: '1' } })
  expect([json.late, json.resolvedBy]).toEqual([true, hand.by])
})

test('a charge by a gateway for a key that is its own credential was made by that key', async () => {
  const store = await openStore('sqlite::memory:')
  const events: UsageEvent[] = []
  // No answer shows the id of such a charge.
  const noting = new Proxy(store, {
    get: (target, name) =>
      name === 'commitLedger'
        ? (...[entries, judge]: Parameters<Store['commitLedger']>) => {
            for (const entry of entries) if (entry.kind === 'event') events.push(entry.event)
            return target.commitLedger(entries, judge)
          }
        : Reflect.get(target, name),
  })
  await using app = await nativeApp({ store: noting })
  const { key, secret } = await customer(app)
  expect((await app.call('GET', '/v2/authorize?charge=0.5', { key: secret })).status).toBe(200)
  expect(events).toHaveLength(1)
  expect((await eventOf(app, key.id, events[0]?.id ?? '')).reportedBy).toEqual({
    userId: key.ownerId,
    keyId: key.id,
  })
})

test('a USER cannot move money of its own keys, not even back, but sees the movements', async () => {
  await using app = await nativeApp()
  const hand = await handOf(app, 'gateway', 'SERVICE')
  const { own, key, secret } = await customer(app)
  const hold = await reserve(app, hand, { keyId: key.id, amount: '27' })
  const body = { events: [{ id: 'true-event', keyId: key.id, amount: '0' }] }
  const tries: [string, object][] = [
    [`/v2/reservations/${hold.id}/settle`, { amount: '0' }],
    [`/v2/reservations/${hold.id}/settle`, { unknownCost: 'charge_nothing' }],
    [`/v2/reservations/${hold.id}/release`, {}],
    [`/v2/reservations/${hold.id}/extend`, { ttlSeconds: 60 }],
    ['/v2/reservations', { keyId: key.id, amount: '1' }],
    ['/v2/reservations', { key: secret, amount: '1' }],
    ['/v2/usage', body],
    ['/v2/verify', { key: secret, charge: '1' }],
    ['/v2/verify', { key: secret, charge: '0' }],
    ['/v2/verify', { key: secret, reserve: '1' }],
  ]
  for (const [path, body] of tries) {
    const answer = await app.call('POST', path, { key: own.secret, body })
    expect([path, failure(answer)]).toEqual([path, '403 permission_denied'])
  }
  const { json: untouched } = await app.call('GET', `/v2/reservations/${hold.id}`, { key: own.secret })
  expect([untouched.state, untouched.amount, untouched.resolvedBy]).toEqual(['open', '27', null])
  await app.call('POST', '/v2/usage', {
    key: hand.secret,
    body: { events: [{ id: 'true-event', keyId: key.id, amount: '27' }] },
  })
  expect(await eventOf(app, key.id, 'true-event', own.secret)).toMatchObject({
    amount: '27',
    reportedBy: hand.by,
  })
  expect(await eventOf(app, key.id, 'no-such-event', own.secret)).toBeUndefined()
})
