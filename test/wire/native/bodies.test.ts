import { describe, expect, test } from 'bun:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { MAX } from '../../../src/core/ground/bounds.ts'
import { failure, type NativeApp, nativeApp, pointers } from './native-app.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

/** Sends bytes unchanged, to any dialect. */
async function send(app: NativeApp, path: string, body: Uint8Array, headers: Record<string, string>) {
  const response = await app.fetch(
    new Request(`http://127.0.0.1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.rootKey}`, ...JSON_TYPE, ...headers },
      body: body as Uint8Array<ArrayBuffer>,
    }),
    { peerAddress: '127.0.0.1' },
  )
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text) }
}

const PATHS = [
  ['/v2/keys', 'name'],
  ['/api/v1/keys', 'name'],
] as const

describe('a compressed body', () => {
  test.each(PATHS)('%s: gzip, deflate and br are read like a plain one', async (path) => {
    await using app = await nativeApp()
    const plain = JSON.stringify({ name: 'packed ü' })
    const packed = [
      ['gzip', gzipSync(plain)],
      ['GZIP', gzipSync(plain)],
      ['x-gzip', gzipSync(plain)],
      ['deflate', deflateSync(plain)],
      ['br', brotliCompressSync(plain)],
      ['identity', Buffer.from(plain)],
    ] as const
    for (const [encoding, body] of packed) {
      const { status, json } = await send(app, path, body, { 'content-encoding': encoding })
      expect([encoding, status, json.key?.name ?? json.data?.name]).toEqual([encoding, 201, 'packed ü'])
    }
  })

  test('an unknown or a combined coding is 415, and the answer names the supported ones', async () => {
    await using app = await nativeApp()
    for (const encoding of ['zstd', 'gzip, gzip', 'br, gzip', 'compress', 'utf-8', 'constructor']) {
      const answer = await send(app, '/v2/keys', gzipSync('{}'), { 'content-encoding': encoding })
      expect([encoding, failure(answer)]).toEqual([encoding, '415 body_encoding_unsupported'])
      expect(answer.json.detail).toContain(`"${encoding}"`)
      expect(answer.headers.get('accept-encoding')).toBe('gzip, deflate, br')
    }
    const openrouter = await send(app, '/api/v1/keys', gzipSync('{}'), { 'content-encoding': 'zstd' })
    expect([openrouter.status, openrouter.json.error.message]).toEqual([
      400,
      expect.stringContaining('"zstd"'),
    ])
    const goodmem = await send(app, '/v1/apikeys', gzipSync('{}'), { 'content-encoding': 'zstd' })
    expect([goodmem.status, goodmem.json.error]).toEqual([415, expect.stringContaining('"zstd"')])
  })

  test('the bound applies to the decompressed body: a bomb is 413 at once, and takes no memory', async () => {
    await using app = await nativeApp()
    const bomb = gzipSync(new Uint8Array(300 * 1024 * 1024))
    const before = process.memoryUsage.rss()
    const startedAt = performance.now()
    const small = await send(app, '/v2/usage', bomb, { 'content-encoding': 'gzip' })
    expect(failure(small)).toBe('413 body_too_large')
    const brotli = brotliCompressSync(new Uint8Array(50 * 1024 * 1024))
    expect(failure(await send(app, '/v2/keys', brotli, { 'content-encoding': 'br' }))).toBe(
      '413 body_too_large',
    )
    process.stdout.write(
      `bombs of ${bomb.byteLength} and ${brotli.byteLength} bytes: ${Math.round(performance.now() - startedAt)} ms\n`,
    )
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024)
  }, 30_000)

  test('a body that is not compressed as declared is 400', async () => {
    await using app = await nativeApp()
    const whole = gzipSync('{"name":"x"}')
    const wrong = [
      Buffer.from('{"name":"x"}'),
      whole.subarray(0, -6),
      Buffer.concat([whole, Buffer.from('x')]),
      gzipSync('{"name":'),
    ]
    for (const body of wrong) {
      expect(failure(await send(app, '/v2/keys', body, { 'content-encoding': 'gzip' }))).toBe(
        '400 body_malformed',
      )
    }
  })
})

describe('an optional body', () => {
  test('may be missing, with a content type or without, wherever it is optional', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ limits: { total: '10' } })
    const reserve = async () => {
      const body = { keyId: key.id, amount: '1' }
      return (await app.call('POST', '/v2/reservations', { body })).json.id as string
    }
    const types = [
      {},
      JSON_TYPE,
      { 'content-type': 'application/json; charset=utf-8' },
      { 'content-type': 'text/plain' },
    ]
    for (const headers of types) {
      const rotated = await app.call('POST', `/v2/keys/${key.id}/rotate`, { headers })
      expect([headers, rotated.status]).toEqual([headers, 200])
      const released = await app.call('POST', `/v2/reservations/${await reserve()}/release`, { headers })
      expect([headers, released.status]).toEqual([headers, 200])
      const begun = await app.call('POST', '/v1/system/init', { key: null, headers })
      expect([headers, begun.status]).toEqual([headers, 200])
    }
    const wrong = await app.call('POST', `/v2/keys/${key.id}/rotate`, { body: '{"overlap":1}' })
    expect(pointers(wrong)).toEqual(['/overlap'])
    const typed = await app.call('POST', `/v2/keys/${key.id}/rotate`, {
      body: '{}',
      headers: { 'content-type': 'text/plain' },
    })
    expect(failure(typed)).toBe('415 body_type_unsupported')
  })

  test('a missing required body is reported', async () => {
    await using app = await nativeApp()
    for (const headers of [{}, JSON_TYPE]) {
      const answer = await app.call('POST', '/v2/verify', { headers })
      expect([failure(answer), answer.json.detail]).toEqual([
        '400 body_malformed',
        'The request body is missing.',
      ])
    }
  })
})

describe('too much in one body', () => {
  const many = (count: number, item: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => item(index)).join(',')
  test.each([
    [
      'labels',
      '/v2/keys',
      () => `{"labels":{${many(80_000, (index) => `"${index.toString(36)}":""`)}}}`,
      '413 body_too_large',
      [],
    ],
    [
      'labels within the size',
      '/v2/keys',
      () => `{"labels":{${many(8_000, (index) => `"${index.toString(36)}":""`)}}}`,
      '400 input_invalid',
      ['/labels'],
    ],
    [
      'members at the top',
      '/v2/keys',
      () => `{${many(300, (index) => `"m${index}":1`)}}`,
      '400 input_invalid',
      [''],
    ],
    [
      'permissions',
      '/v2/keys',
      () => `{"permissions":[${many(1_001, () => '"a"')}]}`,
      '400 input_invalid',
      ['/permissions'],
    ],
    ['values in all', '/v2/keys', () => `{"x":[${many(999, () => '[[],[]]')}]}`, '400 input_invalid', ['']],
    [
      'empty events',
      '/v2/usage',
      () => `{"events":[${many(300_000, () => '{}')}]}`,
      '400 input_invalid',
      ['/events'],
    ],
    [
      'one event more than allowed',
      '/v2/usage',
      () => `{"events":[${many(MAX.usageEvents + 1, () => '{}')}]}`,
      '400 input_invalid',
      ['/events'],
    ],
    [
      'meta of one event',
      '/v2/usage',
      () => `{"events":[{"meta":{${many(70_000, (index) => `"${index.toString(36)}":""`)}}}]}`,
      '400 input_invalid',
      ['/events/0/meta'],
    ],
    [
      'a large verify',
      '/v2/verify',
      () => `{"key":"${'x'.repeat(MAX.smallBodyBytes)}"}`,
      '413 body_too_large',
      [],
    ],
  ])('%s to %s', async (_name, path, body, expected, places) => {
    await using app = await nativeApp()
    const answer = await app.call('POST', path, { body: body() })
    expect([failure(answer), pointers(answer)]).toEqual([expected, places])
  })

  test('an honest batch of the largest size is accepted', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const meta = Object.fromEntries(
      Array.from({ length: MAX.usageMetaEntries }, (_, index) => [`m${index}`, 'v'.repeat(20)]),
    )
    const events = Array.from({ length: MAX.usageEvents }, (_, index) => ({
      id: `e${index}`,
      keyId: key.id,
      amount: '0.001',
      at: '2026-11-22T12:00:00Z',
      meta,
    }))
    const answer = await app.call('POST', '/v2/usage', { body: { events } })
    expect([answer.status, answer.json.accepted]).toEqual([200, MAX.usageEvents])
  })

  test('wrong events are named with their places, whichever piece they are in, at most twenty', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const events: object[] = Array.from({ length: 100 }, (_, index) => ({
      id: `e${index}`,
      keyId: key.id,
      amount: '1',
    }))
    events[3] = { id: 'x', keyId: key.id }
    events[64] = { id: 'y', keyId: key.id, amount: '1', odd: 1 }
    events[99] = { keyId: key.id, amount: '1' }
    const report = (body: object) => app.call('POST', '/v2/usage', { body })
    expect(pointers(await report({ events, more: 1 }))).toEqual([
      '/more',
      '/events/3/amount',
      '/events/64/odd',
      '/events/99/id',
    ])
    expect(pointers(await report({ events: Array(500).fill({}) })).length).toBe(20)
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('0')
  })

  test('errors of the body and of the headers are reported together', async () => {
    await using app = await nativeApp()
    const answer = await app.call('PUT', '/v2/keys/x/boosts/daily', {
      body: { amount: -1, odd: 1 },
      headers: { 'if-match': 'x' },
    })
    const places = ['/amount', '/odd', '/until', 'header:if-match']
    expect(pointers(answer).toSorted()).toEqual(places)
  })
})

describe('the list of errors in the input', () => {
  test('has at most twenty places, whichever check finds them', async () => {
    await using app = await nativeApp()
    const unknown = Array.from({ length: 30 }, (_, index) => ({
      id: `e${index}`,
      keyId: crypto.randomUUID(),
      amount: '1',
    }))
    const members = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`m${index}`, 1]))
    const labels = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`L${index}`, 'x']))
    const { secret } = await app.makeUser({ username: 'ada', role: 'ADMIN', policy: { permissions: ['a'] } })
    const permissions = Array.from({ length: 30 }, (_, index) => `p${index}`)
    const answers = [
      await app.call('POST', '/v2/usage', { body: { events: unknown } }),
      await app.call('POST', '/v2/keys', { body: members }),
      await app.call('POST', '/v2/keys', { body: { labels } }),
      await app.call('POST', '/v2/keys', { body: { permissions }, key: secret }),
      await app.call('GET', `/v2/keys?${Object.keys(members).join('=&')}=`),
    ]
    expect(answers.map((answer) => [answer.status, pointers(answer).length])).toEqual([
      [400, 20],
      [400, 20],
      [400, 20],
      [403, 20],
      [400, 20],
    ])
    const openrouter = await app.call('POST', '/api/v1/keys', {
      body: { name: 'x', limit: 'x', external: { api_key: 1 } },
    })
    expect(openrouter.json.error.message).toMatch(/limit: .*external\.user: .*external\.api_key: /)
  })

  test('has the errors of the schema together with those of the domain', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const good = { keyId: key.id, amount: '1' }
    const events: object[] = Array.from({ length: 40 }, (_, index) => ({ id: `e${index}`, ...good }))
    events[2] = { id: 'e2', keyId: key.id, amount: 'much' }
    events[3] = { id: 'e3', keyId: crypto.randomUUID(), amount: '1' }
    events[20] = { id: 'e20', ...good, at: '0001-01-01T00:00:00Z' }
    events[39] = { id: 'e39', hash: 'a'.repeat(64), amount: '1' }
    const report = await app.call('POST', '/v2/usage', { body: { events, odd: 1 } })
    expect(failure(report)).toBe('400 input_invalid')
    expect(pointers(report).toSorted()).toEqual(
      ['/events/2/amount', '/events/20/at', '/events/3/keyId', '/events/39/hash', '/odd'].toSorted(),
    )
    const body = {
      odd: 1,
      name: 5,
      labels: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`l${index}`, 'x'])),
      expiresAt: '2001-01-01T00:00:00Z',
      notBefore: '2002-01-01T00:00:00Z',
      rateLimits: Array(2).fill({ name: 'r', limit: 1, window: '1m' }),
    }
    const domain = ['/labels', '/expiresAt', '/notBefore', '/rateLimits/1/name']
    const create = await app.call('POST', '/v2/keys', { body })
    expect(pointers(create).toSorted()).toEqual(['/odd', '/name', ...domain].toSorted())
    const { odd: _, name: __, ...sound } = body
    expect(pointers(await app.call('POST', '/v2/keys', { body: sound }))).toEqual(domain)
    expect((await app.call('GET', '/v2/keys')).json.data.length).toBe(2)
  })
})
