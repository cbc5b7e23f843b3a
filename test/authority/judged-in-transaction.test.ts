import { afterAll, describe, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../support/app.ts'
import { type FaultyStore, faultyStore } from '../support/faulty-store.ts'
import { postgresForTests } from '../support/postgres.ts'
import { ACTS, type AuthorityAct, BODILESS, CUTS, type Scene, type Send, scene, standing } from './scene.ts'

// Requests that were judged and then wait for the store, while the rights by which they were judged are taken away.

/** On PostgreSQL each takes ten times as long, so it is asked for. */
const WHOLE = process.env.LATCHKEY_TEST_ALL_ACTS === '1'
if (!WHOLE) console.log('SKIPPED: acts that wait in PostgreSQL; LATCHKEY_TEST_ALL_ACTS=1 tries them, too.')

const postgres = WHOLE ? await postgresForTests() : { absent: 'not asked for' }
const ENGINES = ['SQLite', ...('absent' in postgres ? [] : ['PostgreSQL'])] as const
const ALL: readonly AuthorityAct[] = [...ACTS, ...BODILESS]

/** The methods of the store that change records. */
const CHANGES = {
  createKey: 1,
  changeKey: 1,
  createUser: 1,
  changeUser: 1,
  deleteUser: 1,
  createWorkspace: 1,
  changeWorkspace: 1,
  deleteWorkspace: 1,
  addMember: 1,
  removeMember: 1,
}
/** What the dashboard's page sends with its calls. */
const OWN_PAGE = {
  host: '127.0.0.1',
  origin: 'http://127.0.0.1',
  'sec-fetch-site': 'same-origin',
  'x-latchkey-dashboard': 'act',
}

interface Stage {
  app: TestApp
  faulty: FaultyStore
  send: Send
  close(): Promise<void>
}

async function stage(engine: string): Promise<Stage> {
  const database = engine === 'SQLite' || 'absent' in postgres ? null : await postgres.migratedDatabase()
  const faulty = await faultyStore(database?.url)
  const app = await testApp({ store: faulty.store })
  return {
    app,
    faulty,
    send: (...request) => app.call(...request),
    async close() {
      await app.close()
      await database?.drop()
    },
  }
}

const stages = new Map<string, Promise<Stage>>()
const stageOf = (engine: string) => {
  const known = stages.get(engine) ?? stage(engine)
  stages.set(engine, known)
  return known
}
afterAll(async () => {
  for (const opened of stages.values()) await (await opened).close()
})

describe.each([...ENGINES])('on %s, while a request waits for the store,', (engine) => {
  test.each([...CUTS])(
    '$name: the request has no effect',
    async ({ name, make }) => {
      const { app, faulty, send } = await stageOf(engine)
      const wrong: unknown[] = []
      for (const [index, act] of ALL.entries()) {
        const on = await scene(send)
        const unique = `${name.replaceAll(/\W/g, '-')}-${index}-${engine}`.toLowerCase()
        const { method, path, body } = act.request(on, unique)
        const first = act.first?.(on, unique)
        if (first !== undefined) await send(first.method, first.path, { body: first.body })
        const headers = index % 2 === 0 ? { 'idempotency-key': unique } : {}
        const held = faulty.hold(act.waitsIn)
        const sent = method === 'DELETE' ? { key: on.secret } : { key: on.secret, body, headers }
        const answer = send(method, path, sent)
        expect(
          await Promise.race([held.reached.then(() => 'waits'), answer.then(({ text }) => [act.name, text])]),
        ).toBe('waits')
        expect((await make(send, on)).status).toBe(200)
        const before = await standing(send, on)
        held.open()
        const { status } = await answer
        const unchanged = Bun.deepEquals(await standing(send, on), before)
        // For a caller that has become a USER, the records of others look missing.
        const missing = act.answersEach ? [200, 403] : [400, 401, 403, 404]
        const refusals = name === 'its user is demoted' ? missing : [401, 403]
        if (!unchanged || !refusals.includes(status)) wrong.push([act.name, status, unchanged])
      }
      expect(wrong).toEqual([])
      expect(app.errors).toEqual([])
      process.stdout.write(`acts that waited in the store: ${ALL.length}\n`)
    },
    60_000,
  )

  test('a browser signs out: the change has no effect', async () => {
    const { app, faulty, send } = await stageOf(engine)
    const changes = ALL.filter(
      (act) => act.waitsIn in CHANGES && act.request({ target: {} } as Scene, '').path.startsWith('/v2'),
    )
    expect(changes.length).toBeGreaterThan(12)
    const wrong: unknown[] = []
    for (const [index, act] of changes.entries()) {
      const on = await scene(send)
      const { method, path, body } = act.request(on, `sign-out-${index}-${engine}`.toLowerCase())
      const { json, headers } = await send('POST', '/dashboard/session', {
        key: null,
        body: { key: on.secret },
        headers: OWN_PAGE,
      })
      const cookie = headers.get('set-cookie')?.split(';')[0] ?? ''
      const browser = { key: null, headers: { ...OWN_PAGE, cookie, 'x-latchkey-session': json.pageToken } }
      const held = faulty.hold(act.waitsIn)
      const answer = send(method, path, { ...browser, ...(method !== 'DELETE' && { body }) })
      expect(
        await Promise.race([held.reached.then(() => 'waits'), answer.then(({ text }) => [act.name, text])]),
      ).toBe('waits')
      expect((await send('DELETE', '/dashboard/session', browser)).status).toBe(204)
      const before = await standing(send, on)
      held.open()
      const { status, text } = await answer
      const isRefused = act.answersEach
        ? text.includes('credential_invalid') || status === 401
        : status === 401
      if (!isRefused || !Bun.deepEquals(await standing(send, on), before))
        wrong.push([act.name, status, text])
    }
    expect(wrong).toEqual([])
    expect(app.errors).toEqual([])
    process.stdout.write(`changes that waited in the store during a sign-out: ${changes.length}\n`)
  }, 60_000)

  test('a policy that is narrowed meanwhile counts, for keys and for users', async () => {
    const { faulty, send } = await stageOf(engine)
    const attempts: [string, object, 'createKey' | 'createUser'][] = [
      ['/v2/keys', { permissions: ['documents.read'] }, 'createKey'],
      [
        '/v2/users',
        {
          username: `policy-${engine}`,
          email: `policy-${engine}@example.com`,
          displayName: 'x',
          policy: { permissions: ['documents.read'] },
        },
        'createUser',
      ],
    ]
    for (const [path, body, waitsIn] of attempts) {
      const on = await scene(send)
      const held = faulty.hold(waitsIn)
      const answer = send('POST', path, { key: on.secret, body })
      await held.reached
      const cut = { policy: { permissions: ['images.*'] } }
      expect((await send('PATCH', `/v2/users/${on.userId}`, { body: cut })).status).toBe(200)
      held.open()
      const { status, json } = await answer
      expect([status, json.code]).toEqual([403, 'delegation_exceeded'])
    }
  })

  test('a promotion of the owner meanwhile puts its key out of reach', async () => {
    const { faulty, send } = await stageOf(engine)
    const on = await scene(send)
    const held = faulty.hold('createKey')
    const body = { ownerId: on.target.userId, access: 'full' }
    const answer = send('POST', '/v2/keys', { key: on.secret, body })
    await held.reached
    await send('PATCH', `/v2/users/${on.target.userId}`, { body: { role: 'ROOT' } })
    held.open()
    const { status, json } = await answer
    expect([status, json.code]).toEqual([403, 'delegation_exceeded'])
  })
})
