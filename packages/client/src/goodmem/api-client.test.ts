import { afterEach, describe, expect, test } from 'bun:test'
import { closedUrl, type RawServer, type Reply, rawServer } from '../transport/raw-server.test-support.ts'
import {
  APIKeysApi,
  ApiClient,
  ApiClientError,
  ApiKeyResponse,
  CreateApiKeyRequest,
  CreateApiKeyResponse,
  SystemApi,
  UsersApi,
} from './index.ts'
import { KEY } from './key.test-support.ts'

// An answer to every call at once.
const WHOLE = {
  ...KEY,
  ...{
    apiKeyMetadata: KEY,
    rawApiKey: 'lk_x',
    keys: [],
    email: 'a@b.c',
    alreadyInitialized: true,
    version: '1',
  },
}

let server: RawServer
afterEach(() => server?.close())

async function clientOf(...replies: Reply[]): Promise<ApiClient> {
  server = await rawServer((index) => replies[Math.min(index, replies.length - 1)] as Reply)
  return new ApiClient(`${server.url}//`)
}

async function failure(call: Promise<unknown>): Promise<ApiClientError> {
  const error = await call.then(
    () => null,
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(ApiClientError)
  expect(error).toBeInstanceOf(Error)
  return error
}

describe('a request', () => {
  // The headers of each operation, by its documentation: DELETE neither accepts nor sends a body.
  test.each([
    ['POST', '/v1/apikeys', true, true, (c: ApiClient) => new APIKeysApi(c).createApiKey({})],
    ['GET', '/v1/apikeys', true, false, (c: ApiClient) => new APIKeysApi(c).listApiKeys()],
    ['PUT', '/v1/apikeys/a%2Fb', true, true, (c: ApiClient) => new APIKeysApi(c).updateApiKey('a/b', {})],
    ['DELETE', '/v1/apikeys/i', false, false, (c: ApiClient) => new APIKeysApi(c).deleteApiKey('i')],
    ['GET', '/v1/users/me', true, false, (c: ApiClient) => new UsersApi(c).getCurrentUser()],
    ['GET', '/v1/users/u', true, false, (c: ApiClient) => new UsersApi(c).getUser('u')],
    [
      'GET',
      '/v1/users/email/a%40b.c',
      true,
      false,
      (c: ApiClient) => new UsersApi(c).getUserByEmail('a@b.c'),
    ],
    ['GET', '/v1/system/info', true, false, (c: ApiClient) => new SystemApi(c).getSystemInfo()],
    ['POST', '/v1/system/init', true, false, (c: ApiClient) => new SystemApi(c).initializeSystem()],
  ] as const)(
    '%s %s has the headers that its documentation says',
    async (method, target, accepts, carries, act) => {
      const client = await clientOf(method === 'DELETE' ? { status: 204 } : { status: 200, body: WHOLE })
      await act(client)
      const [sent] = server.requests
      expect([sent?.method, sent?.target]).toEqual([method, target])
      const accept = sent?.headers.get('accept')
      if (accepts) expect(accept).toBe('application/json')
      else expect(accept ?? '*/*').toBe('*/*')
      expect(sent?.headers.get('content-type')).toBe(carries ? 'application/json' : null)
      expect(sent?.headers.get('user-agent')).toMatch(/^OpenAPI-Generator\/.+\/Javascript$/)
      expect(sent?.headers.has('x-api-key')).toBe(false)
    },
  )

  test('has the key of the authentication, and a default header replaces it', async () => {
    const client = await clientOf({ status: 200, body: WHOLE })
    const auth = client.authentications.ApiKeyAuth as NonNullable<(typeof client.authentications)[string]>
    expect(auth).toEqual({ type: 'apiKey', in: 'header', name: 'x-api-key' })
    auth.apiKey = 'one'
    const keys = new APIKeysApi(client)
    await keys.listApiKeys()
    auth.apiKeyPrefix = 'Token'
    await keys.listApiKeys()
    client.defaultHeaders['X-API-Key'] = 'two'
    await keys.listApiKeys()
    await new SystemApi(client).getSystemInfo()
    auth.in = 'query'
    client.defaultHeaders = {}
    await keys.listApiKeys()
    expect(server.requests.map(({ headers }) => headers.get('x-api-key'))).toEqual([
      'one',
      'Token one',
      'two',
      'two',
      null,
    ])
    expect(server.requests[4]?.target).toBe('/v1/apikeys?x-api-key=Token+one')
  })

  test('is JSON of the object: undefined members are omitted, null is sent, a model is like an object', async () => {
    const client = await clientOf({ status: 201, body: WHOLE })
    const model = new CreateApiKeyRequest()
    model.labels = { a: 'b' }
    model.expiresAt = '1935689600000'
    await new APIKeysApi(client).createApiKey(model)
    await new APIKeysApi(client).createApiKey({ labels: null, expiresAt: 1 })
    expect(server.requests.map(({ body }) => body)).toEqual([
      '{"labels":{"a":"b"},"expiresAt":"1935689600000"}',
      '{"labels":null,"expiresAt":1}',
    ])
  })

  test('gets a new `_` when caching is off, and cookies when they are enabled', async () => {
    const client = await clientOf({ status: 200, body: WHOLE })
    client.cache = false
    client.enableCookies = true
    const inits: RequestInit[] = []
    client.fetch = (url, init) => {
      inits.push(init)
      return fetch(url, init)
    }
    await new APIKeysApi(client).listApiKeys()
    await new APIKeysApi(client).createApiKey({})
    expect(server.requests[0]?.target).toMatch(/^\/v1\/apikeys\?_=\d{13}$/)
    expect(server.requests[1]?.target).toBe('/v1/apikeys')
    expect(inits[0]?.credentials).toBe('include')
  })

  test('of callApi has every kind of parameter in its place', async () => {
    const client = await clientOf({ status: 200, body: '7' })
    const { data, response } = await client.callApi(
      'v1/{a}/{b}',
      'post',
      { a: 'x/y', b: new Date(0) },
      { q: 'a b', list: [1, 2], none: null, object: { c: 1 } },
      { 'X-Own': 5, none: undefined },
      { f: 'ä', g: 1 },
      null,
      [],
      ['application/x-www-form-urlencoded'],
      ['text/plain', 'application/json; charset=utf-8'],
      'Number',
      `${server.url}/base`,
    )
    expect(data).toBe(7)
    expect(response.status).toBe(200)
    const [sent] = server.requests
    expect(sent?.target).toBe(
      '/base/v1/x%2Fy/1970-01-01T00%3A00%3A00.000Z?q=a+b&list=1&list=2&object=%7B%22c%22%3A1%7D',
    )
    expect(sent?.body).toBe('f=%C3%A4&g=1')
    expect(sent?.headers.get('x-own')).toBe('5')
    expect(sent?.headers.get('accept')).toBe('application/json; charset=utf-8')
  })

  test('has no key when its variable is not set', async () => {
    const client = await clientOf({ status: 200, body: { keys: [] } })
    client.defaultHeaders['x-api-key'] = undefined
    await new APIKeysApi(client).listApiKeys()
    expect(server.requests[0]?.headers.has('x-api-key')).toBe(false)
  })

  test('with a key that no header can carry is refused without quoting it', async () => {
    const client = await clientOf({ status: 204 })
    client.defaultHeaders['x-api-key'] = 'lk_\nsecret'
    const error = await new APIKeysApi(client).listApiKeys().catch((reason) => reason)
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).not.toContain('secret')
  })

  test('never leaves its path: an empty text and dots are refused before anything is sent', async () => {
    const client = await clientOf({ status: 204 })
    for (const id of ['', '.', '..'])
      await expect(new APIKeysApi(client).deleteApiKey(id)).rejects.toThrow(TypeError)
    expect(server.requests).toHaveLength(0)
  })
})

describe('an answer', () => {
  test('is a model; unknown members are dropped, absent ones stay absent', async () => {
    const more = { ...KEY, expiresAt: '1935689600000', lifecycleState: 'USABLE' }
    const client = await clientOf({ status: 201, body: { apiKeyMetadata: more, rawApiKey: 'lk_x', more: 1 } })
    const made = await new APIKeysApi(client).createApiKey({})
    expect(made).toBeInstanceOf(CreateApiKeyResponse)
    expect(made.apiKeyMetadata).toBeInstanceOf(ApiKeyResponse)
    expect({ ...made, apiKeyMetadata: { ...made.apiKeyMetadata } }).toEqual({
      apiKeyMetadata: { ...KEY, expiresAt: 1_935_689_600_000 } as unknown as ApiKeyResponse,
      rawApiKey: 'lk_x',
    })
    expect(Object.keys(new ApiKeyResponse())).toEqual([])
    expect(Object.keys(ApiKeyResponse.constructFromObject({ userId: 'u' }))).toEqual(['userId'])
  })

  test('has its status, headers, body and text on request', async () => {
    const made = { apiKeyMetadata: KEY, rawApiKey: 'k' }
    const client = await clientOf({
      status: 201,
      body: made,
      headers: { Location: '/v1/apikeys/i' },
    })
    const { data, response } = await new APIKeysApi(client).createApiKeyWithHttpInfo({})
    expect(data.rawApiKey).toBe('k')
    expect(response).toMatchObject({
      status: 201,
      statusCode: 201,
      ok: true,
      type: 'application/json',
      body: made,
      text: JSON.stringify(made),
    })
    expect(response.headers.location).toBe('/v1/apikeys/i')
    expect(response.get('Location')).toBe('/v1/apikeys/i')
    expect(response.header).toBe(response.headers)
  })

  test('of 204 is null', async () => {
    const client = await clientOf({ status: 204 })
    expect(await new APIKeysApi(client).deleteApiKey('i')).toBeNull()
    expect(await new APIKeysApi(client).deleteApiKeyWithHttpInfo('i')).toMatchObject({ data: null })
  })
})

describe('a missing argument', () => {
  const keys = new APIKeysApi(new ApiClient('http://127.0.0.1:1'))
  const nothing = undefined as never
  test.each([
    ['createApiKeyRequest', 'createApiKey', [nothing]],
    ['id', 'deleteApiKey', [null]],
    ['id', 'updateApiKey', [nothing, {}]],
    ['updateApiKeyRequest', 'updateApiKey', ['i', null]],
  ] as const)(
    '%s of %s rejects, and throws at once from the variant with the answer',
    async (name, operation, args) => {
      const message = `Missing the required parameter '${name}' when calling ${operation}`
      const methods = keys as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
      expect(() => methods[`${operation}WithHttpInfo`]?.(...args)).toThrow(message)
      const rejected = methods[operation]?.(...args)
      expect(rejected).toBeInstanceOf(Promise)
      await expect(rejected).rejects.toThrow(message)
    },
  )
})

describe('a failure', () => {
  test.each([400, 401, 403, 404, 409, 412, 429, 500, 503])('of %p has the whole response', async (status) => {
    const body = { error: `Message of ${status}`, status, timestamp: 1 }
    const client = await clientOf({ status, body, headers: { 'x-request-id': 'r' } })
    const error = await failure(new APIKeysApi(client).listApiKeys())
    expect(error).toMatchObject({ status, statusText: 'Status', body, name: 'ApiClientError' })
    expect(error.response?.headers['x-request-id']).toBe('r')
    expect(error.error).toBeInstanceOf(Error)
    expect(error.message).toBe(`GET /v1/apikeys was answered with ${status}: Message of ${status}`)
    expect(server.requests).toHaveLength(1)
  })

  test('names the first member that does not fit', async () => {
    const client = await clientOf({
      status: 400,
      body: { errors: [{ field: 'labels', message: 'Too many' }] },
    })
    expect((await failure(new APIKeysApi(client).listApiKeys())).message).toEndWith('400: Too many')
  })

  test('in HTML has its text and an empty body', async () => {
    const client = await clientOf({
      status: 502,
      text: '<p>Bad</p>',
      headers: { 'content-type': 'text/html' },
    })
    const error = await failure(new APIKeysApi(client).listApiKeys())
    expect(error).toMatchObject({
      status: 502,
      body: {},
      response: { text: '<p>Bad</p>', type: 'text/html' },
    })
  })

  test.each([
    ['broken JSON', { status: 200, text: '{"keys": [' }],
    ['HTML', { status: 200, text: '<p>', headers: { 'content-type': 'text/html' } }],
    ['nothing', { status: 200 }],
    ['an array', { status: 200, body: [] }],
    ['null', { status: 200, body: null }],
    ['text', { status: 200, body: 'lk_secret' }],
    ['a bare word', { status: 200, text: 'lk_secret' }],
  ] as [string, Reply][])('is a success with %s, which tells nothing of it', async (_, reply) => {
    const error = await failure(new APIKeysApi(await clientOf(reply)).listApiKeys())
    expect(error.status).toBe(200)
    expect(error.message).toStartWith('The answer to GET /v1/apikeys cannot be read: ')
    expect(error.message).not.toContain('lk_secret')
  })

  test('is a redirect, which is not followed', async () => {
    const client = await clientOf({ status: 301, headers: { location: 'https://other.example/v1/apikeys' } })
    const error = await failure(new APIKeysApi(client).createApiKey({}))
    expect(error).toMatchObject({ status: 301 })
    expect(error.message).toContain('https://other.example/v1/apikeys')
    expect(server.requests).toHaveLength(1)
  })

  test.each(['reset', 'reset in body', 'cut'] as const)('is a connection that ends in %s', async (fault) => {
    const error = await failure(new APIKeysApi(await clientOf(fault)).listApiKeys())
    expect(error.status).toBeUndefined()
    expect(error.response).toBeUndefined()
    expect(error.error).toMatchObject({ name: 'ConnectionFailure' })
    expect(server.requests).toHaveLength(1)
  })

  test('is a connection that nobody accepts', async () => {
    const error = await failure(new APIKeysApi(new ApiClient(await closedUrl())).listApiKeys())
    expect(error.error).toMatchObject({ name: 'ConnectionFailure' })
  })

  test.each(['hang', 'hang in body'] as const)(
    'is a server that does %s, after the time-out',
    async (fault) => {
      const client = await clientOf(fault)
      expect(client.timeout).toBe(60_000)
      client.timeout = 40
      const error = await failure(new APIKeysApi(client).listApiKeys())
      expect(error.timeout).toBe(40)
      expect(error.status).toBeUndefined()
    },
  )
})
