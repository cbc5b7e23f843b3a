import { describe, expect, test } from 'bun:test'
import { faultyStore } from '../../support/faulty-store.ts'
import { testSettings } from '../../support/settings.ts'
import { failure, type Loose, type NativeApp, nativeApp, pointers } from './native-app.ts'

const NOBODY = '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'

/** Two users of the role USER, and a key of the first one, made by ROOT. */
async function scene(key: object = {}, overrides?: Parameters<typeof nativeApp>[0]) {
  const app = await nativeApp(overrides)
  const ada = await app.makeUser({ username: 'ada' })
  const bob = await app.makeUser({ username: 'bob' })
  const made = await app.makeKey({ ownerId: ada.user.id, name: 'moving', ...key })
  return { app, ada, bob, ...made, path: `/v2/keys/${made.key.id}` }
}

function give(app: NativeApp, path: string, ownerId: string, more: object = {}) {
  return app.call('PATCH', path, { body: { ownerId, ...more } })
}

/** The sum that a user has spent, in its own account. */
async function spentBy(app: NativeApp, userId: string): Promise<string> {
  const query = 'interval=month&groupBy=owner&from=2026-11-01'
  const { data } = (await app.call('GET', `/v2/usage?${query}`)).json
  return data.find(({ group }: Loose) => group.owner === userId)?.amount ?? '0'
}

describe('PATCH /v2/keys/{ref} with ownerId', () => {
  test('the key belongs to the other user at once, with its secret, id, limits and history; the audit log has both owners', async () => {
    const { app, ada, bob, key, secret, path } = await scene({ limits: { daily: '5' }, labels: { a: 'b' } })
    await using _ = app
    expect((await app.verify(secret)).ownerId).toBe(ada.user.id)
    const { status, json } = await give(app, path, bob.user.id)
    const { revision } = json
    const same = { ...key, ownerId: bob.user.id, revision, updatedAt: expect.any(String) }
    expect([status, json]).toEqual([
      200,
      { ...same, lastUsedAt: json.lastUsedAt, requestCount: json.requestCount },
    ])
    expect(await app.verify(secret)).toMatchObject({ valid: true, ownerId: bob.user.id })
    const again = await give(app, path, bob.user.id)
    expect([again.status, again.json.revision]).toEqual([200, revision])
    const { data } = (await app.call('GET', `/v2/audit?targetId=${key.id}&action=key.update`)).json
    expect(data.map(({ before, after }: Loose) => [before.ownerId, after.ownerId])).toEqual([
      [ada.user.id, bob.user.id],
    ])
    const ids = async (query: string) =>
      (await app.call('GET', `/v2/keys?${query}`)).json.data.map(({ id }: Loose) => id)
    expect(await ids(`ownerId=${bob.user.id}`)).toContain(key.id)
    expect(await ids(`ownerId=${ada.user.id}`)).not.toContain(key.id)
  })

  test('the former owner no longer sees or changes it, the new owner does', async () => {
    const { app, ada, bob, path } = await scene()
    await using _ = app
    await give(app, path, bob.user.id)
    const as = (secret: string, method: string, body?: object) =>
      app.call(method, path, { key: secret, ...(body && { body }) })
    for (const [method, body] of [['GET'], ['PATCH', { name: 'x' }], ['DELETE']] as const)
      expect(failure(await as(ada.secret, method, body))).toBe('404 key_not_found')
    expect((await as(bob.secret, 'PATCH', { name: 'x' })).json.name).toBe('x')
  })

  test('spent money stays with its payer; from then on the budget of the new owner decides', async () => {
    const { app, ada, bob, key, secret, path } = await scene()
    await using _ = app
    await app.call('PATCH', `/v2/users/${ada.user.id}`, { body: { limits: { monthly: '10' } } })
    await app.call('PATCH', `/v2/users/${bob.user.id}`, { body: { limits: { monthly: '2' } } })
    expect((await app.verify(secret, { charge: '3' })).valid).toBe(true)
    await app.spend(key.id, '1')
    await give(app, path, bob.user.id)
    expect((await app.verify(secret, { charge: '2.5' })).code).toBe('BUDGET_EXCEEDED')
    expect((await app.verify(secret, { charge: '0.5' })).valid).toBe(true)
    await app.spend(key.id, '1')
    expect([await spentBy(app, ada.user.id), await spentBy(app, bob.user.id)]).toEqual(['4', '1.5'])
    const { usage } = (await app.call('GET', path)).json
    expect(usage.total).toBe('5.5')
    const { budget } = (await app.call('GET', `/v2/users/${ada.user.id}`)).json
    expect(budget[0]).toMatchObject({ limit: '10', spent: '4' })
  })

  test('a hold is settled, extended and released in the account that it was taken from', async () => {
    const { app, ada, bob, key, path } = await scene()
    await using _ = app
    await app.call('PATCH', `/v2/users/${ada.user.id}`, { body: { limits: { monthly: '10' } } })
    await app.call('PATCH', `/v2/users/${bob.user.id}`, { body: { limits: { monthly: '1' } } })
    const reserve = async () =>
      (await app.call('POST', '/v2/reservations', { body: { keyId: key.id, amount: '3', ttlSeconds: 60 } }))
        .json.id
    const [settled, released, ranOut] = [await reserve(), await reserve(), await reserve()]
    await give(app, path, bob.user.id)
    const post = (id: string, verb: string, body: object = {}) =>
      app.call('POST', `/v2/reservations/${id}/${verb}`, { body })
    // 1 of 10 is left to the former owner; the new one has no room for any of it.
    const extended = await post(settled, 'extend', { ttlSeconds: 60, amount: '4' })
    expect([extended.status, extended.json.amount]).toEqual([200, '4'])
    expect((await post(settled, 'extend', { ttlSeconds: 60, amount: '4.5' })).status).toBe(402)
    const { json } = await post(settled, 'settle', { amount: '3.5' })
    expect(json.budget.filter(({ scope }: Loose) => scope === 'user')).toMatchObject([
      { limit: '10', spent: '3.5' },
    ])
    expect((await post(released, 'release')).status).toBe(200)
    app.clock.advance(61_000)
    expect((await app.call('GET', `/v2/reservations/${ranOut}`)).json.state).toBe('expired')
    expect([await spentBy(app, ada.user.id), await spentBy(app, bob.user.id)]).toEqual(['3.5', '0'])
    const of = async (id: string) => (await app.call('GET', `/v2/users/${id}`)).json.budget[0]
    expect(await of(ada.user.id)).toMatchObject({ spent: '3.5', reserved: '0', remaining: '6.5' })
    expect(await of(bob.user.id)).toMatchObject({ spent: '0', reserved: '0', remaining: '1' })
  })

  test('a hold whose former owner is deleted can still be extended and settled', async () => {
    const { app, ada, bob, key, path } = await scene()
    await using _ = app
    const { id } = (await app.call('POST', '/v2/reservations', { body: { keyId: key.id, amount: '3' } })).json
    await give(app, path, bob.user.id)
    await app.call('POST', '/v2/keys/revoke', { body: { filter: { ownerId: ada.user.id } } })
    expect((await app.call('DELETE', `/v2/users/${ada.user.id}`)).status).toBe(204)
    const body = { ttlSeconds: 900, amount: '4' }
    expect((await app.call('POST', `/v2/reservations/${id}/extend`, { body })).status).toBe(200)
    const settled = await app.call('POST', `/v2/reservations/${id}/settle`, { body: { amount: '4' } })
    expect([settled.status, await spentBy(app, bob.user.id)]).toEqual([200, '0'])
  })

  test('a correction returns money to its payer, also for usage recorded before the hand-over', async () => {
    const { app, ada, bob, key, path } = await scene()
    await using _ = app
    for (const { user } of [ada, bob])
      await app.call('PATCH', `/v2/users/${user.id}`, { body: { limits: { monthly: '9' } } })
    await app.spend(key.id, '4', { id: 'before' })
    await give(app, path, bob.user.id)
    await app.spend(key.id, '2', { id: 'after' })
    const correct = (eventId: string, amount: string) =>
      app.call('POST', '/v2/usage/corrections', {
        body: { id: `of ${eventId}`, keyId: key.id, eventId, amount, reason: 'wrong' },
      })
    expect((await correct('before', '3')).status).toBe(201)
    expect((await correct('after', '0.5')).status).toBe(201)
    const spent = async (id: string) => (await app.call('GET', `/v2/users/${id}`)).json.budget[0].spent
    expect([await spent(ada.user.id), await spent(bob.user.id)]).toEqual(['1', '1.5'])
    const event = await app.call('GET', `/v2/usage/events?keyId=${key.id}&id=before`)
    expect(event.json.data).toMatchObject([{ keyId: key.id, ownerId: ada.user.id }])
  })

  test('disabling the new owner stops it, disabling the former owner does not', async () => {
    const { app, ada, bob, secret, path } = await scene()
    await using _ = app
    await give(app, path, bob.user.id)
    const disable = (id: string, disabled: boolean) =>
      app.call('PATCH', `/v2/users/${id}`, { body: { disabled } })
    await disable(ada.user.id, true)
    expect((await app.verify(secret)).valid).toBe(true)
    await disable(bob.user.id, true)
    expect((await app.verify(secret)).code).toBe('DISABLED')
    await disable(ada.user.id, false)
    await give(app, path, ada.user.id)
    expect((await app.verify(secret)).valid).toBe(true)
  })

  test('the new owner joins the workspace of the key, and owns no more keys than a USER may', async () => {
    const settings = testSettings({ bounds: { keysPerUser: 2 } })
    const { app, bob, ada, path, key } = await scene({}, { settings })
    await using _ = app
    const { id } = (await app.call('POST', '/v2/workspaces', { body: { name: 'T', slug: 't' } })).json
    await app.call('DELETE', path)
    const moving = await app.makeKey({ ownerId: ada.user.id, workspaceId: id })
    const moved = await give(app, `/v2/keys/${moving.key.id}`, bob.user.id)
    expect(moved.status).toBe(200)
    const { data } = (await app.call('GET', `/v2/workspaces/${id}/members`)).json
    expect(data.map(({ username }: Loose) => username).sort()).toEqual(expect.arrayContaining(['ada', 'bob']))
    const full = await give(
      app,
      `/v2/keys/${(await app.makeKey({ ownerId: ada.user.id })).key.id}`,
      bob.user.id,
    )
    expect(failure(full)).toBe('409 too_many_keys')
    expect(failure(await give(app, path, bob.user.id))).toBe('409 key_revoked')
    expect(key.ownerId).toBe(ada.user.id)
  })

  test('invalid input, unknown users and an outdated revision are refused', async () => {
    const { app, ada, bob, path, key } = await scene()
    await using _ = app
    for (const ownerId of [null, '', 'bob', 7, {}]) {
      const answer = await app.call('PATCH', path, { body: { ownerId } })
      expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', ['/ownerId']])
    }
    const unknown = await give(app, path, NOBODY)
    expect([failure(unknown), pointers(unknown)]).toEqual(['400 input_invalid', ['/ownerId']])
    const headers = { 'if-match': `"${key.revision - 1}"` }
    const late = await app.call('PATCH', path, { body: { ownerId: bob.user.id }, headers })
    expect(failure(late)).toBe('412 revision_mismatch')
    expect((await app.call('GET', path)).json).toMatchObject({ ownerId: ada.user.id, revision: key.revision })
  })
})

describe('calls in progress when a key gets another owner', () => {
  test('a charge that waits for its commit is paid by the owner of the moment in which it is taken, and so are those before and after', async () => {
    const faulty = await faultyStore()
    const { app, ada, bob, secret, path } = await scene({}, { store: faulty.store })
    await using _ = app
    expect((await app.verify(secret, { charge: '4' })).valid).toBe(true)
    const held = faulty.hold('commitLedger')
    const charging = app.verify(secret, { charge: '1' })
    await held.reached
    expect((await give(app, path, bob.user.id)).status).toBe(200)
    held.open()
    expect((await charging).valid).toBe(true)
    expect((await app.verify(secret, { charge: '2' })).valid).toBe(true)
    expect([await spentBy(app, ada.user.id), await spentBy(app, bob.user.id)]).toEqual(['4', '3'])
  })

  test('a report whose keys were looked up before is paid by their former owner, and later reports are not', async () => {
    const faulty = await faultyStore()
    const { app, ada, bob, key, path } = await scene({}, { store: faulty.store })
    await using _ = app
    const held = faulty.hold('commitLedger')
    const reporting = app.spend(key.id, '1')
    await held.reached
    await give(app, path, bob.user.id)
    held.open()
    await reporting
    await app.spend(key.id, '2')
    expect([await spentBy(app, ada.user.id), await spentBy(app, bob.user.id)]).toEqual(['1', '2'])
  })

  const meanwhile: [
    what: string,
    act: (app: NativeApp, path: string, ids: { ada: string; bob: string }) => Promise<Loose>,
    code: string,
    owner: 'ada' | 'bob',
  ][] = [
    ['revoked', (app, path) => app.call('DELETE', path), '409 key_revoked', 'ada'],
    ['rotated', (app, path) => app.call('POST', `${path}/rotate`, { body: {} }), '200 undefined', 'bob'],
    ['given to its owner', (app, path, { ada }) => give(app, path, ada), '200 undefined', 'bob'],
    [
      'of a disabled user',
      (app, _path, { ada }) => app.call('PATCH', `/v2/users/${ada}`, { body: { disabled: true } }),
      '200 undefined',
      'bob',
    ],
    [
      'for a disabled user',
      (app, _path, { bob }) => app.call('PATCH', `/v2/users/${bob}`, { body: { disabled: true } }),
      '200 undefined',
      'bob',
    ],
  ]
  test.each(meanwhile)(
    'a hand-over waits in the store while the key is %s',
    async (_what, act, code, owner) => {
      const faulty = await faultyStore()
      const { app, ada, bob, secret, path } = await scene({}, { store: faulty.store })
      await using _ = app
      const ids = { ada: ada.user.id as string, bob: bob.user.id as string }
      const held = faulty.hold('changeKey')
      const giving = give(app, path, ids.bob)
      await held.reached
      const between = await act(app, path, ids)
      expect([200, 201]).toContain(between.status)
      held.open()
      expect(failure(await giving)).toBe(code)
      const stored = (await app.call('GET', path)).json
      expect(stored.ownerId).toBe(ids[owner])
      const live = between.json.secret ?? secret
      const { code: verdict } = await app.verify(live)
      const isOff = (await app.call('GET', `/v2/users/${stored.ownerId}`)).json.disabled
      expect(verdict).toBe(stored.status === 'revoked' ? 'NOT_FOUND' : isOff ? 'DISABLED' : 'VALID')
    },
  )

  test('a caller that loses its right while its hand-over waits changes nothing', async () => {
    const faulty = await faultyStore()
    const { app, ada, bob, path } = await scene({}, { store: faulty.store })
    await using _ = app
    const admin = await app.makeUser({ username: 'admin', role: 'ADMIN' })
    const held = faulty.hold('changeKey')
    const giving = app.call('PATCH', path, { key: admin.secret, body: { ownerId: bob.user.id } })
    await held.reached
    await app.call('PATCH', `/v2/users/${admin.user.id}`, { body: { role: 'USER' } })
    held.open()
    const refused = await giving
    expect([refused.status, refused.json.code]).toEqual([403, 'permission_denied'])
    expect((await app.call('GET', path)).json.ownerId).toBe(ada.user.id)
  })
})
