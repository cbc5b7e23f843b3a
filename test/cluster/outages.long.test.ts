import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { postgresForTests, restartablePostgres } from '../support/postgres.ts'
import { startNode, type TestNode } from './nodes.ts'
import { insist, startTraffic } from './traffic.ts'

// Two server processes whose PostgreSQL crashes and restarts while callers use them without pause. `LATCHKEY_TEST_CLUSTER_CRASHES` makes
// it longer.

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

  test('ends no node and loses no answered key, revocation or charge', async () => {
    const traffic = await startTraffic(nodes)
    for (let crash = 0; crash < crashes; crash += 1) {
      await traffic.goesOn(10)
      await server.restart()
      for (const node of nodes) expect((await insist(node, 'GET', '/readyz')).status).toBe(200)
    }
    await traffic.stop()
    const { made, revoked, counts } = traffic
    console.log(
      `PostgreSQL crashed ${crashes} times: ${JSON.stringify({ made: made.length, revoked: revoked.length, ...counts })}`,
    )
    expect({ wrong: counts.wrong, acceptedAfter: counts.acceptedAfter }).toEqual({
      wrong: 0,
      acceptedAfter: 0,
    })
    expect(revoked.length).toBeGreaterThan(0)
    expect(await traffic.broken()).toEqual([])
    for (const node of nodes) expect(() => process.kill(node.pid, 0)).not.toThrow()
  }, 240_000)
})
