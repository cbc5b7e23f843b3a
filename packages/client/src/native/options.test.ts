import { afterEach, describe, expect, test } from 'bun:test'
import { Latchkey, LatchkeyTimeoutError } from '../index.ts'
import { type RawServer, type Reply, rawServer } from '../transport/raw-server.test-support.ts'

let server: RawServer | undefined

afterEach(() => server?.close())

async function serverOf(...replies: Reply[]): Promise<RawServer> {
  const started = await rawServer((index) => replies[Math.min(index, replies.length - 1)] as Reply)
  server = started
  return started
}

test('an undefined option counts as absent: the header is not sent, the number of attempts is the default', async () => {
  const { url: baseUrl, requests } = await serverOf({ status: 503 })
  const retry = { maxRetries: undefined, initialMs: 0, maxMs: 0 }
  const headers = { 'x-of-the-client': undefined, 'x-set': 'yes' }
  const latchkey = new Latchkey({ baseUrl, apiKey: 'lk_x', timeoutMs: undefined, retry, headers })
  const call = latchkey.keys.get('a', {
    signal: undefined,
    retry: { maxMs: undefined },
    headers: { 'x-of-the-call': undefined },
  })
  await expect(call).rejects.toMatchObject({ status: 503 })
  expect(requests).toHaveLength(4)
  for (const { headers } of requests) {
    expect(headers.get('x-set')).toBe('yes')
    expect([...headers.keys()].filter((name) => name.startsWith('x-of'))).toEqual([])
  }
})

describe('a call ends when its total time is over', () => {
  const SLACK_MS = 5_000

  test('over all its attempts and pauses', async () => {
    const { url: baseUrl } = await serverOf('hang')
    const latchkey = new Latchkey({ baseUrl, apiKey: 'lk_x', totalTimeoutMs: 60, timeoutMs: SLACK_MS })
    const begun = performance.now()
    const failed = await latchkey.verify({ key: 'x' }).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(LatchkeyTimeoutError)
    expect(String(failed)).toContain('within 60 ms')
    expect(performance.now() - begun).toBeLessThan(SLACK_MS)
  })

  test('over a function that never returns the key, and then nothing is sent', async () => {
    const { url: baseUrl, requests } = await serverOf({ status: 503 })
    const apiKey = () => new Promise<string>(() => {})
    const latchkey = new Latchkey({ baseUrl, apiKey })
    const call = latchkey.verify({ key: 'x' }, { totalTimeoutMs: 20 })
    await expect(call).rejects.toBeInstanceOf(LatchkeyTimeoutError)
    const aborted = latchkey.verify({ key: 'x' }, { signal: AbortSignal.timeout(10) })
    await expect(aborted).rejects.toMatchObject({ name: 'LatchkeyAbortedError' })
    expect(requests).toHaveLength(0)
  })

  test('with the last response when the next pause would be too long', async () => {
    const { url: baseUrl, requests } = await serverOf({ status: 503, headers: { 'retry-after': '4' } })
    const latchkey = new Latchkey({ baseUrl, apiKey: 'lk_x', totalTimeoutMs: 2_000 })
    await expect(latchkey.verify({ key: 'x' })).rejects.toMatchObject({ status: 503, retryAfterMs: 4_000 })
    expect(requests).toHaveLength(1)
  })

  test('but not without a total time', async () => {
    const { url: baseUrl } = await serverOf(
      { status: 503 },
      { status: 200, body: { valid: false, code: 'NOT_FOUND' } },
    )
    const latchkey = new Latchkey({
      baseUrl,
      apiKey: 'lk_x',
      totalTimeoutMs: 0,
      timeoutMs: 0,
      retry: { initialMs: 1 },
    })
    expect(await latchkey.verify({ key: 'x' })).toEqual({ valid: false, code: 'NOT_FOUND' })
  })
})

test('a client without a key is refused where it is made, unless its fetch or its headers may bring one', () => {
  const before = process.env.LATCHKEY_API_KEY
  delete process.env.LATCHKEY_API_KEY
  try {
    for (const options of [{}, { baseUrl: 'http://127.0.0.1:1' }, { apiKey: undefined }, { apiKey: '' }])
      expect(() => new Latchkey(options)).toThrow('apiKey is missing: set LATCHKEY_API_KEY')
    const headers = { authorization: 'Bearer lk_x' }
    for (const options of [{ apiKey: null }, { apiKey: 'x' }, { apiKey: () => 'x' }, { headers }, { fetch }])
      expect(new Latchkey(options)).toBeInstanceOf(Latchkey)
    process.env.LATCHKEY_API_KEY = 'x'
    expect(new Latchkey()).toBeInstanceOf(Latchkey)
  } finally {
    if (before === undefined) delete process.env.LATCHKEY_API_KEY
    else process.env.LATCHKEY_API_KEY = before
  }
})
