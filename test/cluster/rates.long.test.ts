import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ChildProcess } from 'node:child_process'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'
import { freePort, hasRedis, startRedis } from '../support/redis.ts'
import { nodeOf, ROOT_KEY, startNode, type TestNode } from './nodes.ts'
import { insist } from './traffic.ts'

// Two server processes that count the rate limits of keys together in a real Redis.

const LIMIT = 40
const postgres = await postgresForTests()

describe.skipIf('absent' in postgres || !hasRedis())('rate limits over nodes with Redis', () => {
  let database: TestDatabase
  let redis: ChildProcess
  let nodes: TestNode[] = []

  beforeAll(async () => {
    if ('absent' in postgres) return
    database = await postgres.freshDatabase()
    const port = await freePort()
    redis = await startRedis(port)
    const settings = { LATCHKEY_REDIS_URL: `redis://127.0.0.1:${port}` }
    nodes = await Promise.all([startNode(database.url, settings), startNode(database.url, settings)])
    // Until they have connected, nodes count by themselves.
    for (const each of nodes) {
      const probe = await limited(1_000)
      let shared = false
      while (!shared) {
        await each.call('POST', '/v2/verify', { key: probe })
        shared = (await metric(each, 'latchkey_rates_shared')) === 1
        if (!shared) await Bun.sleep(50)
      }
    }
  }, 60_000)
  afterAll(async () => {
    for (const node of nodes) await node.end('SIGTERM')
    redis?.kill('SIGKILL')
    await database?.drop()
  }, 60_000)

  const node = (index: number) => nodeOf(nodes, index)

  async function limited(limit: number): Promise<string> {
    const rateLimits = [{ name: 'requests', limit, window: '1h' }]
    return (await node(0).call('POST', '/v2/keys', { rateLimits })).json.secret
  }

  async function own({ url }: TestNode, key: string): Promise<{ rateLimits: { remaining: number }[] }> {
    const response = await fetch(`${url}/v2/keys/self`, { headers: { authorization: `Bearer ${key}` } })
    return (await response.json()) as { rateLimits: { remaining: number }[] }
  }

  async function metric(each: TestNode, name: string): Promise<number> {
    const text = await (
      await fetch(`${each.url}/metrics`, { headers: { authorization: `Bearer ${ROOT_KEY}` } })
    ).text()
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  }

  /** Repeats the run if a busy machine made a node believe that Redis is lost: it then counts by itself, as it should. */
  async function steadily(run: () => Promise<void>): Promise<void> {
    const failures = async () => {
      const each = await Promise.all(nodes.map((one) => metric(one, 'latchkey_rates_shared_failures_total')))
      return each.reduce((sum, count) => sum + count, 0)
    }
    for (let tries = 1; ; tries += 1) {
      const before = await failures()
      try {
        return await run()
      } catch (error) {
        if (tries === 10 || (await failures()) === before) throw error
      }
    }
  }

  test(
    'are exact for verifies and charges on both nodes, and no unit is used twice',
    () =>
      steadily(async () => {
        const key = await limited(LIMIT)
        const asked = Array.from({ length: 4 * LIMIT }, (_, n) =>
          node(n).call('POST', '/v2/verify', n % 4 < 2 ? { key } : { key, charge: 0.001, requestId: `${n}` }),
        )
        const codes = (await Promise.all(asked)).map(({ json }) => json.code)
        const passed = codes.filter((code) => code === 'VALID').length
        const refused = codes.filter((code) => code === 'RATE_LIMITED').length
        console.log(
          `rates over 2 nodes: ${codes.length} chances, ${passed} passed of ${LIMIT}, ${refused} refused`,
        )
        expect([passed, refused]).toEqual([LIMIT, codes.length - LIMIT])
      }),
    60_000,
  )

  test(
    'are shown as they are on every node, and a look or a repeated charge takes no unit',
    () =>
      steadily(async () => {
        const key = await limited(3)
        const spend = { key, charge: 0.001, requestId: 'once' }
        await insist(node(0), 'POST', '/v2/verify', spend)
        await insist(node(0), 'POST', '/v2/verify', { key })
        // A node takes a repeated charge for a new one until it has met its id, and gives the unit back.
        await insist(node(1), 'POST', '/v2/verify', spend)
        const looks = await Promise.all(
          Array.from({ length: 30 }, async (_, n) => {
            const { json } = await insist(node(n), 'POST', '/v2/verify', { key, peek: true })
            const again = await insist(node(n), 'POST', '/v2/verify', spend)
            expect([json.code, again.json.replayed]).toEqual(['VALID', true])
            return [json, await own(node(n), key), again.json].map(
              ({ rateLimits }) => rateLimits[0].remaining,
            )
          }),
        )
        console.log(`looks over 2 nodes: ${looks.length * 3} chances to show a wrong number`)
        expect(looks).toEqual(looks.map(() => [1, 1, 1]))
        // At once: a look that had held a unit for a moment would make this a refusal.
        expect((await insist(node(1), 'POST', '/v2/verify', { key })).json.code).toBe('VALID')
        for (const n of [0, 1]) {
          const { json } = await insist(node(n), 'POST', '/v2/verify', { key, peek: true })
          expect(json.code).toBe('RATE_LIMITED')
          expect((await own(node(n), key)).rateLimits).toMatchObject([{ remaining: 0 }])
        }
      }),
    60_000,
  )

  test('are counted by each node when Redis is gone, and every call is still answered', async () => {
    const key = await limited(LIMIT)
    redis.kill('SIGKILL')
    const asked = Array.from({ length: 6 * LIMIT }, (_, n) => node(n).call('POST', '/v2/verify', { key }))
    const answers = await Promise.all(asked)
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const passed = answers.filter(({ json }) => json.code === 'VALID').length
    console.log(`without Redis: ${passed} passed of ${LIMIT} on each of 2 nodes`)
    expect(passed).toBeLessThanOrEqual(nodes.length * LIMIT)
    expect(passed).toBeGreaterThanOrEqual(LIMIT)
    expect(await metric(node(0), 'latchkey_rates_shared_failures_total')).toBeGreaterThan(0)
  }, 60_000)
})
