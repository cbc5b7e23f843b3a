import { afterEach, describe, expect, test } from 'bun:test'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'

// Money that waits for its commit while somebody changes a limit, and while another call reads the new one.

const postgres = await postgresForTests()
const SCOPES = ['key', 'user', 'workspace', 'boost'] as const
const KINDS = ['charge', 'reserve', 'extend'] as const
type Scope = (typeof SCOPES)[number]
type Kind = (typeof KINDS)[number]

let app: TestApp | null = null
let database: TestDatabase | null = null

afterEach(async () => {
  await app?.close()
  await database?.drop()
  app = null
  database = null
})

/** An app whose commits of money wait while `hold` runs. */
async function stage(engine: 'SQLite' | 'PostgreSQL', scope: Scope, limit: string | null) {
  if (engine === 'PostgreSQL' && !('absent' in postgres)) database = await postgres.migratedDatabase()
  const store: Store = await openStore(database?.url ?? 'sqlite::memory:')
  let gate: Promise<void> | null = null
  let arrived = () => {}
  const slow: Store = {
    ...store,
    async commitLedger(...args) {
      arrived()
      await gate
      return store.commitLedger(...args)
    },
  }
  const at = await testApp({ store: slow })
  app = at
  const send = async (method: string, path: string, body?: object) =>
    (await at.call(method, path, body === undefined ? {} : { body })).json
  const limits = limit === null ? {} : { limits: { total: limit } }
  const of = (name: string) => (scope === name ? limits : {})
  const person = { username: 'u', email: 'u@example.org', displayName: 'U', role: 'USER' }
  const { id: ownerId } = await send('POST', '/v2/users', { ...person, ...of('user') })
  const { id: workspaceId } = await send('POST', '/v2/workspaces', {
    name: 'W',
    slug: 'w',
    ...of('workspace'),
  })
  await send('POST', `/v2/workspaces/${workspaceId}/members`, { userId: ownerId })
  const isKey = scope === 'key' || scope === 'boost'
  const { key, secret } = await send('POST', '/v2/keys', {
    ...{ ownerId, workspaceId, access: 'use' },
    ...(isKey && (scope === 'boost' ? { limits: { total: '1' } } : limits)),
  })
  const boost = `/v2/keys/${key.id}/boosts/total`
  if (scope === 'boost') await send('PUT', boost, { amount: '9', until: '2026-12-01T00:00:00Z' })
  const { id: held } = await send('POST', '/v2/reservations', { keyId: key.id, amount: '0.5' })
  const ask: Record<Kind, () => Promise<{ outcome: boolean; code?: string }>> = {
    async charge() {
      const { valid, code } = await send('POST', '/v2/verify', { key: secret, charge: '5' })
      return { outcome: valid, code }
    },
    async reserve() {
      const { state, code } = await send('POST', '/v2/reservations', { keyId: key.id, amount: '5' })
      return { outcome: state === 'open', code }
    },
    async extend() {
      const { state, code } = await send('POST', `/v2/reservations/${held}/extend`, {
        ttlSeconds: 700,
        amount: '5',
      })
      return { outcome: state === 'open', code }
    },
  }
  const path = { key: `keys/${key.id}`, user: `users/${ownerId}`, workspace: `workspaces/${workspaceId}` }
  /** Changes the limit. The other call reads the new facts and ends before it asks for room. */
  async function change(total: string): Promise<void> {
    if (scope === 'boost') await send('DELETE', boost)
    else await send('PATCH', `/v2/${path[scope]}`, { limits: { total } })
    const { code } = await send('POST', '/v2/verify', { key: secret, permissions: 'no.such' })
    expect(code).toBe('INSUFFICIENT_PERMISSIONS')
  }
  /** Asks for money, so often, and does something while the first of their commits waits. */
  async function beside(kind: Kind, times: number, meanwhile: () => Promise<void>) {
    const opened = Promise.withResolvers<void>()
    const waits = Promise.withResolvers<void>()
    gate = opened.promise
    arrived = waits.resolve
    const asked = Array.from({ length: times }, () => ask[kind]())
    await waits.promise
    await meanwhile()
    gate = null
    opened.resolve()
    return Promise.all(asked)
  }
  return { change, beside }
}

describe.each(['SQLite', 'PostgreSQL'] as const)(
  'a limit that is changed while money waits for its commit, %s',
  (engine) => {
    const isAbsent = engine === 'PostgreSQL' && 'absent' in postgres
    // PostgreSQL compares the stored rows, whatever they belong to, and each of its databases takes long to make.
    const scopes = engine === 'PostgreSQL' ? (['key'] as const) : SCOPES
    const limited = scopes.flatMap((scope) =>
      (scope === 'boost' ? [null] : ['10', null]).map((limit) => ({ scope, limit })),
    )
    const cases = limited.flatMap(({ scope, limit }) => KINDS.map((kind) => [kind, scope, limit] as const))

    test.skipIf(isAbsent).each(cases)(
      'a cut binds a %s: of a %s, limited before to %s',
      async (kind, scope, limit) => {
        const { change, beside } = await stage(engine, scope, limit)
        const [asked] = await beside(kind, 1, () => change('1'))
        expect([asked?.outcome, asked?.code?.toLowerCase()]).toEqual([false, 'budget_exceeded'])
      },
    )

    test.skipIf(isAbsent).each(['charge', 'reserve'] as const)(
      'a raise lets a %s through that the old limit would refuse',
      async (kind) => {
        const { change, beside } = await stage(engine, 'key', '6')
        const asked = await beside(kind, 2, () => change('20'))
        expect(asked.map(({ outcome }) => outcome)).toEqual([true, true])
      },
    )
  },
)
