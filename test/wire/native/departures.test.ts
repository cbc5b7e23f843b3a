import { describe, expect, test } from 'bun:test'
import { DAY_MS } from '../../../src/core/ground/clock.ts'
import { faultyStore } from '../../support/faulty-store.ts'
import { failure, type Loose, type NativeApp, nativeApp, pointers } from './native-app.ts'

const NOBODY = '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'

/** A colleague with a managing key and three that he has issued, and another colleague. */
async function scene(overrides?: Parameters<typeof nativeApp>[0]) {
  const app = await nativeApp(overrides)
  const ada = await app.makeUser({ username: 'ada' })
  const bob = await app.makeUser({ username: 'bob' })
  const issued = []
  for (const name of ['one', 'two', 'three']) issued.push(await app.makeKey({ ownerId: ada.user.id, name }))
  return { app, ada, bob, issued, path: `/v2/users/${ada.user.id}` }
}

const disable = (app: NativeApp, path: string, body: object = {}) =>
  app.call('PATCH', path, { body: { disabled: true, ...body } })

const verdicts = async (app: NativeApp, keys: { secret: string }[]) => {
  const codes = []
  for (const { secret } of keys) codes.push((await app.verify(secret)).code)
  return codes
}

describe('GET /v2/users/{id}/impact', () => {
  test('counts the keys that work now, and those that were used in the last 30 days, the latest first', async () => {
    const { app, ada, issued, path } = await scene()
    await using _ = app
    await app.makeKey({ ownerId: ada.user.id, disabled: true })
    const [one, two] = issued
    await app.verify(one?.secret ?? '')
    app.clock.advance(31 * DAY_MS)
    await app.verify(two?.secret ?? '')
    const { status, json } = await app.call('GET', `${path}/impact`)
    expect([status, json.keys, json.usedRecently, json.hasMore]).toEqual([200, 4, 1, false])
    expect(json.data.slice(0, 2).map(({ name }: Loose) => name)).toEqual(['two', 'one'])
    expect(json.data[0]).toMatchObject({ id: two?.key.id, mask: two?.key.mask, access: 'use' })
    await disable(app, path)
    expect((await app.call('GET', `${path}/impact`)).json).toMatchObject({
      keys: 0,
      usedRecently: 0,
      data: [],
    })
  })

  test('with more keys than are counted it says so, and shows a page of them', async () => {
    const { app, bob } = await scene()
    await using _ = app
    await app.call('PATCH', `/v2/users/${bob.user.id}`, { body: { role: 'ADMIN' } })
    const rows = Array.from({ length: 1000 }, (_, n) => ({
      secret: `an-imported-secret-${n}`,
      ownerId: bob.user.id,
    }))
    expect((await app.call('POST', '/v2/keys/import', { body: { keys: rows } })).status).toBe(200)
    const { json } = await app.call('GET', `/v2/users/${bob.user.id}/impact`)
    expect([json.keys, json.hasMore, json.data.length]).toEqual([1000, true, 100])
  })

  test('is allowed for callers that manage users', async () => {
    const { app, ada, path } = await scene()
    await using _ = app
    expect(failure(await app.call('GET', `${path}/impact`, { key: ada.secret }))).toBe(
      '403 permission_denied',
    )
    expect(failure(await app.call('GET', `/v2/users/${NOBODY}/impact`))).toBe('404 user_not_found')
  })
})

describe('POST /v2/users/{id}/handover', () => {
  test('gives all keys to another user, and names those that it could not give, with the reason', async () => {
    const { app, ada, bob, issued, path } = await scene()
    await using _ = app
    const admin = await app.makeUser({ username: 'admin', role: 'ADMIN', policy: { permissions: ['a.*'] } })
    const strong = await app.makeKey({ ownerId: ada.user.id, permissions: ['b.read'] })
    const { status, json } = await app.call('POST', `${path}/handover`, {
      key: admin.secret,
      body: { to: bob.user.id },
    })
    expect([status, json.handedOver, json.failed, json.nextCursor]).toEqual([200, 4, 1, null])
    const failed = json.results.filter(({ status }: Loose) => status === 'failed')
    expect(failed.map(({ id, code }: Loose) => [id, code])).toContainEqual([
      strong.key.id,
      'delegation_exceeded',
    ])
    const rest = (await app.call('POST', `${path}/handover`, { body: { to: bob.user.id } })).json
    expect([rest.handedOver, rest.failed]).toEqual([1, 0])
    expect((await app.call('POST', `${path}/handover`, { body: { to: bob.user.id } })).json.results).toEqual(
      [],
    )
    expect(await verdicts(app, [...issued, strong])).toEqual(Array(4).fill('VALID'))
    for (const { secret } of issued) expect((await app.verify(secret)).ownerId).toBe(bob.user.id)
  })

  test('an heir that is the same user, disabled or unknown is refused, and so is a caller that manages no users', async () => {
    const { app, ada, bob, path } = await scene()
    await using _ = app
    await disable(app, `/v2/users/${bob.user.id}`)
    for (const to of [ada.user.id, bob.user.id, NOBODY, 'x', null]) {
      const answer = await app.call('POST', `${path}/handover`, { body: { to } })
      expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', ['/to']])
    }
    const own = await app.call('POST', `${path}/handover`, { key: ada.secret, body: { to: bob.user.id } })
    expect(failure(own)).toBe('403 permission_denied')
    const root = (await app.call('GET', '/v2/keys/self')).json.key.ownerId
    const admin = await app.makeUser({ username: 'admin', role: 'ADMIN' })
    const roots = { key: admin.secret, body: { to: admin.user.id } }
    expect(failure(await app.call('POST', `/v2/users/${root}/handover`, roots))).toBe(
      '403 delegation_exceeded',
    )
  })

  test('keys of a user that a higher role has disabled stay with it, and do not work', async () => {
    await using app = await nativeApp()
    const { user } = await app.makeUser({ username: 'gone' })
    const { user: heir } = await app.makeUser({ username: 'heir' })
    const { secret: admin } = await app.makeUser({ username: 'admin', role: 'ADMIN' })
    const { key, secret } = await app.makeKey({ ownerId: user.id, access: 'use' })
    await app.call('PATCH', `/v2/users/${user.id}`, { body: { disabled: true } })
    const handOver = (by?: string) =>
      app.call('POST', `/v2/users/${user.id}/handover`, { body: { to: heir.id }, ...(by && { key: by }) })
    const moved = await app.call('PATCH', `/v2/keys/${key.id}`, { key: admin, body: { ownerId: heir.id } })
    expect(failure(moved)).toBe('403 delegation_exceeded')
    const refused = await handOver(admin)
    expect(refused.json.results.every(({ status }: { status: string }) => status === 'failed')).toBe(true)
    expect((await app.verify(secret)).code).toBe('DISABLED')
    // Whoever may switch the user on decides about its keys.
    expect((await handOver()).json.results).toContainEqual(
      expect.objectContaining({ id: key.id, status: 'handed_over' }),
    )
    expect((await app.verify(secret)).code).toBe('VALID')
  })

  test('two concurrent ones to different users leave each key with one of them', async () => {
    const { app, bob, issued, path } = await scene()
    await using _ = app
    const eve = await app.makeUser({ username: 'eve' })
    const both = await Promise.all(
      [bob, eve].map(({ user }) => app.call('POST', `${path}/handover`, { body: { to: user.id } })),
    )
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    const moved = both.reduce((sum, { json }) => sum + json.handedOver, 0)
    expect(moved).toBe(issued.length + 1)
    for (const { key } of issued)
      expect([bob.user.id, eve.user.id]).toContain((await app.call('GET', `/v2/keys/${key.id}`)).json.ownerId)
  })
})

describe('PATCH /v2/users/{id} with disabled and handOverTo', () => {
  test('hands the keys over first, so that none of them stops, and disables the user', async () => {
    const { app, bob, issued, path } = await scene()
    await using _ = app
    const { status, json } = await disable(app, path, { handOverTo: bob.user.id, displayName: 'Left' })
    expect([status, json.disabled, json.displayName]).toEqual([200, true, 'Left'])
    expect(await verdicts(app, issued)).toEqual(['VALID', 'VALID', 'VALID'])
    const again = await disable(app, path, { handOverTo: bob.user.id })
    expect([again.status, again.json.revision]).toEqual([200, json.revision])
  })

  test('when a key cannot be handed over, nothing stops and the user stays as it was', async () => {
    const { app, ada, issued, path } = await scene({})
    await using _ = app
    const admin = await app.makeUser({ username: 'admin', role: 'ADMIN' })
    // As its owner, Ada's managing key would act as the admin.
    const refused = await disable(app, path, { handOverTo: admin.user.id })
    expect(failure(refused)).toBe('409 handover_incomplete')
    expect(refused.json.detail).toContain('3 keys were handed over, 1 were not')
    expect((await app.call('GET', path)).json.disabled).toBe(false)
    expect(await verdicts(app, issued)).toEqual(['VALID', 'VALID', 'VALID'])
    expect((await app.call('GET', '/v2/keys', { key: ada.secret })).status).toBe(200)
  })

  test('a key that is made while the others are handed over is handed over as well', async () => {
    const faulty = await faultyStore()
    const { app, ada, bob, path } = await scene({ store: faulty.store })
    await using _ = app
    const held = faulty.hold('changeUser')
    const leaving = disable(app, path, { handOverTo: bob.user.id })
    await held.reached
    const late = await app.makeKey({ ownerId: ada.user.id })
    held.open()
    expect([(await leaving).status, (await app.call('GET', path)).json.disabled]).toEqual([200, true])
    expect(await app.verify(late.secret)).toMatchObject({ valid: true, ownerId: bob.user.id })
  })

  test('an outdated revision changes nothing, and a hand-over is possible only together with disabling', async () => {
    const { app, bob, ada, path } = await scene()
    await using _ = app
    const body = { disabled: true, handOverTo: bob.user.id }
    const late = await app.call('PATCH', path, { body, headers: { 'if-match': '"1"' } })
    expect(failure(late)).toBe('412 revision_mismatch')
    for (const wrong of [{ handOverTo: bob.user.id }, { disabled: false, handOverTo: bob.user.id }]) {
      const answer = await app.call('PATCH', path, { body: wrong })
      expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', ['/handOverTo']])
    }
    const { data } = (await app.call('GET', `/v2/keys?ownerId=${ada.user.id}`)).json
    expect(data.length).toBe(4)
  })
})
