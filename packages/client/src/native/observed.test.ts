import { afterEach, describe, expect, test } from 'bun:test'
import { FaultCodes } from '../codes.ts'
import { type AnswerFacts, Latchkey, LatchkeyApiError, type Try } from '../index.ts'
import { closedUrl, type RawServer, type Reply, rawServer } from '../transport/raw-server.test-support.ts'

// The information that a caller gets about its calls: in errors, in notes for a log, and on success.

const SECRET = `lk_${'a'.repeat(43)}000000`
let server: RawServer | undefined
afterEach(() => server?.close())

async function clientOf(tries: Try[], ...replies: Reply[]): Promise<Latchkey> {
  server = await rawServer((index) => replies[Math.min(index, replies.length - 1)] as Reply)
  return new Latchkey({
    baseUrl: server.url,
    apiKey: SECRET,
    retry: { initialMs: 1, maxMs: 5_000 },
    onTry: (one) => tries.push(one),
  })
}

const NOT_FOUND = { valid: false, code: 'NOT_FOUND' }

test('every attempt is reported: operation, number, duration, status, request id, and the pause after it', async () => {
  const tries: Try[] = []
  const latchkey = await clientOf(
    tries,
    { status: 503, headers: { 'x-request-id': 'first', 'retry-after-ms': '2' } },
    'reset',
    { status: 200, headers: { 'x-request-id': 'third' }, body: NOT_FOUND },
  )
  await latchkey.verify({ key: SECRET })
  expect(tries).toMatchObject([
    {
      operation: 'POST /v2/verify',
      number: 1,
      status: 503,
      requestId: 'first',
      error: undefined,
      pauseMs: 2,
    },
    { number: 2, status: undefined, requestId: undefined, error: expect.stringContaining('broke off') },
    { number: 3, status: 200, requestId: 'third', error: undefined, pauseMs: undefined },
  ])
  for (const { tookMs } of tries) expect(tookMs).toBeGreaterThanOrEqual(0)
})

test('a throwing log does not fail a call', async () => {
  const latchkey = await clientOf([], { status: 200, body: NOT_FOUND })
  const loud = new Latchkey({
    baseUrl: server?.url,
    apiKey: null,
    onTry() {
      throw new Error('the disk is full')
    },
  })
  expect(await loud.verify({ key: 'x' })).toEqual((await latchkey.verify({ key: 'x' })) as never)
})

test('no secret is in a report or a message, not even one that was passed as the name of a key', async () => {
  const tries: Try[] = []
  const latchkey = await clientOf(tries, { status: 503 }, { status: 404, body: { code: 'key_not_found' } })
  const refused = await latchkey.keys.get(SECRET).catch((error: unknown) => error)
  const closed = new Latchkey({
    baseUrl: await closedUrl(),
    apiKey: SECRET,
    retry: { maxRetries: 0 },
    onTry: (one) => tries.push(one),
  })
  const unreached = await closed.keys.get(SECRET).catch((error: unknown) => error)
  const late = await closed.keys.get(SECRET, { signal: AbortSignal.abort() }).catch((error: unknown) => error)
  expect(tries).toHaveLength(3)
  expect(String(refused)).toBe('LatchkeyApiError: GET /v2/keys/{ref}: status 404: key_not_found')
  expect(String(unreached)).toStartWith('LatchkeyConnectionError: GET /v2/keys/{ref}: http://127.0.0.1:')
  expect(String(late)).toBe('LatchkeyAbortedError: GET /v2/keys/{ref}: The call was aborted.')
  expect(`${JSON.stringify(tries)} ${refused} ${unreached} ${late}`).not.toContain('aaaa')
})

describe('a failure', () => {
  test('names the operation, the status, the code, the reason and the request id', async () => {
    const problem = { code: 'key_not_found', detail: 'There is no such key.', requestId: '019a' }
    const latchkey = await clientOf([], {
      status: 404,
      headers: { 'x-request-id': 'of the header' },
      body: problem,
    })
    const failed = await latchkey.keys.get('k').catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(LatchkeyApiError)
    expect(failed).toMatchObject({
      message: 'GET /v2/keys/{ref}: status 404: key_not_found: There is no such key. (request 019a)',
      operation: 'GET /v2/keys/{ref}',
      status: 404,
      code: FaultCodes.KeyNotFound,
      detail: 'There is no such key.',
      requestId: '019a',
      tries: 1,
    })
  })

  test('of a proxy has the available facts, and counts the attempts', async () => {
    const latchkey = await clientOf([], {
      status: 502,
      text: '<h1>bad gateway</h1>',
      headers: { 'x-request-id': 'edge' },
    })
    const failed = await latchkey.keys.get('k').catch((error: unknown) => error)
    expect(failed).toMatchObject({
      message: 'GET /v2/keys/{ref}: status 502 (request edge)',
      code: undefined,
      tries: 4,
    })
  })

  test('is one line of bounded length, whatever the server writes', async () => {
    const detail = `first\r\n\u2028level=ERROR second\u001b[31m${'x'.repeat(10_000)}`
    const latchkey = await clientOf([], { status: 400, body: { code: 'input_invalid', detail } })
    const { message } = (await latchkey.keys.get('k').catch((error: unknown) => error)) as Error
    expect(message).toContain('first level=ERROR second [31m')
    expect(message).not.toMatch(/\p{C}|\u2028/u)
    expect(message.length).toBeLessThan(2_000)
  })
})

test('a success reports its status, headers, request id and attempts, also without content', async () => {
  const facts: AnswerFacts[] = []
  const options = { onAnswer: (each: AnswerFacts) => facts.push(each) }
  const latchkey = await clientOf(
    [],
    { status: 503 },
    { status: 200, headers: { 'x-request-id': 'a', ratelimit: 'b' }, body: NOT_FOUND },
    { status: 204, headers: { 'x-request-id': 'c' } },
    { status: 200, body: { data: [], nextCursor: 'more' } },
    { status: 200, body: { data: [], nextCursor: null } },
  )
  await latchkey.verify({ key: 'x' }, options)
  await latchkey.users.delete('u', options)
  for await (const _ of latchkey.keys.list({}, options)) break
  expect(facts).toMatchObject([
    { status: 200, requestId: 'a', tries: 2 },
    { status: 204, requestId: 'c', tries: 1 },
    { status: 200, requestId: undefined, tries: 1 },
    { status: 200, requestId: undefined, tries: 1 },
  ])
  expect(facts[0]?.headers.get('ratelimit')).toBe('b')
})

test('a body may begin with a byte order mark', async () => {
  const latchkey = await clientOf([], { status: 200, text: `\ufeff${JSON.stringify(NOT_FOUND)}` })
  expect(await latchkey.verify({ key: 'x' })).toEqual(NOT_FOUND as never)
})
