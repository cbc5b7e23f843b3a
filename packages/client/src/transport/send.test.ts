import { afterEach, expect, test } from 'bun:test'
import { AbortedFailure, ConnectionFailure, TimeoutFailure } from './failures.ts'
import { closedUrl, type RawServer, type Reply, rawServer } from './raw-server.test-support.ts'
import {
  ANSWER_BYTES,
  headersOf,
  isRedirect,
  type Outgoing,
  redirectAdvice,
  send,
  tooLargeAdvice,
} from './send.ts'

let server: RawServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function answering(...replies: Reply[]): Promise<RawServer> {
  server = await rawServer((index) => replies[Math.min(index, replies.length - 1)] as Reply)
  return server
}

async function failure(call: Promise<unknown>): Promise<Error & { cause?: unknown }> {
  try {
    await call
  } catch (error) {
    return error as Error
  }
  throw new Error('The call did not fail.')
}

const get = (url: string, more: Partial<Outgoing> = {}) => send({ method: 'GET', url, headers: {}, ...more })

test('a request is sent unchanged, and its response is read whatever the status', async () => {
  const { url, requests } = await answering({ status: 418, headers: { 'x-a': 'b' }, text: '{"ü":"€"}' })
  const answer = await send({
    method: 'PATCH',
    url: `${url}/a%2Fb?c=d`,
    headers: { 'X-Key': 'k', 'content-type': 'application/json' },
    body: '{"ä":1}',
  })
  expect(answer).toMatchObject({ status: 418, statusText: 'Status', text: '{"ü":"€"}' })
  expect(answer.headers.get('x-a')).toBe('b')
  expect(requests[0]).toMatchObject({ method: 'PATCH', target: '/a%2Fb?c=d', body: '{"ä":1}' })
  expect(requests[0]?.headers.get('x-key')).toBe('k')
})

test('a refused connection, a reset before the response, one within it and a cut are failures of the connection', async () => {
  const refused = await failure(get(await closedUrl()))
  expect(refused).toBeInstanceOf(ConnectionFailure)
  expect(refused.cause).toBeInstanceOf(Error)
  for (const fault of ['reset', 'reset in body', 'cut'] as const) {
    const { url } = await answering(fault)
    const broken = await failure(get(`${url}/v1?secret=s`))
    expect([fault, broken.name]).toEqual([fault, 'ConnectionFailure'])
    expect(broken.message).toContain(`${url}/v1 `)
    expect(broken.message).not.toContain('secret')
    expect(broken.cause).toBeInstanceOf(Error)
    await server?.close()
  }
})

test.each(['hang', 'hang in body'] as const)('the time-out covers a server that does %s', async (fault) => {
  const { url } = await answering(fault)
  const error = await failure(get(url, { timeoutMs: 60 }))
  expect(error).toBeInstanceOf(TimeoutFailure)
  expect(error).toMatchObject({ timeoutMs: 60, message: `${url} did not answer within 60 ms.` })
})

test.each(['hang', 'hang in body'] as const)(
  "the caller's abort ends a call to a server that does %s",
  async (fault) => {
    const { url, received } = await answering(fault)
    const controller = new AbortController()
    const failed = failure(get(url, { timeoutMs: 10_000, signal: controller.signal }))
    await received(1)
    controller.abort('enough')
    const error = await failed
    expect(error).toBeInstanceOf(AbortedFailure)
    expect(error.cause).toBe('enough')
  },
)

test('a signal that is aborted already sends nothing', async () => {
  const { url, requests } = await answering({ status: 200 })
  expect(await failure(get(url, { signal: AbortSignal.abort('no') }))).toBeInstanceOf(AbortedFailure)
  await get(url)
  expect(requests).toHaveLength(1)
})

test("a caller's own time-out signal is an abort, ours is a time-out", async () => {
  const { url } = await answering('hang')
  const theirs = await failure(get(url, { signal: AbortSignal.timeout(20), timeoutMs: 10_000 }))
  expect(theirs).toBeInstanceOf(AbortedFailure)
  expect((theirs.cause as Error).name).toBe('TimeoutError')
  const ours = await failure(get(url, { signal: new AbortController().signal, timeoutMs: 20 }))
  expect(ours).toBeInstanceOf(TimeoutFailure)
})

test('a fetch that ignores its signal is abandoned', async () => {
  const deaf = () => new Promise<Response>(() => {})
  expect(await failure(get('http://x', { fetch: deaf, timeoutMs: 10 }))).toBeInstanceOf(TimeoutFailure)
})

test('a late response of such a fetch is not read', async () => {
  const late = Promise.withResolvers<Response>()
  const cancelled = Promise.withResolvers<void>()
  await failure(get('http://x', { fetch: () => late.promise, timeoutMs: 5 }))
  late.resolve(new Response(new ReadableStream({ cancel: () => cancelled.resolve() })))
  await cancelled.promise
})

test('credentials in a URL stay out of the messages, also where the platform quotes the URL', async () => {
  const url = 'http://user:lk_secret@127.0.0.1:1/a'
  const fetch = () => Promise.reject(new TypeError(`Request cannot be constructed from ${url}`))
  for (const more of [{ fetch }, { timeoutMs: 5, fetch: () => new Promise<Response>(() => {}) }]) {
    const { message } = await failure(get(url, more))
    expect(message).toContain('http://127.0.0.1:1/a')
    expect(message).not.toContain('lk_secret')
  }
})

test('redirects are not followed, and the advice names their target', async () => {
  const { url, requests } = await answering({
    status: 307,
    headers: { location: 'https://elsewhere.example/v1' },
  })
  const answer = await get(url)
  expect(isRedirect(answer)).toBe(true)
  expect(redirectAdvice(answer)).toContain('status 307 to https://elsewhere.example/v1')
  expect(requests).toHaveLength(1)
})

test('a redirect that a browser hides counts as one', async () => {
  const hidden = {
    status: 0,
    headers: new Headers(),
    response: { type: 'opaqueredirect' } as unknown as Response,
  }
  expect(isRedirect(hidden)).toBe(true)
  expect(redirectAdvice(hidden)).toStartWith('The server answered a redirect.')
  const plain = await answering({ status: 200 })
  expect(isRedirect(await get(plain.url))).toBe(false)
})

test('options for fetch cannot change the method, the signal or the redirects', async () => {
  let seen: RequestInit = {}
  const fetch = async (_: string, init: RequestInit) => {
    seen = init
    return new Response('ok')
  }
  const init: RequestInit = {
    keepalive: true,
    redirect: 'follow',
    method: 'PUT',
    signal: AbortSignal.abort(),
  }
  const { text } = await send({ method: 'POST', url: 'http://x', headers: {}, body: 'b', init, fetch })
  expect(text).toBe('ok')
  expect(seen).toMatchObject({ keepalive: true, redirect: 'manual', method: 'POST', body: 'b' })
  expect(seen.signal?.aborted).toBe(false)
})

test('a response beyond the bound is not read, whether or not its length is declared', async () => {
  const part = new Uint8Array(1024 * 1024)
  const endless = (headers: Record<string, string>) => {
    let parts = 0
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        parts += 1
        controller.enqueue(part)
      },
      cancel() {
        cancelled = true
      },
    })
    const fetch = async () => new Response(body, { headers })
    return { fetch, read: () => ({ bytes: parts * part.length, cancelled }) }
  }
  const untold = endless({})
  const answer = await get('http://x', { fetch: untold.fetch })
  expect(answer).toMatchObject({ status: 200, text: '', tooLarge: true })
  expect(tooLargeAdvice(answer)).toContain('more than 16777216 bytes or 1000000 values')
  expect(untold.read().bytes).toBeLessThanOrEqual(ANSWER_BYTES + 2 * part.length)
  expect(untold.read().cancelled).toBe(true)
  const told = endless({ 'content-length': String(ANSWER_BYTES + 1) })
  expect(await get('http://x', { fetch: told.fetch })).toMatchObject({ text: '', tooLarge: true })
  expect(told.read().bytes).toBeLessThanOrEqual(part.length)
})

test('a call leaves no timer and no listener behind', async () => {
  const { url } = await answering({ status: 200 })
  const { signal } = new AbortController()
  const listeners = new Set<unknown>()
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (type: string, listener: EventListener) => {
    listeners.add(listener)
    addEventListener.call(signal, type, listener)
  }
  signal.removeEventListener = (type: string, listener: EventListener) => {
    listeners.delete(listener)
    removeEventListener.call(signal, type, listener)
  }
  await get(url, { signal, timeoutMs: 60_000 })
  await failure(get(await closedUrl(), { signal, timeoutMs: 60_000 }))
  expect(listeners.size).toBe(0)
  // The process ends by itself only if the timers are gone.
  const script = `import { send } from ${JSON.stringify(`${import.meta.dir}/send.ts`)}
    await send({ method: 'GET', url: ${JSON.stringify(url)}, headers: {}, timeoutMs: 60_000 })`
  const started = Bun.nanoseconds()
  const child = Bun.spawn([process.execPath, '-e', script], { stderr: 'pipe' })
  expect(await child.exited).toBe(0)
  expect(Bun.nanoseconds() - started).toBeLessThan(15e9)
})

test('later headers replace earlier ones, and an invalid one is refused without being quoted', () => {
  const made = headersOf({ A: '1', b: '1' }, undefined, [['B', '2']], new Headers({ c: '3' }))
  expect([...made]).toEqual([
    ['a', '1'],
    ['b', '2'],
    ['c', '3'],
  ])
  for (const value of ['lk_\nsecret', 'lk_\u20ac_secret']) {
    expect(() => headersOf({ 'x-api-key': value })).toThrow(/^A header, perhaps the one with the key, has a /)
  }
})

test('a browser sends its own user agent', async () => {
  const { url, requests } = await answering({ status: 200 })
  const browser = globalThis as { document?: object }
  browser.document = {}
  try {
    await get(url, { headers: { 'User-Agent': 'ours', 'x-a': 'b' } })
  } finally {
    delete browser.document
  }
  await get(url, { headers: { 'User-Agent': 'ours' } })
  expect(requests[0]?.headers.get('user-agent')).not.toBe('ours')
  expect(requests[0]?.headers.get('x-a')).toBe('b')
  expect(requests[1]?.headers.get('user-agent')).toBe('ours')
})
