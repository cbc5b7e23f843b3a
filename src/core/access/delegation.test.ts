import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import { DAY_MS } from '../ground/clock.ts'
import { Secret } from '../ground/secret.ts'
import type { KeyPatch, NewKey } from '../keys/new-key.ts'
import type { Access, GrantPolicy, Key, Role } from '../types.ts'
import type { Call } from './audit.ts'
import { checkDelegation } from './delegation.ts'

let app: TestApp
let root: Call

beforeEach(async () => {
  app = await testApp()
  root = await callOf(app.rootKey)
})
afterEach(() => app.close())

async function callOf(key: string): Promise<Call> {
  const principal = await app.latchkey.authenticate(new Secret(key), undefined)
  return { principal, requestId: null, ip: null }
}

async function caller(role: Role, policy: Partial<GrantPolicy> = {}): Promise<Call> {
  const username = `${role}-${app.latchkey.newId<string>()}`
  const person = { username, email: `${username}@example.com`, displayName: role, role, policy }
  const user = await app.latchkey.users.create(root, person)
  const { secret } = await app.latchkey.keys.create(root, { access: 'full', ownerId: user.id })
  return callOf(secret.reveal())
}

const code = (work: Promise<unknown>) => work.then(() => 'allowed').catch((error) => error.code as string)
const create = (call: Call, input: Partial<NewKey>) =>
  app.latchkey.keys.create(call, { access: 'use', ...input })
const update = (call: Call, key: Key, patch: KeyPatch) =>
  app.latchkey.keys.update(call, { id: key.id }, { patch })
const rotate = (call: Call, key: Key) => app.latchkey.keys.rotate(call, { id: key.id }, { overlapMs: 0 })

describe('delegation', () => {
  const policy: GrantPolicy = {
    permissions: ['documents.*'],
    limits: { monthly: 100n },
    keyLifetimeMs: 30 * DAY_MS,
  }

  test.each<[string, Partial<NewKey>, string]>([
    ['within the policy', { permissions: ['documents.read'], limits: { monthly: 100n } }, 'allowed'],
    ['nothing named: limits and expiry take the caps', {}, 'allowed'],
    ['a permission beyond', { permissions: ['admin.write'] }, 'delegation_exceeded'],
    ['a wildcard beyond', { permissions: ['*'] }, 'delegation_exceeded'],
    ['a limit beyond', { limits: { monthly: 101n } }, 'delegation_exceeded'],
    ['a life beyond', { expiresAt: Date.parse('2027-06-01T00:00:00Z') }, 'delegation_exceeded'],
  ])('creating: %s', async (_name, input, expected) => {
    const user = await caller('USER', policy)
    expect(await code(create(user, input))).toBe(expected)
  })

  test('a refused permission is named, with the reason', async () => {
    const user = await caller('USER', policy)
    const fault = await create(user, { permissions: ['documents.read', 'admin.write'] }).catch(
      (error) => error,
    )
    const message = 'Your policy does not contain "admin.write", so you may not grant it.'
    expect(fault.details.errors).toEqual([{ place: ['permissions', 1], message }])
  })

  test("an absent limit takes the policy's cap", async () => {
    const user = await caller('USER', policy)
    const { key } = (await create(user, {})).view
    expect(key).toMatchObject({
      limits: { monthly: 100n },
      permissions: [],
      expiresAt: key.createdAt + 30 * DAY_MS,
    })
  })

  test.each<[string, KeyPatch, string]>([
    ['a name', { name: 'x' }, 'allowed'],
    ['narrowing a limit that is beyond', { limits: { monthly: 400n } }, 'allowed'],
    ['dropping permissions that are beyond', { permissions: [] }, 'allowed'],
    ['keeping what it holds', { permissions: ['admin.write'] }, 'allowed'],
    ['raising a limit', { limits: { monthly: 501n } }, 'delegation_exceeded'],
    ['removing a limit', { limits: { monthly: null } }, 'delegation_exceeded'],
    ['adding a permission beyond', { permissions: ['admin.write', 'admin.read'] }, 'delegation_exceeded'],
    ['living forever', { expiresAt: null }, 'delegation_exceeded'],
  ])('changing an own key that an administrator made more powerful: %s', async (_name, patch, expected) => {
    const user = await caller('USER', policy)
    const generous: Partial<NewKey> = {
      ownerId: user.principal.user.id,
      permissions: ['admin.write'],
      limits: { monthly: 500n },
      expiresAt: app.clock.now() + 90 * DAY_MS,
    }
    const { key } = (await create(root, generous)).view
    expect(await code(update(user, key, patch))).toBe(expected)
  })

  test('an owner may rotate its own key, whatever its power; for keys of others all of it is checked', async () => {
    const user = await caller('USER', policy)
    const strong = {
      ownerId: user.principal.user.id,
      permissions: ['admin.write'],
      limits: { monthly: 500n },
    }
    const { key } = (await create(root, strong)).view
    const bounded = await caller('ADMIN', policy)
    expect(await code(rotate(bounded, key))).toBe('delegation_exceeded')
    expect(await code(rotate(user, key))).toBe('allowed')
    expect(await code(rotate(root, key))).toBe('allowed')
  })

  test('a change together with a new secret of an own key is checked', async () => {
    const user = await caller('USER', policy)
    const owner = user.principal.user
    const strong = { ownerId: owner.id, permissions: ['admin.write'], limits: { monthly: 500n } }
    const { key } = (await create(root, strong)).view
    const changes: [Partial<Key>, string][] = [
      [{}, 'allowed'],
      [{ permissions: [], limits: { monthly: 400n } }, 'allowed'],
      [{ expiresAt: key.createdAt + 30 * DAY_MS }, 'allowed'],
      [{ permissions: ['admin.*'] }, 'delegation_exceeded'],
      [{ limits: { monthly: 501n } }, 'delegation_exceeded'],
      [{ limits: {} }, 'delegation_exceeded'],
    ]
    for (const [change, expected] of changes) {
      const grant = { owner, power: { ...key, ...change }, before: key, showsSecret: true, witnesses: [] }
      expect(await code(Promise.try(() => checkDelegation(owner, grant)))).toBe(expected)
    }
    const ending = { ...key, expiresAt: key.createdAt + 90 * DAY_MS }
    for (const [expiresAt, expected] of [
      [ending.expiresAt, 'allowed'],
      [ending.expiresAt + 1, 'delegation_exceeded'],
      [null, 'delegation_exceeded'],
    ] as const) {
      const grant = {
        owner,
        power: { ...ending, expiresAt },
        before: ending,
        showsSecret: true,
        witnesses: [],
      }
      expect(await code(Promise.try(() => checkDelegation(owner, grant)))).toBe(expected)
    }
  })

  test('a caller that gets a managing secret must cover the grants of its owner', async () => {
    const bounded = await caller('ADMIN', policy)
    const wide = await caller('USER', { permissions: ['documents.*', 'images.*'] })
    const narrow = await caller('USER', { ...policy, permissions: ['documents.read'] })
    const within = { permissions: ['documents.read'] }
    const made = (owner: Call, access: Access) =>
      create(bounded, { ...within, access, ownerId: owner.principal.user.id })
    for (const access of ['full', 'manage'] as const) {
      expect(await code(made(wide, access))).toBe('delegation_exceeded')
      expect(await code(made(narrow, access))).toBe('allowed')
    }
    expect(await code(made(wide, 'use'))).toBe('allowed')
    const { key: managing } = (await create(root, { access: 'full', ownerId: wide.principal.user.id })).view
    const { key: using } = (await made(wide, 'use')).view
    expect(await code(rotate(bounded, managing))).toBe('delegation_exceeded')
    // The secret of this one is known already: what its access gains is gained by whoever has it.
    expect(await code(update(bounded, using, { access: 'full' }))).toBe('delegation_exceeded')
    expect(await code(update(wide, using, { access: 'full' }))).toBe('allowed')
    const { key: own } = (await create(wide, { access: 'full' })).view
    expect(await code(rotate(wide, own))).toBe('allowed')
  })

  test('a caller cannot raise a role whose policy it could not grant', async () => {
    const bounded = await caller('ADMIN', policy)
    const wide = await caller('USER', { permissions: ['images.*'] })
    const narrow = await caller('USER', policy)
    const raise = (user: Call) =>
      app.latchkey.users.update(bounded, user.principal.user.id, { patch: { role: 'ADMIN' } })
    expect(await code(raise(wide))).toBe('delegation_exceeded')
    expect(await code(raise(narrow))).toBe('allowed')
  })

  test("an ADMIN cannot change a ROOT's key, except to disable one that only uses the data plane", async () => {
    const admin = await caller('ADMIN')
    const { key } = (await create(root, { access: 'use', limits: { daily: 5n } })).view
    const { key: managing } = (await create(root, { access: 'manage' })).view
    const patches: KeyPatch[] = [
      { limits: { daily: 4n } },
      { limits: { daily: 6n } },
      { access: 'full' },
      { name: 'x' },
      { allowedIps: ['192.0.2.1'] },
      { disabled: true, name: 'x' },
    ]
    for (const patch of patches) expect(await code(update(admin, key, patch))).toBe('delegation_exceeded')
    const { keys } = app.latchkey
    const order = { window: 'daily', boost: null } as const
    const until = app.clock.now() + 1
    expect(await code(keys.revoke(admin, { id: key.id }, { reason: null }))).toBe('delegation_exceeded')
    expect(await code(keys.boost(admin, { id: key.id }, { ...order, boost: { amount: 1n, until } }))).toBe(
      'delegation_exceeded',
    )
    expect(await code(rotate(root, key))).toBe('allowed')
    expect(await code(keys.rotate(root, { id: key.id }, { overlapMs: 1_000 }))).toBe('allowed')
    expect(await code(keys.endOverlap(admin, { id: key.id }))).toBe('delegation_exceeded')
    expect(await code(rotate(admin, key))).toBe('delegation_exceeded')
    expect(await code(update(admin, managing, { disabled: true }))).toBe('delegation_exceeded')
    expect(await code(update(admin, key, { disabled: true }))).toBe('allowed')
    expect(await code(update(admin, key, { disabled: false }))).toBe('delegation_exceeded')
    expect(await code(update(root, key, { disabled: false }))).toBe('allowed')
    const ownerId = root.principal.user.id
    expect(await code(create(admin, { ownerId, access: 'full' }))).toBe('delegation_exceeded')
  })

  test('a caller cannot create a user with a role or policy beyond its own, or change one above it', async () => {
    const admin = await caller('ADMIN', { permissions: ['documents.*'] })
    const person = { username: 'n', email: 'n@example.com', displayName: 'N' }
    const { users } = app.latchkey
    expect(await code(users.create(admin, { ...person, role: 'ROOT' }))).toBe('delegation_exceeded')
    expect(await code(users.create(admin, { ...person, role: 'ADMIN' }))).toBe('delegation_exceeded')
    expect(
      await code(
        users.create(admin, { ...person, role: 'USER', policy: { permissions: ['documents.read'] } }),
      ),
    ).toBe('allowed')
    expect(await code(users.update(admin, root.principal.user.id, { patch: { disabled: true } }))).toBe(
      'delegation_exceeded',
    )
  })
})
