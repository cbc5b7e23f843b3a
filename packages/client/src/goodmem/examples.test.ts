import { afterAll, beforeAll, expect, test } from 'bun:test'
import { CREATE, DELETE, LIST, UPDATE } from './examples.test-support.ts'
import GoodMemClient from './index.ts'
import { type Served, serve, shut } from './served.test-support.ts'

const ID = '550e8400-e29b-41d4-a716-446655440000'

let served: Served
beforeAll(async () => {
  served = await serve()
  GoodMemClient.ApiClient.instance.basePath = served.url
  GoodMemClient.ApiClient.instance.defaultHeaders['x-api-key'] = served.app.rootKey
})
afterAll(async () => {
  GoodMemClient.ApiClient.instance = new GoodMemClient.ApiClient()
  await shut(served)
})

/** Runs an example, and answers what it says at its end. */
function run(example: string): Promise<{ log?: unknown; error?: unknown }> {
  return new Promise((resolve) => {
    const console = { log: (log: unknown) => resolve({ log }), error: (error: unknown) => resolve({ error }) }
    new Function('GoodMemClient', 'console', example)(GoodMemClient, console)
  })
}

test('the example of createApiKey is refused, because its expiry is in the past', async () => {
  const { error } = await run(CREATE)
  expect(error).toMatchObject({ name: 'ApiClientError', status: 400, body: { error: expect.any(String) } })
  expect(JSON.stringify((error as { body: unknown }).body)).toContain('expiresAt')
})

test('the example of createApiKey works with a later expiry, as text like the original', async () => {
  expect(await run(CREATE.replace('1735689600000', '1935689600000'))).toEqual({
    log: 'API called successfully. Returned data: [object Object]',
  })
  const { json } = await served.app.call('GET', '/v1/apikeys')
  expect(json.keys[0]).toMatchObject({
    labels: { environment: 'development', service: 'chat-ui' },
    expiresAt: 1_935_689_600_000,
  })
})

test('the examples of updateApiKey, listApiKeys and deleteApiKey work on the key they name', async () => {
  expect(await run(UPDATE)).toMatchObject({ error: { status: 404 } })
  await new GoodMemClient.APIKeysApi().createApiKey({ apiKeyId: ID, labels: { old: 'yes' } })
  expect(await run(UPDATE)).toEqual({ log: 'API called successfully. Returned data: [object Object]' })
  const { json } = await served.app.call('GET', `/v1/apikeys/${ID}`)
  expect(json).toMatchObject({ labels: { environment: 'production', service: 'recommendation-engine' } })
  expect(await run(LIST)).toEqual({ log: 'API called successfully. Returned data: [object Object]' })
  expect(await run(DELETE)).toEqual({ log: 'API called successfully.' })
  expect((await served.app.call('GET', `/v1/apikeys/${ID}`)).status).toBe(404)
  expect(await run(DELETE)).toMatchObject({ error: { status: 404, statusText: 'Not Found' } })
})
