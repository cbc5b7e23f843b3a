import { describe, expect, test } from 'bun:test'
import { APIError, APIKeysApi, ApiClient, ApiClientError, Goodmem, ParseError } from '../goodmem/index.ts'
import { Latchkey, LatchkeyApiError, LatchkeyResponseError } from '../index.ts'
import { OpenRouter } from '../openrouter/index.ts'
import { OpenRouterDefaultError, ResponseValidationError } from '../openrouter/models/errors.ts'
import { ANSWER_BYTES, type Fetch } from './send.ts'

const baseUrl = 'http://127.0.0.1:1'
const retry = { initialMs: 0, maxMs: 0 }

type Act = (fetch: Fetch) => Promise<unknown>

/** A call that is answered with much, and the classes of a success and of a failure that are too large. */
const CLIENTS: [string, Act, new (...args: never[]) => Error, new (...args: never[]) => Error][] = [
  [
    'a list of the native client',
    (fetch) => new Latchkey({ baseUrl, fetch, retry }).keys.list().page(),
    LatchkeyResponseError,
    LatchkeyApiError,
  ],
  [
    'a verify',
    (fetch) => new Latchkey({ baseUrl, fetch, retry }).verify({ key: 'x' }),
    LatchkeyResponseError,
    LatchkeyApiError,
  ],
  [
    'a list of the GoodMem client',
    (fetch) => new APIKeysApi(Object.assign(new ApiClient(baseUrl), { fetch })).listApiKeys(),
    ApiClientError,
    ApiClientError,
  ],
  [
    'a list of the later GoodMem client',
    (fetch) => new Goodmem({ baseUrl, apiKey: 'x', fetch }).apikeys.list(),
    ParseError,
    APIError,
  ],
  [
    'a list of the OpenRouter client',
    (fetch) => openrouter(fetch).apiKeys.list(),
    ResponseValidationError,
    OpenRouterDefaultError,
  ],
]

function openrouter(fetch: Fetch): OpenRouter {
  const httpClient = { request: (request: Request) => fetch(request.url, request) }
  return new OpenRouter({ serverURL: baseUrl, httpClient, retryConfig: { strategy: 'none' } })
}

/** Answers without end, or with a length that is told and never comes. */
function endless(status: number, told: boolean): { fetch: Fetch; read: () => number; asked: () => number } {
  const part = new TextEncoder().encode(' '.repeat(64 * 1024))
  const seen = { bytes: 0, asked: 0 }
  const fetch = async () => {
    seen.asked += 1
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        seen.bytes += part.length
        controller.enqueue(part)
      },
    })
    const length = told ? { 'content-length': String(400 * 1024 * 1024) } : {}
    return new Response(body, { status, headers: { 'content-type': 'application/json', ...length } })
  }
  return { fetch, read: () => seen.bytes, asked: () => seen.asked }
}

describe.each(CLIENTS)('%s reads at most 16 MiB', (_, act, success, refusal) => {
  test.each([200, 403])('of a %p, whether or not its length is declared', async (status) => {
    for (const told of [true, false]) {
      const { fetch, read, asked } = endless(status, told)
      const error = await act(fetch).then(
        () => undefined,
        (reason) => reason,
      )
      expect(error).toBeInstanceOf(status === 200 ? success : refusal)
      expect(error.message).toContain(`answered ${status} with more than 16777216 bytes`)
      expect(read()).toBeLessThanOrEqual(told ? 1024 * 1024 : ANSWER_BYTES + 1024 * 1024)
      // An answer that is too large once is too large again.
      expect(asked()).toBe(1)
    }
  })
})

test('a failure of the server is retried, however long its response is', async () => {
  const { fetch, asked } = endless(503, true)
  const call = new Latchkey({ baseUrl, fetch, retry }).verify({ key: 'x' })
  await expect(call).rejects.toMatchObject({ name: 'LatchkeyApiError', status: 503 })
  expect(asked()).toBe(4)
})

test('a list of all keys that is too long says how to read it in pages, and that works', async () => {
  const key = {
    apiKeyId: 'k',
    userId: 'u',
    keyPrefix: 'lk_003aU',
    status: 'ACTIVE',
    createdAt: 1,
    updatedAt: 1,
  }
  const labels = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`label-${index}`, 'x'.repeat(20)]),
  )
  const pageOf = (count: number) => Array.from({ length: count }, () => ({ ...key, labels }))
  const fetch: Fetch = async (url) => {
    const { searchParams } = new URL(url)
    const page = Number(searchParams.get('nextToken') ?? 0)
    if (!searchParams.has('maxResults')) return Response.json({ keys: pageOf(30_000) })
    return Response.json({ keys: pageOf(1_000), ...(page < 29 && { nextToken: String(page + 1) }) })
  }
  const first = Object.assign(new ApiClient(baseUrl), { fetch })
  await expect(new APIKeysApi(first).listApiKeys()).rejects.toThrow('apikeys.list({ maxResults: 1000 })')
  let count = 0
  for await (const _ of await new Goodmem({ baseUrl, apiKey: 'x', fetch }).apikeys.list({
    maxResults: 1_000,
  }))
    count += 1
  expect(count).toBe(30_000)
})

test('without streams, a response of declared length is not read, and others are measured', async () => {
  const bodiless =
    (text: string, told: number): Fetch =>
    async () => {
      let read = false
      const answer = { status: 200, headers: new Headers({ 'content-length': String(told) }), body: null }
      const text_ = async () => {
        read = true
        return text
      }
      return Object.assign(answer, { text: text_, read: () => read }) as unknown as Response
    }
  const verify = (fetch: Fetch) => new Latchkey({ baseUrl, fetch }).verify({ key: 'x' })
  await expect(verify(bodiless('', 2 ** 30))).rejects.toThrow('more than 16777216 bytes')
  await expect(verify(bodiless(' '.repeat(ANSWER_BYTES + 1), 0))).rejects.toThrow('more than 16777216 bytes')
  expect(await verify(bodiless('{"valid":false,"code":"NOT_FOUND"}', 0))).toEqual({
    valid: false,
    code: 'NOT_FOUND',
  })
})
