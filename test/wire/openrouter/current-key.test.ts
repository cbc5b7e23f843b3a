import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../support/app.ts'

let app: TestApp
beforeEach(async () => {
  app = await testApp()
})
afterEach(() => app.close())

async function owned(limits: object, key: object) {
  const body = { username: 'ada', email: 'ada@x.example', displayName: 'Ada', limits }
  const { id: ownerId } = (await app.call('POST', '/v2/users', { body })).json
  const made = (await app.call('POST', '/v2/keys', { body: { ownerId, ...key } })).json
  return { id: made.key.id as string, hash: made.key.hash as string, secret: made.secret as string }
}

const current = async (key: string, path = '/api/v1/key') => (await app.call('GET', path, { key })).json.data

describe('GET /key', () => {
  test('is not counted as a request of the key, at either address', async () => {
    const { id, secret } = await owned({}, {})
    for (const path of ['/api/v1/key', '/api/v1/auth/key', '/api/v1/key']) await current(secret, path)
    await app.latchkey.lastUsed.flush()
    const read = async () => (await app.call('GET', `/v2/keys/${id}`)).json
    expect(await read()).toMatchObject({
      requestCount: 0,
      lastUsedAt: new Date(app.clock.now()).toISOString(),
    })
    await app.call('POST', '/v2/verify', { body: { key: secret } })
    await app.latchkey.lastUsed.flush()
    expect(await read()).toMatchObject({ requestCount: 1 })
  })

  test('shows the limit of the owner while the key has none, or more left than that', async () => {
    const { hash, secret } = await owned({ monthly: '10' }, {})
    expect(await current(secret)).toMatchObject({ limit: 10, limit_remaining: 10, limit_reset: 'monthly' })
    await app.call('POST', '/v2/verify', { body: { key: secret, charge: '4' } })
    expect(await current(secret)).toMatchObject({ limit: 10, limit_remaining: 6, usage: 4 })
    const patch = (body: object) => app.call('PATCH', `/api/v1/keys/${hash}`, { body })
    await patch({ limit: 7, limit_reset: 'daily' })
    expect(await current(secret)).toMatchObject({ limit: 7, limit_remaining: 3, limit_reset: 'daily' })
    await patch({ limit: 50 })
    expect(await current(secret)).toMatchObject({ limit: 10, limit_remaining: 6, limit_reset: 'monthly' })
    // Where keys are managed, the limit shown stays the key's own, so that a client which writes it back does not set it on the key.
    expect((await app.call('GET', `/api/v1/keys/${hash}`)).json.data).toMatchObject({
      limit: 50,
      limit_reset: 'daily',
    })
  })

  test('still refuses keys that may not be used', async () => {
    const { id, secret } = await owned({}, {})
    await app.call('PATCH', `/v2/keys/${id}`, { body: { disabled: true } })
    expect((await app.call('GET', '/api/v1/key', { key: secret })).status).toBe(401)
  })
})
