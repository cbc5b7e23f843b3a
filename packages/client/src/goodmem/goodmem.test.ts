import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { closedUrl, type RawServer, type Reply, rawServer } from '../transport/raw-server.test-support.ts'
import {
  APIError,
  APIKeysApi,
  ApiClient,
  Client,
  Goodmem,
  NetworkError,
  ParseError,
  SystemApi,
  UsersApi,
} from './index.ts'
import { type Served, serve, shut } from './served.test-support.ts'

async function refusal(call: Promise<unknown>): Promise<Error & { cause?: unknown }> {
  return call.then(
    () => {
      throw new Error('The call was not refused.')
    },
    (error) => error,
  )
}

describe('with the real server', () => {
  let served: Served
  let client: Goodmem
  beforeAll(async () => {
    served = await serve()
    client = new Client({ baseUrl: `${served.url}/`, apiKey: served.app.rootKey })
  })
  afterAll(() => shut(served))

  test('a key is created, read, changed and deleted', async () => {
    const made = await client.apikeys.create({ labels: { a: 'b' }, expiresAt: 1_935_689_600_000 })
    expect(made.rawApiKey).toMatch(/^lk_[0-9A-Za-z]{49}$/)
    const id = made.apiKeyMetadata.apiKeyId
    expect(await client.apikeys.get(id)).toEqual(made.apiKeyMetadata)
    const changed = await client.apikeys.update(id, { status: 'INACTIVE', mergeLabels: { c: 'd' } })
    expect(changed).toMatchObject({ status: 'INACTIVE', labels: { a: 'b', c: 'd' } })
    expect(await client.apikeys.delete(id)).toBeUndefined()
    expect(await refusal(client.apikeys.get(id))).toMatchObject({ name: 'APIError', statusCode: 404 })
  })

  test('the facade makes the same call as the first client', async () => {
    const { apiKeyMetadata } = await client.apikeys.create()
    const first = new ApiClient(served.url)
    first.defaultHeaders['x-api-key'] = served.app.rootKey
    const { keys } = await new APIKeysApi(first).listApiKeys()
    expect(keys).toContainEqual(apiKeyMetadata)
    await new APIKeysApi(first).deleteApiKey(apiKeyMetadata.apiKeyId)
  })

  test('a list is one page, or continues over all pages', async () => {
    const made: string[] = []
    for (let index = 0; index < 5; index += 1) {
      made.push((await client.apikeys.create({ labels: { index: String(index) } })).apiKeyMetadata.apiKeyId)
    }
    const all = await client.apikeys.list()
    expect(all.nextToken).toBeUndefined()
    expect(all.items.length).toBeGreaterThanOrEqual(6)
    const page = await client.apikeys.list({ maxResults: 2 })
    expect(page.items).toHaveLength(2)
    expect(page.nextToken).toBeString()
    expect((await page.nextPage())?.items).toEqual(all.items.slice(2, 4))
    const walked = []
    for await (const key of page) walked.push(key)
    expect(walked).toEqual(all.items)
    const list = await new APIKeysApi(firstClient()).listApiKeys()
    expect(list.keys).toEqual(all.items)
    for (const id of made) await client.apikeys.delete(id)
  })

  const firstClient = () => {
    const first = new ApiClient(served.url)
    first.defaultHeaders['x-api-key'] = served.app.rootKey
    return first
  }

  test('the first client has users and the system', async () => {
    const users = new UsersApi(firstClient())
    const root = await users.getCurrentUser()
    expect(root).toMatchObject({ username: 'root', createdAt: expect.any(Number) })
    expect(await users.getUser(root.userId)).toEqual(root)
    expect(await users.getUserByEmail(root.email)).toEqual(root)
    const system = new SystemApi(new ApiClient(served.url))
    expect((await system.getSystemInfo()).version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(await system.initializeSystem()).toMatchObject({ alreadyInitialized: true, rootApiKey: null })
  })

  test('every refusal has its status and the message of the server', async () => {
    const stranger = new Goodmem({ baseUrl: served.url, apiKey: 'lk_wrong' })
    const unknown = '550e8400-e29b-41d4-a716-446655440000'
    const cases: [number, () => Promise<unknown>][] = [
      [401, () => stranger.apikeys.list()],
      [400, () => client.apikeys.create({ expiresAt: 1 })],
      [400, () => client.apikeys.get('no id')],
      [400, () => client.apikeys.create({ colour: 'red' } as never)],
      [404, () => client.apikeys.delete(unknown)],
      [404, () => client.apikeys.update(unknown, {})],
    ]
    for (const [status, call] of cases) {
      const error = await refusal(call())
      expect(error).toBeInstanceOf(APIError)
      expect(error).toMatchObject({ statusCode: status, body: { error: expect.any(String) } })
    }
  })
})

describe('with a server that fails', () => {
  let server: RawServer
  afterEach(() => server?.close())
  async function clientOf(...replies: Reply[]): Promise<Goodmem> {
    server = await rawServer((index) => replies[Math.min(index, replies.length - 1)] as Reply)
    return new Goodmem({ baseUrl: server.url, apiKey: 'lk_key', timeoutMs: 5_000 })
  }

  test('a call carries the key, its own headers and no retry', async () => {
    const client = await clientOf({ status: 503, text: 'later', headers: { 'content-type': 'text/plain' } })
    const error = await refusal(client.apikeys.list({ maxResults: 1 }, { headers: { 'X-Trace': 't' } }))
    expect(error).toMatchObject({ statusCode: 503, body: 'later' })
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]).toMatchObject({ method: 'GET', target: '/v1/apikeys?maxResults=1' })
    expect(server.requests[0]?.headers.get('x-api-key')).toBe('lk_key')
    expect(server.requests[0]?.headers.get('x-trace')).toBe('t')
  })

  test('an unreadable response is a ParseError, which reveals nothing of it', async () => {
    for (const text of ['{"keys": [', '<p>lk_secret</p>', '[]', 'null', '', '{}']) {
      const error = await refusal((await clientOf({ status: 200, text })).apikeys.list())
      expect(error).toBeInstanceOf(ParseError)
      expect(error.message).not.toContain('lk_secret')
      await server.close()
    }
  })

  test('a redirect is an APIError that names its target', async () => {
    const client = await clientOf({ status: 308, headers: { location: 'https://other.example/' } })
    const error = await refusal(client.apikeys.get('i'))
    expect(error).toMatchObject({ name: 'APIError', statusCode: 308 })
    expect(error.message).toContain('https://other.example/')
    expect(server.requests).toHaveLength(1)
  })

  test.each(['reset', 'cut', 'hang', 'hang in body'] as const)('%s is a NetworkError', async (fault) => {
    const timeoutMs = fault.startsWith('hang') ? 40 : 10_000
    const error = await refusal((await clientOf(fault)).apikeys.get('i', { timeoutMs }))
    expect(error).toBeInstanceOf(NetworkError)
    const cause = fault.startsWith('hang') ? 'TimeoutFailure' : 'ConnectionFailure'
    expect(error.cause).toMatchObject({ name: cause })
  })

  test('a refused connection and an abort are NetworkErrors, too', async () => {
    const gone = new Goodmem({ baseUrl: await closedUrl(), apiKey: 'k' })
    expect(await refusal(gone.apikeys.list())).toBeInstanceOf(NetworkError)
    const client = await clientOf('hang')
    const controller = new AbortController()
    const aborted = refusal(client.apikeys.get('i', { signal: controller.signal }))
    await server.received(1)
    controller.abort()
    expect(await aborted).toMatchObject({ name: 'NetworkError', cause: { name: 'AbortedFailure' } })
  })

  test('a list that names itself as the next page ends', async () => {
    const client = await clientOf({ status: 200, body: { keys: [], nextToken: 'same' } })
    const walk = async () => {
      for await (const _ of await client.apikeys.list({ maxResults: 1 }));
    }
    expect(await refusal(walk())).toBeInstanceOf(ParseError)
    expect(server.requests.map(({ target }) => target)).toEqual([
      '/v1/apikeys?maxResults=1',
      '/v1/apikeys?maxResults=1&nextToken=same',
    ])
  })

  test('an invalid id sends nothing', async () => {
    const client = await clientOf({ status: 204 })
    for (const id of ['', '.', '..'])
      expect(await refusal(client.apikeys.delete(id))).toBeInstanceOf(TypeError)
    expect(server.requests).toHaveLength(0)
    expect(() => new Goodmem({ baseUrl: '', apiKey: 'k' })).toThrow('baseUrl is missing')
  })
})
