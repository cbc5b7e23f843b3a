import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type Listener, listen } from '../../../../src/http/kernel/server.ts'
import { type TestApp, testApp } from '../../../../test/support/app.ts'
import { Latchkey, LatchkeyApiError, LatchkeyConnectionError, type Reservation } from '../index.ts'
import { type Holder, HoldLostError, holdingMoney, holdMoney } from './index.ts'

describe('with the real server', () => {
  let app: TestApp
  let listener: Listener
  let latchkey: Latchkey
  let keyId: string

  beforeEach(async () => {
    app = await testApp()
    listener = listen({ hostname: '127.0.0.1', port: 0, idleTimeoutMs: 5_000, fetch: app.fetch })
    latchkey = new Latchkey({ baseUrl: listener.url, apiKey: app.rootKey })
    keyId = (await latchkey.keys.create({ limits: { total: '10' } })).key.id
  })
  afterEach(async () => {
    await listener.stop(1_000)
    await app.close()
  })

  const state = async (id: string) => (await latchkey.reservations.get(id)).state

  test('the settled amount is spent, and the rest is released', async () => {
    let id = ''
    {
      await using hold = await holdMoney(latchkey, { keyId, amount: '4' })
      id = hold.id
      expect(await state(id)).toBe('open')
      expect(await hold.settle({ amount: '1.5' })).toMatchObject({ settled: '1.5' })
    }
    expect(await state(id)).toBe('settled')
    expect((await latchkey.keys.get(keyId)).budget).toMatchObject([{ spent: '1.5', reserved: '0' }])
  })

  test('a hold that the block does not settle is released, also when the work throws', async () => {
    let id = ''
    const work = holdingMoney(latchkey, { keyId, amount: '4' }, async (hold) => {
      id = hold.id
      throw new Error('of the work')
    })
    await expect(work).rejects.toThrow('of the work')
    expect(await state(id)).toBe('released')
    expect(await holdingMoney(latchkey, { keyId, amount: '10' }, async () => 7)).toBe(7)
  })

  test('without room it throws like a reserve', async () => {
    await expect(holdMoney(latchkey, { keyId, amount: '11' })).rejects.toMatchObject({
      code: 'BUDGET_EXCEEDED',
    })
  })

  test('the hold of an earlier request is extended at once, and not kept when it has ended', async () => {
    const body = { keyId, amount: '4', ttlSeconds: 600, requestId: 'job-1' }
    const first = await latchkey.reservations.create(body)
    app.clock.advance(590_000)
    const hold = await holdMoney(latchkey, body)
    while (hold.reservation.expiresAt === first.expiresAt) await new Promise((done) => setTimeout(done, 10))
    expect(Date.parse(hold.reservation.expiresAt)).toBeGreaterThan(Date.parse(first.expiresAt))
    await hold.settle({ amount: '1' })
    const late = await holdMoney(latchkey, body)
    expect(late.signal.reason).toBeInstanceOf(HoldLostError)
  })

  test('it extends itself while the work runs', async () => {
    let hold = await holdMoney(latchkey, { keyId, amount: '1', ttlSeconds: 2 })
    let begun = hold.reservation.expiresAt
    app.clock.advance(500)
    while (hold.reservation.expiresAt === begun) {
      await new Promise((done) => setTimeout(done, 10))
      if (!hold.signal.aborted) continue
      // A machine that pauses for longer than the hold lasts loses it, rightly. That proves nothing here, so another one tries.
      hold = await holdMoney(latchkey, { keyId, amount: '1', ttlSeconds: 2 })
      begun = hold.reservation.expiresAt
      app.clock.advance(500)
    }
    expect(Date.parse(hold.reservation.expiresAt) - Date.parse(begun)).toBeGreaterThanOrEqual(500)
    await hold.release()
    expect(await hold.release()).toMatchObject({ state: 'released' })
  })
})

/** A client whose extends end as the list says, one after the other; the last again and again. */
function scripted(...ends: ('ok' | Error)[]): Holder & { calls: string[] } {
  const calls: string[] = []
  const at = Date.parse('2030-01-01T00:00:00Z')
  const reservation = (ms: number, state = 'open') =>
    ({
      id: 'r',
      state,
      heldAt: new Date(at).toISOString(),
      expiresAt: new Date(at + ms).toISOString(),
    }) as Reservation
  let extended = 0
  return {
    calls,
    reservations: {
      create: async () => ({ ...reservation(60), budget: [] }),
      async extend() {
        calls.push('extend')
        const end = ends[Math.min(extended, ends.length - 1)]
        extended += 1
        if (end instanceof Error) throw end
        return { ...reservation(1_000), state: 'open', budget: [] } as never
      },
      async settle() {
        calls.push('settle')
        throw new LatchkeyConnectionError('lost')
      },
      async release() {
        calls.push('release')
        return reservation(60, 'released')
      },
    },
  }
}

const refused = new LatchkeyApiError('refused', {
  status: 409,
  headers: new Headers(),
  problem: { code: 'reservation_resolved' },
  body: '',
  retryAfterMs: undefined,
})
const BODY = { keyId: 'k', amount: '1' }
const lost = ({ signal }: { signal: AbortSignal }) =>
  new Promise<HoldLostError>((done) => signal.addEventListener('abort', () => done(signal.reason)))

describe('a hold that is no longer kept aborts the work and says why', () => {
  test('the server refuses to extend it', async () => {
    // On a busy machine the timer may come when the time of the hold is over: then nothing was asked.
    for (let round = 0; ; round += 1) {
      const holder = scripted(refused)
      const error = await lost(await holdMoney(holder, BODY))
      expect(error).toBeInstanceOf(HoldLostError)
      if (holder.calls.length > 0) {
        expect(error.message).toContain('refused')
        expect(error.cause).toBe(refused)
        expect(holder.calls).toEqual(['extend'])
        return
      }
      expect(round).toBeLessThan(20)
    }
  })

  test('the server cannot be reached until the time is over', async () => {
    const error = await lost(await holdMoney(scripted(new LatchkeyConnectionError('down')), BODY))
    expect(error.message).toContain('in time')
  })

  test('it was kept for the maximum time', async () => {
    const holder = scripted('ok')
    const error = await lost(await holdMoney(holder, BODY, { keepMs: 30 }))
    expect(error.message).toContain('as long as it may be')
    expect(holder.calls.filter((call) => call === 'extend').length).toBeLessThanOrEqual(1)
  })
})

test('a failure of the connection does not end it: it is extended again', async () => {
  // On a busy machine the timer may come when the time of the hold is over: then there was nothing to see.
  for (let round = 0; ; round += 1) {
    const holder = scripted(new LatchkeyConnectionError('down'), 'ok')
    const hold = await holdMoney(holder, BODY)
    while (holder.calls.length < 2 && !hold.signal.aborted) await new Promise((done) => setTimeout(done, 5))
    const wasInTime = !hold.signal.aborted
    await hold.release()
    if (wasInTime) break
    expect(round).toBeLessThan(20)
  }
})

test('after a failed settle it is not released at the end of the block: the settle may have succeeded', async () => {
  const holder = scripted('ok')
  const work = async () => {
    await using hold = await holdMoney(holder, BODY)
    await hold.settle({ amount: '1' })
  }
  await expect(work()).rejects.toThrow('lost')
  expect(holder.calls).toEqual(['settle'])
})

test('after its end nothing is extended', async () => {
  const holder = scripted('ok')
  const hold = await holdMoney(holder, BODY)
  await hold.release()
  // Three times as long as the first extension would have waited.
  await new Promise((done) => setTimeout(done, 60))
  expect(holder.calls).toEqual(['release'])
})

test('a closed client refuses calls, after those under way are done', async () => {
  const answer = Promise.withResolvers<Response>()
  const client = new Latchkey({ apiKey: 'x', fetch: () => answer.promise })
  const underWay = client.verify({ key: 'x' })
  const closing = client.close()
  await expect(client.verify({ key: 'x' })).rejects.toThrow('POST /v2/verify: The client is closed.')
  expect(await Promise.race([closing.then(() => 'closed'), Promise.resolve('open')])).toBe('open')
  answer.resolve(Response.json({ valid: false, code: 'NOT_FOUND' }))
  await closing
  expect(await underWay).toEqual({ valid: false, code: 'NOT_FOUND' } as never)
  await client[Symbol.asyncDispose]()
})
