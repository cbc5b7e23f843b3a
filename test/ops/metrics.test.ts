import { describe, expect, test } from 'bun:test'
import { Fault } from '../../src/core/ground/faults.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { faultyStore } from '../support/faulty-store.ts'

async function metrics(app: TestApp): Promise<string> {
  const answer = await app.call('GET', '/metrics')
  expect(answer.status).toBe(200)
  return answer.text
}

/** The value of one series, by its name and labels in the text form. */
function seriesValue(text: string, series: string): number | null {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? null : Number(line.slice(series.length + 1))
}

describe('/metrics', () => {
  test('counts verdicts, refused credentials, facts in memory and requests by route pattern', async () => {
    const app = await testApp()
    const { key, secret } = (await app.call('POST', '/v2/keys', { body: {} })).json
    const verify = (text: string) => app.call('POST', '/v2/verify', { body: { key: text } })
    for (const text of [secret, secret, 'x']) await verify(text)
    await app.call('PATCH', `/v2/keys/${key.id}`, { body: { disabled: true } })
    await verify(secret)
    await app.call('GET', `/v2/keys/${key.id}`)
    await app.call('GET', '/v2/keys/unknown')
    await app.call('GET', '/no/such/address')
    await app.call('PROPFIND', '/v2/keys')
    await app.call('GET', '/v2/keys', { key: 'lk_wrong' })
    const text = await metrics(app)
    expect(seriesValue(text, 'latchkey_verify_total{code="VALID"}')).toBe(2)
    expect(seriesValue(text, 'latchkey_verify_total{code="NOT_FOUND"}')).toBe(1)
    expect(seriesValue(text, 'latchkey_verify_total{code="DISABLED"}')).toBe(1)
    expect(seriesValue(text, 'latchkey_verify_total{code="EXPIRED"}')).toBe(0)
    expect(seriesValue(text, 'latchkey_authentication_failures_total{code="credential_invalid"}')).toBe(1)
    expect(seriesValue(text, 'latchkey_facts_in_memory')).toBe(2)
    const count = (labels: string) =>
      seriesValue(text, `http_server_request_duration_seconds_count{${labels}}`)
    expect(
      count('http_request_method="GET",http_route="/v2/keys/{ref}",http_response_status_code="200"'),
    ).toBe(1)
    expect(
      count('http_request_method="GET",http_route="/v2/keys/{ref}",http_response_status_code="404"'),
    ).toBe(1)
    expect(count('http_request_method="GET",http_route="unmatched",http_response_status_code="404"')).toBe(1)
    expect(count('http_request_method="_OTHER",http_route="unmatched",http_response_status_code="405"')).toBe(
      1,
    )
    expect(count('http_request_method="GET",http_route="/v2/keys",http_response_status_code="401"')).toBe(1)
    for (const name of [
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'process_start_time_seconds',
    ]) {
      expect([name, seriesValue(text, name)]).toEqual([name, expect.any(Number)])
    }
    await app.close()
  })

  test('counts requests without a credential as failed authentications, at a gateway, too', async () => {
    const app = await testApp()
    await app.call('GET', '/v2/keys', { key: null })
    await app.call('GET', '/v2/authorize', { key: null })
    await app.call('GET', '/v2/authorize', { key: 'lk_wrong' })
    const headers = { 'x-api-key': 'another' }
    await app.call('GET', '/v2/keys', { headers })
    const text = await metrics(app)
    const failures = (code: string) =>
      seriesValue(text, `latchkey_authentication_failures_total{code="${code}"}`)
    expect(['credential_missing', 'credential_invalid', 'credential_conflict'].map(failures)).toEqual([
      2, 1, 1,
    ])
    await app.close()
  })

  test('measures money: open and expired holds, overdraft, thresholds and commits', async () => {
    const app = await testApp()
    const { key } = (await app.call('POST', '/v2/keys', { body: { limits: { total: '10' } } })).json
    const hold = async (amount: string) =>
      (await app.call('POST', '/v2/reservations', { body: { keyId: key.id, amount, ttlSeconds: 60 } })).json
        .id
    await hold('1')
    await hold('1')
    const settled = await hold('1')
    await app.call('POST', `/v2/reservations/${settled}/settle`, { body: { amount: '6.5' } })
    const before = await metrics(app)
    expect(seriesValue(before, 'latchkey_reservations_open')).toBe(2)
    expect(seriesValue(before, 'latchkey_reservations_expired_total')).toBe(0)
    expect(seriesValue(before, 'latchkey_overdraft_usd_total')).toBe(5.5)
    app.clock.advance(61_000)
    await app.latchkey.reservations.expireOverdue()
    await app.call('POST', '/v2/usage', { body: { events: [{ id: 'u', keyId: key.id, amount: '3.5' }] } })
    // After several scrapes, each crossing is still counted once.
    await metrics(app)
    const text = await metrics(app)
    expect(seriesValue(text, 'latchkey_reservations_open')).toBe(0)
    expect(seriesValue(text, 'latchkey_reservations_expired_total')).toBe(2)
    const crossings = (percent: number) =>
      seriesValue(text, `latchkey_threshold_crossings_total{percent="${percent}"}`)
    expect([50, 80, 100].map(crossings)).toEqual([1, 1, 1])
    expect(seriesValue(text, 'latchkey_commit_duration_seconds_count')).toBeGreaterThanOrEqual(5)
    expect(seriesValue(text, 'latchkey_store_errors_total{code="store_unavailable"}')).toBe(0)
    if (process.platform === 'linux') expect(seriesValue(text, 'process_open_fds')).toBeGreaterThan(0)
    await app.close()
  })

  test('counts failures of the database, and answers while it is away', async () => {
    const store = await openStore('sqlite::memory:')
    let isAway = false
    const away = () => Promise.reject(new Fault('store_unavailable'))
    const faulty = new Proxy(store, {
      get: (target, name) => (isAway && name !== 'close' ? away : Reflect.get(target, name)),
    })
    const app = await testApp({ store: faulty })
    const { key } = (await app.call('POST', '/v2/keys', { body: {} })).json
    isAway = true
    expect((await app.call('GET', `/v2/keys/${key.id}`)).status).toBe(503)
    const answer = await app.fetchMetrics(new Request('http://127.0.0.1/metrics'))
    const text = await answer.text()
    expect(seriesValue(text, 'latchkey_store_errors_total{code="store_unavailable"}')).toBeGreaterThan(0)
    expect(seriesValue(text, 'latchkey_reservations_open')).toBeNull()
    isAway = false
    await app.close()
  })

  test('is made once for all who ask meanwhile, on both ports', async () => {
    const faulty = await faultyStore()
    let counted = 0
    let underWay = 0
    let most = 0
    const countOpen: Store['countOpen'] = async (...args) => {
      counted += 1
      underWay += 1
      most = Math.max(most, underWay)
      const open = await faulty.store.countOpen(...args)
      underWay -= 1
      return open
    }
    const app = await testApp({
      store: new Proxy(faulty.store, {
        get: (target, name) => (name === 'countOpen' ? countOpen : Reflect.get(target, name)),
      }),
    })
    const held = faulty.hold('countOpen')
    const first = metrics(app)
    await held.reached
    const { key } = (await app.call('POST', '/v2/keys', { body: {} })).json
    await app.call('POST', '/v2/reservations', { body: { keyId: key.id, amount: '1', ttlSeconds: 60 } })
    const unguarded = async () => (await app.fetchMetrics(new Request('http://127.0.0.1/metrics'))).text()
    const many = Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? metrics(app) : unguarded()))
    // The event loop begins them in turns.
    for (let pass = 0; pass < 1_000; pass += 1) await new Promise((resolve) => setImmediate(resolve))
    held.open()
    await first
    const open = (await Promise.all(many)).map((text) => seriesValue(text, 'latchkey_reservations_open'))
    console.log(`metrics: ${many.length + 1} scrapes at the same time, counted ${counted} times`)
    expect([most, counted < 10]).toEqual([1, true])
    // Each tells everything from before it was asked for, also of what the first had passed.
    expect(new Set(open)).toEqual(new Set([1]))
    await app.close()
  })

  test('contains no key, no owner, no address and no secret', async () => {
    const app = await testApp()
    const { key, secret } = (await app.call('POST', '/v2/keys', { body: { name: 'canary' } })).json
    await app.call('GET', `/v2/keys/${key.hash}`, { peerAddress: '192.0.2.77' })
    await app.call('GET', `/v2/${secret}`)
    await app.call('POST', '/v2/verify', { body: { key: secret } })
    const text = await metrics(app)
    for (const word of [
      key.id,
      key.hash,
      key.ownerId,
      key.workspaceId,
      'canary',
      '192.0.2.77',
      secret.slice(3, 11),
    ]) {
      expect(text).not.toContain(word)
    }
    await app.close()
  })

  test('needs a credential that may read it: SERVICE, ADMIN and ROOT, not USER, and not a use key', async () => {
    const app = await testApp()
    expect((await app.call('GET', '/metrics', { key: null })).status).toBe(401)
    const statuses: Record<string, number> = {}
    for (const role of ['ADMIN', 'SERVICE', 'USER']) {
      const body = { username: role, email: `${role}@x`, displayName: role, role }
      const { id } = (await app.call('POST', '/v2/users', { body })).json
      const made = await app.call('POST', '/v2/keys', { body: { ownerId: id, access: 'manage' } })
      statuses[role] = (await app.call('GET', '/metrics', { key: made.json.secret })).status
    }
    expect(statuses).toEqual({ ADMIN: 200, SERVICE: 200, USER: 403 })
    const use = (await app.call('POST', '/v2/keys', { body: { access: 'use' } })).json.secret
    expect((await app.call('GET', '/metrics', { key: use })).status).toBe(403)
    await app.close()
  })

  test('needs no credential on a port of its own, and that port serves nothing else', async () => {
    const app = await testApp()
    const ask = async (method: string, path: string) =>
      await app.fetchMetrics(new Request(`http://127.0.0.1${path}`, { method }))
    const answer = await ask('GET', '/metrics')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toStartWith('text/plain; version=0.0.4')
    expect(await answer.text()).toContain('latchkey_build_info{version="')
    for (const path of ['/v2/keys', '/', '/openapi.json']) expect((await ask('GET', path)).status).toBe(404)
    expect((await ask('POST', '/metrics')).status).toBe(404)
    await app.close()
  })

  test('two applications in one process count separately', async () => {
    const [one, other] = [await testApp(), await testApp()]
    await one.call('POST', '/v2/verify', { body: { key: 'x' } })
    expect(seriesValue(await metrics(one), 'latchkey_verify_total{code="NOT_FOUND"}')).toBe(1)
    expect(seriesValue(await metrics(other), 'latchkey_verify_total{code="NOT_FOUND"}')).toBe(0)
    await Promise.all([one.close(), other.close()])
  })

  test('every line is in the text format of Prometheus', async () => {
    const app = await testApp()
    await app.call('GET', '/livez')
    const line =
      /^(# (HELP|TYPE) [a-z_:]+ .+|[a-z_:][a-z0-9_:]*(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? [-+0-9.eE]+(Inf)?)?$/
    for (const each of (await metrics(app)).split('\n')) expect(each).toMatch(line)
    await app.close()
  })
})
