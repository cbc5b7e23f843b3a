import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'
import { nodeOf, startNode, type TestNode } from './nodes.ts'
import { insist } from './traffic.ts'

// A key gets another owner at one node: when the call returns, every node acts by it, and no sum is lost or moved.

const ROUNDS = 5
const KEYS = 6
const postgres = await postgresForTests()

interface Verdict {
  valid: boolean
  code: string
  ownerId?: string
}

describe.skipIf('absent' in postgres)('keys that change their owner, over nodes', () => {
  let database: TestDatabase
  let nodes: TestNode[] = []
  let users = 0

  beforeAll(async () => {
    if ('absent' in postgres) return
    database = await postgres.freshDatabase()
    nodes = await Promise.all([startNode(database.url), startNode(database.url), startNode(database.url)])
  }, 60_000)
  afterAll(async () => {
    for (const node of nodes) await node.end('SIGTERM')
    await database?.drop()
  }, 60_000)

  const node = (index: number) => nodeOf(nodes, index)

  /** A call that must succeed. */
  async function done(on: TestNode, ...asked: Parameters<TestNode['call']>) {
    const { status, json } = await insist(on, ...asked)
    if (status >= 300) throw new Error(`${asked[0]} ${asked[1]}: ${status} ${JSON.stringify(json)}`)
    return json
  }

  async function newUser(limits: object = {}): Promise<string> {
    users += 1
    const body = { username: `user-${users}`, displayName: `User ${users}`, limits }
    return (await done(node(0), 'POST', '/v2/users', body)).id
  }

  async function newKey(ownerId: string): Promise<{ id: string; secret: string }> {
    const { key, secret } = await done(node(0), 'POST', '/v2/keys', { ownerId })
    return { id: key.id, secret }
  }

  const verify = (on: TestNode, key: string, more: object = {}): Promise<Verdict> =>
    done(on, 'POST', '/v2/verify', { key, ...more })

  /** What the users' accounts have spent, as every node shows it. */
  async function spent(on: TestNode, ...ids: string[]): Promise<number[]> {
    const { data } = await done(on, 'GET', '/v2/usage?interval=month&groupBy=owner')
    const of = (id: string) =>
      data.find(({ group }: { group: { owner: string } }) => group.owner === id)?.amount
    return ids.map((id) => Number(of(id) ?? 0))
  }

  test('after PATCH with ownerId all nodes name and charge the new owner, with charges in flight', async () => {
    let [chances, inFlight] = [0, 0]
    for (let round = 0; round < ROUNDS; round += 1) {
      const [former, next] = [await newUser({ total: '1000000' }), await newUser({ total: '1000000' })]
      const { id, secret } = await newKey(former)
      for (const each of nodes) await verify(each, secret)
      let isOver = false
      let taken = 0
      const charging = nodes.map(async (each) => {
        while (!isOver) {
          if ((await verify(each, secret, { charge: '1' })).valid) taken += 1
        }
      })
      // Some charges have gone to the former owner before the change.
      while (taken < nodes.length * 2) await Bun.sleep(5)
      await done(node(round), 'PATCH', `/v2/keys/${id}`, { ownerId: next })
      const verdicts = await Promise.all(
        nodes.flatMap((each) => [verify(each, secret), verify(each, secret)]),
      )
      chances += verdicts.length
      expect(verdicts.map(({ ownerId }) => ownerId)).toEqual(verdicts.map(() => next))
      isOver = true
      await Promise.all(charging)
      inFlight += taken
      const [formerSpent] = await spent(node(round), former)
      expect(formerSpent).toBeGreaterThan(0)
      for (const each of nodes) expect((await verify(each, secret, { charge: '1' })).ownerId).toBe(next)
      taken += nodes.length
      for (const each of nodes)
        expect(await spent(each, former, next)).toEqual([formerSpent ?? 0, taken - (formerSpent ?? 0)])
    }
    console.log(
      `owners over 3 nodes: ${chances} chances to name the former one, ${inFlight} charges in flight`,
    )
  }, 120_000)

  test('the limits of the new owner bind on all nodes at once, and those of the former one no longer', async () => {
    const [poor, rich] = [await newUser({ total: '3' }), await newUser({ total: '1000' })]
    const { id, secret } = await newKey(poor)
    for (const each of nodes) await verify(each, secret, { charge: '1' })
    for (const each of nodes)
      expect((await verify(each, secret, { charge: '1' })).code).toBe('BUDGET_EXCEEDED')
    await done(node(1), 'PATCH', `/v2/keys/${id}`, { ownerId: rich })
    for (const each of nodes) expect((await verify(each, secret, { charge: '1' })).code).toBe('VALID')
    await done(node(2), 'PATCH', `/v2/keys/${id}`, { ownerId: poor })
    for (const each of nodes)
      expect((await verify(each, secret, { charge: '1' })).code).toBe('BUDGET_EXCEEDED')
    for (const each of nodes) expect(await spent(each, poor, rich)).toEqual([3, 3])
  }, 60_000)

  test('after a hand-over no key stops on any node when the former owner is disabled', async () => {
    const [leaving, staying] = [await newUser(), await newUser()]
    const keys = await Promise.all(Array.from({ length: KEYS }, () => newKey(leaving)))
    for (const each of nodes) for (const { secret } of keys) await verify(each, secret, { charge: '1' })
    const { handedOver } = await done(node(0), 'POST', `/v2/users/${leaving}/handover`, { to: staying })
    expect(handedOver).toBe(KEYS)
    const after = () =>
      Promise.all(nodes.flatMap((each) => keys.map(({ secret }) => verify(each, secret, { charge: '1' }))))
    const named = await after()
    expect(named.map(({ ownerId }) => ownerId)).toEqual(named.map(() => staying))
    await done(node(1), 'PATCH', `/v2/users/${leaving}`, { disabled: true })
    const valid = await after()
    expect(valid.map(({ code }) => code)).toEqual(valid.map(() => 'VALID'))
    const each = nodes.length * KEYS
    for (const on of nodes) expect(await spent(on, leaving, staying)).toEqual([each, 2 * each])
  }, 60_000)

  test('disabling with a hand-over does both on all nodes', async () => {
    const [leaving, staying] = [await newUser(), await newUser()]
    const keys = await Promise.all(Array.from({ length: KEYS }, () => newKey(leaving)))
    for (const each of nodes) for (const { secret } of keys) await verify(each, secret)
    await done(node(2), 'PATCH', `/v2/users/${leaving}`, { disabled: true, handOverTo: staying })
    const verdicts = await Promise.all(
      nodes.flatMap((each) => keys.map(({ secret }) => verify(each, secret))),
    )
    expect(verdicts.map(({ code, ownerId }) => [code, ownerId])).toEqual(
      verdicts.map(() => ['VALID', staying]),
    )
    const late = await insist(node(0), 'POST', '/v2/keys', { ownerId: leaving })
    expect((await verify(node(1), late.json.secret ?? 'none')).valid).toBe(false)
  }, 60_000)
})
