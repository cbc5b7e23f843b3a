import { describe, expect, test } from 'bun:test'
import { DEFAULT_POLICIES } from '../../src/core/access/delegation.ts'
import { failure, nativeApp } from '../wire/native/native-app.ts'

// A new user gets the policy that is the default of its role. A change of the role takes back what came with the former one.

describe('the permissions that a user may grant, when its role changes', () => {
  /** A user with a managing key, and its policy after each change. */
  async function stage(role: string, policy?: object) {
    const app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'x', role, ...(policy && { policy }) })
    const change = async (body: object) => {
      const { status, json } = await app.call('PATCH', `/v2/users/${user.id}`, { body })
      return status === 200 ? json.policy.permissions : json.code
    }
    const granting = () =>
      app.call('POST', '/v2/keys', { key: secret, body: { access: 'use', permissions: ['*'] } })
    const read = () => app.call('GET', `/v2/users/${user.id}`)
    return { user, change, granting, read, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() }
  }

  test.each([
    ['ADMIN', 'USER'],
    ['ADMIN', 'SERVICE'],
    ['ROOT', 'USER'],
  ])('%s becomes %s: it has the default of that role, as if it had been made so', async (from, to) => {
    await using x = await stage(from)
    await using fresh = await stage(to)
    expect(x.user.policy.permissions).toBe(null)
    expect(await x.change({ role: to })).toEqual(fresh.user.policy.permissions)
    expect(failure(await x.granting())).toBe(failure(await fresh.granting()))
    expect((await x.granting()).status).toBe(403)
  })

  test('step by step over ADMIN, too', async () => {
    await using x = await stage('ROOT')
    expect(await x.change({ role: 'ADMIN' })).toBe(null)
    expect(await x.change({ role: 'USER' })).toEqual([])
  })

  test('a request that names them decides them', async () => {
    await using x = await stage('ADMIN')
    expect(await x.change({ role: 'USER', policy: { permissions: null } })).toBe(null)
    expect(await x.change({ role: 'SERVICE' })).toBe(null)
    await using other = await stage('ADMIN')
    expect(await other.change({ role: 'USER', policy: { permissions: ['a.read'] } })).toEqual(['a.read'])
  })

  test('those that are no default stay, and so do the other members of the policy', async () => {
    await using x = await stage('ADMIN', { permissions: ['a.read'], keyLifetime: '30d' })
    expect(await x.change({ role: 'USER' })).toEqual(['a.read'])
    await using other = await stage('ADMIN', { limits: { daily: '5' } })
    expect(await other.change({ role: 'USER', policy: { keyLifetime: '30d' } })).toEqual([])
    const { policy } = (await other.read()).json
    expect([policy.limits, policy.keyLifetime]).toEqual([{ daily: '5' }, '30d'])
  })

  test('the defaults of the roles differ in nothing else', () => {
    const others = Object.values(DEFAULT_POLICIES).map(({ permissions: _, ...rest }) => rest)
    expect(others).toEqual(Array(4).fill({ limits: {}, keyLifetimeMs: null }))
  })

  test('a promotion adds none, also after a demotion', async () => {
    await using x = await stage('USER')
    expect(await x.change({ role: 'ADMIN' })).toEqual([])
    await using other = await stage('ADMIN')
    expect(await other.change({ role: 'USER' })).toEqual([])
    expect(await other.change({ role: 'ADMIN' })).toEqual([])
    expect((await other.granting()).status).toBe(403)
  })
})

test('a ROOT that has seen the secret of the last managing key becomes no USER before its policy is named', async () => {
  await using app = await nativeApp()
  const id = (await app.store.findUser({ username: 'root' }))?.id
  const { secret } = await app.makeUser({ username: 'second', role: 'ROOT' })
  const change = (body: object) => app.call('PATCH', `/v2/users/${id}`, { key: secret, body })
  expect(failure(await change({ role: 'USER' }))).toBe('409 last_manager')
  expect((await change({ role: 'USER', policy: { permissions: null } })).status).toBe(200)
})
