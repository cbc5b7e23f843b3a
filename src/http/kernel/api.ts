import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import { MAX } from '../../core/ground/bounds.ts'
import { Failure, Fault } from '../../core/ground/faults.ts'
import type { NewId } from '../../core/ground/ids.ts'
import { withoutSecrets } from '../../core/ground/secret.ts'
import type { Verdict } from '../../core/verify/verify.ts'
import { type AnswerBudget, createAnswerBudget } from './answer-budget.ts'
import { keepToBasePath } from './base-path.ts'
import { createBodyBudget } from './body-budget.ts'
import { clientAddress, type Forwarding } from './client-address.ts'
import { answerUnrouted, type Dialect, type Guards, mountDialect, sendFault, takeTurn } from './dialect.ts'
import type { Env } from './env.ts'
import { holdWhileRead } from './large-answers.ts'
import type { LateRefusals } from './late-refusals.ts'
import type { PressingSenders } from './pressing-senders.ts'
import type { AnyFaultCode } from './request-faults.ts'
import type { LoopTurns } from './turns.ts'
import { createUnpacking } from './unpacking.ts'
import { isMuchToCome, leavesBodyComing } from './unread-body.ts'

/** A report on a finished request. Logs and metrics get these facts and no others. */
export interface RequestReport {
  requestId: string
  method: string
  /** The route's pattern, never the address itself, which a client can fill with anything. */
  route: string
  status: number
  seconds: number
  clientIp: string | null
  /** The key of the credential; for an operation that judges another key, that key. */
  keyId: string | null
  /** The verdict on the verified key; null for a request about no key. */
  verdict: Verdict['code'] | null
  /** The verified key; null when the request verified none, or an unknown one. */
  verifiedKeyId: string | null
  /** The code of the refusal; null for a request that was not refused. */
  fault: AnyFaultCode | null
  /** The trace that the request belongs to, as its header `traceparent` says (W3C Trace Context). */
  traceparent: string | null
  /** True for requests that monitoring sends all the time. */
  isProbe: boolean
}

/** The dependencies of the application besides its dialects. */
export interface ApiParts extends Guards {
  /** The first dialect answers requests to addresses that belong to none. */
  dialects: readonly [Dialect, ...Dialect[]]
  /** The path below which clients find the server; see `base-path.ts`. */
  basePath: string
  /** Which proxies are trusted to name the client's address. */
  forwarding: Forwarding
  /** How the event loop is shared among callers. */
  loop: LoopTurns
  /** The waiting place of refusals that leave a large body unread. */
  lateRefusals: LateRefusals
  /** The senders whose large bodies are refused again and again. */
  pressing: PressingSenders
  /** Is called with every finished request. */
  report(request: RequestReport): void
}

const SANE_REQUEST_ID = /^[A-Za-z0-9._:-]+$/

/**
 * Builds the HTTP application: every dialect under its base, a request id and headers on every answer, and one place that answers
 * unknown addresses.
 */
export function createApi(parts: ApiParts): OpenAPIHono<Env> {
  const api = new OpenAPIHono<Env>({ strict: false })
  api.use('*', observed(parts))
  for (const dialect of parts.dialects) api.route(dialect.base, mountDialect(dialect, parts))
  api.notFound(async (c) => {
    await takeTurn(c, null)
    return answerUnrouted(c, dialectAt(parts.dialects, c.req.path))
  })
  api.onError((error, c) => {
    const fault = error instanceof Failure ? error : new Fault('internal', {}, { cause: error })
    if (fault.code === 'internal') parts.reportError(error, c.get('requestId'))
    return sendFault(fault, c, dialectAt(parts.dialects, c.req.path))
  })
  return api
}

/** Counts a refusal of a large body for its sender, and waits where the body is left unread. */
async function refusalInTime(
  c: Context<Env>,
  { pressing, lateRefusals }: ApiParts,
  endsConnection: boolean,
): Promise<void> {
  const { status } = c.res
  const { headers } = c.req.raw
  if (status < 400 || !(endsConnection || isMuchToCome(headers))) return
  const sender = pressing.senderOf(headers, { clientIp: () => c.get('clientIp') })
  // A fault of the server is not the sender's.
  if (status < 500) pressing.noteRefused(headers, sender)
  // Until a refusal closes its connection, the server goes on with the chunks.
  if (endsConnection && c.get('bodyArrival') !== 'in_tiny_chunks')
    await lateRefusals.wait(c.req.raw, sender.id)
}

/** The dialect that answers this address; its errors have that dialect's form. */
export function dialectAt(dialects: ApiParts['dialects'], path: string): Dialect {
  return (
    dialects.find(({ base }) => base !== '/' && (path === base || path.startsWith(`${base}/`))) ?? dialects[0]
  )
}

function observed(parts: ApiParts): MiddlewareHandler<Env> {
  const receiving = {
    budget: createBodyBudget(parts.rates),
    unpacking: createUnpacking(),
    timeoutMs: parts.requestTimeoutMs,
  }
  const answers = createAnswerBudget()
  return async function observeRequest(c, next) {
    const startedAt = performance.now()
    const requestId = requestIdOf(c.req.raw.headers, parts.latchkey.newId)
    const traceparent = traceparentOf(c.req.raw.headers)
    c.set('latchkey', parts.latchkey)
    c.set('requestId', requestId)
    c.set('loop', parts.loop)
    c.set('receiving', receiving)
    c.set('reportError', (error) => parts.reportError(error, requestId))
    c.set('clientIp', clientAddress(c.env?.peerAddress, c.req.raw.headers, parts.forwarding))
    await next()
    await answerHeld(c, parts.dialects, answers)
    c.res.headers.set('x-request-id', requestId)
    if (traceparent !== null) c.res.headers.set('traceparent', traceparent)
    keepToBasePath(c, parts.basePath)
    c.res.headers.set('x-content-type-options', 'nosniff')
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store')
    const endsConnection = leavesBodyComing(c.req.raw.headers, c.get('bodyArrival'))
    if (endsConnection) c.res.headers.set('connection', 'close')
    const seconds = (performance.now() - startedAt) / 1_000
    parts.report(reportOf(c, { requestId, traceparent, seconds }))
    await refusalInTime(c, parts, endsConnection)
  }
}

/** Counts a large answer while it is read, or refuses it. */
async function answerHeld(
  c: Context<Env>,
  dialects: ApiParts['dialects'],
  answers: AnswerBudget,
): Promise<void> {
  try {
    await holdWhileRead(c, answers)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    c.res = undefined
    c.res = sendFault(error, c, dialectAt(dialects, c.req.path))
  }
}

function reportOf(
  c: Context<Env>,
  { requestId, traceparent, seconds }: Pick<RequestReport, 'requestId' | 'traceparent' | 'seconds'>,
): RequestReport {
  const judged = c.get('judged')
  const verifiedKeyId = judged?.keyId ?? null
  const keyId = c.get('call')?.principal.keyId ?? verifiedKeyId
  // A pattern that ends in a star belongs to middleware, so no operation took the request.
  const pattern = routePath(c, -1)
  const route = pattern.endsWith('*') ? 'unmatched' : asDocumented(pattern)
  return {
    requestId,
    method: c.req.method,
    route,
    status: c.res.status,
    seconds,
    clientIp: c.get('clientIp'),
    keyId,
    verdict: judged?.code ?? null,
    verifiedKeyId,
    fault: c.get('fault') ?? null,
    traceparent,
    isProbe: c.get('isProbe') ?? false,
  }
}

/** A route's pattern as the OpenAPI document has it: `/v2/keys/{ref}`. */
function asDocumented(pattern: string): string {
  return pattern.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}')
}

// Version, trace, span and flags (W3C Trace Context, 3.2); a trace or span of zeros is none.
const TRACEPARENT = /^([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/
const TRACEPARENT_CHARS = 55

/**
 * The caller's `traceparent`, if it has the form of W3C Trace Context. Answers and the log repeat it, and no other text of that header: the
 * server makes no spans of its own, so that whatever comes after it continues the caller's.
 */
export function traceparentOf(headers: Headers): string | null {
  const given = headers.get('traceparent')
  if (given === null) return null
  const [, version, more] = TRACEPARENT.exec(given) ?? []
  // Later versions of the standard may add fields after the flags. Version ff is forbidden.
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null
  return given.slice(0, TRACEPARENT_CHARS)
}

/** The id of a request: the one that the caller sent, if it is short and plain, else a new one. */
export function requestIdOf(headers: Headers, newId: NewId): string {
  const given = headers.get('x-request-id')
  return given !== null && isSane(given) ? given : newId<string>()
}

function isSane(requestId: string): boolean {
  if (requestId.length > MAX.requestIdChars) return false
  return SANE_REQUEST_ID.test(requestId) && withoutSecrets(requestId) === requestId
}
