import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import type { Call } from '../access/audit.ts'
import { HOUR_MS } from '../ground/clock.ts'
import { parseExpression } from '../ground/permissions.ts'
import { Secret } from '../ground/secret.ts'
import type { NewKey } from '../keys/new-key.ts'
import type { VerifyRequest } from './verify.ts'

let app: TestApp
let call: Call

beforeEach(async () => {
  app = await testApp()
  const principal = await app.latchkey.authenticate(new Secret(app.rootKey), undefined)
  call = { principal, requestId: null, ip: null }
})
afterEach(() => app.close())

const rate = { name: 'requests', limit: 1, windowMs: 60_000 }

async function made(input: Partial<NewKey>) {
  const { view, secret } = await app.latchkey.keys.create(call, { access: 'use', ...input })
  return { key: view.key, secret }
}

async function code(request: VerifyRequest) {
  return (await app.latchkey.verify(request)).code as string
}

describe('verify', () => {
  test('a request with every reason for refusal gets them in the documented order, one cause removed at a time', async () => {
    const now = app.clock.now()
    const everything: Partial<NewKey> = {
      disabled: true,
      notBefore: now + HOUR_MS,
      expiresAt: now + 2 * HOUR_MS,
      allowedIps: ['10.0.0.1'],
      rateLimits: [rate],
      limits: { daily: 0n },
    }
    const { key, secret } = await made(everything)
    const demand = parseExpression('documents.read')
    const bad: VerifyRequest = {
      secret,
      permissions: demand,
      ip: '10.0.0.2',
      rateCosts: new Map([['requests', 2]]),
    }
    const change = (patch: Parameters<typeof app.latchkey.keys.update>[2]['patch']) =>
      app.latchkey.keys.update(call, { id: key.id }, { patch })

    expect(await code(bad)).toBe('DISABLED')
    await change({ disabled: false })
    expect(await code(bad)).toBe('NOT_YET_VALID')
    app.clock.advance(3 * HOUR_MS)
    expect(await code(bad)).toBe('EXPIRED')
    await change({ expiresAt: null })
    expect(await code(bad)).toBe('FORBIDDEN')
    expect(await code({ secret, permissions: demand })).toBe('FORBIDDEN')
    const inside = { ...bad, ip: '10.0.0.1' }
    expect(await code(inside)).toBe('INSUFFICIENT_PERMISSIONS')
    await change({ permissions: ['documents.*'] })
    expect(await code(inside)).toBe('RATE_LIMITED')
    const affordable = { secret, permissions: demand, ip: '10.0.0.1' }
    expect(await code(affordable)).toBe('BUDGET_EXCEEDED')
    await change({ limits: { daily: null } })
    expect(await code(affordable)).toBe('VALID')
    await app.latchkey.keys.revoke(call, { id: key.id }, { reason: null })
    expect(await code(bad)).toBe('NOT_FOUND')
  })

  test('no refusal consumes anything: the one unit of the rate limit is still there after every kind of refusal', async () => {
    const { key, secret } = await made({
      rateLimits: [rate],
      limits: { total: 0n },
      allowedIps: ['10.0.0.1'],
    })
    const ip = '10.0.0.1'
    const refused = [
      await code({ secret }),
      await code({ secret, ip, permissions: parseExpression('x') }),
      await code({ secret, ip, rateCosts: new Map([['requests', 2]]) }),
      await code({ secret, ip }),
    ]
    expect(refused).toEqual(['FORBIDDEN', 'INSUFFICIENT_PERMISSIONS', 'RATE_LIMITED', 'BUDGET_EXCEEDED'])
    await app.latchkey.keys.update(call, { id: key.id }, { patch: { limits: { total: null } } })
    expect(await code({ secret, ip })).toBe('VALID')
    expect(await code({ secret, ip })).toBe('RATE_LIMITED')
  })

  test('expiry and start are exact: the key works from its start and up to the millisecond before its expiry', async () => {
    const now = app.clock.now()
    const { secret } = await made({ notBefore: now + 10, expiresAt: now + 20 })
    const codes: string[] = []
    for (const offset of [9, 10, 19]) {
      app.clock.set(now + offset)
      codes.push(await code({ secret }))
    }
    app.clock.set(now + 20)
    expect([...codes, await code({ secret })]).toEqual(['NOT_YET_VALID', 'VALID', 'VALID', 'EXPIRED'])
  })

  test('a key that only manages never passes', async () => {
    const { secret } = await made({ access: 'manage' })
    expect(await code({ secret })).toBe('FORBIDDEN')
  })

  test('a spent window refuses until the next one begins, and setting the clock back does not reopen it', async () => {
    const { key, secret } = await made({ limits: { daily: 10n } })
    const event = { id: 'e', key: { id: key.id }, amount: 10n, byokAmount: 0n, requests: 1, meta: {} }
    await app.latchkey.usage.report(call, [event])
    const verdict = await app.latchkey.verify({ secret })
    expect(verdict).toMatchObject({
      code: 'BUDGET_EXCEEDED',
      bound: { window: 'daily', limit: 10n, spent: 10n, remaining: 0n },
    })
    app.clock.set('2026-11-23T00:00:00.000Z')
    expect(await code({ secret })).toBe('VALID')
    app.clock.set('2026-11-22T23:59:59.999Z')
    expect(await code({ secret })).toBe('BUDGET_EXCEEDED')
  })

  test('usage paid elsewhere counts only if the key includes it', async () => {
    const { key, secret } = await made({ limits: { total: 10n } })
    const event = { id: 'e', key: { id: key.id }, amount: 0n, byokAmount: 10n, requests: 1, meta: {} }
    await app.latchkey.usage.report(call, [event])
    expect(await code({ secret })).toBe('VALID')
    await app.latchkey.keys.update(call, { id: key.id }, { patch: { includeByokInLimit: true } })
    expect(await code({ secret })).toBe('BUDGET_EXCEEDED')
  })

  test('rotation: both secrets work until the overlap ends, then only the new one', async () => {
    const { key, secret } = await made({})
    const rotated = await app.latchkey.keys.rotate(call, { id: key.id }, { overlapMs: HOUR_MS })
    expect(rotated.view.key).toMatchObject({ id: key.id, hash: key.hash })
    app.clock.advance(HOUR_MS - 1)
    expect([await code({ secret }), await code({ secret: rotated.secret })]).toEqual(['VALID', 'VALID'])
    app.clock.advance(1)
    expect([await code({ secret }), await code({ secret: rotated.secret })]).toEqual(['NOT_FOUND', 'VALID'])
  })

  test('a rotation without overlap and the end of an overlap end the old secret at once', async () => {
    const { key, secret } = await made({})
    await app.latchkey.verify({ secret })
    const second = await app.latchkey.keys.rotate(call, { id: key.id }, { overlapMs: 0 })
    expect(await code({ secret })).toBe('NOT_FOUND')
    const third = await app.latchkey.keys.rotate(call, { id: key.id }, { overlapMs: HOUR_MS })
    expect(await code({ secret: second.secret })).toBe('VALID')
    await app.latchkey.keys.endOverlap(call, { id: key.id })
    expect([await code({ secret: second.secret }), await code({ secret: third.secret })]).toEqual([
      'NOT_FOUND',
      'VALID',
    ])
  })

  test("an overlap never outlives the key, and a second rotation never lengthens the first one's overlap", async () => {
    const now = app.clock.now()
    const { key } = await made({ expiresAt: now + HOUR_MS })
    const first = await app.latchkey.keys.rotate(call, { id: key.id }, { overlapMs: 5 * HOUR_MS })
    expect(first.view.key.secrets[1]?.expiresAt).toBe(now + HOUR_MS)
    await app.latchkey.keys.update(call, { id: key.id }, { patch: { expiresAt: null } })
    const second = await app.latchkey.keys.rotate(call, { id: key.id }, { overlapMs: 9 * HOUR_MS })
    expect(second.view.key.secrets.map((secret) => secret.expiresAt)).toEqual([
      null,
      now + 9 * HOUR_MS,
      now + HOUR_MS,
    ])
  })

  test('atLeast answers once the revision is reached and refuses to answer from older facts', async () => {
    const { key, secret } = await made({})
    expect(await code({ secret, atLeast: key.revision })).toBe('VALID')
    await expect(
      Promise.resolve(app.latchkey.verify({ secret, atLeast: key.revision + 1 })),
    ).rejects.toMatchObject({
      code: 'revision_unreached',
    })
  })

  test('the first use shows after a flush, moves only forward, and counts every use', async () => {
    const { key, secret } = await made({})
    await app.latchkey.verify({ secret })
    const usedAt = app.clock.now()
    app.clock.advance(-HOUR_MS)
    await app.latchkey.verify({ secret })
    await app.latchkey.lastUsed.flush()
    const { key: read } = await app.latchkey.keys.get(call, { id: key.id })
    expect(read).toMatchObject({
      lastUsedAt: usedAt,
      requestCount: 2,
      updatedAt: null,
      revision: key.revision,
    })
  })
})
