import { beforeEach, describe, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import { MAX } from '../../core/ground/bounds.ts'
import type { RequestReport } from './api.ts'

// Over the application: what a sender is told is what counts.

const { refusals, judged, judgedMs, forMs } = MAX.pressing
const LARGE = MAX.smallBodyBytes + 1
const PRESSING = 'Too many requests with large bodies were refused. Send fewer at a time.'

let app: TestApp
let lines: RequestReport[]
beforeEach(async () => {
  lines = []
  app = await testApp({
    log: { request: (line) => lines.push(line), event() {}, warning() {}, error() {} },
  })
  return () => app.close()
})

interface Sent {
  path?: string
  key?: string | null
  peerAddress?: string
  bytes?: number
  headers?: Record<string, string>
}

/** Sends a body that is too large for its operation: 413 for a caller, 401 for others. A sender that presses gets 429. */
async function send({ path = '/v2/keys', key = app.rootKey, bytes = LARGE, headers, ...more }: Sent = {}) {
  const { status, json, ...answer } = await app.call('POST', path, {
    key,
    body: '{}',
    headers: { 'content-length': `${bytes}`, ...headers },
    ...more,
  })
  return { ...answer, json, status, isEarly: JSON.stringify(json)?.includes(PRESSING) === true }
}

/** All at once: many connections of one sender begin in the same pass. */
async function burst(count: number, what: Sent = {}) {
  const answers = await Promise.all(Array.from({ length: count }, () => send(what)))
  const early = answers.filter(({ isEarly }) => isEarly).length
  return { early, judged: count - early }
}

const STRANGER = { key: null, peerAddress: '203.0.113.1' }

describe('a sender whose large bodies are refused again and again', () => {
  const SENDERS: [who: string, what: () => Sent][] = [
    ['a user', () => ({})],
    ['a network without a credential', () => STRANGER],
    ['a network with invented credentials', () => ({ ...STRANGER, key: `lk_${'0'.repeat(49)}` })],
  ]
  test.each(SENDERS)(
    '%s: is refused before anything else, beyond a few',
    async (_, what) => {
      expect(await burst(refusals, what())).toEqual({ early: 0, judged: refusals })
      expect((await send(what())).isEarly).toBe(false)
      // From here on it presses, and as many were refused in this second as may be.
      expect(await burst(100, what())).toEqual({ early: 100, judged: 0 })
      app.clock.advance(1_000)
      const later = await burst(150, what())
      process.stdout.write(`150 at once: ${later.judged} judged, ${later.early} refused early\n`)
      expect(later).toEqual({ early: 150 - judged, judged })
      app.clock.advance(judgedMs)
      expect(await burst(100, what())).toEqual({ early: 100 - judged, judged })
    },
    30_000,
  )

  test('gets no early refusal a minute after the last one, and is told when to try again', async () => {
    await burst(refusals + 1)
    const { status, isEarly, headers, json } = await send()
    expect({ status, isEarly, code: json.code }).toEqual({ status: 429, isEarly: true, code: 'rate_limited' })
    expect(headers.get('retry-after')).toBe('1')
    expect(headers.get('connection')).toBe('close')
    app.clock.advance(forMs - 1)
    expect((await burst(2 * judged)).early).toBe(judged)
    app.clock.advance(forMs - 1)
    expect((await burst(2 * judged)).early).toBe(judged)
    app.clock.advance(forMs)
    expect((await burst(2 * judged)).early).toBe(0)
  }, 30_000)

  test('has its other requests answered as ever, and others have all of theirs', async () => {
    // Memory holds a key that was used since the start.
    expect((await app.call('GET', '/v2/keys')).status).toBe(200)
    await burst(refusals + 1, STRANGER)
    expect((await send(STRANGER)).isEarly).toBe(true)
    expect((await send({ ...STRANGER, bytes: 2 })).status).toBe(401)
    expect((await send({ ...STRANGER, peerAddress: '203.0.113.2' })).status).toBe(401)
    // A known key counts for its user, and not for the network of those without one.
    expect((await send({ peerAddress: '203.0.113.1' })).status).toBe(413)
    expect((await app.call('GET', '/livez', STRANGER)).status).toBe(200)
  })

  test('is one sender with all of its keys, but not with those of other users', async () => {
    const make = async (body: object) => (await app.call('POST', '/v2/keys', { body })).json.secret
    const second = await make({ name: 'second', access: 'full' })
    const ada = (
      await app.call('POST', '/v2/users', { body: { username: 'ada', displayName: 'Ada', role: 'ADMIN' } })
    ).json
    const foreign = await make({ name: 'foreign', ownerId: ada.id, access: 'full' })
    for (const key of [second, foreign]) expect((await app.call('GET', '/v2/keys', { key })).status).toBe(200)
    await burst(refusals + 1)
    expect((await send({ key: second })).isEarly).toBe(true)
    expect((await send({ key: foreign })).status).toBe(413)
  })
})

test('a key that only uses presses for itself, because a customer may have it, and not for its owner', async () => {
  const make = async () => (await app.call('POST', '/v2/keys', { body: { name: 'customer' } })).json.secret
  const [key, other] = [await make(), await make()]
  for (const each of [key, other]) expect((await send({ key: each })).status).toBe(403)
  await burst(refusals, { key })
  expect((await send({ key })).isEarly).toBe(true)
  expect((await send({ key: other })).status).toBe(403)
  expect((await send()).status).toBe(413)
})

test('a key whose id is that of a user presses for itself, and makes nobody wait for that user', async () => {
  const make = async (path: string, body: object, key = app.rootKey) =>
    (await app.call('POST', path, { body, key })).json
  const boss = await make('/v2/users', { username: 'boss', displayName: 'B', role: 'ADMIN' })
  const { secret: theirs } = await make('/v2/keys', { ownerId: boss.id, access: 'full' })
  const ada = await make('/v2/users', { username: 'ada', displayName: 'A', role: 'USER' })
  const { secret: own } = await make('/v2/keys', { ownerId: ada.id, access: 'full' })
  // The id of a key can be chosen here.
  const chosen = { apiKeyId: boss.id, labels: {} }
  const { rawApiKey: key } = await make('/v1/apikeys', chosen, own)
  expect((await app.call('PATCH', `/v2/keys/${boss.id}`, { key: own, body: { access: 'use' } })).status).toBe(
    200,
  )
  // Memory has both keys once they have been used.
  expect((await send({ key: theirs })).status).toBe(413)
  expect((await send({ key })).status).toBe(403)
  await burst(refusals, { key })
  expect((await send({ key })).isEarly).toBe(true)
  expect((await send({ key: theirs })).status).toBe(413)
})

test('at the gateway’s address refusals cost little, so nobody presses there', async () => {
  const { early } = await burst(2 * refusals, { path: '/v2/authorize?permission=a.b' })
  expect(early).toBe(0)
  await burst(refusals + 1)
  expect((await send({ path: '/v2/authorize?permission=a.b' })).isEarly).toBe(false)
})

test('what is accepted counts for nothing: a sender that pressed has as many large bodies received as it sends in time', async () => {
  const { id } = (await app.call('POST', '/v2/keys', { body: { name: 'used' } })).json.key
  await burst(refusals + 1)
  app.clock.advance(1_000)
  const accepted = async () => {
    const body = JSON.stringify({ events: [{ id: crypto.randomUUID(), keyId: id, amount: '0.01' }] })
    const large = `${' '.repeat(MAX.unreadBodyBytes)}${body}`
    const headers = { 'content-length': `${large.length}` }
    return (await app.call('POST', '/v2/usage', { body: large, headers })).status
  }
  for (let round = 0; round < 10; round += 1) {
    for (let n = 0; n < judged; n += 1) expect(await accepted()).toBe(200)
    app.clock.advance(judgedMs)
  }
}, 30_000)

describe('an early refusal', () => {
  beforeEach(async () => {
    await burst(refusals + 1, STRANGER)
    lines.length = 0
  })

  test('has the form of the address’s dialect', async () => {
    const native = await send(STRANGER)
    expect(native.headers.get('content-type')).toBe('application/problem+json')
    expect(native.json).toMatchObject({ status: 429, detail: PRESSING })
    const openrouter = await send({ ...STRANGER, path: '/api/v1/keys' })
    expect(openrouter.status).toBe(429)
    expect(openrouter.json.error).toMatchObject({
      code: 429,
      metadata: { error_type: 'rate_limit_exceeded' },
    })
    const goodmem = await send({ ...STRANGER, path: '/v1/apikeys' })
    expect({ status: goodmem.status, error: goodmem.json.error }).toEqual({
      status: 429,
      error: 'Too many requests. Slow down.',
    })
    for (const { headers } of [native, openrouter, goodmem]) {
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-request-id')).not.toBeNull()
    }
  })

  test('is reported like every other, with its trace and its request id', async () => {
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
    const { headers } = await send({ ...STRANGER, headers: { 'x-request-id': 'mine', traceparent } })
    expect([headers.get('x-request-id'), headers.get('traceparent')]).toEqual(['mine', traceparent])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      requestId: 'mine',
      method: 'POST',
      route: 'unmatched',
      status: 429,
      fault: 'rate_limited',
      clientIp: '203.0.113.1',
      keyId: null,
      traceparent,
    })
  })
})
