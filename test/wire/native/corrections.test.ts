import { describe, expect, test } from 'bun:test'
import { moneyOf } from './money.ts'
import { failure, type Loose, type NativeApp, nativeApp, pointers } from './native-app.ts'

const NOBODY = '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'

/** Makes a correction, as root by default. */
const correcting =
  (app: NativeApp) =>
  (keyId: string, eventId: string, more: object = {}, key?: string) =>
    app.call('POST', '/v2/usage/corrections', {
      body: { id: 'c', keyId, eventId, reason: 'wrong unit', ...more },
      ...(key === undefined ? {} : { key }),
    })

describe('POST /v2/usage/corrections', () => {
  test('takes back a part, then the rest, and then there is nothing left', async () => {
    await using app = await nativeApp()
    const correct = correcting(app)
    const { key, secret } = await app.makeKey({ limits: { daily: '10' } })
    const event = { id: 'e', keyId: key.id, amount: '31', byokAmount: '2', at: '2026-11-22T11:00:00.000Z' }
    await app.call('POST', '/v2/usage', { body: { events: [event] } })
    expect((await app.verify(secret)).code).toBe('BUDGET_EXCEEDED')
    const first = await correct(key.id, 'e', { id: 'c1', amount: '30' })
    expect([first.status, first.json]).toEqual([
      201,
      {
        id: 'c1',
        keyId: key.id,
        eventId: 'e',
        amount: '30',
        byokAmount: '0',
        at: '2026-11-22T11:00:00.000Z',
        recordedAt: '2026-11-22T12:00:00.000Z',
        reason: 'wrong unit',
      },
    ])
    // There is room again at once.
    expect(await app.verify(secret)).toMatchObject({
      code: 'VALID',
      budget: [{ spent: '1', remaining: '9' }],
    })
    const beyond = await correct(key.id, 'e', { id: 'c2', amount: '1.000000001' })
    expect([failure(beyond), beyond.json.detail]).toEqual([
      '409 correction_exceeds',
      'The rest of the event is 1 USD and 2 USD paid elsewhere.',
    ])
    expect((await correct(key.id, 'e', { id: 'c2' })).json).toMatchObject({ amount: '1', byokAmount: '2' })
    expect(failure(await correct(key.id, 'e', { id: 'c3' }))).toBe('409 correction_exceeds')
    const { usage } = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect(usage).toMatchObject({ daily: '0', total: '0' })
    // The id of the event stays known.
    expect((await app.call('POST', '/v2/usage', { body: { events: [event] } })).json.duplicates).toBe(1)
  })

  test('a repeated call gets the same answer and takes nothing more; the same id with another content is refused', async () => {
    await using app = await nativeApp()
    const correct = correcting(app)
    const { key } = await app.makeKey()
    await app.call('POST', '/v2/usage', {
      body: { events: ['e', 'f'].map((id) => ({ id, keyId: key.id, amount: '5', byokAmount: '1' })) },
    })
    const first = await correct(key.id, 'e', { amount: '2', byokAmount: '1' })
    app.clock.advance(5_000)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => correct(key.id, 'e', { amount: 2, byokAmount: '1' })),
    )
    for (const again of answers) {
      expect([again.status, again.json]).toEqual([201, { ...first.json, replayed: true }])
      expect(again.headers.get('idempotent-replayed')).toBe('true')
    }
    for (const other of [
      { amount: '3', byokAmount: '1' },
      { amount: '2' },
      { amount: '2', byokAmount: '1', reason: 'other' },
    ])
      expect([other, failure(await correct(key.id, 'e', other))]).toEqual([other, '409 correction_conflict'])
    expect(failure(await correct(key.id, 'f', { amount: '2', byokAmount: '1' }))).toBe(
      '409 correction_conflict',
    )
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('8')
  })

  test('charges and settlements are corrected by their ids, in their windows', async () => {
    await using app = await nativeApp()
    const correct = correcting(app)
    const { held, settle } = moneyOf(app)
    const { key, secret } = await app.makeKey({ limits: { daily: '10' } })
    await app.verify(secret, { charge: '4', requestId: 'r' })
    const hold = await held(key.id, '3')
    app.clock.advance(86_400_000)
    await settle(hold.id, { amount: '3' })
    await app.verify(secret, { charge: '1' })
    expect((await correct(key.id, 'r', { id: 'c1' })).json.amount).toBe('4')
    expect((await correct(key.id, `reservation:${hold.id}`, { id: 'c2', amount: '2' })).json.amount).toBe('2')
    const { usage } = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect([usage.daily, usage.total]).toEqual(['1', '2'])
    // A repeat of the charge gets its first answer and takes nothing.
    expect(await app.verify(secret, { charge: '4', requestId: 'r' })).toMatchObject({
      code: 'VALID',
      replayed: true,
    })
    expect((await app.call('GET', `/v2/reservations/${hold.id}`)).json).toMatchObject({
      state: 'settled',
      settled: '3',
    })
  })

  test('is a line of its own in reports of every grouping, so that all lines add up to the sum that counts', async () => {
    await using app = await nativeApp()
    const correct = correcting(app)
    const { key } = await app.makeKey({ labels: { team: 'a' } })
    const { key: other } = await app.makeKey()
    const events = [
      { id: '1', keyId: key.id, amount: '5', meta: { model: 'm', prompt_tokens: '7' } },
      { id: '2', keyId: key.id, amount: '2', byokAmount: '1', meta: { model: 'n' } },
      { id: '3', keyId: other.id, amount: '1' },
    ]
    await app.call('POST', '/v2/usage', { body: { events } })
    await correct(key.id, '1', { id: 'a', amount: '4' })
    await correct(key.id, '2', { id: 'b' })
    const report = async (query: string) =>
      (await app.call('GET', `/v2/usage?interval=day${query}`)).json.data
    const start = '2026-11-22T00:00:00.000Z'
    expect(await report('')).toEqual([
      { start, group: null, amount: '8', byokAmount: '1', requests: 3 },
      { start, group: null, amount: '-6', byokAmount: '-1', requests: 0, correction: true },
    ])
    const lines = (rows: Loose[]) =>
      rows.map(
        ({ group, amount, correction }) => `${Object.values(group)[0]} ${amount}${correction ? ' back' : ''}`,
      )
    expect(lines(await report('&groupBy=meta:model'))).toEqual([
      'm 5',
      'm -4 back',
      'n 2',
      'n -2 back',
      'null 1',
    ])
    expect(lines(await report('&groupBy=label:team'))).toEqual(['a 7', 'a -6 back', 'null 1'])
    app.clock.advance(86_400_000)
    const { data } = (await app.call('GET', '/api/v1/activity?date=2026-11-22')).json
    expect(
      data.map((row: Loose) => [
        row.model,
        row.usage,
        row.byok_usage_inference,
        row.requests,
        row.prompt_tokens,
      ]),
    ).toEqual([
      ['', 1, 0, 1, 0],
      ['m', 1, 0, 1, 7],
      ['n', 0, 0, 1, 0],
    ])
  })

  test('is for ADMIN and ROOT, and has an entry in the audit log', async () => {
    await using app = await nativeApp()
    const correct = correcting(app)
    const { user, secret: ada } = await app.makeUser({ username: 'ada', role: 'ADMIN' })
    const { secret: service } = await app.makeUser({ username: 'service', role: 'SERVICE' })
    const { secret: bob } = await app.makeUser({ username: 'bob' })
    const { key } = await app.makeKey()
    await app.spend(key.id, '5')
    for (const secret of [service, bob])
      expect(failure(await correct(key.id, 'event-1', {}, secret))).toBe('403 permission_denied')
    expect((await correct(key.id, 'event-1', { amount: '2' }, ada)).status).toBe(201)
    await correct(key.id, 'event-1', { amount: '2' }, ada)
    const entries = (await app.call('GET', `/v2/audit?targetId=${key.id}&action=usage.correct&outcome=done`))
      .json.data
    expect(entries).toMatchObject([
      {
        outcome: 'done',
        target: { kind: 'key', id: key.id },
        actor: { userId: user.id },
        reason: 'wrong unit',
        before: null,
        after: { id: 'c', eventId: 'event-1', amount: '2', byokAmount: '0' },
      },
    ])
    expect((await app.call('GET', `/v2/audit?action=usage.correct&outcome=denied`)).json.data).toHaveLength(2)
  })

  test('of a missing or purged event, or of a correction, is 404', async () => {
    await using app = await nativeApp()
    const correct = correcting(app)
    const { key } = await app.makeKey()
    const { key: other } = await app.makeKey()
    await app.spend(key.id, '5')
    expect(failure(await correct(NOBODY, 'event-1'))).toBe('404 key_not_found')
    expect(failure(await correct(other.id, 'event-1'))).toBe('404 event_not_found')
    expect(failure(await correct(key.id, 'event-2'))).toBe('404 event_not_found')
    expect((await correct(key.id, 'event-1', { amount: '1' })).status).toBe(201)
    expect(failure(await correct(key.id, 'correction:c', { id: 'd' }))).toBe('404 event_not_found')
    await app.latchkey.usage.purge(app.clock.now() + 1)
    expect(failure(await correct(key.id, 'event-1', { id: 'd' }))).toBe('404 event_not_found')
  })

  test('invalid input is a 400 with its place, and reported events cannot have the ids of corrections', async () => {
    await using app = await nativeApp()
    const correct = correcting(app)
    const { key, secret } = await app.makeKey()
    await app.spend(key.id, '5')
    for (const [more, pointer] of [
      [{ amount: '0' }, '/amount'],
      [{ amount: '-1' }, '/amount'],
      [{ byokAmount: 'x' }, '/byokAmount'],
      [{ id: '' }, '/id'],
      [{ reason: '' }, '/reason'],
      [{ eventId: 'x'.repeat(129) }, '/eventId'],
      [{ other: 1 }, '/other'],
    ] as const)
      expect([more, pointers(await correct(key.id, 'event-1', more))]).toEqual([more, [pointer]])
    const events = [{ id: 'correction:c', keyId: key.id, amount: '1' }]
    expect(pointers(await app.call('POST', '/v2/usage', { body: { events } }))).toEqual(['/events/0/id'])
    const charge = { key: secret, charge: '1', requestId: 'correction:c' }
    expect(pointers(await app.call('POST', '/v2/verify', { body: charge }))).toEqual(['/requestId'])
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('5')
  })

  test('of many that race, no more than the event is taken back', async () => {
    await using app = await nativeApp()
    const correct = correcting(app)
    const { key } = await app.makeKey({ limits: { total: '100' } })
    await app.spend(key.id, '10')
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => correct(key.id, 'event-1', { id: `c${n}`, amount: '0.5' })),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(20)
    expect(new Set(statuses)).toEqual(new Set([201, 409]))
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('0')
    console.log(`corrections that race: ${answers.length} chances`)
  })
})
