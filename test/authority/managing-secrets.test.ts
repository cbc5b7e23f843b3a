import { describe, expect, test } from 'bun:test'
import { faultyStore } from '../support/faulty-store.ts'
import { failure, type Loose, nativeApp, pointers } from '../wire/native/native-app.ts'

// The holder of a managing secret acts as its owner. So every caller that gets one, in any way, must cover the owner's policy.

const OWN = {
  permissions: ['documents.*', 'images.read'],
  limits: { daily: '10', weekly: '20', monthly: '30', total: '40' },
  keyLifetime: '30d',
}

/** Policies of an owner: some exceed the granter's in one member, others equal it. */
const OWNERS: [string, object, 'within' | 'beyond'][] = [
  ['the same policy', OWN, 'within'],
  ['a narrower policy', { ...OWN, permissions: ['documents.read'], keyLifetime: '1d' }, 'within'],
  ['one permission more', { ...OWN, permissions: ['documents.read', 'images.write'] }, 'beyond'],
  ['all permissions', { ...OWN, permissions: null }, 'beyond'],
  ...(['daily', 'weekly', 'monthly', 'total'] as const).flatMap((window): [string, object, 'beyond'][] => [
    [
      `a ${window} cap that is a nano-dollar higher`,
      { ...OWN, limits: { ...OWN.limits, [window]: '40.000000001' } },
      'beyond',
    ],
    [`no ${window} cap`, { ...OWN, limits: { ...OWN.limits, [window]: undefined } }, 'beyond'],
  ]),
  ['a longer lifetime of keys', { ...OWN, keyLifetime: '31d' }, 'beyond'],
  ['keys that live for ever', { ...OWN, keyLifetime: null }, 'beyond'],
]

/** A key within the granter's policy, so that only the owner's policy matters. */
const WITHIN = { permissions: [], limits: { daily: '1', weekly: '1', monthly: '1', total: '1' } }

interface Way {
  name: string
  /** The access of the key before the act; absent for a new key. */
  access?: 'use' | 'manage' | 'full'
  request: (ownerId: string, keyId: string) => [string, string, object]
}

const create = (access: string): Way => ({
  name: `create with access ${access}`,
  request: (ownerId) => ['POST', '/v2/keys', { ...WITHIN, ownerId, access }],
})
const rotate = (access: 'manage' | 'full'): Way => ({
  name: `rotate with access ${access}`,
  access,
  request: (_, keyId) => ['POST', `/v2/keys/${keyId}/rotate`, {}],
})
const raise = (access: string): Way => ({
  name: `raise the access to ${access}`,
  access: 'use',
  request: (_, keyId) => ['PATCH', `/v2/keys/${keyId}`, { access }],
})
const WAYS = [
  create('manage'),
  create('full'),
  rotate('manage'),
  rotate('full'),
  raise('manage'),
  raise('full'),
]

describe.each(['USER', 'SERVICE', 'ADMIN'])('of a %s', (role) => {
  test.each(WAYS)('$name needs a policy that covers the owner`s', async ({ access, request }) => {
    await using app = await nativeApp()
    const { secret } = await app.makeUser({ username: 'bounded', role: 'ADMIN', policy: OWN })
    for (const [index, [, policy, expected]] of OWNERS.entries()) {
      const { user } = await app.makeUser({ username: `owner-${index}`, role, policy })
      const made: Loose =
        access === undefined
          ? null
          : (await app.makeKey({ ...WITHIN, ownerId: user.id, access, expiresAt: inDays(10) })).key
      const [method, path, body] = request(user.id, made?.id)
      const answer = await app.call(method, path, { key: secret, body })
      if (expected === 'within') {
        expect([policy, answer.status]).toEqual([policy, access === undefined ? 201 : 200])
        continue
      }
      expect([policy, failure(answer), pointers(answer)]).toEqual([
        policy,
        '403 delegation_exceeded',
        ['/access'],
      ])
      const { json } = await app.call('GET', `/v2/keys?ownerId=${user.id}&access=${access ?? 'manage'}`)
      if (made === null) expect(json.data).toEqual([])
      else expect((await app.call('GET', `/v2/keys/${made.id}`)).json).toEqual(made)
    }
  })
})

test.each(WAYS)('$name of a ROOT is refused to an ADMIN', async ({ access, request }) => {
  await using app = await nativeApp()
  const { secret } = await app.makeUser({ username: 'admin', role: 'ADMIN' })
  const { user } = await app.makeUser({ username: 'other-root', role: 'ROOT', policy: OWN })
  const made = access === undefined ? null : await app.makeKey({ ...WITHIN, ownerId: user.id, access })
  const [method, path, body] = request(user.id, made?.key.id)
  expect(failure(await app.call(method, path, { key: secret, body }))).toBe('403 delegation_exceeded')
})

test.each(WAYS.filter(({ name }) => !name.includes('manage')))(
  '$name is judged by the policy of the owner at the time when it takes effect',
  async ({ access, request }) => {
    const faulty = await faultyStore()
    await using app = await nativeApp({ store: faulty.store })
    const { secret } = await app.makeUser({ username: 'bounded', role: 'ADMIN', policy: OWN })
    const { user } = await app.makeUser({ username: 'owner', policy: OWN })
    const made =
      access === undefined
        ? null
        : await app.makeKey({ ...WITHIN, ownerId: user.id, access, expiresAt: inDays(10) })
    const [method, path, body] = request(user.id, made?.key.id)
    const held = faulty.hold(access === undefined ? 'createKey' : 'changeKey')
    const answer = app.call(method, path, { key: secret, body })
    await held.reached
    const widened = { policy: { permissions: ['*'] } }
    expect((await app.call('PATCH', `/v2/users/${user.id}`, { body: widened })).status).toBe(200)
    held.open()
    expect([failure(await answer), pointers(await answer)]).toEqual(['403 delegation_exceeded', ['/access']])
  },
)

test('a role that can create keys is given only to a user whose policy the granter could grant', async () => {
  await using app = await nativeApp()
  const { secret } = await app.makeUser({ username: 'bounded', role: 'ADMIN', policy: OWN })
  const wide = await app.makeUser({ username: 'wide', role: 'SERVICE', policy: { permissions: ['*'] } })
  const narrow = await app.makeUser({ username: 'narrow', role: 'SERVICE', policy: OWN })
  const makeUser = (id: string) =>
    app.call('PATCH', `/v2/users/${id}`, { key: secret, body: { role: 'USER' } })
  expect(failure(await makeUser(wide.user.id))).toBe('403 delegation_exceeded')
  expect((await makeUser(narrow.user.id)).json.role).toBe('USER')
})

function inDays(days: number): string {
  return new Date(Date.parse('2026-11-22T12:00:00Z') + days * 86_400_000).toISOString()
}
