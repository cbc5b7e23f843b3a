import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../../../src/core/ground/faults.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { moneyOf } from './money.ts'
import { failure, type Loose, type NativeApp, nativeApp } from './native-app.ts'

const ONCE = { rateLimits: [{ name: 'requests', limit: 1, window: '1m' }] }
const SIX = { rateLimits: [{ name: 'requests', limit: 6, window: '1m' }] }
const TAKES = [
  ['charge', { charge: '1', requestId: 'r' }],
  ['reserve', { reserve: '1', requestId: 'r' }],
] as const

// The state of the limits changes, and only the first call has crossed a threshold.
const withoutMark = ({ replayed, rateLimits, budget, crossed, ...rest }: Loose) => rest

describe.each(TAKES)('a repeated %s', (_kind, take) => {
  test('gets the first answer, marked as repeated, under a rate limit without units', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey({ ...ONCE, limits: { daily: '1' } })
    const first = await app.verify(secret, take)
    expect([first.code, first.replayed]).toEqual(['VALID', undefined])
    for (let again = 0; again < 3; again += 1) {
      const repeated = await app.verify(secret, take)
      expect(repeated.replayed).toBe(true)
      expect(withoutMark(repeated)).toEqual(withoutMark(first))
      expect(repeated.rateLimits[0].remaining).toBe(0)
    }
    expect((await app.verify(secret, { ...take, requestId: 's' })).code).toBe('RATE_LIMITED')
  })

  test('takes no units of any rate limit, however large its cost is', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey(SIX)
    for (let again = 0; again < 6; again += 1) await app.verify(secret, take)
    expect((await app.verify(secret)).rateLimits[0].remaining).toBe(4)
    const costly = await app.verify(secret, { ...take, rateLimits: [{ name: 'requests', cost: 100 }] })
    expect([costly.code, costly.replayed]).toEqual(['VALID', true])
  })

  test('is answered when the limits were lowered below its amount', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({ limits: { daily: '1' } })
    await app.verify(secret, take)
    await app.call('PATCH', `/v2/keys/${key.id}`, { body: { limits: { daily: '0' }, ...ONCE } })
    await app.call('PATCH', '/v2/workspaces/default', { body: { limits: { total: '0' } } })
    expect(await app.verify(secret, take)).toMatchObject({ code: 'VALID', replayed: true })
  })

  test('is refused like any other call when the key may not be used any more', async () => {
    await using app = await nativeApp()
    const { user } = await app.makeUser({ username: 'ada' })
    const { key, secret } = await app.makeKey({ ownerId: user.id, permissions: ['a'] })
    await app.verify(secret, take)
    const codeAfter = async (method: string, path: string, body?: object) => {
      expect((await app.call(method, path, body === undefined ? {} : { body })).status).toBe(200)
      return (await app.verify(secret, take)).code
    }
    expect(await codeAfter('PATCH', `/v2/keys/${key.id}`, { disabled: true })).toBe('DISABLED')
    expect(await codeAfter('PATCH', `/v2/keys/${key.id}`, { disabled: false })).toBe('VALID')
    expect(await codeAfter('PATCH', `/v2/users/${user.id}`, { disabled: true })).toBe('DISABLED')
    expect(await codeAfter('PATCH', `/v2/users/${user.id}`, { disabled: false })).toBe('VALID')
    expect((await app.verify(secret, { ...take, permissions: 'b' })).code).toBe('INSUFFICIENT_PERMISSIONS')
    expect(await codeAfter('DELETE', `/v2/keys/${key.id}`)).toBe('NOT_FOUND')
  })

  test('takes one unit and its money once when sent in parallel: all pass, and one of them is not a repeat', async () => {
    await using app = await nativeApp()
    const { line } = moneyOf(app)
    const { key, secret } = await app.makeKey({ ...ONCE, limits: { daily: '1' } })
    const many = 200
    const verdicts = await Promise.all(Array.from({ length: many }, () => app.verify(secret, take)))
    console.log(`repeated at once: ${many}`)
    expect(verdicts.filter(({ code }) => code === 'VALID')).toHaveLength(many)
    expect(verdicts.filter(({ replayed }) => replayed !== true)).toHaveLength(1)
    expect(new Set(verdicts.map(({ reservation }) => reservation?.id)).size).toBe(1)
    expect(await line(key.id)).toMatchObject({ remaining: '0' })
  })

  test('is recognised after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-repeats-'))
    const databaseUrl = `sqlite:${join(folder, 'db')}`
    let secret = ''
    let root = ''
    let first: Loose
    {
      await using app = await nativeApp({ databaseUrl })
      root = app.rootKey
      ;({ secret } = await app.makeKey({ ...ONCE, limits: { daily: '1' } }))
      first = await app.verify(secret, take)
    }
    {
      await using app = await nativeApp({ databaseUrl, initialize: false })
      const { json } = await app.call('POST', '/v2/verify', { key: root, body: { key: secret, ...take } })
      expect(json.replayed).toBe(true)
      expect(withoutMark(json)).toEqual(withoutMark(first))
    }
    rmSync(folder, { recursive: true })
  })

  test('with another amount is a conflict, and takes no unit either', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey(SIX)
    await app.verify(secret, take)
    const other = Object.fromEntries(
      Object.entries(take).map(([name, value]) => [name, value === '1' ? '2' : value]),
    )
    for (let again = 0; again < 3; again += 1) {
      const answer = await app.call('POST', '/v2/verify', { body: { key: secret, ...other } })
      expect(failure(answer)).toBe('409 request_id_conflict')
    }
    expect((await app.verify(secret)).rateLimits[0].remaining).toBe(4)
  })
})

test('a refused request took nothing, so the same request later is a new one', async () => {
  await using app = await nativeApp()
  const { key, secret } = await app.makeKey({ ...ONCE, limits: { daily: '1' } })
  const ask = () => app.verify(secret, { charge: '2', requestId: 'r' })
  expect([(await ask()).code, (await ask()).code]).toEqual(['BUDGET_EXCEEDED', 'BUDGET_EXCEEDED'])
  await app.call('PATCH', `/v2/keys/${key.id}`, { body: { limits: { daily: '2' } } })
  const verdict = await ask()
  expect([verdict.code, verdict.replayed]).toEqual(['VALID', undefined])
})

test('a usage event with another content under the same id does not count as an earlier charge', async () => {
  await using app = await nativeApp()
  const { key, secret } = await app.makeKey()
  const events = [
    { id: 'many', keyId: key.id, amount: '1', requests: 2 },
    { id: 'elsewhere', keyId: key.id, amount: '1', byokAmount: '1' },
    { id: 'same', keyId: key.id, amount: '1' },
  ]
  await app.call('POST', '/v2/usage', { body: { events } })
  const ask = (requestId: string) =>
    app.call('POST', '/v2/verify', { body: { key: secret, charge: '1', requestId } })
  expect(failure(await ask('many'))).toBe('409 request_id_conflict')
  expect(failure(await ask('elsewhere'))).toBe('409 request_id_conflict')
  expect((await ask('same')).json.replayed).toBe(true)
})

test('POST /v2/reservations marks a repeat in its body and in a header', async () => {
  await using app = await nativeApp()
  const { reserve } = moneyOf(app)
  const { key } = await app.makeKey({ limits: { daily: '1' } })
  const ask = () => reserve({ keyId: key.id, amount: 1, requestId: 'r' })
  const [first, again] = [await ask(), await ask()]
  expect([first.json.replayed, first.headers.get('idempotent-replayed')]).toEqual([undefined, null])
  expect([again.status, again.json.replayed, again.json.id]).toEqual([201, true, first.json.id])
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  await app.call('PATCH', `/v2/keys/${key.id}`, { body: { disabled: true } })
  expect(failure(await ask())).toBe('409 key_not_usable')
})

test('a charge whose record could not be written takes no units, and its retry is a new call', async () => {
  const store = await openStore('sqlite::memory:')
  let failing = false
  const commitLedger: Store['commitLedger'] = (entries, judge) => {
    if (failing) throw new Fault('store_unavailable')
    return store.commitLedger(entries, judge)
  }
  await using app = await nativeApp({ store: { ...store, commitLedger } })
  const { secret } = await app.makeKey({ ...ONCE, limits: { daily: '1' } })
  const ask = () => app.call('POST', '/v2/verify', { body: { key: secret, charge: '1', requestId: 'r' } })
  failing = true
  for (let n = 0; n < 3; n += 1) expect(failure(await ask())).toBe('503 store_unavailable')
  failing = false
  expect(app.errors.splice(0)).toHaveLength(3)
  const { json } = await ask()
  expect([json.code, json.replayed, json.rateLimits[0].remaining]).toEqual(['VALID', undefined, 0])
})

/** A store whose look-up of earlier requests waits from `hold` on, until it is released. */
async function slowApp(): Promise<{ app: NativeApp; hold: () => Held }> {
  const store = await openStore('sqlite::memory:')
  let held: { asked: () => void; gate: Promise<void> } | null = null
  const slow =
    <Args extends unknown[], T>(work: (...args: Args) => Promise<T>) =>
    async (...args: Args) => {
      held?.asked()
      const found = await work(...args)
      await held?.gate
      return found
    }
  const slowed: Store = {
    ...store,
    findEvent: slow(store.findEvent),
    findReservation: slow(store.findReservation) as Store['findReservation'],
  }
  const hold = () => {
    const gate = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    held = { asked: asked.resolve, gate: gate.promise }
    return { letGo: gate.resolve, asked: asked.promise }
  }
  return { app: await nativeApp({ store: slowed }), hold }
}

interface Held {
  letGo: () => void
  asked: Promise<void>
}

/** The same with too large an amount: after the refusal its id was used a moment ago, so it is looked for before anything is taken. */
const tooMuch = (take: (typeof TAKES)[number][1]) =>
  'charge' in take ? { ...take, charge: '100' } : { ...take, reserve: '100' }

describe.each(TAKES)(
  'a %s that waited for the store is judged by the facts of the moment it is taken',
  (_kind, take) => {
    const changes: [
      what: string,
      code: string,
      method: string,
      path: (of: Loose) => string,
      body: object | undefined,
    ][] = [
      ['revoked', 'NOT_FOUND', 'DELETE', ({ key }) => `/v2/keys/${key.id}`, undefined],
      ['disabled', 'DISABLED', 'PATCH', ({ key }) => `/v2/keys/${key.id}`, { disabled: true }],
      ['its owner disabled', 'DISABLED', 'PATCH', ({ user }) => `/v2/users/${user.id}`, { disabled: true }],
      [
        'its limit cut',
        'BUDGET_EXCEEDED',
        'PATCH',
        ({ key }) => `/v2/keys/${key.id}`,
        { limits: { daily: '0.5' } },
      ],
      [
        "its owner's limit cut",
        'BUDGET_EXCEEDED',
        'PATCH',
        ({ user }) => `/v2/users/${user.id}`,
        { limits: { daily: '0.5' } },
      ],
      [
        "its workspace's limit cut",
        'BUDGET_EXCEEDED',
        'PATCH',
        () => '/v2/workspaces/default',
        { limits: { daily: '0.5' } },
      ],
      [
        'its permissions cut',
        'INSUFFICIENT_PERMISSIONS',
        'PATCH',
        ({ key }) => `/v2/keys/${key.id}`,
        { permissions: [] },
      ],
      [
        'bound to an address',
        'FORBIDDEN',
        'PATCH',
        ({ key }) => `/v2/keys/${key.id}`,
        { allowedIps: ['10.0.0.1'] },
      ],
    ]
    test.each(changes)('%s meanwhile: %s, and nothing is taken', async (_what, code, method, path, body) => {
      const slow = await slowApp()
      await using app = slow.app
      const { user } = await app.makeUser({ username: 'ada' })
      const rateLimits = [{ name: 'requests', limit: 3, window: '1m' }]
      const { key, secret } = await app.makeKey({
        ownerId: user.id,
        permissions: ['a'],
        rateLimits,
        limits: { daily: '10' },
      })
      // From now on memory holds the accounts, so only the look-up is waited for.
      expect((await app.verify(secret, { ...tooMuch(take), permissions: 'a' })).code).toBe('BUDGET_EXCEEDED')
      const held = slow.hold()
      const asking = app.verify(secret, { ...take, permissions: 'a' })
      await held.asked
      await app.call(method, path({ key, user }), body === undefined ? {} : { body })
      held.letGo()
      expect((await asking).code).toBe(code)
      const { usage, budget } = (await app.call('GET', `/v2/keys/${key.id}`)).json
      expect([usage.total, budget[0]?.reserved]).toEqual(['0', '0'])
    })

    test('expired meanwhile: refused', async () => {
      const slow = await slowApp()
      await using app = slow.app
      const { secret } = await app.makeKey({ expiresAt: '2026-11-22T12:00:01Z', limits: { daily: '10' } })
      expect((await app.verify(secret, tooMuch(take))).code).toBe('BUDGET_EXCEEDED')
      const held = slow.hold()
      const asking = app.verify(secret, take)
      await held.asked
      app.clock.advance(1_000)
      held.letGo()
      expect((await asking).code).toBe('EXPIRED')
    })
  },
)
