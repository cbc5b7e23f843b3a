import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../../../../test/support/server.ts'
import { Latchkey } from '../index.ts'
import { servedEach } from '../native/served.test-support.ts'
import { type Followed, type FollowOptions, followChanges } from './index.ts'

// Following a real server: nothing is missed, and nothing is told twice, whatever becomes of the connection.

const QUICK = { initialMs: 1, maxMs: 20 }
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Follows in the background, and keeps what is told. */
function follower(options: FollowOptions) {
  const ending = new AbortController()
  const told: Followed[] = []
  const done = (async () => {
    for await (const news of followChanges({
      retry: QUICK,
      silentMs: 20_000,
      signal: ending.signal,
      ...options,
    }))
      told.push(news)
  })()
  return {
    told,
    done,
    /** Resolves when something like this was told; the timeout of the test bounds it. */
    async until(holds: (news: Followed) => boolean): Promise<Followed> {
      for (;;) {
        const found = told.find(holds)
        if (found !== undefined) return found
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 5)), done])
      }
    },
    end() {
      ending.abort()
      return done
    },
  }
}

const changes = (told: Followed[]) => told.filter((news) => news.type === 'change')
const revisions = (told: Followed[]) => changes(told).map(({ revision }) => revision)
const isAt = (revision: number) => (news: Followed) => news.type === 'tick' && news.revision >= revision

describe('a served application', () => {
  const served = servedEach()
  const open = (options: FollowOptions = {}) =>
    follower({ baseUrl: served.listener.url, apiKey: served.app.rootKey, ...options })

  test('a snapshot comes first, then every change by its record and action, and ticks', async () => {
    const following = open()
    await following.until(({ type }) => type === 'snapshot')
    const { key } = await served.latchkey.keys.create({ name: 'k' })
    await served.latchkey.keys.revoke(key.id)
    const change = await following.until((news) => news.type === 'change' && news.action === 'key.revoke')
    expect(change).toMatchObject({ kind: 'key', id: key.id })
    const tick = await following.until(isAt((change as { revision: number }).revision))
    expect((tick as { heardMs: number }).heardMs).toBeLessThanOrEqual(performance.now())
    await following.end()
    expect(following.told[0]).toMatchObject({ type: 'snapshot' })
    expect(following.told.filter(({ type }) => type === 'snapshot' || type === 'lost').length).toBe(1)
  })

  test('with since it goes on after that revision, without a snapshot', async () => {
    const { key } = await served.latchkey.keys.create({ name: 'k' })
    const since = key.revision
    await served.latchkey.keys.update(key.id, { name: 'l' })
    await served.latchkey.keys.update(key.id, { name: 'm' })
    const following = open({ since })
    await following.until(isAt(since + 2))
    await following.end()
    expect(revisions(following.told)).toEqual([since + 1, since + 2])
    expect(following.told.some(({ type }) => type === 'snapshot')).toBe(false)
  })

  test('who has missed more than the server keeps gets a snapshot again', async () => {
    const { key } = await served.latchkey.keys.create({ name: 'k' })
    const hex = (n: number) => n.toString(16).padStart(64, '0')
    await served.latchkey.keys.import(Array.from({ length: 1_000 }, (_, n) => ({ sha256: hex(n) })))
    await served.latchkey.keys.update(key.id, { name: 'l' })
    const following = open({ since: key.revision })
    const snapshot = await following.until(({ type }) => type === 'snapshot')
    expect(snapshot).toMatchObject({ revision: key.revision + 1_001 })
    await following.end()
    expect(changes(following.told)).toEqual([])
  }, 60_000)

  test('connections that are cut lose no change and repeat none', async () => {
    let cut = () => {}
    let connections = 0
    const following = open({
      fetch: async (url, init) => {
        connections += 1
        const response = await fetch(url, init)
        const through = new TransformStream<Uint8Array, Uint8Array>()
        const broken = new AbortController()
        cut = () => broken.abort(new Error('cut'))
        response.body?.pipeTo(through.writable, { signal: broken.signal }).catch(() => {})
        return new Response(through.readable, response)
      },
    })
    const first = await following.until(({ type }) => type === 'snapshot')
    const since = (first as { revision: number }).revision
    for (let round = 1; round <= 10; round += 1) {
      const { key } = await served.latchkey.keys.create({ name: `${round}` })
      cut()
      await served.latchkey.keys.revoke(key.id)
      await following.until(isAt(since + 2 * round))
    }
    await following.end()
    expect(connections).toBeGreaterThan(9)
    expect(revisions(following.told)).toEqual(Array.from({ length: 20 }, (_, n) => since + 1 + n))
    expect(following.told.filter(({ type }) => type === 'snapshot').length).toBe(1)
    expect(following.told.filter(({ type }) => type === 'lost').length).toBeGreaterThan(0)
  }, 30_000)

  test('a key that may not follow, or no longer, ends it with the refusal', async () => {
    const { key, secret } = await served.latchkey.keys.create({ access: 'use' })
    await expect(open({ apiKey: secret }).done).rejects.toMatchObject({ status: 403 })
    await expect(open({ apiKey: 'lk_wrong' }).done).rejects.toMatchObject({ code: 'credential_invalid' })
    const managing = await served.latchkey.keys.create({ access: 'full' })
    const following = open({ apiKey: managing.secret })
    await following.until(({ type }) => type === 'tick')
    await served.latchkey.keys.revoke(managing.key.id)
    await expect(following.done).rejects.toMatchObject({ status: 401, operation: 'GET /v2/changes' })
    expect(key.id).not.toBe(managing.key.id)
  })

  test('leaving the loop closes the connection, and so does the signal, also before the first news', async () => {
    const signals: AbortSignal[] = []
    const options: FollowOptions = {
      baseUrl: served.listener.url,
      apiKey: served.app.rootKey,
      fetch: (url, init) => {
        if (init.signal) signals.push(init.signal)
        return fetch(url, init)
      },
    }
    for await (const { type } of followChanges(options)) if (type === 'tick') break
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    const ended = new AbortController()
    const asked = followChanges({ ...options, signal: ended.signal }).next()
    ended.abort()
    expect(await asked).toEqual({ done: true, value: undefined })
    expect(await followChanges({ ...options, signal: ended.signal }).next()).toMatchObject({ done: true })
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
  })

  test('options that cannot be right are refused at once', () => {
    expect(() => followChanges({ baseUrl: 'not a url' })).toThrow(TypeError)
    for (const since of [-1, 1.5, Number.NaN]) expect(() => followChanges({ since })).toThrow('since')
  })
})

test('a server that is killed and started again is followed on, and tells what was changed meanwhile', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-changes-'))
  folders.push(folder)
  const settings = { LATCHKEY_DATABASE_URL: `sqlite:${join(folder, 'keys.db')}` }
  let server = await startServer(settings)
  const apiKey = server.rootKey
  const following = follower({ baseUrl: server.url, apiKey })
  const latchkey = new Latchkey({ baseUrl: server.url, apiKey })
  const first = await following.until(({ type }) => type === 'tick')
  const since = (first as { revision: number }).revision
  for (const [round, signal] of (['SIGKILL', 'SIGTERM'] as const).entries()) {
    const before = following.told.length
    await server.end(signal)
    await following.until((news) => news.type === 'lost' && following.told.indexOf(news) >= before)
    server = await startServer({ ...settings, LATCHKEY_PORT: String(server.port) })
    await latchkey.keys.create({ name: `${round}` })
    await following.until(isAt(since + 1 + round))
  }
  await following.end()
  await server.end('SIGTERM')
  expect(revisions(following.told)).toEqual([since + 1, since + 2])
}, 60_000)
