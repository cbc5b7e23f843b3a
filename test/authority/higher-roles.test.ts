import { expect, test } from 'bun:test'
import { ACCESSES, type Access } from '../../src/core/types.ts'
import { testApp } from '../support/app.ts'
import { castOf } from '../wire/cast.ts'

// A lower role cannot change the records of a higher one, in any dialect. It may only stop a key that uses the data plane alone.

interface Target {
  id: string
  hash: string
  userId: string
}

const BOOST = { amount: '9', until: '2027-01-01T00:00:00Z' }

/** Every act on a key or user of another user, by dialect. */
const ACTS: [string, (target: Target) => string, object?][] = [
  ['PATCH', ({ id }) => `/v2/keys/${id}`, { name: 'x' }],
  ['PATCH', ({ id }) => `/v2/keys/${id}`, { disabled: true, name: 'x' }],
  ['PATCH', ({ id }) => `/v2/keys/${id}`, { allowedIps: ['127.0.0.1'] }],
  // The present values: whoever names them would be an author of these restrictions.
  ['PATCH', ({ id }) => `/v2/keys/${id}`, { disabled: true, limits: { daily: '5' } }],
  ['PATCH', ({ id }) => `/v2/keys/${id}`, { disabled: true, expiresAt: '2090-01-01T00:00:00Z' }],
  ['PATCH', ({ hash }) => `/api/v1/keys/${hash}`, { disabled: true, limit: 5, limit_reset: 'daily' }],
  ['PATCH', ({ id }) => `/v2/keys/${id}`, { expiresAt: '2099-01-01T00:00:00Z' }],
  ['PATCH', ({ id }) => `/v2/keys/${id}`, { limits: { daily: '1' } }],
  ['PATCH', ({ id }) => `/v2/keys/${id}`, { labels: { a: 'b' } }],
  ['DELETE', ({ id }) => `/v2/keys/${id}`],
  ['DELETE', ({ hash }) => `/v2/keys/${hash}`],
  ['POST', ({ id }) => `/v2/keys/${id}/rotate`, {}],
  ['DELETE', ({ id }) => `/v2/keys/${id}/secrets/previous`],
  ['PUT', ({ id }) => `/v2/keys/${id}/boosts/daily`, BOOST],
  ['PUT', ({ id }) => `/v1/apikeys/${id}`, { mergeLabels: { a: 'b' } }],
  ['DELETE', ({ id }) => `/v1/apikeys/${id}`],
  ['PATCH', ({ hash }) => `/api/v1/keys/${hash}`, { name: 'x' }],
  ['PATCH', ({ hash }) => `/api/v1/keys/${hash}`, { limit: 1 }],
  ['DELETE', ({ hash }) => `/api/v1/keys/${hash}`],
  ['POST', () => '/v2/keys', { ownerId: 'OWNER' }],
  ['POST', () => '/v2/keys', { ownerId: 'OWNER', access: 'full' }],
  ['POST', () => '/api/v1/keys', { name: 'k', creator_user_id: 'OWNER' }],
  ['PATCH', ({ userId }) => `/v2/users/${userId}`, { displayName: 'x' }],
  ['PATCH', ({ userId }) => `/v2/users/${userId}`, { disabled: true }],
  ['PATCH', ({ userId }) => `/v2/users/${userId}`, { role: 'USER' }],
  ['DELETE', ({ userId }) => `/v2/users/${userId}`],
]

/** The acts that stop a key; they are allowed only for a key that does not manage. */
const STOPS: typeof ACTS = [
  ['PATCH', ({ id }) => `/v2/keys/${id}`, { disabled: true }],
  ['PUT', ({ id }) => `/v1/apikeys/${id}`, { status: 'INACTIVE' }],
  ['PATCH', ({ hash }) => `/api/v1/keys/${hash}`, { disabled: true }],
]

const changeTo = (access: Access): (typeof ACTS)[number] => [
  'PATCH',
  ({ id }) => `/v2/keys/${id}`,
  { access },
]

test.each(ACCESSES)("an ADMIN cannot change a ROOT's key with access %s", async (access) => {
  const app = await testApp()
  const cast = await castOf(app)
  const userId = cast.root.userId
  const { json: made } = await app.call('POST', '/v2/keys', {
    body: { access, limits: { daily: '5' }, expiresAt: '2090-01-01T00:00:00Z' },
  })
  await app.call('POST', `/v2/keys/${made.key.id}/rotate`, { body: { overlap: '1h' } })
  const standing = async () => {
    const { json: key } = await app.call('GET', `/v2/keys/${made.key.id}`)
    const { json: user } = await app.call('GET', `/v2/users/${userId}`)
    const { json: keys } = await app.call('GET', `/v2/keys?ownerId=${userId}`)
    return { key, user, keys: keys.data.length }
  }
  const before = await standing()
  const target = { id: made.key.id, hash: made.key.hash, userId }
  const others = ACCESSES.filter((other) => other !== access)
  const acts = [...ACTS, ...others.map(changeTo), ...(access === 'use' ? [] : STOPS)]
  for (const [method, path, body] of acts) {
    const key = cast.admin.keys.full.secret
    const sent = body && JSON.stringify(body).replace('OWNER', userId)
    const { status, text } = await app.call(method, path(target), { key, ...(sent && { body: sent }) })
    expect([method, path(target), sent, status, text.includes('key_foreign')]).toEqual([
      method,
      path(target),
      sent,
      403,
      false,
    ])
  }
  expect(await standing()).toEqual(before)
  expect(app.errors).toEqual([])
  await app.close()
})

test.each(STOPS)("an ADMIN can stop a ROOT's key that does not manage: %s", async (method, path, body) => {
  const app = await testApp()
  const cast = await castOf(app)
  const { json } = await app.call('POST', '/v2/keys', { body: { access: 'use' } })
  const target = { id: json.key.id, hash: json.key.hash, userId: cast.root.userId }
  const key = cast.admin.keys.full.secret
  expect((await app.call(method, path(target), { key, body })).status).toBe(200)
  const { json: verdict } = await app.call('POST', '/v2/verify', { body: { key: json.secret } })
  expect(verdict.code).toBe('DISABLED')
  await app.close()
})
