import { afterEach, describe, expect, test } from 'bun:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type TestApp, testApp } from '../support/app.ts'
import { type Cut, type CuttingProxy, proxiedApp } from '../support/cutting-proxy.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { postgresForTests } from '../support/postgres.ts'

// Changes that were made although their caller got a failure. The facts in memory are then outdated.

const postgres = await postgresForTests()
const cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

/** A key of a user in a workspace; memory has its facts. */
async function known(app: TestApp) {
  const made = async (path: string, body: object) => (await app.call('POST', path, { body })).json
  const user = await made('/v2/users', { username: 'u', email: 'u@example.com', displayName: 'U' })
  const workspace = await made('/v2/workspaces', { name: 'w', slug: 'w' })
  const { key, secret } = await made('/v2/keys', {
    ownerId: user.id,
    workspaceId: workspace.id,
    access: 'full',
    limits: { daily: '1000' },
    rateLimits: [{ name: 'calls', limit: 100_000, window: '1d' }],
  })
  const verify = async (more: object = {}): Promise<string> =>
    (await app.call('POST', '/v2/verify', { body: { key: secret, ...more } })).json.code
  expect(await verify({ charge: 1 })).toBe('VALID')
  const code = () => verify()
  return { user, workspace, key, secret, code }
}

type Known = Awaited<ReturnType<typeof known>>

/** The change, the method of the store, and the verdict from then on. */
const CHANGES: [
  string,
  (on: Known) => [verb: string, path: string, body?: object | undefined, key?: string],
  'changeKey' | 'changeUser' | 'changeWorkspace',
  string,
][] = [
  ['a key is revoked', ({ key }) => ['DELETE', `/v2/keys/${key.id}`], 'changeKey', 'NOT_FOUND'],
  [
    'a key is switched off',
    ({ key }) => ['PATCH', `/v2/keys/${key.id}`, { disabled: true }],
    'changeKey',
    'DISABLED',
  ],
  ['a key is rotated', ({ key }) => ['POST', `/v2/keys/${key.id}/rotate`, {}], 'changeKey', 'NOT_FOUND'],
  [
    'a limit of the key is cut',
    ({ key }) => ['PATCH', `/v2/keys/${key.id}`, { limits: { daily: 1 } }],
    'changeKey',
    'BUDGET_EXCEEDED',
  ],
  [
    'a key ends itself',
    ({ secret }) => ['DELETE', '/v2/keys/self', undefined, secret],
    'changeKey',
    'NOT_FOUND',
  ],
  [
    'a rate of the key is cut',
    ({ key }) => ['PATCH', `/v2/keys/${key.id}`, { rateLimits: [{ name: 'calls', limit: 1, window: '1d' }] }],
    'changeKey',
    'RATE_LIMITED',
  ],
  [
    'a key is bound to addresses',
    ({ key }) => ['PATCH', `/v2/keys/${key.id}`, { allowedIps: ['203.0.113.9'] }],
    'changeKey',
    'FORBIDDEN',
  ],
  [
    'a user is disabled',
    ({ user }) => ['PATCH', `/v2/users/${user.id}`, { disabled: true }],
    'changeUser',
    'DISABLED',
  ],
  [
    'a limit of the user is cut',
    ({ user }) => ['PATCH', `/v2/users/${user.id}`, { limits: { total: 1 } }],
    'changeUser',
    'BUDGET_EXCEEDED',
  ],
  [
    'a limit of the workspace is cut',
    ({ workspace }) => ['PATCH', `/v2/workspaces/${workspace.id}`, { limits: { total: 0 } }],
    'changeWorkspace',
    'BUDGET_EXCEEDED',
  ],
]

describe.each(CHANGES)('%s, and the answer is lost', (_name, request, method, code) => {
  test('verify uses the change all the same', async () => {
    const faulty = await faultyStore()
    const app = await testApp({ store: faulty.store })
    cleanUp.push(() => app.close())
    const on = await known(app)
    faulty.break(method, {
      error: new Error('Connection terminated unexpectedly'),
      times: 1,
      afterWork: true,
    })
    const [verb, path, body, key = app.rootKey] = request(on)
    expect((await app.call(verb, path, { body, key })).status).toBe(500)
    expect(await on.code()).toBe(code)
    expect(await on.code()).toBe(code)
  })

  const cuts: [string, Cut][] = [
    ['before the answer', 'answer_lost'],
    ['before the server has the commit', 'commit_late'],
  ]
  test.skipIf('absent' in postgres).each(cuts)('through a connection that breaks %s', async (_when, how) => {
    const { app, proxy } = await proxied()
    const on = await known(app)
    const cut = proxy.cutNextCommit(how)
    const [verb, path, body, key = app.rootKey] = request(on)
    const answer = app.call(verb, path, { body, key })
    await cut
    expect((await answer).status).toBe(503)
    if (how === 'commit_late') {
      // Nothing has changed yet, and facts that are read now must not be kept.
      expect(await on.code()).toBe('VALID')
      await pause(50)
      expect(await on.code()).toBe('VALID')
      await proxy.deliver()
    }
    expect(await on.code()).toBe(code)
    expect(await on.code()).toBe(code)
  })
})

test.skipIf('absent' in postgres)(
  'after such a break memory is used again, with the stored facts',
  async () => {
    const { app, proxy } = await proxied()
    const on = await known(app)
    const cut = proxy.cutNextCommit('commit_late')
    const answer = app.call('PATCH', `/v2/users/${on.user.id}`, { body: { displayName: 'other' } })
    await cut
    await answer
    expect(await on.code()).toBe('VALID')
    expect(app.latchkey.facts.count()).toBe(1)
    await proxy.deliver()
    // The first read ends the doubt, and a later one is kept.
    for (let round = 0; round < 100 && app.latchkey.facts.count() === 1; round += 1) await on.code()
    expect(app.latchkey.facts.count()).toBe(2)
  },
)

async function proxied(): Promise<{ app: TestApp; proxy: CuttingProxy }> {
  if ('absent' in postgres) throw new Error(postgres.absent)
  return proxiedApp(await postgres.migratedDatabase(), (...closers) => cleanUp.push(...closers))
}
