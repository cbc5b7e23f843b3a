import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Answer, type TestApp, testApp } from '../support/app.ts'

const HOST = '127.0.0.1'
const OWN = {
  host: HOST,
  origin: `http://${HOST}`,
  'sec-fetch-site': 'same-origin',
  'x-latchkey-dashboard': 'act',
}

let app: TestApp
beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app.close())

const signIn = (body: unknown, headers: Record<string, string> = OWN): Promise<Answer> =>
  app.call('POST', '/dashboard/session', { key: null, body, headers })

/** The headers by which the server knows a browser that has signed in. */
interface Browser {
  cookie: string
  'x-latchkey-session': string
}

async function browserWith(key: string): Promise<Browser> {
  const answer = await signIn({ key })
  expect(answer.status).toBe(201)
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { cookie, 'x-latchkey-session': answer.json.pageToken }
}

const fromPage = (
  method: string,
  path: string,
  browser: Browser,
  more: Record<string, string | null> = {},
  body?: unknown,
) => {
  const headers = Object.fromEntries(
    Object.entries({ ...OWN, ...browser, ...more }).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    ),
  )
  return app.call(method, path, { key: null, headers, ...(body === undefined ? {} : { body }) })
}

async function newKey(members: object): Promise<{ id: string; secret: string }> {
  const { status, json } = await app.call('POST', '/v2/keys', { body: members })
  expect(status).toBe(201)
  return { id: json.key.id, secret: json.secret }
}

test('a batch ends when the person who began it signs out', async () => {
  const browser = await browserWith(app.rootKey)
  const keys = Array.from({ length: 500 }, (_, index) => ({
    name: index === 499 ? 'batch-last' : 'batch',
    secret: `made-elsewhere-by-hand-${index}`,
  }))
  const importing = fromPage('POST', '/v2/keys/import', browser, {}, { keys })
  const isBegun = async () => (await app.call('GET', '/v2/keys?search=batch&limit=1')).json.data.length > 0
  while (!(await isBegun())) await new Promise((resolve) => setImmediate(resolve))
  expect((await fromPage('DELETE', '/dashboard/session', browser)).status).toBe(204)
  const answer = await importing
  expect([answer.status, answer.json.code]).toEqual([503, 'partly_done'])
  expect((await app.call('GET', '/v2/keys?search=batch-last')).json.data).toEqual([])
})

describe('signing in', () => {
  test('with a managing key, the browser calls the native API without the key', async () => {
    const browser = await browserWith(app.rootKey)
    const who = await fromPage('GET', '/dashboard/session', browser)
    expect([who.status, who.json.user.role]).toEqual([200, 'ROOT'])
    expect(Date.parse(who.json.endsAt) - app.clock.now()).toBe(12 * 3_600_000)
    const made = await fromPage('POST', '/v2/keys', browser, {}, { name: 'from the dashboard' })
    expect(made.status).toBe(201)
    const entry = await app.call('GET', `/v2/audit?targetId=${made.json.key.id}`)
    expect(entry.json.data[0].actor.keyId).toBe(who.json.keyId)
  })

  test.each([
    ['a key that is wrong', 'lk_wrong', 401, 'credential_invalid'],
    ['a text that is no key', 'not a key at all', 401, 'credential_invalid'],
  ])('%s is refused', async (_name, key, status, code) => {
    const answer = await signIn({ key })
    expect([answer.status, answer.json.code]).toEqual([status, code])
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  test('a key with access use is refused with advice, and so is one of the role SERVICE', async () => {
    const { secret } = await newKey({ access: 'use' })
    const use = await signIn({ key: secret })
    expect([use.status, use.json.code]).toEqual([403, 'access_forbidden'])
    expect(use.json.detail).toContain('"manage" or "full"')
    const { json: user } = await app.call('POST', '/v2/users', {
      body: { username: 'svc', email: 'svc@example.com', displayName: 'Service', role: 'SERVICE' },
    })
    const service = await newKey({ access: 'full', ownerId: user.id })
    const answer = await signIn({ key: service.secret })
    expect([answer.status, answer.json.code]).toEqual([403, 'permission_denied'])
  })

  test('a body of another form is refused by name', async () => {
    for (const body of [{}, { key: '' }, { key: 1 }, { key: app.rootKey, more: 1 }, []]) {
      expect((await signIn(body)).status).toBe(400)
    }
  })

  test('wrong keys of one address count as failed authentications', async () => {
    const limited = await testApp({ failedAuthRate: { limit: 3, windowMs: 60_000 } })
    try {
      const attempt = () =>
        limited.call('POST', '/dashboard/session', { key: null, body: { key: 'lk_wrong' }, headers: OWN })
      const statuses = []
      for (let tries = 0; tries < 5; tries += 1) statuses.push((await attempt()).status)
      expect(statuses).toEqual([401, 401, 401, 429, 429])
      const right = await limited.call('POST', '/dashboard/session', {
        key: null,
        body: { key: limited.rootKey },
        headers: OWN,
      })
      expect(right.status).toBe(201)
    } finally {
      await limited.close()
    }
  })

  test('over https, the cookie is one that only this host can set, and no other counts', async () => {
    const https = { ...OWN, host: 'keys.example.com:8443', origin: 'https://keys.example.com:8443' }
    const begun = await signIn({ key: app.rootKey }, https)
    const set = begun.headers.get('set-cookie') ?? ''
    const token = /^__Host-latchkey-8443=([\w-]+); Path=\/; HttpOnly; SameSite=Strict; Secure$/.exec(set)?.[1]
    const statusWith = async (cookie: string) => {
      const browser = { cookie, 'x-latchkey-session': begun.json.pageToken }
      return (await fromPage('GET', '/v2/keys', browser, https)).status
    }
    expect([set, await statusWith(`__Host-latchkey-8443=${token}`)]).toEqual([set, 200])
    // A neighbouring host can set this one.
    expect(await statusWith(`latchkey-8443=${token}`)).toBe(401)
  })

  test.each([
    [15 * 60_000 - 1, 201],
    [15 * 60_000, 401],
  ])('the link of the first start after %d ms: %d', async (ms, status) => {
    const fresh = await testApp({ initialize: false })
    try {
      const first = await fresh.latchkey.initialize()
      const link = first && (await fresh.signInPath(first.secret))?.split('#link=')[1]
      fresh.clock.advance(ms)
      const use = fresh.call('POST', '/dashboard/session', { key: null, body: { link }, headers: OWN })
      expect((await use).status).toBe(status)
    } finally {
      await fresh.close()
    }
  })

  test('the link of the first start signs in once', async () => {
    const fresh = await testApp({ initialize: false })
    try {
      const first = await fresh.latchkey.initialize()
      if (first === null) throw new Error('It was initialized before.')
      const link = (await fresh.signInPath(first.secret))?.split('#link=')[1] ?? ''
      expect(link).toMatch(/^[\w-]{43}$/)
      expect(first.secret.reveal()).not.toContain(link)
      const use = () => fresh.call('POST', '/dashboard/session', { key: null, body: { link }, headers: OWN })
      expect((await use()).status).toBe(201)
      const again = await use()
      expect([again.status, again.json.detail]).toEqual([
        401,
        'This link has been used or is too old. Sign in with a key.',
      ])
    } finally {
      await fresh.close()
    }
  })
})

describe('a session ends', () => {
  test('when somebody signs out', async () => {
    const browser = await browserWith(app.rootKey)
    const out = await fromPage('DELETE', '/dashboard/session', browser)
    expect([out.status, out.headers.get('set-cookie')]).toEqual([
      204,
      'latchkey=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
    ])
    expect((await fromPage('GET', '/v2/keys', browser)).status).toBe(401)
  })

  test('also when strangers have used up the rate of calls without a credential', async () => {
    const busy = await testApp({ publicRate: { limit: 3, windowMs: 60_000 } })
    try {
      const body = { key: busy.rootKey }
      const { json, headers } = await busy.call('POST', '/dashboard/session', {
        key: null,
        body,
        headers: OWN,
      })
      const cookie = headers.get('set-cookie')?.split(';')[0] ?? ''
      const browser = { ...OWN, cookie, 'x-latchkey-session': json.pageToken }
      const asPage = (method: string, path: string) =>
        busy.call(method, path, { key: null, headers: browser })
      let tries = 0
      while ((await busy.call('GET', '/v1/system/info', { key: null })).status !== 429) tries += 1
      expect(tries).toBe(2)
      expect((await asPage('DELETE', '/dashboard/session')).status).toBe(204)
      expect((await asPage('GET', '/v2/keys')).status).toBe(401)
    } finally {
      await busy.close()
    }
  })

  test.each([
    ['revoked', (id: string) => app.call('DELETE', `/v2/keys/${id}`)],
    ['disabled', (id: string) => app.call('PATCH', `/v2/keys/${id}`, { body: { disabled: true } })],
    ['rotated', (id: string) => app.call('POST', `/v2/keys/${id}/rotate`, { body: {} })],
    [
      'bound to another address',
      (id: string) => app.call('PATCH', `/v2/keys/${id}`, { body: { allowedIps: ['203.0.113.7'] } }),
    ],
    ['cut down to use', (id: string) => app.call('PATCH', `/v2/keys/${id}`, { body: { access: 'use' } })],
  ])('at once when its key is %s', async (_name, end) => {
    const { id, secret } = await newKey({ access: 'full' })
    const browser = await browserWith(secret)
    expect((await fromPage('GET', '/v2/keys', browser)).status).toBe(200)
    await end(id)
    expect([401, 403]).toContain((await fromPage('GET', '/v2/keys', browser)).status)
    expect([401, 403]).toContain((await fromPage('GET', '/dashboard/session', browser)).status)
  })

  test('for a call whose body is still under way, although its key goes on', async () => {
    const browser = await browserWith(app.rootKey)
    const before = await app.store.revision()
    const rest = Promise.withResolvers<void>()
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode('{"name":'))
        await rest.promise
        controller.enqueue(new TextEncoder().encode('"late"}'))
        controller.close()
      },
    })
    const headers = { ...OWN, ...browser, 'content-type': 'application/json' }
    const slow = app.fetch(new Request(`http://${HOST}/v2/keys`, { method: 'POST', headers, body }), {})
    expect((await fromPage('DELETE', '/dashboard/session', browser)).status).toBe(204)
    rest.resolve()
    expect((await slow).status).toBe(401)
    expect(await app.store.revision()).toBe(before)
  })

  test('when its time is over', async () => {
    const browser = await browserWith(app.rootKey)
    app.clock.advance(30 * 60_000)
    expect((await fromPage('GET', '/v2/keys', browser)).status).toBe(401)
  })
})

describe('another page cannot act', () => {
  test('nor can a service at another port, to which browsers send the cookie, too', async () => {
    const browser = await browserWith(app.rootKey)
    const other = await browserWith(app.rootKey)
    const before = await app.store.revision()
    for (const token of [null, '', 'x'.repeat(43), other['x-latchkey-session']]) {
      const answer = await fromPage('POST', '/v2/keys', browser, { 'x-latchkey-session': token }, {})
      expect([answer.status, answer.json.code]).toEqual([401, 'credential_missing'])
      expect(
        (await fromPage('DELETE', '/dashboard/session', browser, { 'x-latchkey-session': token })).status,
      ).toBe(204)
    }
    expect(await app.store.revision()).toBe(before)
    const who = await fromPage('GET', '/dashboard/session', browser)
    expect(who.status).toBe(200)
    expect(who.text).not.toContain(browser['x-latchkey-session'])
  })

  test.each([
    ['without the header of the dashboard', { 'x-latchkey-dashboard': null }],
    ['from another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['from another port of this machine', { 'sec-fetch-site': 'same-site', origin: `http://${HOST}:9999` }],
    ['by an old browser from another site', { 'sec-fetch-site': null, origin: 'https://evil.example' }],
    ['from a page without an origin', { 'sec-fetch-site': null, origin: 'null' }],
  ])('%s', async (_name, headers) => {
    const browser = await browserWith(app.rootKey)
    const before = await app.store.revision()
    for (const [method, path, body] of [
      ['POST', '/v2/keys', { name: 'theirs' }],
      ['GET', '/v2/keys', undefined],
      ['GET', '/dashboard/session', undefined],
    ] as const) {
      const answer = await fromPage(method, path, browser, headers, body)
      expect([answer.status, answer.json.code]).toEqual([401, 'credential_missing'])
    }
    expect(await app.store.revision()).toBe(before)
    const given = Object.fromEntries(
      Object.entries({ ...OWN, ...headers }).filter((entry): entry is [string, string] => entry[1] !== null),
    )
    expect((await signIn({ key: app.rootKey }, given)).status).toBe(403)
    expect((await fromPage('DELETE', '/dashboard/session', browser, headers)).status).toBe(403)
    expect((await fromPage('GET', '/v2/keys', browser)).status).toBe(200)
  })

  test('an old browser that sends only its origin can act, from the same host', async () => {
    const browser = await browserWith(app.rootKey)
    expect((await fromPage('GET', '/v2/keys', browser, { 'sec-fetch-site': null })).status).toBe(200)
  })

  test('the cookie counts for the native API only', async () => {
    const browser = await browserWith(app.rootKey)
    expect((await fromPage('GET', '/v1/apikeys', browser)).status).toBe(401)
    expect((await fromPage('GET', '/api/v1/keys', browser)).status).toBe(401)
    expect((await fromPage('POST', '/v2/authorize', browser, {})).status).toBe(401)
  })
})

test('without a dashboard nobody can sign in, and / leads to the reference', async () => {
  const bare = await testApp({ dashboard: null })
  try {
    const home = await bare.call('GET', '/', { key: null })
    expect([home.status, home.headers.get('location')]).toEqual([302, '/docs'])
    const answer = await bare.call('POST', '/dashboard/session', {
      key: null,
      body: { key: bare.rootKey },
      headers: OWN,
    })
    expect(answer.status).toBe(404)
  } finally {
    await bare.close()
  }
})
