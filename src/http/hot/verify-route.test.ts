import { afterEach, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import { HOUR_MS } from '../../core/ground/clock.ts'

let app: TestApp
afterEach(() => app.close())

/** The rate of a SERVICE and the roles above it. */
const RATE = { limit: 3, windowMs: HOUR_MS }

/** Sends a verify whose body stops before its end, or never ends. */
function halfBody(end: End): Request {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"key":'))
      end(controller)
    },
  })
  const headers = {
    authorization: `Bearer ${app.rootKey}`,
    'content-type': 'application/json',
    'content-length': '100',
  }
  return new Request('http://127.0.0.1/v2/verify', { method: 'POST', headers, body })
}

type End = (body: ReadableStreamDefaultController<Uint8Array>) => void
const breaksOff: End = (body) => body.error(new Error('reset'))
const isLate: End = () => {}

test.each<['fetch' | 'fetchPlain', string, End]>([
  ['fetch', 'body_incomplete', breaksOff],
  ['fetchPlain', 'body_incomplete', breaksOff],
  ['fetch', 'request_timeout', isLate],
  ['fetchPlain', 'request_timeout', isLate],
])('a body that does not come costs its sender a call (%s, %s)', async (path, code, end) => {
  app = await testApp({ serviceRate: RATE, requestTimeoutMs: 20 })
  // From here on memory knows the caller.
  expect((await app.call('GET', '/v2/keys')).status).toBe(200)
  for (let n = 0; n < RATE.limit; n += 1) {
    const answer = await app[path](halfBody(end), {})
    expect(await answer.json()).toMatchObject({ code })
  }
  expect((await app.call('POST', '/v2/verify', { body: { key: 'x' } })).status).toBe(429)
})
