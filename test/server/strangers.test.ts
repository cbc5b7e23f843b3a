import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { MAX } from '../../src/core/ground/bounds.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'
import { exchange, statusOf } from '../support/socket.ts'

// A call that needs no credential must be cheap for the server (SECURITY.md).

let server: ServerProcess
const settings = () => ({
  LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db`,
  LATCHKEY_TRUSTED_PROXIES: '127.0.0.1',
  LATCHKEY_PUBLIC_RATE: '20/1m',
  LATCHKEY_PUBLIC_RATE_TOTAL: '500/1m',
  LATCHKEY_LOG_LEVEL: 'warn',
})

beforeAll(async () => {
  server = await startServer(settings())
})
afterAll(() => server.end('SIGTERM'))

let clients = 0
/** An address that has not called yet. */
function address(): string {
  clients += 1
  return `198.51.${clients >> 8}.${clients & 255}`
}

const init = (framing: string, client = address()) =>
  `POST /v1/system/init HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${client}\r\nContent-Type: application/json\r\nConnection: close\r\n${framing}\r\n`

const ALREADY = '"alreadyInitialized":true'

describe('a stranger', () => {
  test('is answered before its body when the answer is known, whatever length it declares', async () => {
    const dawdling = await Promise.all([
      exchange(server.port, [init('Content-Length: 100\r\n')]),
      exchange(server.port, [init('Content-Length: 1000\r\n'), '{"a":']),
      exchange(server.port, [init('Transfer-Encoding: chunked\r\n'), '5\r\n{"a":\r\n']),
      exchange(server.port, [init('Transfer-Encoding: chunked\r\n')]),
    ])
    for (const { answer, closedAfterMs } of dawdling) {
      expect(answer).toContain(ALREADY)
      expect(closedAfterMs).toBeLessThan(2_000)
    }
    const tooMuch = await Promise.all([
      exchange(server.port, [init('Content-Length: 1048576\r\n'), 'x'.repeat(60_000)]),
      exchange(server.port, [init('Transfer-Encoding: chunked\r\n'), `800\r\n${' '.repeat(2_048)}\r\n`]),
      exchange(server.port, [init('Content-Length: 2000000000\r\n')]),
    ])
    for (const { answer, closedAfterMs } of tooMuch) {
      expect(statusOf(answer)).toBe(413)
      expect(closedAfterMs).toBeLessThan(2_000)
    }
    const wrong = await exchange(server.port, [`${init('Content-Length: 14\r\n')}{"force":true}`])
    expect(statusOf(wrong.answer)).toBe(400)
  })

  test('and a thousand others with half a body each neither fill memory nor block the server', async () => {
    await exchange(server.port, [init('')])
    const before = rssMib(server.pid)
    const sockets: Socket[] = []
    for (let index = 0; index < 1_000; index += 1) {
      const socket = connect(server.port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(init('Content-Length: 1048576\r\n') + 'x'.repeat(900_000))
      sockets.push(socket)
    }
    await Bun.sleep(500)
    // A busy machine lengthens single calls; a blocked server answers none of them soon.
    const waits: number[] = []
    for (let n = 0; n < 5 && (waits.at(-1) ?? 1_000) >= 1_000; n += 1) {
      const startedAt = performance.now()
      expect((await fetch(`${server.url}/livez`)).status).toBe(200)
      waits.push(performance.now() - startedAt)
    }
    const grown = rssMib(server.pid) - before
    const waited = Math.min(...waits)
    for (const socket of sockets) socket.destroy()
    process.stdout.write(
      `1000 half bodies of strangers: ${Math.round(grown)} MiB more, /livez in ${Math.round(waited)} ms\n`,
    )
    // Refusals that wait may keep some bodies, in buffers that double as they grow.
    expect(grown).toBeLessThan(100 + (2 * MAX.lateRefusals.unreadBytes) / 2 ** 20)
    expect(waited).toBeLessThan(1_000)
  }, 30_000)

  test('has one rate for all calls without a credential; health checks are not counted', async () => {
    const own = await startServer(settings())
    const ask = async (path: string, client: string, method = 'GET') => {
      const headers = { 'x-forwarded-for': client }
      return (await fetch(own.url + path, { method, headers, redirect: 'manual' })).status
    }
    const PUBLIC = ['/', '/docs', '/openapi.json', '/v1/system/info']
    const client = address()
    const statuses: number[] = []
    for (let index = 0; index < 20; index += 1) statuses.push(await ask(PUBLIC[index % 4] ?? '/', client))
    expect(statuses.filter((status) => status >= 400)).toEqual([])
    for (const path of PUBLIC) expect(await ask(path, client)).toBe(429)
    expect(await ask('/v1/system/init', client, 'POST')).toBe(429)
    expect(await ask('/v1/system/init', `${client}:4711`, 'POST')).toBe(429)
    expect(await ask('/v1/system/init', address(), 'POST')).toBe(200)
    expect(await ask('/livez', client)).toBe(200)
    expect(await ask('/readyz', client)).toBe(200)
    const refused = await fetch(`${own.url}/docs`, { headers: { 'x-forwarded-for': client } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    // Many addresses together have a rate limit, too.
    const many = await Promise.all(Array.from({ length: 600 }, () => ask('/v1/system/info', address())))
    const taken = many.filter((status) => status === 200).length
    process.stdout.write(`600 strangers at once: ${taken} answered, ${many.length - taken} refused\n`)
    expect(taken).toBeGreaterThan(400)
    expect(taken).toBeLessThan(500)
    expect(await own.end('SIGTERM')).toBe(0)
  })
})

describe('a credential', () => {
  test('has a bound on its half-sent bodies, and others can still use the server', async () => {
    const make = async () => {
      const response = await fetch(`${server.url}/v2/keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' },
        body: '{"access":"full"}',
      })
      return ((await response.json()) as { secret: string }).secret
    }
    const [hostile, honest] = [await make(), await make()]
    const head = `POST /v2/usage HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${hostile}\r\nContent-Type: application/json\r\nContent-Length: 1048576\r\n\r\n`
    const before = rssMib(server.pid)
    const answers: string[] = []
    const sockets = Array.from({ length: 60 }, (_, index) => {
      const socket = connect(server.port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.on('data', (data) => {
        answers[index] = data.toString()
      })
      socket.write(head + 'x'.repeat(1_000_000))
      return socket
    })
    for (let waited = 0; waited < 300 && answers.filter(Boolean).length < 40; waited += 1) await Bun.sleep(10)
    const refused = answers.filter((answer) => statusOf(answer) === 429).length
    const grown = rssMib(server.pid) - before
    const verified = await fetch(`${server.url}/v2/verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${honest}`, 'content-type': 'application/json' },
      body: JSON.stringify({ key: honest }),
    })
    for (const socket of sockets) socket.destroy()
    process.stdout.write(
      `60 half bodies of one credential: ${refused} refused, ${Math.round(grown)} MiB more\n`,
    )
    expect(verified.status).toBe(200)
    expect(refused).toBeGreaterThanOrEqual(40)
  }, 30_000)
})

function rssMib(pid: number): number {
  const { stdout } = Bun.spawnSync(['ps', '-o', 'rss=', '-p', String(pid)])
  return Number(stdout.toString().trim()) / 1024
}
