import { afterAll, expect } from 'bun:test'
import type { Reply } from '../transport/raw-server.test-support.ts'
import { HTTPClient, type OpenRouter, type RequestOptions, type SDKOptions } from './index.ts'
import { type Act, expectParity, type Row } from './parity.test-support.ts'
import { CURRENT, KEY, problem } from './stub.test-support.ts'

const made: Reply = { status: 201, body: { data: KEY, key: 'lk_text', more: 1 } }
const one: Reply = { status: 200, body: { data: KEY, more: 1 } }
const many: Reply = { status: 200, body: { data: [KEY, { ...KEY, expires_at: null }] } }
const current: Reply = { status: 200, body: { data: CURRENT } }
const gone: Reply = { status: 200, body: { deleted: true, more: 1 } }
const quick = (more: object = {}): RequestOptions => ({
  retries: {
    strategy: 'backoff',
    backoff: { initialInterval: 1, maxInterval: 2, exponent: 1, maxElapsedTime: 500 },
    ...more,
  },
})

type Create = Parameters<OpenRouter['apiKeys']['create']>[0]['requestBody']
type Update = Parameters<OpenRouter['apiKeys']['update']>[0]['requestBody']
const create =
  (requestBody: Create, options?: RequestOptions): Act =>
  (client) =>
    client.apiKeys.create({ requestBody }, options)
const update =
  (requestBody: Update, hash = 'h'): Act =>
  (client) =>
    client.apiKeys.update({ hash, requestBody })
const get =
  (options?: RequestOptions, hash = 'h'): Act =>
  (client) =>
    client.apiKeys.get({ hash }, options)
const remove: Act = (client) => client.apiKeys.delete({ hash: 'h' })
const list =
  (request?: Parameters<OpenRouter['apiKeys']['list']>[0], options?: RequestOptions): Act =>
  (client) =>
    client.apiKeys.list(request, options)
const whoami: Act = (client) => client.apiKeys.getCurrentKeyMetadata()
// biome-ignore lint/suspicious/noExplicitAny: what does not fit is the point of these rows.
const misfit = (value: unknown): any => value
const answering = (data: object): Reply => ({ status: 200, body: { data: { ...KEY, ...data } } })

const REQUESTS: Row[] = [
  ['the current key', whoami, current],
  [
    'the current key, named',
    (c) => c.apiKeys.getCurrentKeyMetadata({ httpReferer: 'r', appTitle: 't', appCategories: 'c' }),
    current,
  ],
  ['a list', list(), many],
  ['a list of everything', list({ includeDisabled: true, offset: 100, workspaceId: 'a b&c=d/ü' }), many],
  ['a list from the start', list({ includeDisabled: false, offset: 0 }), many],
  ['a list without members', list({ offset: null, includeDisabled: undefined }), many],
  ['an empty list', list({}), { status: 200, body: { data: [] } }],
  ['the least creation', create({ name: 'n' }), made],
  [
    'the fullest creation',
    create({
      name: 'n "ü"',
      limit: 0.1,
      limitReset: 'weekly',
      includeByokInLimit: false,
      expiresAt: new Date('2031-05-06T07:08:09.010Z'),
      creatorUserId: 'u',
      workspaceId: 'w',
      external: { user: 'x', apiKey: 'k' },
    }),
    made,
  ],
  [
    'a creation with nulls',
    create({ name: 'n', limit: null, limitReset: null, expiresAt: null, creatorUserId: null }),
    made,
  ],
  ['a creation with undefined', create({ name: 'n', limit: undefined, workspaceId: undefined }), made],
  ['a creation with an unknown member', create(misfit({ name: 'n', colour: 'red' })), made],
  ['a creation with an unknown word', create({ name: 'n', limitReset: 'yearly' }), made],
  ['a creation with an empty name', create({ name: '' }), made],
  ['a key', get(), one],
  ['a key by an odd hash', get({}, 'a b/c?d#e%f+ü'), one],
  [
    'the fullest change',
    update({ name: 'm', disabled: true, limit: 2, limitReset: 'daily', includeByokInLimit: true }),
    one,
  ],
  ['a change to null', update({ limit: null, limitReset: null }), one],
  ['an empty change', update({}), one],
  ['a change by an odd hash', update({ disabled: false }, '../x'), one],
  ['a deletion', remove, gone],
]

const OPTIONS: Row[] = [
  ['a base URL that ends in slashes', list(), many, misfit({ serverURL: '/api/v1//' })],
  ['a base URL with a query', list({ offset: 1 }), many, misfit({ serverURL: '/api?tenant=a' })],
  ['a base URL per call', (c, url) => c.apiKeys.list({}, { serverURL: `${url}/other` }), many],
  ['a base URL object per call', (c, url) => c.apiKeys.list({}, { serverURL: new URL(`${url}/o/`) }), many],
  ['a key from a function', list(), many, { apiKey: async () => 'later' }],
  ['a key with its scheme', list(), many, { apiKey: 'Bearer given' }],
  ['an empty key', list(), many, { apiKey: '' }],
  ['the names of the application', list(), many, { httpReferer: 'r', appTitle: 't', appCategories: 'c' }],
  ['names per call over those', list({ appTitle: 'mine' }), many, { appTitle: 't', httpReferer: 'r' }],
  [
    'headers per call',
    get({ headers: { 'x-trace': '1', accept: 'text/plain', authorization: 'mine' } }),
    one,
  ],
  ['headers as pairs', get({ headers: [['x-trace', '1']] }), one],
  ['headers in fetchOptions', get({ fetchOptions: { headers: new Headers({ 'x-trace': '1' }) } }), one],
  ['headers in both', get({ headers: { 'x-a': '1' }, fetchOptions: { headers: { 'x-b': '2' } } }), one],
  ['a time-out that is not reached', get({ timeoutMs: 5_000 }), one],
  ['no time-out', get({ timeoutMs: 0 }), one, { timeoutMs: 5_000 }],
]

const ANSWERS: Row[] = [
  ['a key that never expires', get(), answering({ expires_at: null })],
  ['a key without an expiry', get(), answering({ expires_at: undefined })],
  ['an expiry with an offset', get(), answering({ expires_at: '2030-01-02T03:04:05.123456+02:00' })],
  ['an expiry on 29 February', get(), answering({ expires_at: '2028-02-29T00:00:00Z' })],
  ...[
    '2030-01-02',
    '2030-01-02T03:04Z',
    '2030-01-02 03:04:05Z',
    '2030-02-30T03:04:05Z',
    '2030-13-02T03:04:05Z',
  ].map((expires_at): Row => [`the expiry ${expires_at}`, get(), answering({ expires_at })]),
  ...[
    '2030-01-02T24:00:00Z',
    '2030-01-02T03:04:05',
    '2030-01-02T03:04:05+0200',
    '2030-01-02T03:04:60Z',
    '',
  ].map((expires_at): Row => [`the expiry "${expires_at}"`, get(), answering({ expires_at })]),
  ['a member missing and one of another kind', get(), answering({ name: undefined, usage: '1' })],
  ['null where none may be', get(), answering({ workspace_id: null, disabled: null })],
  ['a list with one bad item', list(), { status: 200, body: { data: [KEY, { ...KEY, hash: 5 }, 'x'] } }],
  ['a list that is none', list(), { status: 200, body: { data: {} } }],
  ['a creation without its key', create({ name: 'n' }), { status: 201, body: { data: KEY } }],
  ['null', get(), { status: 200, body: null }],
  ['an array', get(), { status: 200, body: [] }],
  ['a deletion that says false', remove, { status: 200, body: { deleted: false } }],
  ['a deletion that says nothing', remove, { status: 200, body: {} }],
  [
    'a current key with fractions',
    whoami,
    { status: 200, body: { data: { ...CURRENT, rate_limit: { requests: 1.5, interval: 'i', note: 'n' } } } },
  ],
  ['a creation answered with 200', create({ name: 'n' }), { status: 200, body: { data: KEY, key: 'k' } }],
  ['a key answered with 201', get(), { status: 201, body: { data: KEY } }],
  ['a deletion answered with 204', remove, { status: 204 }],
  ['304', get(), { status: 304 }],
  ['HTML instead of JSON', get(), { status: 200, text: '<p>', headers: { 'content-type': 'text/html' } }],
  ['no content type', get(), { status: 200, text: '{}', headers: { 'content-type': '' } }],
  [
    'a problem document',
    get(),
    { status: 401, text: '{}', headers: { 'content-type': 'application/problem+json' } },
  ],
  ['a charset', get(), { ...one, headers: { 'content-type': 'Application/JSON; charset=utf-8' } }],
]

const CALLS: [string, Act][] = [
  ['current', whoami],
  ['list', list()],
  ['create', create({ name: 'n' })],
  ['get', get()],
  ['update', update({})],
  ['delete', remove],
]

const ERRORS: Row[] = [
  ...CALLS.flatMap(([name, act]) =>
    [400, 401, 402, 403, 404, 409, 410, 418, 422, 429, 500, 502, 503, 529].map(
      (status): Row => [`${name} refused with ${status}`, act, problem(status)],
    ),
  ),
  ['an error with everything', get(), problem(404, { user_id: 'u', openrouter_metadata: { a: 1 }, more: 2 })],
  ['an error with nulls', get(), problem(404, { user_id: null, openrouter_metadata: null })],
  [
    'an error with metadata',
    get(),
    { status: 401, body: { error: { code: 401, message: 'm', metadata: { error_type: 'x' } } } },
  ],
  [
    'an error with null metadata',
    get(),
    { status: 401, body: { error: { code: 401, message: 'm', metadata: null } } },
  ],
  ['an error whose code is text', get(), { status: 401, body: { error: { code: '401', message: 'm' } } }],
  [
    'an error whose code is a fraction',
    get(),
    { status: 401, body: { error: { code: 401.5, message: 'm' } } },
  ],
  ['an error that is text', get(), { status: 401, body: { error: 'text' } }],
  ['an error without a message', get(), { status: 401, body: { error: { code: 401 } } }],
  ['an error in HTML', get(), { status: 401, text: '<p>', headers: { 'content-type': 'text/html' } }],
]

const INVALID: Row[] = [
  ['no request', (c) => c.apiKeys.create(misfit(undefined)), made],
  ['no body', (c) => c.apiKeys.create(misfit({})), made],
  ['no name', create(misfit({})), made],
  ['a name of another kind', create(misfit({ name: 5 })), made],
  ['a limit as text', create(misfit({ name: 'n', limit: '5' })), made],
  ['a limit that is no number', create({ name: 'n', limit: Number.NaN }), made],
  ['a limit without end', create({ name: 'n', limit: Number.POSITIVE_INFINITY }), made],
  ['an expiry as text', create(misfit({ name: 'n', expiresAt: '2030-01-02T03:04:05Z' })), made],
  ['an expiry that is no date', create({ name: 'n', expiresAt: new Date(Number.NaN) }), made],
  ['a reset of another kind', create(misfit({ name: 'n', limitReset: 5 })), made],
  ['an outside user without a name', create(misfit({ name: 'n', external: {} })), made],
  ['null where none may be', update(misfit({ disabled: null, name: null })), one],
  ['no hash', (c) => c.apiKeys.get(misfit({})), one],
  ['no body of a change', (c) => c.apiKeys.update(misfit({ hash: 'h' })), one],
  ['a fraction of an offset', list({ offset: 1.5 }), many],
  ['an offset as text', list(misfit({ offset: '1' })), many],
  ['null for a list', list(misfit(null)), many],
  ['a referer of another kind', list(misfit({ httpReferer: 5 })), many],
]

const RETRIES: Row[] = [
  ['two 5xx and then a success', get(quick()), [problem(500), problem(503), one]],
  ['a POST likewise', create({ name: 'n' }, quick()), [problem(502), made]],
  ['501 as well', get(quick()), [{ status: 501 }, one]],
  ['429 is not repeated', get(quick()), [problem(429), one]],
  ['unless it is asked for', get({ ...quick(), retryCodes: ['429'] }), [problem(429), one]],
  ['and 5xx then are not', get({ ...quick(), retryCodes: ['429'] }), [problem(500), one]],
  ['codes of both kinds', get({ ...quick(), retryCodes: ['4XX', '503'] }), [problem(404), problem(503), one]],
  ['a reset is repeated where it is asked for', get(quick({ retryConnectionErrors: true })), ['reset', one]],
  ['and not otherwise', get(quick()), ['reset', one]],
  ['and not against the wish', get(quick({ retryConnectionErrors: false })), ['reset', one]],
  [
    'a pause that the server asks for',
    get(quick()),
    [{ status: 503, headers: { 'retry-after': '30' } }, one],
  ],
  ['a pause of no time', get(quick()), [{ status: 503, headers: { 'retry-after': '0' } }, one]],
  [
    'a call that wants none',
    get({ retries: { strategy: 'none' } }),
    [problem(500), one],
    misfit({ retryConfig: quick().retries }),
  ],
  ['a client that wants some', get(), [problem(500), one], misfit({ retryConfig: quick().retries })],
  ['a client without a wish, connection', get(), ['reset', one], { retryConfig: undefined }],
]

const CLIENTS: Row[] = [
  [
    "a client of the caller's own",
    (c, _, Client) => {
      const own = new Client({ fetcher: (request) => fetch(request) })
      own.addHook('beforeRequest', (request) => {
        const changed = new Request(request)
        changed.headers.set('x-hook', '1')
        return changed
      })
      return withClient(c, own).apiKeys.create({ requestBody: { name: 'n' } })
    },
    made,
  ],
  [
    'one that throws',
    (c) => withClient(c, { request: () => Promise.reject(new Error('boom')) }).apiKeys.get({ hash: 'h' }),
    one,
  ],
  [
    'one that cannot connect',
    (c) =>
      withClient(c, { request: () => Promise.reject(new TypeError('fetch failed')) }).apiKeys.get({
        hash: 'h',
      }),
    one,
  ],
  ['a time-out', get({ timeoutMs: 1_000 }), 'hang'],
  ["a time-out of the client's", get(), 'hang', { timeoutMs: 1_000 }],
  [
    "a time-out of the caller's signal",
    (c) => get({ signal: AbortSignal.timeout(1_000) })(c, '', HTTPClient),
    'hang',
  ],
  ['a signal that is aborted already', (c) => get({ signal: AbortSignal.abort() })(c, '', HTTPClient), one],
  [
    'the same in fetchOptions',
    (c) => get({ fetchOptions: { signal: AbortSignal.abort() } })(c, '', HTTPClient),
    one,
  ],
  ['a reset', get(), 'reset'],
]

/** The same client with another HTTP client. */
function withClient(client: OpenRouter, httpClient: NonNullable<SDKOptions['httpClient']>): OpenRouter {
  return new (client.constructor as typeof OpenRouter)({ ...client._options, httpClient })
}

const GROUPS: Record<string, Row[]> = { REQUESTS, OPTIONS, ANSWERS, ERRORS, INVALID, RETRIES, CLIENTS }

for (const [group, rows] of Object.entries(GROUPS)) expectParity(group, rows)

afterAll(() => {
  const count = Object.values(GROUPS).flat().length
  console.log(`parity with the official client: ${count} calls`)
  expect(count).toBeGreaterThan(150)
})
