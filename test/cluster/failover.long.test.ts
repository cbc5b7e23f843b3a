import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts'
import { type PostgresPair, postgresPair } from '../support/postgres-pair.ts'
import { findPostgresPrograms } from '../support/postgres-programs.ts'
import { tryServer } from '../support/server.ts'
import { nodeOf, ROOT_KEY, rememberedKey, startNode, type TestNode } from './nodes.ts'
import { insist, startTraffic } from './traffic.ts'

// Three server processes on a PostgreSQL with a standby, behind an address that leads to the present primary. The primary is killed while
// callers use the nodes without pause, and the standby takes its place.

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

  test('ends no node and loses no answered key, revocation or charge', async () => {
    const traffic = await startTraffic(nodes)
    await traffic.goesOn(20)
    const before = { ...traffic.counts }
    await pair.killPrimary()
    const killed = { ...traffic.counts }
    // The promotion is late: leases expire meanwhile.
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

describe.skipIf(isAbsent)('a primary that is killed, with a standby that is behind', () => {
  let pair: PostgresPair
  let address: FaultProxy
  let nodes: TestNode[] = []

  beforeEach(async () => {
    pair = await postgresPair({ synchronous: false })
    address = await faultProxy(pair.primaryUrl)
    nodes = await Promise.all([0, 1, 2].map(() => startNode(address.url)))
  }, 120_000)
  afterEach(async () => {
    for (const node of nodes) await node.end('SIGTERM')
    await address?.close()
    await pair?.stop()
  }, 60_000)

  const node = (index: number) => nodeOf(nodes, index)

  /** Loses the changes of `work`: the standby does not get them, and takes the place of the primary. */
  async function lose(work: () => Promise<unknown>): Promise<void> {
    await pair.cutStandby()
    await work()
    await pair.killPrimary()
    await pair.promote()
    address.leadTo(pair.standbyUrl)
  }

  /** Resolves once a node says that the loss was accepted. */
  async function accepted(index: number): Promise<void> {
    for (let tries = 0; tries < 1_000; tries += 1) {
      const { json } = await insist(node(index), 'GET', '/v2/audit?action=database.accept_older')
      if (json.data.length === 1) return
      await Bun.sleep(20)
    }
    throw new Error(`The loss was never accepted:\n${node(index).output()}`)
  }

  const verify = (index: number, secret: string) => insist(node(index), 'POST', '/v2/verify', { key: secret })

  test('has lost revocations and new keys: nodes revoke again what they remember, and go on by themselves', async () => {
    const keys: { id: string; secret: string }[] = []
    for (let n = 0; n < 6; n += 1) keys.push(await rememberedKey(nodes))
    const kept = await rememberedKey(nodes)
    let created = ''
    let highest = 0
    const answers: number[] = []
    let isOver = false
    let isLost = false
    const asking = Promise.all(
      nodes.flatMap((each) =>
        keys.map(async ({ secret }) => {
          while (!isOver) {
            const { status, json } = await each.call('POST', '/v2/verify', { key: secret })
            if (isLost) answers.push(status === 200 && json.valid === true ? 1 : 0)
            await Bun.sleep(5)
          }
        }),
      ),
    )
    await lose(async () => {
      for (const [n, { id }] of keys.entries()) {
        const { status, json } = await node(n).call('DELETE', `/v2/keys/${id}`)
        expect([status, json.effective.scope]).toEqual([200, 'all-nodes'])
        highest = json.revision
      }
      created = (await node(0).call('POST', '/v2/keys', { name: 'lost' })).json.secret
      // Every node has applied it, too.
      for (const index of [0, 1, 2])
        await node(index).call('POST', '/v2/verify', { key: created, atLeast: highest + 1 })
      isLost = true
    })
    for (const index of [0, 1, 2]) await accepted(index)
    for (const index of [0, 1, 2])
      for (const { secret } of keys) expect((await verify(index, secret)).json.valid).toBe(false)
    isOver = true
    await asking
    expect(answers.filter((accepted) => accepted === 1)).toEqual([])
    expect((await verify(1, kept.secret)).json.valid).toBe(true)
    expect((await verify(2, created)).json.code).toBe('NOT_FOUND')
    const fresh = await startNode(pair.standbyUrl)
    nodes.push(fresh)
    for (const { secret } of keys)
      expect((await insist(fresh, 'POST', '/v2/verify', { key: secret })).json.valid).toBe(false)
    const made = await insist(fresh, 'POST', '/v2/keys', { name: 'after' })
    expect(made.json.key.revision).toBeGreaterThan(highest)
    console.log(
      `failover to a standby that was behind: ${keys.length} lost revocations, ${answers.length} verifies of these keys meanwhile, none passed`,
    )
    expect(answers.length).toBeGreaterThan(keys.length)
  }, 240_000)

  test('has lost a cut: nobody answers by it, also after a restart, until somebody accepts the loss', async () => {
    const { secret, id } = await rememberedKey(nodes)
    const revoked = await rememberedKey(nodes)
    await lose(async () => {
      await node(0).call('DELETE', `/v2/keys/${revoked.id}`)
      const cut = await node(1).call('PATCH', `/v2/keys/${id}`, { disabled: true })
      for (const each of nodes)
        await each.call('POST', '/v2/verify', {
          key: secret,
          atLeast: cut.json.key?.revision ?? cut.json.revision,
        })
    })
    const settings = {
      LATCHKEY_DATABASE_URL: pair.standbyUrl,
      LATCHKEY_ROOT_KEY: ROOT_KEY,
      LATCHKEY_LOG_LEVEL: 'warn',
    }
    // A process that has seen nothing learns of the loss from the database, once another process has recorded it there.
    let refused = await tryServer(settings)
    for (let tries = 0; !('exitCode' in refused) && tries < 20; tries += 1) {
      await refused.end('SIGTERM')
      refused = await tryServer(settings)
    }
    expect(refused).toMatchObject({ exitCode: 1, output: expect.stringContaining('--accept-older-database') })
    for (let tries = 0; tries < 20; tries += 1) {
      for (const each of nodes)
        expect((await each.call('POST', '/v2/verify', { key: secret })).status).toBe(503)
      expect((await node(tries).call('GET', '/readyz')).status).toBe(503)
    }
    nodes.push(await startNode(pair.standbyUrl, { LATCHKEY_ACCEPT_OLDER_DATABASE: 'true' }))
    for (const index of nodes.keys()) {
      const ready = await insist(node(index), 'GET', '/readyz')
      if (ready.status !== 200) throw new Error(`Node ${index} stays away:\n${node(index).output()}`)
      // The accepted loss: the cut is gone, but not the revocation that the nodes remembered.
      expect((await verify(index, secret)).json.valid).toBe(true)
      expect((await verify(index, revoked.secret)).json.valid).toBe(false)
    }
    await accepted(0)
  }, 240_000)
})
