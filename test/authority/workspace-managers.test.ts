import { describe, expect, test } from 'bun:test'
import { MANAGER_ABILITIES } from '../../src/core/access/abilities.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { testSettings } from '../support/settings.ts'
import { failure, type Loose, nativeApp } from '../wire/native/native-app.ts'

// A manager of a workspace makes, changes, rotates and revokes the data-plane keys of its members, within its own policy, and nothing else.

const POLICY = { permissions: ['a.*'], limits: { daily: '10' } }

/** A workspace with a manager and a member, and keys of that member there and elsewhere. */
async function scene(overrides?: Parameters<typeof nativeApp>[0]) {
  const app = await nativeApp(overrides)
  const mia = await app.makeUser({ username: 'mia', policy: POLICY })
  const ada = await app.makeUser({ username: 'ada' })
  const eve = await app.makeUser({ username: 'eve' })
  const make = async (slug: string) =>
    (await app.call('POST', '/v2/workspaces', { body: { name: slug, slug } })).json.id as string
  const [team, other] = [await make('team'), await make('other')]
  const join = (userId: string, standing?: string, to = team) =>
    app.call('POST', `/v2/workspaces/${to}/members`, { body: { userId, ...(standing && { standing }) } })
  await join(mia.user.id, 'manager')
  await join(mia.user.id, undefined, other)
  for (const place of [team, other]) await join(ada.user.id, undefined, place)
  const within = { permissions: ['a.read'], limits: { daily: '5' } }
  const keyIn = (workspaceId: string, more: object = {}) =>
    app.makeKey({ ownerId: ada.user.id, workspaceId, ...within, ...more })
  const as = (method: string, path: string, body?: object) =>
    app.call(method, path, { key: mia.secret, ...(body && { body }) })
  return { app, mia, ada, eve, team, other, join, keyIn, as, within }
}

describe('a manager of a workspace', () => {
  test('reads, lists, changes, rotates, boosts and revokes the keys of members there', async () => {
    const { app, ada, team, keyIn, as } = await scene()
    await using _ = app
    const { key } = await keyIn(team)
    const path = `/v2/keys/${key.id}`
    expect((await as('GET', path)).json.ownerId).toBe(ada.user.id)
    const listed = (await as('GET', `/v2/keys?workspaceId=${team}`)).json.data
    expect(listed.map(({ id }: Loose) => id)).toEqual([key.id])
    expect((await as('GET', `/v2/keys?workspaceId=${team}&ownerId=${ada.user.id}`)).json.data.length).toBe(1)
    expect((await as('PATCH', path, { limits: { daily: '4' }, name: 'n' })).json).toMatchObject({ name: 'n' })
    const until = '2026-11-22T13:00:00.000Z'
    expect((await as('PUT', `${path}/boosts/daily`, { amount: '1', until })).status).toBe(200)
    const rotated = await as('POST', `${path}/rotate`, { overlap: '1h' })
    expect((await app.verify(rotated.json.secret)).valid).toBe(true)
    expect((await as('DELETE', `${path}/secrets/previous`)).status).toBe(200)
    expect((await as('GET', `${path}/verifications`)).status).toBe(200)
    expect((await as('DELETE', path)).json.status).toBe('revoked')
    const many = await as('POST', '/v2/keys/revoke', { ids: [(await keyIn(team)).key.id] })
    expect(many.json.revoked).toBe(1)
  })

  test('fills half of the places that a member has for keys, and the member the others, also elsewhere', async () => {
    const { app, ada, team, other, as, within } = await scene({
      settings: testSettings({ bounds: { keysPerUser: 9 } }),
    })
    await using _ = app
    const made = await Promise.all(
      Array.from({ length: 12 }, () =>
        as('POST', '/v2/keys', { ownerId: ada.user.id, workspaceId: team, ...within }),
      ),
    )
    const refused = made.filter(({ status }) => status !== 201)
    expect(new Set(refused.map(failure))).toEqual(new Set(['409 too_many_keys']))
    expect(refused[0]?.json.detail).toContain('leaves the other half')
    // One is the key with which the member makes its own.
    expect(made.length - refused.length).toBe(4)
    for (const workspaceId of [team, other, team, other]) {
      const own = await app.call('POST', '/v2/keys', { key: ada.secret, body: { workspaceId } })
      expect(own.status).toBe(201)
    }
    expect(failure(await app.call('POST', '/v2/keys', { key: ada.secret, body: {} }))).toBe(
      '409 too_many_keys',
    )
    process.stdout.write(`a manager tried 12 keys for a member of 9: ${made.length - refused.length} made\n`)
  })

  test('makes data-plane keys for members, within its own policy, and for nobody else', async () => {
    const { app, mia, ada, eve, team, other, as, within } = await scene()
    await using _ = app
    const make = (more: object) =>
      as('POST', '/v2/keys', { ownerId: ada.user.id, workspaceId: team, ...within, ...more })
    const made = await make({})
    expect([made.status, made.json.key.ownerId, made.json.key.createdById]).toEqual([
      201,
      ada.user.id,
      mia.user.id,
    ])
    expect((await make({ workspaceId: 'team' })).status).toBe(201)
    const beyond = [
      { permissions: ['b.read'] },
      { limits: { daily: '11' } },
      { access: 'manage' },
      { access: 'full' },
    ]
    for (const more of beyond) expect(failure(await make(more))).toBe('403 delegation_exceeded')
    const root = (await app.call('GET', '/v2/keys/self')).json.key.ownerId
    for (const more of [
      { ownerId: eve.user.id },
      { ownerId: root },
      { workspaceId: other },
      { workspaceId: undefined },
    ])
      expect(failure(await make(more))).toBe('400 input_invalid')
    expect((await make({ id: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e' })).status).toBe(403)
    const imported = await as('POST', '/v2/keys/import', { keys: [{ secret: 'x'.repeat(30) }] })
    expect(failure(imported)).toBe('403 permission_denied')
  })

  test('gets no managing key of anybody, and no key leaves its owner by it', async () => {
    const { app, mia, eve, team, keyIn, as } = await scene()
    await using _ = app
    const { key: managing, secret } = await keyIn(team, {
      access: 'full',
      permissions: [],
      limits: { daily: '1' },
    })
    const refused = '403 delegation_exceeded'
    const path = `/v2/keys/${managing.id}`
    expect(failure(await as('POST', `${path}/rotate`, {}))).toBe(refused)
    for (const body of [{ name: 'n' }, { access: 'use' }, { disabled: true }])
      expect(failure(await as('PATCH', path, body))).toBe(refused)
    const { key } = await keyIn(team)
    for (const body of [{ access: 'full' }, { ownerId: mia.user.id }])
      expect(failure(await as('PATCH', `/v2/keys/${key.id}`, body))).toBe(refused)
    expect((await as('PATCH', `/v2/keys/${key.id}`, { ownerId: eve.user.id })).status).toBe(400)
    expect((await as('DELETE', path)).status).toBe(200)
    expect((await app.call('GET', '/v2/keys', { key: secret })).status).toBe(401)
  })

  test('gets none by way of a secret that it has seen either: such a key manages only after a rotation', async () => {
    const { app, ada, team, other, as, within } = await scene()
    await using _ = app
    const asAda = (method: string, path: string, body?: object) =>
      app.call(method, path, { key: ada.secret, ...(body && { body }) })
    const { key: elsewhere } = (await asAda('POST', '/v2/keys', { workspaceId: other })).json
    const limits = { daily: '5' }
    const { key: rotated } = (await asAda('POST', '/v2/keys', { workspaceId: team, limits })).json
    const rotation = await as('POST', `/v2/keys/${rotated.id}/rotate`, { overlap: '24h' })
    expect(rotation.status).toBe(200)
    const { secret } = rotation.json
    const made = (await as('POST', '/v2/keys', { ownerId: ada.user.id, workspaceId: team, ...within })).json
    for (const [id, seen] of [
      [rotated.id, secret],
      [made.key.id, made.secret],
    ]) {
      for (const by of [ada.secret, app.rootKey])
        for (const access of ['full', 'manage']) {
          const raised = await app.call('PATCH', `/v2/keys/${id}`, { key: by, body: { access } })
          expect(failure(raised)).toBe('403 delegation_exceeded')
        }
      expect((await app.call('GET', `/v2/keys/${elsewhere.id}`, { key: seen })).status).toBe(403)
    }
    expect((await asAda('POST', `/v2/keys/${rotated.id}/rotate`, {})).status).toBe(200)
    expect((await asAda('PATCH', `/v2/keys/${rotated.id}`, { access: 'full' })).json.access).toBe('full')
    expect((await app.call('GET', '/v2/keys', { key: secret })).status).toBe(401)
  })

  test('nor by a rotation at the moment at which the member makes a key a managing one', async () => {
    const { app, ada, team, as } = await scene()
    await using _ = app
    const ends: Record<string, number> = {}
    for (let n = 0; n < 20; n += 1) {
      const body = { workspaceId: team, limits: { daily: '5' } }
      const { key } = (await app.call('POST', '/v2/keys', { key: ada.secret, body })).json
      const path = `/v2/keys/${key.id}`
      const rotate = () => as('POST', `${path}/rotate`, {})
      const raise = () => app.call('PATCH', path, { key: ada.secret, body: { access: 'full' } })
      const both = n % 2 === 0 ? [rotate(), raise()] : [raise(), rotate()]
      const [one, other] = await Promise.all(both)
      const rotated = n % 2 === 0 ? one : other
      const end = `${one?.status} and ${other?.status}`
      ends[end] = (ends[end] ?? 0) + 1
      if (rotated?.status !== 200) continue
      expect((await app.call('GET', '/v2/keys', { key: rotated.json.secret })).status).toBe(403)
    }
    console.log(`20 rotations and raises at once: ${JSON.stringify(ends)}`)
  })

  test('reaches nothing in other workspaces, nothing of those who are higher, and none of the other abilities', async () => {
    const { app, ada, team, other, keyIn, as } = await scene()
    await using _ = app
    const { key: elsewhere } = await keyIn(other)
    const { key: inDefault } = await app.makeKey({ ownerId: ada.user.id })
    for (const { id } of [elsewhere, inDefault])
      for (const [method, body] of [['GET'], ['PATCH', { name: 'n' }], ['DELETE']] as const)
        expect(failure(await as(method, `/v2/keys/${id}`, body))).toBe('404 key_not_found')
    expect((await as('GET', `/v2/keys?workspaceId=${other}`)).json.data).toEqual([])
    const { key: roots } = await app.makeKey({ workspaceId: team })
    expect(failure(await as('PATCH', `/v2/keys/${roots.id}`, { name: 'n' }))).toBe('403 delegation_exceeded')
    expect(failure(await as('DELETE', `/v2/keys/${roots.id}`))).toBe('403 delegation_exceeded')
    const denied: [method: string, path: string, body?: object][] = [
      ['PATCH', `/v2/workspaces/${team}`, { limits: { daily: '1' } }],
      ['DELETE', `/v2/workspaces/${team}`],
      ['POST', `/v2/workspaces/${team}/members`, { userId: ada.user.id, standing: 'manager' }],
      ['DELETE', `/v2/workspaces/${team}/members/${ada.user.id}`],
      ['POST', '/v2/users', { username: 'x', displayName: 'X' }],
      ['PATCH', `/v2/users/${ada.user.id}`, { disabled: true }],
      ['GET', '/v2/audit'],
      ['POST', '/v2/usage', { events: [{ id: 'e', keyId: elsewhere.id, amount: '1' }] }],
      ['POST', '/v2/reservations', { keyId: elsewhere.id, amount: '1' }],
    ]
    for (const [method, path, body] of denied)
      expect([method, path, failure(await as(method, path, body))]).toEqual([
        method,
        path,
        '403 permission_denied',
      ])
    expect(Object.keys(MANAGER_ABILITIES).sort()).toEqual([
      'CREATE_APIKEY',
      'DELETE_APIKEY',
      'DISPLAY_APIKEY',
      'LIST_APIKEY',
      'READ_USAGE',
      'UPDATE_APIKEY',
    ])
  })

  test('sees the usage of the workspace, and of no other', async () => {
    const { app, ada, team, other, keyIn, as } = await scene()
    await using _ = app
    await app.spend((await keyIn(team)).key.id, '2')
    await app.spend((await keyIn(other)).key.id, '3')
    const report = async (query: string) =>
      (await as('GET', `/v2/usage?interval=month&from=2026-11-01&${query}`)).json.data
    expect(await report(`workspaceId=${team}`)).toMatchObject([{ amount: '2' }])
    expect(await report(`workspaceId=${team}&groupBy=owner`)).toMatchObject([
      { group: { owner: ada.user.id }, amount: '2' },
    ])
    expect(await report(`workspaceId=${other}`)).toEqual([])
    expect(await report('groupBy=owner')).toEqual([])
  })

  test('learns the names of the members and its own there, and of nobody else', async () => {
    const { app, mia, ada, eve, team, join, as } = await scene()
    await using _ = app
    await join(eve.user.id)
    const root = (await app.call('GET', '/v2/keys/self')).json.key.ownerId
    for (const ownerId of [mia.user.id, ada.user.id, eve.user.id, root])
      await app.spend((await app.makeKey({ ownerId, workspaceId: team, name: 'k' })).key.id, '1')
    await app.call('DELETE', `/v2/workspaces/${team}/members/${eve.user.id}`)
    const named = async (groupBy: string) => {
      const { data } = (await as('GET', `/v2/usage?workspaceId=${team}&${groupBy}`)).json
      return data.map(({ group, names }: Loose) => [group.owner, names.owner])
    }
    const shown = [
      [mia.user.id, 'mia'],
      [ada.user.id, 'ada'],
      [eve.user.id, null],
      [root, null],
    ].toSorted()
    expect((await named('groupBy=owner')).toSorted()).toEqual(shown)
    const both = (await as('GET', `/v2/usage?workspaceId=${team}&groupBy=key&groupBy=workspace`)).json.data
    expect(both.map(({ names }: Loose) => names)).toEqual(Array(4).fill({ key: 'k', workspace: 'team' }))
    const csv = await app.call('GET', `/v2/usage?workspaceId=${team}&groupBy=owner`, {
      key: mia.secret,
      headers: { accept: 'text/csv' },
    })
    expect([csv.text.includes('ada'), csv.text.includes('eve')]).toEqual([true, false])
  })

  test('what it sets on a member’s key the member loosens no further than its policy, another manager and an ADMIN do', async () => {
    const { app, ada, eve, team, join, as } = await scene()
    await using _ = app
    const made = await as('POST', '/v2/keys', {
      ownerId: ada.user.id,
      workspaceId: team,
      permissions: ['a.read'],
      limits: { daily: '5' },
    })
    const { key } = (await app.call('POST', '/v2/keys', { key: ada.secret, body: { workspaceId: team } }))
      .json
    await as('PATCH', `/v2/keys/${key.id}`, { limits: { daily: '2' }, allowedIps: ['192.0.2.1'] })
    const patch = (by: string, id: string, body: object) =>
      app.call('PATCH', `/v2/keys/${id}`, { key: by, body })
    for (const [id, body] of [
      [made.json.key.id, { limits: { daily: null } }],
      [key.id, { limits: { daily: '3' } }],
      [key.id, { allowedIps: [] }],
    ] as const)
      expect(failure(await patch(ada.secret, id, body))).toBe('403 delegation_exceeded')
    expect((await patch(ada.secret, key.id, { limits: { daily: '1' } })).status).toBe(200)
    await join(eve.user.id, 'manager')
    expect((await patch(eve.secret, key.id, { limits: { daily: '3' } })).status).toBe(200)
    expect((await patch(app.rootKey, key.id, { allowedIps: [] })).status).toBe(200)
  })

  test('a limit that it sets ends the boosts of the member, also those placed before', async () => {
    const { app, ada, team, as } = await scene()
    await using _ = app
    const body = { workspaceId: team, access: 'use', limits: { daily: '5' } }
    const { key, secret } = (await app.call('POST', '/v2/keys', { key: ada.secret, body })).json
    const boost = { amount: '100000', until: '2026-12-22T12:00:00.000Z' }
    const path = `/v2/keys/${key.id}`
    const placed = await app.call('PUT', `${path}/boosts/daily`, { key: ada.secret, body: boost })
    expect(placed.status).toBe(200)
    // Until then the boost counts.
    expect(await app.verify(secret, { charge: '6' })).toMatchObject({ code: 'VALID' })
    expect((await as('PATCH', path, { limits: { daily: '7' } })).json.boosts).toEqual({})
    expect(await app.verify(secret, { charge: '2' })).toMatchObject({ code: 'BUDGET_EXCEEDED' })
  })

  test('is one by its standing alone: it is named, changed, lost with the membership, and nobody has it in the default workspace', async () => {
    const { app, mia, ada, team, join, keyIn, as } = await scene()
    await using _ = app
    const { key } = await keyIn(team)
    const path = `/v2/keys/${key.id}`
    const members = async () =>
      (await app.call('GET', `/v2/workspaces/${team}/members`)).json.data.map((each: Loose) => [
        each.username,
        each.standing,
      ])
    expect((await members()).sort()).toEqual([
      ['ada', 'member'],
      ['mia', 'manager'],
    ])
    expect((await join(mia.user.id)).json.standing).toBe('manager')
    const demoted = await join(mia.user.id, 'member')
    expect([demoted.status, demoted.json.standing]).toEqual([200, 'member'])
    expect(failure(await as('GET', path))).toBe('404 key_not_found')
    await join(mia.user.id, 'manager')
    expect((await as('GET', path)).status).toBe(200)
    await app.call('DELETE', `/v2/workspaces/${team}/members/${mia.user.id}`)
    expect(failure(await as('PATCH', path, { name: 'n' }))).toBe('404 key_not_found')
    const home = await app.call('POST', '/v2/workspaces/default/members', {
      body: { userId: ada.user.id, standing: 'manager' },
    })
    expect([404, 409]).toContain(home.status)
    const { data } = (await app.call('GET', `/v2/audit?targetId=${team}&action=workspace.add_member&limit=2`))
      .json
    expect(data[0].after).toEqual({ memberId: mia.user.id, standing: 'manager' })
  })

  test.each(['changeKey', 'createKey'] as const)(
    'loses it also for what waits in the store (%s)',
    async (method) => {
      const faulty = await faultyStore()
      const { app, ada, mia, team, join, keyIn, as, within } = await scene({ store: faulty.store })
      await using _ = app
      const { key } = await keyIn(team)
      for (const demote of [
        () => join(mia.user.id, 'member'),
        () => app.call('DELETE', `/v2/workspaces/${team}/members/${mia.user.id}`),
      ]) {
        await join(mia.user.id, 'manager')
        const held = faulty.hold(method)
        const acting =
          method === 'changeKey'
            ? as('PATCH', `/v2/keys/${key.id}`, { name: 'late' })
            : as('POST', '/v2/keys', { ownerId: ada.user.id, workspaceId: team, ...within })
        await held.reached
        await demote()
        held.open()
        expect((await acting).status).toBeGreaterThanOrEqual(400)
      }
      expect(
        (await app.call('GET', `/v2/keys?ownerId=${ada.user.id}&workspaceId=${team}`)).json.data,
      ).toMatchObject([{ name: '' }])
    },
  )
})
