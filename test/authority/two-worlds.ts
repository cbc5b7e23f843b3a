import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type Answer, type TestApp, testApp } from '../support/app.ts'
import type { DocumentedOperation, Schema } from '../support/openapi.ts'
import { type Cast, castOf } from '../wire/cast.ts'

// Two servers with the same observers and different hidden tenants. Observers send the same requests to both.

/** A random whole number below `end`. */
export type Draw = (end: number) => number

/** A request of an observer. */
export interface Sent {
  secret: string | null
  method: string
  path: string
  headers: Record<string, string>
  body?: unknown
}

/** One server, and what has been hidden in it. */
export interface World {
  app: TestApp
  cast: Cast
  /** The observer manages `shared`, is a member of `team` beside the hidden tenant, and was removed from `left`. */
  workspaceIds: { shared: string; hidden: string; team: string; left: string }
  /** Keys of the observer that it may rotate and revoke: in the default workspace, in `team` and in `left`. */
  spare: { id: string; secret: string }[]
  /** The keys of the hidden tenant, their secrets, and names of its records in every form: ids, hashes, e-mail addresses. */
  hidden: { keyIds: string[]; secrets: string[]; names: string[] }
  /** Acts as the hidden tenant, or for it. */
  hide(draw: Draw): Promise<void>
  /** Sends a request of an observer, and returns the answer without revisions, which all records share, and times of use. */
  look(sent: Sent): Promise<{ status: number; headers: [string, string][]; text: string }>
}

/** Opens a world over the store that `wrap` returns. The same calls give the same ids and secrets in every world. */
export async function openWorld(
  wrap: (store: Store) => Store = (store) => store,
  databaseUrl = 'sqlite::memory:',
): Promise<World> {
  // What the hidden tenant draws does not change what the observers draw.
  const states = { observer: 1, hidden: 2 }
  let drawing: keyof typeof states = 'observer'
  const drawn = () => {
    states[drawing] = (Math.imul(states[drawing], 1_664_525) + 1_013_904_223) >>> 0
    return states[drawing] >>> 24
  }
  const random = (length: number) =>
    // Ids are drawn many at a time; without randomness they differ by their times.
    Uint8Array.from({ length }, () => (length > 256 ? 0 : drawn()))
  const app = await testApp({ random, store: wrap(await openStore(databaseUrl)) })
  const cast = await castOf(app)
  const made = async (path: string, body: object) => (await app.call('POST', path, { body })).json
  const { id: shared } = await made('/v2/workspaces', { name: 'shared', slug: 'shared' })
  const { id: own } = await made('/v2/workspaces', { name: 'hidden', slug: 'hidden' })
  await made(`/v2/workspaces/${shared}/members`, { userId: cast.user.userId, standing: 'manager' })
  const { userId } = cast.other
  const { id: team } = await made('/v2/workspaces', { name: 'team', slug: 'team' })
  const { id: left } = await made('/v2/workspaces', {
    ...{ name: 'left', slug: 'left' },
    limits: { total: '1000000' },
  })
  for (const workspaceId of [team, left]) await made(`/v2/workspaces/${workspaceId}/members`, { userId })
  const spare: World['spare'] = []
  for (const workspaceId of [undefined, team, team, left, left]) {
    const { key, secret } = await made('/v2/keys', { ownerId: cast.user.userId, workspaceId, access: 'full' })
    spare.push({ id: key.id, secret })
  }
  await app.call('DELETE', `/v2/workspaces/${left}/members/${cast.user.userId}`)
  const cards = Object.values(cast.other.keys)
  const hidden = {
    keyIds: cards.map(({ id }): string => id),
    secrets: [cast.other.keys.full.secret],
    names: [] as string[],
  }

  async function tidy() {
    app.clock.advance(1_000)
    const { lastUsed, outcomes, audit, rates, usage, keys } = app.latchkey
    for (const each of [lastUsed, outcomes, audit, rates]) await each.flush()
    while ((await usage.refreshSpentOrder()) > 0);
    await keys.refreshSearch()
    app.clock.advance(1_000)
  }

  return {
    app,
    cast,
    workspaceIds: { shared, hidden: own, team, left },
    spare,
    hidden,
    async hide(draw) {
      drawing = 'hidden'
      const { method, path, body, key } = actOf(draw, { userId, workspaceIds: [own, left, team], ...hidden })
      const { json } = await app.call(method, path, { body, ...(key && { key: cast[key].keys.full.secret }) })
      if (json?.key?.hash) {
        hidden.keyIds.push(json.key.id)
        hidden.names.push(json.key.id, json.key.hash)
      }
      if (json?.secret) hidden.secrets.push(json.secret)
      if (json?.email) hidden.names.push(json.id, json.email)
      drawing = 'observer'
      await tidy()
    },
    async look({ secret: key, method, path, headers, body }) {
      const answer = await app.call(method, path, { key, headers, ...(body !== undefined && { body }) })
      await tidy()
      return seenOf(answer)
    },
  }
}

function seenOf({ status, headers, text }: Answer) {
  const shown = [...headers].map(([name, value]): [string, string] => [name, name === 'etag' ? '' : value])
  const own = text.replace(/"(revision|requestCount|lastUsedAt|last_used_at)":("[^"]*"|\w+)/g, '"$1":0')
  return { status, headers: shown, text: own }
}

interface Place {
  userId: string
  workspaceIds: string[]
  keyIds: string[]
  secrets: string[]
}

/** A random act of the hidden tenant, with its own key, or of somebody of a higher role for it. */
function actOf(draw: Draw, { userId, workspaceIds, keyIds, secrets }: Place) {
  const n = draw(40)
  const keyId = keyIds[draw(keyIds.length)]
  const workspaceId = workspaceIds[draw(workspaceIds.length)]
  const name = `project ${n}`
  const labels = { env: ['prod', 'dev'][n % 2], team: `t${n % 3}` }
  const own = { ownerId: userId, name, labels, externalUserId: `customer-${n % 3}` }
  const acts: { method: string; path: string; body?: object; key?: keyof Cast }[] = [
    { method: 'POST', path: '/v2/keys', body: { ...own, limits: { daily: `${n}` } } },
    { method: 'POST', path: '/v2/keys', body: { ...own, workspaceId } },
    { method: 'PATCH', path: `/v2/keys/${keyId}`, body: { name, labels, disabled: n % 3 === 0 } },
    { method: 'POST', path: `/v2/keys/${keyId}/rotate`, body: { overlap: '1h' } },
    { method: 'DELETE', path: `/v2/keys/${keyIds.at(-1)}` },
    {
      method: 'POST',
      path: '/v2/users',
      body: { username: name, email: `p${n}@example.com`, displayName: name },
    },
    { method: 'PATCH', path: `/v2/users/${userId}`, body: { displayName: name, disabled: false } },
    { method: 'PATCH', path: `/v2/workspaces/${workspaceIds[n % 2]}`, body: { name } },
    {
      method: 'POST',
      path: '/v2/usage',
      body: { events: [{ id: `e${n % 3}`, keyId, amount: `${n}`, meta: { model: name } }] },
      key: 'service',
    },
    {
      method: 'POST',
      path: '/v2/reservations',
      body: { keyId, amount: '1', requestId: `r${n % 3}` },
      key: 'service',
    },
    { method: 'POST', path: '/v2/verify', body: { key: secrets[n % secrets.length] }, key: 'service' },
    { method: 'POST', path: '/v1/apikeys', body: { labels }, key: 'other' },
    { method: 'GET', path: '/v2/audit', key: 'other' },
  ]
  return acts[draw(acts.length)] ?? { method: 'GET', path: '/v2/audit' }
}

/** Texts by the name of the parameter or member that they fit. */
export type Texts = Record<string, readonly unknown[]>

/** A random request for an operation: mostly valid, with values of `texts` where they have the name. */
export function requestFor(
  draw: Draw,
  operation: DocumentedOperation,
  { texts, resolve }: { texts: Texts; resolve: (schema: Schema) => Schema },
): Omit<Sent, 'secret'> {
  const { method, parameters, body } = operation
  let path = operation.path
  const query = new URLSearchParams()
  const headers: Record<string, string> = {}
  for (const { name, in: place, required, schema } of parameters) {
    if (!required && draw(4) > 0) continue
    const value = String(anyOf(name, schema, 0))
    if (place === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value))
    else if (place === 'query') query.append(name, value)
    else headers[name] = value
  }
  const asked = query.size > 0 ? `${path}?${query}` : path
  return { method: method.toUpperCase(), path: asked, headers, ...(body && { body: anyOf('', body, 0) }) }

  function anyOf(name: string, schema: Schema, depth: number): unknown {
    const known = texts[name]
    if (known !== undefined) return known[draw(known.length)]
    const full = resolve(schema)
    const choices = (full.oneOf ?? full.anyOf) as Schema[] | undefined
    if (choices !== undefined) return anyOf(name, choices[draw(choices.length)] ?? {}, depth)
    const values = full.enum as unknown[] | undefined
    if (values !== undefined) return values[draw(values.length)]
    if (full.properties !== undefined && depth < 4) {
      const required = (full.required ?? []) as string[]
      const members = Object.entries(full.properties as Record<string, Schema>)
      const sent = members.filter(([member]) => required.includes(member) || draw(6) === 0)
      return Object.fromEntries(sent.map(([member, each]) => [member, anyOf(member, each, depth + 1)]))
    }
    if (full.type === 'array') return [anyOf(name, (full.items ?? {}) as Schema, depth + 1)]
    if (full.type === 'integer' || full.type === 'number') return 1 + draw(5)
    if (full.type === 'boolean') return draw(2) === 0
    return full.type === 'object' ? { env: 'prod' } : 'project'
  }
}
