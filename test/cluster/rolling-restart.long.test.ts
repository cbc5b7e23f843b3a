import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'
import { startNode, type TestNode } from './nodes.ts'

// Two server processes are replaced one after the other under load, as in an upgrade: callers use a node that accepts requests, as a
// balancer does, and repeat unanswered calls under their ids.

const CALLERS = 4
const postgres = await postgresForTests()

describe.skipIf('absent' in postgres)('nodes that are replaced one after the other', () => {
  let database: TestDatabase
  let nodes: TestNode[] = []

  beforeAll(async () => {
    if ('absent' in postgres) return
    database = await postgres.freshDatabase()
    nodes = await Promise.all([startNode(database.url), startNode(database.url)])
  }, 60_000)
  afterAll(async () => {
    for (const node of nodes) await node.end('SIGTERM')
    await database?.drop()
  }, 60_000)

  const counts = { calls: 0, repeated: 0, acceptedAfter: 0 }

  /** Calls one node after the other until one gives another answer than 503. */
  async function ask(first: number, ...asked: Parameters<TestNode['call']>) {
    for (let tries = 0; tries < 2_000; tries += 1) {
      counts.calls += 1
      const node = nodes[(first + tries) % nodes.length]
      const answer = await node?.call(...asked).catch(() => null)
      if (answer && answer.status !== 503) return answer
      counts.repeated += 1
      await Bun.sleep(10)
    }
    throw new Error(`Nobody answers ${asked[0]} ${asked[1]}.`)
  }

  test('lose nothing: every charge counts once, every revoked key is refused, no caller is refused for good', async () => {
    const budget = (await ask(0, 'POST', '/v2/keys', { limits: { total: 1_000_000 } })).json
    const statuses = new Set<number>()
    let charges = 0
    let revoked = 0
    let stopped = false

    async function caller(index: number): Promise<void> {
      for (let n = 0; !stopped; n += 1) {
        const charge = { key: budget.secret, charge: 1, requestId: `${index} ${n}` }
        const charged = await ask(index + n, 'POST', '/v2/verify', charge)
        statuses.add(charged.status)
        if (charged.json.valid === true) charges += 1
        const made = await ask(index + n, 'POST', '/v2/keys', { name: 'x' })
        statuses.add(made.status)
        const ended = await ask(index + n, 'DELETE', `/v2/keys/${made.json.key.id}`)
        // A key whose answer was lost had been revoked before.
        statuses.add(ended.status)
        revoked += 1
        const { json } = await ask(index + n + 1, 'POST', '/v2/verify', { key: made.json.secret })
        if (json.valid === true) counts.acceptedAfter += 1
      }
    }

    const callers = Array.from({ length: CALLERS }, (_, index) => caller(index))
    for (const [index, old] of [...nodes].entries()) {
      const before = charges
      for (let tries = 0; charges < before + 10 && tries < 2_000; tries += 1) await Bun.sleep(10)
      nodes[index] = await startNode(database.url)
      expect(await old.end('SIGTERM')).toBe(0)
    }
    stopped = true
    await Promise.all(callers)
    const spent = (await ask(0, 'GET', `/v2/keys/${budget.key.id}`)).json.usage.total
    console.log(`rolling restart: ${JSON.stringify({ ...counts, charges, revoked, spent })}`)
    expect(spent).toBe(String(charges))
    expect([...statuses].filter((status) => ![200, 201].includes(status))).toEqual([])
    expect(counts.acceptedAfter).toBe(0)
    expect(charges).toBeGreaterThanOrEqual(20)
  }, 120_000)
})
