import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'
import { nodeOf, ROOT_KEY, startNode, type TestNode } from './nodes.ts'
import { insist } from './traffic.ts'

// A browser that a balancer sends to another node with each call.

const SESSIONS_PER_USER_MAX = 20
const OWN = {
  host: 'keys.example.com',
  origin: 'https://keys.example.com',
  'sec-fetch-site': 'same-origin',
  'x-latchkey-dashboard': 'act',
  'content-type': 'application/json',
}
const postgres = await postgresForTests()

describe.skipIf('absent' in postgres)('browsers that are signed in, over nodes', () => {
  let database: TestDatabase
  let nodes: TestNode[] = []

  beforeAll(async () => {
    if ('absent' in postgres) return
    database = await postgres.freshDatabase()
    const settings = { LATCHKEY_PUBLIC_RATE: '100000/1m', LATCHKEY_PUBLIC_RATE_TOTAL: '100000/1m' }
    nodes = await Promise.all([startNode(database.url, settings), startNode(database.url, settings)])
  }, 60_000)
  afterAll(async () => {
    for (const node of nodes) await node.end('SIGTERM')
    await database?.drop()
  }, 60_000)

  const node = (index: number) => nodeOf(nodes, index)

  /** The headers by which the server knows a browser that has signed in. */
  interface Browser {
    cookie: string
    'x-latchkey-session': string
  }

  /** Calls as the page does, again while the node is busy finding its database. */
  async function page(
    on: TestNode,
    method: string,
    path: string,
    more: { browser?: Browser; body?: unknown },
  ) {
    const { browser, body } = more
    for (let tries = 0; ; tries += 1) {
      const response = await fetch(`${on.url}${path}`, {
        method,
        headers: { ...OWN, ...browser },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (response.status === 503 && tries < 100) continue
      return { status: response.status, headers: response.headers, text }
    }
  }

  async function signIn(on: TestNode, key = ROOT_KEY, browser?: Browser): Promise<Browser> {
    const body = { key }
    const answer = await page(
      on,
      'POST',
      '/dashboard/session',
      browser === undefined ? { body } : { body, browser },
    )
    expect(answer.status).toBe(201)
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    return { cookie, 'x-latchkey-session': JSON.parse(answer.text).pageToken }
  }

  const statusOf = async (on: TestNode, browser: Browser, path = '/v2/keys') =>
    (await page(on, 'GET', path, { browser })).status

  async function managingKey(): Promise<{ id: string; secret: string }> {
    const { json } = await insist(node(0), 'POST', '/v2/keys', { access: 'full' })
    return { id: json.key.id, secret: json.secret }
  }

  test('who signs in at one node works at the other, and who signs out there is out at both', async () => {
    const browser = await signIn(node(0))
    expect(browser.cookie).toMatch(/^__Host-latchkey=/)
    for (const n of [1, 0, 1]) {
      expect(await statusOf(node(n), browser)).toBe(200)
      const made = await page(node(n), 'POST', '/v2/keys', { browser, body: { name: `of node ${n}` } })
      expect(made.status).toBe(201)
    }
    expect((await page(node(1), 'DELETE', '/dashboard/session', { browser })).status).toBe(204)
    for (const n of [0, 1]) {
      expect(await statusOf(node(n), browser)).toBe(401)
      expect(await statusOf(node(n), browser, '/dashboard/session')).toBe(401)
    }
  }, 60_000)

  test('signing in again ends the former session, which the browser may have been given by somebody else', async () => {
    const given = await signIn(node(0))
    const browser = await signIn(node(1), ROOT_KEY, given)
    expect(browser).not.toEqual(given)
    for (const n of [0, 1]) {
      expect(await statusOf(node(n), given)).toBe(401)
      expect(await statusOf(node(n), browser)).toBe(200)
    }
  }, 60_000)

  test('a revoked or disabled key ends its sessions on every node when the call returns', async () => {
    const after: number[] = []
    for (let round = 0; round < 10; round += 1) {
      const { id, secret } = await managingKey()
      const browsers = await Promise.all([signIn(node(0), secret), signIn(node(1), secret)])
      for (const browser of browsers)
        for (const n of [0, 1]) expect(await statusOf(node(n), browser)).toBe(200)
      const ended =
        round % 2 === 0
          ? await insist(node(round), 'DELETE', `/v2/keys/${id}`)
          : await insist(node(round), 'PATCH', `/v2/keys/${id}`, { disabled: true })
      expect(ended.status).toBe(200)
      for (const browser of browsers) {
        for (const n of [0, 1]) {
          after.push(await statusOf(node(n), browser))
        }
      }
    }
    const passed = after.filter((status) => status !== 401)
    console.log(
      `sessions over 2 nodes: ${after.length} chances to pass after the key's end, ${passed.length} passed`,
    )
    expect(passed).toEqual([])
  }, 60_000)

  test('a session outlives a restart of both nodes', async () => {
    const browser = await signIn(node(0))
    for (const n of [0, 1]) {
      await node(n).end('SIGKILL')
      nodes[n] = await startNode(database.url)
    }
    for (const n of [0, 1]) expect(await statusOf(node(n), browser)).toBe(200)
    expect((await page(node(1), 'DELETE', '/dashboard/session', { browser })).status).toBe(204)
    expect(await statusOf(node(0), browser)).toBe(401)
  }, 60_000)

  test('one user has at most so many sessions, however many browsers sign in at the same time at all nodes', async () => {
    const { secret } = await managingKey()
    const many = Array.from({ length: 60 }, (_, n) => signIn(node(n), secret))
    const browsers = await Promise.all(many)
    const statuses = await Promise.all(browsers.map((browser, n) => statusOf(node(n + 1), browser)))
    const alive = statuses.filter((status) => status === 200).length
    console.log(`sessions over 2 nodes: ${browsers.length} concurrent sign-ins of one user, ${alive} alive`)
    expect(alive).toBeLessThanOrEqual(SESSIONS_PER_USER_MAX)
    // A sign-in that was repeated, because its node was busy, may hold the place of another.
    expect(alive).toBeGreaterThan(0)
  }, 60_000)
})
