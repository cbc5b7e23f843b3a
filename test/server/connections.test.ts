import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { MAX } from '../../src/core/ground/bounds.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'
import { exchange, statusOf } from '../support/socket.ts'

let server: ServerProcess
const timeouts = { LATCHKEY_REQUEST_TIMEOUT: '2s', LATCHKEY_IDLE_TIMEOUT: '60s' }

beforeAll(async () => {
  server = await startServer({ LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db`, ...timeouts })
})
afterAll(() => server.end('SIGTERM'))

const post = (headers: string) =>
  `POST /api/v1/keys HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.rootKey}\r\nContent-Type: application/json\r\nConnection: close\r\n${headers}\r\n`

describe('connections', () => {
  test('a client that sends nothing, stalls in its headers, or drips them, is disconnected', async () => {
    const drip = Array.from({ length: 60 }, (_, index) => `X-${index}: 1\r\n`)
    const ends = await Promise.all([
      exchange(server.port, []),
      exchange(server.port, ['GET /v2/keys HTTP/1.1\r\nHost: x\r\n']),
      exchange(server.port, ['GET /v2/keys HTTP/1.1\r\nHost: x\r\n', ...drip], { everyMs: 500 }),
    ])
    for (const { closedAfterMs } of ends) expect(closedAfterMs).toBeLessThan(16_000)
  }, 20_000)

  test("a body that drips or stalls is answered 408 within the request timeout, in the dialect's form", async () => {
    const ends = await Promise.all([
      exchange(server.port, [post('Content-Length: 1000\r\n'), ...Array.from({ length: 40 }, () => ' ')], {
        everyMs: 200,
      }),
      exchange(server.port, [post('Content-Length: 1000\r\n'), '{'], { everyMs: 10 }),
    ])
    for (const { answer, closedAfterMs } of ends) {
      expect(statusOf(answer)).toBe(408)
      expect(answer).toContain('"code":408')
      expect(closedAfterMs).toBeLessThan(8_000)
    }
  }, 20_000)

  test("a body over the bound is 413 in the dialect's form, declared or chunked", async () => {
    const large = `{"name":"${'x'.repeat(MAX.bodyBytes)}"}`
    const declared = await exchange(server.port, [post(`Content-Length: ${large.length}\r\n`), large])
    const chunked = await exchange(server.port, [
      post('Transfer-Encoding: chunked\r\n'),
      `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`,
    ])
    for (const { answer } of [declared, chunked]) {
      expect(statusOf(answer)).toBe(413)
      expect(answer).toContain('"code":413')
    }
  })

  test.each([
    ['headers over 16 KiB', () => `GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['two lengths', () => post('Content-Length: 2\r\nContent-Length: 3\r\n'), 400],
    ['a length and chunks', () => post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n'), 400],
    ['no HTTP at all', () => '\x00\x01\x02\r\n\r\n', 400],
  ])('%s: refused without any code of ours', async (_name, bytes, expected) => {
    expect(statusOf((await exchange(server.port, [bytes()])).answer)).toBe(expected)
  })

  test('SIGTERM: a request under way is answered, a new connection is refused, the process exits with 0', async () => {
    const own = await startServer({ LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db`, ...timeouts })
    const body = '{"name":"slow"}'
    const head = `POST /api/v1/keys HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${own.rootKey}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`
    const socket = connect(own.port, '127.0.0.1')
    let answer = ''
    socket.on('data', (data) => {
      answer += data.toString()
    })
    const closed = new Promise((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.write(head + body.slice(0, 5), resolve))
    await fetch(`${own.url}/api/v1/key`)
    const ended = own.end('SIGTERM')
    await waitFor(() => own.output().includes('"stopping"'))
    await expect(fetch(`${own.url}/api/v1/key`)).rejects.toThrow()
    socket.write(body.slice(5))
    await closed
    expect(statusOf(answer)).toBe(201)
    expect(await ended).toBe(0)
  })
})

async function waitFor(condition: () => boolean): Promise<void> {
  for (let waited = 0; waited < 200 && !condition(); waited += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
  expect(condition()).toBe(true)
}
