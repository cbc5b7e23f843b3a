import { connect } from 'node:net'
import { MAX } from '../../src/core/ground/bounds.ts'
import { systemRandom } from '../../src/core/ground/clock.ts'
import { mintSecret } from '../../src/core/ground/secret.ts'
import { largestBatches, largestKey, worstBodies } from '../support/worst-bodies.ts'

/** The credentials of the hostile tenant: of every kind that a tenant can have, each with a rate of its own. */
export interface HostileTenant {
  url: string
  port: number
  /** Managing keys of an ADMIN, of a USER, and keys of a SERVICE. */
  admin: string[]
  user: string[]
  service: string[]
  /** Keys of the USER: as large as keys may be, with their secrets, and plain ones. */
  largest: { id: string; secret: string }[]
  plain: { id: string; secret: string }[]
  userId: string
  adminId: string
  workspaceId: string
}

interface Kind {
  /** The number of concurrent calls. */
  workers: number
  /** A server refuses these before it has received them. */
  areRefused?: true
  /** Makes the n-th attempt, and returns its status. */
  attempt(tenant: HostileTenant, n: number): Promise<number>
}

const run = crypto.randomUUID().slice(0, 8)
const largeBodies = Object.values(worstBodies(MAX.smallBodyBytes))
const hugeBodies = Object.values(worstBodies(MAX.bodyBytes))
/** Reports that are sent again and again. */
let repeated: string[] | undefined

/** Where somebody without a usable key may send a body. */
const STRANGERS_CALLS: { path: string; key?: string }[] = [
  { path: '/v1/system/init' },
  { path: '/v2/keys' },
  { path: '/v2/verify', key: 'x'.repeat(49) },
  { path: '/nothing' },
  { path: '/dashboard/session' },
  { path: '/v2/authorize', key: 'y'.repeat(49) },
]

function pick<T>(items: readonly T[], n: number): T {
  const item = items[n % items.length]
  if (item === undefined) throw new Error('There is nothing to pick from.')
  return item
}

interface Sent {
  url: string
  key?: string
  body?: object | string
  method?: string
}

async function send({ url, key, body, method = body === undefined ? 'GET' : 'POST' }: Sent): Promise<number> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  await response.arrayBuffer()
  return response.status
}

/** Sends headers and a few bytes of a body, and disconnects in the middle of it. */
function halfBody(port: number, head: string, staysMs: number): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const timer = setTimeout(() => socket.resetAndDestroy(), staysMs)
    let answer = ''
    socket.write(`${head}Host: x\r\nContent-Type: application/json\r\n\r\n{"a":`)
    socket.on('data', (data) => {
      answer += data.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0))
    })
  })
}

const LONG_READS = [
  '/v2/usage?interval=month&groupBy=meta:user&from=2016-12-01T00:00:00Z',
  '/v2/usage?interval=hour&groupBy=key',
  '/v2/usage?interval=day&groupBy=label:tier',
  '/v2/keys?limit=100&search=s+r+o+l+0+1+2+3+4+5',
  '/v2/keys?limit=100&status=disabled&sort=spent',
  '/v2/keys?limit=100&expiresBefore=2099-01-01T00:00:00Z&sort=spent',
  '/v2/keys?limit=100&unusedSince=2099-01-01T00:00:00Z&label=tier:gold&label=a:b',
  '/v2/audit?limit=100&targetKind=key&outcome=denied',
  '/v1/apikeys?maxResults=1000',
  '/api/v1/activity',
]

const EXPRESSION = Array.from({ length: 20 }, (_, n) => `p${n}.x.y.z`).join(' or ')
/** A permission expression of as many names and operators as there may be. */
export const WIDE_EXPRESSION = `${EXPRESSION} or not (${Array.from({ length: 11 }, (_, n) => `q${n}`).join(' and ')})`

/** Every kind of trouble that one tenant may make, as fast as it can. */
export const HOSTILE_KINDS = {
  "strangers' bodies": {
    areRefused: true,
    workers: 400,
    attempt({ url }, n) {
      const { path, key } = pick(STRANGERS_CALLS, n)
      return send({ url: url + path, ...(key && { key }), body: pick(n % 2 ? hugeBodies : largeBodies, n) })
    },
  },
  'invented credentials': {
    workers: 64,
    attempt({ url }, n) {
      const key = mintSecret('lk', systemRandom).reveal()
      switch (n % 4) {
        case 0:
          return send({ url: `${url}/v2/verify`, key, body: { key } })
        case 1:
          return send({ url: `${url}/v1/apikeys`, key })
        default:
          return send({ url: `${url}/v2/authorize`, key })
      }
    },
  },
  'half-sent bodies': {
    workers: 400,
    attempt({ port, admin }, n) {
      const stranger = 'POST /v1/system/init HTTP/1.1\r\nContent-Length: 1000\r\n'
      const known = `POST /v2/keys HTTP/1.1\r\nAuthorization: Bearer ${pick(admin, n)}\r\nContent-Length: 100000\r\n`
      return halfBody(port, n % 3 === 0 ? stranger : known, 300)
    },
  },
  'largest bodies': {
    workers: 200,
    attempt: ({ url, service, admin }, n) =>
      n % 3 === 0
        ? send({ url: `${url}/v2/usage`, key: pick(service, n), body: pick(hugeBodies, n) })
        : send({ url: `${url}/v2/keys`, key: pick(admin, n), body: pick(largeBodies, n) }),
  },
  'largest batches': {
    workers: 12,
    attempt({ url, service, plain }, n) {
      const batches = largestBatches(plain.map(({ id }) => id))
      const body = n % 2 ? batches['a batch of names of its own'] : batches['the largest batch']
      return send({ url: `${url}/v2/usage`, key: pick(service, n), body: body ?? '' })
    },
  },
  'repeated batches': {
    workers: 12,
    attempt({ url, service, plain }, n) {
      repeated ??= Object.values(largestBatches(plain.map(({ id }) => id))).slice(0, 3)
      return send({ url: `${url}/v2/usage`, key: pick(service, n), body: pick(repeated, n) })
    },
  },
  charges: {
    workers: 64,
    attempt: ({ url, service, plain }, n) =>
      send({
        url: `${url}/v2/verify`,
        key: pick(service, n),
        body: { key: pick(plain, n).secret, charge: '0.000001', tags: [`user=${run}${n}`] },
      }),
  },
  holds: {
    workers: 48,
    attempt: ({ url, service, plain }, n) =>
      send({
        url: `${url}/v2/reservations`,
        key: pick(service, n),
        body: { keyId: pick(plain, n).id, amount: '0.000000001', ttlSeconds: 1 },
      }),
  },
  denials: {
    workers: 64,
    attempt({ url, plain, user, adminId }, n) {
      const key = pick(user, n)
      switch (n % 4) {
        case 0:
          return send({ url: `${url}/v2/verify`, key: pick(plain, n).secret, body: { key: 'x'.repeat(40) } })
        case 1:
          return send({ url: `${url}/v2/users/${adminId}`, key, method: 'DELETE' })
        case 2:
          return send({ url: `${url}/v2/keys/${crypto.randomUUID()}`, key })
        default:
          return send({ url: `${url}/v2/keys`, key: `${run}${n}`.padEnd(49, 'x') })
      }
    },
  },
  'long reads': {
    workers: 48,
    attempt: ({ url, admin, user }, n) =>
      send({ url: url + pick(LONG_READS, n), key: pick(n % 2 ? admin : user, n >> 1) }),
  },
  'largest keys': {
    workers: 24,
    attempt: ({ url, admin, service, largest }, n) =>
      n % 2
        ? send({ url: `${url}/v2/keys`, key: pick(admin, n), body: largestKey() })
        : send({
            url: `${url}/v2/verify`,
            key: pick(service, n),
            body: { key: pick(largest, n >> 1).secret },
          }),
  },
  rotations: {
    workers: 24,
    attempt: ({ url, admin, largest }, n) =>
      send({
        url: `${url}/v2/keys/${pick(largest, n).id}/rotate`,
        key: pick(admin, n),
        body: n % 3 === 0 ? {} : { overlap: '24h' },
      }),
  },
  'changes of users and workspaces': {
    workers: 24,
    attempt: ({ url, admin, userId, workspaceId }, n) =>
      send({
        url: n % 2 ? `${url}/v2/users/${userId}` : `${url}/v2/workspaces/${workspaceId}`,
        key: pick(admin, n),
        method: 'PATCH',
        body: n % 2 ? { displayName: `name ${n}` } : { description: `about ${n}` },
      }),
  },
  'permission checks': {
    workers: 32,
    attempt: ({ url, service, largest }, n) =>
      send({
        url: `${url}/v2/verify`,
        key: pick(service, n),
        body: { key: pick(largest, n).secret, permissions: WIDE_EXPRESSION },
      }),
  },
} as const satisfies Record<string, Kind>

/** One of these kinds. */
export type HostileKind = keyof typeof HOSTILE_KINDS

/** Whether a server receives the bodies of a kind. */
export function areReceived(kind: HostileKind): boolean {
  return (HOSTILE_KINDS[kind] as Kind).areRefused !== true
}
