import { describe, expect, test } from 'bun:test'
import { listen } from './server.ts'

describe('a listener', () => {
  test('answers an error of its application as a fault with a request id, and shows nothing of it', async () => {
    const heard: unknown[] = []
    const failure = new Error('the secret cause')
    const listener = listen({
      hostname: '127.0.0.1',
      port: 0,
      idleTimeoutMs: 5_000,
      fetch: ({ url }) => {
        if (url.endsWith('/late')) return Promise.reject(failure)
        throw failure
      },
      reportError: (error, requestId) => heard.push([error, requestId]),
    })
    for (const path of ['/now', '/late']) {
      const answer = await fetch(listener.url + path)
      const text = await answer.text()
      expect([answer.status, answer.headers.get('content-type')]).toEqual([500, 'application/problem+json'])
      expect(text).not.toMatch(/secret cause|server\.test|node_modules/)
      const { code, requestId } = JSON.parse(text)
      expect(code).toBe('internal')
      expect(heard.pop()).toEqual([failure, requestId])
    }
    await listener.stop(0)
  })
})
