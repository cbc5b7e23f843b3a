import { afterEach, expect, test } from 'bun:test'
import { CUTS, scene } from '../../../test/authority/scene.ts'
import { type TestApp, testApp, watchHotRead } from '../../../test/support/app.ts'
import { HOUR_MS } from '../../core/ground/clock.ts'

let app: TestApp
afterEach(() => app.close())

/** The rate of a SERVICE and the roles above it. */
const RATE = { limit: 3, windowMs: HOUR_MS }

/** A verify whose body stops before its end, never ends, or ends later. */
function halfBody(end: End, key = app.rootKey): Request {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"key":'))
      return end(controller)
    },
  })
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': '100',
  }
  return new Request('http://127.0.0.1/v2/verify', { method: 'POST', headers, body })
}

type End = (body: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>
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

test.each([...CUTS])('while its body arrives, $name: its sender gets no verdict', async ({ make }) => {
  app = await testApp()
  const on = await scene(app.call)
  await app.call('GET', '/v2/keys/self', { key: on.secret })
  const rest = Promise.withResolvers<void>()
  const request = halfBody(async (body) => {
    await rest.promise
    body.enqueue(new TextEncoder().encode(`"${on.target.secret}"}`))
    body.close()
  }, on.secret)
  const isReadHot = watchHotRead(request)
  const answer = app.fetch(request, { peerAddress: '127.0.0.1' })
  expect((await make(app.call, on)).status).toBe(200)
  rest.resolve()
  // For a USER, the key of another user looks unknown.
  const { code } = (await (await answer).json()) as { code: string }
  expect(code).toBeOneOf(['credential_invalid', 'access_forbidden', 'address_forbidden', 'NOT_FOUND'])
  expect(isReadHot()).toBe(true)
})
