import { afterAll, expect, test } from 'bun:test'
import { runOpen } from './half-load.ts'

const STALL_MS = 300
let received = 0
const released = Promise.withResolvers<void>()
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch() {
    received += 1
    await released.promise
    return new Response('{"accepted":1,"rejected":0}')
  },
})
afterAll(() => server.stop(true))

test('calls that are due while the server answers nobody are sent, and count with their whole wait', async () => {
  const target = {
    url: `http://127.0.0.1:${server.port}`,
    pid: process.pid,
    rootKey: 'root',
    keys: [{ id: 'key', secret: 'secret' }],
  }
  let receivedInStall = 0
  setTimeout(() => {
    receivedInStall = received
    released.resolve()
  }, STALL_MS)
  const workload = { name: 'one event', callers: 1, eventsPerCall: 1 }
  const { calls, p50Ms } = await runOpen(target, workload, { callsPerSecond: 500, ms: STALL_MS })
  expect(receivedInStall).toBeGreaterThan(50)
  expect(calls).toBeGreaterThan(50)
  expect(p50Ms).toBeGreaterThan(STALL_MS / 6)
})
