import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Listener, listen } from '../../../../src/http/kernel/server.ts'
import { type TestApp, testApp } from '../../../../test/support/app.ts'
import { holdMoney } from '../holds/index.ts'
import { Latchkey, LatchkeyApiError } from '../index.ts'
import { FakeLatchkey } from './index.ts'

let app: TestApp
let listener: Listener

beforeAll(async () => {
  app = await testApp()
  listener = listen({ hostname: '127.0.0.1', port: 0, idleTimeoutMs: 5_000, fetch: app.fetch })
})
afterAll(async () => {
  await listener.stop(1_000)
  await app.close()
})

interface Stage {
  latchkey: Latchkey
  secret: string
  keyId: string
}

async function served(): Promise<Stage> {
  const latchkey = new Latchkey({ baseUrl: listener.url, apiKey: app.rootKey, retry: { maxRetries: 0 } })
  const { key, secret } = await latchkey.keys.create(KEY)
  return { latchkey, secret, keyId: key.id }
}

function faked(): Stage {
  const fake = new FakeLatchkey(
    [
      {
        secret: 'secret of a test',
        id: 'key-1',
        name: 'k',
        permissions: ['a.*'],
        labels: { t: 'x' },
        limit: 1,
      },
    ],
    { now: () => app.clock.now() },
  )
  return { latchkey: fake.client(), secret: 'secret of a test', keyId: 'key-1' }
}

const KEY = { name: 'k', permissions: ['a.*'], labels: { t: 'x' }, limits: { total: '1' } }

/** The calls of an ordinary program, in order. The outcome of each is the scene's. */
async function scene({ latchkey, secret, keyId }: Stage): Promise<unknown[]> {
  const { reservations } = latchkey
  const outcomes: unknown[] = []
  const act = async <T>(call: () => Promise<T>): Promise<T | undefined> => {
    try {
      const value = await call()
      outcomes.push(plain(value))
      return value
    } catch (error) {
      if (!(error instanceof LatchkeyApiError)) throw error
      const { status, code, bound, budget } = error
      outcomes.push(
        plain({ status, code, bound, budget, detail: code === 'input_invalid' ? '' : error.detail }),
      )
      return undefined
    }
  }
  const verify = (body: object) => act(() => latchkey.verify({ key: secret, ...body }))
  await verify({})
  await verify({ permissions: 'a.read and not b' })
  await verify({ permissions: ['a.read', 'a.write'] })
  await verify({ permissions: 'b' })
  await verify({ permissions: 'a and' })
  await verify({ key: 'of nobody' })
  await verify({ charge: '0.25', requestId: 'r1' })
  await verify({ charge: '0.25', requestId: 'r1' })
  await verify({ charge: 0.5, requestId: 'r1' })
  await verify({ charge: '0.8' })
  const byVerify = await verify({ reserve: '0.25', requestId: 'r2' })
  const heldId = byVerify?.valid ? (byVerify.reservation?.id ?? '') : ''
  const hold = await act(() => reservations.create({ keyId, amount: '0.25', ttlSeconds: 60 }))
  const id = hold?.id ?? ''
  await act(() => reservations.create({ key: secret, amount: '0.5' }))
  await act(() => reservations.create({ key: 'of nobody', amount: '0.5' }))
  await act(() => reservations.extend(id, { ttlSeconds: 120, amount: '0.3' }))
  await act(() => reservations.extend(id, { ttlSeconds: 120, amount: '3' }))
  await act(() => reservations.settle(id, { amount: '0.1' }))
  await act(() => reservations.settle(id, { amount: '0.1' }))
  await act(() => reservations.settle(id, { amount: '0.2' }))
  await act(() => reservations.release(id))
  await act(() => reservations.release(heldId))
  await act(() => reservations.release(heldId))
  await act(() => reservations.settle(heldId, { amount: '0.1' }))
  await act(() => reservations.get(heldId))
  await act(() => reservations.get('01a20320-a200-7000-808c-3f5f68913000'))
  await verify({ charge: '0.65' })
  await verify({ charge: '0.000000001' })
  return outcomes
}

// Ids are each side's own; times are the clock's; who ended a hold a fake does not know.
function plain(value: unknown): unknown {
  const own = ['id', 'keyId', 'ownerId', 'workspaceId', 'resolvedBy']
  return JSON.parse(
    JSON.stringify(value ?? null, (name, each: unknown) => {
      // A limit on all time has no end; the server tells of a bound one when a hold of it runs out.
      if (name === 'resetsAt') return undefined
      if (name === 'revision') return 1
      // One that the client made up.
      if (name === 'requestId' && /^[0-9a-f]{32}$/.test(String(each))) return name
      return own.includes(name) && each !== null ? name : each
    }),
  )
}

test('a sequence of verifies and holds gives the same results with the fake as with the server', async () => {
  const real = await scene(await served())
  const fake = await scene(faked())
  console.log(`${real.length} calls compared`)
  expect(real.length).toBeGreaterThan(25)
  expect(fake.map((outcome, index) => [index, outcome])).toEqual(
    real.map((outcome, index) => [index, outcome]),
  )
})

describe('a fake', () => {
  test('refuses keys as a test says', async () => {
    const codes = ['DISABLED', 'EXPIRED', 'NOT_YET_VALID', 'FORBIDDEN', 'RATE_LIMITED', 'NOT_FOUND']
    const fake = new FakeLatchkey(codes.map((refused) => ({ secret: refused, refused })))
    for (const code of codes)
      expect(await fake.client().verify({ key: code })).toMatchObject({ valid: false, code: code as never })
    const [disabled] = codes
    await expect(fake.client().reservations.create({ key: disabled, amount: 1 })).rejects.toMatchObject({
      code: 'key_not_usable',
    })
  })

  test('fails on request, and records the calls', async () => {
    const fake = new FakeLatchkey([{ secret: 's' }])
    const latchkey = fake.client()
    fake.fail(new TypeError('fetch failed'))
    await expect(latchkey.verify({ key: 's' })).rejects.toMatchObject({ name: 'LatchkeyConnectionError' })
    fake.fail({ status: 503, code: 'server_busy' })
    await expect(latchkey.verify({ key: 's' })).rejects.toMatchObject({ status: 503, code: 'server_busy' })
    fake.fail(undefined)
    expect((await latchkey.verify({ key: 's', permissions: [] })).valid).toBe(true)
    expect(fake.calls.map(({ operation }) => operation)).toEqual(Array(3).fill('POST /v2/verify'))
    expect(fake.calls[2]?.body).toEqual({ key: 's', permissions: [] })
  })

  test('reports unsupported calls, and returns the responses of a test', async () => {
    const fake = new FakeLatchkey()
    const { users } = fake.client()
    await expect(users.delete('u1')).rejects.toThrow("fake.on('DELETE /v2/users/u1', …)")
    fake.on('DELETE /v2/users/{ref}', () => ({ status: 404, body: { code: 'user_not_found' } }))
    await expect(users.delete('u1')).rejects.toMatchObject({ code: 'user_not_found' })
  })

  test('lets holds expire by its clock, and settles those that request it', async () => {
    let now = 0
    const fake = new FakeLatchkey([{ secret: 's', limit: '1' }], { now: () => now })
    const { reservations } = fake.client()
    const gone = await reservations.create({ key: 's', amount: '0.5', ttlSeconds: 60 })
    const spent = await reservations.create({ key: 's', amount: '0.25', ttlSeconds: 60, onExpiry: 'settle' })
    now = 60_000
    expect((await reservations.get(gone.id)).state).toBe('expired')
    expect((await reservations.get(spent.id)).state).toBe('settled')
    expect(fake.spent('s')).toBe('0.25')
    expect(await reservations.settle(gone.id, { amount: '0.1' })).toMatchObject({
      late: true,
      overdraft: '0.1',
    })
    expect(fake.spent('s')).toBe('0.35')
  })

  test('never spends beyond a limit in concurrent calls', async () => {
    const fake = new FakeLatchkey([{ secret: 's', limit: '1' }])
    const latchkey = fake.client()
    const charges = Array.from({ length: 300 }, () => latchkey.verify({ key: 's', charge: '0.01' }))
    const passed = (await Promise.all(charges)).filter(({ valid }) => valid)
    expect(passed).toHaveLength(100)
    expect(fake.spent('s')).toBe('1')
  })

  test('keeps a hold, and can replace the fetch of the platform', async () => {
    const fake = new FakeLatchkey([{ secret: 's', limit: '1' }])
    {
      await using hold = await holdMoney(fake.client(), { key: 's', amount: '1' })
      await hold.settle({ amount: '0.3' })
    }
    const own = new Latchkey({ baseUrl: 'http://127.0.0.1:1', fetch: fake.fetch })
    expect(await own.verify({ key: 's' })).toMatchObject({ budget: [{ spent: '0.3', reserved: '0' }] })
  })

  test('refuses an invalid limit', () => {
    for (const limit of ['x', '-1', '0.0000000001', ''])
      expect(() => new FakeLatchkey([{ secret: 's', limit }])).toThrow(TypeError)
  })
})
