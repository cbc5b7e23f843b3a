import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { refusalOf } from '../packages/client/src/incoming/index.ts'
import { heldPermissions, meetsExpression, parseExpression } from '../src/core/ground/permissions.ts'
import { VERDICT_CODES } from '../src/core/verify/verify.ts'
import { type ServerProcess, startServer } from './support/server.ts'

// docs/recipes.md: every block is written to a file as it stands, and asked for what it promises, with a real server behind it.

const page = readFileSync(new URL('../docs/recipes.md', import.meta.url), 'utf8')
const client = join(import.meta.dir, '../packages/client/src')
// Below this folder, so that packages are found.
const folder = join(import.meta.dir, `.recipes-${process.pid}`)
const blocks = [...page.matchAll(/^```ts (\S+)\n([\s\S]*?)^```$/gm)]

let server: ServerProcess
const keys: Record<string, string> = {}

async function call(method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' }
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  return (await answer.json()) as {
    key: { id: string }
    secret: string
    usage: { total: string }
    budget: object[]
  }
}

beforeAll(async () => {
  server = await startServer({ LATCHKEY_DATABASE_URL: 'sqlite::memory:' })
  process.env.LATCHKEY_BASE_URL = server.url
  process.env.LATCHKEY_API_KEY = server.rootKey
  mkdirSync(folder)
  for (const [, name = '', text = ''] of blocks) {
    const own = text
      .replaceAll("'@latchkey/client/incoming'", `'${client}/incoming/index.ts'`)
      .replaceAll("'@latchkey/client'", `'${client}/index.ts'`)
    writeFileSync(join(folder, name), own)
  }
  const make = async (name: string, body: object) => {
    keys[name] = (await call('POST', '/v2/keys', body)).secret
  }
  await make('reader', { permissions: ['reports.read'], externalUserId: 'customer-1' })
  await make('other', { permissions: ['nothing'] })
  await make('disabled', { permissions: ['reports.read'], disabled: true })
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  delete process.env.LATCHKEY_BASE_URL
  delete process.env.LATCHKEY_API_KEY
  await server.end('SIGTERM')
})

const recipe = (name: string) => import(join(folder, name))
const asked = (key: string | undefined) =>
  new Request(
    'http://127.0.0.1/reports/today',
    key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
  )

/** Says so loudly where a framework is missing; `npm ci` brings them all. */
function isMissing(framework: string): boolean {
  const missing = !existsSync(join(import.meta.dir, '../node_modules', framework))
  if (missing)
    process.stdout.write(`SKIPPED: the recipe for ${framework}, which is not installed (npm ci).\n`)
  return missing
}

/** What each recipe must answer to whom. */
async function expectGuarded(ask: (request: Request) => Response | Promise<Response>) {
  const statuses: [string, number][] = []
  for (const name of ['reader', 'other', 'disabled', 'nobody', 'without']) {
    const key = name === 'without' ? undefined : (keys[name] ?? 'lk_of_nobody')
    statuses.push([name, (await ask(asked(key))).status])
  }
  expect(statuses).toEqual([
    ['reader', 200],
    ['other', 403],
    ['disabled', 401],
    ['nobody', 401],
    ['without', 401],
  ])
}

describe('docs/recipes.md', () => {
  test('Hono', async () => {
    const { app } = await recipe('hono.ts')
    await expectGuarded((request) => app.fetch(request))
  })

  test('Next.js', async () => {
    const { GET } = await recipe('next.ts')
    await expectGuarded(GET)
    expect(await (await GET(asked(keys.reader))).json()).toEqual({ report: 'the report', of: 'customer-1' })
  })

  test.skipIf(isMissing('express'))('Express', async () => {
    const { app } = await recipe('express.ts')
    const listening = app.listen(0, '127.0.0.1') as Server
    await new Promise((resolve) => listening.once('listening', resolve))
    const { port } = listening.address() as AddressInfo
    await expectGuarded((request) =>
      fetch(`http://127.0.0.1:${port}/reports/today`, { headers: request.headers }),
    )
    listening.close()
    listening.closeAllConnections()
  })

  test.skipIf(isMissing('fastify'))('Fastify', async () => {
    const { fastify } = await recipe('fastify.ts')
    const url = (await fastify.listen({ port: 0, host: '127.0.0.1' })) as string
    await expectGuarded((request) => fetch(`${url}/reports/today`, { headers: request.headers }))
    await fastify.close()
  })

  test("anything with Node's own request and response", async () => {
    const { guard } = await recipe('node.ts')
    const guarded = guard('reports.read')
    const listening = createServer((request, response) =>
      guarded(request, response, () => response.end('the report')),
    ).listen(0, '127.0.0.1')
    await new Promise((resolve) => listening.once('listening', resolve))
    const { port } = listening.address() as AddressInfo
    await expectGuarded((request) => fetch(`http://127.0.0.1:${port}/`, { headers: request.headers }))
    listening.close()
    listening.closeAllConnections()
  })

  test('a gateway with a stream: the cost is settled at its end, and a key without money is 402', async () => {
    const { complete } = await recipe('gateway.ts')
    const { key, secret } = await call('POST', '/v2/keys', {
      permissions: ['models.call'],
      limits: { total: '0.3' },
    })
    async function* pieces() {
      for (let n = 0; n < 100; n += 1) yield 'word '
    }
    const answer = await complete(asked(secret), pieces())
    expect([answer.status, (await answer.text()).length]).toEqual([200, 500])
    let read = await call('GET', `/v2/keys/${key.id}`)
    for (let look = 0; look < 400 && read.usage.total === '0'; look += 1) {
      await Bun.sleep(25)
      read = await call('GET', `/v2/keys/${key.id}`)
    }
    expect(read.budget).toMatchObject([{ spent: '0.1', reserved: '0' }])
    // 0.20 are left, and a call may cost 0.25.
    expect((await complete(asked(secret), pieces())).status).toBe(402)
  }, 30_000)

  test('a client that leaves in the middle pays for what it was sent, and a model that fails ends the hold', async () => {
    const { complete } = await recipe('gateway.ts')
    const { key, secret } = await call('POST', '/v2/keys', {
      permissions: ['models.call'],
      limits: { total: '5' },
    })
    let made = 0
    async function* endless() {
      for (;;) {
        made += 1
        yield 'word '
      }
    }
    const reader = (await complete(asked(secret), endless())).body.getReader()
    for (let n = 0; n < 3; n += 1) await reader.read()
    await reader.cancel()
    const most = made
    // biome-ignore lint/correctness/useYield: it fails before it has anything.
    async function* failing(): AsyncGenerator<string> {
      throw new Error('the model failed')
    }
    await expect((await complete(asked(secret), failing())).text()).rejects.toThrow()
    let read = await call('GET', `/v2/keys/${key.id}`)
    const isOpen = () => (read.budget[0] as { reserved: string }).reserved !== '0'
    for (let look = 0; look < 400 && (isOpen() || read.usage.total === '0'); look += 1) {
      await Bun.sleep(25)
      read = await call('GET', `/v2/keys/${key.id}`)
    }
    expect(isOpen()).toBe(false)
    const spent = Number(read.usage.total)
    expect(spent).toBeGreaterThanOrEqual(0.003)
    expect(spent).toBeLessThanOrEqual(most * 0.001)
  }, 30_000)

  test('without a server every request is refused: 503', async () => {
    expect(refusalOf({ error: new Error('away') })?.status).toBe(503)
  })

  test('the table of responses equals refusalOf for every verdict', () => {
    const table = new Map(
      [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)].map(([, code = '', status]) => [
        code,
        Number(status),
      ]),
    )
    expect([...table.keys()].toSorted()).toEqual(VERDICT_CODES.filter((code) => code !== 'VALID').toSorted())
    for (const [code, status] of table) {
      const verdict = { valid: false, code, keyId: 'k', bound: {}, budget: [] }
      expect([code, refusalOf({ verdict: verdict as never })?.status]).toEqual([code, status])
    }
  })

  test('the table of permissions equals the decisions of the server', () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` \| `([^`]+)` \| (yes|no) \|$/gm)]
    expect(rows.length).toBeGreaterThan(8)
    for (const [, held = '', demanded = '', met] of rows) {
      const isMet = meetsExpression(heldPermissions(held.split(', ')), parseExpression(demanded))
      expect([held, demanded, isMet ? 'yes' : 'no']).toEqual([held, demanded, met ?? ''])
    }
  })
})
