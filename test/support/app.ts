import { type App, type AppParts, buildApp } from '../../src/app.ts'
import { systemRandom } from '../../src/core/ground/clock.ts'
import type { Log } from '../../src/log/log.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type TestClock, testClock } from './clock.ts'
import { testSettings } from './settings.ts'

/** An initialized application over an empty in-memory database, with a clock that only the test moves. */
export interface TestApp extends App {
  store: Store
  clock: TestClock
  /** The root key's text. */
  rootKey: string
  /** The faults that were reported as the server's own; a test that expects none asserts that. */
  errors: unknown[]
  /** Sends one request as `key` (null for none) and reads the answer. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
}

/** The parts of a test's request. */
export interface CallOptions {
  /** The credential, sent as a bearer token; the root key when absent, none when null. */
  key?: string | null
  body?: unknown
  headers?: Record<string, string>
  peerAddress?: string
  /** Whether the request names the length of its body, as HTTP clients do. The hot path takes no others. */
  declaresLength?: boolean
}

/** An answer, read to the end. */
export interface Answer {
  status: number
  headers: Headers
  text: string
  /** The parsed body; undefined when it is not JSON. Typed loosely because tests look into many shapes. */
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on the members that it names.
  json: any
  /** Whether the hot path has read the body, and not the plain one; absent for an answer over a socket. */
  isReadHot?: boolean
}

/** Builds a test application; `overrides` replace single parts. Close it at the end of the test. */
export async function testApp(
  overrides: Partial<AppParts> & { databaseUrl?: string; initialize?: boolean } = {},
): Promise<TestApp> {
  const { databaseUrl = 'sqlite::memory:', initialize = true, ...parts } = overrides
  const clock = testClock()
  const errors: unknown[] = []
  const log: Log = { request() {}, event() {}, warning() {}, error: (error) => errors.push(error) }
  const store = parts.store ?? (await openStore(databaseUrl))
  const app = buildApp({
    store,
    clock,
    random: systemRandom,
    settings: testSettings(),
    managementRate: { limit: 1_000_000, windowMs: 60_000 },
    dataRate: { limit: 1_000_000, windowMs: 60_000 },
    serviceRate: { limit: 1_000_000, windowMs: 60_000 },
    failedAuthRate: { limit: 1_000_000, windowMs: 60_000 },
    publicRate: { limit: 1_000_000, windowMs: 60_000 },
    publicRateTotal: { limit: 1_000_000, windowMs: 60_000 },
    dashboard: { idleMs: 30 * 60_000, lifeMs: 12 * 3_600_000 },
    trustedProxies: [],
    clientAddressHeader: 'x-forwarded-for',
    requestTimeoutMs: 5_000,
    eventRetentionMs: 90 * 86_400_000,
    auditRetentionMs: null,
    deniedRetentionMs: 90 * 86_400_000,
    log,
    requestLog: 'all',
    ...parts,
  })
  const first = initialize ? await app.latchkey.initialize() : null
  const rootKey = first?.secret.reveal() ?? ''
  return {
    ...app,
    store,
    clock,
    rootKey,
    errors,
    call: (method, path, options) => call(app, rootKey, method, path, options),
  }
}

async function call(
  app: App,
  rootKey: string,
  method: string,
  path: string,
  { key = rootKey, body, headers = {}, peerAddress = '127.0.0.1', declaresLength = false }: CallOptions = {},
): Promise<Answer> {
  const sent = new Headers(headers)
  if (key !== null && !sent.has('authorization')) sent.set('authorization', `Bearer ${key}`)
  const init: RequestInit = { method, headers: sent }
  if (body !== undefined) {
    if (!sent.has('content-type')) sent.set('content-type', 'application/json')
    init.body = typeof body === 'string' ? body : JSON.stringify(body)
    if (declaresLength) sent.set('content-length', `${Buffer.byteLength(init.body)}`)
  }
  const request = new Request(`http://127.0.0.1${path}`, init)
  const isReadHot = watchHotRead(request)
  const response = await app.fetch(request, { peerAddress })
  const text = await textOf(response)
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: parsed(text),
    isReadHot: isReadHot(),
  }
}

/** Tells afterwards whether the hot path has read the body of this request. The plain path calls the same method, from another file. */
export function watchHotRead(request: Request): () => boolean {
  let isReadHot = false
  const arrayBuffer = () => {
    isReadHot ||= new Error().stack?.includes('hot/small-bodies.ts') === true
    return Request.prototype.arrayBuffer.call(request)
  }
  Object.defineProperty(request, 'arrayBuffer', { value: arrayBuffer })
  return () => isReadHot
}

/** The text of an answer; of an endless stream of events, its beginning. */
export async function textOf(response: Response): Promise<string> {
  if (response.headers.get('content-type') !== 'text/event-stream') return response.text()
  const reader = response.body?.getReader()
  const first = await reader?.read()
  await reader?.cancel()
  return new TextDecoder().decode(first?.value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
