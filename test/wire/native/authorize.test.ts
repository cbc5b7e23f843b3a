import { expect, test } from 'bun:test'
import { connect } from 'node:net'
import { listen } from '../../../src/http/kernel/server.ts'
import { readRules } from '../../../src/http/native/verify/route-rules-file.ts'
import { type Answer, testApp } from '../../support/app.ts'
import { failure, nativeApp } from './native-app.ts'

const IDENTITY = ['key-id', 'owner-id', 'external-user-id', 'workspace-id', 'name', 'permissions', 'labels']
const identity = ({ headers }: Answer) => IDENTITY.map((name) => headers.get(`x-auth-${name}`))
const EMPTY = IDENTITY.map(() => '')

test('returns the identity of the request, for every method and below every path', async () => {
  await using app = await nativeApp()
  const { key, secret } = await app.makeKey({
    name: 'build',
    externalUserId: 'tenant-7',
    permissions: ['documents.read', 'files.*'],
    labels: { env: 'prod' },
  })
  const whose = [
    key.id,
    key.ownerId,
    'tenant-7',
    key.workspaceId,
    'build',
    'documents.read,files.*',
    'env=prod',
  ]
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'X-OWN']) {
    for (const path of ['/v2/authorize', '/v2/authorize/', '/v2/authorize/a/b%20c?q=1', '/v2/authorize//x']) {
      const answer = await app.call(method, path, { key: secret })
      expect([method, path, answer.status, answer.text]).toEqual([method, path, 200, ''])
      expect(identity(answer)).toEqual(whose)
    }
  }
  const named = await app.call('GET', '/v2/authorize', { key: null, headers: { 'x-api-key': secret } })
  expect(identity(named)).toEqual(whose)
})

test('no name can break a header, and none is lost', async () => {
  await using app = await nativeApp()
  const name = 'a\r\nX-Auth-Key-Id: b, ü=%41 𝄞'
  const { secret } = await app.makeKey({
    name,
    externalUserId: '\u007f日本 ',
    labels: { a: 'x,b=y\n', b: '' },
  })
  const answer = await app.call('GET', '/v2/authorize', { key: secret })
  for (const value of identity(answer)) expect(value).toMatch(/^[\x21-\x7e]*$/)
  const shown = (header: string) => answer.headers.get(`x-auth-${header}`) ?? ''
  expect(decodeURIComponent(shown('name'))).toBe(name)
  expect(decodeURIComponent(shown('external-user-id'))).toBe('\u007f日本 ')
  const labels = shown('labels')
    .split(',')
    .map((each) => each.split('=').map(decodeURIComponent))
  expect(Object.fromEntries(labels)).toEqual({ a: 'x,b=y\n', b: '' })
})

test('refuses with the status of the reason, and empty identity headers', async () => {
  await using app = await nativeApp()
  const { secret: poor } = await app.makeKey({ limits: { daily: '0.5' }, permissions: ['a.read'] })
  const { secret: slow } = await app.makeKey({ rateLimits: [{ name: 'r', limit: 1, window: '1m' }] })
  const { secret: bound } = await app.makeKey({ allowedIps: ['203.0.113.0/24'] })
  const { secret: managing } = await app.makeKey({ access: 'manage' })
  const { secret: disabled, key } = await app.makeKey({ disabled: true })
  const ask = (key: string | null, query = '') => app.call('GET', `/v2/authorize${query}`, { key })
  expect((await ask(slow)).status).toBe(200)
  const cases: [Answer, string][] = [
    [await ask(null), '401 credential_missing'],
    [await ask('lk_wrong'), '401 credential_invalid'],
    [await ask(disabled), '401 credential_invalid'],
    [
      await app.call('GET', '/v2/authorize', { key: poor, headers: { 'x-api-key': slow } }),
      '401 credential_conflict',
    ],
    [await ask(bound), '403 address_forbidden'],
    [await ask(managing), '403 access_forbidden'],
    [await ask(poor, '?permission=a.write'), '403 permission_denied'],
    [await ask(poor, '?charge=0.6'), '402 BUDGET_EXCEEDED'],
    [await ask(slow), '429 rate_limited'],
    [await ask(poor, '?charge=-1'), '400 input_invalid'],
    [await ask(poor, '?permission=a%00'), '400 input_invalid'],
    [await ask(poor, '/a%00'), '400 input_invalid'],
    [await ask(null, '/%00?mode=nginx'), '400 input_invalid'],
  ]
  for (const [answer, expected] of cases) {
    expect(failure(answer)).toBe(expected)
    expect([expected, identity(answer)]).toEqual([expected, EMPTY])
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('www-authenticate')).toBe(expected.startsWith('401') ? 'Bearer' : null)
    for (const said of [poor, slow, bound, key.id]) expect(answer.text).not.toContain(said)
  }
  const limited = await ask(slow)
  expect(limited.headers.get('ratelimit-limit')).toBe('1')
  expect(limited.headers.get('ratelimit-remaining')).toBe('0')
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await ask(poor, '?charge=0.4')).status).toBe(200)
  expect(Number((await ask(poor, '?charge=0.4')).headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await ask(poor, '?charge=0.6')).headers.get('retry-after')).toBeNull()
})

test('a refusal tells the units that are left, and that no wait helps, and calls nobody by another access or role', async () => {
  await using app = await nativeApp()
  const { secret } = await app.makeKey({
    limits: { total: '1' },
    rateLimits: [{ name: 'tokens', limit: 10, window: '1h' }],
  })
  const { secret: managing } = await app.makeKey({ access: 'manage' })
  const ask = (query: string, key = secret) => app.call('GET', `/v2/authorize${query}`, { key })
  const left = ({ headers }: Answer) => [
    headers.get('ratelimit-remaining'),
    headers.get('retry-after') !== null,
  ]
  expect((await ask('?cost=tokens:4')).status).toBe(200)
  const later = await ask('?cost=tokens:7')
  expect([left(later), later.json.neverFits]).toEqual([['6', true], undefined])
  const never = await ask('?cost=tokens:11')
  expect([left(never), never.json.neverFits]).toEqual([['6', false], true])
  expect(never.json.detail).toContain('never has room')
  const poor = await ask('?charge=2')
  expect([poor.status, left(poor), poor.json.neverFits]).toEqual([402, [null, false], true])
  for (const refused of [await ask('', managing), await ask('?permission=a')]) {
    expect(refused.status).toBe(403)
    expect(refused.json.title).not.toMatch(/"use"|role/)
  }
})

test('unknown, malformed, revoked, disabled and expired keys get the same answer', async () => {
  await using app = await nativeApp()
  const { secret: disabled } = await app.makeKey({ disabled: true })
  const { secret: revoked, key } = await app.makeKey()
  const { secret: later } = await app.makeKey({ notBefore: '2090-01-01T00:00:00Z' })
  await app.call('DELETE', `/v2/keys/${key.id}`)
  const unknown = `${revoked.slice(0, -1)}${revoked.endsWith('0') ? '1' : '0'}`
  const headers = { 'x-request-id': 'same' }
  const answers = await Promise.all(
    ['x', unknown, revoked, disabled, later, 'x'.repeat(5_000)].map((key) =>
      app.call('GET', '/v2/authorize', { key, headers }),
    ),
  )
  const seen = new Set(
    answers.map(({ status, text, headers }) => JSON.stringify([status, text, [...headers]])),
  )
  expect([...seen].length).toBe(1)
  expect(answers[0]?.status).toBe(401)
})

test('demands of query and headers are combined: none lowers another', async () => {
  await using app = await nativeApp()
  const { key, secret } = await app.makeKey({
    permissions: ['a.read'],
    limits: { total: '10' },
    rateLimits: [{ name: 'to, ken', limit: 100, window: '1h' }],
  })
  const ask = (query: string, headers: Record<string, string> = {}) =>
    app.call('GET', `/v2/authorize${query}`, { key: secret, headers })
  const denied = '403 permission_denied'
  expect(failure(await ask('?permission=b', { 'x-auth-permission': 'a.read' }))).toBe(denied)
  expect(failure(await ask('?permission=a.read', { 'x-auth-permission': 'b' }))).toBe(denied)
  expect(failure(await ask('?permission=a.read&permission=b'))).toBe(denied)
  expect(failure(await ask('?permission=b or a.read', { 'x-auth-permission': 'not a.read' }))).toBe(denied)
  expect((await ask('?permission=a.read', { 'x-auth-permission': 'b or a.read' })).status).toBe(200)

  const spent = async () => (await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total
  expect((await ask('?charge=2', { 'x-auth-charge': '0' })).status).toBe(200)
  expect(await spent()).toBe('2')
  expect((await ask('?charge=1', { 'x-auth-charge': '3' })).status).toBe(200)
  expect(await spent()).toBe('5')
  // The same request costs the same again: no id that the client sends makes it free.
  const same = { 'x-request-id': 'one', 'idempotency-key': 'one' }
  for (let sent = 0; sent < 2; sent += 1) expect((await ask('?charge=1', same)).status).toBe(200)
  expect(await spent()).toBe('7')

  const left = async () => (await app.verify(secret)).rateLimits[0].remaining
  const before = await left()
  expect((await ask('?cost=to%252C%2520ken:10', { 'x-auth-cost': 'to%2C%20ken:1' })).status).toBe(200)
  expect(before - (await left())).toBe(11)
  for (const cost of ['to%2C%20ken:0', 'to%2C%20ken:-1', 'x', '', 'x:1.5', '%zz:1', ':1']) {
    expect(failure(await ask('', { 'x-auth-cost': cost }))).toBe('400 input_invalid')
  }
})

test('a demand that cannot be read is refused, not ignored', async () => {
  await using app = await nativeApp()
  const { secret } = await app.makeKey({ permissions: ['a', 'b'] })
  const ask = (query: string, headers: Record<string, string> = {}) =>
    app.call('GET', `/v2/authorize${query}`, { key: secret, headers })
  for (const query of [
    '?permissions=a',
    '?permission=',
    '?permission=a)%20or%20(b',
    '?charge=',
    '?charge=1e3',
    '?mode=caddy',
    '?Permission=a',
  ]) {
    expect([query, failure(await ask(query))]).toEqual([query, '400 input_invalid'])
  }
  // Several headers of one name arrive joined.
  expect(failure(await ask('', { 'x-auth-permission': 'a, b' }))).toBe('400 input_invalid')
  expect(failure(await ask('', { 'x-auth-charge': '0, 1' }))).toBe('400 input_invalid')
  // Below the address the query belongs to the client's request.
  expect((await ask('/files?permissions=a&q=%zz')).status).toBe(200)
  expect(failure(await ask('/files?permission=c'))).toBe('403 permission_denied')
})

test('for nginx, a status that it does not support is 403, with the real status in a header', async () => {
  await using app = await nativeApp()
  const { secret } = await app.makeKey({
    limits: { daily: '1' },
    rateLimits: [{ name: 'r', limit: 1, window: '1m' }],
  })
  const ask = (query: string, key: string | null = secret) =>
    app.call('GET', `/v2/authorize?mode=nginx${query}`, { key })
  const seen = (answer: Answer) => [answer.status, answer.headers.get('x-auth-status'), answer.json?.code]
  const poor = await ask('&charge=2')
  expect(seen(poor)).toEqual([403, '402', 'BUDGET_EXCEEDED'])
  expect(identity(poor)).toEqual(EMPTY)
  expect(seen(await ask(''))).toEqual([200, '200', undefined])
  const limited = await ask('')
  expect(seen(limited)).toEqual([403, '429', 'rate_limited'])
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(seen(await ask('&permission=a'))).toEqual([403, '403', 'permission_denied'])
  expect(seen(await ask('', null))).toEqual([401, '401', 'credential_missing'])
})

test('counts only failures per client: no call with a valid key, and none without a key', async () => {
  const one = { limit: 1, windowMs: 60_000 }
  await using app = await nativeApp({
    failedAuthRate: one,
    managementRate: one,
    dataRate: one,
    publicRate: one,
    publicRateTotal: one,
    trustedProxies: ['127.0.0.1'],
  })
  const { secret } = await app.makeKey({ allowedIps: ['203.0.113.9'] })
  const ask = (key: string | null, client: string) =>
    app.call('GET', '/v2/authorize', { key, headers: { 'x-forwarded-for': client } })
  for (let sent = 0; sent < 5; sent += 1) {
    expect((await ask(secret, '203.0.113.9')).status).toBe(200)
    expect(failure(await ask(null, '203.0.113.9'))).toBe('401 credential_missing')
  }
  expect(failure(await ask(secret, '198.51.100.1'))).toBe('403 address_forbidden')
  expect(failure(await ask('lk_wrong', '203.0.113.9'))).toBe('401 credential_invalid')
  expect(failure(await ask('lk_wrong', '203.0.113.9'))).toBe('429 authentication_rate_limited')
  expect(failure(await ask('lk_wrong', '203.0.113.10'))).toBe('401 credential_invalid')
  expect((await ask(secret, '203.0.113.9')).status).toBe(200)
  const untrusted = { key: secret, headers: { 'x-forwarded-for': '203.0.113.9' }, peerAddress: '192.0.2.1' }
  expect(failure(await app.call('GET', '/v2/authorize', untrusted))).toBe('403 address_forbidden')
})

test('answers before the body arrives, and with empty headers on the wire', async () => {
  const app = await testApp()
  const listener = listen({ hostname: '127.0.0.1', port: 0, idleTimeoutMs: 5_000, fetch: app.fetch })
  try {
    const socket = connect(listener.port, '127.0.0.1')
    const answered = Promise.withResolvers<string>()
    socket.once('data', (chunk) => answered.resolve(chunk.toString()))
    socket.once('error', answered.reject)
    socket.write('POST /v2/authorize HTTP/1.1\r\nHost: x\r\nX-Api-Key: wrong\r\nContent-Length: 1000\r\n\r\n')
    const text = await answered.promise
    socket.destroy()
    expect(text).toStartWith('HTTP/1.1 401')
    for (const name of IDENTITY) expect(text.toLowerCase()).toContain(`\r\nx-auth-${name}: \r\n`)
  } finally {
    await listener.stop(0)
    await app.close()
  }
})

test('rules by method and path add to the demands of the gateway, and trust one place only', async () => {
  const rules = (original: string) => {
    const read = readRules(
      JSON.stringify({
        original,
        unmatched: 'deny',
        rules: [
          { path: '/open' },
          { path: '/free', cost: { r: 0 } },
          { path: '/admin/**', permission: 'admin', charge: '0.5' },
        ],
      }),
      1_000_000_000n,
    )
    if (!read.ok) throw new Error(read.problems.join('\n'))
    return read.rules
  }
  let inForce = rules('x-original')
  await using app = await nativeApp({ routeRules: () => inForce })
  const { key, secret } = await app.makeKey({
    permissions: ['admin'],
    rateLimits: [{ name: 'r', limit: 100, window: '1h' }],
  })
  const { secret: plain } = await app.makeKey()
  const ask = async (key: string, uri: string, headers: Record<string, string> = {}, query = '') => {
    const sent = { 'x-original-method': 'GET', 'x-original-uri': uri, ...headers }
    const answer = await app.call('GET', `/v2/authorize${query}`, { key, headers: sent })
    return answer.status === 200 ? '200' : failure(answer)
  }
  const denied = '403 permission_denied'
  expect(await ask(plain, '/open')).toBe('200')
  expect(await ask(plain, '/admin/x')).toBe(denied)
  expect(await ask(plain, '/admin/x', { 'x-forwarded-uri': '/open', 'x-forwarded-method': 'GET' })).toBe(
    denied,
  )
  expect(await ask(plain, '/open, /admin')).toBe(denied)
  expect(await ask(plain, '/other')).toBe(denied)
  expect(await ask(secret, '/other')).toBe(denied)
  expect(await ask(secret, '/open', { 'x-original-method': 'GET, POST' })).toBe('400 input_invalid')
  expect(await ask(secret, '/open', {}, '?permission=more')).toBe(denied)
  // The request is refused before its key is looked at.
  expect(await ask('lk_wrong', '/other')).toBe(denied)
  expect(await ask('lk_wrong', '/open')).toBe('401 credential_invalid')
  expect(await ask(secret, '/admin/x', { 'x-auth-charge': '0' })).toBe('200')
  expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('0.5')
  const left = async () => (await app.verify(secret)).rateLimits[0].remaining
  const before = await left()
  expect(await ask(secret, '/free')).toBe('200')
  expect(before - (await left())).toBe(1)
  expect(failure(await app.call('GET', '/v2/authorize', { key: secret }))).toBe('400 input_invalid')

  inForce = rules('path')
  const below = async (key: string, path: string, headers: Record<string, string> = {}) =>
    (await app.call('GET', `/v2/authorize${path}`, { key, headers })).status
  expect(await below(plain, '/open?permission=admin&charge=x&mode=y')).toBe(200)
  expect(await below(plain, '/admin', { 'x-original-uri': '/open', 'x-original-method': 'GET' })).toBe(403)
  expect(await below(plain, '/open/%2e%2e/admin')).toBe(403)
  expect(await below(plain, '//open')).toBe(403)
  expect(await below(plain, '/?x=1')).toBe(403)
  expect(await below(plain, '')).toBe(403)
})
