import { afterEach, describe, expect, test } from 'bun:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { MAX } from '../../../src/core/ground/bounds.ts'
import { Fault } from '../../../src/core/ground/faults.ts'
import { type Listener, listen } from '../../../src/http/kernel/server.ts'
import type { Store } from '../../../src/store/store.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { type Failure, faultyStore } from '../../support/faulty-store.ts'

// `GET /v2/changes` over a real socket: events as a browser's EventSource reads them.

const opened: { app: TestApp; listener: Listener }[] = []
const streams: Stream[] = []
afterEach(async () => {
  for (const stream of streams.splice(0)) await stream.leave()
  for (const { app, listener } of opened.splice(0)) {
    app.latchkey.changeFeed.close()
    await listener.stop(1_000)
    await app.close()
  }
})

async function served(store?: Store): Promise<{ app: TestApp; url: string }> {
  const app = await testApp(store === undefined ? {} : { store })
  const listener = listen({ hostname: '127.0.0.1', port: 0, idleTimeoutMs: 10_000, fetch: app.fetch })
  opened.push({ app, listener })
  return { app, url: listener.url }
}

interface Event {
  event: string
  id: string | null
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on the members that it names.
  data: any
  atMs: number
}

/** Events of one connection, one after the other. */
interface Stream {
  status: number
  headers: Headers
  /** The next event; null once the server has ended. */
  next(): Promise<Event | null>
  /** The next event that is not a tick. */
  news(): Promise<Event | null>
  leave(): Promise<void>
}

async function follow(url: string, key: string, query = '', headers = {}): Promise<Stream> {
  const gone = new AbortController()
  const response = await fetch(`${url}/v2/changes${query}`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
    signal: gone.signal,
  })
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  async function next(): Promise<Event | null> {
    while (!text.includes('\n\n')) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) return null
      text += decoder.decode(value, { stream: true })
    }
    const [first = ''] = text.split('\n\n')
    text = text.slice(first.length + 2)
    const lines = first
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)])
    const member = (name: string) => lines.find(([named]) => named === name)?.[1] ?? null
    return {
      event: member('event') ?? '',
      id: member('id'),
      data: JSON.parse(member('data') ?? 'null'),
      atMs: performance.now(),
    }
  }
  const stream: Stream = {
    status: response.status,
    headers: response.headers,
    next,
    async news() {
      while (true) {
        const event = await next()
        if (event === null || event.event !== 'tick') return event
      }
    },
    async leave() {
      gone.abort()
      await reader?.cancel().catch(() => {})
    },
  }
  streams.push(stream)
  return stream
}

/** A new SERVICE with a key. */
async function made(app: TestApp, username: string) {
  const person = { username, email: `${username}@example.com`, displayName: username, role: 'SERVICE' }
  const user = (await app.call('POST', '/v2/users', { body: person })).json
  const { key, secret } = (await app.call('POST', '/v2/keys', { body: { ownerId: user.id, access: 'full' } }))
    .json
  return { user, key, secret }
}

describe('GET /v2/changes', () => {
  test('begins with a snapshot, then sends every change in order, and ticks meanwhile', async () => {
    const { app, url } = await served()
    const stream = await follow(url, app.rootKey)
    expect(stream.status).toBe(200)
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    const from = await app.store.revision()
    expect(await stream.next()).toMatchObject({ event: 'snapshot', id: `${from}`, data: { revision: from } })
    expect(await stream.next()).toMatchObject({ event: 'tick', data: { revision: from } })
    const { key } = (await app.call('POST', '/v2/keys', { body: {} })).json
    await app.call('PATCH', `/v2/keys/${key.id}`, { body: { disabled: true } })
    await app.call('DELETE', `/v2/keys/${key.id}`)
    for (const [index, action] of ['key.create', 'key.update', 'key.revoke'].entries()) {
      const revision = from + 1 + index
      const data = { revision, kind: 'key', id: key.id, action, at: expect.any(String) }
      expect(await stream.news()).toMatchObject({ event: 'change', id: `${revision}`, data })
    }
    expect(await stream.next()).toMatchObject({
      event: 'tick',
      id: `${from + 3}`,
      data: { revision: from + 3 },
    })
  })

  test('ticks repeatedly while nothing changes', async () => {
    const { app, url } = await served()
    const stream = await follow(url, app.rootKey)
    const gaps: number[] = []
    let before = (await stream.next())?.atMs ?? 0
    for (let n = 0; n < 12; n += 1) {
      const tick = await stream.next()
      expect(tick?.event).toBe('tick')
      gaps.push((tick?.atMs ?? 0) - before)
      before = tick?.atMs ?? 0
    }
    // The promise holds on a machine that has time for it, so the median gap is judged and not the longest.
    const usual = gaps.toSorted((one, other) => one - other)[6] ?? 0
    console.log(`ticks: usually ${usual.toFixed(0)} ms apart, at most ${Math.max(...gaps).toFixed(0)} ms`)
    // A timer of the same run shows how much time the machine has.
    const startedMs = performance.now()
    await sleep(100)
    expect(usual).toBeLessThan(250 * Math.max(1, (performance.now() - startedMs) / 100))
  })

  test('continues after the known revision, by address or by the last event', async () => {
    const { app, url } = await served()
    const { key } = (await app.call('POST', '/v2/keys', { body: {} })).json
    const at = await app.store.revision()
    await app.call('PATCH', `/v2/keys/${key.id}`, { body: { name: 'a' } })
    await app.call('DELETE', `/v2/keys/${key.id}`)
    const bySince = await follow(url, app.rootKey, `?since=${at}`)
    const byEvent = await follow(url, app.rootKey, '?since=1', { 'last-event-id': `${at + 1}` })
    expect(await bySince.next()).toMatchObject({ event: 'change', data: { action: 'key.update' } })
    expect(await bySince.next()).toMatchObject({ event: 'change', data: { action: 'key.revoke' } })
    expect(await byEvent.next()).toMatchObject({ event: 'change', data: { action: 'key.revoke' } })
    expect(await byEvent.next()).toMatchObject({ event: 'tick', data: { revision: at + 2 } })
    const ahead = await follow(url, app.rootKey, `?since=${at + 1_000}`)
    expect(await ahead.next()).toMatchObject({ event: 'snapshot', data: { revision: at + 2 } })
  })

  test('loses nothing and repeats nothing while many changes are made', async () => {
    const { app, url } = await served()
    const followers = await Promise.all([1, 2, 3].map(() => follow(url, app.rootKey)))
    const from = (await Promise.all(followers.map((stream) => stream.next()))).map(
      (event) => event?.data.revision,
    )
    await Promise.all(Array.from({ length: 300 }, () => app.call('POST', '/v2/keys', { body: {} })))
    const last = await app.store.revision()
    for (const [n, stream] of followers.entries()) {
      const told: number[] = []
      while (told.at(-1) !== last) told.push((await stream.news())?.data.revision)
      expect(told).toEqual(Array.from({ length: last - from[n] }, (_, index) => from[n] + 1 + index))
    }
    console.log(`changes: 3 followers, ${last} revisions`)
  })

  test('ends when the browser that follows signs out or has been idle, and keeps no session awake', async () => {
    const { app, url } = await served()
    const own = { origin: url, 'x-latchkey-dashboard': 'act' }
    for (const isSignOut of [true, false]) {
      const body = JSON.stringify({ key: app.rootKey })
      const headers = { ...own, 'content-type': 'application/json' }
      const signedIn = await fetch(`${url}/dashboard/session`, { method: 'POST', headers, body })
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
      const { pageToken } = (await signedIn.json()) as { pageToken: string }
      const browser = { ...own, cookie, 'x-latchkey-session': pageToken }
      const stream = await follow(url, '', '', { ...browser, authorization: '' })
      expect(await stream.next()).toMatchObject({ event: 'snapshot' })
      if (isSignOut) await fetch(`${url}/dashboard/session`, { method: 'DELETE', headers: browser })
      else {
        // Only calls of the person prolong a session: it ends half an hour after the last one.
        app.clock.advance(20 * 60_000)
        for (let n = 0; n < 3; n += 1) expect(await stream.next()).toMatchObject({ event: 'tick' })
        app.clock.advance(11 * 60_000)
      }
      let event = await stream.next()
      for (let n = 0; n < 10 && event?.event === 'tick'; n += 1) event = await stream.next()
      expect(event).toMatchObject({ event: 'end', data: { code: 'credential_missing' } })
    }
  })

  test('ends when the key of the follower ends, also when its owner loses the right', async () => {
    const { app, url } = await served()
    const revoked = await made(app, 'revoked')
    const demoted = await made(app, 'demoted')
    const cases = [
      [revoked, () => app.call('DELETE', `/v2/keys/${revoked.key.id}`), 'credential_invalid'],
      [
        demoted,
        () => app.call('PATCH', `/v2/users/${demoted.user.id}`, { body: { role: 'USER' } }),
        'permission_denied',
      ],
    ] as const
    for (const [{ secret }, cut, code] of cases) {
      const stream = await follow(url, secret)
      expect((await stream.next())?.event).toBe('snapshot')
      expect((await cut()).status).toBe(200)
      // Events of the same moment may still be on their way.
      let event = await stream.next()
      while (event !== null && event.event !== 'end') event = await stream.next()
      expect(event).toMatchObject({ event: 'end', data: { code } })
      expect(await stream.next()).toBeNull()
    }
  })

  test('is for callers that may verify any key, and reports an invalid revision', async () => {
    const { app } = await served()
    const person = { username: 'u', email: 'u@example.com', displayName: 'u', role: 'USER' }
    const user = (await app.call('POST', '/v2/users', { body: person })).json
    const { secret } = (await app.call('POST', '/v2/keys', { body: { ownerId: user.id, access: 'full' } }))
      .json
    expect((await app.call('GET', '/v2/changes', { key: secret })).status).toBe(403)
    expect((await app.call('GET', '/v2/changes', { key: null })).status).toBe(401)
    for (const since of ['-1', '1.5', 'x', '', '1e3', '9'.repeat(16), '01']) {
      const answer = await app.call('GET', `/v2/changes?since=${since}`)
      expect([since, answer.status]).toEqual([since, 400])
    }
    expect((await app.call('GET', '/v2/changes', { headers: { 'last-event-id': 'x' } })).status).toBe(400)
    const head = await app.call('HEAD', '/v2/changes')
    expect([head.status, head.text]).toEqual([200, ''])
  })

  test('has room for a bounded number of followers, and has it again when they leave', async () => {
    const { app, url } = await served()
    const room = MAX.followersPerUser
    for (let n = 0; n < room; n += 1) expect((await follow(url, app.rootKey)).status).toBe(200)
    const refused = await follow(url, app.rootKey)
    expect(refused.status).toBe(503)
    for (const stream of streams.splice(0)) await stream.leave()
    let again = await follow(url, app.rootKey)
    for (let tries = 0; again.status === 503 && tries < 200; tries += 1) {
      await sleep(20)
      again = await follow(url, app.rootKey)
    }
    expect((await again.next())?.event).toBe('snapshot')
  })

  test('has room for a user with few followers, however many the others have', async () => {
    const { app, url } = await served()
    const many = await Promise.all(['ada', 'ben', 'cyd', 'dan'].map((name) => made(app, name)))
    const few = await made(app, 'eve')
    const streams: Response[] = []
    // Not over sockets, of which Bun's client opens no more than 256.
    const begin = async ({ secret }: { secret: string }) => {
      const headers = { authorization: `Bearer ${secret}` }
      const response = await app.fetch(new Request(`${url}/v2/changes`, { headers }), {})
      streams.push(response)
      return response.status
    }
    for (const user of many)
      for (let n = 0; n < MAX.followersPerUser; n += 1) expect(await begin(user)).toBe(200)
    expect(streams).toHaveLength(MAX.followers)
    const fair = Math.floor(MAX.followers / (many.length + 1))
    for (let n = 0; n < fair; n += 1) expect((await follow(url, few.secret)).status).toBe(200)
    expect((await follow(url, few.secret)).status).toBe(503)
    // Nobody gets a place back from somebody who has no more.
    for (const user of many) expect(await begin(user)).toBe(503)
    const texts = await Promise.all(
      streams.slice(0, MAX.followers).map(async ({ body }) => {
        const reader = body?.getReader()
        const decoder = new TextDecoder()
        let text = ''
        for (let n = 0; n < 2; n += 1) text += decoder.decode((await reader?.read())?.value)
        await reader?.cancel()
        return text
      }),
    )
    const lost = texts.map((text) => text.includes('event: end\ndata: {"code":"server_busy"}'))
    expect(lost.filter(Boolean)).toHaveLength(fair)
    const shares = many.map((_, n) => lost.slice(n * 64, n * 64 + 64).lastIndexOf(false) + 1)
    console.log(
      `followers: ${fair} of a fifth user, ${shares.join(', ')} of the others; ${fair} tries, none refused`,
    )
    // Those went that each user had begun last.
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThan(2)
    expect(shares.reduce((sum, each) => sum + each)).toBe(MAX.followers - fair)
  })

  test.each<[string, Failure | 'undecided']>([
    ['is away', { error: new Fault('store_unavailable') }],
    ['has lost changes that nobody has accepted', 'undecided'],
  ])('is refused before it begins when the database %s, and takes up no room', async (_, how) => {
    const faulty = await faultyStore()
    let isUndecided = how === 'undecided'
    const recentChanges: Store['recentChanges'] = async (since) => ({
      ...(await faulty.store.recentChanges(since)),
      isUndecided,
    })
    const store = new Proxy(faulty.store, {
      get: (target, name) => (name === 'recentChanges' ? recentChanges : Reflect.get(target, name)),
    })
    const { app, url } = await served(store)
    if (how !== 'undecided') faulty.break('recentChanges', how)
    for (let n = 0; n <= MAX.followersPerUser; n += 1) {
      const answer = await fetch(`${url}/v2/changes`, { headers: { authorization: `Bearer ${app.rootKey}` } })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'application/problem+json'])
      expect(answer.headers.get('retry-after')).not.toBeNull()
      expect(await answer.json()).toMatchObject({ code: 'store_unavailable' })
    }
    faulty.repair()
    isUndecided = false
    const stream = await follow(url, app.rootKey)
    expect([stream.status, (await stream.next())?.event]).toEqual([200, 'snapshot'])
  })

  test('is read once for all who connect meanwhile, and then only what is new', async () => {
    const faulty = await faultyStore()
    const read: number[] = []
    let underWay = 0
    let most = 0
    const recentChanges: Store['recentChanges'] = async (after) => {
      underWay += 1
      most = Math.max(most, underWay)
      const found = await faulty.store.recentChanges(after)
      underWay -= 1
      read.push(found.changes.length)
      return found
    }
    const { app } = await served(
      new Proxy(faulty.store, {
        get: (target, name) => (name === 'recentChanges' ? recentChanges : Reflect.get(target, name)),
      }),
    )
    for (let n = 0; n < 50; n += 1) await app.call('POST', '/v2/keys', { body: {} })
    const held = faulty.hold('recentChanges')
    const first = app.call('HEAD', '/v2/changes?since=1')
    await held.reached
    const length = MAX.followersPerUser - 1
    const many = Array.from({ length }, () => app.call('HEAD', '/v2/changes?since=1'))
    // The event loop begins them in turns.
    for (let pass = 0; pass < 1_000; pass += 1) await new Promise((resolve) => setImmediate(resolve))
    held.open()
    const statuses = (await Promise.all([first, ...many])).map(({ status }) => status)
    console.log(`changes: ${statuses.length} connections, ${read.length} reads`)
    expect(statuses).toEqual(statuses.map(() => 200))
    expect([most, read[0]]).toEqual([1, await app.store.revision()])
    expect(read.length).toBeLessThan(10)
    expect(Math.max(...read.slice(1))).toBe(0)
  })

  test('does not keep a server from stopping', async () => {
    const { app, url } = await served()
    const stream = await follow(url, app.rootKey)
    await stream.next()
    app.latchkey.changeFeed.close()
    let event = await stream.next()
    while (event?.event === 'tick') event = await stream.next()
    expect(event).toMatchObject({ event: 'end', data: { code: 'reconnect' } })
    expect(await stream.next()).toBeNull()
  })
})
