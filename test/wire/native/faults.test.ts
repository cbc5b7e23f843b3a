import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { afterAPart, Fault } from '../../../src/core/ground/faults.ts'
import { FAULT_STATUS, renderProblem, SHOWN_AS } from '../../../src/http/kernel/problem.ts'
import { FAULT_TEXTS } from '../../../src/http/kernel/request-faults.ts'
import { FAILURE_CODES, failureOf } from '../../support/failures.ts'
import { failure, nativeApp } from './native-app.ts'

const NOBODY = '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'

describe('problem details', () => {
  test.each(FAILURE_CODES)('%s answers its status and code, and nothing internal', (code) => {
    const fault = failureOf(
      code,
      { internal: 'only for the operator', errors: [] },
      { cause: new Error('deep') },
    )
    const { status, body, contentType, headers } = renderProblem(failureOf(code), { requestId: 'r1' })
    const shown = SHOWN_AS[code] ?? code
    expect(contentType).toBe('application/problem+json')
    expect(body).toEqual({
      type: `urn:latchkey:fault:${shown}`,
      title: FAULT_TEXTS[shown],
      status: FAULT_STATUS[code],
      detail: FAULT_TEXTS[shown],
      code: shown,
      requestId: 'r1',
    })
    expect(status).toBe(FAULT_STATUS[code])
    if (status === 401) expect(headers?.['www-authenticate']).toBe('Bearer')
    if (status === 429 || status === 503) expect(Number(headers?.['retry-after'])).toBeGreaterThan(0)
    expect(JSON.stringify(renderProblem(fault, { requestId: 'r1' }))).not.toMatch(/operator|deep/)
  })

  test('waits are whole seconds, rounded up, and a refusal by a rate names its limit', () => {
    const fault = new Fault('rate_limited', { retryAfterMs: 1_001, limit: 600 })
    expect(renderProblem(fault, { requestId: 'r' }).headers).toEqual({
      'retry-after': '2',
      'ratelimit-limit': '600',
      'ratelimit-remaining': '0',
      'ratelimit-reset': '2',
    })
  })

  test('docs/errors.md lists exactly the faults and their statuses', () => {
    const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
    const listed = page.split('\n').filter((line) => line.startsWith('| `'))
    const expected = FAILURE_CODES.filter((code) => SHOWN_AS[code] === undefined)
      .toSorted((one, other) => FAULT_STATUS[one] - FAULT_STATUS[other] || one.localeCompare(other))
      .map((code) => `| \`${code}\` | ${FAULT_STATUS[code]} | ${FAULT_TEXTS[code]} |`)
    expect(listed).toEqual(expected)
  })
})

test('after a part of a call is written every refusal has a status of 500 or above, and failures of ours stay as they are', () => {
  for (const code of FAILURE_CODES) {
    const failure = failureOf(code)
    const shown = afterAPart(failure) as Fault
    expect([code, FAULT_STATUS[shown.code]]).toEqual([code, code === 'internal' ? 500 : 503])
    if (['internal', 'store_unavailable'].includes(code)) expect(shown).toBe(failure as Fault)
    else expect([shown.code, shown.cause]).toEqual(['partly_done', failure])
  }
  const unexpected = new TypeError('a mistake of ours')
  expect(afterAPart(unexpected)).toBe(unexpected)
})

describe('failures before an operation', () => {
  test('no credential, a wrong one and two different ones are 401 with a challenge', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey({ access: 'full' })
    const answers = [
      await app.call('GET', '/v2/keys', { key: null }),
      await app.call('GET', '/v2/keys', { key: 'lk_wrong' }),
      await app.call('GET', '/v2/keys', { key: secret, headers: { 'x-api-key': app.rootKey } }),
    ]
    expect(answers.map(failure)).toEqual([
      '401 credential_missing',
      '401 credential_invalid',
      '401 credential_conflict',
    ])
    expect(answers.map(({ headers }) => headers.get('www-authenticate'))).toEqual([
      'Bearer',
      'Bearer',
      'Bearer',
    ])
    const same = await app.call('GET', '/v2/keys', { headers: { 'x-api-key': app.rootKey } })
    expect(same.status).toBe(200)
    expect(
      (await app.call('GET', '/v2/keys', { key: null, headers: { 'x-api-key': app.rootKey } })).status,
    ).toBe(200)
    expect((await app.call('GET', `/v2/keys?key=${app.rootKey}`, { key: null })).status).toBe(401)
  })

  test('another scheme in Authorization is not a credential: it is ignored beside x-api-key, and alone it counts as none', async () => {
    await using app = await nativeApp({ failedAuthRate: { limit: 1, windowMs: 60_000 } })
    for (const authorization of [
      'Basic cHJveHk6c2VjcmV0',
      'Bearer',
      'Bearer ',
      'Negotiate',
      'Digest a="b"',
    ]) {
      const headers = { authorization, 'x-api-key': app.rootKey }
      expect((await app.call('GET', '/v2/keys', { headers })).status).toBe(200)
      const alone = await app.call('GET', '/v2/keys', { headers: { authorization } })
      expect([authorization, failure(alone)]).toEqual([authorization, '401 credential_missing'])
    }
    // None of these was a failed authentication, so the first failed one still gets 401.
    expect(failure(await app.call('GET', '/v2/keys', { key: 'lk_wrong' }))).toBe('401 credential_invalid')
    expect(failure(await app.call('GET', '/v2/keys', { key: 'lk_wrong' }))).toBe(
      '429 authentication_rate_limited',
    )
  })

  test('a caller without the right learns nothing about its input: 401 and 403 come before 400', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeUser({ username: 'ada' })
    const body = { nonsense: true }
    expect(failure(await app.call('POST', '/v2/users', { key: null, body }))).toBe('401 credential_missing')
    expect(failure(await app.call('POST', '/v2/users', { key: secret, body }))).toBe('403 permission_denied')
  })

  test('bodies: not JSON, not declared as JSON, missing, too large, too deep', async () => {
    await using app = await nativeApp()
    const post = (body: string | undefined, headers: Record<string, string> = {}) =>
      app.call('POST', '/v2/verify', { ...(body === undefined ? {} : { body }), headers })
    expect(failure(await post('{'))).toBe('400 body_malformed')
    expect(failure(await post('{"key":"a\\u0000b"}'))).toBe('400 body_malformed')
    expect(failure(await post(undefined))).toBe('400 body_malformed')
    expect(failure(await post('{"key":"x"}', { 'content-type': 'text/plain' }))).toBe(
      '415 body_type_unsupported',
    )
    expect(failure(await post(`{"key":"${'x'.repeat(1024 * 1024)}"}`))).toBe('413 body_too_large')
    expect(failure(await post('['.repeat(33) + ']'.repeat(33)))).toBe('400 body_malformed')
  })

  test('unknown addresses are 404, unknown methods 405 with the known ones; a trailing slash is accepted', async () => {
    await using app = await nativeApp()
    expect(failure(await app.call('GET', '/v2'))).toBe('404 route_not_found')
    expect(failure(await app.call('GET', '/v2/keyz'))).toBe('404 route_not_found')
    const wrong = await app.call('PUT', `/v2/keys/${NOBODY}`)
    expect(failure(wrong)).toBe('405 method_not_allowed')
    expect(wrong.headers.get('allow')?.split(', ').toSorted()).toEqual(['DELETE', 'GET', 'PATCH'])
    expect((await app.call('GET', '/v2/keys/')).status).toBe(200)
  })

  test('the management rate refuses with the wait, and waiting that long is enough', async () => {
    await using app = await nativeApp({ managementRate: { limit: 2, windowMs: 10_000 } })
    expect((await app.call('GET', '/v2/keys')).status).toBe(200)
    expect((await app.call('GET', '/v2/keys')).status).toBe(200)
    const refused = await app.call('GET', '/v2/keys')
    expect(failure(refused)).toBe('429 rate_limited')
    const header = (name: string) => refused.headers.get(name)
    expect([header('retry-after'), header('ratelimit-limit'), header('ratelimit-remaining')]).toEqual([
      '5',
      '2',
      '0',
    ])
    app.clock.advance(5_000)
    expect((await app.call('GET', '/v2/keys')).status).toBe(200)
  })

  test('failed authentications of one address are limited; a valid key there still works', async () => {
    await using app = await nativeApp({ failedAuthRate: { limit: 2, windowMs: 10_000 } })
    const attempt = () => app.call('GET', '/v2/keys', { key: 'lk_wrong', peerAddress: '192.0.2.1' })
    expect([failure(await attempt()), failure(await attempt())]).toEqual(
      Array(2).fill('401 credential_invalid'),
    )
    const refused = await attempt()
    expect(failure(refused)).toBe('429 authentication_rate_limited')
    expect(refused.headers.get('retry-after')).toBe('5')
    expect((await app.call('GET', '/v2/keys', { peerAddress: '192.0.2.1' })).status).toBe(200)
    expect(failure(await app.call('GET', '/v2/keys', { key: 'lk_wrong', peerAddress: '192.0.2.2' }))).toBe(
      '401 credential_invalid',
    )
  })

  test('a key bound to addresses manages only from there', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeKey({ access: 'full', allowedIps: ['192.0.2.0/24'] })
    expect((await app.call('GET', '/v2/keys', { key: secret, peerAddress: '192.0.2.9' })).status).toBe(200)
    const outside = await app.call('GET', '/v2/keys', { key: secret, peerAddress: '198.51.100.1' })
    expect(failure(outside)).toBe('403 address_forbidden')
  })
})

describe('records of another user', () => {
  test('every operation on them gets the same bytes as on missing ones', async () => {
    await using app = await nativeApp()
    const { secret: ada } = await app.makeUser({ username: 'ada' })
    const { key } = await app.makeKey()
    const { key: revoked } = await app.makeKey()
    await app.call('DELETE', `/v2/keys/${revoked.id}`)
    const headers = { 'x-request-id': 'same' }
    const operations: [method: string, suffix: string, body?: object][] = [
      ['GET', ''],
      ['PATCH', '', { name: 'x' }],
      ['DELETE', ''],
      ['POST', '/rotate', {}],
      ['DELETE', '/secrets/previous'],
    ]
    for (const [method, suffix, body] of operations) {
      const told = async (ref: string) => {
        const options = body === undefined ? {} : { body }
        const answer = await app.call(method, `/v2/keys/${ref}${suffix}`, { key: ada, headers, ...options })
        return [answer.status, answer.text, [...answer.headers]]
      }
      const nothing = await told(NOBODY)
      expect(nothing[0]).toBe(404)
      for (const ref of [key.id, key.hash, revoked.id, 'x']) expect(await told(ref)).toEqual(nothing)
    }
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.name).toBe('')
  })
})
