import { describe, expect, test } from 'bun:test'
import { faultyStore } from '../support/faulty-store.ts'
import { failure, nativeApp } from '../wire/native/native-app.ts'

// A call on many keys goes on for seconds. Rights that its caller loses meanwhile are gone for the rest of it, for dry runs and lists, too.

const KEYS = 150

/** A user with keys, an ADMIN who calls, and a store whose calls can be held. */
async function scene() {
  const faulty = await faultyStore()
  const app = await nativeApp({ store: faulty.store })
  const ada = await app.makeUser({ username: 'ada' })
  const boss = await app.makeUser({ username: 'boss', role: 'ADMIN' })
  const keys = Array.from({ length: KEYS }, (_, n) => ({
    secret: `sk-${n}-${'x'.repeat(30)}`,
    ownerId: ada.user.id,
    labels: { team: 'x' },
  }))
  expect((await app.call('POST', '/v2/keys/import', { body: { keys } })).json.created).toBe(KEYS)
  const as = (method: string, path: string, body?: object) =>
    app.call(method, path, { key: boss.secret, ...(body && { body }) })
  const demote = () => app.call('PATCH', `/v2/users/${boss.user.id}`, { body: { role: 'USER' } })
  const cutOff = () => app.call('PATCH', `/v2/users/${boss.user.id}`, { body: { disabled: true } })
  return { app, faulty, ada, boss, as, demote, cutOff }
}

type Scene = Awaited<ReturnType<typeof scene>>
const filter = { labels: { team: 'x' } }

const LISTING: [what: string, kind: 'reads' | 'writes', run: (of: Scene) => ReturnType<Scene['as']>][] = [
  [
    'a dry run of a bulk revocation',
    'reads',
    ({ as }) => as('POST', '/v2/keys/revoke', { dryRun: true, filter: { labels: { team: 'x' } } }),
  ],
  ['a bulk revocation', 'writes', ({ as }) => as('POST', '/v2/keys/revoke', { filter })],
  ['an impact', 'reads', ({ as, ada }) => as('GET', `/v2/users/${ada.user.id}/impact`)],
  [
    'a hand-over',
    'writes',
    ({ as, ada, boss }) => as('POST', `/v2/users/${ada.user.id}/handover`, { to: boss.user.id }),
  ],
  [
    'a hand-over before a user is disabled',
    'writes',
    ({ as, ada, boss }) =>
      as('PATCH', `/v2/users/${ada.user.id}`, { disabled: true, handOverTo: boss.user.id }),
  ],
]

describe('while the second page of keys is read', () => {
  for (const [loss, refused] of [
    ['demote', 403],
    ['cutOff', 401],
  ] as const) {
    test.each(LISTING)(
      `a caller loses its right (${loss}), and %s tells it no more`,
      async (_, kind, run) => {
        const made = await scene()
        const { app, faulty, ada } = made
        await using __ = app
        const first = faulty.hold('listKeys')
        const acting = run(made)
        await first.reached
        const second = faulty.hold('listKeys')
        first.open()
        await second.reached
        await made[loss]()
        second.open()
        const answer = await acting
        // The keys of the first page are revoked or handed over, and a refusal would say that none is.
        if (kind === 'writes') expect(failure(answer)).toBe('503 partly_done')
        else expect(answer.status).toBe(refused)
        expect(answer.json.results).toBeUndefined()
        const user = await app.call('GET', `/v2/users/${ada.user.id}`)
        expect(user.json.disabled).toBe(false)
      },
    )
  }
})

test('a dry run of an import tells a caller that lost its right nothing of the remaining digests', async () => {
  const { app, faulty, as, demote } = await scene()
  await using _ = app
  const secret = (n: number) => `sk-live-${n}-${'x'.repeat(30)}`
  await app.call('POST', '/v2/keys/import', { body: { keys: [{ secret: secret(2) }] } })
  for (const dryRun of [true, false]) {
    const held = faulty.hold('findKey')
    const acting = as('POST', '/v2/keys/import', {
      dryRun,
      keys: [{ secret: secret(1) }, { secret: secret(2) }],
    })
    await held.reached
    await demote()
    held.open()
    expect(failure(await acting)).toBe('403 permission_denied')
    await app.call('PATCH', `/v2/users/${(await as('GET', '/v2/keys/self')).json.key.ownerId}`, {
      body: { role: 'ADMIN' },
    })
  }
})

test('an import whose caller loses its right after the first key was made is not answered as if none was', async () => {
  const { app, faulty, as, boss, demote } = await scene()
  await using _ = app
  const keys = [1, 2, 3].map((n) => ({ secret: `sk-live-${n}-${'x'.repeat(30)}`, name: `imported ${n}` }))
  const first = faulty.hold('findKey')
  const acting = as('POST', '/v2/keys/import', { keys })
  await first.reached
  const second = faulty.hold('findKey')
  first.open()
  await second.reached
  await demote()
  second.open()
  expect(failure(await acting)).toBe('503 partly_done')
  const made = (await app.call('GET', '/v2/keys?search=imported')).json.data
  expect(made.map(({ name }: { name: string }) => name)).toEqual(['imported 1'])
  const denied = (await app.call('GET', `/v2/audit?actorUserId=${boss.user.id}&outcome=denied`)).json.data
  expect(denied[0]).toMatchObject({ action: 'key.import', outcome: 'denied' })
})

test('a hand-over whose caller loses its right before the user is disabled is not answered as if no key was handed over', async () => {
  const { app, faulty, as, boss, demote } = await scene()
  await using _ = app
  const body = { username: 'bob', displayName: 'Bob', role: 'USER' }
  const bob = (await app.call('POST', '/v2/users', { body })).json.id
  const { key } = (await app.call('POST', '/v2/keys', { body: { ownerId: bob } })).json
  const disabling = faulty.hold('changeUser')
  const acting = as('PATCH', `/v2/users/${bob}`, { disabled: true, handOverTo: boss.user.id })
  await disabling.reached
  await demote()
  disabling.open()
  expect(failure(await acting)).toBe('503 partly_done')
  expect((await app.call('GET', `/v2/users/${bob}`)).json.disabled).toBe(false)
  expect((await app.call('GET', `/v2/keys/${key.id}`)).json.ownerId).toBe(boss.user.id)
})
