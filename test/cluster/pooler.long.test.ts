import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { hasPooler, type Pooler, startPooler } from '../support/pooler.ts'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'
import { nodeOf, quantile, rememberedKey, startNode, type TestNode } from './nodes.ts'

// Three server processes whose every connection goes through a real PgBouncer in transaction mode, which gives each transaction another
// session of PostgreSQL. There are fewer sessions than the nodes want. `LATCHKEY_TEST_CLUSTER_ROUNDS` makes it longer.

const rounds = Number(process.env.LATCHKEY_TEST_CLUSTER_ROUNDS ?? 15)
const SESSIONS = 8
const CHARGES = 300
const LIMIT = 100

const postgres = await postgresForTests()
const isHere = hasPooler()
if (!isHere)
  process.stderr.write('\n!!! Tests through PgBouncer are SKIPPED: pgbouncer is not installed.\n\n')

describe.skipIf('absent' in postgres || !isHere)('nodes behind PgBouncer in transaction mode', () => {
  let database: TestDatabase
  let pooler: Pooler
  let nodes: TestNode[] = []

  beforeAll(async () => {
    if ('absent' in postgres) return
    database = await postgres.freshDatabase()
    pooler = await startPooler(database.url, SESSIONS)
    nodes = await Promise.all([startNode(pooler.url), startNode(pooler.url), startNode(pooler.url)])
  }, 60_000)
  afterAll(async () => {
    for (const node of nodes) await node.end('SIGTERM')
    await pooler?.end()
    await database?.drop()
  }, 60_000)

  const node = (index: number) => nodeOf(nodes, index)

  test('a key that one node revokes is refused on every node when the call returns', async () => {
    const tookMs: number[] = []
    let chances = 0
    for (let round = 0; round < rounds; round += 1) {
      const { id, secret } = await rememberedKey(nodes)
      const sentAt = performance.now()
      const { status, json } = await node(round).call('DELETE', `/v2/keys/${id}`)
      tookMs.push(performance.now() - sentAt)
      expect([status, json.effective.scope]).toEqual([200, 'all-nodes'])
      const verdicts = await Promise.all(
        nodes.flatMap((each) => [0, 1, 2].map(() => each.call('POST', '/v2/verify', { key: secret }))),
      )
      expect(verdicts.map((verdict) => verdict.json.valid)).toEqual(Array(verdicts.length).fill(false))
      chances += verdicts.length
    }
    console.log(
      `revoke through PgBouncer: ${rounds} revocations, ${chances} chances, p50 ${quantile(tookMs, 0.5).toFixed(1)} ms, p99 ${quantile(tookMs, 0.99).toFixed(1)} ms`,
    )
  }, 120_000)

  test('a budget is exact over all of them', async () => {
    const made = await node(0).call('POST', '/v2/keys', { limits: { total: LIMIT } })
    const { secret, key } = made.json
    const charged = await Promise.all(
      Array.from({ length: CHARGES }, (_, n) =>
        node(n).call('POST', '/v2/verify', { key: secret, charge: 1, requestId: `charge ${n}` }),
      ),
    )
    const valid = charged.filter(({ json }) => json.valid === true).length
    const refused = charged.filter(({ json }) => json.code === 'BUDGET_EXCEEDED').length
    const others = charged.filter(({ json }) => json.valid !== true && json.code !== 'BUDGET_EXCEEDED')
    console.log(`charges through PgBouncer: ${valid} passed, ${refused} refused, ${others.length} unanswered`)
    // A call that a busy machine could not answer is repeated under the same id.
    let passed = valid
    for (const [n, { json }] of charged.entries()) {
      if (!others.some((other) => other.json === json)) continue
      const charge = { key: secret, charge: 1, requestId: `charge ${n}` }
      let again = await node(n).call('POST', '/v2/verify', charge)
      for (let tries = 0; again.status === 503 && tries < 200; tries += 1) {
        await Bun.sleep(50)
        again = await node(n).call('POST', '/v2/verify', charge)
      }
      if (again.json.valid === true) passed += 1
    }
    expect(passed).toBe(LIMIT)
    const shown = await node(1).call('GET', `/v2/keys/${key.id}`)
    expect(shown.json.usage.total).toBe(String(LIMIT))
  }, 120_000)

  test('when the pooler itself restarts, no node ends and no answered change is lost', async () => {
    const { id, secret } = await rememberedKey(nodes)
    await pooler.restart()
    let revoked = await node(0).call('DELETE', `/v2/keys/${id}`)
    for (let tries = 0; revoked.status === 503 && tries < 100; tries += 1) {
      await Bun.sleep(50)
      revoked = await node(0).call('DELETE', `/v2/keys/${id}`)
    }
    expect(revoked.status).toBe(200)
    for (const each of nodes) {
      let verdict = await each.call('POST', '/v2/verify', { key: secret })
      for (let tries = 0; verdict.status === 503 && tries < 100; tries += 1) {
        await Bun.sleep(50)
        verdict = await each.call('POST', '/v2/verify', { key: secret })
      }
      expect([verdict.status, verdict.json.valid]).toEqual([200, false])
    }
  }, 120_000)
})
