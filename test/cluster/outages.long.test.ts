import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { postgresForTests, restartablePostgres } from '../support/postgres.ts'
import { rememberedKey, startNode, type TestNode } from './nodes.ts'

// Two server processes whose PostgreSQL crashes and comes back while they are asked without end. `LATCHKEY_TEST_CLUSTER_CRASHES` makes it
// longer.

const crashes = Number(process.env.LATCHKEY_TEST_CLUSTER_CRASHES ?? 1)
const postgres = await postgresForTests()

describe.skipIf('absent' in postgres)('a PostgreSQL that crashes under load', () => {
  let server: Awaited<ReturnType<typeof restartablePostgres>>
  let nodes: TestNode[] = []

  beforeAll(async () => {
    server = await restartablePostgres()
    const { url } = await server.freshDatabase()
    nodes = await Promise.all([startNode(url), startNode(url)])
  }, 60_000)
  afterAll(async () => {
    for (const node of nodes) await node.end('SIGTERM')
    await server?.stop()
  }, 60_000)

  const node = (index: number): TestNode => {
    const found = nodes[index % nodes.length]
    if (found === undefined) throw new Error('There is no such node.')
    return found
  }

  /** Asks until it is answered otherwise than 503. */
  async function insist(index: number, ...asked: Parameters<TestNode['call']>) {
    let answer = await node(index).call(...asked)
    for (let tries = 0; answer.status === 503 && tries < 600; tries += 1) {
      await Bun.sleep(50)
      answer = await node(index).call(...asked)
    }
    return answer
  }

  test('ends no node and loses nothing that was answered: keys, revocations, charges', async () => {
    const [budget, steady] = [
      (await node(0).call('POST', '/v2/keys', { limits: { total: 1_000_000 } })).json,
      await rememberedKey(nodes),
    ]
    const made: { id: string; secret: string }[] = []
    const revoked: string[] = []
    const counts = { calls: 0, refused: 0, passedMeanwhile: 0, acceptedAfter: 0, charged: 0, tried: 0 }
    let stopped = false

    /** One caller of one node: makes a key, revokes it, and sees on the other node that it is dead; charges between. */
    async function caller(index: number): Promise<void> {
      for (let n = 0; !stopped; n += 1) {
        counts.calls += 1
        const created = await node(index).call('POST', '/v2/keys', { name: `${index}-${n}` })
        if (created.status !== 201) {
          counts.refused += 1
          await Bun.sleep(20)
          continue
        }
        const { key, secret } = created.json
        made.push({ id: key.id, secret })
        await node(index + 1).call('POST', '/v2/verify', { key: secret })
        if (n % 2 === 0 && (await node(index).call('DELETE', `/v2/keys/${key.id}`)).status === 200) {
          revoked.push(secret)
          const { json } = await node(index + 1).call('POST', '/v2/verify', { key: secret })
          if (json.valid === true) counts.acceptedAfter += 1
        }
        counts.tried += 1
        const charge = { key: budget.secret, charge: 1, requestId: `${index} ${n}` }
        if ((await node(index).call('POST', '/v2/verify', charge)).json.valid === true) counts.charged += 1
        if ((await node(index).call('POST', '/v2/verify', { key: steady.secret })).json.valid === true)
          counts.passedMeanwhile += 1
      }
    }

    const callers = Array.from({ length: 4 }, (_, index) => caller(index))
    for (let crash = 0; crash < crashes; crash += 1) {
      const before = made.length
      for (let tries = 0; made.length < before + 10 && tries < 1_000; tries += 1) await Bun.sleep(20)
      await server.restart()
      for (const index of [0, 1]) expect((await insist(index, 'GET', '/readyz')).status).toBe(200)
    }
    stopped = true
    await Promise.all(callers)

    const isDead = new Set(revoked)
    for (const [n, { id, secret }] of made.entries()) {
      expect([id, (await insist(n, 'GET', `/v2/keys/${id}`)).status]).toEqual([id, 200])
      if (!isDead.has(secret)) continue
      for (const index of [0, 1])
        expect((await insist(index, 'POST', '/v2/verify', { key: secret })).json.valid).toBe(false)
    }
    const spent = Number((await insist(1, 'GET', `/v2/keys/${budget.key.id}`)).json.usage.total)
    console.log(
      `PostgreSQL crashed ${crashes} times: ${JSON.stringify({ ...counts, made: made.length, revoked: revoked.length, spent })}`,
    )
    expect(counts.acceptedAfter).toBe(0)
    expect(spent).toBeGreaterThanOrEqual(counts.charged)
    expect(spent).toBeLessThanOrEqual(counts.tried)
    expect(revoked.length).toBeGreaterThan(0)
    for (const each of nodes) expect(() => process.kill(each.pid, 0)).not.toThrow()
  }, 240_000)
})
