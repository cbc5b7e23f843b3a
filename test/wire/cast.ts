import type { Call } from '../../src/core/access/audit.ts'
import { Secret } from '../../src/core/ground/secret.ts'
import type { Access, KeyId, Role, UserId } from '../../src/core/types.ts'
import { ACCESSES } from '../../src/core/types.ts'
import type { TestApp } from '../support/app.ts'

/** A member of the cast: a user and its three keys, one of each access. */
export interface Member {
  userId: UserId
  keys: Record<Access, { id: KeyId; secret: string }>
}

/** The callers of wire tests. `user` and `other` have the same role and share nothing. */
export type Cast = Record<CastName, Member>

/** The names of the cast. */
export type CastName = keyof typeof ROLE_OF

const ROLE_OF = {
  root: 'ROOT',
  admin: 'ADMIN',
  user: 'USER',
  other: 'USER',
  service: 'SERVICE',
} as const satisfies Record<string, Role>

/** Adds the cast to an initialized application, through the domain and not through a dialect. */
export async function castOf(app: TestApp): Promise<Cast> {
  const call = await callOf(app, app.rootKey)
  return {
    root: await keysFor(app, call, call.principal.user.id),
    admin: await addMember(app, call, 'admin'),
    user: await addMember(app, call, 'user'),
    other: await addMember(app, call, 'other'),
    service: await addMember(app, call, 'service'),
  }
}

/** The call of the holder of a secret. */
export async function callOf(app: TestApp, secret: string): Promise<Call> {
  return {
    principal: await app.latchkey.authenticate(new Secret(secret), undefined),
    requestId: null,
    ip: null,
  }
}

/**
 * The references to the cast in golden exchanges: `secret:user` (full access), `secret:user-manage`, `secret:user-use`, `id:user` (the
 * user) and `id:user-key` (its key of full access; `id:user-manage-key` and so on for the others), and the same for every name.
 */
export function castReferences(cast: Cast): Record<string, string> {
  const named = Object.entries(cast).flatMap(([name, { userId, keys }]) => [
    [`id:${name}`, userId],
    [`id:${name}-key`, keys.full.id],
    [`id:${name}-manage-key`, keys.manage.id],
    [`id:${name}-use-key`, keys.use.id],
    [`secret:${name}`, keys.full.secret],
    [`secret:${name}-manage`, keys.manage.secret],
    [`secret:${name}-use`, keys.use.secret],
  ])
  return Object.fromEntries(named)
}

async function addMember(app: TestApp, call: Call, name: Exclude<CastName, 'root'>): Promise<Member> {
  const user = await app.latchkey.users.create(call, {
    username: name,
    email: `${name}@example.com`,
    displayName: `The ${name}`,
    role: ROLE_OF[name],
  })
  return keysFor(app, call, user.id)
}

async function keysFor(app: TestApp, call: Call, ownerId: UserId): Promise<Member> {
  const keys: Partial<Member['keys']> = {}
  for (const access of ACCESSES) {
    const { view, secret } = await app.latchkey.keys.create(call, { ownerId, access })
    keys[access] = { id: view.key.id, secret: secret.reveal() }
  }
  return { userId: ownerId, keys: keys as Member['keys'] }
}
