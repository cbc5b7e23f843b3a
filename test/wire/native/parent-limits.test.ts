import { describe, expect, test } from 'bun:test'
import { moneyOf } from './money.ts'
import { failure, type Loose, nativeApp, pointers } from './native-app.ts'

describe('limits of a user', () => {
  test('limit all of its keys together, and the refusal names the user', async () => {
    await using app = await nativeApp()
    const { held, reserve } = moneyOf(app)
    const { user } = await app.makeUser({ username: 'ada', limits: { daily: '10' } })
    const { key: one, secret: oneSecret } = await app.makeKey({ ownerId: user.id, limits: { daily: '100' } })
    const { key: other, secret: otherSecret } = await app.makeKey({ ownerId: user.id })
    await app.spend(one.id, '3')
    await held(other.id, '4')
    const bound = {
      scope: 'user',
      id: user.id,
      window: 'daily',
      limit: '10',
      spent: '3',
      reserved: '4',
      remaining: '3',
      resetsAt: '2026-11-23T00:00:00.000Z',
    }
    const refused = await reserve({ keyId: one.id, amount: '3.5' })
    // There is room when the hold of ten minutes expires.
    const opens = { resetsAt: '2026-11-22T12:10:00.000Z' }
    expect([refused.status, refused.json.bound]).toEqual([402, { ...bound, ...opens }])
    expect(refused.json.detail).toBe("The daily limit of the key's owner has 3 USD left.")
    expect(refused.json.budget).toMatchObject([{ scope: 'key', id: one.id, remaining: '97' }, bound])
    expect((await app.verify(otherSecret)).budget).toEqual([bound])
    expect(await app.verify(otherSecret, { charge: '3.5' })).toMatchObject({
      code: 'BUDGET_EXCEEDED',
      bound: { ...bound, ...opens },
    })
    await held(one.id, '3')
    expect(await app.verify(oneSecret)).toMatchObject({
      code: 'BUDGET_EXCEEDED',
      keyId: one.id,
      bound: { ...bound, ...opens, reserved: '7', remaining: '0' },
    })
    // The key itself shows only its own lines.
    expect((await app.call('GET', `/v2/keys/${one.id}`)).json.budget).toMatchObject([
      { limit: '100', spent: '3' },
    ])
    expect((await app.call('GET', `/v2/keys/${other.id}`)).json.budget).toEqual([])
  })

  test('are set, changed window by window, shown with the rest, and enforced when the change is answered', async () => {
    await using app = await nativeApp()
    const { held, reserve } = moneyOf(app)
    const { user } = await app.makeUser({ username: 'ada', limits: { daily: '10', weekly: 20 } })
    expect([user.limits, user.includeByokInLimit]).toEqual([{ daily: '10', weekly: '20' }, false])
    const { key } = await app.makeKey({ ownerId: user.id })
    const patch = async (body: object) => (await app.call('PATCH', `/v2/users/${user.id}`, { body })).json
    const read = async () => (await app.call('GET', `/v2/users/${user.id}`)).json
    await app.spend(key.id, '2')
    await held(key.id, '5')
    expect((await read()).budget).toMatchObject([
      { window: 'daily', limit: '10', spent: '2', reserved: '5', remaining: '3' },
      { window: 'weekly', limit: '20', spent: '2', reserved: '5', remaining: '13' },
    ])
    const changed = await patch({ limits: { daily: '8', weekly: null, total: '50' } })
    expect(changed.limits).toEqual({ daily: '8', total: '50' })
    expect((await reserve({ keyId: key.id, amount: '1.000000001' })).json.bound).toMatchObject({
      scope: 'user',
      window: 'daily',
      remaining: '1',
    })
    expect((await patch({ displayName: 'Ada' })).limits).toEqual({ daily: '8', total: '50' })
    expect((await patch({ limits: null })).limits).toEqual({})
    expect((await read()).budget).toEqual([])
    await held(key.id, '1000')
  })

  test('count usage paid elsewhere only if the user includes it, whatever the key says', async () => {
    await using app = await nativeApp()
    const { reserve } = moneyOf(app)
    const { user } = await app.makeUser({ username: 'ada', limits: { total: '10' } })
    const { key } = await app.makeKey({
      ownerId: user.id,
      limits: { total: '100' },
      includeByokInLimit: true,
    })
    await app.spend(key.id, '1', { byokAmount: '9' })
    const budget = async () => (await app.call('GET', `/v2/users/${user.id}`)).json.budget[0]
    expect(await budget()).toMatchObject({ spent: '1', remaining: '9' })
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.budget[0]).toMatchObject({ spent: '10' })
    await app.call('PATCH', `/v2/users/${user.id}`, { body: { includeByokInLimit: true } })
    expect(await budget()).toMatchObject({ spent: '10', remaining: '0' })
    expect((await reserve({ keyId: key.id, amount: 1 })).json.bound.scope).toBe('user')
  })

  test('are visible to the user and to callers that manage users', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada', limits: { daily: '10' } })
    const { secret: bob } = await app.makeUser({ username: 'bob' })
    const read = (key: string) => app.call('GET', `/v2/users/${user.id}`, { key })
    expect((await read(secret)).json.budget).toMatchObject([{ window: 'daily', remaining: '10' }])
    expect(failure(await read(bob))).toBe('404 user_not_found')
    expect(failure(await app.call('GET', `/v2/users/${user.id}/thresholds`, { key: bob }))).toBe(
      '404 user_not_found',
    )
  })
})

describe('limits of a workspace', () => {
  test('limit all of its keys together, whoever owns them, and the refusal names the workspace', async () => {
    await using app = await nativeApp()
    const { held, reserve } = moneyOf(app)
    const made = await app.call('POST', '/v2/workspaces', {
      body: { name: 'Team', slug: 'team', limits: { monthly: '10' }, includeByokInLimit: true },
    })
    const team = made.json
    expect([team.limits, team.includeByokInLimit]).toEqual([{ monthly: '10' }, true])
    const { user } = await app.makeUser({ username: 'ada' })
    const { key: one } = await app.makeKey({ workspaceId: team.id })
    const { key: other } = await app.makeKey({ workspaceId: team.id, ownerId: user.id })
    const { key: outside } = await app.makeKey()
    await app.spend(one.id, '1', { byokAmount: '2' })
    await held(other.id, '4')
    await held(outside.id, '100')
    const refused = await reserve({ keyId: other.id, amount: '3.5' })
    expect(refused.json.bound).toEqual({
      scope: 'workspace',
      id: team.id,
      window: 'monthly',
      limit: '10',
      spent: '3',
      reserved: '4',
      remaining: '3',
      resetsAt: '2026-11-22T12:10:00.000Z',
    })
    expect(refused.json.detail).toBe("The monthly limit of the key's workspace has 3 USD left.")
    const { budget } = (await app.call('GET', '/v2/workspaces/team')).json
    expect(budget).toMatchObject([{ window: 'monthly', spent: '3', reserved: '4', remaining: '3' }])
    const body = { limits: { monthly: '7' }, includeByokInLimit: false }
    expect((await app.call('PATCH', '/v2/workspaces/team', { body })).json.limits).toEqual({ monthly: '7' })
    const { bound } = (await reserve({ keyId: other.id, amount: '2.5' })).json
    expect(bound).toMatchObject({ limit: '7', spent: '1', remaining: '2' })
  })

  test('of three accounts without room the one that gets room last is named', async () => {
    await using app = await nativeApp()
    const { reserve } = moneyOf(app)
    const { user } = await app.makeUser({ username: 'ada', limits: { total: '1' } })
    await app.call('PATCH', '/v2/workspaces/default', { body: { limits: { weekly: '1' } } })
    const { key } = await app.makeKey({ ownerId: user.id, limits: { monthly: '1' } })
    const { json } = await reserve({ keyId: key.id, amount: 2 })
    expect([json.bound.scope, json.budget.map(({ scope }: Loose) => scope)]).toEqual([
      'user',
      ['key', 'user', 'workspace'],
    ])
  })

  test('limits are checked like all amounts', async () => {
    await using app = await nativeApp()
    const body = { name: 'Team', slug: 'team', limits: { daily: '-1' } }
    const answer = await app.call('POST', '/v2/workspaces', { body })
    expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', ['/limits/daily']])
    const patched = await app.call('PATCH', '/v2/workspaces/default', { body: { limits: { hourly: 1 } } })
    expect(pointers(patched)).toEqual(['/limits/hourly'])
  })
})

test('no limit above 0 is rounded to 0, which allows nothing: of keys, users, workspaces and policies', async () => {
  await using app = await nativeApp()
  const { key } = await app.makeKey()
  const { user } = await app.makeUser({ username: 'ada' })
  const limits = { daily: 4e-10 }
  const requests: [method: string, path: string, body: object, pointer: string][] = [
    ['POST', 'keys', { limits }, ''],
    ['PATCH', `keys/${key.id}`, { limits }, ''],
    ['POST', 'keys/import', { keys: [{ sha256: 'a'.repeat(64), limits }] }, '/keys/0'],
    ['PATCH', `users/${user.id}`, { limits }, ''],
    ['PATCH', `users/${user.id}`, { policy: { limits } }, '/policy'],
    ['PATCH', 'workspaces/default', { limits }, ''],
  ]
  for (const [method, path, body, pointer] of requests) {
    const answer = await app.call(method, `/v2/${path}`, { body })
    expect([path, failure(answer), pointers(answer)]).toEqual([
      path,
      '400 input_invalid',
      [`${pointer}/limits/daily`],
    ])
  }
  const patch = { limits: { daily: 5e-10, weekly: 0, monthly: -0, total: '0' } }
  const { json } = await app.call('PATCH', `/v2/keys/${key.id}`, { body: patch })
  expect(json.limits).toEqual({ daily: '0.000000001', weekly: '0', monthly: '0', total: '0' })
})

describe('thresholds', () => {
  test('50, 80 and 100 % of a limit are recorded once per window, for key, user and workspace', async () => {
    await using app = await nativeApp()
    const { user } = await app.makeUser({ username: 'ada', limits: { total: '40' } })
    await app.call('PATCH', '/v2/workspaces/default', { body: { limits: { weekly: '20' } } })
    const { key } = await app.makeKey({ ownerId: user.id, limits: { daily: '10' } })
    const crossed = async (path: string) =>
      (await app.call('GET', `/v2/${path}/thresholds`)).json.data.map(
        ({ window, percent, at }: Loose) => `${window} ${percent} ${at.slice(8, 16)}`,
      )
    const spend = async (amount: string) => {
      app.clock.advance(60_000)
      await app.spend(key.id, amount)
    }
    await spend('4.999999999')
    expect(await crossed(`keys/${key.id}`)).toEqual([])
    await spend('0.000000001')
    expect(await crossed(`keys/${key.hash}`)).toEqual(['daily 50 22T12:02'])
    await spend('1')
    await spend('6')
    expect((await crossed(`keys/${key.id}`)).toSorted()).toEqual([
      'daily 100 22T12:04',
      'daily 50 22T12:02',
      'daily 80 22T12:04',
    ])
    expect(await crossed('workspaces/default')).toEqual(['weekly 50 22T12:04'])
    expect(await crossed(`users/${user.id}`)).toEqual([])
    app.clock.set('2026-11-23T00:00:00Z')
    await spend('8')
    expect((await crossed(`keys/${key.id}`)).slice(0, 2).toSorted()).toEqual([
      'daily 50 23T00:01',
      'daily 80 23T00:01',
    ])
    expect(await crossed(`users/${user.id}`)).toEqual(['total 50 23T00:01'])
    const { data } = (await app.call('GET', `/v2/keys/${key.id}/thresholds`)).json
    expect(data.at(-1)).toEqual({
      window: 'daily',
      start: '2026-11-22T00:00:00.000Z',
      percent: 50,
      at: '2026-11-22T12:02:00.000Z',
    })
  })

  test('reservations cross nothing until they are settled', async () => {
    await using app = await nativeApp()
    const { held, settle } = moneyOf(app)
    const { key } = await app.makeKey({ limits: { daily: '10' } })
    const { id } = await held(key.id, '10')
    const crossed = async () => (await app.call('GET', `/v2/keys/${key.id}/thresholds`)).json.data.length
    expect(await crossed()).toBe(0)
    await settle(id, { amount: 8 })
    expect(await crossed()).toBe(2)
  })

  test('of missing records are 404', async () => {
    await using app = await nativeApp()
    const nobody = '019aab62-7c00-7b3c-8e1f-000000000000'
    const codes = []
    for (const path of [`keys/${nobody}`, `users/${nobody}`, 'workspaces/none']) {
      codes.push(failure(await app.call('GET', `/v2/${path}/thresholds`)))
    }
    expect(codes).toEqual(['404 key_not_found', '404 user_not_found', '404 workspace_not_found'])
  })
})
