import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { parseSecretShape } from '../../../src/core/ground/secret.ts'
import { testSettings } from '../../support/settings.ts'
import { failure, nativeApp, pointers } from './native-app.ts'

const NOBODY = '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'

describe('POST /v2/keys', () => {
  test('an empty body creates a key that uses the data plane, belongs to the caller and has no permissions', async () => {
    await using app = await nativeApp()
    const root = (await app.call('GET', '/v1/users/me')).json
    const workspace = (await app.call('GET', '/v2/workspaces/default')).json
    const answer = await app.call('POST', '/v2/keys', { body: {} })
    const { key, secret } = answer.json
    const none = { daily: '0', weekly: '0', monthly: '0', total: '0' }
    expect(answer.status).toBe(201)
    expect(key).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/),
      hash: createHash('sha256').update(secret).digest('hex'),
      name: '',
      mask: `${secret.slice(0, 6)}...${secret.slice(-3)}`,
      access: 'use',
      disabled: false,
      status: 'active',
      ownerId: root.userId,
      workspaceId: workspace.id,
      externalUserId: null,
      labels: {},
      permissions: [],
      limits: {},
      boosts: {},
      includeByokInLimit: false,
      rateLimits: [],
      allowedIps: [],
      notBefore: null,
      expiresAt: null,
      lastUsedAt: null,
      requestCount: 0,
      createdAt: '2026-11-22T12:00:00.000Z',
      updatedAt: '2026-11-22T12:00:00.000Z',
      createdById: root.userId,
      updatedById: root.userId,
      usage: { ...none, byok: none },
      budget: [],
      secrets: [{ mask: key.mask, createdAt: '2026-11-22T12:00:00.000Z', expiresAt: null }],
      revision: 4,
    })
    expect(Object.keys(answer.json)).toEqual(['key', 'secret'])
    expect(parseSecretShape(secret)).toBe('valid')
    expect(secret).toStartWith('lk_')
    expect(answer.headers.get('location')).toBe(`/v2/keys/${key.id}`)
    expect(answer.headers.get('etag')).toBe('"4"')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('every member that may be chosen is stored, and read back in the same form', async () => {
    await using app = await nativeApp()
    const owner = (await app.makeUser({ username: 'ada' })).user
    const workspace = (await app.call('POST', '/v2/workspaces', { body: { name: 'W', slug: 'w' } })).json
    const id = NOBODY.toUpperCase()
    const body = {
      id,
      name: 'billing service \u{1f600}',
      access: 'full',
      disabled: true,
      ownerId: owner.id,
      workspaceId: workspace.id,
      externalUserId: 'customer-1',
      labels: { team: 'b', env: 'production' },
      permissions: ['documents.*', 'reports.read'],
      limits: { daily: '0.000000001', weekly: 74.5, monthly: '1000000000', total: 0 },
      includeByokInLimit: true,
      rateLimits: [
        { name: 'requests', limit: 100, window: '60s' },
        { name: 'tokens', limit: 1_000_000, window: '1d' },
      ],
      allowedIps: ['203.0.113.0/24', '2001:db8::1'],
      notBefore: '2026-12-01T00:00:00Z',
      expiresAt: '2027-01-01T00:00:00.123+00:00',
    }
    const { key } = await app.makeKey(body)
    expect(key).toMatchObject({
      ...body,
      id: NOBODY,
      labels: { env: 'production', team: 'b' },
      limits: { daily: '0.000000001', weekly: '74.5', monthly: '1000000000', total: '0' },
      rateLimits: [
        { name: 'requests', limit: 100, window: '1m' },
        { name: 'tokens', limit: 1_000_000, window: '1d' },
      ],
      notBefore: '2026-12-01T00:00:00.000Z',
      expiresAt: '2027-01-01T00:00:00.123Z',
      status: 'disabled',
    })
    expect(key.budget.map(({ window, remaining }: Record<string, string>) => [window, remaining])).toEqual([
      ['daily', '0.000000001'],
      ['weekly', '74.5'],
      ['monthly', '1000000000'],
      ['total', '0'],
    ])
    expect((await app.call('GET', `/v2/keys/${NOBODY}`)).json).toEqual(key)
  })

  test('null is the same as absent', async () => {
    await using app = await nativeApp()
    const names = ['id', 'name', 'access', 'disabled', 'ownerId', 'workspaceId', 'externalUserId', 'labels']
    const more = [
      'permissions',
      'limits',
      'includeByokInLimit',
      'rateLimits',
      'allowedIps',
      'notBefore',
      'expiresAt',
    ]
    const nulls = Object.fromEntries([...names, ...more].map((name) => [name, null]))
    const { key } = await app.makeKey(nulls)
    const { key: plain } = await app.makeKey({})
    const { id, hash, mask, secrets, revision, ...rest } = plain
    expect(key).toMatchObject(rest)
    expect((await app.makeKey({ limits: { daily: null, total: '1' } })).key.limits).toEqual({ total: '1' })
  })

  const wrong: [what: string, body: unknown, pointers: string[]][] = [
    ['a member that does not exist', { nmae: 'x' }, ['/nmae']],
    ['two members that do not exist', { a: 1, b: 2 }, ['/a', '/b']],
    ['a member of a limit that does not exist', { limits: { yearly: '1' } }, ['/limits/yearly']],
    ['a charge, which a verify will have', { charge: '1' }, ['/charge']],
    ['an id that is no UUID', { id: 'x' }, ['/id']],
    ['a name that is too long', { name: 'x'.repeat(256) }, ['/name']],
    ['a name that is no text', { name: 1 }, ['/name']],
    ['an access that does not exist', { access: 'admin' }, ['/access']],
    ['a negative limit', { limits: { daily: -1 } }, ['/limits/daily']],
    ['a limit with ten decimals', { limits: { daily: '0.0000000001' } }, ['/limits/daily']],
    ['a limit above the most', { limits: { total: '1000000000.000000001' } }, ['/limits/total']],
    ['a limit in exponents', { limits: { total: '1e3' } }, ['/limits/total']],
    ['a limit that is a truth', { limits: { total: true } }, ['/limits/total']],
    ['a label name in capitals', { labels: { Env: 'x' } }, ['/labels/Env']],
    ['a label name with a slash', { labels: { 'a/b': 'x' } }, ['/labels/a~1b']],
    ['a label value that is no text', { labels: { env: 1 } }, ['/labels/env']],
    ['a label value that is too long', { labels: { env: 'x'.repeat(256) } }, ['/labels/env']],
    [
      '21 labels',
      { labels: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`l${index}`, ''])) },
      ['/labels'],
    ],
    ['a permission with a space', { permissions: ['a', 'b c'] }, ['/permissions/1']],
    ['a permission that is an operator', { permissions: ['and'] }, ['/permissions/0']],
    [
      '101 permissions',
      { permissions: Array.from({ length: 101 }, (_, index) => `p${index}`) },
      ['/permissions'],
    ],
    ['a rate limit without a window', { rateLimits: [{ name: 'r', limit: 1 }] }, ['/rateLimits/0/window']],
    [
      'a rate limit of nothing',
      { rateLimits: [{ name: 'r', limit: 0, window: '1s' }] },
      ['/rateLimits/0/limit'],
    ],
    [
      'a window of no time',
      { rateLimits: [{ name: 'r', limit: 1, window: '0s' }] },
      ['/rateLimits/0/window'],
    ],
    [
      'a window over a month',
      { rateLimits: [{ name: 'r', limit: 1, window: '32d' }] },
      ['/rateLimits/0/window'],
    ],
    [
      'two rate limits of one name',
      {
        rateLimits: [
          { name: 'r', limit: 1, window: '1s' },
          { name: 'r', limit: 2, window: '1m' },
        ],
      },
      ['/rateLimits/1/name'],
    ],
    ['an address that is none', { allowedIps: ['1.2.3.4', '1.2.3.4/33'] }, ['/allowedIps/1']],
    ['a time without a zone', { expiresAt: '2030-01-01T00:00:00' }, ['/expiresAt']],
    ['a time in another zone', { expiresAt: '2030-01-01T00:00:00+02:00' }, ['/expiresAt']],
    ['a day that no calendar has', { expiresAt: '2030-02-30T00:00:00Z' }, ['/expiresAt']],
    ['a time as a number', { expiresAt: 1_893_456_000_000 }, ['/expiresAt']],
    ['an expiry in the past', { expiresAt: '2026-11-22T11:59:59.999Z' }, ['/expiresAt']],
    ['an expiry at this very moment', { expiresAt: '2026-11-22T12:00:00.000Z' }, ['/expiresAt']],
    [
      'a start at the end',
      { notBefore: '2027-01-01T00:00:00Z', expiresAt: '2027-01-01T00:00:00Z' },
      ['/notBefore'],
    ],
    ['an owner that does not exist', { ownerId: NOBODY }, ['/ownerId']],
    ['a workspace that does not exist', { workspaceId: NOBODY }, ['/workspaceId']],
    ['several mistakes at once', { name: 1, access: 2 }, ['/name', '/access']],
    ['a list', [], ['']],
    ['a text', '"x"', ['']],
  ]
  test.each(wrong)('%s is refused with its place, and no key is created', async (_what, body, expected) => {
    await using app = await nativeApp()
    const before = await app.store.revision()
    const answer = await app.call('POST', '/v2/keys', { body })
    expect(failure(answer)).toBe('400 input_invalid')
    expect(pointers(answer)).toEqual(expected)
    expect(answer.json.errors.every((error: { message: string }) => error.message.length > 10)).toBe(true)
    expect(await app.store.revision()).toBe(before)
  })

  test('an id stays taken for good, also by a revoked key', async () => {
    await using app = await nativeApp()
    await app.makeKey({ id: NOBODY })
    expect(failure(await app.call('POST', '/v2/keys', { body: { id: NOBODY } }))).toBe('409 key_id_taken')
    await app.call('DELETE', `/v2/keys/${NOBODY}`)
    expect(failure(await app.call('POST', '/v2/keys', { body: { id: NOBODY } }))).toBe('409 key_id_taken')
  })

  test('of concurrent creations with one id exactly one creates a key', async () => {
    await using app = await nativeApp()
    const racers = 12
    const answers = await Promise.all(
      Array.from({ length: racers }, () => app.call('POST', '/v2/keys', { body: { id: NOBODY } })),
    )
    const made = answers.filter(({ status }) => status === 201)
    process.stdout.write(`creations racing for one id: ${racers}\n`)
    expect(made.length).toBe(1)
    expect(answers.filter((answer) => failure(answer) === '409 key_id_taken').length).toBe(racers - 1)
    expect((await app.verify(made[0]?.json.secret)).code).toBe('VALID')
  })

  test('secrets have the configured prefix', async () => {
    const prefixes = { native: 'acme', goodmem: 'gm', openrouter: 'or' }
    await using app = await nativeApp({ settings: testSettings({ prefixes }) })
    const { key, secret } = await app.makeKey()
    expect(secret).toStartWith('acme_')
    expect(key.mask).toStartWith('acme_')
  })
})
