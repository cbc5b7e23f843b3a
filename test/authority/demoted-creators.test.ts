import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../support/app.ts'
import { type FaultyStore, faultyStore } from '../support/faulty-store.ts'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'
import type { Loose } from '../wire/native/native-app.ts'

// A creation that waits for the store is made by the rights that its caller has then: no value of it counts as set by a role that its author
// has lost.

const postgres = await postgresForTests()
const ENGINES = ['SQLite', ...('absent' in postgres ? [] : ['PostgreSQL'])]

describe.each(ENGINES)('on %s, while a creation waits for the store,', (engine) => {
  let database: TestDatabase | null = null
  let faulty: FaultyStore
  let app: TestApp
  let names = 0

  beforeAll(async () => {
    database = engine === 'SQLite' || 'absent' in postgres ? null : await postgres.migratedDatabase()
    faulty = await faultyStore(database?.url)
    app = await testApp({ store: faulty.store })
  })

  afterAll(async () => {
    await app?.close()
    await database?.drop()
  })

  /** A user with a managing key. */
  async function person(role: string) {
    const username = `user-${++names}`
    const { json } = await app.call('POST', '/v2/users', { body: { username, displayName: 'x', role } })
    const body = { ownerId: json.id, access: 'manage' }
    const { key, secret } = (await app.call('POST', '/v2/keys', { body })).json
    return { id: json.id as string, keyId: key.id as string, key: secret as string }
  }

  /** Sends the creation, and makes the change, which is answered, before the creation reaches the store. */
  async function createBehind(
    creation: { key: string; path: string; body: object; waitsIn: Parameters<FaultyStore['hold']>[0] },
    [path, body]: [path: string, body: object],
  ) {
    const held = faulty.hold(creation.waitsIn)
    const created = app.call('POST', creation.path, { key: creation.key, body: creation.body })
    await held.reached
    expect((await app.call('PATCH', path, { body })).status).toBe(200)
    held.open()
    return created
  }

  const limits = { total: '1' }
  const CREATIONS = {
    workspace: {
      path: '/v2/workspaces',
      waitsIn: 'createWorkspace',
      body: () => ({ name: 'w', slug: `w-${++names}`, limits }),
      made: (json: Loose) => `/v2/workspaces/${json.id}`,
    },
    user: {
      path: '/v2/users',
      waitsIn: 'createUser',
      body: () => ({ username: `made-${++names}`, displayName: 'x', role: 'ADMIN', limits }),
      made: (json: Loose) => `/v2/users/${json.id}`,
    },
    key: {
      path: '/v2/keys',
      waitsIn: 'createKey',
      body: (ownerId: string) => ({ ownerId, limits }),
      made: (json: Loose) => `/v2/keys/${json.key.id}`,
    },
    'imported key': {
      path: '/v2/keys/import',
      waitsIn: 'createKey',
      body: (ownerId: string) => ({
        keys: [{ ownerId, limits, secret: `secret-of-another-system-${String(++names).padStart(32, '0')}` }],
      }),
      made: (json: Loose) => `/v2/keys/${json.results[0].id}`,
    },
  } as const

  test.each(Object.entries(CREATIONS))(
    'its author, a ROOT, becomes an ADMIN: another ADMIN may loosen the limit of the new %s',
    async (_, { path, waitsIn, body, made }) => {
      const [author, owner, other] = [await person('ROOT'), await person('ADMIN'), await person('ADMIN')]
      const creation = { key: author.key, path, waitsIn, body: body(owner.id) }
      const { status, json } = await createBehind(creation, [`/v2/users/${author.id}`, { role: 'ADMIN' }])
      expect([200, 201]).toContain(status)
      const wider = { limits: { total: '2' } }
      expect((await app.call('PATCH', made(json), { key: other.key, body: wider })).status).toBe(200)
    },
  )

  test('its author becomes a USER: the id of the new key is not chosen any more', async () => {
    const author = await person('ADMIN')
    const body = { id: crypto.randomUUID() }
    const creation = { key: author.key, path: '/v2/keys', waitsIn: 'createKey', body } as const
    const { status, json } = await createBehind(creation, [`/v2/users/${author.id}`, { role: 'USER' }])
    expect([status, json.code]).toEqual([403, 'permission_denied'])
  })

  test('its credential gets another owner: both of them have seen the new secret', async () => {
    const [author, heir, owner] = [await person('ADMIN'), await person('ADMIN'), await person('USER')]
    const body = { ownerId: owner.id }
    const creation = { key: author.key, path: '/v2/keys', waitsIn: 'createKey', body } as const
    const { json } = await createBehind(creation, [`/v2/keys/${author.keyId}`, { ownerId: heir.id }])
    const made = await faulty.store.findKey({ id: json.key.id }, app.clock.now())
    const { createdById, secrets } = made ?? { createdById: null, secrets: [] }
    const seers = secrets.flatMap(({ seenBy }): string[] => [...seenBy])
    expect([String(createdById), seers.includes(author.id), seers.includes(heir.id)]).toEqual([
      heir.id,
      true,
      true,
    ])
  })
})
