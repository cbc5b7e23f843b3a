import { afterEach, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import type { AppParts } from '../../app.ts'
import { systemRandom } from '../../core/ground/clock.ts'
import { mintSecret } from '../../core/ground/secret.ts'
import { openStore } from '../../store/open.ts'

// Anybody can invent credentials and addresses, each as good as the last. A flood of them must not pass for many callers.

const FLOOD = 300

let app: TestApp
afterEach(() => app.close())

/** An application that counts the look-ups of facts and of browsers' sessions in its store. */
async function counting(parts: Partial<AppParts> = {}) {
  let lookUps = 0
  const opened = await openStore('sqlite::memory:')
  const store = new Proxy(opened, {
    get(target, name) {
      if (name === 'findFacts' || name === 'findSession') lookUps += 1
      return Reflect.get(target, name)
    },
  })
  app = await testApp({ store, trustedProxies: ['10.0.0.1'], ...parts })
  const known = (await app.call('POST', '/v2/keys', { body: {} })).json.secret as string
  expect((await send('/v2/authorize', known)).status).toBe(200)
  return { known, lookUps: () => lookUps }
}

const invented = () => mintSecret('lk', systemRandom).reveal()

const inventedHalf = () => Buffer.from(systemRandom(32)).toString('base64url')

/** A cookie of the form of a session's, and a page's token. */
const inventedCookie = () => ({
  host: '127.0.0.1',
  'x-latchkey-dashboard': 'act',
  'x-latchkey-session': inventedHalf(),
  cookie: `latchkey=${inventedHalf()}`,
})

async function send(path: string, key: string | null, client = '198.51.100.7'): Promise<Response> {
  const headers = { 'x-forwarded-for': client, ...(key !== null && { authorization: `Bearer ${key}` }) }
  const method = path === '/v2/verify' ? 'POST' : 'GET'
  const body = method === 'POST' ? { body: '{"key":"x"}' } : {}
  const length = method === 'POST' ? { 'content-type': 'application/json', 'content-length': '11' } : {}
  const request = new Request(`http://127.0.0.1${path}`, {
    method,
    headers: { ...headers, ...length },
    ...body,
  })
  return app.fetch(request, { peerAddress: '10.0.0.1' })
}

const pass = () => new Promise<void>((resolve) => setImmediate(resolve))

const SENDERS: [what: string, client: (n: number) => string][] = [
  ['one address', () => '203.0.113.1'],
  ['an address each', (n) => `2001:db8:${n.toString(16)}::1`],
]

/** Sends a flood of credentials that do not exist: a few are read in each pass, and a known key does not wait for the others. */
async function floods(what: string, sendOne: (n: number) => Promise<Response>): Promise<void> {
  const { known, lookUps } = await counting()
  const before = lookUps()
  let answered = 0
  const flood = Array.from({ length: FLOOD }, async (_, n) => {
    const { status } = await sendOne(n)
    answered += 1
    return status
  })
  await pass()
  const inFirst = lookUps() - before
  // From the address of the flood too.
  expect((await send('/v2/authorize', known, '203.0.113.1')).status).toBe(200)
  const atKnown = answered
  expect(new Set(await Promise.all(flood))).toEqual(new Set([401]))
  process.stdout.write(
    `${FLOOD} invented ${what}: ${inFirst} read in the first pass, ${atKnown} answered before the known key\n`,
  )
  expect(lookUps() - before).toBe(FLOOD)
  expect(inFirst).toBeLessThan(FLOOD / 2)
  expect(atKnown).toBeLessThan(FLOOD / 2)
}

for (const path of ['/v2/authorize', '/v2/verify', '/v1/apikeys/x'])
  test.each(SENDERS)(
    `invented credentials at ${path} from %s are read a few in each pass, and a known key does not wait`,
    (what, client) => floods(`at ${path} from ${what}`, (n) => send(path, invented(), client(n))),
  )

test.each(SENDERS)(
  'invented cookies from %s are read a few in each pass, and a known key does not wait',
  (what, client) =>
    floods(`cookies from ${what}`, async (n) => {
      const headers = { ...inventedCookie(), 'x-forwarded-for': client(n) }
      const request = new Request('http://127.0.0.1/v2/keys', { headers })
      return app.fetch(request, { peerAddress: '10.0.0.1' })
    }),
)

test('requests without a credential take the turns of strangers, too', async () => {
  const { known } = await counting()
  for (const path of ['/v2/authorize', '/v2/keys', '/nothing']) {
    let answered = 0
    const flood = Array.from({ length: FLOOD }, async () => {
      await send(path, null)
      answered += 1
    })
    await pass()
    expect((await send('/v2/authorize', known)).status).toBe(200)
    expect(answered).toBeLessThan(FLOOD / 2)
    await Promise.all(flood)
  }
})

test('with large bodies to come, which do not wait, they are read as often as the rate of their address allows', async () => {
  const { known, lookUps } = await counting({ failedAuthRate: { limit: 10, windowMs: 60_000 } })
  const before = lookUps()
  const ask = (key: string | null, path: string) => {
    const headers = {
      ...(key === null ? inventedCookie() : { authorization: `Bearer ${key}` }),
      'x-forwarded-for': '203.0.113.1',
      'transfer-encoding': 'chunked',
      'content-type': 'application/json',
    }
    const request = new Request(`http://127.0.0.1${path}`, { method: 'POST', headers, body: '{}' })
    return app.fetch(request, { peerAddress: '10.0.0.1' })
  }
  const paths = ['/v2/keys', '/v1/apikeys', '/api/v1/keys', '/v2/verify', '/v2/authorize']
  const statuses: number[] = []
  for (let n = 0; n < 40; n += 1) statuses.push((await ask(invented(), paths[n % 5] ?? '')).status)
  expect(statuses).toEqual([...Array(10).fill(401), ...Array(30).fill(429)])
  expect(lookUps() - before).toBe(10)
  // Invented cookies count in the same rate.
  expect((await ask(null, '/v2/keys')).status).toBe(429)
  app.clock.advance(60_000)
  const cookies: number[] = []
  for (let n = 0; n < 15; n += 1) cookies.push((await ask(null, '/v2/keys')).status)
  expect(cookies).toEqual([...Array(10).fill(401), ...Array(5).fill(429)])
  expect(lookUps() - before).toBe(20)
  // A key in memory is judged all the same, behind the same address.
  expect((await ask(known, '/v2/keys')).status).toBe(403)
  expect((await ask(app.rootKey, '/v2/keys')).status).toBe(201)
})

test('a sign-out with a large body to come, which does not wait, reads no session', async () => {
  const { lookUps } = await counting()
  const before = lookUps()
  for (let n = 0; n < 20; n += 1) {
    const headers = { ...inventedCookie(), 'transfer-encoding': 'chunked' }
    const request = new Request('http://127.0.0.1/dashboard/session', { method: 'DELETE', headers })
    expect((await app.fetch(request, { peerAddress: '10.0.0.1' })).status).toBe(413)
  }
  expect(lookUps() - before).toBe(0)
})
