import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts'
import { type PostgresPair, postgresPair } from '../support/postgres-pair.ts'
import { findPostgresPrograms } from '../support/postgres-programs.ts'
import { startNode, type TestNode } from './nodes.ts'
import { insist, startTraffic } from './traffic.ts'

// Three server processes on a PostgreSQL with a standby, by an address that leads to whichever of them is the primary. The primary is killed
// while the nodes are asked without end, and the standby takes its place.

const isAbsent = 'absent' in findPostgresPrograms()

describe.skipIf(isAbsent)('a primary that is killed, with a synchronous standby', () => {
  let pair: PostgresPair
  let address: FaultProxy
  let nodes: TestNode[] = []

  beforeAll(async () => {
    pair = await postgresPair({ synchronous: true })
    address = await faultProxy(pair.primaryUrl)
    nodes = await Promise.all([0, 1, 2].map(() => startNode(address.url)))
  }, 120_000)
  afterAll(async () => {
    for (const node of nodes) await node.end('SIGTERM')
    await address?.close()
    await pair?.stop()
  }, 60_000)

  test('ends no node and loses nothing that was answered: keys, revocations, charges', async () => {
    const traffic = await startTraffic(nodes)
    await traffic.goesOn(20)
    const before = { ...traffic.counts }
    await pair.killPrimary()
    const killed = { ...traffic.counts }
    // Nobody is in a hurry to promote: leases run out meanwhile.
    for (let tries = 0; traffic.counts.unavailable < 4 && tries < 2_000; tries += 1) await Bun.sleep(20)
    await pair.promote()
    address.leadTo(pair.standbyUrl)
    for (const node of nodes) expect((await insist(node, 'GET', '/readyz')).status).toBe(200)
    const back = { ...traffic.counts }
    await traffic.goesOn(20)
    await traffic.stop()
    const { made, revoked, counts } = traffic
    console.log(
      `failover to a synchronous standby: ${JSON.stringify({ made: made.length, revoked: revoked.length, ...counts })}; ` +
        `between the kill and the new primary ${back.passed - killed.passed} verifies passed from memory and ${back.unavailable - killed.unavailable} were 503`,
    )
    expect(before.passed).toBeGreaterThan(0)
    expect(counts.unavailable).toBeGreaterThan(0)
    expect(revoked.length).toBeGreaterThan(0)
    expect({ wrong: counts.wrong, acceptedAfter: counts.acceptedAfter }).toEqual({
      wrong: 0,
      acceptedAfter: 0,
    })
    expect(await traffic.broken()).toEqual([])
    for (const node of nodes) expect(() => process.kill(node.pid, 0)).not.toThrow()
  }, 240_000)
})
