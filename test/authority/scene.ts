import type { Store } from '../../src/store/store.ts'
import type { Answer, CallOptions } from '../support/app.ts'

/** Sends one request, as the root key unless another one is named. */
export type Send = (method: string, path: string, options?: CallOptions) => Promise<Answer>

/** An administrator that will act, and its target. */
export interface Scene {
  /** The administrator's secret, key and user. */
  secret: string
  keyId: string
  userId: string
  /** A key with limits, its secret and hash, and the user that owns it; a second user and an unused workspace. */
  target: {
    keyId: string
    secret: string
    hash: string
    userId: string
    spareId: string
    workspaceId: string
  }
  reservationId: string
}

/** A request that changes something or takes money. */
export interface AuthorityAct {
  name: string
  request: (scene: Scene, name: string) => { method: string; path: string; body: object }
  /** The method of the store in which it waits, before its effect. */
  waitsIn: keyof Store
  /** True for a call on many records that answers 200 with a failure for each of them. */
  answersEach?: true
  /** True for an act of a caller that memory knows, sent with the length of its body: the hot path answers it. */
  isHot?: true
  /** A request of the root key that comes first; without it the act would not wait there. */
  first?: AuthorityAct['request']
}

/** The body that adds a user. */
export const person = (name: string) => ({ username: name, email: `${name}@example.com`, displayName: name })
const later = '2099-01-01T00:00:00Z'
/** The id of a use of the target's key. */
const USED = 'used'

// An id that was used shortly before, and took nothing, is looked up before anything is taken.
const CHARGE: AuthorityAct = {
  ...act('charge', 'findEvent', ({ target }, requestId) =>
    post('/v2/verify', { key: target.secret, charge: '1', requestId }),
  ),
  first: ({ target }, requestId) => post('/v2/verify', { key: target.secret, charge: '1000000', requestId }),
}

/** Every kind of act that a body can carry, in all dialects. */
export const ACTS: readonly AuthorityAct[] = [
  act('create a key of another user', 'createKey', ({ target }) =>
    post('/v2/keys', { ownerId: target.userId }),
  ),
  act('change a key', 'changeKey', ({ target }) => patch(`/v2/keys/${target.keyId}`, { name: 'taken' })),
  act('rotate a key', 'changeKey', ({ target }) =>
    post(`/v2/keys/${target.keyId}/rotate`, { overlap: '0s' }),
  ),
  act('boost a limit', 'changeKey', ({ target }) => ({
    method: 'PUT',
    path: `/v2/keys/${target.keyId}/boosts/daily`,
    body: { amount: '1', until: later },
  })),
  act('add an ADMIN', 'createUser', (_, name) => post('/v2/users', { ...person(name), role: 'ADMIN' })),
  act('change a user', 'changeUser', ({ target }) =>
    patch(`/v2/users/${target.userId}`, { displayName: 'x' }),
  ),
  act('add a workspace', 'createWorkspace', (_, name) => post('/v2/workspaces', { name, slug: name })),
  act('change a workspace', 'changeWorkspace', ({ target }) =>
    patch(`/v2/workspaces/${target.workspaceId}`, { name: 'taken' }),
  ),
  act('let a user into a workspace', 'addMember', ({ target }) =>
    post(`/v2/workspaces/${target.workspaceId}/members`, { userId: target.userId }),
  ),
  act('report usage', 'resolveKeys', ({ target }, id) =>
    post('/v2/usage', { events: [{ id, hash: target.hash, amount: 1 }] }),
  ),
  CHARGE,
  { ...CHARGE, name: 'charge on the hot path', isHot: true },
  {
    ...act('hold', 'findReservation', ({ target }, requestId) =>
      post('/v2/reservations', { keyId: target.keyId, amount: 1, requestId }),
    ),
    first: ({ target }, requestId) =>
      post('/v2/reservations', { keyId: target.keyId, amount: 1_000_000, requestId }),
  },
  act('settle', 'findReservation', ({ reservationId }) =>
    post(`/v2/reservations/${reservationId}/settle`, { amount: 1 }),
  ),
  act('extend', 'findReservation', ({ reservationId }) =>
    post(`/v2/reservations/${reservationId}/extend`, { ttlSeconds: 1_000, amount: 1 }),
  ),
  act('correct usage', 'findCorrection', ({ target }, id) =>
    post('/v2/usage/corrections', { id, keyId: target.keyId, eventId: USED, reason: 'wrong' }),
  ),
  batch('import a key', 'createKey', ({ target }, id) =>
    post('/v2/keys/import', { keys: [{ secret: `sk-${id}-${'x'.repeat(30)}`, ownerId: target.userId }] }),
  ),
  batch('revoke many keys', 'changeKey', ({ target }) => post('/v2/keys/revoke', { ids: [target.keyId] })),
  batch('hand over keys', 'changeKey', ({ target }) =>
    post(`/v2/users/${target.userId}/handover`, { to: target.spareId }),
  ),
  act('make a manager of a workspace', 'addMember', ({ target }) =>
    post(`/v2/workspaces/${target.workspaceId}/members`, { userId: target.spareId, standing: 'manager' }),
  ),
  act('change a key, as GoodMem', 'changeKey', ({ target }) => ({
    method: 'PUT',
    path: `/v1/apikeys/${target.keyId}`,
    body: { status: 'INACTIVE' },
  })),
  act('create a key of another user, as OpenRouter', 'createKey', ({ target }, name) =>
    post('/api/v1/keys', { name, creator_user_id: target.userId }),
  ),
  act('change a key, as OpenRouter', 'changeKey', ({ target }) =>
    patch(`/api/v1/keys/${target.hash}`, { disabled: true }),
  ),
]

/** Acts without a body; they wait only in the store. */
export const BODILESS: readonly AuthorityAct[] = [
  act('revoke a key', 'changeKey', ({ target }) => remove(`/v2/keys/${target.keyId}`)),
  act('end an overlap', 'changeKey', ({ target }) => remove(`/v2/keys/${target.keyId}/secrets/previous`)),
  act('delete a user', 'deleteUser', ({ target }) => remove(`/v2/users/${target.spareId}`)),
  act('delete a workspace', 'deleteWorkspace', ({ target }) =>
    remove(`/v2/workspaces/${target.workspaceId}`),
  ),
  act('take a user out of a workspace', 'removeMember', ({ target }) =>
    remove(`/v2/workspaces/${target.workspaceId}/members/${target.spareId}`),
  ),
  act('release', 'findReservation', ({ reservationId }) =>
    post(`/v2/reservations/${reservationId}/release`, {}),
  ),
  act('delete a key, as GoodMem', 'changeKey', ({ target }) => remove(`/v1/apikeys/${target.keyId}`)),
  act('delete a key, as OpenRouter', 'changeKey', ({ target }) => remove(`/api/v1/keys/${target.hash}`)),
]

/** The rights that are taken from the administrator while it acts. After each of them it may do none of the acts. */
export const CUTS: readonly { name: string; make: (send: Send, scene: Scene) => Promise<Answer> }[] = [
  { name: 'its key is revoked', make: (send, { keyId }) => send('DELETE', `/v2/keys/${keyId}`) },
  { name: 'its key is switched off', make: (send, { keyId }) => change(send, keyId, { disabled: true }) },
  { name: 'its key is cut to data use', make: (send, { keyId }) => change(send, keyId, { access: 'use' }) },
  { name: 'its key is not valid yet', make: (send, { keyId }) => change(send, keyId, { notBefore: later }) },
  {
    name: 'its key is bound to another address',
    make: (send, { keyId }) => change(send, keyId, { allowedIps: ['203.0.113.9'] }),
  },
  {
    name: 'its key is rotated without overlap',
    make: (send, { keyId }) => send('POST', `/v2/keys/${keyId}/rotate`, { body: {} }),
  },
  {
    name: 'its user is disabled',
    make: (send, { userId }) => send('PATCH', `/v2/users/${userId}`, { body: { disabled: true } }),
  },
  {
    name: 'its user is demoted',
    make: (send, { userId }) => send('PATCH', `/v2/users/${userId}`, { body: { role: 'USER' } }),
  },
]

let scenes = 0

/** Creates an administrator and its target, through the native API. */
export async function scene(send: Send): Promise<Scene> {
  scenes += 1
  const made = async (path: string, body: object) => {
    const answer = await send('POST', path, { body })
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`)
    return answer.json
  }
  const admin = await made('/v2/users', { ...person(`admin-${scenes}`), role: 'ADMIN' })
  const owner = await made('/v2/users', person(`owner-${scenes}`))
  const spare = await made('/v2/users', person(`spare-${scenes}`))
  const workspace = await made('/v2/workspaces', { name: 'spare', slug: `spare-${scenes}` })
  await made(`/v2/workspaces/${workspace.id}/members`, { userId: spare.id })
  const { key, secret } = await made('/v2/keys', { ownerId: admin.id, access: 'full' })
  const owned = await made('/v2/keys', { ownerId: owner.id, limits: { daily: '1000' } })
  const hold = await made('/v2/reservations', { keyId: owned.key.id, amount: 2 })
  const events = [{ id: USED, keyId: owned.key.id, amount: 3 }]
  const used = await send('POST', '/v2/usage', { body: { events } })
  if (used.json.accepted !== 1) throw new Error(`POST /v2/usage answered ${used.status}: ${used.text}`)
  return {
    secret,
    keyId: key.id,
    userId: admin.id,
    target: {
      keyId: owned.key.id,
      secret: owned.secret,
      hash: owned.key.hash,
      userId: owner.id,
      spareId: spare.id,
      workspaceId: workspace.id,
    },
    reservationId: hold.id,
  }
}

/** Everything that an act could have changed: the last revision, and the state of the target's money. */
export async function standing(send: Send, { target, reservationId }: Scene): Promise<object> {
  const { json: audit } = await send('GET', '/v2/audit?outcome=done&limit=1')
  const { json: key } = await send('GET', `/v2/keys/${target.keyId}`)
  const { json: hold } = await send('GET', `/v2/reservations/${reservationId}`)
  return { revision: audit.data[0].revision, usage: key.usage, budget: key.budget, hold: hold.state }
}

function act(
  name: string,
  waitsIn: keyof Store,
  request: (scene: Scene, name: string) => { method: string; path: string; body?: object },
): AuthorityAct {
  return { name, waitsIn, request: (on, unique) => ({ body: {}, ...request(on, unique) }) }
}

function batch(...parts: Parameters<typeof act>): AuthorityAct {
  return { ...act(...parts), answersEach: true }
}

function post(path: string, body: object) {
  return { method: 'POST', path, body }
}

function patch(path: string, body: object) {
  return { method: 'PATCH', path, body }
}

function remove(path: string) {
  return { method: 'DELETE', path }
}

function change(send: Send, keyId: string, body: object): Promise<Answer> {
  return send('PATCH', `/v2/keys/${keyId}`, { body })
}
