import { afterEach, expect, spyOn, test } from 'bun:test'
import { brotliCompressSync } from 'node:zlib'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import { MAX } from '../../core/ground/bounds.ts'

let app: TestApp
afterEach(() => app.close())

const SENDERS = 20
const MANY_PASSES = 20 * SENDERS
/** A quarter of a longer pass is more than a turn, which those who wait would then share. */
const SHORT_MS = 4

test('large bodies that are complete at the same moment are decoded one in a pass', async () => {
  app = await testApp()
  const body = JSON.stringify({ name: 'n', nothing: 'x'.repeat(100_000) })
  let decoded = 0
  const decode = spyOn(TextDecoder.prototype, 'decode')
  const answers = Array.from({ length: SENDERS }, () =>
    app.call('POST', '/v2/keys', { body: JSON.parse(body) }),
  )
  let most = 0
  let inShortPasses = 0
  let atMs = performance.now()
  let wasShort = true
  for (let n = 0; n < MANY_PASSES; n += 1) {
    const before = decoded
    await pass()
    decoded = decode.mock.calls.filter(([bytes]) => (bytes?.byteLength ?? 0) > 100_000).length
    const isShort = performance.now() - atMs < SHORT_MS
    atMs = performance.now()
    // After a long pass, as on a busy machine, those who wait get a part of its time.
    if (isShort && wasShort) {
      most = Math.max(most, decoded - before)
      inShortPasses += decoded - before
    }
    wasShort = isShort
  }
  decode.mockRestore()
  expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([400]))
  expect(decoded).toBe(SENDERS)
  expect(most).toBe(1)
  expect(inShortPasses).toBeGreaterThan(SENDERS / 4)
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

test('a packed body that unpacks beyond the bound counts as the most that a body may have', async () => {
  app = await testApp()
  const bomb = brotliCompressSync(new Uint8Array(4 * MAX.bodyBytes))
  const headers = {
    authorization: `Bearer ${app.rootKey}`,
    'content-type': 'application/json',
    'content-encoding': 'br',
  }
  const statuses: number[] = []
  for (let n = 0; n < 20; n += 1) {
    const request = new Request('http://x/v2/usage', { method: 'POST', headers, body: bomb })
    statuses.push((await app.fetch(request, {})).status)
  }
  // The clock stands still, so the rate of a second has room for this many.
  const room = Math.floor(MAX.largeBodiesBytes / (bomb.byteLength + MAX.bodyBytes))
  expect(statuses).toEqual([...Array(room).fill(413), ...Array(20 - room).fill(429)])
})

/** Sends a body of unknown length in pieces of this many characters. */
async function inPieces(method: string, path: string, body: string, size: number) {
  let at = 0
  let taken = 0
  const stream = new ReadableStream({
    pull(controller) {
      taken += 1
      controller.enqueue(new TextEncoder().encode(body.slice(at, at + size)))
      at += size
      if (at >= body.length) controller.close()
    },
  })
  const headers = {
    authorization: `Bearer ${app.rootKey}`,
    'content-type': 'application/json',
    'transfer-encoding': 'chunked',
  }
  const response = await app.fetch(new Request(`http://x${path}`, { method, headers, body: stream }), {})
  const json = (await response.json()) as { code?: string; detail?: string; key?: { name: string } }
  return { status: response.status, json, taken, connection: response.headers.get('connection') }
}

test.each([1, 7, 300, 5_000])('a body of unknown length is gathered from its pieces of %i', async (size) => {
  app = await testApp()
  const name = 'é'.repeat(100)
  const spaces = ' '.repeat(size === 1 ? 0 : 4_000)
  const { status, json } = await inPieces('POST', '/v2/keys', `{"name":"${name}"${spaces}}`, size)
  expect([status, json.key?.name]).toEqual([201, name])
})

test('a body in more pieces than its size allows is refused at the piece that is too many', async () => {
  app = await testApp()
  const { first, bytesEach } = MAX.bodyPieces
  const answer = await inPieces('POST', '/v2/keys', '{}'.padEnd(100_000, ' '), 1)
  expect([answer.status, answer.json.code, answer.connection]).toEqual([400, 'body_malformed', 'close'])
  expect(answer.json.detail).toContain('too many small chunks')
  expect(answer.taken).toBeLessThan((first + 100) * (1 + 1 / bytesEach) + 100)
})

test('an operation that takes no body receives one of unknown length first, up to a bound', async () => {
  app = await testApp()
  const made = await app.call('POST', '/v2/keys', { body: {} })
  const target = `/v2/keys/${made.json.key.id}`
  const tiny = await inPieces('DELETE', target, ' '.repeat(10_000), 1)
  const large = await inPieces('DELETE', target, ' '.repeat(20_000), 1_000)
  expect([tiny, large].map(({ status, json }) => [status, json.code])).toEqual([
    [400, 'body_malformed'],
    [413, 'body_too_large'],
  ])
  expect((await app.call('GET', target)).status).toBe(200)
  expect((await inPieces('GET', target, ' '.repeat(1_000), 10)).status).toBe(200)
})

function pass(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
