import { describe, expect, test } from 'bun:test'
import type { Store } from '../../src/store/store.ts'
import { signInBrowser } from '../support/browser.ts'
import { postgresForTests } from '../support/postgres.ts'
import {
  ACTS,
  type AuthorityAct,
  BODILESS,
  CUTS,
  person,
  type Scene,
  type Send,
  scene,
  standing,
} from './scene.ts'
import { stagesOn } from './stages.ts'

// Requests that were judged and then wait for the store, while the rights by which they were judged are taken away.

/** On PostgreSQL each takes ten times as long, so it is asked for. */
const WHOLE = process.env.LATCHKEY_TEST_ALL_ACTS === '1'
if (!WHOLE) console.log('SKIPPED: acts that wait in PostgreSQL; LATCHKEY_TEST_ALL_ACTS=1 tries them, too.')

const postgres = WHOLE ? await postgresForTests() : { absent: 'not asked for' }
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
/** Everything that moves money. */
const MONEY: Pick<AuthorityAct, 'name' | 'request'>[] = [
  moving('charge', ({ target }) => ['/v2/verify', { key: target.secret, charge: '1' }]),
  moving('charge once', ({ target }, requestId) => [
    '/v2/verify',
    { key: target.secret, charge: '1', requestId },
  ]),
  moving('verify and hold', ({ target }) => ['/v2/verify', { key: target.secret, reserve: '1' }]),
  moving('hold', ({ target }) => ['/v2/reservations', { keyId: target.keyId, amount: '1' }]),
  moving('extend', ({ reservationId }) => [
    `/v2/reservations/${reservationId}/extend`,
    { amount: '3', ttlSeconds: 1_200 },
  ]),
  moving('settle', ({ reservationId }) => [`/v2/reservations/${reservationId}/settle`, { amount: '1' }]),
  moving('release', ({ reservationId }) => [`/v2/reservations/${reservationId}/release`, {}]),
  moving('report', ({ target }, id) => ['/v2/usage', { events: [{ id, keyId: target.keyId, amount: '1' }] }]),
  moving('correct', ({ target }, id) => [
    '/v2/usage/corrections',
    { id, keyId: target.keyId, eventId: 'used', reason: 'x' },
  ]),
]

function moving(name: string, to: (on: Scene, unique: string) => [path: string, body: object]) {
  const request: AuthorityAct['request'] = (on, unique) => {
    const [path, body] = to(on, unique)
    return { method: 'POST', path, body }
  }
  return { name, request }
}

/** What the target's key has spent and holds. */
async function moneyOf(send: Send, { target }: Scene): Promise<[spent: string, held: string]> {
  const { usage, budget } = (await send('GET', `/v2/keys/${target.keyId}`)).json
  return [usage.total, budget[0].reserved]
}

/** The same in a new scene. */
const UNMOVED = ['3', '2']

const { engines: ENGINES, stageOf } = stagesOn(postgres, async ({ app }) => ({
  send: (...request: Parameters<Send>) => app.call(...request),
}))

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
        if (act.isHot) await send('GET', '/v2/keys/self', { key: on.secret })
        const held = faulty.hold(act.waitsIn)
        const options = { key: on.secret, declaresLength: act.isHot === true }
        const sent = method === 'DELETE' ? options : { ...options, body, headers }
        const answer = send(method, path, sent)
        expect(
          await Promise.race([held.reached.then(() => 'waits'), answer.then(({ text }) => [act.name, text])]),
        ).toBe('waits')
        expect((await make(send, on)).status).toBe(200)
        const before = await standing(send, on)
        held.open()
        const { status, isReadHot } = await answer
        expect([act.name, isReadHot]).toEqual([act.name, act.isHot === true])
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
      const browser = await signInBrowser(send, on.secret)
      const held = faulty.hold(act.waitsIn)
      const answer = send(method, path, { ...browser.options, ...(method !== 'DELETE' && { body }) })
      expect(
        await Promise.race([held.reached.then(() => 'waits'), answer.then(({ text }) => [act.name, text])]),
      ).toBe('waits')
      expect((await browser.signOut()).status).toBe(204)
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

  test('a browser signs out: no money is moved', async () => {
    const { app, faulty, send } = await stageOf(engine)
    const wrong: unknown[] = []
    for (const [index, { name, request }] of MONEY.entries()) {
      const on = await scene(send)
      const { method, path, body } = request(on, `money-${index}-${engine}`.toLowerCase())
      const browser = await signInBrowser(send, on.secret)
      const held = faulty.hold('commitLedger')
      const answer = send(method, path, { ...browser.options, body })
      expect(
        await Promise.race([held.reached.then(() => 'waits'), answer.then(({ text }) => [name, text])]),
      ).toBe('waits')
      expect((await browser.signOut()).status).toBe(204)
      held.open()
      const { status, json } = await answer
      const isRefused = status === 401 && json.code === 'credential_missing'
      if (!isRefused || !Bun.deepEquals(await moneyOf(send, on), UNMOVED)) wrong.push([name, status, json])
    }
    expect(wrong).toEqual([])
    expect(app.errors).toEqual([])
  }, 60_000)

  test('a browser stays signed in: the money is moved', async () => {
    const { faulty, send } = await stageOf(engine)
    const wrong: unknown[] = []
    for (const [index, { name, request }] of MONEY.entries()) {
      const on = await scene(send)
      const { method, path, body } = request(on, `stays-${index}-${engine}`.toLowerCase())
      const [browser, another] = [await signInBrowser(send, on.secret), await signInBrowser(send, on.secret)]
      const held = faulty.hold('commitLedger')
      const answer = send(method, path, { ...browser.options, body })
      await held.reached
      expect((await another.signOut()).status).toBe(204)
      held.open()
      const { status } = await answer
      if (status >= 300 || Bun.deepEquals(await moneyOf(send, on), UNMOVED)) wrong.push([name, status])
    }
    expect(wrong).toEqual([])
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

  test('a ROOT that is demoted to ADMIN makes no ROOT and acts on none', async () => {
    const { app, faulty, send } = await stageOf(engine)
    const acts: [keyof Store, (on: Scene, unique: string) => Parameters<Send>][] = [
      ['createUser', (_, name) => ['POST', '/v2/users', { body: { ...person(name), role: 'ROOT' } }]],
      ['changeUser', ({ target }) => ['PATCH', `/v2/users/${target.spareId}`, { body: { role: 'ROOT' } }]],
      ['changeUser', ({ target }) => ['PATCH', `/v2/users/${target.userId}`, { body: { displayName: 'x' } }]],
      ['deleteUser', ({ target }) => ['DELETE', `/v2/users/${target.userId}`]],
      ['createKey', ({ target }) => ['POST', '/v2/keys', { body: { ownerId: target.userId } }]],
      ['changeKey', ({ target }) => ['PATCH', `/v2/keys/${target.keyId}`, { body: { name: 'taken' } }]],
      ['changeKey', ({ target }) => ['POST', `/v2/keys/${target.keyId}/rotate`, { body: {} }]],
      ['changeKey', ({ target }) => ['DELETE', `/v2/keys/${target.keyId}`]],
    ]
    const wrong: unknown[] = []
    for (const [index, [waitsIn, request]] of acts.entries()) {
      const on = await scene(send)
      const roleOf = async (id: string, role: string) =>
        expect((await send('PATCH', `/v2/users/${id}`, { body: { role } })).status).toBe(200)
      for (const id of [on.userId, on.target.userId]) await roleOf(id, 'ROOT')
      const held = faulty.hold(waitsIn)
      const [method, path, options] = request(on, `root-${index}-${engine}`.toLowerCase())
      const answer = send(method, path, { ...options, key: on.secret })
      await held.reached
      await roleOf(on.userId, 'ADMIN')
      const before = await standing(send, on)
      held.open()
      const { status, json } = await answer
      const isRefused = status === 403 && json.code === 'delegation_exceeded'
      if (!isRefused || !Bun.deepEquals(await standing(send, on), before))
        wrong.push([method, path, status, json.code])
    }
    expect(wrong).toEqual([])
    expect(app.errors).toEqual([])
  })
})
