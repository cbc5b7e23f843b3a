import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { Secret } from '../../../src/core/ground/secret.ts'
import { parseUsd } from '../../../src/core/money/money.ts'
import type { UserId } from '../../../src/core/types.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { testSettings } from '../../support/settings.ts'
import { type Cast, callOf, castOf } from '../cast.ts'

let app: TestApp
let cast: Cast

beforeEach(async () => {
  app = await testApp()
  cast = await castOf(app)
})
afterEach(async () => {
  expect(app.errors).toEqual([])
  await app.close()
})

const KEYS = '/api/v1/keys'

async function create(body: object, key: string): Promise<{ hash: string; key: string }> {
  const { status, json } = await app.call('POST', KEYS, { key, body: { name: 'k', ...body } })
  expect(status).toBe(201)
  return { hash: json.data.hash, key: json.key }
}

describe('a key made here', () => {
  test('has access "use": it passes verify and manages nothing', async () => {
    const { key } = await create({}, cast.admin.keys.full.secret)
    expect(await app.latchkey.verify({ secret: new Secret(key) })).toMatchObject({
      valid: true,
      key: { access: 'use' },
    })
    expect((await app.call('GET', KEYS, { key })).status).toBe(403)
  })

  test('has the configured prefix of this dialect', async () => {
    const prefixes = { native: 'nat', goodmem: 'gm', openrouter: 'orx' }
    const other = await testApp({ settings: testSettings({ prefixes }) })
    const { json } = await other.call('POST', KEYS, { body: { name: 'k' } })
    expect(json.key).toMatch(/^orx_[0-9A-Za-z]{49}$/)
    expect(json.data.label).toBe(`${json.key.slice(0, 7)}...${json.key.slice(-3)}`)
    await other.close()
  })

  test('is refused when its limit is used up, and can still show that', async () => {
    const { key, hash } = await create({ limit: 0.01, limit_reset: 'daily' }, cast.admin.keys.full.secret)
    const call = await callOf(app, app.rootKey)
    const amount = parseUsd('0.02') ?? 0n
    const event = { id: 'e', key: { digest: hash as never }, amount, byokAmount: 0n, requests: 1, meta: {} }
    await app.latchkey.usage.report(call, [event])
    expect(await app.latchkey.verify({ secret: new Secret(key) })).toMatchObject({ code: 'BUDGET_EXCEEDED' })
    const { status, json } = await app.call('GET', '/api/v1/key', { key })
    expect([status, json.data.limit_remaining, json.data.usage_daily]).toEqual([200, 0, 0.02])
  })

  test('is found by the digest of every live secret, and keeps the hash of its first', async () => {
    const admin = cast.admin.keys.full.secret
    const { hash } = await create({}, admin)
    const call = await callOf(app, app.rootKey)
    const { secret: second } = await app.latchkey.keys.rotate(
      call,
      { digest: hash as never },
      { overlapMs: 60_000 },
    )
    const { secret: third } = await app.latchkey.keys.rotate(
      call,
      { digest: hash as never },
      { overlapMs: 60_000 },
    )
    const shown = async (digest: string) =>
      (await app.call('GET', `${KEYS}/${digest}`, { key: admin })).json.data
    const label = `${third.reveal().slice(0, 6)}...${third.reveal().slice(-3)}`
    for (const digest of [hash, digestOf(second), digestOf(third)]) {
      expect(await shown(digest)).toMatchObject({ hash, label })
    }
    app.clock.advance(60_000)
    expect(await shown(hash)).toMatchObject({ hash })
    expect(await shown(digestOf(third))).toMatchObject({ hash })
    expect(await shown(digestOf(second))).toBeUndefined()
    expect((await app.call('DELETE', `${KEYS}/${digestOf(third)}`, { key: admin })).json).toEqual({
      deleted: true,
    })
  })
})

describe('a caller that may only manage its own keys', () => {
  test('lists, reads, changes and deletes those and no others', async () => {
    const own = cast.user.keys.manage.secret
    const mine = await create({ name: 'mine' }, own)
    const theirs = await create({ name: 'theirs' }, cast.other.keys.manage.secret)
    const given = await create(
      { name: 'given', creator_user_id: cast.user.userId },
      cast.admin.keys.full.secret,
    )
    const { json } = await app.call('GET', KEYS, { key: own })
    const names = json.data.map(({ name }: { name: string }) => name)
    expect(names).toEqual(expect.arrayContaining(['mine', 'given']))
    expect(names).not.toContain('theirs')
    for (const { creator_user_id } of json.data) expect(creator_user_id).toBe(cast.user.userId)
    for (const [{ hash }, status] of [
      [mine, 200],
      [given, 200],
      [theirs, 404],
    ] as const) {
      expect((await app.call('GET', `${KEYS}/${hash}`, { key: own })).status).toBe(status)
      expect((await app.call('PATCH', `${KEYS}/${hash}`, { key: own, body: { name: 'n' } })).status).toBe(
        status,
      )
      expect((await app.call('DELETE', `${KEYS}/${hash}`, { key: own })).status).toBe(status)
    }
  })

  test("leaves a denied attempt in the audit log when it tries another's key, and learns nothing", async () => {
    const { hash } = await create({}, cast.other.keys.manage.secret)
    const own = cast.user.keys.manage.secret
    const foreign = await app.call('DELETE', `${KEYS}/${hash}`, { key: own })
    const missing = await app.call('DELETE', `${KEYS}/${'0'.repeat(64)}`, { key: own })
    expect(foreign.text).toBe(missing.text)
    const call = await callOf(app, app.rootKey)
    const { rows } = await app.latchkey.audit.list(call, { outcome: 'denied', limit: 10 })
    expect(rows).toMatchObject([
      { action: 'key.revoke', actorUserId: cast.user.userId, target: { id: hash } },
    ])
  })

  test('grants no more than its policy, gets errors with the names of this dialect, and its caps when it omits limits', async () => {
    await bound(cast.user.userId, { monthly: parseUsd('100') ?? 0n })
    const own = cast.user.keys.manage.secret
    const tooMuch = await app.call('POST', KEYS, {
      key: own,
      body: { name: 'k', limit: 100.5, limit_reset: 'monthly' },
    })
    expect(tooMuch.status).toBe(403)
    expect(tooMuch.json.error).toEqual({
      code: 403,
      message: 'A caller cannot grant more than it has itself. limit: You may grant at most 100 USD.',
      metadata: { error_type: 'permission_denied' },
    })
    const { hash } = await create({ limit: 20, limit_reset: 'daily' }, own)
    const patched = (body: object) => app.call('PATCH', `${KEYS}/${hash}`, { key: own, body })
    // The cap of the month is not the shown limit; replacing it with a higher one is refused, with a lower one allowed.
    expect((await patched({ limit: 120 })).status).toBe(200)
    expect((await patched({ limit_reset: 'monthly' })).status).toBe(403)
    expect((await patched({ limit: 80, limit_reset: 'monthly' })).json.data).toMatchObject({
      limit: 80,
      limit_reset: 'monthly',
    })
    expect((await patched({ limit: null })).status).toBe(403)
    const { json } = await app.call('POST', KEYS, { key: own, body: { name: 'silent' } })
    expect(json.data).toMatchObject({ limit: 100, limit_remaining: 100, limit_reset: 'monthly' })
  })
})

test('a key beyond the maximum is refused with advice', async () => {
  const settings = testSettings({ bounds: { keysPerUser: 4 } })
  const other = await testApp({ settings })
  const { user } = await castOf(other)
  const make = () => other.call('POST', KEYS, { key: user.keys.full.secret, body: { name: 'k' } })
  expect((await make()).status).toBe(201)
  const { status, json } = await make()
  expect([status, json.error]).toEqual([
    409,
    {
      code: 409,
      message: 'The user owns as many keys as a user may. Revoke some that are no longer needed.',
      metadata: { error_type: 'invalid_request' },
    },
  ])
  expect(other.errors).toEqual([])
  await other.close()
})

test('a lower role cannot create keys for a higher one', async () => {
  const body = { name: 'k', creator_user_id: cast.root.userId }
  const { status, json } = await app.call('POST', KEYS, { key: cast.admin.keys.full.secret, body })
  expect([status, json.error.metadata.error_type]).toEqual([403, 'permission_denied'])
})

test('a credential that is disabled, expired, not yet valid, revoked or whose owner is disabled gets 401 with the same bytes', async () => {
  const call = await callOf(app, app.rootKey)
  const now = app.clock.now()
  const make = async (member: object) =>
    (
      await app.latchkey.keys.create(call, { access: 'full', ownerId: cast.user.userId, ...member })
    ).secret.reveal()
  const disabled = await make({ disabled: true })
  const expired = await make({ expiresAt: now + 1 })
  const early = await make({ notBefore: now + 60_000 })
  const orphan = await make({ ownerId: cast.other.userId })
  const { hash, key: revoked } = await create({}, cast.admin.keys.full.secret)
  await app.call('DELETE', `${KEYS}/${hash}`)
  await app.latchkey.users.update(call, cast.other.userId, { patch: { disabled: true } })
  app.clock.advance(1)
  const answers = [disabled, expired, early, orphan, revoked, 'lk_unknown', 'sk-or-v1-x'].map((key) =>
    app.call('GET', '/api/v1/key', { key }),
  )
  const texts = (await Promise.all(answers)).map(({ status, text }) => `${status} ${text}`)
  expect(new Set(texts).size).toBe(1)
  expect(texts[0]).toStartWith('401 ')
})

async function bound(userId: UserId, limits: { monthly: bigint }): Promise<void> {
  const call = await callOf(app, app.rootKey)
  await app.latchkey.users.update(call, userId, { patch: { policy: { limits } } })
}

function digestOf(secret: Secret): string {
  return createHash('sha256').update(secret.reveal()).digest('hex')
}
