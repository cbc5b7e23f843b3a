import fc from 'fast-check'
import type { Twins } from '../support/twin-apps.ts'

// The requests, valid and invalid, that both paths of a verify get.

/** The proxy that may name a client's address. */
export const PROXY = '10.0.0.1'

type Secrets = Pick<Twins, 'secretOf'>

/** A request as it is sent to both. */
export interface Sent {
  method: string
  path: string
  headers: [string, string][]
  body?: string | Uint8Array
  peerAddress?: string
}

/** Picks mostly the first one. */
function mostly<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 14, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.constantFrom(...others) },
  )
}

const requestIds = fc.constantFrom(
  ['x-request-id', 'req-1'],
  ['x-request-id', 'a b'],
  ['x-request-id', ''],
  null,
)
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const traces = mostly<[string, string] | null>(
  null,
  ['traceparent', TRACE],
  ['traceparent', `${TRACE.replace('00', '01')}-more`],
  ['traceparent', `${TRACE}-more`],
  ['traceparent', 'x'],
)
const peers = fc.constantFrom('127.0.0.1', PROXY, '203.0.113.7', undefined)
const forwarded = fc.constantFrom(null, ['x-forwarded-for', '203.0.113.7'], ['x-forwarded-for', 'nobody'])

/** The forms in which a credential is sent, valid and invalid; the first two are the usual ones. */
export const CREDENTIALS: ((secret: string) => [string, string][])[] = [
  (secret) => [['authorization', `Bearer ${secret}`]],
  (secret) => [['x-api-key', secret]],
  (secret) => [['authorization', `bearer ${secret}`]],
  (secret) => [['authorization', `Bearer  ${secret}`]],
  (secret) => [
    ['authorization', `Bearer ${secret}`],
    ['x-api-key', secret],
  ],
  (secret) => [
    ['authorization', `Bearer ${secret}`],
    ['x-api-key', `${secret}x`],
  ],
  (secret) => [['authorization', `Bearer ${secret}, Bearer ${secret}`]],
  (secret) => [
    ['authorization', 'Basic abc'],
    ['x-api-key', secret],
  ],
  (secret) => [
    ['authorization', `Bearer ${secret}`],
    ['x-api-key', ''],
  ],
  (secret) => [['x-api-key', `${secret}, ${secret}`]],
  () => [['authorization', 'Bearer']],
  () => [['x-api-key', 'with space']],
  () => [],
]

function credential(twins: Secrets, names: string[]): fc.Arbitrary<[string, string][]> {
  const usual = { weight: 14, arbitrary: fc.constantFrom(...CREDENTIALS.slice(0, 2)) }
  const any = { weight: 6, arbitrary: fc.constantFrom(...CREDENTIALS) }
  return fc
    .tuple(fc.constantFrom(...names), fc.oneof(usual, any))
    .map(([name, send]) => send(twins.secretOf(name)))
}

const AMOUNTS = ['0.01', 0, 0.5, '1e3', -1, '99999999999', null, '0', 'x', '1000000']
/** Values for members of a verify, valid and invalid; the first is the usual one. */
export const MEMBERS: Record<string, [usual: unknown, ...others: unknown[]]> = {
  permissions: [
    'documents.read',
    'documents.read and not admin',
    '',
    'and',
    ['documents.read'],
    ['documents.read', 'documents.write'],
    ['documents.read', 'admin'],
    ['documents.read', 'and'],
    ['a b'],
    [['documents.read']],
    [7],
    [''],
    Array.from({ length: 32 }, () => 'documents.read'),
    Array.from({ length: 33 }, () => 'documents.read'),
    [],
    null,
    7,
    'a.b or documents.write',
    'a or '.repeat(64).concat('a'),
  ],
  ip: ['203.0.113.7', '::1', '10.0.0.0/8', 'x', '::ffff:203.0.113.7', `fe80::1%${'x'.repeat(60)}`, null, ''],
  charge: AMOUNTS as [unknown],
  reserve: AMOUNTS as [unknown],
  reserveTtlSeconds: [60, 0, 1.5, '60', null, 1e9],
  reserveOnExpiry: ['release', 'settle', 'x', null],
  requestId: ['same', '', 'x'.repeat(128), 'x'.repeat(129), 'usage', null, 'other'],
  rateLimits: [
    [{ name: 'requests', cost: 2 }],
    [],
    [{ name: 'requests' }, { name: 'requests' }],
    [{ cost: 0, name: 'requests' }, { name: 'others' }],
    [{ name: 'requests', cost: null }],
    [{ name: 'requests', cost: 1.5 }],
    [{ name: 'requests', cost: -1 }],
    [{ name: 'requests', cost: 1e10 }],
    [{ name: 'requests', cost: '1' }],
    [{ name: 'requests', more: 1 }],
    [{ name: '' }],
    [{ cost: 1 }],
    [{ name: [] }],
    ['requests'],
    [null],
    [[]],
    { name: 'requests' },
    Array.from({ length: 11 }, (_, n) => ({ name: `n${n}` })),
    null,
  ],
  tags: [
    ['model=small'],
    ['a', 'a'],
    ['model=a=b', 'c'],
    ['prompt_tokens=1200'],
    ['prompt_tokens=x'],
    ['=x'],
    [''],
    ['ж=ж'],
    [7],
    [['a']],
    'a',
    [],
    Array.from({ length: 21 }, (_, n) => `n${n}`),
    ['x'.repeat(129)],
    null,
  ],
  atLeast: [1, 10_000_000, -1, null],
  unknown: [1],
}
const members = Object.fromEntries(
  Object.entries(MEMBERS).map(([name, [usual, ...others]]) => [
    name,
    others.length === 0 ? fc.constant(usual) : mostly(usual, ...others),
  ]),
)

function verifyValue(twins: Secrets, names: string[]): fc.Arbitrary<unknown> {
  const key = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...names).map((name) => twins.secretOf(name)) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>('', 'x', 7, null, 'ж'.repeat(30), 'x'.repeat(600)) },
  )
  const rare = fc.record({ key, ...members }, { requiredKeys: ['key'] })
  const usual = fc.record(
    {
      key,
      permissions: members.permissions ?? key,
      ip: members.ip ?? key,
      charge: members.charge ?? key,
      requestId: fc.constant('same'),
    },
    { requiredKeys: ['key'] },
  )
  const bare = fc.record({ key })
  return fc.oneof(
    { weight: 4, arbitrary: bare },
    { weight: 3, arbitrary: usual },
    { weight: 2, arbitrary: rare },
    { weight: 1, arbitrary: fc.constantFrom<unknown>([], 'x', null, 1, {}) },
  )
}

/** The same value in the spellings of good and bad senders. */
export const SPELLINGS: ((text: string) => string | Uint8Array)[] = [
  (text) => text,
  (text) => JSON.stringify(JSON.parse(text), null, 2),
  (text) => text.replace('"key"', '"\\u006bey"'),
  (text) => text.replace('"key":"', '"key":"\\u0000'),
  (text) => text.replace('"key":"', '"key":"\\ud800'),
  (text) => text.replace('{', '{"key":"twice",'),
  (text) => text.replace('{', '{"ip":[[[[1]]]],'),
  // A value that a later member of the same name replaces has to be valid all the same.
  (text) => text.replace('{', `{"key":${'['.repeat(40)}${']'.repeat(40)},`),
  (text) => text.replace('{', `{"key":${'{"a":'.repeat(40)}1${'}'.repeat(40)},`),
  (text) => text.replace('{', '{"key":{"__proto__":1},'),
  (text) => text.replace('{', '{"tags":{"__proto__":1},').replace('}', ',"tags":["a"]}'),
  (text) => text.replace('{', '{"tags":[["a"]],').replace('}', ',"tags":["a]}"]}'),
  (text) => text.replace('{', '{"tags":["{[{[{["],'),
  (text) => `${text} `,
  (text) => `\ufeff${text}`,
  (text) => text.slice(0, -1),
  (text) => `${text}x`,
  (text) => text.replace('{', '{"__proto__":1,'),
  (text) => text.replace('{', '{"charge":"5",').replace('}', ',"charge":"0.01"}'),
  (text) => text.replace('{', '{"permissions":"admin",').replace('}', ',"permissions":null}'),
  (text) => text.padEnd(2_000),
  () => '',
  (text) => new Uint8Array([...new TextEncoder().encode(text.slice(0, -2)), 0xff, 0x22, 0x7d]),
]

function verifies(twins: Secrets, names: string[], callers: string[]): fc.Arbitrary<Sent> {
  return fc
    .record({
      caller: credential(twins, callers),
      value: verifyValue(twins, names),
      spelling: fc.oneof(
        { weight: 7, arbitrary: fc.constant(0) },
        { weight: 3, arbitrary: fc.nat(SPELLINGS.length - 1) },
      ),
      type: mostly<string | null>(
        'application/json',
        'application/json; charset=utf-8',
        'Application/JSON',
        'text/plain',
        'application/problem+json',
        null,
      ),
      encoding: mostly<string | null>(null, 'identity', 'gzip', ''),
      length: mostly<string | null>('told', null),
      path: mostly('/v2/verify', '/v2/verify?x=1', '/v2/verify/', '/v2/verify?x=%00'),
      method: mostly('POST', 'GET', 'PUT', 'OPTIONS', 'HEAD'),
      requestId: requestIds,
      trace: traces,
      forwarded,
      peer: peers,
    })
    .map(
      ({
        caller,
        value,
        spelling,
        type,
        encoding,
        length,
        path,
        method,
        requestId,
        trace,
        forwarded,
        peer,
      }) => {
        const body = SPELLINGS[spelling]?.(JSON.stringify(value)) ?? ''
        const headers: [string, string][] = [...caller]
        const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
        if (length !== null) headers.push(['content-length', String(bytes)])
        if (type !== null) headers.push(['content-type', type])
        if (encoding !== null) headers.push(['content-encoding', encoding])
        for (const each of [requestId, trace, forwarded])
          if (each !== null) headers.push(each as [string, string])
        const sent: Sent = { method, path, headers, ...(peer !== undefined && { peerAddress: peer }) }
        return ['GET', 'HEAD', 'OPTIONS'].includes(method) ? sent : { ...sent, body }
      },
    )
}

const queries = mostly(
  '',
  '?permission=documents.read',
  '?permission=admin',
  '?permission=and',
  '?charge=0.01',
  '?charge=x',
  '?cost=requests:2',
  '?mode=nginx',
  '?mode=apache',
  '?page=2',
  '?permission=documents.read&mode=nginx',
  '?permission=%00',
)
const gatewayHeaders = fc.constantFrom<[string, string] | null>(
  null,
  null,
  null,
  ['x-auth-permission', 'documents.read'],
  ['x-auth-permission', 'admin'],
  ['x-auth-charge', '0.02'],
  ['x-auth-cost', 'requests:2'],
  ['x-auth-mode', 'nginx'],
  ['x-auth-key-id', 'spoofed'],
  ['x-forwarded-uri', '/files/7'],
)

function authorizes(twins: Secrets, names: string[]): fc.Arbitrary<Sent> {
  return fc
    .record({
      caller: credential(twins, names),
      path: mostly(
        '/v2/authorize',
        '/v2/authorize/files/7',
        '/v2/authorize/',
        '/v2/authorize/a%00',
        '/v2/authorize/%2e%2e',
        '/v2/authorized',
      ),
      query: queries,
      method: mostly('GET', 'POST', 'HEAD', 'PROPFIND', 'OPTIONS', 'DELETE'),
      gateway: gatewayHeaders,
      requestId: requestIds,
      trace: traces,
      forwarded,
      peer: peers,
    })
    .map(({ caller, path, query, method, gateway, requestId, trace, forwarded, peer }) => {
      const headers: [string, string][] = [...caller]
      for (const each of [gateway, requestId, trace, forwarded])
        if (each !== null) headers.push(each as [string, string])
      return { method, path: path + query, headers, ...(peer !== undefined && { peerAddress: peer }) }
    })
}

/** One step for both applications. */
export type Step =
  | { kind: 'ask'; sent: Sent }
  | { kind: 'change'; name: string; patch: object }
  | { kind: 'wait'; ms: number }

/** Histories of requests, changes of keys, and time that passes. */
export function steps(twins: Secrets & Pick<Twins, 'names' | 'callers'>): fc.Arbitrary<Step[]> {
  const { names, callers } = twins
  const ask = fc
    .oneof(verifies(twins, names, callers), authorizes(twins, names))
    .map((sent): Step => ({ kind: 'ask', sent }))
  const patch = fc.constantFrom<object>(
    { disabled: true },
    { disabled: false },
    { permissions: ['documents.*'] },
    { name: 'a "new" name \u2028 ж' },
    { limits: { daily: '0.05' } },
    { limits: { daily: null } },
    { labels: { a: 'b,c=%', b: '' } },
    { rateLimits: [{ name: 'requests', limit: 3, window: '1m' }] },
    { expiresAt: '2026-12-24T00:00:00.000Z' },
    { expiresAt: null },
  )
  const change = fc
    .record({ name: fc.constantFrom(...names), patch })
    .map((step): Step => ({ kind: 'change', ...step }))
  const wait = fc.constantFrom(1, 700, 20_000, 3_600_000).map((ms): Step => ({ kind: 'wait', ms }))
  return fc.array(
    fc.oneof(
      { weight: 12, arbitrary: ask },
      { weight: 1, arbitrary: change },
      { weight: 1, arbitrary: wait },
    ),
    { minLength: 20, maxLength: 40 },
  )
}
