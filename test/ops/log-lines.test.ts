import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { createLog } from '../../src/log/log.ts'
import type { RequestLogMode } from '../../src/log/request-lines.ts'
import { type TestApp, testApp } from '../support/app.ts'

const PAGE = readFileSync(new URL('../../docs/logs.md', import.meta.url), 'utf8')
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

type Line = Record<string, unknown>
let app: TestApp
let lines: Line[]

async function open(requestLog: RequestLogMode, level: 'debug' | 'info' = 'info') {
  lines = []
  const log = createLog(level, { write: (line) => lines.push(JSON.parse(line)) })
  app = await testApp({ log, requestLog })
}

beforeEach(() => open('refused'))
afterEach(() => app.close())

/** The lines of these requests, without earlier ones. */
async function linesOf(ask: () => Promise<unknown>): Promise<Line[]> {
  lines.length = 0
  await ask()
  return [...lines]
}

async function newKey(body: object) {
  const { key, secret } = (await app.call('POST', '/v2/keys', { body })).json
  return { id: key.id as string, secret: secret as string }
}

/** Sends a verify by the hot path, which needs a declared length, and by the plain path, which alone reads lists. */
async function verifyBoth(key: string, more: object = {}) {
  for (const extra of [{}, { rateLimits: [] }]) {
    const body = JSON.stringify({ key, ...more, ...extra })
    const headers = { 'x-request-id': 'asked', 'content-length': `${body.length}` }
    await app.call('POST', '/v2/verify', { body, headers })
  }
}

describe('the log', () => {
  test('has a line for every refused verify, with its code and the key, and none for an accepted one', async () => {
    const states: [code: string, key: { id: string; secret: string }, more?: object][] = [
      ['INSUFFICIENT_PERMISSIONS', await newKey({}), { permissions: 'a.b' }],
      ['FORBIDDEN', await newKey({ allowedIps: ['192.0.2.1'] })],
      ['BUDGET_EXCEEDED', await newKey({ limits: { total: '0' } })],
      ['BUDGET_EXCEEDED', await newKey({ limits: { total: '1' } }), { charge: '2' }],
      ['RATE_LIMITED', await newKey({ rateLimits: [{ name: 'r', limit: 1, window: '1d' }] })],
      ['NOT_YET_VALID', await newKey({ notBefore: '2100-01-01T00:00:00Z' })],
      ['DISABLED', await newKey({ disabled: true })],
    ]
    const spent = states.find(([code]) => code === 'RATE_LIMITED')?.[1].secret
    await app.call('POST', '/v2/verify', { body: { key: spent } })
    for (const [code, { id, secret }, more] of states) {
      const seen = await linesOf(() => verifyBoth(secret, more))
      expect(seen).toHaveLength(2)
      for (const line of seen) {
        expect(line).toMatchObject({
          requestId: 'asked',
          status: 200,
          fault: null,
          verdict: code,
          verifiedKeyId: id,
        })
        expect(line.keyId).not.toBe(id)
      }
    }
    const unknown = await linesOf(() => verifyBoth(`lk_${'0'.repeat(49)}`))
    expect(unknown.map(({ verdict, verifiedKeyId }) => [verdict, verifiedKeyId])).toEqual(
      Array(2).fill(['NOT_FOUND', undefined]),
    )
    const { secret } = await newKey({})
    expect(await linesOf(() => verifyBoth(secret))).toEqual([])
  })

  test('names the fault of every failure', async () => {
    const { id, secret } = await newKey({ limits: { total: '1' } })
    const reserve = { keyId: id, amount: '5', ttlSeconds: 60 }
    const seen = await linesOf(async () => {
      await app.call('GET', '/v2/keys/unknown')
      await app.call('GET', '/v2/keys', { key: null })
      await app.call('GET', '/v2/keys', { key: 'lk_wrong' })
      await app.call('POST', '/v2/keys', { body: '{' })
      await app.call('POST', '/v2/keys', { body: { nothing: 1 } })
      await app.call('GET', '/nowhere')
      await app.call('PUT', '/v2/keys')
      await app.call('POST', '/v2/reservations', { body: reserve })
      for (const path of ['/v2/authorize?charge=5', '/v2/authorize?permission=a.b'])
        await app.call('GET', path, { key: secret })
      await app.call('GET', '/v1/apikeys/x')
      await app.call('GET', '/api/v1/keys/x')
    })
    expect(seen.map(({ status, fault, verdict }) => [status, fault ?? verdict])).toEqual([
      [404, 'key_not_found'],
      [401, 'credential_missing'],
      [401, 'credential_invalid'],
      [400, 'body_malformed'],
      [400, 'input_invalid'],
      [404, 'route_not_found'],
      [405, 'method_not_allowed'],
      [402, 'BUDGET_EXCEEDED'],
      [402, 'BUDGET_EXCEEDED'],
      [403, 'permission_denied'],
      [expect.any(Number), expect.any(String)],
      [404, 'key_not_found'],
    ])
    const ofTheKey = seen.filter(({ verifiedKeyId }) => verifiedKeyId === id)
    expect(ofTheKey.map(({ verdict }) => verdict)).toEqual([
      'BUDGET_EXCEEDED',
      'BUDGET_EXCEEDED',
      'INSUFFICIENT_PERMISSIONS',
    ])
  })

  test('repeats a valid traceparent, and no other text', async () => {
    for (const [given, logged] of [
      [TRACEPARENT, TRACEPARENT],
      [`${TRACEPARENT}0`, undefined],
      [`${TRACEPARENT}-more`, undefined],
      [TRACEPARENT.toUpperCase(), undefined],
      [TRACEPARENT.replace(/^00/, 'ff'), undefined],
      [TRACEPARENT.replace(/-[0-9a-f]{32}-/, `-${'0'.repeat(32)}-`), undefined],
      [TRACEPARENT.replace(/-[0-9a-f]{16}-/, `-${'0'.repeat(16)}-`), undefined],
      // The members that every version of the header has.
      [`${TRACEPARENT.replace(/^00/, '01')}-more`, TRACEPARENT.replace(/^00/, '01')],
      [app.rootKey, undefined],
    ] as const)
      for (const [method, path, body] of [
        ['GET', '/v2/keys/unknown'],
        ['POST', '/v2/verify', { key: 'x' }],
      ] as const) {
        const headers = { traceparent: given, 'content-length': `${JSON.stringify(body ?? '').length}` }
        const [line] = await linesOf(() => app.call(method, path, { headers, body }))
        expect(line?.traceparent).toBe(logged)
      }
  })

  test('is not flooded by refusals of one key, and says how many lines were left out', async () => {
    const { secret } = await newKey({ disabled: true })
    const flood = await linesOf(async () => {
      for (let n = 0; n < 100; n += 1) await verifyBoth(secret)
    })
    expect(flood).toHaveLength(60)
    const [next] = await linesOf(() => app.call('GET', '/v2/keys/unknown'))
    expect(next).toMatchObject({ fault: 'key_not_found', leftOut: 140 })
  })

  test('has successful probes at debug only, and levels as words', async () => {
    await app.close()
    await open('all', 'info')
    expect(await linesOf(() => app.call('GET', '/readyz', { key: null }))).toEqual([])
    expect((await linesOf(() => app.call('GET', '/v2/keys')))[0]?.level).toBe('info')
    await app.close()
    await open('all', 'debug')
    const probed = await linesOf(() => app.call('GET', '/readyz', { key: null }))
    expect(probed.map(({ level, route }) => [level, route])).toEqual([['debug', '/readyz']])
  })

  test('has the members that docs/logs.md lists, and no others', async () => {
    const [, section = ''] = /## `request`[^\n]*\n([\s\S]*?)\n## /.exec(PAGE) ?? []
    const [, ofAll = ''] = /## Every line\n([\s\S]*?)\n## /.exec(PAGE) ?? []
    const listed = [...`${ofAll}\n${section}`.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name)
    const { secret } = await newKey({ disabled: true })
    const written = new Set<string>()
    const seen = await linesOf(async () => {
      for (let n = 0; n < 100; n += 1) await verifyBoth(secret)
      await app.call('GET', '/v2/authorize', { key: secret, headers: { traceparent: TRACEPARENT } })
      await app.call('GET', '/nowhere', { key: null, headers: { traceparent: TRACEPARENT } })
      app.clock.advance(60_000)
      await verifyBoth(secret)
    })
    for (const line of seen) for (const name of Object.keys(line)) written.add(name)
    expect([...written].toSorted()).toEqual(listed.toSorted())
  })

  test('has the other lines that docs/logs.md lists', () => {
    const [, section = ''] = /## Other lines\n([\s\S]*)$/.exec(PAGE) ?? []
    const listed = [...section.matchAll(/^\| `([a-z ]+)` \| `(\w+)` \|/gm)].map(([, msg, level]) => [
      msg,
      level,
    ])
    const sources = ['serve.ts', 'log/log.ts', 'log/line-writer.ts']
      .map((path) => readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8'))
      .join('\n')
    const events = [...sources.matchAll(/log\.event\('([a-z ]+)'/g)].map(([, msg]) => [msg, 'info'])
    const faults = [...sources.matchAll(/logger\.error\([^)]*\) \}, '([a-z ]+)'/g)].map(([, msg]) => [
      msg,
      'error',
    ])
    const lost = [...sources.matchAll(/level: '(\w+)'.*msg: '([a-z ]+)'/g)].map(([, level, msg]) => [
      msg,
      level,
    ])
    expect(listed.toSorted()).toEqual([...events, ...faults, ...lost].toSorted())
    expect(listed.length).toBeGreaterThan(5)
  })
})
