import { describe, expect, test } from 'bun:test'
import type { ScopedBudget, Verdict } from '../index.ts'
import { Latchkey, LatchkeyApiError } from '../index.ts'
import { addressList, clientAddress, keyFrom, type Outcome, type Refusal, refusalOf } from './index.ts'

const NOW = Date.parse('2030-01-02T03:04:05Z')
const RESETS = '2030-01-02T03:05:35.001Z'
const INVALID = 'Bearer error="invalid_token"'

const verdict = (code: string, more: object = {}): Outcome => ({
  verdict: { valid: false, code, keyId: 'k1', ...more } as Verdict,
})
const apiError = (status: number, retryAfterMs?: number) =>
  new LatchkeyApiError('of the gateway', {
    status,
    headers: new Headers({ 'x-request-id': 'req-1' }),
    problem: undefined,
    body: '',
    retryAfterMs,
  })
const daily = { scope: 'workspace', id: 'w1', window: 'daily', limit: '1000', spent: '999', resetsAt: RESETS }
const total = { ...daily, window: 'total', resetsAt: undefined } as unknown as ScopedBudget
const rate = { name: 'r', limit: 10, window: '1h', remaining: 2, resetsAt: RESETS, retryAfter: '2m' }
// Asked for more than the limit: the server tells no time.
const never = { name: 'r', limit: 10, window: '1h', remaining: 2 }

// The rows of the Go client's middleware: status, code, WWW-Authenticate, Retry-After.
const ROWS: [string, Outcome, number, string, string | undefined, string | undefined][] = [
  ['no key', { fault: 'credential_missing' }, 401, 'credential_missing', 'Bearer', undefined],
  ['two keys', { fault: 'credential_conflict' }, 401, 'credential_conflict', INVALID, undefined],
  ['no such text', { fault: 'credential_invalid' }, 401, 'credential_invalid', INVALID, undefined],
  ['not found', verdict('NOT_FOUND'), 401, 'NOT_FOUND', INVALID, undefined],
  ['disabled', verdict('DISABLED'), 401, 'DISABLED', INVALID, undefined],
  ['not yet', verdict('NOT_YET_VALID'), 401, 'NOT_YET_VALID', INVALID, undefined],
  ['expired', verdict('EXPIRED'), 401, 'EXPIRED', INVALID, undefined],
  ['forbidden', verdict('FORBIDDEN'), 403, 'FORBIDDEN', undefined, undefined],
  ['permissions', verdict('INSUFFICIENT_PERMISSIONS'), 403, 'INSUFFICIENT_PERMISSIONS', undefined, undefined],
  ['a code yet to be', verdict('UNDER_A_CLOUD'), 403, 'UNDER_A_CLOUD', undefined, undefined],
  ['a code of the language', verdict('constructor'), 403, 'constructor', undefined, undefined],
  ['rate', verdict('RATE_LIMITED', { bound: rate }), 429, 'RATE_LIMITED', undefined, '120'],
  ['rate without a bound', verdict('RATE_LIMITED'), 429, 'RATE_LIMITED', undefined, '1'],
  [
    'rate that never has room',
    verdict('RATE_LIMITED', { bound: never, neverFits: true }),
    429,
    'RATE_LIMITED',
    undefined,
    undefined,
  ],
  [
    'budget that never has room',
    verdict('BUDGET_EXCEEDED', { bound: daily, neverFits: true }),
    402,
    'BUDGET_EXCEEDED',
    undefined,
    undefined,
  ],
  ['budget', verdict('BUDGET_EXCEEDED', { bound: daily }), 402, 'BUDGET_EXCEEDED', undefined, '91'],
  [
    'budget for good',
    verdict('BUDGET_EXCEEDED', { bound: total }),
    402,
    'BUDGET_EXCEEDED',
    undefined,
    undefined,
  ],
  ['contradiction', verdict('VALID'), 403, 'VALID', undefined, undefined],
  ['the other one', verdict('EXPIRED', { valid: true }), 401, 'EXPIRED', INVALID, undefined],
  ['down', { error: new Error('EOF') }, 503, 'verification_unavailable', undefined, '1'],
  ['nothing', { verdict: undefined as never }, 503, 'verification_unavailable', undefined, '1'],
  ['our own credential', { error: apiError(401) }, 503, 'verification_unavailable', undefined, '1'],
  ['told to wait', { error: apiError(429, 7_500) }, 503, 'verification_unavailable', undefined, '8'],
]

describe('a refused request gets', () => {
  test.each(ROWS)('%s: %p', async (_, outcome, status, code, challenge, retryAfter) => {
    const made = refusalOf(outcome, NOW) as Refusal
    const { headers } = made
    expect([made.status, made.problem.code, headers['www-authenticate'], headers['retry-after']]).toEqual([
      status,
      code,
      challenge,
      retryAfter,
    ] as never)
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    const response = made.toResponse()
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json',
    ])
    const body = (await response.json()) as Record<string, string>
    expect(body).toMatchObject({ type: `urn:latchkey:refusal:${code}`, status, code })
    expect(body.title && body.detail).toBeString()
    // Money, ids and what errors say are nobody's business.
    for (const inner of ['1000', '999', 'w1', 'k1', 'EOF', 'gateway']) expect(made.body).not.toContain(inner)
  })

  test('the facts about its limits that it may know', () => {
    const limited = refusalOf(verdict('RATE_LIMITED', { bound: rate }), NOW)
    expect(limited?.headers).toMatchObject({
      'ratelimit-limit': '10',
      'ratelimit-remaining': '2',
      'ratelimit-reset': '120',
    })
    const over = refusalOf(verdict('BUDGET_EXCEEDED', { bound: daily }), NOW)
    expect(over?.problem).toMatchObject({ window: 'daily', resetsAt: RESETS })
    expect(refusalOf({ error: apiError(503) })?.problem.requestId).toBe('req-1')
  })

  test('the statement that waiting does not help, when the same request never passes', () => {
    const limited = refusalOf(verdict('RATE_LIMITED', { bound: never, neverFits: true }), NOW)
    expect(limited?.headers).toMatchObject({ 'ratelimit-limit': '10', 'ratelimit-remaining': '2' })
    expect(limited?.headers).not.toHaveProperty('ratelimit-reset')
    const over = refusalOf(verdict('BUDGET_EXCEEDED', { bound: total, neverFits: true }), NOW)
    for (const refusal of [limited, over])
      expect(JSON.parse(refusal?.body ?? '')).toHaveProperty('neverFits', true)
    expect(refusalOf(verdict('RATE_LIMITED', { bound: rate }), NOW)?.body).not.toContain('neverFits')
  })
})

test('a key that may be used is not refused', () => {
  expect(refusalOf({ verdict: { valid: true, code: 'VALID' } as Verdict })).toBeUndefined()
})

test('the headers of Node are read like those of the web, and two with one name are two', () => {
  expect(keyFrom({ Authorization: 'Bearer a' })).toEqual({ key: 'a' })
  expect(keyFrom({ authorization: ['Bearer a', 'Bearer b'] })).toEqual({ fault: 'credential_conflict' })
  expect(keyFrom({ authorization: undefined, 'x-api-key': ['a'] })).toEqual({ key: 'a' })
  const proxies = addressList(['127.0.0.1'])
  const headers = { 'x-forwarded-for': ['1.1.1.1', '198.51.100.1'] }
  expect(clientAddress({ peer: '127.0.0.1', headers, proxies })).toBe('198.51.100.1')
  expect(() => addressList(['localhost'])).toThrow('"localhost" is neither')
})

test('a middleware of these accepts only requests whose key may be used', async () => {
  const answers = [
    { valid: false, code: 'EXPIRED', keyId: 'k1' },
    { valid: false, code: 'NOT_FOUND' },
  ]
  const fetch = async () => Response.json(answers.shift() ?? { error: 'down' })
  const latchkey = new Latchkey({ apiKey: 'x', retry: { maxRetries: 0 }, fetch })
  async function guarded(request: Request): Promise<Response> {
    const { key, fault } = keyFrom(request.headers)
    const outcome: Outcome =
      fault === undefined
        ? await latchkey.verify({ key }).then(
            (verdict) => ({ verdict }),
            (error: unknown) => ({ error }),
          )
        : { fault }
    return refusalOf(outcome)?.toResponse() ?? new Response('in')
  }
  const status = async (headers: Record<string, string>) =>
    (await guarded(new Request('http://x', { headers }))).status
  expect(await status({})).toBe(401)
  expect(await status({ 'x-api-key': 'lk_1' })).toBe(401)
  expect(await status({ 'x-api-key': 'lk_1' })).toBe(401)
  expect(await status({ 'x-api-key': 'lk_1' })).toBe(503)
})
