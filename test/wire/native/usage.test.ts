import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { formatUsd } from '../../../src/core/money/money.ts'
import { failure, nativeApp, pointers } from './native-app.ts'

const NOBODY = '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'

describe('POST /v2/usage', () => {
  test('counts every event once, however often it is reported, by id, hash or the digest of a later secret', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ limits: { total: '100' } })
    const { secret } = (await app.call('POST', `/v2/keys/${key.id}/rotate`)).json
    const digest = createHash('sha256').update(secret).digest('hex')
    const events = [
      { id: 'a', keyId: key.id, amount: '1.5' },
      { id: 'b', hash: key.hash.toUpperCase(), amount: 2 },
      {
        id: 'c',
        hash: digest,
        amount: '0.000000001',
        byokAmount: '7',
        requests: 3,
        meta: { model: 'small' },
      },
      { id: 'a', keyId: key.id, amount: '99' },
    ]
    const conflicts = [{ id: 'a', pointer: '/events/3' }]
    const report = () => app.call('POST', '/v2/usage', { body: { events } })
    expect((await report()).json).toEqual({ accepted: 3, duplicates: 0, conflicts })
    expect((await report()).json).toEqual({ accepted: 0, duplicates: 3, conflicts })
    const { usage, budget } = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect([usage.total, usage.byok.total, budget[0].spent]).toEqual(['3.500000001', '7', '3.500000001'])
  })

  test('an event whose id is known with other content is a conflict, and the first record stays', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const { key: other } = await app.makeKey()
    const first = {
      id: 'a',
      keyId: key.id,
      amount: '1.5',
      byokAmount: '0.5',
      requests: 2,
      at: '2026-11-22T11:00:00.000Z',
      meta: { model: 'small', prompt_tokens: 5 },
    }
    const report = async (events: object[]) =>
      (await app.call('POST', '/v2/usage', { body: { events } })).json
    expect(await report([first])).toEqual({ accepted: 1, duplicates: 0, conflicts: [] })
    const same = [
      first,
      { ...first, amount: 1.5, byokAmount: '0.50' },
      { ...first, at: '2026-11-22T11:00:00Z' },
      { ...first, meta: { prompt_tokens: '005', model: 'small' } },
    ]
    expect(await report(same)).toEqual({ accepted: 0, duplicates: 4, conflicts: [] })
    const others = [
      { ...first, amount: '1.500000001' },
      { ...first, byokAmount: '0' },
      { ...first, byokAmount: undefined },
      { ...first, requests: 1 },
      { ...first, at: '2026-11-22T11:00:00.001Z' },
      { ...first, at: undefined },
      { ...first, meta: { model: 'large', prompt_tokens: 5 } },
      { ...first, meta: { model: 'small' } },
      { ...first, meta: undefined },
    ]
    const conflicts = others.map((_, n) => ({ id: 'a', pointer: `/events/${n}` }))
    expect(await report(others)).toEqual({ accepted: 0, duplicates: 0, conflicts })
    // Another key's events have ids of their own, and the other events of the call are recorded.
    const mixed = [{ ...first, keyId: other.id }, { ...first, amount: '9' }, first, { ...first, id: 'b' }]
    expect(await report(mixed)).toEqual({
      accepted: 2,
      duplicates: 1,
      conflicts: [{ id: 'a', pointer: '/events/1' }],
    })
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('3')
  })

  test('an event without a time is a duplicate when it is repeated later, and one slightly in the future counts as now', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const events = [
      { id: 'now', keyId: key.id, amount: 1 },
      { id: 'ahead', keyId: key.id, amount: 1, at: '2026-11-22T12:04:00Z' },
    ]
    const report = async (more = {}) =>
      (
        await app.call('POST', '/v2/usage', {
          body: { events: events.map((event) => ({ ...event, ...more })) },
        })
      ).json
    expect(await report()).toEqual({ accepted: 2, duplicates: 0, conflicts: [] })
    app.clock.advance(3_600_000)
    expect(await report()).toEqual({ accepted: 0, duplicates: 2, conflicts: [] })
    expect((await report({ at: '2026-11-22T12:30:00Z' })).conflicts).toHaveLength(2)
  })

  test('of two events with one id in one call the first counts, the second is reported', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const events = ['1', '2', '1'].map((amount) => ({ id: 'a', keyId: key.id, amount }))
    const { json } = await app.call('POST', '/v2/usage', { body: { events } })
    expect(json).toEqual({ accepted: 1, duplicates: 1, conflicts: [{ id: 'a', pointer: '/events/1' }] })
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('1')
  })

  test('a thousand events that are all known with other content are all reported', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const meta = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`m${n}`, 'v'.repeat(20)]))
    const report = async (amount: number) => {
      const events = Array.from({ length: 1000 }, (_, n) => ({ id: `${n}`, keyId: key.id, amount, meta }))
      return (await app.call('POST', '/v2/usage', { body: { events } })).json
    }
    expect((await report(1)).accepted).toBe(1000)
    const { accepted, duplicates, conflicts } = await report(2)
    expect([accepted, duplicates, conflicts.length]).toEqual([0, 0, 1000])
    expect((await report(1)).duplicates).toBe(1000)
  })

  test('an event counts in the windows of its own time', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    await app.spend(key.id, '1', { at: '2026-11-21T23:59:59.999Z' })
    await app.spend(key.id, '2', { at: '2026-11-22T00:00:00.000Z' })
    await app.spend(key.id, '4', { at: '2026-10-31T12:00:00Z' })
    const { usage } = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect(usage).toMatchObject({ daily: '2', weekly: '3', monthly: '3', total: '7' })
  })

  test('it counts beyond a limit and for a revoked key, because it has happened', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ limits: { total: '1' } })
    await app.call('DELETE', `/v2/keys/${key.id}`)
    await app.spend(key.id, '5')
    const { budget } = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect(budget[0]).toMatchObject({ spent: '5', remaining: '0' })
  })

  test('a key counts as soon as it exists, also when usage of it was reported too early', async () => {
    await using app = await nativeApp()
    const { key: known } = await app.makeKey()
    const events = [known.id, NOBODY].map((keyId, n) => ({ id: `e${n}`, keyId, amount: 1 }))
    const report = () => app.call('POST', '/v2/usage', { body: { events } })
    expect(pointers(await report())).toEqual(['/events/1/keyId'])
    await app.makeKey({ id: NOBODY })
    expect((await report()).json).toEqual({ accepted: 2, duplicates: 0, conflicts: [] })
    // Now all keys are known already.
    expect((await report()).json).toEqual({ accepted: 0, duplicates: 2, conflicts: [] })
    expect((await app.call('GET', `/v2/keys/${NOBODY}`)).json.usage.total).toBe('1')
  })

  test('the next verify sees reported usage', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({ limits: { daily: '1' } })
    expect((await app.verify(secret)).budget[0].remaining).toBe('1')
    await app.spend(key.id, '0.75')
    expect((await app.verify(secret)).budget[0].remaining).toBe('0.25')
    await app.spend(key.id, '0.25')
    expect((await app.verify(secret)).code).toBe('BUDGET_EXCEEDED')
  })

  test('a thousand events in one call, and concurrent calls, add up to the nano-dollar', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const calls = 6
    const batch = (call: number) =>
      Array.from({ length: 1000 }, (_, index) => ({
        id: `${call}-${index}`,
        keyId: key.id,
        amount: '0.000000007',
      }))
    const answers = await Promise.all(
      Array.from({ length: calls }, (_, call) =>
        app.call('POST', '/v2/usage', { body: { events: batch(call) } }),
      ),
    )
    process.stdout.write(`usage calls at once: ${calls} of 1000 events\n`)
    expect(answers.map(({ json }) => json.accepted)).toEqual(Array.from({ length: calls }, () => 1000))
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('0.000042')
  })

  test('amounts as JSON numbers are rounded to the nearest nano-dollar, in a whole batch', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const costs = Array.from({ length: 1000 }, (_, n) => n * 37 * 0.15e-6 + n * 11 * 0.6e-6)
    const events = costs.map((amount, n) => ({ id: `${n}`, keyId: key.id, amount, byokAmount: amount / 3 }))
    const unwritable = costs.filter((amount) => !/^\d+(\.\d{1,9})?$/.test(String(amount)))
    process.stdout.write(`computed amounts: 1000, with more than nine decimals: ${unwritable.length}\n`)
    expect(unwritable.length).toBeGreaterThan(300)
    expect((await app.call('POST', '/v2/usage', { body: { events } })).json.accepted).toBe(1000)
    // Each is a whole number of 150 nano-dollars by its formula.
    const exact = costs.reduce((sum, _, n) => sum + BigInt(n * 37 * 150 + n * 11 * 600), 0n)
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe(formatUsd(exact))
  })

  test.each(['1e-10', '1e-9', '1.5e-7', '1E3', '0.0000000001', '1.0000000000'])(
    'the text %p cannot be stored exactly, so it is refused',
    async (amount) => {
      await using app = await nativeApp()
      const { key } = await app.makeKey()
      const body = { events: [{ id: 'a', keyId: key.id, amount }] }
      expect(pointers(await app.call('POST', '/v2/usage', { body }))).toEqual(['/events/0/amount'])
    },
  )

  const wrong: [what: string, event: object, pointer: string][] = [
    ['no key', { id: 'a', amount: 1 }, '/events/0/keyId'],
    ['a key named twice', { id: 'a', keyId: NOBODY, hash: 'a'.repeat(64), amount: 1 }, '/events/0/keyId'],
    ['an unknown key', { id: 'a', keyId: NOBODY, amount: 1 }, '/events/0/keyId'],
    ['an unknown hash', { id: 'a', hash: 'a'.repeat(64), amount: 1 }, '/events/0/hash'],
    ['a broken hash', { id: 'a', hash: 'a', amount: 1 }, '/events/0/hash'],
    ['no id', { keyId: NOBODY, amount: 1 }, '/events/0/id'],
    ['no amount', { id: 'a', keyId: NOBODY }, '/events/0/amount'],
    ['a negative amount', { id: 'a', keyId: NOBODY, amount: '-1' }, '/events/0/amount'],
    ['an amount that is no number', { id: 'a', keyId: NOBODY, amount: 'NaN' }, '/events/0/amount'],
    ['half a request', { id: 'a', keyId: NOBODY, amount: 1, requests: 0.5 }, '/events/0/requests'],
    ['an unknown member', { id: 'a', keyId: NOBODY, amount: 1, cost: 1 }, '/events/0/cost'],
    ['meta that is no text', { id: 'a', keyId: NOBODY, amount: 1, meta: { a: 1 } }, '/events/0/meta/a'],
    ...[-1, 0.5, 1_000_000_001, '', '1e3', '-1', 'many', true].map((tokens): [string, object, string] => [
      `${JSON.stringify(tokens)} as a count of tokens`,
      { id: 'a', keyId: NOBODY, amount: 1, meta: { completion_tokens: tokens } },
      '/events/0/meta/completion_tokens',
    ]),
    [
      'a model that is no text',
      { id: 'a', keyId: NOBODY, amount: 1, meta: { model: 4 } },
      '/events/0/meta/model',
    ],
    ['a meta without a name', { id: 'a', keyId: NOBODY, amount: 1, meta: { '': 'x' } }, '/events/0/meta/'],
    [
      'a meta with a long name',
      { id: 'a', keyId: NOBODY, amount: 1, meta: { ['n'.repeat(65)]: 'x' } },
      // A place shows at most 64 characters of a name.
      `/events/0/meta/${'n'.repeat(64)}`,
    ],
    [
      'too much meta',
      {
        id: 'a',
        keyId: NOBODY,
        amount: 1,
        meta: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`m${index}`, ''])),
      },
      '/events/0/meta',
    ],
  ]
  test.each(wrong)('%s is refused with its place', async (_what, event, pointer) => {
    await using app = await nativeApp()
    const answer = await app.call('POST', '/v2/usage', { body: { events: [event] } })
    expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', [pointer]])
  })

  test('an error in a token count is described in a sentence', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const events = [{ id: 'a', keyId: key.id, amount: 1, meta: { prompt_tokens: 'many' } }]
    const answer = await app.call('POST', '/v2/usage', { body: { events } })
    expect(answer.json.errors).toEqual([
      {
        pointer: '/events/0/meta/prompt_tokens',
        message: 'Must be a whole number from 0 to 1000000000.',
      },
    ])
  })

  test('a time too far ahead is refused, and one bad event keeps all others from being counted', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const good = { id: 'good', keyId: key.id, amount: 1 }
    const ahead = { id: 'ahead', keyId: key.id, amount: 1, at: '2026-11-22T12:05:00.001Z' }
    const answer = await app.call('POST', '/v2/usage', {
      body: { events: [good, ahead, { ...good, keyId: NOBODY }] },
    })
    expect(pointers(answer)).toEqual(['/events/1/at', '/events/2/keyId'])
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('0')
    expect((await app.call('POST', '/v2/usage', { body: { events: [good] } })).json.accepted).toBe(1)
  })

  test.each([
    ['2026-11-22T12:05:00.000Z', true],
    ['2026-11-22T12:05:00.001Z', false],
    ['2025-10-18T12:00:00.000Z', true],
    ['2025-10-18T11:59:59.999Z', false],
    ['0001-01-01T00:00:00Z', false],
    ['0000-01-01T00:00:00Z', false],
    ['1901-01-01T00:00:00Z', false],
    ['1970-01-01T00:00:00Z', false],
    ['9999-12-31T23:59:59.999Z', false],
  ])('the time %p of a use is taken: %p', async (at, taken) => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ limits: { daily: '1' } })
    const body = { events: [{ id: 'a', keyId: key.id, amount: 1, at }] }
    const answer = await app.call('POST', '/v2/usage', { body })
    expect([answer.status, pointers(answer)]).toEqual(taken ? [200, []] : [400, ['/events/0/at']])
    if (!taken) expect(answer.json.errors[0].message).toContain('400 days')
    const { usage } = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect(usage.total).toBe(taken ? '1' : '0')
  })

  test('a call has one to a thousand events', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const many = Array.from({ length: 1001 }, (_, index) => ({ id: `${index}`, keyId: key.id, amount: 0 }))
    for (const events of [[], many]) {
      const answer = await app.call('POST', '/v2/usage', { body: { events } })
      expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', ['/events']])
    }
  })

  test('a SERVICE reports for any key, a USER for none, not even its own', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const { secret: service } = await app.makeUser({ username: 'service', role: 'SERVICE' })
    const { user, secret: ada } = await app.makeUser({ username: 'ada' })
    const { key: own } = await app.makeKey({ ownerId: user.id })
    const report = (key: string, keyId: string, id: string) =>
      app.call('POST', '/v2/usage', { key, body: { events: [{ id, keyId, amount: 1 }] } })
    expect((await report(service, key.id, '1')).json.accepted).toBe(1)
    for (const id of [own.id, key.id, NOBODY])
      expect(failure(await report(ada, id, '2'))).toBe('403 permission_denied')
    // The gateway's own event is not taken for a repeat of the refused one.
    expect((await report(service, own.id, '2')).json.accepted).toBe(1)
  })
})
