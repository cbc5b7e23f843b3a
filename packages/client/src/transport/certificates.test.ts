import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createServer as createPlain, type Server } from 'node:net'
import { createServer } from 'node:tls'
import { certificateFor, DAY_MS } from './certificate.test-support.ts'
import { ConnectionFailure } from './failures.ts'
import { runInNode } from './in-node.test-support.ts'
import { connectionFailure } from './reason.ts'
import { send } from './send.ts'

// Servers whose certificate nobody should trust, each with what the runtimes call its fault.

const now = Date.now()
const valid = [new Date(now - DAY_MS), new Date(now + DAY_MS)] as const
const past = [new Date(now - 2 * DAY_MS), new Date(now - DAY_MS)] as const

const SERVERS: {
  name: string
  host: string
  between: readonly [Date, Date]
  trusted: boolean
  why: RegExp
}[] = [
  {
    name: 'of an unknown authority',
    host: '127.0.0.1',
    between: valid,
    trusted: false,
    why: /self[- ]signed/i,
  },
  { name: 'that has expired', host: '127.0.0.1', between: past, trusted: true, why: /expired/i },
  { name: 'of another host', host: 'other.example', between: valid, trusted: true, why: /altname|match/i },
]

const open: Server[] = []
let urls: string[] = []
let plain = ''

beforeAll(async () => {
  for (const { host, between } of SERVERS) open.push(createServer(certificateFor(host, ...between)))
  open.push(createPlain((socket) => socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\n\r\n')))
  const all = await Promise.all(
    open.map(
      (server) =>
        new Promise<string>((resolve) => {
          server.on('tlsClientError', () => {})
          server.listen(0, '127.0.0.1', () =>
            resolve(`https://127.0.0.1:${(server.address() as { port: number }).port}`),
          )
        }),
    ),
  )
  plain = all.at(-1) as string
  urls = all.slice(0, -1)
})

afterAll(() => {
  for (const server of open) server.close()
})

describe('a certificate is refused, with its reason, and the call is not retried', () => {
  for (const [index, { name, why }] of SERVERS.entries()) {
    test(`${name}, in Bun`, async () => {
      const url = urls[index] as string
      const failed = await send({ method: 'GET', url, headers: {}, timeoutMs: 5_000 }).catch((error) => error)
      expect(failed).toBeInstanceOf(ConnectionFailure)
      expect(failed).toMatchObject({ transient: false })
      expect(failed.message).toMatch(new RegExp(`^${url} cannot be reached: `))
      // Where no authority vouches for it, Bun says so before it looks at the rest.
      expect(failed.message).toMatch(index === 0 ? why : /certificate|expired|altname|self/i)
    })

    test(`${name}, in Node`, async () => {
      const script = `
        import { send } from ${JSON.stringify(`${import.meta.dir}/send.ts`)}
        const failed = await send({ method: 'GET', url: ${JSON.stringify(urls[index])}, headers: {} }).catch((error) => error)
        console.log(JSON.stringify({ kind: failed.name, transient: failed.transient, message: failed.message }))`
      const told = JSON.parse(await runInNode(script))
      expect(told).toMatchObject({ kind: 'ConnectionFailure', transient: false })
      expect(told.message).toMatch(/cannot be reached: .*(self|certificate|expired|altname).*\([A-Z_]+\)$/i)
    })
  }
})

test('a server without TLS is an error for https', async () => {
  const failed = await send({ method: 'GET', url: plain, headers: {}, timeoutMs: 5_000 }).catch(
    (error) => error,
  )
  expect(failed).toBeInstanceOf(ConnectionFailure)
})

test('the errors of each runtime for a refused certificate are known, and a broken connection is not one of them', () => {
  const transient = (code: string, message = 'x') =>
    connectionFailure('http://x', Object.assign(new Error(message), { code })).transient
  for (const code of [
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'HOSTNAME_MISMATCH',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'EPROTO',
  ])
    expect([code, transient(code)]).toEqual([code, false])
  expect(transient('', 'invalid peer certificate: UnknownIssuer')).toBe(false)
  for (const code of [
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'UND_ERR_SOCKET',
    'ENOTFOUND',
    'ConnectionClosed',
  ])
    expect([code, transient(code)]).toEqual([code, true])
})

test('the innermost reason is reported, also for several addresses and for circular causes', () => {
  const bottom = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' })
  const several = Object.assign(new AggregateError([bottom]), { code: 'ECONNREFUSED' })
  const told = connectionFailure('http://x', new TypeError('fetch failed', { cause: several }))
  expect(told.message).toBe('http://x could not be reached, or broke off: connect refused (ECONNREFUSED)')
  const round = new Error('round')
  round.cause = round
  expect(connectionFailure('http://x', round).message).toContain('round')
})
