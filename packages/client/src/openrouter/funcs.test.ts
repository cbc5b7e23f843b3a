import { afterEach, expect, test } from 'bun:test'
import { OpenRouterCore as OfficialCore } from '@openrouter/sdk/core.js'
import { apiKeysGet as officialGet } from '@openrouter/sdk/funcs/apiKeysGet.js'
import type { RawServer } from '../transport/raw-server.test-support.ts'
import { OpenRouterCore } from './core.ts'
import { apiKeysCreate } from './funcs/apiKeysCreate.ts'
import { apiKeysDelete } from './funcs/apiKeysDelete.ts'
import { apiKeysGet } from './funcs/apiKeysGet.ts'
import { apiKeysGetCurrentKeyMetadata } from './funcs/apiKeysGetCurrentKeyMetadata.ts'
import { apiKeysList } from './funcs/apiKeysList.ts'
import { apiKeysUpdate } from './funcs/apiKeysUpdate.ts'
import { HTTPClient, OpenRouter, type SDKOptions } from './index.ts'
import { NotFoundResponseError, RequestAbortedError, SDKValidationError } from './models/errors.ts'
import { CURRENT, KEY, problem, stub } from './stub.test-support.ts'
import { ERR, OK, unwrap, unwrapAsync } from './types/fp.ts'

let server: RawServer
afterEach(() => server?.close())

const options = (): SDKOptions => ({
  serverURL: `${server.url}/api/v1`,
  apiKey: 'lk_key',
  retryConfig: { strategy: 'none' },
})

test('each function resolves to the value of its operation', async () => {
  server = await stub([
    { status: 200, body: { data: CURRENT } },
    { status: 200, body: { data: [KEY] } },
    { status: 201, body: { data: KEY, key: 'lk_new' } },
    { status: 200, body: { data: KEY } },
    { status: 200, body: { data: KEY } },
    { status: 200, body: { deleted: true } },
  ])
  const core = new OpenRouterCore(options())
  const current = await apiKeysGetCurrentKeyMetadata(core)
  expect(current).toMatchObject({ ok: true, value: { data: { isManagementKey: true } } })
  expect(await apiKeysList(core, { offset: 5 })).toMatchObject({
    ok: true,
    value: { data: [{ hash: KEY.hash }] },
  })
  expect(unwrap(await apiKeysCreate(core, { requestBody: { name: 'n' } })).key).toBe('lk_new')
  expect((await unwrapAsync(apiKeysGet(core, { hash: 'h' }))).data.name).toBe('Key')
  const updated = await apiKeysUpdate(new OpenRouter(options()), { hash: 'h', requestBody: { name: 'm' } })
  if (!updated.ok) throw updated.error
  expect(updated.value.data.expiresAt).toEqual(new Date('2030-01-02T03:04:05.678Z'))
  expect(await apiKeysDelete(core, { hash: 'h' })).toEqual({ ok: true, value: { deleted: true } })
  expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    'GET /api/v1/key',
    'GET /api/v1/keys?offset=5',
    'POST /api/v1/keys',
    'GET /api/v1/keys/h',
    'PATCH /api/v1/keys/h',
    'DELETE /api/v1/keys/h',
  ])
})

test('an expected error of a call is a value, as in the official functions', async () => {
  server = await stub([problem(404)])
  const core = new OpenRouterCore(options())
  const refused = await apiKeysGet(core, { hash: 'h' })
  expect(refused.ok).toBe(false)
  expect(refused.error).toBeInstanceOf(NotFoundResponseError)
  expect((await apiKeysGet(core, {} as never)).error).toBeInstanceOf(SDKValidationError)
  const aborted = await apiKeysGet(core, { hash: 'h' }, { signal: AbortSignal.abort() })
  expect(aborted.error).toBeInstanceOf(RequestAbortedError)
  const official = await officialGet(new OfficialCore(options() as never), { hash: 'h' })
  expect(Object.keys(official)).toEqual(Object.keys(refused))
  expect(() => unwrap(refused)).toThrow(NotFoundResponseError)
  expect(OK(1)).toEqual({ ok: true, value: 1 })
  expect(ERR('e')).toEqual({ ok: false, error: 'e' })
})

test("an error of the caller's own code is thrown", async () => {
  server = await stub([problem(404)])
  const apiKey = () => Promise.reject(new Error('no vault'))
  const call = async () => await apiKeysGet(new OpenRouterCore({ ...options(), apiKey }), { hash: 'h' })
  await expect(call()).rejects.toThrow('no vault')
})

test('the environment provides the omitted options', async () => {
  server = await stub([{ status: 200, body: { data: [] } }])
  const names = {
    OPENROUTER_API_KEY: 'lk_env',
    OPENROUTER_BASE_URL: `${server.url}/env/v1`,
    OPENROUTER_HTTP_REFERER: 'r',
    OPENROUTER_APP_TITLE: 't',
    OPENROUTER_APP_CATEGORIES: 'c',
  }
  // A process of its own: the environment of this one belongs to every test.
  const script = `import { OpenRouter } from ${JSON.stringify(`${import.meta.dir}/index.ts`)}
    await new OpenRouter().apiKeys.list()
    await new OpenRouter({ apiKey: '', serverURL: ${JSON.stringify(`${server.url}/own`)}, appTitle: 'mine' }).apiKeys.list()
    console.log(new OpenRouter({ serverURL: '' })._baseURL.pathname)
    delete globalThis.process
    console.log(new OpenRouter()._baseURL)`
  const child = Bun.spawn([process.execPath, '-e', script], {
    env: { ...process.env, ...names },
    stderr: 'inherit',
  })
  expect(await new Response(child.stdout).text()).toBe('/env/v1\nnull\n')
  const sent = server.requests.map(({ target, headers }) => {
    const of = (name: string) => headers.get(name)
    return [
      target,
      of('authorization'),
      of('http-referer'),
      of('x-openrouter-title'),
      of('x-openrouter-categories'),
    ]
  })
  expect(sent).toEqual([
    ['/env/v1/keys', 'Bearer lk_env', 'r', 't', 'c'],
    ['/own/keys', null, 'r', 'mine', 'c'],
  ])
})

test('an HTTP client calls its hooks, in their order, until they are removed', async () => {
  server = await stub([problem(404), 'reset'])
  const seen: string[] = []
  const first = (request: Request) => void seen.push(`before ${request.method}`)
  const client = new HTTPClient()
    .addHook('beforeRequest', first)
    .addHook('beforeRequest', () => void seen.push('second'))
    .addHook('response', ({ status }, { url }) => void seen.push(`${status} of ${new URL(url).pathname}`))
    .addHook('requestError', (error) => void seen.push(`failed: ${(error as Error).name}`))
  const core = new OpenRouterCore({ ...options(), httpClient: client.clone() })
  await apiKeysGet(core, { hash: 'h' })
  await apiKeysGet(
    new OpenRouterCore({ ...options(), httpClient: client.removeHook('beforeRequest', first) }),
    {
      hash: 'h',
    },
  )
  expect(seen).toEqual(['before GET', 'second', '404 of /api/v1/keys/h', 'second', 'failed: TypeError'])
})
