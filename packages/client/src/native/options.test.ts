import { afterEach, expect, test } from 'bun:test'
import { Latchkey } from '../index.ts'
import { type RawServer, type Reply, rawServer } from '../transport/raw-server.test-support.ts'

let server: RawServer

afterEach(() => server.close())

async function serverOf(...replies: Reply[]): Promise<RawServer> {
  server = await rawServer((index) => replies[Math.min(index, replies.length - 1)] as Reply)
  return server
}

test('an option that is undefined is as good as absent: the header is not sent, the number of tries is the usual', async () => {
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
