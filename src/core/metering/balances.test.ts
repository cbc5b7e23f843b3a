import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import type { Call } from '../access/audit.ts'
import { Secret } from '../ground/secret.ts'
import type { Role, User } from '../types.ts'

describe('the balance of an account', () => {
  let app: TestApp
  let root: Call
  beforeEach(async () => {
    app = await testApp()
    root = await callOf(app.rootKey)
  })
  afterEach(() => app.close())

  async function callOf(secret: string): Promise<Call> {
    const principal = await app.latchkey.authenticate(new Secret(secret), undefined)
    return { principal, requestId: null, ip: null }
  }

  async function made(username: string, role: Role): Promise<{ user: User; call: Call }> {
    const { users, keys } = app.latchkey
    const email = `${username}@example.com`
    const limits = { total: 10n }
    const user = await users.create(root, { username, email, displayName: username, role, limits })
    const { secret } = await keys.create(root, { access: 'manage', ownerId: user.id })
    return { user, call: await callOf(secret.reveal()) }
  }

  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'answered',
      (error) => error.code,
    )

  test('is visible only to the user and to callers that manage users, also without a dialect in between', async () => {
    const { accounts, workspaces } = app.latchkey
    const { user: ada, call: adas } = await made('ada', 'USER')
    const { call: bobs } = await made('bob', 'USER')
    const { call: services } = await made('service', 'SERVICE')
    expect(await accounts.budgetOfUser(adas, ada)).toMatchObject([{ limit: 10n, remaining: 10n }])
    expect(await accounts.budgetOfUser(root, ada)).toHaveLength(1)
    expect(await codeOf(accounts.budgetOfUser(bobs, ada))).toBe('user_foreign')
    expect(await codeOf(accounts.budgetOfUser(services, ada))).toBe('permission_denied')
    const main = await workspaces.get(root, 'default')
    expect(await codeOf(accounts.budgetOfWorkspace(bobs, main))).toBe('answered')
    expect(await codeOf(accounts.budgetOfWorkspace(services, main))).toBe('permission_denied')
    expect(await codeOf(accounts.crossings(bobs, { kind: 'user', id: ada.id }, 1))).toBe('user_foreign')
  })

  test('a credential that only uses the data plane cannot read it', async () => {
    const { accounts, keys } = app.latchkey
    const { user } = await made('ada', 'USER')
    const { secret } = await keys.create(root, { access: 'use', ownerId: user.id })
    const using = await callOf(secret.reveal())
    expect(await codeOf(accounts.balance(using))).toBe('access_forbidden')
    expect(await codeOf(accounts.budgetOfUser(using, user))).toBe('access_forbidden')
  })

  test('a balance adds workspaces up only while every one of them has a limit on all time', async () => {
    const { accounts, workspaces } = app.latchkey
    const limited = async (n: number) => {
      const input = { name: `w${n}`, slug: `w${n}`, limits: { total: 3n } }
      await workspaces.create(root, input)
    }
    // More than one page of them.
    for (let n = 0; n < 105; n++) await limited(n)
    expect(await accounts.balance(root)).toEqual({ used: 0n, left: null })
    const main = await workspaces.get(root, 'default')
    await workspaces.update(root, main.id, { patch: { limits: { total: 1n } } })
    expect(await accounts.balance(root)).toEqual({ used: 0n, left: 105n * 3n + 1n })
  })
})
