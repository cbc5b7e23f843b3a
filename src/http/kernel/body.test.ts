import { afterEach, expect, spyOn, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'

let app: TestApp
afterEach(() => app.close())

const SENDERS = 20
const MANY_PASSES = 20 * SENDERS

test('large bodies that are complete at the same moment are decoded one in a pass', async () => {
  app = await testApp()
  const body = JSON.stringify({ name: 'n', nothing: 'x'.repeat(100_000) })
  let decoded = 0
  const decode = spyOn(TextDecoder.prototype, 'decode')
  const answers = Array.from({ length: SENDERS }, () =>
    app.call('POST', '/v2/keys', { body: JSON.parse(body) }),
  )
  let most = 0
  for (let n = 0; n < MANY_PASSES; n += 1) {
    const before = decoded
    await pass()
    decoded = decode.mock.calls.filter(([bytes]) => (bytes?.byteLength ?? 0) > 100_000).length
    most = Math.max(most, decoded - before)
  }
  decode.mockRestore()
  expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([400]))
  expect(decoded).toBe(SENDERS)
  expect(most).toBe(1)
})

test.each([{ declares: true }, { declares: false }])(
  'bodies that break off at the same moment are answered a few in a pass (%o)',
  async ({ declares }) => {
    app = await testApp()
    // A clock on which every look takes so long that nobody may begin a second request in the same pass.
    let ms = 0
    const clock = spyOn(performance, 'now').mockImplementation(() => (ms += 2))
    const bodies: ReadableStreamDefaultController[] = []
    let answered = 0
    const answers = Array.from({ length: SENDERS }, async () => {
      const body = new ReadableStream({ start: (controller) => void bodies.push(controller) })
      const headers = {
        authorization: `Bearer ${app.rootKey}`,
        'content-type': 'application/json',
        ...(declares && { 'content-length': '100' }),
      }
      const response = await app.fetch(new Request('http://x/v2/keys', { method: 'POST', headers, body }), {})
      answered += 1
      return (await response.json()) as { code: string }
    })
    for (let n = 0; n < MANY_PASSES; n += 1) await pass()
    expect(answered).toBe(0)
    for (const body of bodies) body.error(new Error('The connection was closed.'))
    let most = 0
    for (let n = 0; n < MANY_PASSES; n += 1) {
      const before = answered
      await pass()
      most = Math.max(most, answered - before)
    }
    clock.mockRestore()
    const codes = (await Promise.all(answers)).map(({ code }) => code)
    expect(codes).toEqual(codes.map(() => 'body_incomplete'))
    expect(answered).toBe(SENDERS)
    expect(most).toBeLessThanOrEqual(SENDERS / 4)
  },
)

function pass(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
