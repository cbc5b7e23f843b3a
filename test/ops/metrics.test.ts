import { describe, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../support/app.ts'

async function metrics(app: TestApp): Promise<string> {
  const answer = await app.call('GET', '/metrics')
  expect(answer.status).toBe(200)
  return answer.text
}

/** The value of one series, by its name and labels as they are written. */
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
    expect(count('method="GET",route="/v2/keys/:ref",status="200"')).toBe(1)
    expect(count('method="GET",route="/v2/keys/:ref",status="404"')).toBe(1)
    expect(count('method="GET",route="unmatched",status="404"')).toBe(1)
    expect(count('method="OTHER",route="unmatched",status="405"')).toBe(1)
    expect(count('method="GET",route="/v2/keys",status="401"')).toBe(1)
    for (const name of [
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'process_start_time_seconds',
    ]) {
      expect([name, seriesValue(text, name)]).toEqual([name, expect.any(Number)])
    }
    await app.close()
  })

  test('names no key, no owner, no address and no secret', async () => {
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

  test('on a port of its own it needs none, and that port answers nothing else', async () => {
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

  test('two applications in one process count apart', async () => {
    const [one, other] = [await testApp(), await testApp()]
    await one.call('POST', '/v2/verify', { body: { key: 'x' } })
    expect(seriesValue(await metrics(one), 'latchkey_verify_total{code="NOT_FOUND"}')).toBe(1)
    expect(seriesValue(await metrics(other), 'latchkey_verify_total{code="NOT_FOUND"}')).toBe(0)
    await Promise.all([one.close(), other.close()])
  })

  test('every line is in the text form', async () => {
    const app = await testApp()
    await app.call('GET', '/livez')
    const line =
      /^(# (HELP|TYPE) [a-z_:]+ .+|[a-z_:][a-z0-9_:]*(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? [-+0-9.eE]+(Inf)?)?$/
    for (const each of (await metrics(app)).split('\n')) expect(each).toMatch(line)
    await app.close()
  })
})
