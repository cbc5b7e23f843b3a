import { describe, expect, test } from 'bun:test'
import { APIKeysApi, ApiClient, Goodmem } from '../goodmem/index.ts'
import { Latchkey } from '../index.ts'
import { OpenRouter } from '../openrouter/index.ts'

const PASSWORD = 'pa55word'

// Frequent mistakes in a base URL, and a word of the message for each.
const BAD: [unknown, RegExp][] = [
  ['', /is empty/],
  ['  ', /is empty/],
  ['localhost:8080', /write http:\/\/localhost:8080\./],
  ['127.0.0.1:8080', /write http:\/\/127\.0\.0\.1:8080\./],
  ['keys.example.com', /write https:\/\/keys\.example\.com\./],
  ['keys.example.com/latchkey', /write https:\/\/keys\.example\.com\/latchkey\./],
  ['//keys.example.com', /absolute/],
  ['/v2', /absolute/],
  ['undefined', /absolute/],
  ['[http://localhost";](http://localhost";)', /absolute/],
  ['ftp://keys.example.com', /http or https/],
  ['file:///etc/passwd', /http or https/],
  ['javascript:alert(1)', /http or https/],
  ['http://', /a host/],
  ['http://keys.example.com:99999', /absolute/],
  [`https://root:${PASSWORD}@keys.example.com`, /a user or a password/],
  [`https://:${PASSWORD}@keys.example.com`, /a user or a password/],
  [`root:${PASSWORD}@keys.example.com`, /absolute/],
  ['https://keys.example.com/#top', /fragment/],
  [null, /missing/],
  [8080, /number/],
]
const QUERIES: [unknown, RegExp][] = [
  ['https://keys.example.com?tenant=a', /query/],
  ['https://keys.example.com/?', /query/],
]

/** Counts what is sent, and fails as the platform does. */
function network(): { sent: number; fetch: () => Promise<Response> } {
  const seen = {
    sent: 0,
    fetch: async () => {
      seen.sent += 1
      throw new TypeError('fetch failed')
    },
  }
  return seen
}

const CLIENTS: Record<string, (base: never, fetch: () => Promise<Response>) => Promise<unknown>> = {
  'the native client': async (baseUrl, fetch) =>
    new Latchkey({ baseUrl, fetch, apiKey: 'x' }).verify({ key: 'x' }),
  'the GoodMem client': async (basePath, fetch) => {
    const client = new ApiClient()
    Object.assign(client, { basePath, fetch })
    return new APIKeysApi(client).listApiKeys()
  },
  'the later GoodMem client': async (baseUrl, fetch) =>
    new Goodmem({ baseUrl, fetch, apiKey: 'x' }).apikeys.list(),
  'the OpenRouter client': async (serverURL, fetch) => {
    const httpClient = { request: fetch }
    return new OpenRouter({ serverURL, httpClient, apiKey: 'x' }).apiKeys.list()
  },
  'the OpenRouter client, for one call': async (serverURL, fetch) => {
    const httpClient = { request: fetch }
    return new OpenRouter({ serverURL: 'http://127.0.0.1:1', httpClient }).apiKeys.list({}, { serverURL })
  },
}

for (const [name, call] of Object.entries(CLIENTS))
  describe(`${name} refuses at once`, () => {
    const isOpenRouter = name.includes('OpenRouter')
    // Without one there, its environment names the server, and a query goes along with every call, as with the official client.
    const cases = isOpenRouter ? BAD.filter(([base]) => base !== '' && base !== null) : [...BAD, ...QUERIES]
    test.each(cases)('%p', async (base, told) => {
      const { sent, fetch } = network()
      const error = await call(base as never, fetch).catch((reason: Error) => reason)
      expect((error as Error).message).toMatch(told)
      expect((error as Error).message).toContain('http')
      expect((error as Error).message).not.toContain(PASSWORD)
      expect(['TypeError', 'InvalidRequestError']).toContain((error as Error).name)
      expect(sent).toBe(0)
    })
  })

test('valid URLs are accepted: capitals, ports, paths, slashes at the end, IPv6 addresses', async () => {
  const asked: string[] = []
  const fetch = async (url: string) => {
    asked.push(url)
    return Response.json({ valid: false, code: 'NOT_FOUND' })
  }
  const bases = [
    'HTTP://Keys.Example.com',
    'https://a/latchkey//',
    'http://[::1]:8080/',
    ' http://b ',
    new URL('http://c/d'),
  ]
  for (const baseUrl of bases) await new Latchkey({ baseUrl, fetch, apiKey: 'x' }).verify({ key: 'x' })
  expect(asked).toEqual([
    'http://keys.example.com/v2/verify',
    'https://a/latchkey/v2/verify',
    'http://[::1]:8080/v2/verify',
    'http://b/v2/verify',
    'http://c/d/v2/verify',
  ])
})

test('an error names the environment variable that is wrong', () => {
  process.env.LATCHKEY_BASE_URL = 'localhost:8080'
  try {
    expect(() => new Latchkey()).toThrow(/^LATCHKEY_BASE_URL is "localhost:8080"; write http:/)
  } finally {
    delete process.env.LATCHKEY_BASE_URL
  }
})
