import { describe, expect, test } from 'bun:test'
import { failure, type Loose, nativeApp, pointers } from './native-app.ts'

const FULL = {
  name: 'before',
  access: 'use',
  externalUserId: 'customer',
  labels: { a: '1', b: '2' },
  permissions: ['p.read'],
  limits: { daily: '1', total: '10' },
  rateLimits: [{ name: 'r', limit: 5, window: '1m' }],
  allowedIps: ['10.0.0.0/8'],
  notBefore: '2026-01-01T00:00:00.000Z',
  expiresAt: '2030-01-01T00:00:00.000Z',
}

describe('PATCH /v2/keys/{ref}', () => {
  const changes: [what: string, patch: object, after: object][] = [
    ['a name', { name: 'after' }, { name: 'after' }],
    ['a name cleared', { name: null }, { name: '' }],
    ['access', { access: 'full' }, { access: 'full' }],
    ['the switch', { disabled: true }, { disabled: true, status: 'disabled' }],
    ['the external user cleared', { externalUserId: null }, { externalUserId: null }],
    ['one label set', { labels: { b: '3' } }, { labels: { a: '1', b: '3' } }],
    ['one label added', { labels: { c: '' } }, { labels: { a: '1', b: '2', c: '' } }],
    ['one label removed', { labels: { a: null } }, { labels: { b: '2' } }],
    ['all labels cleared', { labels: null }, { labels: {} }],
    ['permissions replaced whole', { permissions: ['q'] }, { permissions: ['q'] }],
    ['permissions cleared', { permissions: null }, { permissions: [] }],
    ['one limit changed', { limits: { daily: 2.5 } }, { limits: { daily: '2.5', total: '10' } }],
    ['one limit added', { limits: { weekly: '3' } }, { limits: { daily: '1', weekly: '3', total: '10' } }],
    ['one limit removed', { limits: { daily: null } }, { limits: { total: '10' } }],
    ['all limits cleared', { limits: null }, { limits: {}, budget: [] }],
    ['BYOK counted', { includeByokInLimit: true }, { includeByokInLimit: true }],
    ['rate limits cleared', { rateLimits: null }, { rateLimits: [] }],
    ['addresses replaced whole', { allowedIps: ['::1'] }, { allowedIps: ['::1'] }],
    ['addresses cleared', { allowedIps: null }, { allowedIps: [] }],
    ['the start cleared', { notBefore: null }, { notBefore: null }],
    ['the expiry cleared', { expiresAt: null }, { expiresAt: null }],
    ['the expiry moved', { expiresAt: '2031-01-01T00:00:00Z' }, { expiresAt: '2031-01-01T00:00:00.000Z' }],
  ]
  test.each(changes)('%s, and nothing else', async (_what, patch, after) => {
    await using app = await nativeApp()
    const { key } = await app.makeKey(FULL)
    app.clock.advance(1000)
    const answer = await app.call('PATCH', `/v2/keys/${key.id}`, { body: patch })
    expect(answer.status).toBe(200)
    const moved = { revision: key.revision + 1, updatedAt: '2026-11-22T12:00:01.000Z' }
    const budget = 'limits' in patch ? { budget: answer.json.budget } : {}
    expect(answer.json).toEqual({ ...key, ...moved, ...budget, ...after })
    expect(answer.headers.get('etag')).toBe(`"${answer.json.revision}"`)
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json).toEqual(answer.json)
  })

  const wrong: [what: string, patch: unknown, pointers: string[]][] = [
    ['the id', { id: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e' }, ['/id']],
    ['the owner', { ownerId: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e' }, ['/ownerId']],
    ['the workspace', { workspaceId: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e' }, ['/workspaceId']],
    ['the hash', { hash: 'x' }, ['/hash']],
    ['access to nothing', { access: null }, ['/access']],
    ['the switch to nothing', { disabled: null }, ['/disabled']],
    ['a start after the expiry that is there', { notBefore: '2031-01-01T00:00:00Z' }, ['/notBefore']],
    ['an expiry that has passed', { expiresAt: '2026-11-22T12:00:00Z' }, ['/expiresAt']],
    [
      'labels that are too many together with those there',
      { labels: Object.fromEntries(Array.from({ length: 19 }, (_, index) => [`l${index}`, 'x'])) },
      ['/labels'],
    ],
    ['a limit as a list', { limits: [] }, ['/limits']],
  ]
  test.each(wrong)('%s is refused with its place, and nothing changes', async (_what, patch, expected) => {
    await using app = await nativeApp()
    const { key } = await app.makeKey(FULL)
    const answer = await app.call('PATCH', `/v2/keys/${key.id}`, { body: patch })
    expect(failure(answer)).toBe('400 input_invalid')
    expect(pointers(answer)).toEqual(expected)
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json).toEqual(key)
  })

  test('a patch that changes nothing takes no revision', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey(FULL)
    app.clock.advance(1000)
    const labels = [{ labels: {} }, { labels: { b: '2' } }, { labels: { z: null } }]
    for (const body of [{}, { name: 'before' }, { limits: { daily: '1.0' } }, ...labels]) {
      expect((await app.call('PATCH', `/v2/keys/${key.id}`, { body })).json).toEqual(key)
    }
  })

  test('an expired key keeps its expiry when something else is changed', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ expiresAt: '2026-11-22T13:00:00Z' })
    app.clock.set('2026-11-22T14:00:00Z')
    const answer = await app.call('PATCH', `/v2/keys/${key.id}`, { body: { name: 'renamed' } })
    expect(answer.json).toMatchObject({
      name: 'renamed',
      status: 'expired',
      expiresAt: '2026-11-22T13:00:00.000Z',
    })
  })

  test('a key is found by id in any letter case, by hash, and by the digest of any live secret', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    const rotated = (await app.call('POST', `/v2/keys/${key.id}/rotate`, { body: { overlap: '1h' } })).json
    const { createHash } = await import('node:crypto')
    const digest = (text: string) => createHash('sha256').update(text).digest('hex')
    for (const ref of [
      key.id,
      key.id.toUpperCase(),
      key.hash,
      key.hash.toUpperCase(),
      digest(rotated.secret),
    ]) {
      expect((await app.call('GET', `/v2/keys/${ref}`)).json).toEqual(rotated.key)
    }
    expect(digest(secret)).toBe(key.hash)
    const unknown = [digest('x'), 'x', '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e', `${key.id}x`, '%F0%9F%98%80']
    for (const ref of unknown)
      expect(failure(await app.call('GET', `/v2/keys/${ref}`))).toBe('404 key_not_found')
  })
})

describe('If-Match', () => {
  test('quoted, bare or star: the current revision passes, any other is 412 and changes nothing', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const patch = (ifMatch: string, name: string) =>
      app.call('PATCH', `/v2/keys/${key.id}`, { body: { name }, headers: { 'if-match': ifMatch } })
    expect((await patch(`"${key.revision}"`, 'one')).status).toBe(200)
    expect((await patch(`${key.revision + 1}`, 'two')).status).toBe(200)
    expect((await patch('*', 'three')).status).toBe(200)
    for (const stale of [`"${key.revision}"`, `${key.revision + 1}`, '0', '999999']) {
      expect(failure(await patch(stale, 'stale'))).toBe('412 revision_mismatch')
    }
    for (const malformed of ['x', '-1', '1.5', '"1" "2"', 'w/"1"', '"1', '1"', '*, "1"', ',', '']) {
      const answer = await patch(malformed, 'malformed')
      expect([malformed, failure(answer), pointers(answer)]).toEqual([
        malformed,
        '400 input_invalid',
        ['header:if-match'],
      ])
    }
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.name).toBe('three')
  })

  test('RFC 9110: one tag of a list is enough, tags compare strongly, and an unknown tag matches nothing', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    let { revision } = key
    const patch = (ifMatch: string) =>
      app.call('PATCH', `/v2/keys/${key.id}`, {
        body: { name: `after ${revision}` },
        headers: { 'if-match': ifMatch },
      })
    const matching = (now: number) => [
      `"1", "${now}"`,
      `"x" ,W/"${now}",\t"${now}" , ,`,
      `"a,b","${now}"`,
      `${now}, 1`,
      ' * ',
    ]
    for (const [index] of matching(0).entries()) {
      const header = matching(revision)[index] ?? ''
      expect([header, (await patch(header)).status]).toEqual([header, 200])
      revision += 1
    }
    const missing = [
      `W/"${revision}"`,
      `"1", W/"${revision}"`,
      `"0${revision}"`,
      `"${revision}-gzip"`,
      '"x"',
      '""',
      '"*"',
      '"1", "2"',
    ]
    for (const header of missing) {
      expect([header, failure(await patch(header))]).toEqual([header, '412 revision_mismatch'])
    }
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.revision).toBe(revision)
  })

  test('a stale revision is refused even when the patch would change nothing', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ name: 'same' })
    const answer = await app.call('PATCH', `/v2/keys/${key.id}`, {
      body: { name: 'same' },
      headers: { 'if-match': '1' },
    })
    expect(failure(answer)).toBe('412 revision_mismatch')
  })

  test('it guards revoking, rotating, boosts and the end of an overlap as well', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({ limits: { daily: '1' } })
    const headers = { 'if-match': '1' }
    expect(failure(await app.call('DELETE', `/v2/keys/${key.id}`, { headers }))).toBe('412 revision_mismatch')
    const rotated = await app.call('POST', `/v2/keys/${key.id}/rotate`, { headers, body: {} })
    expect(failure(rotated)).toBe('412 revision_mismatch')
    const boost = `/v2/keys/${key.id}/boosts/daily`
    const body = { amount: '1', until: '2026-11-23T00:00:00Z' }
    expect(failure(await app.call('PUT', boost, { headers, body }))).toBe('412 revision_mismatch')
    expect(failure(await app.call('DELETE', boost, { headers }))).toBe('412 revision_mismatch')
    const overlap = `/v2/keys/${key.id}/secrets/previous`
    expect(failure(await app.call('DELETE', overlap, { headers }))).toBe('412 revision_mismatch')
    expect((await app.verify(secret)).code).toBe('VALID')
  })

  test('of concurrent updates with one revision exactly one wins', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const racers = 16
    const headers = { 'if-match': `"${key.revision}"` }
    const answers = await Promise.all(
      Array.from({ length: racers }, (_, index) =>
        app.call('PATCH', `/v2/keys/${key.id}`, { headers, body: { labels: { [`l${index}`]: 'x' } } }),
      ),
    )
    process.stdout.write(`updates racing with one revision: ${racers}\n`)
    const won = answers.filter(({ status }) => status === 200)
    expect(won.length).toBe(1)
    expect(answers.filter((answer) => failure(answer) === '412 revision_mismatch').length).toBe(racers - 1)
    const now = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect(now).toEqual(won[0]?.json)
    expect(Object.keys(now.labels).length).toBe(1)
    expect(now.revision).toBe(key.revision + 1)
  })

  test('without it, concurrent updates of different members lose none', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ limits: { daily: '1', weekly: '1', monthly: '1', total: '1' } })
    const labels = Array.from({ length: 20 }, (_, index) => ({ labels: { [`l${index}`]: 'x' } }))
    const limits = ['daily', 'weekly', 'monthly', 'total'].map((window) => ({ limits: { [window]: '2' } }))
    const patches: Loose[] = [...labels, ...limits, { name: 'n' }, { permissions: ['p'] }]
    const answers = await Promise.all(
      patches.map((body) => app.call('PATCH', `/v2/keys/${key.id}`, { body })),
    )
    process.stdout.write(`updates of different members at once: ${patches.length}\n`)
    expect(answers.map(({ status }) => status)).toEqual(patches.map(() => 200))
    const now = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect(Object.keys(now.labels).length).toBe(20)
    expect(now.limits).toEqual({ daily: '2', weekly: '2', monthly: '2', total: '2' })
    expect(now).toMatchObject({ name: 'n', permissions: ['p'], revision: key.revision + patches.length })
  })
})
