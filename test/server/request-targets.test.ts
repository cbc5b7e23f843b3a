import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'
import { exchange, statusOf } from '../support/socket.ts'

let server: ServerProcess

beforeAll(async () => {
  server = await startServer({ LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db` })
})
afterAll(() => server.end('SIGTERM'))

const GETS: [path: string, status: number, holds: string][] = [
  ['/livez', 200, ''],
  ['/readyz', 200, ''],
  ['/', 200, '<'],
  ['/docs', 200, '<'],
  ['/openapi.json', 200, '"openapi"'],
  ['/metrics', 200, 'latchkey_build_info'],
  // These are not at the eighth character or later, where the framework begins to look for a query.
  ['/v2/keys?limit=1&search=ro', 200, '"data"'],
  ['/v1/apikeys?maxResults=1', 200, '"keys"'],
  ['/v1/system/info', 200, ''],
  ['/api/v1/keys/', 200, '"data"'],
  ['/api/v1/key', 200, '"data"'],
  ['/v2/keyz', 404, 'route_not_found'],
  ['/v2/keys?limit=0', 400, 'query:limit'],
]

const GATES: [path: string, status: number][] = [
  ['/v2/authorize', 200],
  ['/v2/authorize?permission=a', 403],
  ['/v2/authorize/files/1?permission=a', 403],
  ['/v2/authorize?permission=a+and', 400],
]

/** The request line and the Host header of a request, in every form that clients use. */
const FORMS: [name: string, head: (method: string, path: string) => string][] = [
  ['HTTP/1.0 without Host', (method, path) => `${method} ${path} HTTP/1.0\r\n`],
  ['HTTP/1.0 with an empty Host', (method, path) => `${method} ${path} HTTP/1.0\r\nHost:\r\n`],
  ['HTTP/1.0 with a Host', (method, path) => `${method} ${path} HTTP/1.0\r\nHost: lb\r\n`],
  ['HTTP/1.1 with an empty Host', (method, path) => `${method} ${path} HTTP/1.1\r\nHost: \r\n`],
  ['a Host that is none', (method, path) => `${method} ${path} HTTP/1.1\r\nHost: a b/c?d#e\r\n`],
  ['a Host with a port that is none', (method, path) => `${method} ${path} HTTP/1.1\r\nHost: x:99999\r\n`],
  ['a Host with half an address', (method, path) => `${method} ${path} HTTP/1.1\r\nHost: [::1\r\n`],
  ['a Host that ends too early', (method, path) => `${method} ${path} HTTP/1.1\r\nHost: 256.1\r\n`],
  ['a Host with a port', (method, path) => `${method} ${path} HTTP/1.1\r\nHost: [::1]:8080\r\n`],
  ['an absolute target', (method, path) => `${method} http://other${path} HTTP/1.1\r\nHost: x\r\n`],
  ['an absolute target, HTTP/1.0', (method, path) => `${method} http://other${path} HTTP/1.0\r\n`],
  [
    'an absolute target in capitals',
    (method, path) => `${method} HTTP://OTHER:1${path} HTTP/1.1\r\nHost: x\r\n`,
  ],
]

const credential = () => `Authorization: Bearer ${server.rootKey}\r\nConnection: close\r\n\r\n`

describe('a request, however its target and Host are written', () => {
  test.each(FORMS)('%s: every address gives its usual answer, to GET and HEAD alike', async (_name, head) => {
    for (const [path, status, holds] of GETS) {
      const { answer } = await exchange(server.port, [head('GET', path) + credential()])
      expect([path, statusOf(answer)]).toEqual([path, status])
      expect(answer).toContain(holds)
      const headAnswer = await exchange(server.port, [head('HEAD', path) + credential()])
      expect(['HEAD', path, statusOf(headAnswer.answer)]).toEqual(['HEAD', path, status])
      expect(headAnswer.answer.endsWith('\r\n\r\n')).toBe(true)
    }
  })

  test.each(FORMS)('%s: a verify and a gateway get their usual answers', async (_name, head) => {
    const body = JSON.stringify({ key: server.rootKey })
    const framing = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
    const verified = await exchange(server.port, [head('POST', '/v2/verify') + framing + credential() + body])
    expect(verified.answer).toContain('"valid":true')
    for (const [path, status] of GATES) {
      const { answer } = await exchange(server.port, [head('GET', path) + credential()])
      expect([path, statusOf(answer)]).toEqual([path, status])
    }
  })

  // A gateway that writes the client's path behind ours would take the success of any other operation for a permission.
  test.each(FORMS)('%s: no path below /v2/authorize leads to another operation', async (_name, head) => {
    const demand = 'X-Auth-Permission: a.b\r\n'
    const ups = ['/../../', '/%2e%2e/.%2E/', '/a/../../../', '/..\\..\\']
    for (const target of ['livez', 'docs', 'v2/keys', 'api/v1/key', 'v2/authorized']) {
      for (const up of ups) {
        const path = `/v2/authorize${up}${target}`
        for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST']) {
          const known = await exchange(server.port, [head(method, path) + demand + credential()])
          expect([method, path, statusOf(known.answer)]).toEqual([method, path, 403])
        }
        const unknown = await exchange(server.port, [`${head('GET', path)}Connection: close\r\n\r\n`])
        expect([path, statusOf(unknown.answer)]).toEqual([path, 401])
        for (const nul of [`${path}%00`, `${path}?x=%00`, `${path}?mode=nginx&x=%00`]) {
          const options = await exchange(server.port, [`${head('OPTIONS', nul)}Connection: close\r\n\r\n`])
          expect([nul, statusOf(options.answer)]).toEqual([nul, 400])
          expect(options.answer.toLowerCase()).toContain('x-auth-key-id: \r\n')
        }
      }
    }
  })

  test.each(FORMS)('%s: a body is read and its work done', async (_name, head) => {
    const body = '{"name":"made"}'
    const framing = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
    const pieces = [head('POST', '/v2/keys') + framing + credential() + body.slice(0, 4), body.slice(4)]
    const { answer } = await exchange(server.port, pieces, { everyMs: 5 })
    expect(statusOf(answer)).toBe(201)
    expect(answer).toContain('"name":"made"')
  })

  test.each(FORMS)(
    '%s: OPTIONS is 200 for known addresses, with their methods, and 404 elsewhere',
    async (_name, head) => {
      const ask = async (path: string) =>
        (await exchange(server.port, [`${head('OPTIONS', path)}Connection: close\r\n\r\n`])).answer
      expect(await ask('/')).toMatch(/^HTTP\/1\.1 200 [\s\S]*allow: GET, HEAD, OPTIONS\r\n/i)
      expect(await ask('/livez')).toMatch(/^HTTP\/1\.1 200 /)
      expect(await ask('/v2/keys')).toMatch(/^HTTP\/1\.1 200 [\s\S]*allow: POST, GET, HEAD, OPTIONS\r\n/i)
      expect(await ask('/v2/verify')).toMatch(/^HTTP\/1\.1 200 [\s\S]*allow: POST, OPTIONS\r\n/i)
      expect(await ask('/api/v1/keys')).toMatch(/^HTTP\/1\.1 200 /)
      expect(statusOf(await ask('/nothing'))).toBe(404)
    },
  )

  // A client of HTTP/1.0 does not know chunks. Answers of more than 16 KiB are sent in pieces.
  test.each([
    ['without Connection', ''],
    ['with Connection: keep-alive', 'Connection: keep-alive\r\n'],
  ])(
    'HTTP/1.0 %s: a large answer comes without chunks, and ends with its connection',
    async (_name, more) => {
      for (let n = 0; n < 40; n += 1) {
        const created = await fetch(`${server.url}/v2/keys`, {
          method: 'POST',
          headers: { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' },
          body: JSON.stringify({ name: `key ${n}`, labels: { text: 'x'.repeat(200) } }),
        })
        expect(created.status).toBe(201)
      }
      const head = `GET /v2/keys?limit=100 HTTP/1.0\r\nAuthorization: Bearer ${server.rootKey}\r\n${more}\r\n`
      const { answer, closedAfterMs } = await exchange(server.port, [head])
      const [headers = '', body = ''] = answer.split('\r\n\r\n')
      expect(headers.toLowerCase()).not.toContain('transfer-encoding')
      expect(body.length).toBeGreaterThan(32 * 1_024)
      expect((JSON.parse(body) as { data: unknown[] }).data.length).toBeGreaterThanOrEqual(40)
      expect(closedAfterMs).toBeLessThan(10_000)
    },
  )

  test('any Host and any target get an answer below 500', async () => {
    const word = fc.stringMatching(/^[\x21-\x7e\x80-\xff]{0,30}$/)
    const request = fc.record({
      method: fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'CONNECT', 'TRACE'),
      target: fc.oneof(
        word,
        word.map((text) => `/${text}`),
        word.map((text) => `http://${text}`),
      ),
      version: fc.constantFrom('1.0', '1.1'),
      host: fc.option(word),
    })
    let answered = 0
    await fc.assert(
      fc.asyncProperty(request, async ({ method, target, version, host }) => {
        const lines = [`${method} ${target} HTTP/${version}`, ...(host === null ? [] : [`Host: ${host}`])]
        const { answer } = await exchange(server.port, [`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`])
        const status = statusOf(answer)
        if (status > 0) answered += 1
        expect(status).toBeLessThan(500)
      }),
      { numRuns: 300 },
    )
    process.stdout.write(`odd targets: 300 sent, ${answered} answered\n`)
    expect(answered).toBeGreaterThan(150)
    expect(server.output()).not.toContain('internal fault')
  }, 30_000)
})
