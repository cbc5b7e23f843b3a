import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Followed, type FollowOptions, followChanges } from '../../packages/client/src/changes/index.ts'
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'
import { nodeOf, quantile, ROOT_KEY, startNode, type TestNode } from './nodes.ts'

// The published client follows the changes of three server processes on one PostgreSQL, through an address that leads to one of them,
// like that of a balancer. Whatever becomes of the connection, the node or the node's database, every change is told once.

const CHANGES_EACH = 12
const postgres = await postgresForTests()

describe.skipIf('absent' in postgres)('a program that follows the changes of several nodes', () => {
  let database: TestDatabase
  let toDatabase: FaultProxy
  let balancer: FaultProxy
  const nodes: TestNode[] = []
  let last = 0

  beforeAll(async () => {
    if ('absent' in postgres) return
    database = await postgres.freshDatabase()
    toDatabase = await faultProxy(database.url)
    nodes.push(await startNode(database.url), await startNode(database.url))
    nodes.push(await startNode(toDatabase.url))
    balancer = await faultProxy(node(0).url)
  }, 60_000)
  afterAll(async () => {
    for (const each of nodes) await each.end('SIGKILL')
    await balancer?.close()
    await toDatabase?.close()
    await database?.drop()
  }, 60_000)

  const node = (index: number) => nodeOf(nodes, index)

  /** Creates and revokes keys, each on another one of these nodes; returns when each answer came, by its revision. */
  async function change(by: readonly TestNode[]): Promise<Map<number, number>> {
    const answered = new Map<number, number>()
    for (let n = 0; n < CHANGES_EACH; n += 1) {
      const [one, other] = [by[n % by.length], by[(n + 1) % by.length]]
      const made = await one?.call('POST', '/v2/keys', { name: `${n}` })
      answered.set(made?.json.key.revision, performance.now())
      const revoked = await other?.call('DELETE', `/v2/keys/${made?.json.key.id}`)
      answered.set(revoked?.json.revision, performance.now())
    }
    last = Math.max(last, ...answered.keys())
    return answered
  }

  /** Follows in the background, and keeps what is told and when. */
  function follower(options: FollowOptions = {}) {
    const ending = new AbortController()
    const told: { news: Followed; atMs: number }[] = []
    const done = (async () => {
      const given = { baseUrl: balancer.url.replace(/\/$/, ''), apiKey: ROOT_KEY, signal: ending.signal }
      for await (const news of followChanges({ retry: { initialMs: 1, maxMs: 50 }, ...given, ...options }))
        told.push({ news, atMs: performance.now() })
    })()
    return {
      told,
      /** Resolves when something like this was told; the timeout of the test bounds it. */
      async until(holds: (news: Followed) => boolean, from = 0): Promise<void> {
        while (!told.slice(from).some(({ news }) => holds(news))) await Promise.race([Bun.sleep(5), done])
      },
      count: (type: Followed['type']) => told.filter(({ news }) => news.type === type).length,
      revisions: () => told.flatMap(({ news }) => (news.type === 'change' ? [news.revision] : [])),
      end() {
        ending.abort()
        return done
      },
    }
  }

  const isUpToDate = (news: Followed) => news.type === 'tick' && news.revision >= last
  const from = (first: number) => Array.from({ length: last - first }, (_, n) => first + 1 + n)

  test('is told every change of each node once, although nodes and connections fail', async () => {
    await change(nodes)
    const since = last
    const following = follower()
    await following.until(isUpToDate)
    const answered = await change(nodes)
    await following.until(isUpToDate)
    const lateMs = following.told.flatMap(({ news, atMs }) => {
      const answeredMs = news.type === 'change' ? answered.get(news.revision) : undefined
      return answeredMs === undefined ? [] : [atMs - answeredMs]
    })

    const failures: [string, () => unknown, readonly TestNode[]][] = [
      ['its node is killed', () => node(0).end('SIGKILL'), nodes.slice(1)],
      ['its connection goes silent', () => balancer.blackhole(), nodes.slice(1)],
      ['its node is cut off from the database', () => toDatabase.blackhole(), nodes.slice(1, 2)],
    ]
    for (const [index, [, fail, left]] of failures.entries()) {
      const before = following.told.length
      await fail()
      // Who follows hears of it by itself, while others go on changing.
      const changed = change(left)
      await following.until(({ type }) => type === 'lost', before)
      balancer.leadTo(node(index === 1 ? 2 : 1).url)
      balancer.heal()
      await changed
      await following.until(isUpToDate)
    }
    await following.end()
    toDatabase.heal()
    console.log(
      `followed over 3 nodes: ${following.revisions().length} changes, ${following.count('lost')} losses of ${failures.length} kinds; told after the answer: p50 ${quantile(lateMs, 0.5).toFixed(1)} ms, most ${Math.max(...lateMs).toFixed(1)} ms`,
    )
    expect(following.revisions()).toEqual(from(since))
    expect(following.count('snapshot')).toBe(1)
    expect(following.count('lost')).toBeGreaterThanOrEqual(failures.length)
  }, 120_000)

  test('goes on at another node from a revision that it knows, without a snapshot; with one where the nodes know none', async () => {
    const since = last
    await change([node(1)])
    for (const index of [1, 2]) {
      balancer.leadTo(node(index).url)
      const resumed = follower({ since })
      await resumed.until(isUpToDate)
      await resumed.end()
      expect([resumed.revisions(), resumed.count('snapshot')]).toEqual([from(since), 0])
      const ahead = follower({ since: last + 1_000 })
      await ahead.until(({ type }) => type === 'snapshot')
      await ahead.end()
      expect(ahead.revisions()).toEqual([])
    }
  }, 60_000)
})
