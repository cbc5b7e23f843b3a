import { describe, expect, test } from 'bun:test'
import { failure, nativeApp, pointers } from './native-app.ts'

const TEAM = { name: 'Billing team', slug: 'billing-team' }
const NOBODY = '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'

describe('/v2/workspaces', () => {
  test('POST returns the workspace itself, which is read back by id and by slug', async () => {
    await using app = await nativeApp()
    const root = (await app.call('GET', '/v1/users/me')).json
    const answer = await app.call('POST', '/v2/workspaces', { body: { ...TEAM, description: 'Bills' } })
    expect(answer.status).toBe(201)
    expect(answer.json).toEqual({
      id: expect.any(String),
      ...TEAM,
      description: 'Bills',
      isDefault: false,
      limits: {},
      includeByokInLimit: false,
      createdById: root.userId,
      createdAt: '2026-11-22T12:00:00.000Z',
      updatedAt: '2026-11-22T12:00:00.000Z',
      revision: 4,
    })
    expect(answer.headers.get('location')).toBe(`/v2/workspaces/${answer.json.id}`)
    const read = { ...answer.json, budget: [] }
    expect((await app.call('GET', `/v2/workspaces/${answer.json.id}`)).json).toEqual(read)
    expect((await app.call('GET', '/v2/workspaces/billing-team')).json).toEqual(read)
    expect((await app.call('GET', '/v2/workspaces/default')).json.isDefault).toBe(true)
  })

  const wrong: [what: string, body: object, pointers: string[]][] = [
    ['nothing', {}, ['/name', '/slug']],
    ['an empty name', { ...TEAM, name: '' }, ['/name']],
    ['a name of 101 characters', { ...TEAM, name: 'x'.repeat(101) }, ['/name']],
    ['a slug in capitals', { ...TEAM, slug: 'Billing' }, ['/slug']],
    ['a slug with two hyphens', { ...TEAM, slug: 'a--b' }, ['/slug']],
    ['a slug that ends in a hyphen', { ...TEAM, slug: 'a-' }, ['/slug']],
    ['a slug of 51 characters', { ...TEAM, slug: 'x'.repeat(51) }, ['/slug']],
    ['a slug that looks like an id', { ...TEAM, slug: NOBODY }, ['/slug']],
    ['a description of 501 characters', { ...TEAM, description: 'x'.repeat(501) }, ['/description']],
    ['an unknown member', { ...TEAM, owner: 'x' }, ['/owner']],
  ]
  test.each(wrong)('POST with %s is refused with its place', async (_what, body, expected) => {
    await using app = await nativeApp()
    const answer = await app.call('POST', '/v2/workspaces', { body })
    expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', expected])
  })

  test('ids and slugs are unique', async () => {
    await using app = await nativeApp()
    await app.call('POST', '/v2/workspaces', { body: { ...TEAM, id: NOBODY } })
    const post = (body: object) => app.call('POST', '/v2/workspaces', { body })
    expect(failure(await post({ name: 'x', slug: 'x', id: NOBODY }))).toBe('409 workspace_id_taken')
    expect(failure(await post(TEAM))).toBe('409 slug_taken')
    expect(failure(await app.call('PATCH', '/v2/workspaces/default', { body: { slug: TEAM.slug } }))).toBe(
      '409 slug_taken',
    )
  })

  test('PATCH merges, by id or slug, under If-Match', async () => {
    await using app = await nativeApp()
    const { json: team } = await app.call('POST', '/v2/workspaces', {
      body: { ...TEAM, description: 'Bills' },
    })
    app.clock.advance(1000)
    const renamed = await app.call('PATCH', '/v2/workspaces/billing-team', {
      body: { slug: 'money' },
      headers: { 'if-match': `"${team.revision}"` },
    })
    const moved = { updatedAt: '2026-11-22T12:00:01.000Z', revision: team.revision + 1 }
    expect(renamed.json).toEqual({ ...team, ...moved, slug: 'money' })
    const stale = await app.call('PATCH', '/v2/workspaces/money', {
      body: { name: 'x' },
      headers: { 'if-match': `"${team.revision}"` },
    })
    expect(failure(stale)).toBe('412 revision_mismatch')
    const cleared = await app.call('PATCH', `/v2/workspaces/${team.id}`, { body: { description: null } })
    expect(cleared.json.description).toBeNull()
    expect(failure(await app.call('PATCH', `/v2/workspaces/${team.id}`, { body: { name: null } }))).toBe(
      '400 input_invalid',
    )
  })

  test('DELETE refuses the default one and one with unrevoked keys', async () => {
    await using app = await nativeApp()
    const { json: team } = await app.call('POST', '/v2/workspaces', { body: TEAM })
    const { key } = await app.makeKey({ workspaceId: team.id })
    expect(failure(await app.call('DELETE', '/v2/workspaces/default'))).toBe('409 workspace_default')
    expect(failure(await app.call('DELETE', '/v2/workspaces/billing-team'))).toBe('409 workspace_has_keys')
    await app.call('DELETE', `/v2/keys/${key.id}`)
    expect((await app.call('DELETE', '/v2/workspaces/billing-team')).status).toBe(204)
    expect(failure(await app.call('GET', `/v2/workspaces/${team.id}`))).toBe('404 workspace_not_found')
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.workspaceId).toBe(team.id)
  })

  test('the list pages newest first', async () => {
    await using app = await nativeApp()
    for (const slug of ['a', 'b', 'c']) {
      app.clock.advance(1000)
      await app.call('POST', '/v2/workspaces', { body: { name: slug, slug } })
    }
    const slugs: string[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`
      const { data, nextCursor } = (await app.call('GET', `/v2/workspaces?limit=1${query}`)).json
      slugs.push(...data.map(({ slug }: { slug: string }) => slug))
      cursor = nextCursor
    } while (cursor !== null)
    expect(slugs).toEqual(['c', 'b', 'a', 'default'])
  })

  test('a USER reads workspaces and cannot change them', async () => {
    await using app = await nativeApp()
    const { secret: key } = await app.makeUser({ username: 'ada' })
    expect((await app.call('GET', '/v2/workspaces/default', { key })).status).toBe(200)
    expect((await app.call('GET', '/v2/workspaces', { key })).status).toBe(200)
    const attempts = [
      await app.call('POST', '/v2/workspaces', { key, body: TEAM }),
      await app.call('PATCH', '/v2/workspaces/default', { key, body: { name: 'x' } }),
      await app.call('DELETE', '/v2/workspaces/default', { key }),
    ]
    expect(attempts.map(failure)).toEqual(attempts.map(() => '403 permission_denied'))
  })
})
