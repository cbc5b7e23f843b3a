import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type Listener, listen } from '../../../src/http/kernel/server.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { type TestClock, testClock } from '../../support/clock.ts'
import { httpBytes, type RawAnswer, sendRaw } from './raw-http.ts'

// The requests of the two pages, as the generated clients send them: their headers, and the bodies of the vendor's JavaScript page and
// .NET page (docs/wire/goodmem.md#clients).

const PAGE_ID = '550e8400-e29b-41d4-a716-446655440000'
const PAGE_LABELS = '{"environment":"development","service":"chat-ui"}'
const PAGE_CREATE = `{"labels":${PAGE_LABELS},"expiresAt":"1735689600000"}`
const PAGE_UPDATE =
  '{"status":"ACTIVE","replaceLabels":{"environment":"production","service":"recommendation-engine"}}'
// The pages were written before 2025-01-01, the expiry in their example.
const WHEN_WRITTEN = '2024-12-01T00:00:00.000Z'
const TODAY = '2026-11-22T12:00:00.000Z'

const METADATA = {
  apiKeyId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  userId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  keyPrefix: expect.stringMatching(/^.{8}$/),
  status: 'ACTIVE',
  labels: {},
  expiresAt: null,
  lastUsedAt: null,
  createdAt: Date.parse(WHEN_WRITTEN),
  updatedAt: Date.parse(WHEN_WRITTEN),
  createdById: expect.stringMatching(/^[0-9a-f-]{36}$/),
  updatedById: expect.stringMatching(/^[0-9a-f-]{36}$/),
}

let app: TestApp
let clock: TestClock
let server: Listener

beforeEach(async () => {
  clock = testClock(WHEN_WRITTEN)
  app = await testApp({ clock })
  server = listen({ hostname: '127.0.0.1', port: 0, idleTimeoutMs: 5_000, fetch: app.fetch })
})

afterEach(async () => {
  await server.stop(0)
  await app.close()
  expect(app.errors).toEqual([])
})

describe('the requests of the JavaScript page, byte for byte', () => {
  const js = (method: string, path: string, body?: string) => {
    const typed =
      body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]
    const accepting = method === 'DELETE' ? [] : ['Accept: application/json']
    const lines = [
      `${method} ${path} HTTP/1.1`,
      `Host: localhost:${server.port}`,
      'Accept-Encoding: gzip, deflate',
      'User-Agent: OpenAPI-Generator/1.0.0/Javascript',
      `x-api-key: ${app.rootKey}`,
      ...accepting,
      ...typed,
      'Connection: keep-alive',
    ]
    return sendRaw(server.port, httpBytes(lines, body))
  }

  test('createApiKey gets 201, a Location and the one-time secret', async () => {
    const answer = await js('POST', '/v1/apikeys', PAGE_CREATE)
    expect(answer.status).toBe(201)
    const { apiKeyMetadata, rawApiKey } = jsonOf(answer)
    expect(apiKeyMetadata).toEqual({
      ...METADATA,
      labels: JSON.parse(PAGE_LABELS),
      expiresAt: 1_735_689_600_000,
    })
    expect(answer.headers.get('location')).toBe(`/v1/apikeys/${apiKeyMetadata.apiKeyId}`)
    expect(apiKeyMetadata.keyPrefix).toBe(rawApiKey.slice(0, 8))
  })

  test('createApiKey run today gets 400, because its expiry is past', async () => {
    clock.set(TODAY)
    const answer = await js('POST', '/v1/apikeys', PAGE_CREATE)
    expect(answer.status).toBe(400)
    expect(jsonOf(answer)).toEqual({
      error: expect.stringContaining('expiresAt'),
      status: 400,
      timestamp: Date.parse(TODAY),
      errors: [{ field: 'expiresAt', message: expect.any(String) }],
    })
  })

  test('listApiKeys gets all keys', async () => {
    const answer = await js('GET', '/v1/apikeys')
    expect(answer.status).toBe(200)
    expect(jsonOf(answer).keys.length).toBeGreaterThan(0)
  })

  test("updateApiKey and deleteApiKey get 404 for the page's id, while no such key exists", async () => {
    expect((await js('PUT', `/v1/apikeys/${PAGE_ID}`, PAGE_UPDATE)).status).toBe(404)
    expect((await js('DELETE', `/v1/apikeys/${PAGE_ID}`)).status).toBe(404)
  })

  test("updateApiKey and deleteApiKey get 200 and 204 once a key has the page's id", async () => {
    await js('POST', '/v1/apikeys', `{"apiKeyId":"${PAGE_ID}"}`)
    const updated = await js('PUT', `/v1/apikeys/${PAGE_ID}`, PAGE_UPDATE)
    expect(updated.status).toBe(200)
    const labels = { environment: 'production', service: 'recommendation-engine' }
    expect(jsonOf(updated)).toEqual({ ...METADATA, apiKeyId: PAGE_ID, labels })
    const deleted = await js('DELETE', `/v1/apikeys/${PAGE_ID}`)
    expect([deleted.status, deleted.body]).toEqual([204, ''])
    expect(deleted.headers.has('content-type')).toBe(false)
    expect((await js('DELETE', `/v1/apikeys/${PAGE_ID}`)).status).toBe(404)
  })

  test('initializeSystem with an empty body announced as JSON gets 200', async () => {
    const answer = await js('POST', '/v1/system/init', '')
    expect(answer.status).toBe(200)
    expect(jsonOf(answer)).toMatchObject({ alreadyInitialized: true, rootApiKey: null, userId: null })
  })
})

describe('the requests of the .NET page, byte for byte', () => {
  const net = (method: string, path: string, body?: string) => {
    const typed =
      body === undefined
        ? []
        : ['Content-Type: application/json; charset=utf-8', `Content-Length: ${body.length}`]
    const accepting = method === 'DELETE' ? [] : ['Accept: application/json']
    const lines = [
      `${method} ${path} HTTP/1.1`,
      `Host: localhost:${server.port}`,
      `x-api-key: ${app.rootKey}`,
      ...accepting,
      'User-Agent: OpenAPI-Generator/1.0.13/csharp',
      ...typed,
    ]
    return sendRaw(server.port, httpBytes(lines, body))
  }
  const created = async () => jsonOf(await net('POST', '/v1/apikeys', '{"labels":null,"expiresAt":null}'))

  test('CreateApiKey of a new request, whose members are explicit nulls, gets 201 with Location', async () => {
    const answer = await net('POST', '/v1/apikeys', '{"labels":null,"expiresAt":null}')
    expect(answer.status).toBe(201)
    const { apiKeyMetadata } = jsonOf(answer)
    expect(apiKeyMetadata).toEqual(METADATA)
    expect(answer.headers.get('location')).toBe(`/v1/apikeys/${apiKeyMetadata.apiKeyId}`)
  })

  test('UpdateApiKey of a new request, whose members are explicit nulls, changes nothing', async () => {
    const { apiKeyMetadata } = await created()
    clock.advance(60_000)
    const path = `/v1/apikeys/${apiKeyMetadata.apiKeyId}`
    const answer = await net('PUT', path, '{"status":null,"replaceLabels":null,"mergeLabels":null}')
    expect([answer.status, jsonOf(answer)]).toEqual([200, apiKeyMetadata])
  })

  test('ListApiKeys gets 200 and DeleteApiKey gets 204, then 404', async () => {
    const { apiKeyMetadata } = await created()
    const listed = await net('GET', '/v1/apikeys')
    expect([listed.status, jsonOf(listed).keys]).toEqual([200, expect.arrayContaining([apiKeyMetadata])])
    const path = `/v1/apikeys/${apiKeyMetadata.apiKeyId}`
    expect(await net('DELETE', path)).toMatchObject({ status: 204, body: '' })
    expect((await net('DELETE', path)).status).toBe(404)
  })

  test("UpdateApiKey and DeleteApiKey of the page's id get 404", async () => {
    expect((await net('PUT', `/v1/apikeys/${PAGE_ID}`, '{"status":null}')).status).toBe(404)
    expect((await net('DELETE', `/v1/apikeys/${PAGE_ID}`)).status).toBe(404)
  })
})

test('a client that sends no credential gets 401 as JSON', async () => {
  const answer = await sendRaw(
    server.port,
    httpBytes(['GET /v1/apikeys HTTP/1.1', `Host: localhost:${server.port}`]),
  )
  expect(answer.status).toBe(401)
  const { error, status, timestamp } = jsonOf(answer)
  expect({ error, status, timestamp }).toEqual({
    error: 'No API key provided.',
    status: 401,
    timestamp: Date.parse(WHEN_WRITTEN),
  })
})

/** The body as JSON, with exactly the content type that the service sends (docs/wire/goodmem.md#transport). */
// biome-ignore lint/suspicious/noExplicitAny: a test asserts on the members that it names.
function jsonOf({ headers, body }: RawAnswer): any {
  expect(headers.get('content-type')).toBe('application/json')
  return JSON.parse(body)
}
