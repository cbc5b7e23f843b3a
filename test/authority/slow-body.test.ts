import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import type { Answer, CallOptions } from '../support/app.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'
import { ACTS, type AuthorityAct, CUTS, type Scene, type Send, scene, standing } from './scene.ts'

// A request whose head arrives while its caller has the right, and whose body arrives when it no longer has.

// Calls that only read are in no transaction, and must still judge the caller again.
const LOOKING: AuthorityAct = {
  name: 'verify',
  request: ({ target }) => ({ method: 'POST', path: '/v2/verify', body: { key: target.secret } }),
  waitsIn: 'findFacts',
}
const ALL = [...ACTS, LOOKING, { ...LOOKING, name: 'verify on the hot path', isHot: true }]

let server: ServerProcess

beforeAll(async () => {
  server = await startServer({
    LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db`,
    LATCHKEY_REQUEST_TIMEOUT: '30s',
    LATCHKEY_MANAGEMENT_RATE: '100000/1m',
  })
})
afterAll(() => server.end('SIGTERM'))

const send: Send = async (method, path, { key = server.rootKey, body }: CallOptions = {}) => {
  const init = { method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } }
  const response = await fetch(
    server.url + path,
    body === undefined ? init : { ...init, body: JSON.stringify(body) },
  )
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text) } as Answer
}

/** Sends the head and some bytes of a request; `finish` sends the rest and returns the status. */
async function begin(
  { secret }: Scene,
  { method, path, body, headers }: { method: string; path: string; body: object; headers: string },
): Promise<{ finish(): Promise<number> }> {
  const text = JSON.stringify(body)
  const socket = connect(server.port, '127.0.0.1')
  let answer = ''
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.on('error', () => {})
  socket.on('data', (data) => {
    answer += data.toString('latin1')
  })
  const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\nx-api-key: ${secret}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\nConnection: close\r\n${headers}\r\n`
  await new Promise<void>((resolve) => socket.write(head + text.slice(0, 1), () => resolve()))
  return {
    async finish() {
      socket.write(text.slice(1))
      await ended
      return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])
    },
  }
}

describe.each([...CUTS])('while a body arrives $name', ({ name, make }) => {
  test('the request has no effect, in any dialect', async () => {
    const outcomes: [string, number, boolean][] = []
    for (const [index, act] of ALL.entries()) {
      const on = await scene(send)
      const unique = `${name.replaceAll(/\W/g, '-')}-${index}`
      const repeatable = index % 2 === 0 ? `Idempotency-Key: ${unique}\r\n` : ''
      if (act.isHot) await send('GET', '/v2/keys/self', { key: on.secret })
      const request = await begin(on, { ...act.request(on, unique), headers: repeatable })
      // The answer to another request of the same key shows that the head was read before.
      expect((await send('GET', '/v2/keys?limit=1', { key: on.secret })).status).toBe(200)
      expect((await make(send, on)).status).toBe(200)
      const before = await standing(send, on)
      const status = await request.finish()
      const unchanged = Bun.deepEquals(await standing(send, on), before)
      outcomes.push([act.name, status, unchanged])
    }
    // For a caller that has become a USER, the records of others look missing: 400, 404, and a verdict.
    const refusals = name === 'its user is demoted' ? [200, 400, 403, 404] : [401, 403]
    const wrong = outcomes.filter(([, status, unchanged]) => !unchanged || !refusals.includes(status))
    expect(wrong).toEqual([])
    process.stdout.write(`acts whose body came too late: ${outcomes.length}\n`)
  }, 60_000)
})
