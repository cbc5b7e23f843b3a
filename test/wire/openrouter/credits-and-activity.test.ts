import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { NewKey } from '../../../src/core/keys/new-key.ts'
import type { NanoUsd } from '../../../src/core/money/money.ts'
import { parseUsd } from '../../../src/core/money/money.ts'
import type { KeyId } from '../../../src/core/types.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { type Cast, callOf, castOf } from '../cast.ts'

let app: TestApp
let cast: Cast
let events = 0

beforeEach(async () => {
  app = await testApp()
  cast = await castOf(app)
})
afterEach(async () => {
  expect(app.errors).toEqual([])
  await app.close()
})

function usd(amount: string): NanoUsd {
  const parsed = parseUsd(amount)
  if (parsed === null) throw new Error(`${amount} is no amount`)
  return parsed
}

async function makeKey(input: Partial<NewKey> = {}) {
  const { view } = await app.latchkey.keys.create(await callOf(app, app.rootKey), { access: 'use', ...input })
  return view.key
}

async function spend(keyId: KeyId, amount: string, more: { at?: string; byok?: string; meta?: object } = {}) {
  events += 1
  const { at, byok = '0', meta = {} } = more
  const event = {
    id: `event-${events}`,
    key: { id: keyId },
    amount: usd(amount),
    byokAmount: usd(byok),
    requests: 1,
    meta: meta as Record<string, string>,
    ...(at === undefined ? {} : { at: Date.parse(at) }),
  }
  await app.latchkey.usage.report(await callOf(app, app.rootKey), [event])
}

describe('GET /credits', () => {
  const credits = async (key = cast.admin.keys.manage.secret) => {
    const { status, json } = await app.call('GET', '/api/v1/credits', { key })
    expect(status).toBe(200)
    return [json.data.total_credits, json.data.total_usage]
  }

  test('the balance is the rest of the total limits of every workspace', async () => {
    const call = await callOf(app, app.rootKey)
    const { id: main } = await app.latchkey.workspaces.get(call, 'default')
    const key = await makeKey()
    await spend(key.id, '7.5', { byok: '100' })
    expect(await credits()).toEqual([7.5, 7.5])
    await app.latchkey.workspaces.update(call, main, { patch: { limits: { total: usd('10') } } })
    expect(await credits()).toEqual([10, 7.5])
    const team = { name: 'Team', slug: 'team' }
    const { id } = await app.latchkey.workspaces.create(call, team)
    expect(await credits()).toEqual([7.5, 7.5])
    await app.latchkey.workspaces.update(call, id, { patch: { limits: { total: usd('5') } } })
    expect(await credits()).toEqual([15, 7.5])
    await spend((await makeKey({ workspaceId: id })).id, '8')
    // A workspace beyond its limit does not reduce the rest of another.
    expect(await credits()).toEqual([18, 15.5])
    const patch = { includeByokInLimit: true }
    await app.latchkey.workspaces.update(call, main, { patch })
    expect(await credits()).toEqual([15.5, 15.5])
  })

  test('a user sees its own usage against its own limit; reservations change nothing', async () => {
    const call = await callOf(app, app.rootKey)
    const { userId, keys } = cast.user
    const own = await makeKey({ ownerId: userId })
    await spend((await makeKey()).id, '100')
    await spend(own.id, '2')
    expect(await credits(keys.manage.secret)).toEqual([2, 2])
    await app.latchkey.users.update(call, userId, { patch: { limits: { total: usd('9.000000001') } } })
    expect(await credits(keys.manage.secret)).toEqual([9.000000001, 2])
    const hold = { key: { id: own.id }, amount: usd('4'), ttlMs: 60_000, requestId: null }
    expect((await app.latchkey.reservations.reserve(call, hold)).taken).toBe(true)
    expect(await credits(keys.manage.secret)).toEqual([9.000000001, 2])
  })
})

const UNTOLD = {
  model_permaslug: '',
  endpoint_id: '',
  provider_name: '',
  prompt_tokens: 0,
  completion_tokens: 0,
  reasoning_tokens: 0,
}

async function post(path: string, body: object) {
  return app.call('POST', path, { key: app.rootKey, body })
}

async function rotatedSecret(keyId: KeyId): Promise<string> {
  return (await post(`/v2/keys/${keyId}/rotate`, {})).json.secret
}

describe('GET /activity', () => {
  const activity = async (query = '', key = cast.admin.keys.manage.secret) => {
    const { status, json } = await app.call('GET', `/api/v1/activity${query}`, { key })
    expect(status).toBe(200)
    return json.data
  }

  test('groups by the model in the metadata of usage, newest day first', async () => {
    const key = await makeKey()
    const day = (text: string) => ({ at: `2026-11-${text}T12:00:00Z` })
    await spend(key.id, '1', { ...day('20'), meta: { model: 'small', provider_name: 'x' } })
    await spend(key.id, '2', { ...day('20'), meta: { model: 'large' } })
    await spend(key.id, '4', { ...day('20'), meta: { model: 'small' }, byok: '0.5' })
    await spend(key.id, '8', { ...day('21'), meta: {} })
    await spend(key.id, '16', { ...day('22'), meta: { model: 'small' } })
    const rest = { byok_usage_inference: 0, requests: 1, ...UNTOLD }
    expect(await activity()).toEqual([
      { date: '2026-11-21', model: '', usage: 8, ...rest },
      { date: '2026-11-20', model: 'large', usage: 2, ...rest },
      { date: '2026-11-20', model: 'small', usage: 4, ...rest, byok_usage_inference: 0.5 },
      { date: '2026-11-20', model: 'small', usage: 1, ...rest, provider_name: 'x' },
    ])
  })

  test('adds up settlements and the tags of charges, in the day of the hold and of the charge', async () => {
    const key = await makeKey()
    const call = await callOf(app, app.rootKey)
    const order = { key: { id: key.id }, amount: usd('5'), ttlMs: 60_000, requestId: null }
    const held = await app.latchkey.reservations.reserve(call, order)
    if (!held.taken) throw new Error('There is no room.')
    const settle = `/v2/reservations/${held.reservation.id}/settle`
    const secret = await rotatedSecret(key.id)
    const tags = ['model=small', 'provider_name=a=b', 'prompt_tokens=007', 'urgent']
    const charge = { key: secret, charge: '0.5', requestId: 'r', tags }
    for (let n = 0; n < 2; n++) expect((await post('/v2/verify', charge)).json.charged).toBe('0.5')
    app.clock.advance(86_400_000)
    const meta = { model: 'small', provider_name: 'a=b', prompt_tokens: 5, completion_tokens: '0010' }
    for (let n = 0; n < 2; n++) expect((await post(settle, { amount: '2', meta })).status).toBe(200)
    const told = { model: 'small', provider_name: 'a=b', prompt_tokens: 12, completion_tokens: 10 }
    expect(await activity()).toEqual([
      { date: '2026-11-22', usage: 2.5, byok_usage_inference: 0, requests: 2, ...UNTOLD, ...told },
    ])
    const byTag = await app.call('GET', '/v2/usage?groupBy=meta:urgent', { key: app.rootKey })
    expect(byTag.json.data.map((row: { amount: string; group: object }) => [row.amount, row.group])).toEqual([
      ['0.5', { 'meta:urgent': '' }],
      ['2', { 'meta:urgent': null }],
    ])
  })

  test('a day has at most a thousand sets of names of a key; later usage is added up without a name', async () => {
    const key = await makeKey()
    const call = await callOf(app, app.rootKey)
    const at = Date.parse('2026-11-20T12:00:00Z')
    const report = (from: number, count: number) =>
      app.latchkey.usage.report(
        call,
        Array.from({ length: count }, (_, n) => {
          const meta = { model: `model-${from + n}`, prompt_tokens: '2' }
          const rest = { amount: 1n, byokAmount: 0n, requests: 1, at, meta }
          return { id: `${from + n}`, key: { id: key.id }, ...rest }
        }),
      )
    await report(0, 1_000)
    await report(1_000, 500)
    await report(1_500, 1)
    const rows: { model: string; requests: number; prompt_tokens: number }[] = await activity()
    expect(rows).toHaveLength(1_001)
    expect(rows[0]).toMatchObject({ model: '', requests: 501, prompt_tokens: 1_002 })
    expect(new Set(rows.slice(1).map(({ prompt_tokens }) => prompt_tokens))).toEqual(new Set([2]))
    // An existing set of names keeps its own sums.
    await app.latchkey.usage.report(call, [
      {
        id: 'x',
        key: { id: key.id },
        amount: 1n,
        byokAmount: 0n,
        requests: 1,
        at,
        meta: { model: 'model-7' },
      },
    ])
    const seven = (await activity()).find(({ model }: { model: string }) => model === 'model-7')
    expect(seven).toMatchObject({ requests: 2 })
  })

  test('is split by workspace on request, and adds up to the same', async () => {
    const call = await callOf(app, app.rootKey)
    const { id: main } = await app.latchkey.workspaces.get(call, 'default')
    const { id: team } = await app.latchkey.workspaces.create(call, { name: 'Team', slug: 'team' })
    const at = '2026-11-20T00:00:00Z'
    const one = await makeKey()
    const other = await makeKey({ workspaceId: team })
    await spend(one.id, '1', { at, meta: { model: 'small' } })
    await spend(other.id, '2', { at, meta: { model: 'small' } })
    await spend(other.id, '4', { at, meta: { model: 'large' } })
    const shown = (rows: { model: string; usage: number; workspace_id?: string }[]) =>
      rows.map(({ model, usage, workspace_id }) => `${model} ${usage} ${workspace_id}`).toSorted()
    expect(shown(await activity())).toEqual(['large 4 undefined', 'small 3 undefined'])
    expect(shown(await activity('?group_by=workspace'))).toEqual(
      [`large 4 ${team}`, `small 1 ${main}`, `small 2 ${team}`].toSorted(),
    )
    expect(shown(await activity(`?group_by=workspace&api_key_hash=${one.hash}`))).toEqual([`small 1 ${main}`])
    expect(shown(await activity(`?workspace_id=${team}`))).toEqual(['large 4 undefined', 'small 2 undefined'])
  })

  test('supports one grouping', async () => {
    const { status, json } = await app.call('GET', '/api/v1/activity?group_by=key')
    expect([status, json.error.message]).toEqual([400, expect.stringContaining('group_by')])
  })

  test('still answers for a workspace that has been deleted, as the usage report does', async () => {
    const call = await callOf(app, app.rootKey)
    const { id } = await app.latchkey.workspaces.create(call, { name: 'Team', slug: 'team' })
    const key = await makeKey({ workspaceId: id })
    await spend(key.id, '1', { at: '2026-11-20T00:00:00Z' })
    await app.call('DELETE', `/api/v1/keys/${key.hash}`)
    expect((await app.call('DELETE', `/v2/workspaces/${id}`)).status).toBe(204)
    const shown = (await activity(`?workspace_id=${id}`)).map(({ usage }: { usage: number }) => usage)
    const { json } = await app.call('GET', `/v2/usage?workspaceId=${id}`)
    expect([shown, json.data[0].amount]).toEqual([[1], '1'])
    expect((await app.call('GET', `/v2/workspaces/${id}`)).status).toBe(404)
  })

  test('still answers for a deleted key, to callers that may see it', async () => {
    const key = await makeKey()
    await spend(key.id, '1', { at: '2026-11-20T00:00:00Z' })
    await app.call('DELETE', `/api/v1/keys/${key.hash}`)
    expect(await activity(`?api_key_hash=${key.hash}`)).toHaveLength(1)
  })
})
