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
    await new Promise<void>((resolve) => setImmediate(resolve))
    decoded = decode.mock.calls.filter(([bytes]) => (bytes?.byteLength ?? 0) > 100_000).length
    most = Math.max(most, decoded - before)
  }
  decode.mockRestore()
  expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([400]))
  expect(decoded).toBe(SENDERS)
  expect(most).toBe(1)
})
