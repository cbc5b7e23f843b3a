import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createHash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Kysely } from 'kysely'
import { systemRandom } from '../../src/core/ground/clock.ts'
import { mintSecret } from '../../src/core/ground/secret.ts'
import type { Tables } from '../../src/store/sql/base/tables.ts'
import { createSqlStore } from '../../src/store/sql/store.ts'
import { connectSqlite } from '../../src/store/sqlite/connection.ts'
import { connectionOn } from '../../src/store/sqlite/driver.ts'
import { engineHere } from '../../src/store/sqlite/engine.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type Answer, type TestApp, testApp } from '../support/app.ts'
import { temporaryFolder } from '../support/server.ts'
import { type Cast, castOf } from '../wire/cast.ts'

// A caller whose abilities reach only its own records learns nothing about those of others: a record of another user, named in any form,
// gets the same bytes after the same steps as a missing one.

/** The names of one record, in every form that a caller can use. */
interface Names {
  keyId: string
  hash: string
  /** The digest of a secret that is not the key's first. */
  laterDigest: string
  secret: string
  reservationId: string
  userId: string
  email: string
  workspaceId: string
  slug: string
}

interface Request {
  method: string
  path: string
  body?: object
  headers?: Record<string, string>
}

const get = (path: string): Request => ({ method: 'GET', path })
const to = (method: string, path: string, body?: object): Request => ({
  method,
  path,
  ...(body && { body }),
})

/** Every way to name a key in an address of the native API. */
const REFS: [string, (names: Names) => string][] = [
  ['an id', ({ keyId }) => keyId],
  ['an id in capitals', ({ keyId }) => keyId.toUpperCase()],
  ['a hash', ({ hash }) => hash],
  ["a later secret's digest", ({ laterDigest }) => laterDigest],
]

const ON_A_KEY: [string, (ref: string) => Request][] = [
  ['read', (ref) => get(`/v2/keys/${ref}`)],
  ['change', (ref) => to('PATCH', `/v2/keys/${ref}`, { name: 'x' })],
  [
    'change if unchanged',
    (ref) => ({ ...to('PATCH', `/v2/keys/${ref}`, { name: 'x' }), headers: { 'if-match': '"1"' } }),
  ],
  ['change to nonsense', (ref) => to('PATCH', `/v2/keys/${ref}`, { name: 5 })],
  ['revoke', (ref) => to('DELETE', `/v2/keys/${ref}`)],
  ['rotate', (ref) => to('POST', `/v2/keys/${ref}/rotate`, {})],
  [
    'rotate once',
    (ref) => ({
      ...to('POST', `/v2/keys/${ref}/rotate`, {}),
      headers: { 'idempotency-key': `once-${randomUUID()}` },
    }),
  ],
  ['end an overlap', (ref) => to('DELETE', `/v2/keys/${ref}/secrets/previous`)],
  [
    'boost',
    (ref) => to('PUT', `/v2/keys/${ref}/boosts/daily`, { amount: '1', until: '2099-01-01T00:00:00Z' }),
  ],
  ['end a boost', (ref) => to('DELETE', `/v2/keys/${ref}/boosts/daily`)],
  ['thresholds', (ref) => get(`/v2/keys/${ref}/thresholds`)],
  ['verdicts', (ref) => get(`/v2/keys/${ref}/verifications`)],
  ['verdicts of a bad time', (ref) => get(`/v2/keys/${ref}/verifications?from=2020-01-01T00:00:00Z`)],
  ['read its head', (ref) => to('HEAD', `/v2/keys/${ref}`)],
]

const OPENROUTER: [string, (hash: string) => Request][] = [
  ['read', (hash) => get(`/api/v1/keys/${hash}`)],
  ['change', (hash) => to('PATCH', `/api/v1/keys/${hash}`, { name: 'x' })],
  ['delete', (hash) => to('DELETE', `/api/v1/keys/${hash}`)],
  ['activity', (hash) => get(`/api/v1/activity?api_key_hash=${hash}`)],
]

const OTHERS: [string, (names: Names) => Request][] = [
  ['charge a secret', ({ secret }) => to('POST', '/v2/verify', { key: secret, charge: '1' })],
  ['hold money of a key', ({ keyId }) => to('POST', '/v2/reservations', { keyId, amount: '1' })],
  ['report usage', ({ keyId }) => to('POST', '/v2/usage', { events: [{ id: 'e', keyId, amount: '1' }] })],
  ['read a reservation', ({ reservationId }) => get(`/v2/reservations/${reservationId}`)],
  ['release a reservation', ({ reservationId }) => to('POST', `/v2/reservations/${reservationId}/release`)],
  [
    'settle a reservation',
    ({ reservationId }) => to('POST', `/v2/reservations/${reservationId}/settle`, { amount: '1' }),
  ],
  [
    'extend a reservation',
    ({ reservationId }) => to('POST', `/v2/reservations/${reservationId}/extend`, { ttlSeconds: 9 }),
  ],
  [
    'correct usage',
    ({ keyId }) => to('POST', '/v2/usage/corrections', { id: 'c', keyId, eventId: 'used', reason: 'r' }),
  ],
  ['verify by a key id', ({ keyId }) => to('POST', '/v2/verify', { key: keyId })],
  ['verify by a hash', ({ hash }) => to('POST', '/v2/verify', { key: hash })],
  ['revoke by ids', ({ keyId }) => to('POST', '/v2/keys/revoke', { ids: [keyId] })],
  ['try to revoke by ids', ({ keyId }) => to('POST', '/v2/keys/revoke', { ids: [keyId], dryRun: true })],
  [
    'revoke the keys of an owner',
    ({ userId }) => to('POST', '/v2/keys/revoke', { filter: { ownerId: userId }, dryRun: true }),
  ],
  [
    'revoke the keys of a workspace',
    ({ workspaceId }) => to('POST', '/v2/keys/revoke', { filter: { workspaceId }, dryRun: true }),
  ],
  ['usage of a workspace', ({ workspaceId }) => get(`/v2/usage?workspaceId=${workspaceId}`)],
  ['usage of an owner', ({ userId }) => get(`/v2/usage?ownerId=${userId}`)],
  ['impact of a user', ({ userId }) => get(`/v2/users/${userId}/impact`)],
  ['hand over', ({ userId }) => to('POST', `/v2/users/${userId}/handover`, { to: userId })],
  ['delete a user', ({ userId }) => to('DELETE', `/v2/users/${userId}`)],
  ['let in', ({ workspaceId, userId }) => to('POST', `/v2/workspaces/${workspaceId}/members`, { userId })],
  ['put out', ({ workspaceId, userId }) => to('DELETE', `/v2/workspaces/${workspaceId}/members/${userId}`)],
  ['change a workspace', ({ workspaceId }) => to('PATCH', `/v2/workspaces/${workspaceId}`, { name: 'x' })],
  ['delete a workspace', ({ slug }) => to('DELETE', `/v2/workspaces/${slug}`)],
  ['reservations of a key', ({ keyId }) => get(`/v2/reservations?keyId=${keyId}`)],
  ['usage of a key', ({ keyId }) => get(`/v2/usage?keyId=${keyId}`)],
  ['one event', ({ keyId }) => get(`/v2/usage/events?keyId=${keyId}&id=used`)],
  ['keys of an owner', ({ userId }) => get(`/v2/keys?ownerId=${userId}`)],
  ['make a key of an owner', ({ userId }) => to('POST', '/v2/keys', { ownerId: userId })],
  ['make a key with a chosen id', ({ keyId }) => to('POST', '/v2/keys', { id: keyId })],
  ['read a workspace', ({ workspaceId }) => get(`/v2/workspaces/${workspaceId}`)],
  ['read a workspace by its slug', ({ slug }) => get(`/v2/workspaces/${slug}`)],
  ['members of a workspace', ({ workspaceId }) => get(`/v2/workspaces/${workspaceId}/members`)],
  ['thresholds of a workspace', ({ workspaceId }) => get(`/v2/workspaces/${workspaceId}/thresholds`)],
  ['make a key in a workspace', ({ workspaceId }) => to('POST', '/v2/keys', { workspaceId })],
  ['keys of a workspace', ({ workspaceId }) => get(`/v2/keys?workspaceId=${workspaceId}`)],
  [
    'make a key in a workspace, as OpenRouter',
    ({ workspaceId }) => to('POST', '/api/v1/keys', { name: 'k', workspace_id: workspaceId }),
  ],
  ['read a user', ({ userId }) => get(`/v2/users/${userId}`)],
  ['change a user', ({ userId }) => to('PATCH', `/v2/users/${userId}`, { displayName: 'x' })],
  ['thresholds of a user', ({ userId }) => get(`/v2/users/${userId}/thresholds`)],
  ['read a user, as GoodMem', ({ userId }) => get(`/v1/users/${userId}`)],
  ['read a user by e-mail, as GoodMem', ({ email }) => get(`/v1/users/email/${email}`)],
  [
    'make a key of an owner, as OpenRouter',
    ({ userId }) => to('POST', '/api/v1/keys', { name: 'k', creator_user_id: userId }),
  ],
  ['activity of a user, as OpenRouter', ({ userId }) => get(`/api/v1/activity?user_id=${userId}`)],
]

const REQUESTS: [string, (names: Names) => Request][] = [
  ...ON_A_KEY.flatMap(([act, request]) =>
    REFS.map(([form, ref]): [string, (names: Names) => Request] => [
      `${act}, by ${form}`,
      (names) => request(ref(names)),
    ]),
  ),
  ...OPENROUTER.flatMap(([act, request]): [string, (names: Names) => Request][] => [
    [`${act}, as OpenRouter, by a hash`, ({ hash }) => request(hash)],
    [`${act}, as OpenRouter, by a later secret's digest`, ({ laterDigest }) => request(laterDigest)],
  ]),
  ...OTHERS,
]

let app: TestApp
let cast: Cast
let foreign: Names
let revoked: Names
/** The secret of a USER that manages a workspace, though not that of the others' records. */
let manager: string
const steps: string[] = []

beforeAll(async () => {
  app = await testApp({ store: await notedStore() })
  cast = await castOf(app)
  foreign = await namesOf('other')
  revoked = await namesOf('other')
  await app.call('DELETE', `/v2/keys/${revoked.keyId}`)
  manager = await managerOfAnother()
})
afterAll(() => app.close())

/** A store that records every call, and every reading statement for one, except those that nobody waits for. */
async function notedStore(): Promise<Store> {
  const path = join(temporaryFolder(), 'latchkey.db')
  const db = await openSqlite(path, (reason) => {
    throw new Error(reason)
  })
  const { dialect } = connectionOn(engineHere(connectSqlite({ path, readOnly: true, journal: 'wal' })))
  const reader = new Kysely<Tables>({ dialect, log: ({ query }) => void steps.push(query.sql) })
  const unasked: ReadonlySet<keyof Store> = new Set(['recordDenials', 'recordUses', 'recordOutcomes'])
  return new Proxy(createSqlStore({ ...db, reader, longReads: null }), {
    get(target, name: keyof Store) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      // These read through the same connection at any time, so their statements would be counted for a call.
      if (name === 'refreshSearch' || name === 'refreshSpentOrder') return async () => 0
      if (name === 'findRunOut' || name === 'findHeldAfter') return async () => []
      return (...args: unknown[]) => {
        if (!unasked.has(name)) steps.push(name)
        return method.apply(target, args)
      }
    },
  })
}

async function namesOf(owner: 'other' | 'user'): Promise<Names> {
  const made = async (path: string, body: object) => (await app.call('POST', path, { body })).json
  const { userId } = cast[owner]
  const { key, secret } = await made('/v2/keys', { ownerId: userId, limits: { daily: '9' } })
  const { secret: later } = await made(`/v2/keys/${key.id}/rotate`, { overlap: '1h' })
  const { id: reservationId } = await made('/v2/reservations', { keyId: key.id, amount: '1' })
  await made('/v2/usage', { events: [{ id: 'used', keyId: key.id, amount: '1' }] })
  const laterDigest = createHash('sha256').update(later).digest('hex')
  const { hash } = key
  const slug = `w-${key.id.slice(-12)}`
  const { id: workspaceId } = await made('/v2/workspaces', { name: 'w', slug })
  const email = `${owner}@example.com`
  return { keyId: key.id, hash, laterDigest, secret, reservationId, userId, email, workspaceId, slug }
}

async function managerOfAnother(): Promise<string> {
  const made = async (path: string, body: object) => (await app.call('POST', path, { body })).json
  const { id: userId } = await made('/v2/users', { username: 'manager', displayName: 'm', role: 'USER' })
  const { id } = await made('/v2/workspaces', { name: 'managed', slug: 'managed' })
  await made(`/v2/workspaces/${id}/members`, { userId, standing: 'manager' })
  return (await made('/v2/keys', { ownerId: userId, access: 'full' })).secret
}

function unknown(): Names {
  return {
    keyId: randomUUID(),
    hash: createHash('sha256').update(randomUUID()).digest('hex'),
    laterDigest: createHash('sha256').update(randomUUID()).digest('hex'),
    secret: mintSecret('lk', systemRandom).reveal(),
    reservationId: randomUUID(),
    userId: randomUUID(),
    email: `${randomUUID()}@example.com`,
    workspaceId: randomUUID(),
    slug: `w-${randomUUID().slice(-12)}`,
  }
}

/** The visible parts of an answer: everything except the parts that differ between any two answers, and the caller's own input. */
async function seen(request: (names: Names) => Request, names: Names, key: string) {
  const { method, path, ...options } = request(names)
  steps.length = 0
  const answer = await app.call(method, path, { ...options, key })
  return { status: answer.status, body: bodyOf(answer, names), headers: headersOf(answer), steps: [...steps] }
}

function bodyOf({ text }: Answer, names: Names): string {
  const echoed = Object.values(names).reduce(
    (body, name) => body.replaceAll(name, 'NAME').replaceAll(name.toUpperCase(), 'NAME'),
    text,
  )
  return echoed.replace(/"(requestId|timestamp)":("[^"]*"|\d+)/g, '"$1":0')
}

function headersOf({ headers }: Answer): [string, string][] {
  return [...headers].filter(([name]) => name !== 'x-request-id').toSorted()
}

test.each(REQUESTS)(
  'a record of another user gets the same answer as a missing one: %s',
  async (_name, request) => {
    const { manage, full } = cast.user.keys
    for (const key of [manage.secret, full.secret, manager]) {
      // Memory is filled once, so that only the named record differs.
      await seen(request, unknown(), key)
      const none = await seen(request, unknown(), key)
      expect(await seen(request, foreign, key)).toEqual(none)
      expect(await seen(request, revoked, key)).toEqual(none)
      expect([200, 400, 403, 404]).toContain(none.status)
    }
  },
)

test('the secret of another user verifies like an unknown one', async () => {
  const key = cast.user.keys.full.secret
  const request = ({ secret }: Names) => to('POST', '/v2/verify', { key: secret })
  // The holder of a secret knows its key, so only the bytes must be equal: facts in memory are not read again.
  const { steps: _, ...none } = await seen(request, unknown(), key)
  for (const names of [foreign, revoked]) expect(await seen(request, names, key)).toMatchObject(none)
})

test('the own record is found under all of these names', async () => {
  const own = await namesOf('user')
  const key = cast.user.keys.full.secret
  for (const [, ref] of REFS) {
    expect((await app.call('GET', `/v2/keys/${ref(own)}`, { key })).json.id).toBe(own.keyId)
  }
  expect((await app.call('GET', `/v2/reservations/${own.reservationId}`, { key })).json.id).toBe(
    own.reservationId,
  )
  expect((await app.call('GET', `/v1/users/email/USER@example.com`, { key })).json.userId).toBe(own.userId)
})

test("an attempt on another user's record is recorded as denied, one on a missing record is not", async () => {
  const key = cast.user.keys.full.secret
  await app.latchkey.audit.flush()
  const before = await deniedTargets()
  const none = unknown()
  for (const names of [foreign, none]) await app.call('GET', `/v2/keys/${names.keyId}`, { key })
  await app.latchkey.audit.flush()
  const after = await deniedTargets()
  expect(after.filter((id) => id === foreign.keyId).length).toBeGreaterThan(0)
  expect([...before, ...after]).not.toContain(none.keyId)
})

async function deniedTargets(): Promise<(string | null)[]> {
  const { rows } = await app.store.listAudit({ outcome: 'denied', limit: 500 })
  return rows.map(({ target }) => target.id)
}

test('an ADMIN may choose the id of a key, and gets an error when it is taken', async () => {
  const id = randomUUID()
  const key = cast.admin.keys.full.secret
  const make = () => app.call('POST', '/v2/keys', { key, body: { id } })
  expect((await make()).json.key.id).toBe(id)
  expect((await make()).status).toBe(409)
})
