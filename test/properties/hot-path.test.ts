import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { TestApp } from '../support/app.ts'
import { openTwins, type Twins } from '../support/twin-apps.ts'
import { CREDENTIALS, MEMBERS, PROXY, type Sent, SPELLINGS, type Step, steps } from './hot-path-requests.ts'

// In every state, the hot path gives the same answer to a request as the plain path: status, headers and bytes. Two equal applications
// live through the same history, one behind each path.

const HISTORIES = Number(process.env.LATCHKEY_TEST_HOT_HISTORIES ?? 80)

let twins: Twins
const seen = new Map<string, number>()

beforeAll(async () => {
  twins = await openTwins({ trustedProxies: [PROXY], failedAuthRate: { limit: 200, windowMs: 60_000 } })
})
afterAll(async () => {
  const answered = [...seen].sort().map(([what, count]) => `${what}: ${count}`)
  process.stdout.write(`asked of both paths: ${answered.join(', ')}\n`)
  process.stdout.write(`bodies that the hot path read: ${twins.bodiesReadHot()}\n`)
  await twins.close()
})

test('each spelling, member and credential alone gets the same answer as on the plain path', async () => {
  const hotBefore = twins.bodiesReadHot()
  const post = (body: string | Uint8Array, headers: [string, string][]) => {
    const length = String(typeof body === 'string' ? Buffer.byteLength(body) : body.length)
    const told: [string, string][] = [
      ['content-type', 'application/json'],
      ['content-length', length],
    ]
    return ask({ method: 'POST', path: '/v2/verify', headers: [...told, ...headers], body })
  }
  const service: [string, string][] = [['authorization', `Bearer ${twins.secretOf('of service')}`]]
  const values = Object.entries(MEMBERS).flatMap(([name, each]) => each.map((value) => ({ [name]: value })))
  const bodies = twins.names.flatMap((name) => {
    const key = twins.secretOf(name)
    const bases = name === 'rich' ? [{ key }, { key, charge: '0.01' }, { key, reserve: '0.01' }] : [{ key }]
    return bases.flatMap((base) => [base, ...values.map((value) => ({ ...base, ...value }))])
  })
  const bare = JSON.stringify({ key: twins.secretOf('rich') })
  for (const body of bodies) await post(JSON.stringify(body), service)
  for (const spell of SPELLINGS) await post(spell(bare), service)
  for (const name of twins.names)
    for (const send of CREDENTIALS) {
      const headers = send(twins.secretOf(name))
      await post(bare, headers)
      await ask({ method: 'GET', path: '/v2/authorize', headers })
    }
  expect(twins.bodiesReadHot() - hotBefore).toBeGreaterThan(bodies.length)
}, 60_000)

test('the hot path gives the same answers as the plain path: status, headers and bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1_000_000), async (seed) => {
      for (const step of fc.sample(steps(twins), { seed, numRuns: 1 })[0] ?? []) await live(step)
    }),
    { numRuns: HISTORIES, endOnFailure: true },
  )
}, 120_000)

async function live(step: Step): Promise<void> {
  if (step.kind === 'wait') return twins.wait(step.ms)
  if (step.kind === 'change') return twins.change(step.name, step.patch)
  await ask(step.sent)
}

async function ask(sent: Sent): Promise<void> {
  const [hot, plain] = await twins.ask(sent)
  const what = `${sent.path.startsWith('/v2/verify') ? 'verify' : 'authorize'} ${plain.status}`
  seen.set(what, (seen.get(what) ?? 0) + 1)
  expect({ sent, answer: hot }).toEqual({ sent, answer: plain })
}

test('both paths have counted, logged and recorded the same', async () => {
  for (const read of [counts, logged, audited, uses, verdicts]) {
    const [hot, plain] = [await read(twins.hot), await read(twins.plain)]
    expect(hot).toEqual(plain)
    expect(JSON.stringify(hot).length).toBeGreaterThan(100)
  }
})

/** Every count, without the durations. */
async function counts(app: TestApp): Promise<string[]> {
  const { text } = await app.call('GET', '/metrics')
  return (
    text
      .split('\n')
      // The durations of commits differ.
      .filter((line) =>
        /^latchkey_(?!build|commit_duration_seconds_(?:bucket|sum))|_duration_seconds_count/.test(line),
      )
      .sort()
  )
}

async function logged(app: TestApp): Promise<unknown> {
  return twins.linesOf(app)
}

async function audited(app: TestApp): Promise<unknown> {
  const { json } = await app.call('GET', '/v2/audit?limit=100')
  return json.data.map(({ id: _, requestId: _own, ...entry }: Record<string, unknown>) => entry)
}

async function uses(app: TestApp): Promise<unknown> {
  await app.latchkey.lastUsed.flush()
  const { json } = await app.call('GET', '/v2/keys?limit=100')
  return json.data.map(({ id, requestCount, lastUsedAt, usage, budget }: Record<string, unknown>) => ({
    id,
    requestCount,
    lastUsedAt,
    usage,
    budget,
  }))
}

async function verdicts(app: TestApp): Promise<unknown> {
  await app.latchkey.outcomes.flush()
  const { json } = await app.call('GET', '/v2/keys?limit=100')
  const all = []
  for (const { id } of json.data) {
    const { json: told } = await app.call('GET', `/v2/keys/${id}/verifications`)
    // Of the uses within 50 ms, the hot path has looked up the address of one.
    all.push({ ...told, lastUsedIp: told.lastUsedIp !== null })
  }
  return all
}
