import { type Answer, type TestApp, testApp } from '../support/app.ts'
import { type History, LATE, type Other, type Step } from './powers-histories.ts'
import {
  type Policy,
  powersGained,
  type Seen,
  type SeenKey,
  type SeenUser,
  type SendAs,
} from './powers-model.ts'

/** The counts of a run of histories. */
export interface Tally {
  histories: number
  calls: number
  allowed: number
  refused: number
  /** The largest number of secrets that one attacker obtained. */
  secretsMost: number
}

/**
 * A mistake of the server: the refusals that it forgets. ROOT carries out the call that it should have refused, with the attacker's caps
 * for omitted limits, as for every caller.
 */
export type Forgets = (call: {
  method: string
  path: string
  body: Record<string, unknown>
  answer: Answer
}) => boolean

/** The parts that a history runs on. */
interface Rig {
  app: TestApp
  send: SendAs
  attacker: SeenUser
  before: Seen
  userIds: string[]
  /** Two workspaces that ROOT has created, with the first of the other users in them. */
  workspaceIds: string[]
  keys: { id: string; hash: string }[]
  /** Keys that ROOT has given to users whom the attacker covers. */
  gifts: string[]
  /** Every secret that the attacker has obtained. */
  secrets: string[]
  seen: Set<string>
}

async function makeRig({ attacker, others }: History): Promise<Rig> {
  const app = await testApp()
  const send: SendAs = (key, method, path, body) => app.call(method, path, { key, ...(body && { body }) })
  const root = async (path: string, body: object) => (await send(app.rootKey, 'POST', path, body)).json
  const itself: Other = {
    ...attacker,
    disabled: false,
    key: { access: 'full', disabled: false },
    gifted: false,
  }
  const users = [
    itself,
    ...others.map((other) =>
      other.gifted ? { ...other, role: 'USER', policy: attacker.policy, disabled: false } : other,
    ),
  ]
  const rig: Rig = {
    app,
    send,
    attacker: {} as SeenUser,
    before: { users: new Map(), keys: new Map(), members: new Set() },
    userIds: [],
    workspaceIds: [],
    keys: [],
    gifts: [],
    secrets: [],
    seen: new Set(),
  }
  for (const slug of ['one', 'two'])
    rig.workspaceIds.push((await root('/v2/workspaces', { slug, name: slug })).id)
  for (const [n, { role, policy, disabled, key, gifted }] of users.entries()) {
    const user = await root('/v2/users', { ...personOf(`user${n}`), role, policy })
    // As much as the owner could grant itself.
    const given = {
      permissions: policy.permissions ?? ['b.read'],
      limits: policy.limits,
      expiresAt: lifeOf(policy),
    }
    const place = n > 0 && attacker.manages ? { workspaceId: rig.workspaceIds[0] } : {}
    const made = await root('/v2/keys', { ownerId: user.id, access: key.access, ...given, ...place })
    // What ROOT sets on a key and a user that are there already, it alone loosens; what they are made with is rather a gift.
    const { disabled: isOff } = key
    await send(app.rootKey, 'PATCH', `/v2/keys/${made.key.id}`, { disabled: isOff, limits: policy.limits })
    await send(app.rootKey, 'PATCH', `/v2/users/${user.id}`, { disabled })
    rig.userIds.push(user.id)
    rig.keys.push({ id: made.key.id, hash: made.key.hash })
    if (gifted) {
      const gift = await root('/v2/keys', { ownerId: user.id, access: 'use', permissions: ['*'] })
      rig.keys.push({ id: gift.key.id, hash: gift.key.hash })
      rig.gifts.push(gift.key.id)
    }
    if (n === 1 && role === 'USER') await root('/v2/workspaces/one/members', { userId: user.id })
    if (n > 0) continue
    rig.attacker = user
    if (attacker.manages) await root('/v2/workspaces/one/members', { userId: user.id, standing: 'manager' })
    rig.secrets.push(made.secret)
    rig.seen.add(made.key.id)
  }
  rig.before = await readAll(rig)
  return rig
}

/** The text of a key that the attacker imports, and so knows. */
function importedSecret(n: number): string {
  return `the-key-that-was-imported-${n}`
}

function personOf(name: string) {
  return { username: name, email: `${name}@example.com`, displayName: name }
}

function lifeOf({ keyLifetime }: Policy): string | null {
  const ends: Record<string, string> = { '1h': '2026-11-22T13:00:00.000Z', '1d': '2026-11-23T12:00:00.000Z' }
  return keyLifetime === null ? null : (ends[keyLifetime] ?? '2026-12-22T12:00:00.000Z')
}

async function readAll({ app, send, userIds, workspaceIds, keys }: Rig): Promise<Seen> {
  const read = async <T>(path: string): Promise<T> => (await send(app.rootKey, 'GET', path)).json
  const users = await Promise.all(userIds.map((id) => read<SeenUser>(`/v2/users/${id}`)))
  const found = await Promise.all(keys.map(({ id }) => read<SeenKey>(`/v2/keys/${id}`)))
  const members = new Set<string>()
  for (const id of workspaceIds) {
    const { data } = await read<{ data: { userId: string }[] }>(`/v2/workspaces/${id}/members`)
    for (const { userId } of data) members.add(`${userId} in ${id}`)
  }
  return {
    users: new Map(users.map((user) => [user.id, user])),
    keys: new Map(found.map((key) => [key.id, key])),
    members,
  }
}

function capped(body: Record<string, unknown>, { attacker: { policy } }: Rig): object {
  return { expiresAt: lifeOf(policy), ...body, limits: { ...policy.limits, ...(body.limits as object) } }
}

/** The request of a modest step, so that chains become long before they exceed a power. */
function chosen(step: Step, { attacker: { policy, role } }: Rig): Step {
  if (!step.modest) return step
  const permissions = policy.permissions?.slice(0, 1) ?? ['b.read']
  const power = { permissions, limits: policy.limits, expiresAt: lifeOf(policy) }
  return { ...step, power, policy, access: 'full', role: step.role === 'ROOT' ? role : step.role }
}

/** The request of a step. */
function requestOf(
  asked: Step,
  rig: Rig,
  n: number,
): { method: string; path: string; body: Record<string, unknown> } {
  const { userIds, workspaceIds, keys, gifts } = rig
  const step = chosen(asked, rig)
  const key = keys[step.target % keys.length]
  const userId = userIds[step.target % userIds.length]
  const { access, role, policy, power } = step
  const limit = Number(Object.values((power.limits ?? {}) as Record<string, string | null>)[0] ?? 5)
  switch (step.does) {
    case 'make key': {
      const { limits, ...rest } = power
      const given = Object.fromEntries(Object.entries(limits ?? {}).filter(([, each]) => each !== null))
      return {
        method: 'POST',
        path: '/v2/keys',
        body: {
          ownerId: userId,
          access: step.by % 2 ? access : 'use',
          ...rest,
          limits: given,
          ...(step.by % 3 === 0 && { workspaceId: workspaceIds[0] }),
        },
      }
    }
    case 'import key': {
      const { limits, ...rest } = power
      const given = Object.fromEntries(Object.entries(limits ?? {}).filter(([, each]) => each !== null))
      const key = { secret: importedSecret(n), ownerId: userId, access, ...rest, limits: given }
      return { method: 'POST', path: '/v2/keys/import', body: { keys: [key] } }
    }
    case 'change key':
      return {
        method: 'PATCH',
        path: `/v2/keys/${key?.id}`,
        body: { ...power, ...(step.by % 2 && { access }) },
      }
    case 'give key':
      return {
        method: 'PATCH',
        path: `/v2/keys/${key?.id}`,
        body: { ownerId: userIds[step.by % userIds.length], ...(step.by % 3 === 0 && { access }) },
      }
    case 'give a gift':
      return {
        method: 'PATCH',
        path: `/v2/keys/${gifts[step.target % gifts.length] ?? key?.id}`,
        body: { ownerId: userIds[step.by % userIds.length] },
      }
    case 'rotate':
      return { method: 'POST', path: `/v2/keys/${key?.id}/rotate`, body: {} }
    case 'rotate a gift':
      return {
        method: 'POST',
        path: `/v2/keys/${gifts[step.target % gifts.length] ?? key?.id}/rotate`,
        body: {},
      }
    case 'boost':
      return { method: 'PUT', path: `/v2/keys/${key?.id}/boosts/daily`, body: { amount: '5', until: LATE } }
    case 'make user':
      return { method: 'POST', path: '/v2/users', body: { ...personOf(`made${n}`), role, policy } }
    case 'change user': {
      const body =
        step.by % 3 === 0 ? { role } : step.by % 3 === 1 ? { policy } : { role, policy, disabled: false }
      return { method: 'PATCH', path: `/v2/users/${userId}`, body }
    }
    case "make OpenRouter's":
      return { method: 'POST', path: '/api/v1/keys', body: { name: 'k', limit, limit_reset: 'daily' } }
    case "change OpenRouter's":
      return {
        method: 'PATCH',
        path: `/api/v1/keys/${key?.hash}`,
        body: { limit, limit_reset: 'daily', disabled: false },
      }
    case "make GoodMem's":
      return { method: 'POST', path: '/v1/apikeys', body: { labels: {}, expiresAt: Date.parse(LATE) } }
    case "change GoodMem's":
      return { method: 'PUT', path: `/v1/apikeys/${key?.id}`, body: { status: 'ACTIVE' } }
    case 'let in': {
      const place = workspaceIds[step.by % workspaceIds.length]
      return { method: 'POST', path: `/v2/workspaces/${place}/members`, body: { userId } }
    }
  }
}

/** Records the secret, key or user of an answer. */
async function note(rig: Rig, { json }: Answer, imported: string): Promise<void> {
  const [{ status = '', sha256 = '', id: importedId = '' } = {}] = json.results ?? []
  if (status === 'created') {
    rig.keys.push({ id: importedId, hash: sha256 })
    rig.secrets.push(imported)
    rig.seen.add(importedId)
  }
  const secret = json.secret ?? json.rawApiKey ?? (typeof json.key === 'string' ? json.key : undefined)
  if (secret !== undefined) {
    const ref = json.apiKeyMetadata?.apiKeyId ?? (json.key?.hash === undefined ? json.data : json.key).hash
    const { id, hash } = (await rig.send(rig.app.rootKey, 'GET', `/v2/keys/${ref}`)).json
    if (rig.keys.every((key) => key.id !== id)) rig.keys.push({ id, hash })
    rig.secrets.push(secret)
    rig.seen.add(id)
  }
  if (json.role !== undefined && !rig.userIds.includes(json.id)) rig.userIds.push(json.id)
}

/** Plays a history; returns the forbidden powers that were gained, after the first step that gained any. */
export async function play(
  history: History,
  tally: Tally,
  forgets: Forgets = () => false,
): Promise<string[]> {
  const rig = await makeRig(history)
  tally.histories += 1
  try {
    for (const [n, step] of history.steps.entries()) {
      const { method, path, body } = requestOf(step, rig, n)
      // A step for a gift uses the secret that was obtained last.
      const newest = step.does === 'rotate a gift' ? rig.secrets.at(-1) : undefined
      const secret = newest ?? rig.secrets[step.by % rig.secrets.length] ?? ''
      let answer = await rig.send(secret, method, path, body)
      tally.calls += 1
      if (isRefused(answer) && forgets({ method, path, body, answer })) {
        const done = path === '/v2/keys' ? capped(body, rig) : body
        answer = await rig.send(rig.app.rootKey, method, path, done)
      }
      if (answer.status >= 500) return [`${method} ${path} answered ${answer.status}`]
      const isDone = answer.status < 300 && !isRefused(answer)
      if (isDone) tally.allowed += 1
      else tally.refused += 1
      if (!isDone) continue
      await note(rig, answer, importedSecret(n))
      const now = await readAll(rig)
      const gained = powersGained({ attacker: rig.attacker, before: rig.before, ...now, seen: rig.seen })
      if (gained.length > 0) return gained.map((what) => `${what}, by ${step.does}`)
    }
    return []
  } finally {
    tally.secretsMost = Math.max(tally.secretsMost, rig.secrets.length)
    await rig.app.close()
  }
}

/** Whether the call was refused for lack of rights; for a batch of one, by its result. */
function isRefused({ status, json }: Answer): boolean {
  return status === 403 || json?.results?.[0].status === 'failed'
}
