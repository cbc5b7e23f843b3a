import { afterEach, describe, expect, test } from 'bun:test'
import { APIKeysApi, ApiClient, Goodmem } from '../goodmem/index.ts'
import { Latchkey } from '../index.ts'
import { OpenRouter } from '../openrouter/index.ts'
import { type RawServer, rawServer } from './raw-server.test-support.ts'

// The errors of every client tell the request id and how long the server asks to wait, in whatever form it does.

let server: RawServer | undefined
afterEach(() => server?.close())

const CLIENTS: Record<string, (url: string) => Promise<unknown>> = {
  native: (baseUrl) => new Latchkey({ baseUrl, apiKey: 'x', retry: { maxRetries: 0 } }).keys.get('a'),
  'the first GoodMem client': (url) => new APIKeysApi(new ApiClient(url)).listApiKeys(),
  'the later GoodMem client': (baseUrl) => new Goodmem({ baseUrl, apiKey: 'x' }).apikeys.get('a'),
  'OpenRouter, a declared status': (url) =>
    new OpenRouter({ serverURL: url, retryConfig: { strategy: 'none' } }).apiKeys.get({ hash: 'a' }),
}

for (const [name, call] of Object.entries(CLIENTS))
  describe(name, () => {
    test.each([
      [{ 'retry-after': '7' }, 7_000],
      [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
      [{ 'retry-after': '0' }, 0],
      [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
      [{ 'retry-after': 'soon' }, undefined],
      [{}, undefined],
    ] as [Record<string, string>, number | undefined][])('of %p reads %p', async (asked, expected) => {
      const body = { code: 'rate_limited', error: { code: 429, message: 'too many' } }
      server = await rawServer(() => ({ status: 429, headers: { ...asked, 'x-request-id': 'id-1' }, body }))
      const failed = await call(server.url).then(
        () => null,
        (error: { requestId?: string; retryAfterMs?: number }) => error,
      )
      expect([failed?.requestId, failed?.retryAfterMs]).toEqual(['id-1', expected])
    })
  })
