import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'
import { nodeOf, quantile, rememberedKey, startNode, type TestNode } from './nodes.ts'

// Three server processes on one PostgreSQL: once a revocation has returned on one, no other accepts the key. One of them reaches the
// database through a proxy that can go dead. After the first tests, of healthy nodes, one neither wakes others nor is woken.
// `LATCHKEY_TEST_CLUSTER_ROUNDS` makes it longer.

const rounds = Number(process.env.LATCHKEY_TEST_CLUSTER_ROUNDS ?? 20)

const postgres = await postgresForTests()

describe.skipIf('absent' in postgres)('a key that one node revokes', () => {
  let database: TestDatabase
  let proxy: FaultProxy
  let nodes: TestNode[] = []

  beforeAll(async () => {
    if ('absent' in postgres) return
    database = await postgres.freshDatabase()
    proxy = await faultProxy(database.url)
    // At once, on an empty database.
    nodes = await Promise.all([startNode(database.url), startNode(proxy.url), startNode(database.url)])
  }, 60_000)
  afterAll(async () => {
    for (const node of nodes) await node.end('SIGTERM')
    await proxy?.close()
    await database?.drop()
  }, 60_000)

  const node = (index: number) => nodeOf(nodes, index)

  /** Verifies without pause on every node until `stop`; counts accepted verifies that were sent after the revocation was answered. */
  function verifying(secret: string) {
    let revokedAt = Number.POSITIVE_INFINITY
    let stopped = false
    const counted = { before: 0, after: 0, accepted: 0 }
    const loops = nodes.map(async (each) => {
      while (!stopped) {
        const sentAt = performance.now()
        const { json } = await each.call('POST', '/v2/verify', { key: secret })
        if (sentAt < revokedAt) counted.before += 1
        else counted.after += 1
        // The nodes and this test share the processors of one machine.
        await sleep(2)
        if (sentAt >= revokedAt && json.valid === true) counted.accepted += 1
      }
    })
    return {
      counted,
      revoked: () => (revokedAt = performance.now()),
      async stop() {
        stopped = true
        await Promise.all(loops)
      },
    }
  }

  /** Revokes with verifies in flight on all nodes; none that is sent after the answer may be accepted. */
  async function revokesUnderTraffic(over: string): Promise<void> {
    const tookMs: number[] = []
    const all = { before: 0, after: 0, accepted: 0 }
    for (let round = 0; round < rounds; round++) {
      const { id, secret } = await rememberedKey(nodes)
      const traffic = verifying(secret)
      const sentAt = performance.now()
      const { status, json } = await node(round).call('DELETE', `/v2/keys/${id}`)
      tookMs.push(performance.now() - sentAt)
      traffic.revoked()
      expect(status).toBe(200)
      expect(json.effective.scope).toBe('all-nodes')
      const verdicts = await Promise.all(
        nodes.flatMap((each) => [0, 1].map(() => each.call('POST', '/v2/verify', { key: secret }))),
      )
      all.after += verdicts.length
      all.accepted += verdicts.filter(({ json: verdict }) => verdict.valid).length
      await traffic.stop()
      for (const name of ['before', 'after', 'accepted'] as const) all[name] += traffic.counted[name]
    }
    console.log(
      `revoke over ${over}: ${rounds} revocations, ${JSON.stringify(all)}, p50 ${quantile(tookMs, 0.5).toFixed(1)} ms, p99 ${quantile(tookMs, 0.99).toFixed(1)} ms`,
    )
    expect(all.accepted).toBe(0)
    expect(all.after).toBeGreaterThan(rounds * 5)
  }

  test(
    'is refused on every node when the call returns, with verifies in flight',
    () => revokesUnderTraffic('3 nodes'),
    300_000,
  )

  test('is refused on every node within milliseconds, without a call that waits', async () => {
    const tookMs: number[] = []
    for (let round = 0; round < rounds; round++) {
      const { id, secret } = await rememberedKey(nodes)
      const sentAt = performance.now()
      await node(round).call('DELETE', `/v2/keys/${id}`)
      tookMs.push(performance.now() - sentAt)
      const verdicts = await Promise.all(
        nodes.map((each) => each.call('POST', '/v2/verify', { key: secret })),
      )
      expect(verdicts.map(({ json }) => json.valid)).toEqual([false, false, false])
    }
    console.log(
      `revoke over 3 quiet nodes: ${rounds} revocations, p50 ${quantile(tookMs, 0.5).toFixed(1)} ms, p99 ${quantile(tookMs, 0.99).toFixed(1)} ms`,
    )
  }, 300_000)

  test('is refused on every node when one neither wakes the others nor is woken, with verifies in flight', async () => {
    await node(2).end('SIGTERM')
    nodes[2] = await startNode(database.url, { LATCHKEY_TEST_SILENT: '1' })
    await settled(3)
    await revokesUnderTraffic('3 nodes, of which one only polls')
  }, 300_000)

  test('is refused while another node is stopped, which does not accept it either when it resumes', async () => {
    const stopped = node(2)
    let waitedOut = 0
    // On a slow machine the stopped node may have been evicted before the revocation: such a round does not count.
    for (let round = 0; round < 10 && waitedOut < 2; round++) {
      const { id, secret } = await rememberedKey(nodes)
      process.kill(stopped.pid, 'SIGSTOP')
      // The request is in the socket of the stopped process when the key is revoked, or is sent afterwards: the process must not use its
      // memory.
      const sentAt = performance.now()
      const { json } = await node(round % 2).call('DELETE', `/v2/keys/${id}`)
      const tookMs = performance.now() - sentAt
      // A process that resumes may first close connections that were idle for too long: those are asked once more.
      const ask = () => stopped.call('POST', '/v2/verify', { key: secret })
      const late = [0, 1, 2].map(() => ask().catch(ask))
      process.kill(stopped.pid, 'SIGCONT')
      const verdicts = await Promise.all(late)
      console.log(`revoke with a stopped node: ${tookMs.toFixed(0)} ms, ${JSON.stringify(json.effective)}`)
      expect(verdicts.map(({ json: verdict }) => verdict.valid)).toEqual([false, false, false])
      expect(json.effective.scope).toBe('all-nodes')
      if (json.effective.lapsed >= 1) waitedOut += 1
      await settled(3)
    }
    expect(waitedOut).toBe(2)
  }, 60_000)

  test('is refused while another node is cut off from the database, which answers 503 instead of old facts', async () => {
    const cutOff = node(1)
    const { id, secret } = await rememberedKey(nodes)
    proxy.blackhole()
    const sentAt = performance.now()
    const { json } = await node(0).call('DELETE', `/v2/keys/${id}`)
    const tookMs = performance.now() - sentAt
    const verdict = await cutOff.call('POST', '/v2/verify', { key: secret })
    const answeredMs = performance.now() - sentAt - tookMs
    console.log(
      `revoke with a node that is cut off: ${tookMs.toFixed(0)} ms, verify there ${verdict.status} in ${answeredMs.toFixed(0)} ms`,
    )
    // From now on no call waits for the database, however many there are: each would wait for seconds.
    const soonAt = performance.now()
    const soon = []
    for (let n = 0; n < 40; n += 1) soon.push(await cutOff.call('POST', '/v2/verify', { key: secret }))
    const soonMs = performance.now() - soonAt
    const aliveAt = performance.now()
    for (let n = 0; n < 40; n += 1) await fetch(`${cutOff.url}/livez`)
    const aliveMs = performance.now() - aliveAt
    console.log(
      `40 verifies of a node that is cut off: ${soonMs.toFixed(0)} ms, 40 requests that ask nothing: ${aliveMs.toFixed(0)} ms`,
    )
    proxy.heal()
    expect(soon.map(({ status }) => status)).toEqual(Array(40).fill(503))
    // A call that waited for the database would take at least a second.
    expect(soonMs).toBeLessThan(20_000 + 20 * aliveMs)
    expect(verdict.status).toBe(503)
    expect(json.effective.scope).toBe('all-nodes')
    await settled(3)
    expect((await cutOff.call('POST', '/v2/verify', { key: secret })).json.valid).toBe(false)
  }, 60_000)

  test('with wait=none is answered before the other nodes know it, with a receipt that says so; atLeast makes them wait', async () => {
    for (let round = 0; round < 10; round++) {
      const { id, secret } = await rememberedKey(nodes)
      const { json } = await node(round).call('DELETE', `/v2/keys/${id}?wait=none`)
      expect(json.effective).toMatchObject({ scope: 'this-node', nodes: 1 })
      const verdicts = await Promise.all(
        nodes.map((each) => each.call('POST', '/v2/verify', { key: secret, atLeast: json.revision })),
      )
      expect(verdicts.map((verdict) => verdict.json.valid)).toEqual([false, false, false])
    }
  }, 60_000)

  test('is refused at once when a node has ended, without a wait for its lease', async () => {
    const fourth = await startNode(database.url)
    await settled(4)
    await fourth.end('SIGTERM')
    // Its row is gone with it; no other node had to evict it.
    const client = new Client({ connectionString: database.url })
    await client.connect()
    const { rows } = await client.query('select id from nodes')
    await client.end()
    expect(rows.length).toBeLessThanOrEqual(3)
    const { id } = await rememberedKey(nodes)
    const sentAt = performance.now()
    const { json } = await node(0).call('DELETE', `/v2/keys/${id}`)
    console.log(
      `revoke after a node ended: ${(performance.now() - sentAt).toFixed(0)} ms, ${JSON.stringify(json.effective)}`,
    )
    expect(json.effective.nodes).toBeLessThanOrEqual(3)
  }, 60_000)

  test('is refused on every node when its owner is disabled, or its permissions or its time are narrowed', async () => {
    const cuts: [string, (id: string, ownerId: string) => [string, string, object], object][] = [
      ['disabled', (id) => ['PATCH', `/v2/keys/${id}`, { disabled: true }], {}],
      ['not valid yet', (id) => ['PATCH', `/v2/keys/${id}`, { notBefore: '2099-01-01T00:00:00Z' }], {}],
      ['permission', (id) => ['PATCH', `/v2/keys/${id}`, { permissions: [] }], { permissions: 'a.read' }],
      ['owner', (_, ownerId) => ['PATCH', `/v2/users/${ownerId}`, { disabled: true }], {}],
    ]
    let chances = 0
    for (const [name, cut, demand] of cuts) {
      for (let round = 0; round < 3; round++) {
        const username = `${name}-${round}`
        const user = await node(round).call('POST', '/v2/users', {
          username,
          email: `${username}@example.com`,
          displayName: name,
          role: 'USER',
        })
        const made = await node(round).call('POST', '/v2/keys', {
          ownerId: user.json.id,
          permissions: ['a.read'],
        })
        const { secret, key } = made.json
        const ask = () =>
          Promise.all(nodes.map((each) => each.call('POST', '/v2/verify', { key: secret, ...demand })))
        expect((await ask()).map(({ json }) => json.valid)).toEqual([true, true, true])
        const [method, path, body] = cut(key.id, user.json.id)
        expect((await node(round + 1).call(method, path, body)).status).toBe(200)
        expect((await ask()).map(({ json }) => [name, json.valid])).toEqual(Array(3).fill([name, false]))
        chances += 3
      }
    }
    console.log(`cuts of other kinds: ${chances} chances`)
  }, 60_000)

  /** Waits until a revocation finds this number of nodes, all of which answer. */
  async function settled(count: number): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      const made = await node(0).call('POST', '/v2/keys', { name: 'x' })
      const { json } = await node(0).call('DELETE', `/v2/keys/${made.json.key.id}`)
      if (json.effective.nodes === count && json.effective.lapsed === undefined) return
    }
    throw new Error(`The nodes did not become ${count}.`)
  }
})
