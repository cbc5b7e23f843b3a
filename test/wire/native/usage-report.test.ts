import { describe, expect, test } from 'bun:test'
import { moneyOf } from './money.ts'
import { failure, type Loose, type NativeApp, nativeApp, pointers } from './native-app.ts'

/** The rows of a report, each as one text: start, group, amount, byok, requests. */
async function reportOf(app: NativeApp, query: string, key = app.rootKey): Promise<string[]> {
  const answer = await app.call('GET', `/v2/usage?${query}`, { key })
  expect(answer.status).toBe(200)
  return answer.json.data.map(({ start, group, amount, byokAmount, requests }: Loose) =>
    [start.slice(0, 13), group === null ? '-' : Object.values(group)[0], amount, byokAmount, requests].join(
      ' ',
    ),
  )
}

/** Two owners with two workspaces, three keys, and usage over several months. */
async function staged(app: NativeApp) {
  const { user, secret } = await app.makeUser({ username: 'ada' })
  const team = (await app.call('POST', '/v2/workspaces', { body: { name: 'Team', slug: 'team' } })).json
  const { key: a } = await app.makeKey({ labels: { env: 'prod' } })
  const { key: b } = await app.makeKey({ ownerId: user.id, workspaceId: team.id, labels: { env: 'test' } })
  const { key: c } = await app.makeKey({ ownerId: user.id })
  const events: [Loose, string, string, object][] = [
    [a, '1', '2026-09-30T23:59:59.999Z', { model: 'small' }],
    [a, '2', '2026-10-01T00:00:00.000Z', { model: 'large' }],
    [b, '4', '2026-11-16T00:00:00.000Z', { model: 'small', region: 'eu' }],
    [b, '8', '2026-11-22T10:30:00.000Z', {}],
    [c, '16', '2026-11-22T11:59:59.999Z', { model: 'small' }],
    [c, '32', '2026-11-22T12:00:00.000Z', { model: '' }],
  ]
  for (const [key, amount, at, meta] of events) {
    await app.spend(key.id, amount, { at, meta, byokAmount: '0.5', requests: 2 })
  }
  return { a, b, c, user, secret, team }
}

const SINGLE = ['key', 'owner', 'workspace', 'externalUserId', 'label:env', 'meta:model', 'meta:none']
const PAIRS = SINGLE.flatMap((one) =>
  SINGLE.filter((other) => other !== one && !(one.startsWith('meta') && other.startsWith('meta'))).map(
    (other) => `${one} ${other}`,
  ),
)

const ALL = 'from=2026-09-01T00:00:00Z&to=2026-11-22T13:00:00Z'
const TODAY = 'from=2026-11-22T00:00:00Z&to=2026-11-22T13:00:00Z'

describe('GET /v2/usage', () => {
  test('adds up by hour, UTC day, week from Monday and month, oldest first', async () => {
    await using app = await nativeApp()
    await staged(app)
    expect(await reportOf(app, `${TODAY}&interval=hour`)).toEqual([
      '2026-11-22T10 - 8 0.5 2',
      '2026-11-22T11 - 16 0.5 2',
      '2026-11-22T12 - 32 0.5 2',
    ])
    expect(await reportOf(app, ALL)).toEqual([
      '2026-09-30T00 - 1 0.5 2',
      '2026-10-01T00 - 2 0.5 2',
      '2026-11-16T00 - 4 0.5 2',
      '2026-11-22T00 - 56 1.5 6',
    ])
    expect(await reportOf(app, `${ALL}&interval=week`)).toEqual([
      '2026-09-28T00 - 3 1 4',
      '2026-11-16T00 - 60 2 8',
    ])
    expect(await reportOf(app, `${ALL}&interval=month`)).toEqual([
      '2026-09-01T00 - 1 0.5 2',
      '2026-10-01T00 - 2 0.5 2',
      '2026-11-01T00 - 60 2 8',
    ])
  })

  test('groups by key, owner, workspace, label and metadata, and names the group as requested', async () => {
    await using app = await nativeApp()
    const { a, b, c, user, team } = await staged(app)
    const month = (groupBy: string) => reportOf(app, `${ALL}&interval=month&groupBy=${groupBy}`)
    const sorted = (rows: string[]) => rows.toSorted()
    const { ownerId: root, workspaceId: main } = a
    expect(sorted(await month('key'))).toEqual(
      sorted([
        `2026-09-01T00 ${a.id} 1 0.5 2`,
        `2026-10-01T00 ${a.id} 2 0.5 2`,
        `2026-11-01T00 ${b.id} 12 1 4`,
        `2026-11-01T00 ${c.id} 48 1 4`,
      ]),
    )
    expect(sorted(await month('owner'))).toEqual(
      sorted([
        `2026-09-01T00 ${root} 1 0.5 2`,
        `2026-10-01T00 ${root} 2 0.5 2`,
        `2026-11-01T00 ${user.id} 60 2 8`,
      ]),
    )
    expect(sorted(await month('workspace'))).toEqual(
      sorted([
        `2026-09-01T00 ${main} 1 0.5 2`,
        `2026-10-01T00 ${main} 2 0.5 2`,
        `2026-11-01T00 ${team.id} 12 1 4`,
        `2026-11-01T00 ${main} 48 1 4`,
      ]),
    )
    const report = async (groupBy: string) =>
      (await app.call('GET', `/v2/usage?${TODAY}&groupBy=${groupBy}`)).json.data.map(
        ({ group, amount }: Loose) => ({ group, amount }),
      )
    expect((await report('label:env')).toSorted(byAmount)).toEqual([
      { group: { 'label:env': 'test' }, amount: '8' },
      { group: { 'label:env': null }, amount: '48' },
    ])
    expect((await report('meta:model')).toSorted(byAmount)).toEqual([
      { group: { 'meta:model': null }, amount: '8' },
      { group: { 'meta:model': 'small' }, amount: '16' },
      { group: { 'meta:model': '' }, amount: '32' },
    ])
    expect(await report('meta:nothing')).toEqual([{ group: { 'meta:nothing': null }, amount: '56' }])
  })

  test('groups by two, names both, and says the names of records', async () => {
    await using app = await nativeApp()
    const { a, b, c, user, team, secret } = await staged(app)
    const lines = async (query: string, key = app.rootKey) => {
      const answer = await app.call('GET', `/v2/usage?${ALL}&interval=month&${query}`, { key })
      expect(answer.status).toBe(200)
      return answer.json.data.map(({ start, group, names, amount }: Loose) => [
        start.slice(0, 7),
        group,
        names ?? null,
        amount,
      ])
    }
    const both = await lines('groupBy=key&groupBy=meta:model')
    expect(both).toHaveLength(6)
    expect(both.slice(0, 2)).toEqual([
      ['2026-09', { key: a.id, 'meta:model': 'small' }, { key: a.name }, '1'],
      ['2026-10', { key: a.id, 'meta:model': 'large' }, { key: a.name }, '2'],
    ])
    expect(both.slice(2).toSorted(byText)).toEqual(
      [
        ['2026-11', { key: b.id, 'meta:model': 'small' }, { key: b.name }, '4'],
        ['2026-11', { key: b.id, 'meta:model': null }, { key: b.name }, '8'],
        ['2026-11', { key: c.id, 'meta:model': '' }, { key: c.name }, '32'],
        ['2026-11', { key: c.id, 'meta:model': 'small' }, { key: c.name }, '16'],
      ].toSorted(byText),
    )
    const other = await lines('groupBy=meta:model&groupBy=owner')
    expect(other.slice(2)).toEqual([
      ['2026-11', { 'meta:model': '', owner: user.id }, { owner: 'ada' }, '32'],
      ['2026-11', { 'meta:model': 'small', owner: user.id }, { owner: 'ada' }, '20'],
      ['2026-11', { 'meta:model': null, owner: user.id }, { owner: 'ada' }, '8'],
    ])
    const [first, , ...november] = await lines('groupBy=workspace&groupBy=label:env')
    expect(first).toEqual([
      '2026-09',
      { workspace: a.workspaceId, 'label:env': 'prod' },
      { workspace: 'Default' },
      '1',
    ])
    expect(
      november
        .map(([, group, names, amount]: Loose[]) => [group['label:env'], names.workspace, amount])
        .toSorted(byText),
    ).toEqual(
      [
        [null, 'Default', '48'],
        ['test', team.name, '12'],
      ].toSorted(byText),
    )
    // Only its own keys, with their names.
    const own = await lines('groupBy=owner&groupBy=key', secret)
    expect(own.map(([, { key }, names]: Loose[]) => [key, names]).toSorted(byText)).toEqual(
      [
        [b.id, { owner: 'ada', key: b.name }],
        [c.id, { owner: 'ada', key: c.name }],
      ].toSorted(byText),
    )
  })

  test('names include revoked keys and deleted users; a SERVICE, which reads no records, gets none', async () => {
    await using app = await nativeApp()
    const { a, c, user } = await staged(app)
    const { secret: service } = await app.makeUser({ username: 'gateway', role: 'SERVICE' })
    const keys = (await app.call('GET', `/v2/keys?ownerId=${user.id}`)).json.data as Loose[]
    for (const path of [`keys/${a.id}`, ...keys.map(({ id }) => `keys/${id}`), `users/${user.id}`])
      expect((await app.call('DELETE', `/v2/${path}`)).status).toBeLessThan(300)
    const report = async (key = app.rootKey) =>
      (await app.call('GET', `/v2/usage?${ALL}&interval=month&groupBy=owner&groupBy=key`, { key })).json.data
    const named = await report()
    expect(named.find(({ group }: Loose) => group.key === c.id)?.names).toEqual({ owner: 'ada', key: c.name })
    const unnamed = await report(service)
    expect(unnamed).toEqual(named.map(({ names: _, ...line }: Loose) => line))
  })

  test('a day means its first instant: from the first of a month to the first of the next is that month', async () => {
    await using app = await nativeApp()
    await staged(app)
    app.clock.advance(20 * 86_400_000)
    expect(await reportOf(app, 'from=2026-11-01&to=2026-12-01&interval=month')).toEqual([
      '2026-11-01T00 - 60 2 8',
    ])
    // The end is exclusive: the last day is the 21st.
    expect(await reportOf(app, 'from=2026-11-01&to=2026-11-22')).toEqual(['2026-11-16T00 - 4 0.5 2'])
  })

  test('every interval and grouping adds up to the same, to the nano-dollar', async () => {
    await using app = await nativeApp()
    const { a, b, c } = await staged(app)
    const keys = [a, b, c]
    let seed = 1
    const next = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    let expected = 63_000_000_000n
    const events = Array.from({ length: 300 }, (_, index) => {
      const nano = next(1_000_000_000)
      expected += BigInt(nano)
      return {
        id: `random-${index}`,
        keyId: keys[next(3)].id,
        amount: `0.${String(nano).padStart(9, '0')}`,
        at: new Date(Date.parse('2026-09-01T00:00:00Z') + next(82 * 86_400) * 1_000).toISOString(),
        meta: next(3) === 0 ? {} : { model: `m${next(4)}` },
      }
    })
    await app.call('POST', '/v2/usage', { body: { events } })
    const nano = (text: string) => {
      const [whole = '0', fraction = ''] = text.split('.')
      return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))
    }
    let reports = 0
    for (const interval of ['hour', 'day', 'week', 'month']) {
      for (const groupBy of ['', ...SINGLE, ...PAIRS]) {
        const group = groupBy === '' ? '' : `&groupBy=${groupBy.replace(' ', '&groupBy=')}`
        const { data } = (await app.call('GET', `/v2/usage?${ALL}&interval=${interval}${group}`)).json
        const sum = data.reduce((total: bigint, { amount }: Loose) => total + nano(amount), 0n)
        expect([interval, groupBy, sum]).toEqual([interval, groupBy, expected])
        reports += 1
      }
    }
    console.log(`reports over the same 306 events: ${reports}`)
  })

  test('a token count cannot be a group, and the refusal says where it is added up', async () => {
    await using app = await nativeApp()
    const answer = await app.call('GET', '/v2/usage?groupBy=meta:prompt_tokens')
    expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', ['query:groupBy']])
    expect(answer.json.detail).toContain('GET /api/v1/activity adds it up')
  })

  test('can be restricted to one key or one workspace', async () => {
    await using app = await nativeApp()
    const { b, c, team } = await staged(app)
    expect(await reportOf(app, `${TODAY}&keyId=${c.id}`)).toEqual(['2026-11-22T00 - 48 1 4'])
    expect(await reportOf(app, `${ALL}&interval=month&workspaceId=${team.id}`)).toEqual([
      '2026-11-01T00 - 12 1 4',
    ])
    expect(await reportOf(app, `${ALL}&interval=month&workspaceId=${team.id}&groupBy=key`)).toEqual([
      `2026-11-01T00 ${b.id} 12 1 4`,
    ])
    expect(await reportOf(app, `${ALL}&keyId=${c.id}&workspaceId=${team.id}`)).toEqual([])
    expect(await reportOf(app, `${TODAY}&keyId=${c.id}&groupBy=meta:model&interval=hour`)).toEqual([
      '2026-11-22T11 small 16 0.5 2',
      '2026-11-22T12  32 0.5 2',
    ])
  })

  test('intervals are complete: the first contains `from`, the last begins before `to`', async () => {
    await using app = await nativeApp()
    await staged(app)
    expect(await reportOf(app, 'from=2026-11-22T11:59:00Z&to=2026-11-22T12:00:00Z')).toEqual([
      '2026-11-22T00 - 56 1.5 6',
    ])
    expect(await reportOf(app, 'interval=hour&from=2026-11-22T11:59:00Z&to=2026-11-22T12:00:00Z')).toEqual([
      '2026-11-22T11 - 16 0.5 2',
    ])
    expect(
      await reportOf(app, 'interval=hour&from=2026-11-22T11:59:00Z&to=2026-11-22T12:00:00.001Z'),
    ).toEqual(['2026-11-22T11 - 16 0.5 2', '2026-11-22T12 - 32 0.5 2'])
  })

  test('covers the last thirty days without from and to', async () => {
    await using app = await nativeApp()
    await staged(app)
    app.clock.advance(1)
    expect(await reportOf(app, '')).toEqual(['2026-11-16T00 - 4 0.5 2', '2026-11-22T00 - 56 1.5 6'])
    expect(await reportOf(app, 'to=2026-10-02T00:00:00Z')).toEqual([
      '2026-09-30T00 - 1 0.5 2',
      '2026-10-01T00 - 2 0.5 2',
    ])
    expect(await reportOf(app, 'to=2026-10-31T00:00:00.001Z')).toEqual(['2026-10-01T00 - 2 0.5 2'])
  })

  test('settlements and charges count like reported usage', async () => {
    await using app = await nativeApp()
    const { held, settle } = moneyOf(app)
    const { key, secret } = await app.makeKey()
    const { id } = await held(key.id, '5')
    await settle(id, { amount: 3, byokAmount: 1, meta: { model: 'small' } })
    await app.verify(secret, { charge: 2 })
    app.clock.advance(1)
    expect((await reportOf(app, 'groupBy=meta:model')).toSorted()).toEqual([
      '2026-11-22T00  2 0 1',
      '2026-11-22T00 small 3 1 1',
    ])
  })

  test('a USER sees its own keys only, whatever it requests', async () => {
    await using app = await nativeApp()
    const { a, b, c, secret } = await staged(app)
    expect(await reportOf(app, `${ALL}&interval=month`, secret)).toEqual(['2026-11-01T00 - 60 2 8'])
    const byKey = await reportOf(app, `${ALL}&interval=month&groupBy=key`, secret)
    expect(byKey.toSorted()).toEqual(
      [`2026-11-01T00 ${b.id} 12 1 4`, `2026-11-01T00 ${c.id} 48 1 4`].toSorted(),
    )
    expect(await reportOf(app, `${ALL}&keyId=${a.id}`, secret)).toEqual([])
    expect(await reportOf(app, `${ALL}&groupBy=meta:model&keyId=${a.id}`, secret)).toEqual([])
    expect(await reportOf(app, `${TODAY}&groupBy=workspace`, secret)).toHaveLength(2)
  })

  test('a report with too many rows is refused, with advice how to narrow it', async () => {
    await using app = await nativeApp()
    const events = (keyId: string, from: number) =>
      Array.from({ length: 1_000 }, (_, n) => ({
        id: `${from + n}`,
        keyId,
        amount: '0.001',
        at: new Date(Date.UTC(2025, 10, 1) + (from + n) * 3_600_000).toISOString(),
      }))
    for (const { key } of [await app.makeKey(), await app.makeKey()]) {
      for (let from = 0; from < 6_000; from += 1_000) {
        await app.call('POST', '/v2/usage', { body: { events: events(key.id, from) } })
      }
    }
    const asked = '/v2/usage?groupBy=key&from=2025-11-01T00:00:00Z&to=2026-11-22T00:00:00Z'
    const answer = await app.call('GET', `${asked}&interval=hour`)
    expect(failure(answer)).toBe('400 input_invalid')
    expect(answer.json.detail).toContain('10000')
    expect(answer.json.detail).toMatch(/less time or groups/)
    const days = await app.call('GET', asked)
    expect(days.json.data.length).toBeGreaterThan(400)
  })

  test('the span of a report is bounded for each interval', async () => {
    await using app = await nativeApp()
    const span = { hour: 400, day: 3_660, week: 3_660, month: 3_660 }
    for (const [interval, days] of Object.entries(span)) {
      const to = Date.parse('2026-11-22T12:00:00Z')
      const asked = (from: number) =>
        app.call(
          'GET',
          `/v2/usage?interval=${interval}&from=${new Date(from).toISOString()}&to=2026-11-22T12:00:00Z`,
        )
      expect((await asked(to - days * 86_400_000)).status).toBe(200)
      const refused = await asked(to - days * 86_400_000 - 1)
      expect([failure(refused), pointers(refused)]).toEqual(['400 input_invalid', ['query:from']])
      expect(refused.json.detail).toContain(`at most ${days} days`)
    }
    const ever = await app.call('GET', '/v2/usage?interval=month&groupBy=meta:x&from=1200-01-01T00:00:00Z')
    expect(failure(ever)).toBe('400 input_invalid')
  })

  const wrong: [string, string][] = [
    ['from=2026-11-22T00:00:00Z&to=2026-11-22T00:00:00Z', 'query:from'],
    ['from=2026-11-23T00:00:00Z', 'query:from'],
    ['from=yesterday', 'query:from'],
    ['to=2026-11-31', 'query:to'],
    ['interval=year', 'query:interval'],
    ['groupBy=user', 'query:groupBy'],
    ['groupBy=label:', 'query:groupBy'],
    ['groupBy=label:Env', 'query:groupBy'],
    ['groupBy=meta:', 'query:groupBy'],
    [`groupBy=meta:${'x'.repeat(65)}`, 'query:groupBy'],
    ['groupBy=key,owner', 'query:groupBy'],
    ['groupBy=key&groupBy=key', 'query:groupBy'],
    ['groupBy=key&groupBy=owner&groupBy=workspace', 'query:groupBy'],
    ['groupBy=meta:a&groupBy=meta:b', 'query:groupBy'],
    ['groupBy=key&groupBy=user', 'query:groupBy'],
    ['keyId=1', 'query:keyId'],
    ['workspaceId=default', 'query:workspaceId'],
    ['ownerId=1', 'query:ownerId'],
  ]
  test.each(wrong)('%s is refused with its place', async (query, pointer) => {
    await using app = await nativeApp()
    const answer = await app.call('GET', `/v2/usage?${query}`)
    expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', [pointer]])
  })
})

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
}

function byAmount(one: { amount: string }, other: { amount: string }): number {
  return Number(one.amount) - Number(other.amount)
}
