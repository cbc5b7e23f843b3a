import { describe, expect, test } from 'bun:test'
import { faultyStore } from '../../support/faulty-store.ts'
import { failure, type Loose, pointers } from './native-app.ts'
import { team, told } from './team.ts'

const NOBODY = '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'

describe('/v2/workspaces/{ref}/members', () => {
  test('a user is added, listed and removed; each change has one audit entry', async () => {
    const { app, bob, members, id } = await team()
    await using _ = app
    const added = await app.call('POST', '/v2/workspaces/team/members', { body: { userId: bob.user.id } })
    const root = (await app.call('GET', '/v1/users/me')).json.userId
    const told = { joinedAt: '2026-11-22T12:00:00.000Z', addedById: root, standing: 'member' }
    const member = { userId: bob.user.id, username: 'bob', displayName: 'bob', ...told }
    expect([added.status, added.json]).toEqual([201, member])
    const again = await app.call('POST', members, { body: { userId: bob.user.id } })
    expect([again.status, again.json]).toEqual([200, member])
    expect((await app.call('GET', members)).json).toEqual({
      data: expect.arrayContaining([member]),
      nextCursor: null,
    })
    expect((await app.call('DELETE', `${members}/${bob.user.id}`)).status).toBe(204)
    expect(failure(await app.call('DELETE', `${members}/${bob.user.id}`))).toBe('404 member_not_found')
    const { data } = (await app.call('GET', `/v2/audit?targetId=${id}&limit=2`)).json
    expect(data.map(({ action, before, after }: Loose) => [action, before, after])).toEqual([
      ['workspace.remove_member', { memberId: bob.user.id }, null],
      ['workspace.add_member', null, { memberId: bob.user.id }],
    ])
  })

  test('pages continue by cursor, with each member once', async () => {
    const { app, members } = await team()
    await using _ = app
    for (const name of ['c', 'd', 'e']) {
      app.clock.advance(1_000)
      const { user } = await app.makeUser({ username: name })
      await app.call('POST', members, { body: { userId: user.id } })
    }
    const names: string[] = []
    for (let cursor = ''; ; ) {
      const { json } = await app.call('GET', `${members}?limit=2${cursor}`)
      names.push(...json.data.map(({ username }: Loose) => username))
      if (json.nextCursor === null) break
      cursor = `&cursor=${json.nextCursor}`
    }
    expect(names).toEqual(['e', 'd', 'c', 'ada'])
    expect(failure(await app.call('GET', `${members}?limit=0`))).toBe('400 input_invalid')
  })

  test('an Idempotency-Key returns the first answer again', async () => {
    const { app, bob, members } = await team()
    await using _ = app
    const add = { body: { userId: bob.user.id }, headers: { 'idempotency-key': 'k' } }
    const first = await app.call('POST', members, add)
    await app.call('DELETE', `${members}/${bob.user.id}`)
    const second = await app.call('POST', members, add)
    expect([second.status, second.json]).toEqual([201, first.json])
    expect((await app.call('GET', members)).json.data).toHaveLength(1)
  })

  test.each<[string, unknown, string, string[]]>([
    ['no user', {}, '400 input_invalid', ['/userId']],
    ['a user that is no id', { userId: 'ada' }, '400 input_invalid', ['/userId']],
    ['a number', { userId: 1 }, '400 input_invalid', ['/userId']],
    ['an unknown member', { userId: NOBODY, role: 'admin' }, '400 input_invalid', ['/role']],
    ['a list', [], '400 input_invalid', ['']],
    ['a user that does not exist', { userId: NOBODY }, '400 input_invalid', ['/userId']],
  ])('POST with %s is refused and lets nobody in', async (_what, body, expected, places) => {
    const { app, members } = await team()
    await using _ = app
    const answer = await app.call('POST', members, { body })
    expect([failure(answer), pointers(answer)]).toEqual([expected, places])
    expect((await app.call('GET', members)).json.data).toHaveLength(1)
  })

  test('missing records are 404, and nobody can be removed from the default workspace', async () => {
    const { app, bob, members } = await team()
    await using _ = app
    const { id: userId } = bob.user
    const body = { userId }
    for (const ref of [NOBODY, 'no-such']) {
      expect(failure(await app.call('POST', `/v2/workspaces/${ref}/members`, { body }))).toBe(
        '404 workspace_not_found',
      )
      expect(failure(await app.call('DELETE', `/v2/workspaces/${ref}/members/${userId}`))).toBe(
        '404 workspace_not_found',
      )
    }
    expect(failure(await app.call('DELETE', `${members}/x`))).toBe('404 user_not_found')
    const home = await app.call('POST', '/v2/workspaces/default/members', { body })
    expect([home.status, home.json.userId, home.json.addedById]).toEqual([200, userId, null])
    expect(failure(await app.call('DELETE', `/v2/workspaces/default/members/${userId}`))).toBe(
      '409 member_default',
    )
    expect((await app.call('GET', '/v2/workspaces/default/members')).json.data).toHaveLength(3)
  })

  test('only ADMIN and ROOT change the members of workspaces; other callers get the same answer for all of them', async () => {
    const { app, ada, bob, members } = await team()
    await using _ = app
    const admin = await app.makeUser({ username: 'admin', role: 'ADMIN' })
    const service = await app.makeUser({ username: 'service', role: 'SERVICE' })
    const body = { userId: bob.user.id }
    for (const { secret: key } of [ada, bob, service])
      for (const path of [members, `/v2/workspaces/${NOBODY}/members`, '/v2/workspaces/default/members']) {
        expect(failure(await app.call('POST', path, { key, body }))).toBe('403 permission_denied')
        expect(failure(await app.call('DELETE', `${path}/${ada.user.id}`, { key }))).toBe(
          '403 permission_denied',
        )
      }
    expect((await app.call('POST', members, { key: admin.secret, body })).status).toBe(201)
    expect((await app.call('DELETE', `${members}/${bob.user.id}`, { key: admin.secret })).status).toBe(204)
  })

  test('a member sees the members of its workspaces, and in the default one only itself', async () => {
    const { app, ada, bob, members } = await team()
    await using _ = app
    const { secret: key } = ada
    await app.call('POST', members, { body: { userId: bob.user.id } })
    const listed = async (path: string) =>
      (await app.call('GET', path, { key })).json.data.map(({ username }: Loose) => username)
    expect((await listed(members)).toSorted()).toEqual(['ada', 'bob'])
    expect(await listed('/v2/workspaces/default/members')).toEqual(['ada'])
    expect((await app.call('GET', members, { key })).text).not.toContain('@')
  })

  test('memberships end with their user and their workspace', async () => {
    const { app, ada, bob, id, members } = await team()
    await using _ = app
    await app.call('POST', members, { body: { userId: bob.user.id } })
    const { data } = (await app.call('GET', `/v2/keys?ownerId=${bob.user.id}`)).json
    for (const key of data) await app.call('DELETE', `/v2/keys/${key.id}`)
    expect((await app.call('DELETE', `/v2/users/${bob.user.id}`)).status).toBe(204)
    expect((await app.call('GET', members)).json.data).toHaveLength(1)
    expect((await app.call('DELETE', `/v2/workspaces/${id}`)).status).toBe(204)
    const { json } = await app.call('GET', '/v2/workspaces', { key: ada.secret })
    expect(json.data.map(({ slug }: Loose) => slug)).toEqual(['default'])
  })
})

describe('a workspace of which the caller is not a member', () => {
  /** Every way to name a workspace, in every dialect. */
  const NAMING: ((ref: { id: string; slug: string }) => { method?: string; path: string; body?: object })[] =
    [
      ({ id }) => ({ path: `/v2/workspaces/${id}` }),
      ({ slug }) => ({ path: `/v2/workspaces/${slug}` }),
      ({ id }) => ({ path: `/v2/workspaces/${id.toUpperCase()}` }),
      ({ id }) => ({ path: `/v2/workspaces/${id}/thresholds` }),
      ({ id }) => ({ path: `/v2/workspaces/${id}/members` }),
      ({ slug }) => ({ path: `/v2/workspaces/${slug}/members` }),
      ({ id }) => ({ path: `/v2/keys?workspaceId=${id}` }),
      ({ id }) => ({ path: `/v2/usage?workspaceId=${id}` }),
      ({ id }) => ({ path: `/v2/usage?groupBy=key&workspaceId=${id}` }),
      ({ id }) => ({ method: 'POST', path: '/v2/keys', body: { workspaceId: id } }),
      ({ id }) => ({ path: `/api/v1/keys?workspace_id=${id}` }),
      ({ id }) => ({ path: `/api/v1/activity?workspace_id=${id}` }),
      ({ id }) => ({ method: 'POST', path: '/api/v1/keys', body: { name: 'n', workspace_id: id } }),
    ]

  test('looks like a missing one, however it is named; a member can read it', async () => {
    const { app, ada, bob, id } = await team()
    await using _ = app
    const there = { id, slug: 'team' }
    const nowhere = { id: NOBODY, slug: 'none' }
    const names = [id, id.toUpperCase(), 'team', NOBODY, NOBODY.toUpperCase(), 'none']
    const ask = ({ secret: key }: { secret: string }, { method = 'GET', path, body }: Loose) =>
      app.call(method, path, body === undefined ? { key } : { key, body })
    for (const naming of NAMING) {
      const { path } = naming(there)
      const foreign = await ask(bob, naming(there))
      expect([path, told(foreign, names)]).toEqual([path, told(await ask(bob, naming(nowhere)), names)])
      // An unknown id in a body is invalid input; so it is in OpenRouter's dialect for one in a filter.
      const refusals = naming(there).method === 'POST' || path.startsWith('/api') ? [400, 404] : [404]
      expect([path, refusals.includes(foreign.status)]).toEqual([path, true])
      expect([path, (await ask(ada, naming(there))).status < 300]).toEqual([path, true])
    }
    expect(NAMING.length).toBe(13)
    expect((await app.call('GET', `/v2/keys?ownerId=${bob.user.id}`)).json.data).toHaveLength(1)
  })

  test('is not in the list of workspaces, which has the default one for everybody', async () => {
    const { app, ada, bob } = await team()
    await using _ = app
    const slugs = async (key?: string) =>
      (await app.call('GET', '/v2/workspaces', key === undefined ? {} : { key })).json.data.map(
        ({ slug }: Loose) => slug,
      )
    expect(await slugs(bob.secret)).toEqual(['default'])
    expect(await slugs(ada.secret)).toEqual(['team', 'default'])
    expect(await slugs()).toEqual(['team', 'default'])
  })

  test('accepts no key from a member that is removed while its request waits for the store', async () => {
    const faulty = await faultyStore()
    const { app, ada, id, members } = await team({ store: faulty.store })
    await using _ = app
    const { key: own } = await app.makeKey({ workspaceId: id }, { key: ada.secret })
    const acts: [method: 'createKey' | 'changeKey', verb: string, path: string, body: object][] = [
      ['createKey', 'POST', '/v2/keys', { workspaceId: id }],
      ['createKey', 'POST', '/api/v1/keys', { name: 'n', workspace_id: id }],
      ['changeKey', 'PATCH', `/v2/keys/${own.id}`, { name: 'late' }],
      ['changeKey', 'POST', `/v2/keys/${own.id}/rotate`, {}],
      ['changeKey', 'PATCH', `/api/v1/keys/${own.hash}`, { name: 'late' }],
      ['changeKey', 'PUT', `/v1/apikeys/${own.id}`, { mergeLabels: { a: 'late' } }],
    ]
    const keys = async () => (await app.call('GET', `/v2/keys?workspaceId=${id}`)).json
    const before = await keys()
    for (const [waits, method, path, body] of acts) {
      const held = faulty.hold(waits)
      const answer = app.call(method, path, { key: ada.secret, body })
      await held.reached
      expect((await app.call('DELETE', `${members}/${ada.user.id}`)).status).toBe(204)
      held.open()
      // An unknown id in a body is invalid input.
      const inBody = path.endsWith('/keys')
      expect([path, (await answer).status]).toEqual([path, inBody ? 400 : 404])
      expect(await keys()).toEqual(before)
      await app.call('POST', members, { body: { userId: ada.user.id } })
    }
    console.log(`removals while an act waited in the store: ${acts.length}`)
  })

  test('is joined by a user that is given a key in it', async () => {
    const { app, bob, id } = await team()
    await using _ = app
    await app.makeKey({ workspaceId: id, ownerId: bob.user.id })
    expect((await app.call('GET', `/v2/workspaces/${id}`, { key: bob.secret })).status).toBe(200)
    const { data } = (await app.call('GET', `/v2/audit?targetId=${id}&limit=1`)).json
    expect([data[0].action, data[0].after]).toEqual(['workspace.add_member', { memberId: bob.user.id }])
  })

  test('a SERVICE can still use its keys, but sees no workspace itself', async () => {
    const { app, ada, id } = await team()
    await using _ = app
    const service = await app.makeUser({ username: 'service', role: 'SERVICE' })
    const { key, secret } = await app.makeKey({ workspaceId: id, ownerId: ada.user.id })
    const as = { key: service.secret }
    const hold = await app.call('POST', '/v2/reservations', { ...as, body: { keyId: key.id, amount: '1' } })
    expect(hold.status).toBe(201)
    expect((await app.call('POST', '/v2/verify', { ...as, body: { key: secret } })).json.code).toBe('VALID')
    expect((await app.call('GET', `/v2/usage?workspaceId=${id}`, as)).status).toBe(200)
    for (const path of ['', '/members', '/thresholds'])
      expect(failure(await app.call('GET', `/v2/workspaces/${id}${path}`, as))).toBe('403 permission_denied')
  })
})
