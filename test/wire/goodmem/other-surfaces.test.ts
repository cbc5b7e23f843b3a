import { afterEach, beforeEach, expect, test } from 'bun:test'
import type { Call } from '../../../src/core/access/audit.ts'
import type { NewKey } from '../../../src/core/keys/new-key.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { callOf, castOf } from '../cast.ts'

// Changes of a key in other dialects, as this dialect shows them: all dialects are adapters over one core.

let app: TestApp
let call: Call

beforeEach(async () => {
  app = await testApp()
  call = await callOf(app, app.rootKey)
})

afterEach(async () => {
  await app.close()
  expect(app.errors).toEqual([])
})

async function made(input: Partial<NewKey> = {}) {
  const { view, secret } = await app.latchkey.keys.create(call, { access: 'use', ...input })
  return { id: view.key.id, path: `/v1/apikeys/${view.key.id}`, secret: secret.reveal() }
}

test('a rotated key shows the prefix of its current secret and when it was rotated', async () => {
  const { id, path } = await made()
  app.clock.advance(5_000)
  const { secret } = await app.latchkey.keys.rotate(call, { id }, { overlapMs: 60_000, prefix: 'next' })
  const { json } = await app.call('GET', path)
  expect(json.keyPrefix).toBe(secret.reveal().slice(0, 8))
  expect(json.keyPrefix).toStartWith('next_')
  expect([json.updatedAt, json.createdAt]).toEqual([app.clock.now(), app.clock.now() - 5_000])
})

test('a key that is disabled, not yet valid or expired still shows whether it is enabled', async () => {
  const disabled = await made({ disabled: true })
  const later = await made({ notBefore: app.clock.now() + 60_000 })
  const expired = await made({ expiresAt: app.clock.now() + 1 })
  app.clock.advance(1)
  const statuses = []
  for (const { path } of [disabled, later, expired]) statuses.push((await app.call('GET', path)).json.status)
  expect(statuses).toEqual(['INACTIVE', 'ACTIVE', 'ACTIVE'])
})

test('a key that was revoked elsewhere is gone here', async () => {
  const { id, path } = await made()
  await app.latchkey.keys.revoke(call, { id }, { reason: 'leaked' })
  const statuses = []
  for (const method of ['GET', 'DELETE']) statuses.push((await app.call(method, path)).status)
  statuses.push((await app.call('PUT', path, { body: { status: 'ACTIVE' } })).status)
  expect(statuses).toEqual([404, 404, 404])
  expect((await app.call('GET', '/v1/apikeys')).text).not.toContain(id)
})

test('a change here keeps the members that this dialect does not know', async () => {
  const rateLimits = [{ name: 'requests', limit: 5, windowMs: 1_000 }]
  const { id, path } = await made({
    name: 'billing',
    permissions: ['a.read'],
    limits: { daily: 5n },
    rateLimits,
  })
  const before = await app.store.findKey({ id }, app.clock.now())
  app.clock.advance(1)
  await app.call('PUT', path, { body: { status: 'INACTIVE', replaceLabels: { env: 'dev' } } })
  const after = await app.store.findKey({ id }, app.clock.now())
  const changed = {
    disabled: true,
    labels: { env: 'dev' },
    updatedAt: app.clock.now(),
    revision: expect.any(Number),
  }
  expect(after).toEqual({ ...before, ...changed } as typeof after)
})

test('the keys of a disabled user are refused everywhere, and are still shown', async () => {
  const cast = await castOf(app)
  const { full } = cast.user.keys
  await app.latchkey.users.update(call, cast.user.userId, { patch: { disabled: true } })
  expect((await app.call('GET', '/v1/users/me', { key: full.secret })).status).toBe(401)
  expect((await app.call('GET', `/v1/apikeys/${full.id}`)).json.status).toBe('ACTIVE')
})

test('a user without an e-mail address has an empty one, which finds no user', async () => {
  const user = await app.latchkey.users.create(call, { username: 'a', displayName: 'A', role: 'USER' })
  const { status, json } = await app.call('GET', `/v1/users/${user.id}`)
  expect([status, json.email, json.username]).toEqual([200, '', 'a'])
  for (const path of ['/v1/users/email/', '/v1/users/email/%20', '/v1/users/email/null'])
    expect([404, 400]).toContain((await app.call('GET', path)).status)
})
