import { afterEach, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import type { Log } from '../../log/log.ts'
import type { RequestReport } from '../kernel/api.ts'

let app: TestApp
afterEach(() => app.close())

/** A secret of our form with a valid checksum, so that the store has to look for it. */
const UNKNOWN = `lk_${'0'.repeat(49)}`

test('a client that leaves while its key is looked up is counted and logged by its address', async () => {
  const lines: RequestReport[] = []
  const log: Log = { request: (line) => lines.push(line), event() {}, warning() {}, error() {} }
  app = await testApp({ log, failedAuthRate: { limit: 2, windowMs: 60_000 } })
  const route = app.routes.find(({ path }) => path === '/v2/authorize')?.answer
  if (typeof route !== 'function') throw new Error('There is no such route.')
  const statuses: number[] = []
  for (let n = 0; n < 3; n += 1) {
    let isConnected = true
    const headers = { authorization: `Bearer ${UNKNOWN}` }
    const peer = () => (isConnected ? '203.0.113.7' : undefined)
    const answering = route(new Request('http://127.0.0.1/v2/authorize', { headers }), peer)
    expect(answering).toBeInstanceOf(Promise)
    isConnected = false
    statuses.push((await answering).status)
  }
  expect(statuses).toEqual([401, 401, 429])
  expect(lines.map(({ clientIp }) => clientIp)).toEqual(Array(3).fill('203.0.113.7'))
  // This address has used up its attempts; another one has not.
  const headers = { authorization: `Bearer ${UNKNOWN}` }
  const from = async (peerAddress: string) =>
    (await app.call('GET', '/v2/authorize', { headers, peerAddress })).status
  expect(await from('203.0.113.7')).toBe(429)
  expect(await from('203.0.113.8')).toBe(401)
})
