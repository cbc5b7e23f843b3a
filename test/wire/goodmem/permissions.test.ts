import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { Secret } from '../../../src/core/ground/secret.ts'
import { ACCESSES, type Access, type UserId } from '../../../src/core/types.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { type Cast, type CastName, callOf, castOf } from '../cast.ts'

// The rights over keys (docs/authority.md): every role, with a key of every access.

type Reach = 'ANY' | 'OWN' | 'NONE'

const REACH: Record<Exclude<CastName, 'other'>, Reach> = {
  root: 'ANY',
  admin: 'ANY',
  user: 'OWN',
  service: 'NONE',
}
const CALLERS = Object.keys(REACH) as (keyof typeof REACH)[]

const ON_ONE_KEY = [
  { method: 'GET', body: undefined, done: 200 },
  { method: 'PUT', body: { mergeLabels: { touched: 'yes' } }, done: 200 },
  { method: 'DELETE', body: undefined, done: 204 },
]

let app: TestApp
let cast: Cast

beforeEach(async () => {
  app = await testApp()
  cast = await castOf(app)
})

afterEach(async () => {
  await app.close()
  expect(app.errors).toEqual([])
})

/** How far a caller's key reaches: as far as its owner's role, but not at all for a use key. */
function reachOf(caller: keyof typeof REACH, access: Access): Reach {
  return access === 'use' ? 'NONE' : REACH[caller]
}

/** A new key of this owner, made without any dialect. */
async function keyOf(ownerId: UserId): Promise<string> {
  const { view } = await app.latchkey.keys.create(await callOf(app, app.rootKey), { ownerId, access: 'use' })
  return view.key.id
}

describe.each(CALLERS)('a key of the %s', (caller) => {
  for (const access of ACCESSES) {
    const reach = reachOf(caller, access)
    const secret = () => cast[caller].keys[access].secret

    test(`with access ${access} ${reach === 'NONE' ? 'creates nothing' : 'creates keys for its owner'}`, async () => {
      const { status, json } = await app.call('POST', '/v1/apikeys', { key: secret(), body: {} })
      expect(status).toBe(reach === 'NONE' ? 403 : 201)
      if (status === 201) expect(json.apiKeyMetadata.userId).toBe(cast[caller].userId)
    })

    test(`with access ${access} lists ${reach === 'ANY' ? 'all keys' : reach === 'OWN' ? 'own keys' : 'nothing'}`, async () => {
      const { status, json } = await app.call('GET', '/v1/apikeys', { key: secret() })
      expect(status).toBe(reach === 'NONE' ? 403 : 200)
      const owners = new Set((json.keys ?? []).map((key: { userId: string }) => key.userId))
      const everybody = Object.values(cast).map(({ userId }) => userId)
      expect(owners).toEqual(new Set({ ANY: everybody, OWN: [cast[caller].userId], NONE: [] }[reach]))
    })

    for (const { method, body, done } of ON_ONE_KEY) {
      test(`with access ${access} may ${method} ${reach === 'ANY' ? 'any' : reach === 'OWN' ? "its owner's" : 'no'} key`, async () => {
        const own = await keyOf(cast[caller].userId)
        const foreign = await keyOf(cast.other.userId)
        const answers = []
        for (const id of [own, foreign])
          answers.push(await app.call(method, `/v1/apikeys/${id}`, { key: secret(), body }))
        const expected = { ANY: [done, done], OWN: [done, 403], NONE: [403, 403] }[reach]
        expect(answers.map(({ status }) => status)).toEqual(expected)
      })
    }

    test(`with access ${access} sees ${reach === 'ANY' ? 'any user' : reach === 'OWN' ? 'its owner' : 'nobody'}`, async () => {
      const paths = [
        '/v1/users/me',
        `/v1/users/${cast[caller].userId}`,
        `/v1/users/${cast.other.userId}`,
        '/v1/users/email/other@example.com',
      ]
      const statuses = []
      for (const path of paths) statuses.push((await app.call('GET', path, { key: secret() })).status)
      const expected = { ANY: [200, 200, 200, 200], OWN: [200, 200, 403, 403], NONE: [403, 403, 403, 403] }[
        reach
      ]
      expect(statuses).toEqual(expected)
    })
  }
})

test('a denied attempt changes nothing, and is recorded', async () => {
  const id = await keyOf(cast.other.userId)
  const key = cast.user.keys.full.secret
  await app.call('PUT', `/v1/apikeys/${id}`, { key, body: { status: 'INACTIVE' } })
  await app.call('DELETE', `/v1/apikeys/${id}`, { key })
  const { json } = await app.call('GET', `/v1/apikeys/${id}`, { key: cast.other.keys.full.secret })
  expect(json).toMatchObject({ apiKeyId: id, status: 'ACTIVE' })
  await app.latchkey.audit.flush()
  const { rows } = await app.store.listAudit({ outcome: 'denied', limit: 10 })
  const written = rows.map(({ action, target, actorUserId }) => ({ action, id: target.id, actorUserId }))
  const actorUserId = cast.user.userId
  expect(written).toEqual([
    { action: 'key.revoke', id, actorUserId },
    { action: 'key.update', id, actorUserId },
  ])
})

test('a key created here may manage and passes a verify, although its creating key does not', async () => {
  const { json } = await app.call('POST', '/v1/apikeys', { key: cast.user.keys.manage.secret, body: {} })
  const made = await app.call('GET', '/v1/users/me', { key: json.rawApiKey })
  expect(made.json.userId).toBe(cast.user.userId)
  expect(await app.latchkey.verify({ secret: new Secret(json.rawApiKey) })).toMatchObject({ valid: true })
  const maker = { secret: new Secret(cast.user.keys.manage.secret) }
  expect(await app.latchkey.verify(maker)).toMatchObject({ valid: false, code: 'FORBIDDEN' })
})
