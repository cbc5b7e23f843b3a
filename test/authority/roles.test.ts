import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { authorityPage } from '../../scripts/authority-page.ts'
import { ACCESSES, type Access, ROLES, type Role } from '../../src/core/types.ts'
import { goodmem } from '../../src/http/goodmem/index.ts'
import { native } from '../../src/http/native/index.ts'
import { openrouter } from '../../src/http/openrouter/index.ts'
import { type Answer, type TestApp, testApp } from '../support/app.ts'
import { type Cast, type CastName, castOf } from '../wire/cast.ts'

// Every cell of the table of abilities in docs/authority.md, by every operation of every dialect that needs the ability.

const PAGE = readFileSync(new URL('../../docs/authority.md', import.meta.url), 'utf8')

type Reach = 'own' | 'any' | '-'

/** The table of the page. */
const TABLE = new Map(
  [...PAGE.matchAll(/^\| `([A-Z_]+)` \| [^|]+ \| (.+) \|$/gm)].map(([, ability = '', cells = '']) => [
    ability,
    Object.fromEntries(cells.split(' | ').map((cell, index) => [ROLES[index], cell])) as Record<Role, Reach>,
  ]),
)

const CALLERS = { ROOT: 'root', ADMIN: 'admin', USER: 'user', SERVICE: 'service' } as const satisfies Record<
  Role,
  CastName
>

/**
 * The records on which an operation acts: a key with its owner, a hold of it, a workspace with the owner as its only member, and an
 * unused user.
 */
interface Target {
  keyId: string
  hash: string
  secret: string
  ownerId: string
  email: string
  reservationId: string
  spareUserId: string
  spareWorkspaceId: string
  /** The time of its creation. */
  at: string
}

interface Asked {
  body?: object
  /** Whether it took effect, if the status alone does not show that. */
  isDone?: (answer: Answer, target: Target) => boolean
  /** The address with the records, if it differs from the pattern's. */
  path?: string
}

let made = 0
const unique = (what: string) => `${what}-${made++}`
const person = (name: string) => ({ username: name, email: `${name}@example.com`, displayName: name })
/** A list is answered to every caller that gets it; its contents show the reach. */
const lists = (name: 'id' | 'apiKeyId' | 'hash', rows: (json: never) => object[]) => ({
  isDone: ({ status, json }: Answer, target: Target) =>
    status === 200 &&
    rows(json as never).some((row) =>
      JSON.stringify(row).includes(target[name === 'hash' ? 'hash' : 'keyId']),
    ),
})

/** A request of every operation, by its method and address. */
const REQUESTS: Record<string, (target: Target) => Asked> = {
  'POST /v2/keys': ({ ownerId }) => ({ body: { ownerId } }),
  'GET /v2/keys': () => lists('id', ({ data }: { data: object[] }) => data),
  'POST /v2/keys/import': ({ ownerId }) => ({
    body: { keys: [{ secret: unique('a-key-of-another-system'), ownerId }] },
    isDone: ({ json }) => json.results?.[0].status === 'created',
  }),
  'POST /v2/keys/revoke': ({ keyId }) => ({
    body: { ids: [keyId] },
    isDone: ({ json }) => json.results?.[0].status === 'revoked',
  }),
  'GET /v2/keys/{ref}': () => ({}),
  'PATCH /v2/keys/{ref}': () => ({ body: { name: 'n' } }),
  'DELETE /v2/keys/{ref}': () => ({}),
  'POST /v2/keys/{ref}/rotate': () => ({ body: {} }),
  'DELETE /v2/keys/{ref}/secrets/previous': () => ({}),
  'PUT /v2/keys/{ref}/boosts/{window}': ({ keyId }) => ({
    path: `/v2/keys/${keyId}/boosts/daily`,
    body: { amount: '0', until: '2027-01-01T00:00:00Z' },
  }),
  'DELETE /v2/keys/{ref}/boosts/{window}': ({ keyId }) => ({ path: `/v2/keys/${keyId}/boosts/daily` }),
  'GET /v2/keys/{ref}/thresholds': () => ({}),
  'GET /v2/keys/{ref}/verifications': () => ({}),
  'GET /v2/keys/health': () => ({}),
  'GET /v2/verifications': () => ({}),
  'POST /v2/verify': ({ secret }) => ({
    body: { key: secret },
    isDone: ({ json }) => json.code === 'VALID',
  }),
  'POST /v2/reservations': ({ keyId }) => ({ body: { keyId, amount: '1' } }),
  'GET /v2/reservations': () => lists('id', ({ data }: { data: object[] }) => data),
  'GET /v2/reservations/{reservationId}': () => ({}),
  'POST /v2/reservations/{reservationId}/settle': () => ({ body: { amount: '1' } }),
  'POST /v2/reservations/{reservationId}/release': () => ({}),
  'POST /v2/reservations/{reservationId}/extend': () => ({ body: { ttlSeconds: 600 } }),
  'POST /v2/usage': ({ keyId }) => ({
    body: { events: [{ id: unique('event'), keyId, amount: '1' }] },
  }),
  'POST /v2/usage/corrections': ({ keyId }) => ({
    body: { id: unique('c'), keyId, eventId: 'used', amount: '0.1', reason: 'a mistake' },
  }),
  'GET /v2/usage': () => ({
    path: '/v2/usage?groupBy=key',
    ...lists('id', ({ data }: { data: object[] }) => data),
  }),
  'GET /v2/usage/events': ({ keyId }) => ({
    path: `/v2/usage/events?keyId=${keyId}&id=used`,
    ...lists('id', ({ data }: { data: object[] }) => data),
  }),
  'POST /v2/users': () => ({ body: person(unique('user')) }),
  'GET /v2/users': () => ({}),
  'GET /v2/users/{id}': ({ ownerId }) => ({ path: `/v2/users/${ownerId}` }),
  'PATCH /v2/users/{id}': () => ({ body: { displayName: 'n' } }),
  'DELETE /v2/users/{id}': () => ({}),
  'GET /v2/users/{id}/impact': () => ({}),
  'POST /v2/users/{id}/handover': ({ ownerId }) => ({ body: { to: ownerId } }),
  'GET /v2/users/{id}/thresholds': ({ ownerId }) => ({ path: `/v2/users/${ownerId}/thresholds` }),
  'POST /v2/workspaces': () => ({ body: { name: 'w', slug: unique('w') } }),
  'GET /v2/workspaces': () => ({}),
  'GET /v2/workspaces/{ref}': ({ spareWorkspaceId }) => ({ path: `/v2/workspaces/${spareWorkspaceId}` }),
  'PATCH /v2/workspaces/{ref}': ({ spareWorkspaceId }) => ({
    path: `/v2/workspaces/${spareWorkspaceId}`,
    body: { name: 'n' },
  }),
  'DELETE /v2/workspaces/{ref}': ({ spareWorkspaceId }) => ({ path: `/v2/workspaces/${spareWorkspaceId}` }),
  'GET /v2/workspaces/{ref}/thresholds': ({ spareWorkspaceId }) => ({
    path: `/v2/workspaces/${spareWorkspaceId}/thresholds`,
  }),
  'POST /v2/workspaces/{ref}/members': ({ spareUserId, spareWorkspaceId }) => ({
    path: `/v2/workspaces/${spareWorkspaceId}/members`,
    body: { userId: spareUserId },
  }),
  'GET /v2/workspaces/{ref}/members': ({ spareWorkspaceId }) => ({
    path: `/v2/workspaces/${spareWorkspaceId}/members`,
  }),
  'DELETE /v2/workspaces/{ref}/members/{userId}': ({ ownerId, spareWorkspaceId }) => ({
    path: `/v2/workspaces/${spareWorkspaceId}/members/${ownerId}`,
  }),
  'GET /v2/audit': () => ({}),
  'GET /v2/thresholds': ({ at }) => ({
    path: `/v2/thresholds?since=${at}`,
    isDone: ({ status, json }, { keyId }) =>
      status === 200 && json.data.some(({ id }: { id: string }) => id === keyId),
  }),
  'GET /v2/changes': () => ({}),
  'POST /v1/apikeys': () => ({ body: {} }),
  'GET /v1/apikeys': () => lists('apiKeyId', ({ keys }: { keys: object[] }) => keys),
  'GET /v1/apikeys/{id}': () => ({}),
  'PUT /v1/apikeys/{id}': () => ({ body: { mergeLabels: { a: 'b' } } }),
  'DELETE /v1/apikeys/{id}': () => ({}),
  'GET /v1/users/me': () => ({}),
  'GET /v1/users/{id}': ({ ownerId }) => ({ path: `/v1/users/${ownerId}` }),
  'GET /v1/users/email/{email}': ({ email }) => ({ path: `/v1/users/email/${email}` }),
  'POST /api/v1/keys': ({ ownerId }) => ({ body: { name: 'n', creator_user_id: ownerId } }),
  'GET /api/v1/keys': () => lists('hash', ({ data }: { data: object[] }) => data),
  'GET /api/v1/keys/{hash}': () => ({}),
  'PATCH /api/v1/keys/{hash}': () => ({ body: { name: 'n' } }),
  'DELETE /api/v1/keys/{hash}': () => ({}),
  'GET /api/v1/credits': () => ({}),
  'GET /api/v1/activity': () => ({}),
  'GET /metrics': () => ({}),
  // The same address as a verify, and another ability.
  'POST /v2/verify charging': ({ secret }) => ({
    path: '/v2/verify',
    body: { key: secret, charge: '1' },
    isDone: ({ json }) => json.code === 'VALID',
  }),
  'POST /v2/verify reserving': ({ secret }) => ({
    path: '/v2/verify',
    body: { key: secret, reserve: '1' },
    isDone: ({ json }) => json.code === 'VALID',
  }),
}

/** Operations that act on no particular record, or only on the caller's own. */
const WHOSE_IS_ONE =
  /^(POST|GET) \/(v2\/(users|workspaces|audit|verifications|keys\/health)$|v1\/(apikeys$|users\/me)|metrics|api\/v1\/(credits|activity))|^POST \/v1\/apikeys/

const OPERATIONS = [
  ...[native, goodmem, openrouter].flatMap(({ base, operations }) =>
    operations.map(({ method, path, callers }) => ({
      name: `${method.toUpperCase()} ${base}${path}`,
      ability: callers,
    })),
  ),
  { name: 'GET /metrics', ability: 'READ_METRICS' },
  { name: 'POST /v2/verify charging', ability: 'REPORT_USAGE' },
  { name: 'POST /v2/verify reserving', ability: 'REPORT_USAGE' },
].filter(({ ability }) => TABLE.has(ability))

let app: TestApp
let cast: Cast

beforeAll(async () => {
  app = await testApp()
  cast = await castOf(app)
})
afterAll(() => app.close())

async function targetOf(owner: CastName): Promise<Target> {
  const post = async (path: string, body: object) => {
    const answer = await app.call('POST', path, { body })
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`)
    return answer.json
  }
  const ownerId = cast[owner].userId
  app.clock.advance(1)
  const at = new Date(app.clock.now()).toISOString()
  const { key, secret } = await post('/v2/keys', { ownerId, limits: { daily: '100' } })
  await app.call('POST', '/v2/usage', { body: { events: [{ id: 'used', keyId: key.id, amount: '60' }] } })
  const hold = await post('/v2/reservations', { keyId: key.id, amount: '2' })
  const spare = await post('/v2/users', person(unique('spare')))
  const workspace = await post('/v2/workspaces', { name: 'spare', slug: unique('spare') })
  await post(`/v2/workspaces/${workspace.id}/members`, { userId: ownerId })
  const { json } = await app.call('GET', `/v2/users/${ownerId}`)
  return {
    keyId: key.id,
    hash: key.hash,
    secret,
    ownerId,
    email: json.email,
    reservationId: hold.id,
    spareUserId: spare.id,
    spareWorkspaceId: workspace.id,
    at,
  }
}

async function ask(name: string, target: Target, key: string): Promise<{ done: boolean; answer: Answer }> {
  const request = REQUESTS[name]
  if (request === undefined) throw new Error(`No request is known for ${name}.`)
  const { body, path, isDone } = request(target)
  const [method = '', pattern = ''] = name.split(' ')
  const address = (path ?? pattern)
    .replace(/\{(ref|id)\}/, pattern.includes('/users/') ? target.spareUserId : target.keyId)
    .replace('{hash}', target.hash)
    .replace('{reservationId}', target.reservationId)
  const answer = await app.call(method, address, body === undefined ? { key } : { key, body })
  return { done: isDone?.(answer, target) ?? (answer.status >= 200 && answer.status < 300), answer }
}

test('the page is generated from the tables that decide', () => {
  expect(PAGE).toBe(authorityPage())
  expect(TABLE.size).toBeGreaterThan(10)
})

test('every operation that needs an ability is tested', () => {
  expect(OPERATIONS.map(({ name }) => name).toSorted()).toEqual(Object.keys(REQUESTS).toSorted())
  expect([...new Set(OPERATIONS.map(({ ability }) => ability))].toSorted()).toEqual(
    [...TABLE.keys()].toSorted(),
  )
})

describe.each(ROLES)('%s', (role) => {
  test.each(OPERATIONS)(
    '$name ($access)',
    async ({ name, ability }) => {
      const reach = TABLE.get(ability)?.[role] ?? '-'
      const caller = cast[CALLERS[role]]
      const other: CastName = role === 'ROOT' ? 'admin' : 'other'
      const cells: [Access, 'own' | 'foreign'][] = [
        ...ACCESSES.map((access): [Access, 'own'] => [access, 'own']),
        ...(WHOSE_IS_ONE.test(name) ? [] : [['full', 'foreign'] as [Access, 'foreign']]),
      ]
      for (const [access, whose] of cells) {
        const target = await targetOf(whose === 'own' ? CALLERS[role] : other)
        const { done, answer } = await ask(name, target, caller.keys[access].secret)
        const allowed = access !== 'use' && (reach === 'any' || (reach === 'own' && whose === 'own'))
        expect([access, whose, done, answer.status]).toEqual([access, whose, allowed, answer.status])
        if (access === 'use' || reach === '-') expect([access, answer.status]).toEqual([access, 403])
      }
    },
    20_000,
  )
})
