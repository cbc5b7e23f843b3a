import { describe, expect, test } from 'bun:test'
import { Fault } from '../../src/core/ground/faults.ts'
import { openStore } from '../../src/store/open.ts'
import { testApp } from '../support/app.ts'

describe('the addresses for operations', () => {
  test('/livez answers a constant without a credential, also while the database is away', async () => {
    const store = await openStore('sqlite::memory:')
    const away = () => Promise.reject(new Fault('store_unavailable'))
    const app = await testApp({ store: { ...store, check: away, close: () => store.close() } })
    const answer = await app.call('GET', '/livez', { key: null })
    expect([answer.status, answer.text]).toEqual([200, 'ok'])
    expect((await app.call('HEAD', '/livez', { key: null })).status).toBe(200)
    await app.close()
  })

  test('/readyz is 200 while the database answers and 503 with Retry-After when it does not', async () => {
    const store = await openStore('sqlite::memory:')
    let broken = false
    const check = () =>
      broken ? Promise.reject(new Fault('store_unavailable', { internal: 'secret host' })) : store.check()
    const app = await testApp({ store: { ...store, check, close: () => store.close() } })
    const ready = await app.call('GET', '/readyz', { key: null })
    expect([ready.status, ready.json]).toEqual([200, { status: 'ready' }])
    broken = true
    const unready = await app.call('GET', '/readyz', { key: null })
    expect([unready.status, unready.json.code]).toEqual([503, 'store_unavailable'])
    expect(unready.headers.get('content-type')).toBe('application/problem+json')
    expect(unready.headers.get('retry-after')).toBe('1')
    expect(unready.text).not.toContain('secret host')
    broken = false
    expect((await app.call('GET', '/readyz', { key: null })).status).toBe(200)
    await app.close()
  })

  test('/readyz asks the database once for all concurrent calls, and again afterwards', async () => {
    const store = await openStore('sqlite::memory:')
    let checks = 0
    let goOn = Promise.withResolvers<void>()
    const check = () => {
      checks += 1
      return goOn.promise
    }
    const app = await testApp({ store: { ...store, check, close: () => store.close() } })
    const ask = () => app.call('GET', '/readyz', { key: null })
    const first = Array.from({ length: 50 }, ask)
    await Promise.resolve()
    goOn.resolve()
    expect((await Promise.all(first)).every(({ status }) => status === 200)).toBe(true)
    expect(checks).toBe(1)
    goOn = Promise.withResolvers()
    const second = Array.from({ length: 50 }, ask)
    goOn.reject(new Fault('store_unavailable'))
    expect((await Promise.all(second)).every(({ status }) => status === 503)).toBe(true)
    expect(checks).toBe(2)
    await app.close()
  })

  test('/readyz is 503 once the database is closed', async () => {
    const app = await testApp()
    await app.store.close()
    expect((await app.call('GET', '/readyz', { key: null })).status).toBe(503)
  })

  test('/ of a server without a dashboard leads to the reference', async () => {
    const app = await testApp({ dashboard: null })
    const answer = await app.call('GET', '/', { key: null })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/docs'])
    expect(answer.headers.get('x-robots-tag')).toBe('noindex')
    await app.close()
  })

  test('other methods are 405 and other addresses 404, as problem details, and the dialects keep their own forms', async () => {
    const app = await testApp()
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs', '/']) {
      const answer = await app.call('POST', path, { key: null })
      expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, 'GET'])
    }
    const unknown = await app.call('GET', '/nothing/here', { key: null })
    expect([unknown.status, unknown.json.code]).toEqual([404, 'route_not_found'])
    expect((await app.call('GET', '/api/v1/nothing', { key: null })).json.error.code).toBe(404)
    expect((await app.call('GET', '/v1/nothing', { key: null })).json.status).toBe(404)
    expect((await app.call('GET', '/api/v2/nothing', { key: null })).json.code).toBe('route_not_found')
    await app.close()
  })

  test("every response has a request id, the caller's if it is valid", async () => {
    const app = await testApp()
    const own = await app.call('GET', '/livez', { key: null, headers: { 'x-request-id': 'req-1' } })
    expect(own.headers.get('x-request-id')).toBe('req-1')
    const odd = await app.call('GET', '/livez', { key: null, headers: { 'x-request-id': 'a b' } })
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    await app.close()
  })
})
