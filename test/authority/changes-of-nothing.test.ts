import { describe, expect, test } from 'bun:test'
import { goodmem } from '../../src/http/goodmem/index.ts'
import { native } from '../../src/http/native/index.ts'
import { openrouter } from '../../src/http/openrouter/index.ts'
import type { Store } from '../../src/store/store.ts'
import type { Answer } from '../support/app.ts'
import { postgresForTests } from '../support/postgres.ts'
import { ACTS, BODILESS, CUTS, type Scene, type Send, scene } from './scene.ts'
import { stagesOn } from './stages.ts'

// Calls that could change something, and change nothing: they find nothing to change, or that it is as it should be, or was made before.
// They are reads: each waits in every method of the store that it calls, while its caller loses its right, and then tells nothing.

type Request = [
  path: string,
  body?: object | null | undefined,
  more?: { headers?: Record<string, string>; twice?: true },
]

const UNKNOWN = crypto.randomUUID()
const HASH = 'f'.repeat(64)
const TWICE = { twice: true } as const
/** No record has this revision. */
const OUTDATED = { headers: { 'if-match': '"1"' } }
const WHOLE = { displayName: 'owner' }

/** For each operation that does not answer GET and needs a caller: calls that change nothing. */
const CALLS: Record<string, (on: Scene) => Request[]> = {
  'POST /v2/keys': ({ keyId }) => [
    ['/v2/keys', { ownerId: UNKNOWN }],
    ['/v2/keys', {}, { ...TWICE, headers: { 'idempotency-key': keyId } }],
  ],
  'DELETE /v2/keys/self': () => [['/v2/keys/self', null, OUTDATED]],
  'POST /v2/keys/import': ({ target }) => [
    ['/v2/keys/import', { keys: [{ sha256: target.hash }] }],
    ['/v2/keys/import', { keys: [{ sha256: target.hash, id: UNKNOWN }] }],
    ['/v2/keys/import', { keys: [{ sha256: HASH }], dryRun: true }],
  ],
  'POST /v2/keys/revoke': ({ target }) => [
    ['/v2/keys/revoke', { ids: [UNKNOWN] }],
    ['/v2/keys/revoke', { ids: [target.keyId], dryRun: true }],
    ['/v2/keys/revoke', { filter: { search: 'nobody' } }],
  ],
  'PATCH /v2/keys/{ref}': ({ target }) => [
    [`/v2/keys/${UNKNOWN}`, { name: 'x' }],
    [`/v2/keys/${target.keyId}`, { disabled: false }],
    [`/v2/keys/${target.keyId}`, { name: 'x' }, OUTDATED],
  ],
  'DELETE /v2/keys/{ref}': ({ target }) => [
    [`/v2/keys/${UNKNOWN}`],
    [`/v2/keys/${target.keyId}`, null, TWICE],
  ],
  'POST /v2/keys/{ref}/rotate': () => [[`/v2/keys/${UNKNOWN}/rotate`, {}]],
  'DELETE /v2/keys/{ref}/secrets/previous': ({ target }) => [
    [`/v2/keys/${UNKNOWN}/secrets/previous`],
    [`/v2/keys/${target.keyId}/secrets/previous`],
  ],
  'PUT /v2/keys/{ref}/boosts/{window}': () => [
    [`/v2/keys/${UNKNOWN}/boosts/daily`, { amount: '1', until: '2099-01-01T00:00:00Z' }],
  ],
  'DELETE /v2/keys/{ref}/boosts/{window}': ({ target }) => [
    [`/v2/keys/${UNKNOWN}/boosts/daily`],
    [`/v2/keys/${target.keyId}/boosts/daily`],
  ],
  'POST /v2/verify': ({ target }) => [
    ['/v2/verify', { key: target.secret }],
    ['/v2/verify', { key: target.secret, charge: '5000' }],
    ['/v2/verify', { key: target.secret, charge: '1', requestId: 'used' }],
    hot(['/v2/verify', { key: target.secret, charge: '1', requestId: 'used' }]),
    ['/v2/verify', { key: target.secret, charge: '2', requestId: 'charged' }, TWICE],
  ],
  'POST /v2/reservations': ({ target }) => [
    ['/v2/reservations', { keyId: UNKNOWN, amount: 1 }],
    ['/v2/reservations', { keyId: target.keyId, amount: 5_000 }],
    ['/v2/reservations', { keyId: target.keyId, amount: 1, requestId: 'held' }, TWICE],
  ],
  'POST /v2/reservations/{reservationId}/extend': ({ reservationId }) => [
    [`/v2/reservations/${UNKNOWN}/extend`, { ttlSeconds: 900 }],
    [`/v2/reservations/${reservationId}/extend`, { ttlSeconds: 1 }],
  ],
  'POST /v2/reservations/{reservationId}/settle': ({ reservationId }) => [
    [`/v2/reservations/${UNKNOWN}/settle`, { amount: 1 }],
    [`/v2/reservations/${reservationId}/settle`, { amount: 1 }, TWICE],
  ],
  'POST /v2/reservations/{reservationId}/release': ({ reservationId }) => [
    [`/v2/reservations/${UNKNOWN}/release`, {}],
    [`/v2/reservations/${reservationId}/release`, {}, TWICE],
  ],
  'POST /v2/usage': ({ target }) => [
    ['/v2/usage', { events: [{ id: 'used', keyId: target.keyId, amount: 3 }] }],
    ['/v2/usage', { events: [{ id: 'used', keyId: target.keyId, amount: 4 }] }],
    ['/v2/usage', { events: [{ id: 'x', keyId: UNKNOWN, amount: 3 }] }],
    // One error is the schema's, so the domain names its own beside it.
    ['/v2/usage', { events: [{ id: 'x', keyId: UNKNOWN, amount: 3 }, { id: 7 }] }],
  ],
  'POST /v2/usage/corrections': ({ target: { keyId } }) => [
    ['/v2/usage/corrections', { id: 'c', keyId: UNKNOWN, eventId: 'x', reason: 'x' }],
    ['/v2/usage/corrections', { id: 'c', keyId, eventId: 'x', reason: 'x' }],
    ['/v2/usage/corrections', { id: 'c', keyId, eventId: 'used', reason: 'x' }, TWICE],
  ],
  'POST /v2/users': () => [['/v2/users', { username: 'known', displayName: 'x' }]],
  'PATCH /v2/users/{id}': ({ target }) => [
    [`/v2/users/${UNKNOWN}`, WHOLE],
    [`/v2/users/${target.userId}`, { disabled: false }],
    [`/v2/users/${target.userId}`, { disabled: true, handOverTo: UNKNOWN }],
  ],
  'DELETE /v2/users/{id}': ({ target }) => [[`/v2/users/${UNKNOWN}`], [`/v2/users/${target.userId}`]],
  'POST /v2/users/{id}/handover': ({ target }) => [
    [`/v2/users/${UNKNOWN}/handover`, { to: target.spareId }],
    [`/v2/users/${target.userId}/handover`, { to: UNKNOWN }],
    [`/v2/users/${target.spareId}/handover`, { to: target.userId }],
  ],
  'POST /v2/workspaces': () => [['/v2/workspaces', { name: 'x', slug: 'known' }]],
  'PATCH /v2/workspaces/{ref}': ({ target }) => [
    [`/v2/workspaces/${UNKNOWN}`, { name: 'x' }],
    [`/v2/workspaces/${target.workspaceId}`, { name: 'spare' }],
  ],
  'DELETE /v2/workspaces/{ref}': () => [[`/v2/workspaces/${UNKNOWN}`]],
  'POST /v2/workspaces/{ref}/members': ({ target }) => [
    [`/v2/workspaces/${UNKNOWN}/members`, { userId: target.userId }],
    [`/v2/workspaces/${target.workspaceId}/members`, { userId: UNKNOWN }],
    [`/v2/workspaces/${target.workspaceId}/members`, { userId: target.spareId }],
  ],
  'DELETE /v2/workspaces/{ref}/members/{userId}': ({ target }) => [
    [`/v2/workspaces/${UNKNOWN}/members/${target.userId}`],
    [`/v2/workspaces/${target.workspaceId}/members/${target.userId}`],
  ],
  'POST /v1/apikeys': ({ target }) => [['/v1/apikeys', { apiKeyId: target.keyId }]],
  'PUT /v1/apikeys/{id}': () => [[`/v1/apikeys/${UNKNOWN}`, { status: 'INACTIVE' }]],
  'DELETE /v1/apikeys/{id}': ({ target }) => [
    [`/v1/apikeys/${UNKNOWN}`],
    [`/v1/apikeys/${target.keyId}`, null, TWICE],
  ],
  'POST /api/v1/keys': () => [['/api/v1/keys', { name: 'x', creator_user_id: UNKNOWN }]],
  'PATCH /api/v1/keys/{hash}': ({ target }) => [
    [`/api/v1/keys/${HASH}`, { name: 'x' }],
    [`/api/v1/keys/${target.hash}`, { disabled: false }],
  ],
  'DELETE /api/v1/keys/{hash}': () => [[`/api/v1/keys/${HASH}`]],
}

/** The same on the hot path, which takes no body of unknown length. */
function hot([path, body]: Request): Request {
  return [path, body, { headers: { 'content-length': `${JSON.stringify(body).length}` } }]
}

const OPERATIONS = [native, goodmem, openrouter].flatMap((dialect) =>
  dialect.operations
    .filter(({ method, callers }) => method !== 'get' && callers !== 'public' && callers !== 'verified')
    .map(({ method, path }) => `${method.toUpperCase()} ${dialect.base}${path}`),
)

/** All of them take half a minute, so only one right is taken away unless they are asked for. */
const IS_WHOLE = process.env.LATCHKEY_TEST_ALL_ACTS === '1'
if (!IS_WHOLE)
  console.log('SKIPPED: calls that wait in PostgreSQL; LATCHKEY_TEST_ALL_ACTS=1 tries them, too.')
const postgres = IS_WHOLE ? await postgresForTests() : { absent: 'not asked for' }

const { engines: ENGINES, stageOf } = stagesOn(postgres, async ({ app }) => {
  const send: Send = (...request) => app.call(...request)
  await send('POST', '/v2/users', { body: { username: 'known', displayName: 'known' } })
  await send('POST', '/v2/workspaces', { body: { name: 'known', slug: 'known' } })
  return { send }
})

/** A caller in memory, and its call; what the call repeats has been made. */
async function begun(
  send: Send,
  name: string,
  index: number,
): Promise<{ on: Scene; ask: () => Promise<Answer> }> {
  const on = await scene(send)
  const [path = '', body = null, { headers = {}, twice } = {}] = CALLS[name]?.(on)[index] ?? []
  const [method = ''] = name.split(' ')
  const ask = () => send(method, path, { key: on.secret, headers, ...(body !== null && { body }) })
  await send('GET', '/api/v1/key', { key: on.secret })
  if (twice) await ask()
  return { on, ask }
}

test('every operation that could change something is tried', () => {
  expect(Object.keys(CALLS).sort()).toEqual([...OPERATIONS].sort())
})

const TAKEN = CUTS.filter(({ name }) =>
  ['its key is revoked', 'its key is bound to another address', 'its user is demoted'].includes(name),
)

describe.each(ENGINES)('on %s', (engine) => {
  // PostgreSQL takes longer, and differs only in the transaction.
  const cuts = IS_WHOLE && engine === 'SQLite' ? TAKEN : TAKEN.slice(0, 1)

  test.each(cuts)(
    'a call that changes nothing tells nothing once $name',
    async ({ name: cut, make }) => {
      const { app, faulty, send } = await stageOf(engine)
      const wrong: unknown[] = []
      let count = 0
      for (const name of Object.keys(CALLS))
        for (const [index] of (CALLS[name]?.(await scene(send)) ?? []).entries()) {
          const { ask } = await begun(send, name, index)
          faulty.called()
          await ask()
          for (const waitsIn of faulty.called()) {
            const { on, ask } = await begun(send, name, index)
            const held = faulty.hold(waitsIn)
            const asking = ask()
            const waits = await Promise.race([held.reached.then(() => true), asking.then(() => false)])
            if (waits) expect((await make(send, on)).status).toBeOneOf([200, 204])
            held.open()
            const { status, text } = await asking
            if (!waits) continue
            count += 1
            const mayStill = name === 'DELETE /v2/keys/self' && cut === 'its user is demoted'
            if (status !== 401 && status !== 403 && !mayStill)
              wrong.push([name, index, waitsIn, status, text])
          }
        }
      expect(wrong).toEqual([])
      expect(count).toBeGreaterThan(90)
      process.stdout.write(`calls that changed nothing and waited on ${engine}: ${count}\n`)
      expect(app.errors).toEqual([])
    },
    120_000,
  )

  test('the last of many keys tells nothing, after others that were changed', async () => {
    const { faulty, send } = await stageOf(engine)
    const on = await scene(send)
    const keys = [{ sha256: HASH.replace('f', engine === 'SQLite' ? '1' : '2') }, { sha256: on.target.hash }]
    await send('GET', '/api/v1/key', { key: on.secret })
    const created = faulty.hold('createKey')
    const asking = send('POST', '/v2/keys/import', { key: on.secret, body: { keys } })
    await created.reached
    const held = faulty.hold('findKey')
    created.open()
    await held.reached
    await send('DELETE', `/v2/keys/${on.keyId}`)
    held.open()
    const { status, text } = await asking
    // It is no refusal, because keys were made.
    expect([status, text.includes('exists')]).toEqual([503, false])
  })

  test('a change that was made is answered, whatever its caller has lost since', async () => {
    const { app, faulty, send } = await stageOf(engine)
    const wrong: unknown[] = []
    for (const [index, act] of MADE.entries()) {
      const on = await scene(send)
      const { method, path, body } = act.request(on, `made-${index}`)
      const writes: keyof Store = act.waitsIn in RECORDS ? act.waitsIn : 'commitLedger'
      await send('GET', '/api/v1/key', { key: on.secret })
      const held = faulty.hold(writes, { afterWork: true })
      const asking = send(method, path, { key: on.secret, ...(method !== 'DELETE' && { body }) })
      await Promise.race([held.reached, asking])
      expect((await send('DELETE', `/v2/keys/${on.keyId}`)).status).toBe(200)
      held.open()
      const { status, text } = await asking
      if (status >= 300) wrong.push([act.name, status, text])
    }
    expect(wrong).toEqual([])
    expect(app.errors).toEqual([])
  }, 60_000)
})

/** Without those that change nothing here: there is no overlap to end, and no boost may last so long. */
const MADE = [...ACTS, ...BODILESS].filter(({ name }) => !['end an overlap', 'boost a limit'].includes(name))

/** The methods of the store that change records in these acts. */
const RECORDS: Partial<Record<keyof Store, true>> = {
  createKey: true,
  changeKey: true,
  createUser: true,
  changeUser: true,
  deleteUser: true,
  createWorkspace: true,
  changeWorkspace: true,
  deleteWorkspace: true,
  addMember: true,
  removeMember: true,
}
