import { describe, expect, test } from 'bun:test'
import { failure, nativeApp, pointers } from './native-app.ts'

describe('POST /v2/verify, at a limit', () => {
  test('RATE_LIMITED has the limit that bound and the wait; waiting that long is enough', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({
      rateLimits: [
        { name: 'loose', limit: 100, window: '1m' },
        { name: 'tight', limit: 2, window: '10s' },
      ],
    })
    await app.verify(secret)
    await app.verify(secret)
    const refused = await app.verify(secret)
    expect(refused).toEqual({
      valid: false,
      code: 'RATE_LIMITED',
      keyId: key.id,
      bound: {
        name: 'tight',
        limit: 2,
        window: '10s',
        remaining: 0,
        resetsAt: '2026-11-22T12:00:05.000Z',
        retryAfter: '5s',
        retryAfterSeconds: 5,
      },
    })
    app.clock.advance(4_999)
    expect((await app.verify(secret)).code).toBe('RATE_LIMITED')
    app.clock.advance(1)
    const { code, rateLimits } = await app.verify(secret)
    expect(code).toBe('VALID')
    // The refusals took nothing from the other limit either.
    expect(rateLimits[0]).toMatchObject({ name: 'loose', remaining: 99 })
  })

  test('a cost above the limit never fits, and of several limits the longest wait is returned', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey({
      rateLimits: [
        { name: 'tokens', limit: 100, window: '1m' },
        { name: 'requests', limit: 1, window: '1h' },
      ],
      limits: { daily: '1' },
    })
    const ask = (cost: number, more = {}) =>
      app.verify(secret, { rateLimits: [{ name: 'tokens', cost }], ...more })
    const never = await ask(101)
    expect([never.code, never.bound.name, never.neverFits]).toEqual(['RATE_LIMITED', 'tokens', true])
    expect([never.bound.retryAfter, never.bound.resetsAt]).toEqual([undefined, undefined])
    await ask(100)
    const both = (await ask(50)).bound
    expect([both.name, both.retryAfter, both.resetsAt]).toEqual([
      'requests',
      '1h',
      '2026-11-22T13:00:00.000Z',
    ])
    // The money has to be available by then, too.
    await app.verify(secret, { charge: 1, rateLimits: [{ name: 'requests', cost: 0 }] })
    expect((await ask(0, { charge: 1 })).bound.retryAfter).toBe('1h')
    expect((await ask(0, { charge: 2 })).neverFits).toBe(true)
  })

  test('costs are per named limit; a cost of 0 takes nothing, and unknown names are ignored', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey({
      rateLimits: [
        { name: 'requests', limit: 10, window: '1h' },
        { name: 'tokens', limit: 1000, window: '1h' },
      ],
    })
    const left = async (rateLimits: object[]) =>
      (await app.verify(secret, { rateLimits })).rateLimits.map(
        ({ remaining }: { remaining: number }) => remaining,
      )
    expect(await left([{ name: 'tokens', cost: 250 }])).toEqual([9, 750])
    expect(
      await left([
        { name: 'tokens', cost: 0 },
        { name: 'other', cost: 5 },
      ]),
    ).toEqual([8, 750])
    expect(await left([{ name: 'requests', cost: 0 }, { name: 'tokens' }])).toEqual([8, 749])
  })

  test('a name given twice in rateLimits is refused at its place, and nothing is taken', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey({ rateLimits: [{ name: 'r', limit: 10, window: '1h' }] })
    const twice = [{ name: 'other' }, { name: 'r', cost: 1 }, { name: 'r', cost: 0 }, { name: 'other' }]
    const answer = await app.call('POST', '/v2/verify', { body: { key: secret, rateLimits: twice } })
    expect(failure(answer)).toBe('400 input_invalid')
    expect(pointers(answer)).toEqual(['/rateLimits/2/name', '/rateLimits/3/name'])
    expect((await app.verify(secret)).rateLimits[0].remaining).toBe(9)
  })

  test('BUDGET_EXCEEDED has the limit that bound, in every window, until the window ends', async () => {
    await using app = await nativeApp()
    const ends: Record<string, string | null> = {
      daily: '2026-11-23T00:00:00.000Z',
      weekly: '2026-11-23T00:00:00.000Z',
      monthly: '2026-12-01T00:00:00.000Z',
      total: null,
    }
    for (const [window, resetsAt] of Object.entries(ends)) {
      app.clock.set('2026-11-22T12:00:00.000Z')
      const { key, secret } = await app.makeKey({ limits: { [window]: '1.5' } })
      await app.spend(key.id, '1.499999999')
      expect((await app.verify(secret)).code).toBe('VALID')
      await app.spend(key.id, '0.6')
      const amounts = { limit: '1.5', spent: '2.099999999', reserved: '0', remaining: '0' }
      const line = { scope: 'key', id: key.id, window, ...amounts, resetsAt }
      const never = resetsAt === null ? { neverFits: true } : {}
      const refused = {
        valid: false,
        code: 'BUDGET_EXCEEDED',
        keyId: key.id,
        bound: line,
        budget: [line],
        ...never,
      }
      expect(await app.verify(secret)).toEqual(refused)
      if (resetsAt === null) continue
      app.clock.set(Date.parse(resetsAt) - 1)
      expect((await app.verify(secret)).code).toBe('BUDGET_EXCEEDED')
      app.clock.set(resetsAt)
      expect((await app.verify(secret)).code).toBe('VALID')
    }
  })

  test('of several used-up limits the one that gets room last is named', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({ limits: { daily: '1', monthly: '1', total: '5' } })
    await app.spend(key.id, '1')
    const { bound, budget } = await app.verify(secret)
    expect(bound.window).toBe('monthly')
    expect(budget.map(({ window, remaining }: Record<string, string>) => [window, remaining])).toEqual([
      ['daily', '0'],
      ['monthly', '0'],
      ['total', '4'],
    ])
  })

  test('a limit of 0 refuses, and BYOK counts only if the key includes it', async () => {
    await using app = await nativeApp()
    expect((await app.verify((await app.makeKey({ limits: { total: 0 } })).secret)).code).toBe(
      'BUDGET_EXCEEDED',
    )
    const { key, secret } = await app.makeKey({ limits: { total: '1' } })
    await app.spend(key.id, '0', { byokAmount: '2' })
    expect((await app.verify(secret)).code).toBe('VALID')
    await app.call('PATCH', `/v2/keys/${key.id}`, { body: { includeByokInLimit: true } })
    expect((await app.verify(secret)).code).toBe('BUDGET_EXCEEDED')
    const { usage } = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect([usage.total, usage.byok.total]).toEqual(['0', '2'])
  })
})
