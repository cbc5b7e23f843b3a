import { afterEach, describe, expect, test } from 'bun:test'
import { inspect } from 'node:util'
import { closedUrl, type RawServer, type Reply } from '../transport/raw-server.test-support.ts'
import { OpenRouter, type RequestOptions, type SDKOptions } from './index.ts'
import * as errors from './models/errors.ts'
import { KEY, problem, stub } from './stub.test-support.ts'

// Where ours is told apart from the official client on purpose, and what the parity table does not see.

let server: RawServer
afterEach(() => server?.close())

async function clientOf(replies: Reply | Reply[], options: SDKOptions = {}): Promise<OpenRouter> {
  server = await stub(Array.isArray(replies) ? replies : [replies])
  return new OpenRouter({
    serverURL: `${server.url}/api/v1`,
    apiKey: 'lk_key',
    retryConfig: { strategy: 'none' },
    ...options,
  })
}

// biome-ignore lint/suspicious/noExplicitAny: errors of every family.
async function failure(call: Promise<unknown>): Promise<any> {
  return call.then(
    () => {
      throw new Error('The call did not fail.')
    },
    (error) => error,
  )
}

const one: Reply = { status: 200, body: { data: KEY } }
const get = (client: OpenRouter, options?: RequestOptions) => client.apiKeys.get({ hash: 'h' }, options)
const again = (more: object = {}): RequestOptions => ({
  retries: {
    strategy: 'backoff',
    backoff: { initialInterval: 1, maxInterval: 2, exponent: 1, maxElapsedTime: 5_000 },
    ...more,
  },
})

describe('a connection', () => {
  test.each(['reset', 'reset in body', 'cut'] as const)(
    'that ends in %s is a ConnectionError',
    async (fault) => {
      const error = await failure(get(await clientOf(fault)))
      expect(error).toBeInstanceOf(errors.ConnectionError)
      expect(error).toBeInstanceOf(errors.HTTPClientError)
      expect(error).not.toBeInstanceOf(errors.OpenRouterError)
    },
  )

  test.each(['reset', 'reset in body', 'cut'] as const)(
    'that ends in %s is retried on request',
    async (fault) => {
      const client = await clientOf([fault, fault, one])
      expect((await get(client, again({ retryConnectionErrors: true }))).data.hash).toBe(KEY.hash as string)
      expect(server.requests).toHaveLength(3)
    },
  )

  test('that nobody accepts is a ConnectionError', async () => {
    const client = new OpenRouter({ serverURL: await closedUrl(), retryConfig: { strategy: 'none' } })
    expect(await failure(get(client))).toBeInstanceOf(errors.ConnectionError)
  })
})

describe('a time-out', () => {
  test.each(['hang', 'hang in body'] as const)(
    'ends a call to a server that does %s, and is not repeated',
    async (fault) => {
      const client = await clientOf(fault)
      const error = await failure(get(client, { timeoutMs: 500, ...again({ retryConnectionErrors: true }) }))
      expect(error).toBeInstanceOf(errors.RequestTimeoutError)
      expect(server.requests).toHaveLength(1)
    },
  )

  test('is of one attempt, not of all of them', async () => {
    const client = await clientOf([problem(500), problem(500), problem(500), one])
    const slow = { initialInterval: 400, maxInterval: 400, exponent: 0, maxElapsedTime: 5_000 }
    const options: RequestOptions = { timeoutMs: 1_000, retries: { strategy: 'backoff', backoff: slow } }
    expect((await get(client, options)).data.hash).toBe(KEY.hash as string)
  })
})

describe('an abort', () => {
  const abortable = (client: OpenRouter, options: RequestOptions = {}) => {
    const controller = new AbortController()
    return { controller, failed: failure(get(client, { signal: controller.signal, ...options })) }
  }

  test('before the call sends nothing', async () => {
    const client = await clientOf(one)
    expect(await failure(get(client, { signal: AbortSignal.abort() }))).toBeInstanceOf(
      errors.RequestAbortedError,
    )
    expect(server.requests).toHaveLength(0)
  })

  test.each(['hang', 'hang in body'] as const)('ends a call to a server that does %s', async (fault) => {
    const { controller, failed } = abortable(await clientOf(fault))
    await server.received(1)
    const reason = new Error('mine')
    controller.abort(reason)
    const error = await failed
    expect(error).toBeInstanceOf(errors.RequestAbortedError)
    expect(error.cause).toBe(reason)
  })

  test('ends the wait for the next attempt at once', async () => {
    const long = { initialInterval: 60_000, maxInterval: 60_000, exponent: 0, maxElapsedTime: 600_000 }
    let controller = new AbortController()
    // The wait begins right after the answer was told of.
    const log = (line: string) => line === '< 500' && setTimeout(() => controller.abort())
    const client = await clientOf(problem(500), { debugLogger: { group() {}, groupEnd() {}, log } })
    const call = abortable(client, { retries: { strategy: 'backoff', backoff: long } })
    controller = call.controller
    const error = await call.failed
    expect(error).toBeInstanceOf(errors.RequestAbortedError)
    expect(error.cause).toBe(controller.signal.reason)
    expect(server.requests).toHaveLength(1)
  })
})

describe('a body', () => {
  test.each([
    [200, '{"data": {'],
    [200, ''],
    [401, '{"error"'],
  ])('of %p that is no JSON is a ResponseValidationError: %p', async (status, text) => {
    const headers = { 'content-type': 'application/json' }
    const error = await failure(get(await clientOf({ status, text, headers })))
    expect(error).toBeInstanceOf(errors.ResponseValidationError)
    expect(error).toBeInstanceOf(errors.OpenRouterError)
    expect(error).toMatchObject({ statusCode: status, body: text, rawValue: text })
    expect(error.pretty()).toBe('Response validation failed: SyntaxError: the body is not JSON')
  })

  test('that does not fit reports every place and no value', async () => {
    const body = { data: [KEY, { ...KEY, hash: 5, name: undefined, limit: 'lk_secret' }] }
    const error = await failure((await clientOf({ status: 200, body })).apiKeys.list())
    expect(error.pretty().split('\n')).toEqual([
      'Response validation failed',
      '✖ expected number, received string',
      '  → at data[1].limit',
      '✖ expected string, received number',
      '  → at data[1].hash',
      '✖ expected string, received undefined',
      '  → at data[1].name',
    ])
    for (const place of ['data[1].hash', 'data[1].limit', 'data[1].name']) {
      expect(error.message).toContain(`${place}: expected`)
    }
    expect(error.message).not.toContain('lk_secret')
  })

  test('with very many errors has the first few in its message, and all of them in pretty()', async () => {
    const body = { data: Array.from({ length: 100 }, () => ({})) }
    const error = await failure((await clientOf({ status: 200, body })).apiKeys.list())
    expect(error.message).toMatch(/; and 2\d{3} more$/)
    expect(error.message.length).toBeLessThan(500)
    expect(error.pretty().match(/✖/g).length).toBeGreaterThan(2_000)
  })

  test('of a success that was not declared stays out of the message, for it can hold a key', async () => {
    const client = await clientOf({ status: 200, body: { data: KEY, key: 'lk_secret' } })
    const error = await failure(client.apiKeys.create({ requestBody: { name: 'n' } }))
    expect(error).toBeInstanceOf(errors.OpenRouterDefaultError)
    expect(error.message).toBe('Unexpected Status or Content-Type: Status 200')
    expect(error.body).toContain('lk_secret')
  })

  test('of an error is in the message, and cut where it is long', async () => {
    const text = 'x'.repeat(5_000)
    const error = await failure(
      get(await clientOf({ status: 502, text, headers: { 'content-type': 'text/html' } })),
    )
    expect(error.message).toStartWith('API error occurred: Status 502 Content-Type text/html. Body: xxx')
    expect(error.message.length).toBeLessThan(1_200)
    expect(error.body).toBe(text)
  })
})

test('a redirect is not followed, and the error says what to do', async () => {
  const client = await clientOf({ status: 307, headers: { location: 'https://other.example/api/v1/keys' } })
  const error = await failure(client.apiKeys.create({ requestBody: { name: 'n' } }, { redirect: 'follow' }))
  expect(error).toBeInstanceOf(errors.OpenRouterDefaultError)
  expect(error.statusCode).toBe(307)
  expect(error.message).toContain('https://other.example/api/v1/keys')
  expect(error.message).toContain('base URL')
  expect(server.requests).toHaveLength(1)
})

test('an empty text and dots as a hash are refused before anything is sent', async () => {
  const client = await clientOf(one)
  for (const hash of ['', '.', '..']) {
    expect(await failure(client.apiKeys.delete({ hash }))).toBeInstanceOf(errors.InvalidRequestError)
  }
  expect(server.requests).toHaveLength(0)
})

describe('the URL of the server', () => {
  test('must be given: a key is never sent to a default server', async () => {
    const called: string[] = []
    const httpClient = {
      async request(request: Request) {
        called.push(request.url)
        return new Response('{}')
      },
    }
    const error = await failure(new OpenRouter({ apiKey: 'lk_key', httpClient }).apiKeys.list())
    expect(error).toBeInstanceOf(errors.InvalidRequestError)
    expect(error.message).toContain('serverURL or OPENROUTER_BASE_URL')
    expect(called).toEqual([])
    await failure(
      new OpenRouter({ server: 'production', httpClient, retryConfig: { strategy: 'none' } }).apiKeys.list(),
    )
    expect(called).toEqual(['https://openrouter.ai/api/v1/keys'])
  })

  test('must be an absolute URL', async () => {
    expect(() => new OpenRouter({ serverURL: 'nonsense' })).toThrow('https://keys.example.com/api/v1')
    const error = await failure(get(await clientOf(one), { serverURL: 'nonsense' }))
    expect(error).toBeInstanceOf(errors.InvalidRequestError)
  })
})

describe('visible text', () => {
  test('a logger gets the requests and the statuses, never the key', async () => {
    const heard: unknown[] = []
    const debugLogger = { group() {}, groupEnd() {}, log: (...line: unknown[]) => heard.push(...line) }
    await (
      await clientOf({ status: 201, body: { data: KEY, key: 'lk_new' } }, { debugLogger })
    ).apiKeys.create({
      requestBody: { name: 'n' },
    })
    expect(heard).toEqual([`> POST ${server.url}/api/v1/keys`, '< 201'])
  })

  test('the user agent is ours, unless the caller names one', async () => {
    await get(await clientOf(one))
    expect(server.requests[0]?.headers.get('user-agent')).toMatch(
      /^latchkey-client\/\d+\.\d+\.\d+ openrouter$/,
    )
    expect(server.requests[0]?.headers.has('cookie')).toBe(false)
    await server.close()
    await get(await clientOf(one, { userAgent: 'mine/1' }))
    expect(server.requests[0]?.headers.get('user-agent')).toBe('mine/1')
  })

  test('a client that is logged does not show its key', async () => {
    const client = await clientOf(one, { apiKey: 'lk_secret' })
    await get(client)
    for (const shown of [
      Bun.inspect(client, { depth: 9 }),
      inspect(client, { depth: 9 }),
      JSON.stringify(client),
    ]) {
      expect(shown).not.toContain('lk_secret')
    }
    const error = await failure(get(client, { serverURL: 'http://127.0.0.1:1' }))
    expect(inspect(error, { depth: 9 })).not.toContain('lk_secret')
  })

  test('a key that no header can carry is refused without being quoted', async () => {
    const client = await clientOf(one, { apiKey: 'lk_\nsecret' })
    const error = await failure(get(client))
    expect(error).toBeInstanceOf(errors.InvalidRequestError)
    expect(Bun.inspect(error)).not.toContain('secret')
    expect(server.requests).toHaveLength(0)
  })

  test('a key function that fails rejects with its own reason, and sends nothing', async () => {
    const reason = new Error('no vault')
    const client = await clientOf(one, { apiKey: () => Promise.reject(reason) })
    expect(await failure(get(client))).toBe(reason)
    expect(server.requests).toHaveLength(0)
  })
})

test('every error class is named and derived from Error', () => {
  const data = { error: { code: 400, message: 'm' } }
  const meta = { response: new Response('b', { status: 400, headers: { 'content-type': 't' } }), body: 'b' }
  const typed = Object.entries(errors).filter(([name]) => name.endsWith('ResponseError'))
  expect(typed).toHaveLength(17)
  for (const [name, Class] of typed) {
    const error = new (Class as typeof errors.BadRequestResponseError)(data, meta)
    expect(error).toBeInstanceOf(errors.OpenRouterError)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name,
      message: 'm',
      statusCode: 400,
      body: 'b',
      contentType: 't',
      data$: data,
    })
    expect(String(error)).toBe(`${name}: m`)
  }
  const {
    UnexpectedClientError,
    InvalidRequestError,
    RequestAbortedError,
    RequestTimeoutError,
    ConnectionError,
  } = errors
  const bare = {
    UnexpectedClientError,
    InvalidRequestError,
    RequestAbortedError,
    RequestTimeoutError,
    ConnectionError,
  }
  for (const [name, Class] of Object.entries(bare)) {
    const error = new Class('m', { cause: new Error('c') })
    expect(error).toBeInstanceOf(errors.HTTPClientError)
    expect(error).toMatchObject({ name, message: 'm: Error: c', cause: new Error('c') })
  }
})
