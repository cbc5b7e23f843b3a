import type { AppParts } from '../../src/app.ts'
import type { Log } from '../../src/log/log.ts'
import { type TestApp, testApp, watchHotRead } from './app.ts'

/** A request that both applications get. */
export interface TwinRequest {
  method: string
  path: string
  headers: [string, string][]
  body?: string | Uint8Array
  peerAddress?: string
}

/** An answer, with placeholders for the parts that differ each time. */
export interface TwinAnswer {
  status: number
  headers: [string, string][]
  text: string
}

/** Two applications with the same records: one answers by the hot path, the other by the plain one. */
export interface Twins {
  hot: TestApp
  plain: TestApp
  /** Names of keys in every state, and of those that may be a caller's credential. */
  names: string[]
  callers: string[]
  /** The secret of a name; for another name, a text that is no secret. */
  secretOf(name: string): string
  ask(request: TwinRequest): Promise<[hot: TwinAnswer, plain: TwinAnswer]>
  /** Patches the key of a name in both applications. */
  change(name: string, patch: object): Promise<void>
  wait(ms: number): Promise<void>
  /** The log lines of requests, with placeholders for the parts that differ each time. */
  linesOf(app: TestApp): unknown[]
  /** The number of bodies that the hot path read. */
  bodiesReadHot(): number
  close(): Promise<void>
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Opens both. */
export async function openTwins(parts: Partial<AppParts>): Promise<Twins> {
  const lines = new Map<string, unknown[]>([
    ['hot', []],
    ['plain', []],
  ])
  const logOf = (name: string): Log => ({
    request: ({ seconds: _, requestId: _id, ...line }) => lines.get(name)?.push(line),
    event() {},
    warning() {},
    error() {},
  })
  const hot = await testApp({ ...parts, random: seeded(), log: logOf('hot') })
  const plain = await testApp({ ...parts, random: seeded(), log: logOf('plain') })
  const both = [hot, plain]
  const secrets = new Map<string, string>([
    ['root', hot.rootKey],
    ['unknown', `lk_${'0'.repeat(49)}`],
    ['short', 'x'],
  ])
  const ids = new Map<string, string>()
  let bodiesRead = 0

  async function onBoth(method: string, path: string, body: object) {
    const answers = await Promise.all(
      both.map((app) => app.call(method, path, { body, headers: { 'x-request-id': 'twin' } })),
    )
    const [one, other] = answers
    // Uses are written by a real timer.
    const without = ({ lastUsedAt: _, requestCount: _count, ...rest }: Record<string, unknown>) =>
      JSON.stringify(rest)
    if (without(one?.json.key ?? one?.json) !== without(other?.json.key ?? other?.json))
      throw new Error(`The twins differ: ${one?.text} ${other?.text}`)
    return one?.json
  }

  async function key(name: string, body: object) {
    const { key: made, secret } = await onBoth('POST', '/v2/keys', { name, ...body })
    secrets.set(name, secret)
    ids.set(name, made.id)
  }

  async function user(username: string, role: string): Promise<string> {
    const { id } = await onBoth('POST', '/v2/users', {
      username,
      email: `${username}@x.example`,
      displayName: username,
      role,
    })
    return id
  }

  const owner = await user('owner', 'USER')
  const service = await user('service', 'SERVICE')
  const gone = await user('gone', 'USER')
  await key('plain', { access: 'use' })
  await key('rich', {
    access: 'use',
    externalUserId: 'user "ж"',
    labels: { env: 'prod', team: 'a,b=c%' },
    permissions: ['documents.*', 'a.b'],
  })
  await key('limited', {
    access: 'use',
    limits: { daily: '0.2', total: '5' },
    permissions: ['documents.read'],
  })
  await key('rated', {
    access: 'use',
    rateLimits: [
      { name: 'requests', limit: 5, window: '1m' },
      { name: 'daily "ж"', limit: 50, window: '1d' },
    ],
  })
  await key('bound', { access: 'full', allowedIps: ['203.0.113.0/24'] })
  await key('early', { access: 'use', notBefore: '2030-01-01T00:00:00.000Z' })
  await key('late', { access: 'use', expiresAt: '2027-01-01T00:00:00.000Z' })
  await key('managing', { access: 'manage' })
  await key('of owner', { access: 'full', ownerId: owner, limits: { monthly: '1' } })
  await key('of service', { access: 'manage', ownerId: service })
  await key('of gone', { access: 'full', ownerId: gone })
  await key('revoked', { access: 'full' })
  await onBoth('PATCH', `/v2/users/${gone}`, { disabled: true })
  await onBoth('PATCH', `/v2/users/${owner}`, { limits: { weekly: '3' } })
  for (const app of both) await app.call('DELETE', `/v2/keys/${ids.get('revoked')}`)

  async function answer(fetch: TestApp['fetch'], sent: TwinRequest): Promise<TwinAnswer> {
    const { method, path, headers, body, peerAddress } = sent
    const request = new Request(`http://127.0.0.1${path}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
    })
    const isReadHot = watchHotRead(request)
    const response = await fetch(request, peerAddress === undefined ? {} : { peerAddress })
    const text = await response.text()
    if (isReadHot()) bodiesRead += 1
    // The id that was made for the request, and the id of a hold.
    const made = response.headers.get('x-request-id') ?? ''
    const masked = (value: string) => (UUID.test(made) ? value.replaceAll(made, '<request>') : value)
    const shown = masked(text).replace(/("reservation":\{"id":")[^"]*/, '$1<hold>')
    return {
      status: response.status,
      headers: [...response.headers].map(([name, value]) => [name, masked(value)]),
      text: shown,
    }
  }

  return {
    hot,
    plain,
    names: [...secrets.keys()],
    callers: [...Array<string>(12).fill('of service'), ...Array<string>(8).fill('root'), ...secrets.keys()],
    secretOf: (name) => secrets.get(name) ?? name,
    async ask(sent) {
      const [one, other] = await Promise.all([answer(hot.fetch, sent), answer(plain.fetchPlain, sent)])
      return [one, other]
    },
    async change(name, patch) {
      const id = ids.get(name)
      // Behind an existing caller, nearly all of them would be refused.
      if (id !== undefined && name !== 'of service') await onBoth('PATCH', `/v2/keys/${id}`, patch)
    },
    async wait(ms) {
      for (const app of both) app.clock.advance(ms)
      // Otherwise each would end its expired holds at another moment, by a timer of its own.
      for (const { latchkey } of both) await untilDone(() => latchkey.reservations.expireOverdue())
    },
    linesOf: (app) => lines.get(app === hot ? 'hot' : 'plain') ?? [],
    bodiesReadHot: () => bodiesRead,
    async close() {
      for (const app of both) await app.close()
    },
  }
}

async function untilDone(work: () => Promise<number>): Promise<void> {
  for (let n = 0; n < 100; n += 1) if ((await work()) === 0) return
}

/** Randomness that is the same for both, so that they make the same secrets. */
function seeded(): AppParts['random'] {
  let state = 1
  return (length) =>
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state >>> 24
    })
}
