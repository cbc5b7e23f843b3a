import { join } from 'node:path'
import { fillKeys } from '../../test/scale/fill-keys.ts'
import type { Target } from './pairs.ts'
import { ROOT, type ServerOn, startOn } from './server-process.ts'

/** A Latchkey server with keys to verify. */
export interface Product {
  /** The requests, by name. */
  targets: Record<'livez' | 'authorize' | 'verify' | 'charge', Target>
  /** From the start of the process to its first verify, in milliseconds. */
  startMs: number
  stop(): Promise<void>
}

/** The number of keys that the callers use in turn. */
const KEYS_ASKED = 1_000
const CREATORS = 16

/** Each has a permission, a rate limit and budgets, so that every request is the full decision. */
const KEY = {
  access: 'use',
  name: 'bench',
  permissions: ['documents.*'],
  rateLimits: [{ name: 'requests', limit: 1_000_000_000, window: '1m' }],
  limits: { daily: '100000000', total: '1000000000' },
}

/** Starts the server of a checkout on a database in this folder, with this many further keys that are not used. */
export async function startProduct(
  folder: string,
  { checkout, keys }: { checkout: string; keys: number },
): Promise<Product> {
  const path = join(folder, 'bench.db')
  const first = await startOn(checkout, path)
  const secrets = await makeKeys(first.url)
  const service = await makeService(first.url)
  await first.stop()
  if (keys > 0) fillKeys(path, { keys, at: Date.now() })
  const server = await startOn(checkout, path)
  const startMs = await firstVerify(server, service, secrets[0] ?? '')
  for (const key of secrets) await call(server.url, '/v2/verify', { key }, service)
  const port = Number(new URL(server.url).port)
  const target = (name: string, requests: string[]): Target => ({
    name,
    pid: server.pid,
    load: { port, requests },
  })
  const verify = (more: object) =>
    secrets.map((key) =>
      post('/v2/verify', service, JSON.stringify({ key, permissions: 'documents.read', ...more })),
    )
  return {
    startMs,
    targets: {
      livez: target('/livez', [get('/livez')]),
      authorize: target(
        '/v2/authorize',
        secrets.map((key) => get('/v2/authorize?permission=documents.read', key)),
      ),
      verify: target('/v2/verify', verify({})),
      charge: target('/v2/verify with a charge', verify({ charge: '0.000001' })),
    },
    stop: server.stop,
  }
}

/** The bytes of a request, as a client library or a gateway sends it. */
export function get(path: string, credential = 'nobody'): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${credential}\r\n\r\n`
}

/** The same with a JSON body. */
export function post(path: string, credential: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${credential}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** The members that this file reads from responses. */
interface Answer {
  id: string
  secret: string
  valid: boolean
}

async function call(url: string, path: string, body: object, credential = ROOT) {
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' }
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const json = (await answer.json()) as Answer
  if (!answer.ok) throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(json)}`)
  return json
}

async function makeKeys(url: string): Promise<string[]> {
  const secrets: string[] = []
  const create = async () => {
    while (secrets.length < KEYS_ASKED) secrets.push((await call(url, '/v2/keys', KEY)).secret)
  }
  await Promise.all(Array.from({ length: CREATORS }, create))
  return secrets
}

/** Creates the credential of a protected service. */
async function makeService(url: string): Promise<string> {
  const person = {
    username: 'service',
    email: 'service@example.com',
    displayName: 'Service',
    role: 'SERVICE',
  }
  const { id } = await call(url, '/v2/users', person)
  return (await call(url, '/v2/keys', { ownerId: id, access: 'manage' })).secret
}

async function firstVerify({ url, startedAt }: ServerOn, service: string, key: string): Promise<number> {
  const { valid } = await call(url, '/v2/verify', { key, permissions: 'documents.read' }, service)
  if (valid !== true) throw new Error('The first verify did not pass.')
  return performance.now() - startedAt
}
