import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { createReach } from '../../../src/cluster/reach.ts'
import { native } from '../../../src/http/native/index.ts'
import { type Answer, type TestApp, testApp } from '../../support/app.ts'

// Every operation whose answer waits for other nodes takes `wait=none`, and says where the change is in force.

const EFFECTIVE = 'latchkey-effective'
let app: TestApp
/** The revisions for which somebody waited. */
const waited: number[] = []
/** The revisions that this node had to apply itself. */
const applied: number[] = []

/** A process that is one of three nodes. */
const cluster: Cluster = {
  applied: () => 0,
  isFresh: () => true,
  isCutOff: () => false,
  reach: createReach(() => false),
  hasApplied: async (revision) => applied.push(revision) > 0,
  follow() {},
  async inForce(revision) {
    waited.push(revision)
    return { nodes: 3, lapsed: 0 }
  },
  state: () => ({ nodes: 3, revision: 0, lagMs: 0, leaseAgeMs: 0, isFresh: true, waiters: 0 }),
  observe() {},
  close: async () => {},
}

beforeAll(async () => {
  app = await testApp({ cluster })
})
afterAll(() => app.close())

let count = 0
function fresh(word: string): string {
  count += 1
  return `${word}-${count}`
}
async function made(path: string, body: object): Promise<Answer['json']> {
  const { status, json } = await app.call('POST', path, { body })
  if (status >= 300) throw new Error(`${path}: ${JSON.stringify(json)}`)
  return json
}
const key = async (): Promise<string> => (await made('/v2/keys', { limits: { daily: 5 } })).key.id
const user = async (): Promise<string> =>
  (await made('/v2/users', { username: fresh('user'), displayName: 'x', role: 'USER' })).id
const workspace = async (): Promise<string> =>
  (await made('/v2/workspaces', { name: 'x', slug: fresh('w') })).id
const foreign = () => ({ sha256: createHash('sha256').update(fresh('foreign')).digest('hex') })
const until = () => new Date(app.clock.now() + 3_600_000).toISOString()

type Wanted = () => Promise<{ path: string; body?: object; as?: string }>

/** One call of each that changes something. */
const WAITING: Record<string, Wanted> = {
  'PATCH /keys/{ref}': async () => ({ path: `/keys/${await key()}`, body: { disabled: true } }),
  'DELETE /keys/{ref}': async () => ({ path: `/keys/${await key()}` }),
  'DELETE /keys/self': async () => ({
    path: '/keys/self',
    as: (await made('/v2/keys', { access: 'use' })).secret,
  }),
  'POST /keys/{ref}/rotate': async () => ({ path: `/keys/${await key()}/rotate`, body: { overlap: '1h' } }),
  'DELETE /keys/{ref}/secrets/previous': async () => {
    const id = await key()
    await made(`/v2/keys/${id}/rotate`, { overlap: '1h' })
    return { path: `/keys/${id}/secrets/previous` }
  },
  'PUT /keys/{ref}/boosts/{window}': async () => ({
    path: `/keys/${await key()}/boosts/daily`,
    body: { amount: '3', until: until() },
  }),
  'DELETE /keys/{ref}/boosts/{window}': async () => {
    const id = await key()
    await app.call('PUT', `/v2/keys/${id}/boosts/daily`, { body: { amount: '3', until: until() } })
    return { path: `/keys/${id}/boosts/daily` }
  },
  'POST /keys/revoke': async () => ({ path: '/keys/revoke', body: { ids: [await key(), await key()] } }),
  'POST /keys/import': async () => ({ path: '/keys/import', body: { keys: [foreign()] } }),
  'PATCH /users/{id}': async () => ({ path: `/users/${await user()}`, body: { disabled: true } }),
  'POST /users/{id}/handover': async () => {
    const [from, to] = [await user(), await user()]
    await made('/v2/keys', { ownerId: from })
    return { path: `/users/${from}/handover`, body: { to } }
  },
  'DELETE /users/{id}': async () => ({ path: `/users/${await user()}` }),
  'PATCH /workspaces/{ref}': async () => ({ path: `/workspaces/${await workspace()}`, body: { name: 'y' } }),
  'DELETE /workspaces/{ref}': async () => ({ path: `/workspaces/${await workspace()}` }),
  'POST /workspaces/{ref}/members': async () => ({
    path: `/workspaces/${await workspace()}/members`,
    body: { userId: await user() },
  }),
  'DELETE /workspaces/{ref}/members/{userId}': async () => {
    const [place, member] = [await workspace(), await user()]
    await made(`/v2/workspaces/${place}/members`, { userId: member })
    return { path: `/workspaces/${place}/members/${member}` }
  },
}

/** Records that no memory holds, so that nobody has to wait. */
const NOT_WAITING: Record<string, Wanted> = {
  'POST /keys': async () => ({ path: '/keys', body: {} }),
  'POST /users': async () => ({
    path: '/users',
    body: { username: fresh('user'), displayName: 'x', role: 'USER' },
  }),
  'POST /workspaces': async () => ({ path: '/workspaces', body: { name: 'x', slug: fresh('w') } }),
  'POST /usage': async () => ({
    path: '/usage',
    body: { events: [{ id: fresh('event'), keyId: await key(), amount: '1' }] },
  }),
  'POST /usage/corrections': async () => {
    const [id, keyId] = [fresh('event'), await key()]
    await made('/v2/usage', { events: [{ id, keyId, amount: '1' }] })
    return {
      path: '/usage/corrections',
      body: { id: fresh('correction'), keyId, eventId: id, reason: 'a mistake' },
    }
  },
  'POST /reservations': async () => ({ path: '/reservations', body: { keyId: await key(), amount: '1' } }),
  'POST /reservations/{reservationId}/settle': async () => ({
    path: `/reservations/${await hold()}/settle`,
    body: { amount: '1' },
  }),
  'POST /reservations/{reservationId}/release': async () => ({
    path: `/reservations/${await hold()}/release`,
  }),
  'POST /reservations/{reservationId}/extend': async () => ({
    path: `/reservations/${await hold()}/extend`,
    body: { ttlSeconds: 900 },
  }),
  'POST /verify': async () => ({
    path: '/verify',
    body: { key: (await made('/v2/keys', {})).secret, charge: '1' },
  }),
}

async function hold(): Promise<string> {
  return (await made('/v2/reservations', { keyId: await key(), amount: '1' })).id
}

async function send(name: string, wanted: Wanted, query: string) {
  const { path, body, as } = await wanted()
  waited.length = 0
  const [method = ''] = name.split(' ')
  return app.call(method, `/v2${path}${query}`, { ...(body && { body }), ...(as && { key: as }) })
}

const changes = native.operations.filter(({ method, anyMethod }) => method !== 'get' && !anyMethod)
const nameOf = ({ method, path }: (typeof changes)[number]) => `${method.toUpperCase()} ${path}`

describe('a change on one of several nodes', () => {
  test('is tested here for every operation that changes something', () => {
    const known = [...Object.keys(WAITING), ...Object.keys(NOT_WAITING)]
    expect(changes.map(nameOf).toSorted()).toEqual(known.toSorted())
    expect(
      changes
        .filter(({ waits }) => waits)
        .map(nameOf)
        .toSorted(),
    ).toEqual(Object.keys(WAITING).toSorted())
  })

  test.each(Object.entries(WAITING))(
    '%s waits for the others, unless it is not to, and says so',
    async (name, wanted) => {
      const all = await send(name, wanted, '')
      expect([all.status < 300, all.headers.get(EFFECTIVE), waited.length]).toEqual([true, 'all-nodes', 1])
      const none = await send(name, wanted, '?wait=none')
      expect([none.status < 300, none.headers.get(EFFECTIVE), waited]).toEqual([true, 'this-node', []])
      if (none.json?.effective) expect(none.json.effective.scope).toBe('this-node')
      const wrong = await send(name, wanted, '?wait=some')
      expect([wrong.status, wrong.headers.get(EFFECTIVE), waited]).toEqual([400, null, []])
    },
  )

  test.each(['POST /keys/{ref}/rotate', 'POST /workspaces/{ref}/members'])(
    '%s waits also when its answer is sent again, because its first call may be waiting still',
    async (name) => {
      const { path, body } = (await WAITING[name]?.()) ?? { path: '' }
      const headers = { 'idempotency-key': fresh('repeated') }
      const ask = (query: string) =>
        app.call('POST', `/v2${path}${query}`, { ...(body && { body }), headers })
      await ask('?wait=none')
      waited.length = 0
      applied.length = 0
      const none = await ask('?wait=none')
      const replayed = 'idempotent-replayed'
      expect([none.headers.get(replayed), none.headers.get(EFFECTIVE), waited]).toEqual([
        'true',
        'this-node',
        [],
      ])
      const all = await ask('')
      expect([all.headers.get(replayed), all.headers.get(EFFECTIVE)]).toEqual(['true', 'all-nodes'])
      const revision = await app.store.revision()
      expect([waited, applied]).toEqual([[revision], [revision, revision]])
    },
  )

  test.each([
    ['GoodMem', 'id', '/v1/apikeys', 204],
    ['OpenRouter', 'hash', '/api/v1/keys', 200],
  ] as const)(
    'a key that %s deletes is dead on every node also when it is gone already',
    async (_, by, path, status) => {
      const ref = (await made('/v2/keys', {})).key[by]
      expect((await app.call('DELETE', `${path}/${ref}`)).status).toBe(status)
      waited.length = 0
      expect((await app.call('DELETE', `${path}/${ref}`)).status).toBe(404)
      expect(waited).toEqual([await app.store.revision()])
    },
  )

  test.each(Object.entries(NOT_WAITING))('%s has nothing to wait for', async (name, wanted) => {
    const { status } = await send(name, wanted, '')
    expect([status < 300, waited]).toEqual([true, []])
  })

  test('is in force everywhere at once when there are no other nodes', async () => {
    const alone = await testApp()
    const { json } = await alone.call('POST', '/v2/keys', { body: {} })
    const answer = await alone.call('DELETE', `/v2/keys/${json.key.id}?wait=none`)
    expect([answer.headers.get(EFFECTIVE), answer.json.effective.scope]).toEqual(['all-nodes', 'all-nodes'])
    await alone.close()
  })
})
