import { nodeOf, rememberedKey, type TestNode } from './nodes.ts'

/** Callers of several nodes that continue while the database fails, and remember the answers. */
export interface Traffic {
  counts: TrafficCounts
  /** Keys whose creation was answered with 201. */
  made: readonly { id: string; secret: string }[]
  /** Secrets of keys whose revocation was answered with 200. */
  revoked: readonly string[]
  /** Resolves when this number of further keys has been created. */
  goesOn(more: number): Promise<void>
  /** Lets every caller finish its present call. */
  stop(): Promise<void>
  /** The broken promises, after the callers have stopped: answers that were not kept. */
  broken(): Promise<string[]>
}

/** The counts of the callers. */
export interface TrafficCounts {
  calls: number
  /** Calls without a success. */
  refused: number
  /** Verifies of the key that nobody changes, by their answer. */
  passed: number
  unavailable: number
  /** Answers that call the key invalid, or that are neither a verdict nor 503. Must be 0. */
  wrong: number
  /** Revoked keys that another node accepted after the revocation was answered. Must be 0. */
  acceptedAfter: number
  /** Charges of 1 that were answered as taken, and the number of sent ones. */
  charged: number
  tried: number
}

const CALLERS = 4
const AGAIN_MS = 50
const TRIES = 600
/** The number of keys that are checked concurrently at the end. */
const AT_ONCE = 8

/** Calls a node until it gives another answer than 503. */
export async function insist(node: TestNode, ...asked: Parameters<TestNode['call']>) {
  let answer = await node.call(...asked)
  for (let tries = 0; answer.status === 503 && tries < TRIES; tries += 1) {
    await Bun.sleep(AGAIN_MS)
    answer = await node.call(...asked)
  }
  return answer
}

/** Starts the callers: each creates a key, charges, revokes the key, and checks on another node that it is refused. */
export async function startTraffic(nodes: readonly TestNode[]): Promise<Traffic> {
  const node = (index: number) => nodeOf(nodes, index)
  const budget = (await node(0).call('POST', '/v2/keys', { limits: { total: 1_000_000 } })).json
  const steady = await rememberedKey(nodes)
  const made: { id: string; secret: string }[] = []
  const revoked: string[] = []
  const counts: TrafficCounts = {
    calls: 0,
    refused: 0,
    passed: 0,
    unavailable: 0,
    wrong: 0,
    acceptedAfter: 0,
    charged: 0,
    tried: 0,
  }
  let stopped = false

  async function useSteady(index: number): Promise<void> {
    const { status, json } = await node(index).call('POST', '/v2/verify', { key: steady.secret })
    if (status === 503) counts.unavailable += 1
    else if (json.valid === true) counts.passed += 1
    else counts.wrong += 1
  }

  async function makeAndRevoke(index: number, n: number): Promise<void> {
    const created = await node(index).call('POST', '/v2/keys', { name: `${index}-${n}` })
    if (created.status !== 201) {
      counts.refused += 1
      return Bun.sleep(20)
    }
    const { key, secret } = created.json
    made.push({ id: key.id, secret })
    await node(index + 1).call('POST', '/v2/verify', { key: secret })
    if (n % 2 !== 0 || (await node(index).call('DELETE', `/v2/keys/${key.id}`)).status !== 200) return
    revoked.push(secret)
    const { json } = await node(index + 1).call('POST', '/v2/verify', { key: secret })
    if (json.valid === true) counts.acceptedAfter += 1
  }

  async function charge(index: number, n: number): Promise<void> {
    counts.tried += 1
    const body = { key: budget.secret, charge: 1, requestId: `${index} ${n}` }
    if ((await node(index).call('POST', '/v2/verify', body)).json.valid === true) counts.charged += 1
  }

  async function caller(index: number): Promise<void> {
    for (let n = 0; !stopped; n += 1) {
      counts.calls += 1
      await makeAndRevoke(index, n)
      await charge(index, n)
      await useSteady(index)
    }
  }

  const callers = Array.from({ length: CALLERS }, (_, index) => caller(index))

  async function brokenOf(n: number, isDead: ReadonlySet<string>): Promise<string[]> {
    const { id, secret } = made[n] ?? { id: '', secret: '' }
    const shown = await insist(node(n), 'GET', `/v2/keys/${id}`)
    if (shown.status !== 200) return [`key ${id} was made, and is answered with ${shown.status}`]
    if (!isDead.has(secret)) return []
    const verdicts = await Promise.all(
      nodes.map((each) => insist(each, 'POST', '/v2/verify', { key: secret })),
    )
    return verdicts.flatMap(({ json }, index) =>
      json.valid === false
        ? []
        : [`key ${id} was revoked, and node ${index} answers ${JSON.stringify(json)}`],
    )
  }

  return {
    counts,
    made,
    revoked,
    async goesOn(more) {
      const before = made.length
      for (let tries = 0; made.length < before + more && tries < 2 * TRIES; tries += 1) await Bun.sleep(20)
      if (made.length < before + more) throw new Error(`No more than ${made.length - before} keys were made.`)
    },
    async stop() {
      stopped = true
      await Promise.all(callers)
    },
    async broken() {
      const isDead = new Set(revoked)
      const found: string[] = []
      for (let from = 0; from < made.length; from += AT_ONCE) {
        const some = Array.from({ length: Math.min(AT_ONCE, made.length - from) }, (_, n) => from + n)
        found.push(...(await Promise.all(some.map((n) => brokenOf(n, isDead)))).flat())
      }
      const spent = Number((await insist(node(1), 'GET', `/v2/keys/${budget.key.id}`)).json.usage.total)
      if (spent < counts.charged) found.push(`${counts.charged} were charged, and ${spent} are counted`)
      if (spent > counts.tried) found.push(`${counts.tried} were tried, and ${spent} are counted`)
      return found
    },
  }
}
