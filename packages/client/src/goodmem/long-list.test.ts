import { expect, test } from 'bun:test'
import { ANSWER_BYTES } from '../transport/send.ts'
import { APIKeysApi, ApiClient, Goodmem } from './index.ts'

const KEYS = 60_000

/** A server that answers with more keys than another answer may be long. */
const fetch = async (): Promise<Response> => {
  const id = '550e8400-e29b-41d4-a716-446655440000'
  const rest = { userId: id, keyPrefix: 'lk_003aU', status: 'ACTIVE', createdById: id, updatedById: id }
  const times = { expiresAt: null, lastUsedAt: null, createdAt: 1795348800000, updatedAt: 1795348800000 }
  const labels = { environment: 'production' }
  const keys = Array.from({ length: KEYS }, () => ({ apiKeyId: id, ...rest, labels, ...times }))
  const body = JSON.stringify({ keys })
  expect(body.length).toBeGreaterThan(ANSWER_BYTES)
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}

test('a list without pages may be long, by both clients', async () => {
  const client = new ApiClient('http://127.0.0.1:1')
  client.fetch = fetch
  expect((await new APIKeysApi(client).listApiKeys()).keys).toHaveLength(KEYS)
  const later = new Goodmem({ baseUrl: 'http://127.0.0.1:1', apiKey: 'lk_x', fetch })
  expect((await later.apikeys.list()).items).toHaveLength(KEYS)
})
