import { describe, expect, test } from 'bun:test'
import { failure, nativeApp, pointers } from './native-app.ts'

const ADA = { username: 'ada', email: 'ada@example.com', displayName: 'Ada Lovelace' }
const NOBODY = '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'

describe('/v2/users', () => {
  test('POST returns the user itself; by default a USER may grant no permission', async () => {
    await using app = await nativeApp()
    const answer = await app.call('POST', '/v2/users', { body: ADA })
    const { id } = answer.json
    expect(answer.status).toBe(201)
    expect(answer.json).toEqual({
      id: expect.any(String),
      ...ADA,
      externalId: null,
      role: 'USER',
      disabled: false,
      limits: {},
      includeByokInLimit: false,
      policy: { permissions: [], limits: {}, keyLifetime: null },
      createdAt: '2026-11-22T12:00:00.000Z',
      updatedAt: '2026-11-22T12:00:00.000Z',
      revision: 4,
    })
    expect(answer.headers.get('location')).toBe(`/v2/users/${id}`)
    expect(answer.headers.get('etag')).toBe('"4"')
    const read = (await app.call('GET', `/v2/users/${id.toUpperCase()}`)).json
    expect(read).toEqual({ ...answer.json, budget: [] })
  })

  test('every member that may be chosen is stored', async () => {
    await using app = await nativeApp()
    const policy = { permissions: ['documents.*'], limits: { monthly: 100 }, keyLifetime: '2160h' }
    const body = { ...ADA, id: NOBODY, externalId: 'hr-7', role: 'SERVICE', disabled: true, policy }
    const { json } = await app.call('POST', '/v2/users', { body })
    const kept = { ...policy, limits: { monthly: '100' }, keyLifetime: '90d' }
    expect(json).toMatchObject({ ...body, policy: kept })
    const admin = await app.call('POST', '/v2/users', {
      body: { ...ADA, username: 'b', email: 'b@b', role: 'ADMIN' },
    })
    expect(admin.json.policy.permissions).toBeNull()
    const any = {
      ...ADA,
      username: 'c',
      email: 'c@c',
      policy: { permissions: null, keyLifetime: null, limits: null },
    }
    const created = await app.call('POST', '/v2/users', { body: any })
    expect(created.json.policy).toEqual({ permissions: null, limits: {}, keyLifetime: null })
  })

  const wrong: [what: string, body: object, pointers: string[]][] = [
    ['nothing', {}, ['/username', '/displayName']],
    ['an unknown member', { ...ADA, password: 'x' }, ['/password']],
    ['an unknown member of the policy', { ...ADA, policy: { roles: [] } }, ['/policy/roles']],
    ['a username with a space', { ...ADA, username: 'a b' }, ['/username']],
    ['an empty username', { ...ADA, username: '' }, ['/username']],
    ['an empty e-mail address', { ...ADA, email: '' }, ['/email']],
    ['an e-mail address without an at', { ...ADA, email: 'ada' }, ['/email']],
    ['an e-mail address with a line break', { ...ADA, email: 'a@b\nc' }, ['/email']],
    ['no display name', { ...ADA, displayName: '' }, ['/displayName']],
    ['a role that does not exist', { ...ADA, role: 'OWNER' }, ['/role']],
    ['a lifetime of no time', { ...ADA, policy: { keyLifetime: '0s' } }, ['/policy/keyLifetime']],
    ['a permission that is none', { ...ADA, policy: { permissions: ['a b'] } }, ['/policy/permissions/0']],
    ['a negative limit', { ...ADA, policy: { limits: { daily: -1 } } }, ['/policy/limits/daily']],
    ['an id that is none', { ...ADA, id: 'x' }, ['/id']],
  ]
  test.each(wrong)('POST with %s is refused with its place', async (_what, body, expected) => {
    await using app = await nativeApp()
    const answer = await app.call('POST', '/v2/users', { body })
    expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', expected])
  })

  test('id, username and e-mail address are unique, whatever the letter case', async () => {
    await using app = await nativeApp()
    await app.call('POST', '/v2/users', { body: { ...ADA, id: NOBODY } })
    const other = { username: 'bob', email: 'bob@example.com', displayName: 'Bob' }
    const post = (body: object) => app.call('POST', '/v2/users', { body })
    expect(failure(await post({ ...other, id: NOBODY }))).toBe('409 user_id_taken')
    expect(failure(await post({ ...other, username: 'ADA' }))).toBe('409 username_taken')
    expect(failure(await post({ ...other, email: 'ADA@example.com' }))).toBe('409 email_taken')
    const { id } = (await post(other)).json
    const patched = await app.call('PATCH', `/v2/users/${id}`, { body: { username: 'Ada' } })
    expect(failure(patched)).toBe('409 username_taken')
  })

  test('an e-mail address is optional: null when it is omitted, null or removed, and then free', async () => {
    await using app = await nativeApp()
    const post = (body: object) => app.call('POST', '/v2/users', { body })
    const first = await post({ username: 'a', displayName: 'A' })
    const second = await post({ username: 'b', displayName: 'B', email: null })
    expect([first, second].map(({ status, json }) => [status, json.email])).toEqual([
      [201, null],
      [201, null],
    ])
    const path = `/v2/users/${first.json.id}`
    const patch = (body: object, to = path) => app.call('PATCH', to, { body })
    expect((await patch({ email: ADA.email })).json.email).toBe(ADA.email)
    const taken = await patch({ email: 'ADA@example.com' }, `/v2/users/${second.json.id}`)
    expect(failure(taken)).toBe('409 email_taken')
    expect((await patch({ displayName: 'A. A.' })).json.email).toBe(ADA.email)
    expect((await patch({ email: null })).json.email).toBeNull()
    expect((await app.call('GET', path)).json.email).toBeNull()
    expect((await post(ADA)).status).toBe(201)
    const audit = await app.call('GET', `/v2/audit?targetId=${first.json.id}&action=user.update&limit=1`)
    expect(audit.json.data[0]).toMatchObject({ before: { email: ADA.email }, after: { email: null } })
    const { data } = (await app.call('GET', '/v2/users')).json
    expect(data.map(({ email }: { email: string | null }) => email)).toEqual([
      ADA.email,
      null,
      null,
      expect.any(String),
    ])
  })

  test('PATCH merges: members, members of the policy, and single windows of its limits', async () => {
    await using app = await nativeApp()
    const policy = { permissions: ['p.*'], limits: { daily: '1', total: '9' }, keyLifetime: '1d' }
    const { json: user } = await app.call('POST', '/v2/users', { body: { ...ADA, externalId: 'x', policy } })
    const patches: [patch: object, after: object][] = [
      [{ displayName: 'A. L.' }, { displayName: 'A. L.' }],
      [{ externalId: null }, { externalId: null }],
      [{ role: 'ADMIN' }, { role: 'ADMIN' }],
      [
        { policy: { limits: { daily: null, weekly: '3' } } },
        { policy: { ...policy, limits: { weekly: '3', total: '9' } } },
      ],
      [{ policy: { limits: null } }, { policy: { ...policy, limits: {} } }],
      [{ policy: { keyLifetime: null } }, { policy: { ...policy, limits: {}, keyLifetime: null } }],
      [{ policy: { permissions: null } }, { policy: { permissions: null, limits: {}, keyLifetime: null } }],
      [{ disabled: true }, { disabled: true }],
    ]
    let expected = user
    for (const [index, [patch, after]] of patches.entries()) {
      app.clock.advance(1000)
      const answer = await app.call('PATCH', `/v2/users/${user.id}`, { body: patch })
      const updatedAt = `2026-11-22T12:00:0${index + 1}.000Z`
      expected = { ...expected, ...after, updatedAt, revision: expected.revision + 1 }
      expect([patch, answer.json]).toEqual([patch, expected])
      expect(answer.headers.get('etag')).toBe(`"${expected.revision}"`)
    }
    const unchanged = await app.call('PATCH', `/v2/users/${user.id}`, {
      body: { disabled: true, policy: {} },
    })
    expect(unchanged.json).toEqual(expected)
  })

  test('concurrent patches of single windows of the policy lose none', async () => {
    await using app = await nativeApp()
    const { json: user } = await app.call('POST', '/v2/users', { body: ADA })
    const windows = ['daily', 'weekly', 'monthly', 'total']
    await Promise.all(
      windows.map((window) =>
        app.call('PATCH', `/v2/users/${user.id}`, { body: { policy: { limits: { [window]: '1' } } } }),
      ),
    )
    process.stdout.write(`patches of one policy at once: ${windows.length}\n`)
    const { policy } = (await app.call('GET', `/v2/users/${user.id}`)).json
    expect(policy.limits).toEqual({ daily: '1', weekly: '1', monthly: '1', total: '1' })
  })

  test('If-Match guards change and deletion; of racing changes one wins', async () => {
    await using app = await nativeApp()
    const { json: user } = await app.call('POST', '/v2/users', { body: ADA })
    const headers = { 'if-match': `"${user.revision}"` }
    const racers = 10
    const answers = await Promise.all(
      Array.from({ length: racers }, (_, index) =>
        app.call('PATCH', `/v2/users/${user.id}`, { headers, body: { displayName: `d${index}` } }),
      ),
    )
    process.stdout.write(`user changes racing with one revision: ${racers}\n`)
    expect(answers.filter(({ status }) => status === 200).length).toBe(1)
    expect(answers.filter(({ status }) => status === 412).length).toBe(racers - 1)
    expect(failure(await app.call('DELETE', `/v2/users/${user.id}`, { headers }))).toBe(
      '412 revision_mismatch',
    )
  })

  test('DELETE needs all keys revoked; then the user is gone and its name is free', async () => {
    await using app = await nativeApp()
    const { user } = await app.makeUser({ username: 'ada' })
    expect(failure(await app.call('DELETE', `/v2/users/${user.id}`))).toBe('409 user_has_keys')
    const { data } = (await app.call('GET', `/v2/keys?ownerId=${user.id}`)).json
    await app.call('DELETE', `/v2/keys/${data[0].id}`)
    const gone = await app.call('DELETE', `/v2/users/${user.id}`)
    expect([gone.status, gone.text]).toEqual([204, ''])
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { body: {} } : {}
      expect(failure(await app.call(method, `/v2/users/${user.id}`, body))).toBe('404 user_not_found')
    }
    expect((await app.call('POST', '/v2/users', { body: ADA })).status).toBe(201)
  })

  test('the last enabled ROOT stays, whoever calls', async () => {
    await using app = await nativeApp()
    const { json: root } = await app.call('GET', '/v1/users/me')
    const attempts = [
      await app.call('PATCH', `/v2/users/${root.userId}`, { body: { disabled: true } }),
      await app.call('PATCH', `/v2/users/${root.userId}`, { body: { role: 'ADMIN' } }),
    ]
    expect(attempts.map(failure)).toEqual(['409 last_root', '409 last_root'])
    await app.makeUser({ username: 'second', role: 'ROOT' })
    expect((await app.call('PATCH', `/v2/users/${root.userId}`, { body: { role: 'ADMIN' } })).status).toBe(
      200,
    )
  })

  test('the list pages newest first and filters by role and external id', async () => {
    await using app = await nativeApp()
    for (let index = 0; index < 5; index += 1) {
      app.clock.advance(index % 2 === 0 ? 1000 : 0)
      const role = index % 2 === 0 ? 'SERVICE' : 'USER'
      await app.call('POST', '/v2/users', {
        body: {
          username: `u${index}`,
          email: `u${index}@x`,
          displayName: 'U',
          role,
          externalId: `e${index}`,
        },
      })
    }
    const list = async (query: string) => (await app.call('GET', `/v2/users?${query}`)).json
    const names = ({ data }: { data: { username: string }[] }) => data.map(({ username }) => username)
    const first = await list('limit=2')
    const second = await list(`limit=10&cursor=${first.nextCursor}`)
    expect([...names(first), ...names(second)]).toEqual(['u4', 'u3', 'u2', 'u1', 'u0', 'root'])
    expect(names(await list('role=SERVICE'))).toEqual(['u4', 'u2', 'u0'])
    expect(names(await list('externalId=e3'))).toEqual(['u3'])
    const wrong = await app.call('GET', '/v2/users?email=x')
    expect([failure(wrong), pointers(wrong)]).toEqual(['400 input_invalid', ['query:email']])
  })

  test('a USER reads itself, and another user looks like a missing one', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada' })
    const { user: other } = await app.makeUser({ username: 'bob' })
    expect((await app.call('GET', `/v2/users/${user.id}`, { key: secret })).json.username).toBe('ada')
    const told = async (id: string) => {
      const { status, json } = await app.call('GET', `/v2/users/${id}`, { key: secret })
      return { status, ...json, requestId: null }
    }
    expect(await told(other.id)).toEqual(await told(NOBODY))
    expect(await told('x')).toEqual(await told(NOBODY))
    expect((await told(NOBODY)).status).toBe(404)
    expect(failure(await app.call('GET', '/v2/users', { key: secret }))).toBe('403 permission_denied')
    const self = await app.call('PATCH', `/v2/users/${user.id}`, { key: secret, body: { role: 'ADMIN' } })
    expect(failure(self)).toBe('403 permission_denied')
  })
})
