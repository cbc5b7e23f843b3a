import { systemClock } from '../../src/core/ground/clock.ts'
import type { UserId, WorkspaceId } from '../../src/core/types.ts'
import { listen } from '../../src/http/kernel/server.ts'
import { openStore } from '../../src/store/open.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { callOf } from '../wire/cast.ts'

/** A real server of its own for one run of one case. */
export interface LiveServer {
  url: string
  /** The values that are known beforehand, by the references in the table. */
  values: Record<string, string>
  /** The faults that the server reported as its own. */
  errors(): string[]
  stop(): Promise<void>
}

/** Starts one on a free port, over an empty database in memory, with the machine's clock. */
export async function liveServer(): Promise<LiveServer> {
  const store = await openStore('sqlite::memory:')
  // A last use shows within a second, so whether a case sees one would depend on the load of the machine.
  const app = await testApp({ clock: systemClock, store: { ...store, recordUses: async () => {} } })
  const values = await prepare(app)
  const listener = listen({ hostname: '127.0.0.1', port: 0, idleTimeoutMs: 30_000, fetch: app.fetch })
  return {
    url: listener.url,
    values,
    errors: () => app.errors.map(String),
    async stop() {
      await listener.stop(1_000)
      await app.close()
    },
  }
}

/**
 * The records that cases need and that not every SDK can make: an ordinary user with one key, and keys to verify. All of them are in a
 * workspace of their own, so lists of the default one show only the records of the case.
 */
async function prepare(app: TestApp): Promise<Record<string, string>> {
  const call = await callOf(app, app.rootKey)
  const workspace = await app.latchkey.workspaces.create(call, { name: 'Stage', slug: 'stage' })
  const empty = await app.latchkey.workspaces.create(call, { name: 'Empty', slug: 'empty' })
  const user = await userNamed(app, 'user')
  const stage = await userNamed(app, 'stage')
  const make = (owner: UserId) => keyMaker(app, { ownerId: owner, workspaceId: workspace.id })
  const own = await make(user)('user', { access: 'full' })
  const staged = await Promise.all([
    make(stage)('wide', {
      labels: { env: 'test' },
      permissions: ['documents.*'],
      externalUserId: 'customer-7',
      expiresAt: Date.parse('2099-01-01T00:00:00Z'),
    }),
    make(stage)('limited', { limits: { daily: 10_000_000_000n } }),
    make(stage)('disabled', { disabled: true }),
    make(stage)('managing', { access: 'manage' }),
    make(stage)('rated', { rateLimits: [{ name: 'tokens', limit: 100, windowMs: 3_600_000 }] }),
  ])
  return {
    'secret:root': app.rootKey,
    'id:root': call.principal.user.id,
    'id:user': user,
    'id:stage': stage,
    'id:stage-workspace': workspace.id,
    'id:empty-workspace': empty.id,
    ...own,
    ...Object.assign({}, ...staged),
  }
}

async function userNamed(app: TestApp, username: string): Promise<UserId> {
  const call = await callOf(app, app.rootKey)
  const person = {
    username,
    email: `${username}@example.com`,
    displayName: `A ${username}`,
    role: 'USER',
  } as const
  return (await app.latchkey.users.create(call, person)).id
}

type Wishes = Partial<Parameters<TestApp['latchkey']['keys']['create']>[1]>

function keyMaker(app: TestApp, place: { ownerId: UserId; workspaceId: WorkspaceId }) {
  return async (name: string, wishes: Wishes): Promise<Record<string, string>> => {
    const call = await callOf(app, app.rootKey)
    const { view, secret } = await app.latchkey.keys.create(call, {
      access: 'use',
      ...place,
      name,
      ...wishes,
    })
    return { [`id:${name}-key`]: view.key.id, [`secret:${name}`]: secret.reveal() }
  }
}
