import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import {
  type Ability,
  callerOf,
  type Principal,
  requireAbility,
  requireUnnarrowed,
} from '../../core/access/abilities.ts'
import { type Call, denialIn } from '../../core/access/audit.ts'
import { Failure, Fault } from '../../core/ground/faults.ts'
import { withoutSecrets } from '../../core/ground/secret.ts'
import type { Caller } from '../../core/ground/turns.ts'
import type { LatchkeyProcess } from '../../core/latchkey.ts'
import type { RateLimit } from '../../core/types.ts'
import type { ImmediateRateLimiter } from '../../core/verify/rates.ts'
import { type BrowserSessions, DASHBOARD_HEADER, fromOwnPage, WATCHING } from './browser-sessions.ts'
import { addressGroup } from './client-address.ts'
import { heldCredential, readCredential } from './credentials.ts'
import type { Env } from './env.ts'
import { type Callers, isRead, type Operation } from './operation.ts'
import type { AskedPart } from './places.ts'
import { type AnyFault, RequestFault } from './request-faults.ts'
import { requireStorable } from './request-target.ts'
import { declaredBytes, isMuchToCome } from './unread-body.ts'

/** A dialect's response to a fault. */
export interface FaultResponse {
  status: number
  body: unknown
  contentType: string
  headers?: Record<string, string>
}

/** A wire dialect: its base path, its operations, and the form of its errors. Dialects rename and reshape; they judge nothing. */
export interface Dialect {
  name: string
  /** Path prefix of all its operations, for example `/v1`. */
  base: string
  operations: readonly Operation[]
  /** A fault in the dialect's form. The body may repeat the request id; every answer has it in a header. */
  renderFault(fault: AnyFault, facts: { requestId: string; at: number; part: AskedPart }): FaultResponse
  /** True when a browser that has signed in needs no key in its calls. */
  takesSessions?: true
  /** Middleware of this dialect alone; it runs before everything else of the dialect. */
  middleware?: readonly MiddlewareHandler<Env>[]
}

/** The dependencies of mounting besides the domain. */
export interface Guards {
  latchkey: LatchkeyProcess
  /** Limits the calls per credential, by the plane and the caller's role, and the failed authentications per address. */
  rates: ImmediateRateLimiter
  managementRate: RateLimit
  /** Calls of the data plane by a USER; `serviceRate` is for every other role. */
  dataRate: RateLimit
  serviceRate: RateLimit
  failedAuthRate: RateLimit
  /** Calls without a credential: of one address, and of all addresses together. */
  publicRate: RateLimit
  publicRateTotal: RateLimit
  /** The sessions of browsers; absent without a dashboard. */
  sessions?: BrowserSessions
  /** The longest that reading one request may take, in milliseconds. */
  requestTimeoutMs: number
  /** Does the work of a caller, whose reads of the store take turns with those of others. */
  workingFor<T>(by: Caller, work: () => T): T
  /** Is called with every fault of the server itself. */
  reportError(error: unknown, requestId: string): void
}

/** Builds the application of one dialect: every operation behind its checks, every failure in the dialect's form. */
export function mountDialect(dialect: Dialect, guards: Guards): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>({ strict: false })
  const { sessions, ...others } = guards
  const own = dialect.takesSessions && sessions ? { ...others, sessions } : others
  for (const middleware of dialect.middleware ?? []) app.use('*', middleware)
  for (const operation of dialect.operations) {
    operation.mount(app, [guard(operation, own)], [judgedAgain(operation)])
  }
  app.onError((error, c) => answerError(error, c, { dialect, guards }))
  return app
}

/** Sends a fault in the dialect's form. */
export function sendFault(fault: AnyFault, c: Context<Env>, dialect: Dialect): Response {
  c.set('fault', fault.code)
  const part = c.get('body') === undefined ? 'query' : 'json'
  const facts = { requestId: c.get('requestId'), at: c.get('latchkey').clock.now(), part } as const
  const { status, body, contentType, headers } = dialect.renderFault(fault, facts)
  // A fault may quote the request, and a caller may have put a key into the wrong place of it.
  const text = withoutSecrets(JSON.stringify(body))
  return new Response(text, { status, headers: { 'content-type': contentType, ...headers } })
}

/**
 * Answers a request that no operation takes: an unknown address, or a known one with another method. OPTIONS of a known address lists
 * its methods; load balancers use it as a health check.
 */
export function answerUnrouted(c: Context<Env>, dialect: Dialect): Response {
  const { method, path } = c.req
  // Several operations may take one address: /users/me is also an address of /users/{ref}.
  const taken = addressesOf(dialect).flatMap(({ pattern, method: own }) => (pattern.test(path) ? [own] : []))
  const allow = [...new Set(taken)]
  if (allow.length === 0 || allow.includes(method))
    return sendFault(new RequestFault('route_not_found'), c, dialect)
  if (method !== 'OPTIONS') return sendFault(new RequestFault('method_not_allowed', { allow }), c, dialect)
  const methods = [...allow, ...(allow.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
  return new Response(null, { headers: { allow: methods.join(', ') } })
}

function guard(operation: Operation, guards: Guards): MiddlewareHandler<Env> {
  return async function guardOperation(c, next) {
    if (operation.probe === true) c.set('isProbe', true)
    requireStorable(c.req.url)
    c.set('refuseCredential', (error) => failedAuthentication(c.get('clientIp'), guards, error))
    if (operation.callers === 'verified') {
      await takeTurn(c, heldCredential(c.req.raw.headers, guards.latchkey.facts)?.digest() ?? null)
    } else if (operation.callers !== 'public') await admit(c, operation, guards)
    else if (operation.probe !== true) await admitStranger(c, operation, guards)
    try {
      if (hasCaller(operation)) await guards.workingFor(callerOf(c.get('call').principal), next)
      else await next()
    } finally {
      // Only a caller who was authenticated has a name for the audit log.
      const fault = hasCaller(operation) ? denialIn(c.error) : null
      if (fault !== null) noteDenied(c, { operation, guards, fault })
    }
  }
}

function hasCaller({ callers }: Operation): boolean {
  return callers !== 'public' && callers !== 'verified'
}

/**
 * Waits for the caller's turn at the event loop, puts the turns of its request on the context, and runs the checks that need no body. The
 * caller is null where no known credential names one, which makes it a stranger. A request whose large body has still to arrive
 * waits for the next pass of the loop at most: it is refused then, or its body is received and counted first.
 */
export async function takeTurn(
  c: Context<Env>,
  caller: string | null,
  judge: () => void = () => undefined,
): Promise<void> {
  const loop = c.get('loop')
  const clientIp = c.get('clientIp')
  const turns = caller === null ? loop.ofStranger(addressGroup(clientIp)) : loop.of(caller)
  c.set('turns', turns)
  await turns.enter({ isMuchToCome: () => isMuchToCome(c.req.raw.headers) })
  judge()
}

async function admitStranger(c: Context<Env>, operation: Operation, guards: Guards): Promise<void> {
  const { rates, publicRate, publicRateTotal } = guards
  const address = addressGroup(c.get('clientIp'))
  await takeTurn(c, null, () => {
    const decision = rates.take([
      { subject: address, rate: publicRate, cost: 1 },
      { subject: 'everybody', rate: publicRateTotal, cost: 1 },
    ])
    if (!decision.allowed)
      throw new Fault('rate_limited', { retryAfterMs: decision.retryAfterMs, limit: decision.bound.limit })
    requireBodyFits(c, operation)
  })
}

async function admit(c: Context<Env>, operation: Operation, guards: Guards): Promise<void> {
  const principal = await identify(c, operation, guards)
  const effect = { isMade: false }
  const call: Call = { principal, requestId: c.get('requestId'), ip: c.get('clientIp'), effect }
  const signIn = c.get('signIn')
  if (signIn !== undefined) call.signIn = signIn
  c.set('call', call)
  await takeTurn(c, principal.user.id, () => {
    takeCall(principal, operation, guards)
    try {
      requireCaller(operation, principal)
    } catch (error) {
      if (error instanceof Fault) noteDenied(c, { operation, guards, fault: error })
      throw error
    }
    requireBodyFits(c, operation)
  })
}

/** Refuses a body that is longer than the operation accepts, by its declared length. */
function requireBodyFits(c: Context<Env>, { bodyBytes }: Operation): void {
  if (bodyBytes !== null && (declaredBytes(c.req.raw.headers) ?? 0) > bodyBytes)
    throw new RequestFault('body_too_large')
}

/** Counts one call against the credential's rate, before any other work for it, also before a denial is noted. */
function takeCall({ keyId, user }: Principal, { dataPlane }: Operation, guards: Guards): void {
  const { rates, managementRate, dataRate, serviceRate } = guards
  const rate = dataPlane === true ? (user.role === 'USER' ? dataRate : serviceRate) : managementRate
  const decision = rates.take([{ subject: keyId, rate, cost: 1 }])
  if (decision.allowed) return
  throw new Fault('rate_limited', { retryAfterMs: decision.retryAfterMs, limit: rate.limit })
}

/**
 * Judges the caller again after the last byte: a body may take as long as a request may, and a right that was withdrawn in the
 * meantime must be gone. The check before the body only refuses early the callers that have no right at all.
 */
function judgedAgain(operation: Operation): MiddlewareHandler<Env> {
  return async function judgeAgain(c, next) {
    if (hasCaller(operation)) {
      c.set('judgeRead', () => judgeReader(c, operation))
      // Operations for the holder of a key check it when they read it.
      if (operation.callers !== 'holder') c.set('call', await presentCall(c, operation))
    }
    await next()
  }
}

/** The call with its caller in its present state. The session of a browser is looked for after a read, and not before it as well. */
async function presentCall(c: Context<Env>, operation: Operation): Promise<Call> {
  const { authority } = c.get('latchkey')
  const { signIn, ...others } = c.get('call')
  const withSession = (call: Call) => (signIn === undefined ? call : { ...call, signIn })
  const call = await authority.again(isRead(operation) ? others : withSession(others))
  requireCaller(operation, call.principal)
  return withSession(call)
}

/** Judges the caller by its state after a read. A call that has changed something was judged when it did. */
async function judgeReader(c: Context<Env>, { callers }: Operation): Promise<void> {
  const { authority } = c.get('latchkey')
  const call = c.get('call')
  if (call.effect?.isMade) return
  if (callers === 'holder') return void (await authority.recogniseAgain(call))
  const { principal } = await authority.again(call)
  if (isWithoutAbility(callers)) return
  requireAbility(principal, callers)
  requireUnnarrowed(call.principal, principal)
}

function requireCaller({ callers }: Operation, principal: Principal): void {
  if (!isWithoutAbility(callers)) requireAbility(principal, callers)
}

function isWithoutAbility(callers: Callers): callers is Exclude<Callers, Ability> {
  return callers === 'any_key' || callers === 'holder' || callers === 'public' || callers === 'verified'
}

/**
 * Finds the caller. Where memory does not hold its credential, a stranger's turn comes first: anybody can invent credentials, and each costs a
 * read of the store and a refusal. A caller that is refused otherwise takes such a turn before the refusal is written.
 */
async function identify(c: Context<Env>, { callers, isLook }: Operation, guards: Guards) {
  const { authenticate, recognise, authority, facts } = guards.latchkey
  const find = callers === 'holder' ? recognise : isLook ? authority.inspect : authenticate
  try {
    const credential = readCredential(c.req.raw.headers)
    if (credential === null) return await resumed(c, guards)
    if (!facts.holds(credential)) await admitUnknown(c, guards)
    return await find(credential, c.get('clientIp') ?? undefined)
  } catch (error) {
    if (c.get('turns') === undefined) await takeTurn(c, null)
    if (!(error instanceof Fault) || error.code !== 'credential_invalid') throw error
    throw failedAuthentication(c.get('clientIp'), guards, error)
  }
}

/** Takes a stranger's turn. */
async function admitUnknown(c: Context<Env>, guards: Guards): Promise<void> {
  await takeTurn(c, null)
  if (!mayAskStore(c.req.raw.headers, c.get('clientIp'), guards)) throw new Fault('credential_invalid')
}

/**
 * Whether the store may be read for a credential that memory does not hold. A request with a large body to come does not wait for its
 * turn, so that turns do not bound these reads. Beyond the rate of its address it is therefore refused without one.
 */
export function mayAskStore(
  headers: Headers,
  clientIp: string | null,
  { rates, failedAuthRate }: Pick<Guards, 'rates' | 'failedAuthRate'>,
): boolean {
  if (!isMuchToCome(headers)) return true
  const attempt = { subject: addressGroup(clientIp), rate: failedAuthRate, cost: 1 }
  return rates.peek([attempt])?.allowed !== false
}

/**
 * The session of the calling browser. A session ends with the key that opened it. Anybody can invent cookies as well, so they wait and are
 * read like credentials that memory does not hold.
 */
async function resumed(c: Context<Env>, guards: Guards) {
  const { latchkey, sessions } = guards
  const { headers } = c.req.raw
  const mayHaveOne = sessions !== undefined && fromOwnPage(headers)
  if (mayHaveOne) await admitUnknown(c, guards)
  const session = mayHaveOne ? await sessions.find(headers) : null
  if (session === null && mayHaveOne && isMuchToCome(headers)) throw new Fault('credential_invalid')
  if (session === null) throw new RequestFault('credential_missing')
  const looking = watching(headers)
  const requireLive = async () => {
    if ((await sessions?.find(looking)) === null) throw new RequestFault('credential_missing')
  }
  c.set('signIn', { session: session.digest, requireLive })
  try {
    return await latchkey.authority.resume(session.credential, c.get('clientIp') ?? undefined)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'credential_invalid') throw error
    await session.end()
    throw new RequestFault('credential_missing')
  }
}

/** Asks for the session once more within a call, which is no further act of the person. */
function watching(headers: Headers): Headers {
  const asked = new Headers(headers)
  asked.set(DASHBOARD_HEADER, WATCHING)
  return asked
}

/**
 * Counts a failed authentication of the client's address, and returns the fault to throw. Valid credentials are neither counted nor
 * refused, so nobody can lock out a neighbour's valid key.
 */
export function failedAuthentication(
  clientIp: string | null,
  { rates, failedAuthRate }: Pick<Guards, 'rates' | 'failedAuthRate'>,
  error: AnyFault = new Fault('credential_invalid'),
): AnyFault {
  const subject = addressGroup(clientIp)
  const decision = rates.take([{ subject, rate: failedAuthRate, cost: 1 }])
  if (decision.allowed) return error
  const { retryAfterMs } = decision
  return new RequestFault('authentication_rate_limited', { retryAfterMs, limit: failedAuthRate.limit })
}

const ID_LIKE = /^[0-9a-f-]{32,64}$/i

function noteDenied(
  c: Context<Env>,
  { operation, guards, fault }: { operation: Operation; guards: Guards; fault: Fault },
): void {
  const { id, hash, ref } = c.req.param() as Record<string, string | undefined>
  const named = id ?? hash ?? ref ?? null
  // The parameter is not validated and may be a secret, so it is recorded only if it looks like an id.
  const target = { kind: operation.target, id: named !== null && ID_LIKE.test(named) ? named : null }
  guards.latchkey.audit.noteDenied(c.get('call'), { action: operation.action, target, fault })
}

function answerError(
  error: unknown,
  c: Context<Env>,
  { dialect, guards }: { dialect: Dialect; guards: Guards },
): Response {
  // The answer never shows an unexpected error.
  const fault: AnyFault = error instanceof Failure ? error : new Fault('internal', {}, { cause: error })
  if (fault.code === 'internal' || fault.code === 'store_unavailable')
    guards.reportError(error, c.get('requestId'))
  return sendFault(fault, c, dialect)
}

/** An address of a dialect, and a method that it takes. */
interface Address {
  pattern: RegExp
  method: string
}

const addresses = new WeakMap<Dialect, readonly Address[]>()

/** The addresses of a dialect. Strangers can ask for unknown ones without end, so the patterns are compiled once. */
function addressesOf(dialect: Dialect): readonly Address[] {
  const known = addresses.get(dialect)
  if (known !== undefined) return known
  const all = dialect.operations.map(({ path, method }) => ({
    pattern: pathPattern(dialect.base + path),
    method: method.toUpperCase(),
  }))
  addresses.set(dialect, all)
  return all
}

function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}/?$`)
}
