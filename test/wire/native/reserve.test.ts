import { describe, expect, test } from 'bun:test'
import { moneyOf } from './money.ts'
import { failure, nativeApp, pointers } from './native-app.ts'

const NOBODY = '019aab62-7c00-7b3c-8e1f-000000000000'
const DAY = { daily: '10' }

describe('POST /v2/reservations', () => {
  test('holds money, and returns its location and the state of every limit above the key', async () => {
    await using app = await nativeApp()
    const { reserve } = moneyOf(app)
    const { key } = await app.makeKey({ limits: { daily: '10', total: 100 } })
    const answer = await reserve({ keyId: key.id, amount: '2.5', ttlSeconds: 60, requestId: 'r-1' })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/v2/reservations/${answer.json.id}`)
    const line = { scope: 'key', id: key.id, spent: '0', reserved: '2.5' }
    expect(answer.json).toEqual({
      id: answer.json.id,
      keyId: key.id,
      ownerId: key.ownerId,
      workspaceId: key.workspaceId,
      requestId: 'r-1',
      amount: '2.5',
      state: 'open',
      heldAt: '2026-11-22T12:00:00.000Z',
      expiresAt: '2026-11-22T12:01:00.000Z',
      onExpiry: 'release',
      resolvedAt: null,
      resolvedBy: null,
      settled: null,
      byokSettled: null,
      released: null,
      overdraft: null,
      late: null,
      meta: null,
      budget: [
        { ...line, window: 'daily', limit: '10', remaining: '7.5', resetsAt: '2026-11-23T00:00:00.000Z' },
        { ...line, window: 'total', limit: '100', remaining: '97.5', resetsAt: null },
      ],
    })
    const { budget: _budget, ...reservation } = answer.json
    expect((await app.call('GET', answer.headers.get('location') ?? '')).json).toEqual(reservation)
  })

  test('holds for ten minutes by default, and at most a week', async () => {
    await using app = await nativeApp()
    const { held, reserve } = moneyOf(app)
    const { key } = await app.makeKey()
    expect((await held(key.id, '1')).expiresAt).toBe('2026-11-22T12:10:00.000Z')
    expect((await held(key.id, '1', { ttlSeconds: null })).expiresAt).toBe('2026-11-22T12:10:00.000Z')
    expect((await held(key.id, '1', { ttlSeconds: 604_800 })).expiresAt).toBe('2026-11-29T12:00:00.000Z')
    for (const ttlSeconds of [0, 604_801, 1.5, '60']) {
      const answer = await reserve({ keyId: key.id, amount: 1, ttlSeconds })
      expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', ['/ttlSeconds']])
    }
  })

  test('a reserved amount shows in the key, counts for all calls, and is refused only when there is no room', async () => {
    await using app = await nativeApp()
    const { held, reserve, line } = moneyOf(app)
    const { key, secret } = await app.makeKey({ limits: DAY })
    await app.spend(key.id, '4')
    await held(key.id, '5')
    expect(await line(key.id)).toMatchObject({ spent: '4', reserved: '5', remaining: '1' })
    expect((await reserve({ keyId: key.id, amount: '1.000000001' })).status).toBe(402)
    expect((await app.verify(secret)).code).toBe('VALID')
    await held(key.id, '1')
    expect(await line(key.id)).toMatchObject({ spent: '4', reserved: '6', remaining: '0' })
    expect((await app.verify(secret)).code).toBe('BUDGET_EXCEEDED')
  })

  const windows = [
    ['daily', '2026-11-23T00:00:00.000Z', 43_200],
    ['weekly', '2026-11-23T00:00:00.000Z', 43_200],
    ['monthly', '2026-12-01T00:00:00.000Z', 734_400],
    ['total', null, null],
  ] as const
  test.each(windows)(
    '402 names the %s limit of the key, the rest, and the time when it has room',
    async (...row) => {
      const [window, resetsAt, waitSeconds] = row
      await using app = await nativeApp()
      const { held, reserve } = moneyOf(app)
      const { key } = await app.makeKey({ limits: { [window]: '10' } })
      await app.spend(key.id, '2')
      await held(key.id, '3')
      // The hold alone takes all of the room.
      const answer = await reserve({ keyId: key.id, amount: '8.5' })
      const bound = {
        scope: 'key',
        id: key.id,
        window,
        limit: '10',
        spent: '2',
        reserved: '3',
        remaining: '5',
        resetsAt,
      }
      expect(answer.status).toBe(402)
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      expect(answer.headers.get('retry-after')).toBe(waitSeconds === null ? null : String(waitSeconds))
      expect(answer.json).toEqual({
        type: 'urn:latchkey:refusal:BUDGET_EXCEEDED',
        title: 'A limit has no room for the amount.',
        status: 402,
        detail: `The ${window} limit of the key has 5 USD left.`,
        code: 'BUDGET_EXCEEDED',
        requestId: answer.headers.get('x-request-id'),
        keyId: key.id,
        bound,
        budget: [bound],
        ...(resetsAt === null ? { neverFits: true } : {}),
      })
    },
  )

  test.each([1, 2, 90, 600])(
    'room that only a hold of %p s blocks is free after that time',
    async (seconds) => {
      await using app = await nativeApp()
      const { held, reserve } = moneyOf(app)
      const { key, secret } = await app.makeKey({ limits: { daily: '10', total: '10' } })
      await held(key.id, '6', { ttlSeconds: seconds })
      app.clock.advance(250)
      const answer = await reserve({ keyId: key.id, amount: '5' })
      const resetsAt = new Date(Date.parse('2026-11-22T12:00:00Z') + seconds * 1_000).toISOString()
      expect([answer.status, answer.json.bound.resetsAt, answer.json.neverFits]).toEqual([
        402,
        resetsAt,
        undefined,
      ])
      expect(answer.headers.get('retry-after')).toBe(String(seconds))
      expect((await app.verify(secret, { reserve: '5' })).bound.resetsAt).toBe(resetsAt)
      app.clock.advance(seconds * 1_000 - 251)
      expect((await reserve({ keyId: key.id, amount: '5' })).status).toBe(402)
      app.clock.advance(1)
      expect((await reserve({ keyId: key.id, amount: '5' })).status).toBe(201)
    },
  )

  test('without an amount the answer says that one is required', async () => {
    await using app = await nativeApp()
    const { reserve } = moneyOf(app)
    const { key } = await app.makeKey()
    const answer = await reserve({ keyId: key.id } as never)
    expect([answer.status, answer.json.errors]).toEqual([
      400,
      [{ pointer: '/amount', message: 'Is required.' }],
    ])
  })

  test.each([
    ['more than the limit of a day', { limits: { daily: '1' } }, '5'],
    ['more than a total that is spent', { limits: { total: '4' } }, '5'],
    ['a key that ends before midnight', { limits: { daily: '6' }, expiresAt: '2026-11-22T20:00:00Z' }, '5.5'],
    ['the boost of a moment', { limits: { daily: '5' } }, '6'],
  ])('%s never fits: no time to wait is told', async (what, body, amount) => {
    await using app = await nativeApp()
    const { reserve } = moneyOf(app)
    const { key, secret } = await app.makeKey(body)
    if (what.includes('boost')) {
      const boost = { amount: '1', until: '2026-11-22T13:00:00Z' }
      await app.call('PUT', `/v2/keys/${key.id}/boosts/daily`, { body: boost })
    }
    await app.spend(key.id, '1')
    const answer = await reserve({ keyId: key.id, amount })
    expect([answer.status, answer.json.neverFits, answer.json.bound.resetsAt]).toEqual([402, true, null])
    expect(answer.headers.get('retry-after')).toBeNull()
    const verdict = await app.verify(secret, { charge: amount })
    expect([verdict.code, verdict.neverFits, verdict.bound.resetsAt]).toEqual(['BUDGET_EXCEEDED', true, null])
  })

  test('of several limits without room the one that gets room last is named', async () => {
    await using app = await nativeApp()
    const { reserve } = moneyOf(app)
    const { key } = await app.makeKey({ limits: { daily: '1', weekly: '1', monthly: '1', total: '5' } })
    expect((await reserve({ keyId: key.id, amount: '2' })).json.bound.window).toBe('monthly')
    expect((await reserve({ keyId: key.id, amount: '6' })).json.bound.window).toBe('total')
  })

  test('a refusal takes nothing', async () => {
    await using app = await nativeApp()
    const { reserve, line } = moneyOf(app)
    const { key } = await app.makeKey({ limits: DAY })
    for (let n = 0; n < 5; n++) expect((await reserve({ keyId: key.id, amount: '11' })).status).toBe(402)
    expect(await line(key.id)).toMatchObject({ spent: '0', reserved: '0', remaining: '10' })
    expect((await app.call('GET', '/v2/reservations')).json.data).toEqual([])
  })

  test('the key may be named by the text of a valid secret instead of its id', async () => {
    await using app = await nativeApp()
    const { reserve } = moneyOf(app)
    const { key, secret } = await app.makeKey()
    expect((await reserve({ key: secret, amount: 1 })).json.keyId).toBe(key.id)
    const rotated = await app.call('POST', `/v2/keys/${key.id}/rotate`, { body: { overlap: '1h' } })
    expect((await reserve({ key: secret, amount: 1 })).json.keyId).toBe(key.id)
    app.clock.advance(3_600_000)
    expect(failure(await reserve({ key: secret, amount: 1 }))).toBe('404 key_not_found')
    expect((await reserve({ key: rotated.json.secret, amount: 1 })).json.keyId).toBe(key.id)
    // Its id never depends on which secret was used last.
    expect((await reserve({ keyId: key.id, amount: 1 })).json.keyId).toBe(key.id)
  })

  const unknown = [
    { keyId: NOBODY },
    { key: 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq' },
    { key: 'nonsense' },
    { key: 'x'.repeat(10_000) },
  ]
  test.each(unknown)('an unknown key is not found: %o', async (named) => {
    await using app = await nativeApp()
    expect(failure(await moneyOf(app).reserve({ ...named, amount: 1 }))).toBe('404 key_not_found')
  })

  test('a hold of 0 is refused, in every spelling of 0', async () => {
    await using app = await nativeApp()
    const { reserve } = moneyOf(app)
    const { key } = await app.makeKey()
    for (const amount of ['0', 0, '0.000000000', -0, 1e-10]) {
      const answer = await reserve({ keyId: key.id, amount })
      expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', ['/amount']])
    }
    expect((await app.call('GET', '/v2/reservations')).json.data).toEqual([])
  })

  test('no money is held for a key that may not be used', async () => {
    await using app = await nativeApp()
    const { reserve } = moneyOf(app)
    const codeOf = async (body: object) => {
      const { key } = await app.makeKey(body)
      return failure(await reserve({ keyId: key.id, amount: 1 }))
    }
    expect(await codeOf({ disabled: true })).toBe('409 key_not_usable')
    expect(await codeOf({ notBefore: '2026-11-22T12:00:00.001Z' })).toBe('409 key_not_usable')
    expect(await codeOf({ access: 'manage' })).toBe('409 key_not_usable')
    const { key } = await app.makeKey({ expiresAt: '2026-11-22T13:00:00Z' })
    app.clock.set('2026-11-22T13:00:00Z')
    expect(failure(await reserve({ keyId: key.id, amount: 1 }))).toBe('409 key_not_usable')
    const { key: gone } = await app.makeKey()
    await app.call('DELETE', `/v2/keys/${gone.id}`)
    expect(failure(await reserve({ keyId: gone.id, amount: 1 }))).toBe('404 key_not_found')
  })

  test('a SERVICE reserves for any key; a USER moves no money and sees only its own reservations', async () => {
    await using app = await nativeApp()
    const { reserve, reservation, settle, release } = moneyOf(app)
    const { key: foreign } = await app.makeKey()
    const { secret: service } = await app.makeUser({ username: 'service', role: 'SERVICE' })
    const { user, secret: ada } = await app.makeUser({ username: 'ada' })
    const { key: own, secret: ownSecret } = await app.makeKey({ ownerId: user.id })
    const theirs = await reserve({ keyId: foreign.id, amount: 1 }, { key: service })
    const hers = await reserve({ keyId: own.id, amount: 1 }, { key: service })
    expect([theirs.status, hers.status]).toEqual([201, 201])

    const as = { key: ada }
    const verify = (more: object) =>
      app.call('POST', '/v2/verify', { ...as, body: { key: ownSecret, ...more } })
    const attempts = [
      await reserve({ keyId: own.id, amount: 1 }, as),
      await reserve({ keyId: NOBODY, amount: 1 }, as),
      await settle(hers.json.id, { amount: 0 }, as),
      await release(hers.json.id, as),
      await verify({ charge: 1 }),
      await verify({ reserve: 1 }),
    ]
    expect(attempts.map(failure)).toEqual(attempts.map(() => '403 permission_denied'))
    expect((await verify({})).json.code).toBe('VALID')
    expect((await reservation(hers.json.id, as)).json.state).toBe('open')

    const told = ({ json: { requestId, ...rest } }: typeof hers) => rest
    const missing = told(await reservation(NOBODY, as))
    expect(missing.code).toBe('reservation_not_found')
    expect(told(await reservation(theirs.json.id, as))).toEqual(missing)
    const listed = async (key: string) =>
      (await app.call('GET', '/v2/reservations', { key })).json.data.map((each: { id: string }) => each.id)
    expect(await listed(ada)).toEqual([hers.json.id])
    expect((await listed(service)).toSorted()).toEqual([theirs.json.id, hers.json.id].toSorted())
  })
})

describe('many concurrent calls', () => {
  test('of a thousand reserves exactly as many pass as the limit of a key, its owner or its workspace has room for', async () => {
    await using app = await nativeApp()
    const { reserve, line } = moneyOf(app)
    const room = 337
    const many = 1_000
    const { user } = await app.makeUser({ username: 'ada', limits: { monthly: String(room) } })
    const workspace = await app.call('POST', '/v2/workspaces', {
      body: { name: 'Team', slug: 'team', limits: { total: String(room) } },
    })
    const bodies = [
      [{ limits: { daily: String(room) } }],
      [{ ownerId: user.id }, { ownerId: user.id }],
      [
        { workspaceId: workspace.json.id },
        { workspaceId: workspace.json.id },
        { workspaceId: workspace.json.id },
      ],
    ]
    for (const [index, keys] of bodies.entries()) {
      const ids = await Promise.all(keys.map(async (body) => (await app.makeKey(body)).key.id as string))
      const answers = await Promise.all(
        Array.from({ length: many }, (_, n) => reserve({ keyId: ids[n % ids.length], amount: 1 })),
      )
      const granted = answers.filter(({ status }) => status === 201).length
      const refused = answers.filter(({ status }) => status === 402)
      const scope = ['key', 'user', 'workspace'][index]
      console.log(`reserves at once: ${many} against the room of ${room} of a ${scope}: ${granted} granted`)
      expect([granted, refused.length]).toEqual([room, many - room])
      expect(refused.every(({ json }) => json.bound.scope === scope && json.bound.remaining === '0')).toBe(
        true,
      )
      if (index === 0) {
        expect(await line(ids[0] ?? '')).toMatchObject({ reserved: String(room), remaining: '0' })
      }
    }
  })

  test('interleaved reserves, settles and releases never exceed the limit and lose nothing', async () => {
    await using app = await nativeApp()
    const { reserve, settle, release, line } = moneyOf(app)
    const { key } = await app.makeKey({ limits: { total: '50' } })
    let settled = 0
    let chances = 0
    const worker = async (n: number) => {
      for (let round = 0; round < 20; round++) {
        chances += 1
        const answer = await reserve({ keyId: key.id, amount: 3 })
        if (answer.status !== 201) continue
        const { remaining, spent, reserved } = answer.json.budget[0]
        expect(Number(spent) + Number(reserved) + Number(remaining)).toBe(50)
        if ((n + round) % 3 === 0) await release(answer.json.id)
        else {
          await settle(answer.json.id, { amount: 1 })
          settled += 1
        }
      }
    }
    await Promise.all(Array.from({ length: 20 }, (_, n) => worker(n)))
    console.log(`reserves that race with settles and releases: ${chances}, ${settled} settled`)
    expect(settled).toBeGreaterThanOrEqual(40)
    // All that is left now must still be usable, one hold after the other, and not a nano-dollar more.
    for (let answer = await reserve({ keyId: key.id, amount: 3 }); answer.status === 201; settled += 1) {
      await settle(answer.json.id, { amount: 1 })
      answer = await reserve({ keyId: key.id, amount: 3 })
    }
    expect(settled).toBe(48)
    expect(await line(key.id, 'total')).toMatchObject({ spent: String(settled), reserved: '0' })
  })
})
