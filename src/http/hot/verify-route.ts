import { callerOf, type Principal, reachOf, requireAbility } from '../../core/access/abilities.ts'
import { type Call, denialIn } from '../../core/access/audit.ts'
import { Failure, Fault } from '../../core/ground/faults.ts'
import { digestOf } from '../../core/ground/secret.ts'
import type { Digest, KeyId } from '../../core/types.ts'
import type { RateDemand } from '../../core/verify/rates.ts'
import { hasTaken, type Verdict, type VerifyRequest } from '../../core/verify/verify.ts'
import { type AnyFault, RequestFault } from '../kernel/request-faults.ts'
import { holdsNul } from '../kernel/request-target.ts'
import { faultAnswer, jsonAnswer } from './answers.ts'
import { plainCredential } from './caller.ts'
import type { HotParts, HotRoute } from './hot-parts.ts'
import { faultFrom, HotRequest } from './hot-request.ts'
import { readVerify, SMALL_BYTES, textOf } from './read-verify.ts'
import { createRecent } from './recent.ts'
import { createSmallBodies } from './small-bodies.ts'
import { createVerdictWriter } from './write-verdict.ts'

const ROUTE = '/v2/verify'

/**
 * `POST /v2/verify`, for a caller whom memory knows and a small body of the usual form; the plain path is
 * `http/native/verify/verify-key.ts`. Nothing is taken or noted before both are certain, so the plain path can begin from the start.
 */
export function verifyRoute(parts: HotParts): HotRoute {
  const { latchkey, loop, rates, serviceRate, news } = parts
  const { authority, lastUsed, clock } = latchkey
  const bodies = createSmallBodies(parts.requestTimeoutMs)
  const write = createVerdictWriter()
  const units = createRecent<KeyId, RateDemand>(CALLERS_KEPT)
  const passed = news.countOf({ method: 'POST', route: ROUTE, status: 200 })

  return function verify(request, peer) {
    const hot = new HotRequest(request, { route: ROUTE, peer, parts })
    const { headers } = request
    const credential = isSmallJson(headers) && !holdsNul(request.url) ? plainCredential(headers) : null
    if (credential === null) return hot.plain()
    const digest = digestOf(credential)
    const atDoor = authority.remembered(digest, hot)
    if (atDoor === null || !mayVerifyAny(atDoor)) return hot.plain()
    const turn = loop.enter(atDoor.user.id)
    if (turn === undefined) return receive(hot, atDoor.keyId, digest)
    return turn.then(() => receive(hot, atDoor.keyId, digest))
  }

  function receive(hot: HotRequest, keyId: KeyId, digest: Digest): Response | Promise<Response> {
    hot.keyId = keyId
    const receiving = bodies.receive<Response>(hot.request, keyId, {
      whole: (bytes) => received(hot, digest, bytes),
      late: () => undelivered(hot, keyId, new RequestFault('request_timeout')),
      broken: (error) => undelivered(hot, keyId, new RequestFault('body_incomplete', {}, { cause: error })),
    })
    return receiving ?? hot.plain()
  }

  function received(hot: HotRequest, digest: Digest, bytes: Uint8Array): Response | Promise<Response> {
    const text = textOf(bytes)
    // A right that the caller lost while its body arrived counts.
    const caller = authority.remembered(digest, hot)
    if (text === null || caller === null || !mayVerifyAny(caller)) return hot.plain(bytes)
    const asked = readVerify(text, callerOf(caller))
    if (asked === null || !rates.takeUnit(unitOf(caller.keyId))) return hot.plain(bytes)
    lastUsed.note(caller.keyId, clock.now())
    return answer(hot, caller, asked)
  }

  /** The demand for one call of a caller. Few callers call, again and again, so it is kept. */
  function unitOf(keyId: KeyId): RateDemand {
    return units.get(keyId) ?? units.set(keyId, { subject: keyId, rate: serviceRate, cost: 1 })
  }

  /** The plain path takes a call from the rate before it reads the body. So a body that never arrives costs a call here, too. */
  function undelivered(hot: HotRequest, keyId: KeyId, fault: RequestFault): Response {
    rates.takeUnit(unitOf(keyId))
    lastUsed.note(keyId, clock.now())
    return refuse(hot, fault)
  }

  function answer(hot: HotRequest, principal: Principal, asked: VerifyRequest): Response | Promise<Response> {
    try {
      if (asked.take !== undefined) {
        const call = callOf(hot, principal)
        asked.judge = () => authority.check(call, requireCharging)
      }
      const deciding = latchkey.verify(asked)
      if (!(deciding instanceof Promise)) return conclude(hot, deciding, asked)
      return concludeLater(hot, deciding, { principal, asked }).catch((error) =>
        failed(hot, principal, error),
      )
    } catch (error) {
      return failed(hot, principal, error)
    }
  }

  /** Concludes a verify that has waited. Unless it has taken money, its caller is judged again, as for every read. */
  async function concludeLater(
    hot: HotRequest,
    deciding: Promise<Verdict>,
    { principal, asked }: { principal: Principal; asked: VerifyRequest },
  ): Promise<Response> {
    // The address may no longer be available after the wait.
    const call = callOf(hot, principal)
    const judge = () => authority.check(call, requireVerifyingAny)
    const verdict = await deciding.catch(async (error) => {
      // Any other error tells nothing, and has to be reported.
      if (error instanceof Failure) await judge()
      throw error
    })
    if (!hasTaken(verdict, asked)) await judge()
    return conclude(hot, verdict, asked)
  }

  function conclude(hot: HotRequest, verdict: Verdict, { take }: VerifyRequest): Response {
    hot.verdict = verdict
    return hot.passed(jsonAnswer(write(verdict, take), hot.requestId), passed)
  }

  function failed(hot: HotRequest, principal: Principal, error: unknown): Response {
    const fault = faultFrom(error, parts, hot.requestId)
    const denial = denialIn(fault)
    if (denial !== null) noteDenied(hot, principal, denial)
    return refuse(hot, fault)
  }

  function noteDenied(hot: HotRequest, principal: Principal, fault: Fault): void {
    const call = callOf(hot, principal)
    latchkey.audit.noteDenied(call, { action: 'key.verify', target: { kind: 'key', id: null }, fault })
  }

  function refuse(hot: HotRequest, fault: AnyFault): Response {
    return hot.refused(faultAnswer(fault, hot.requestId), fault)
  }
}

const CALLERS_KEPT = { count: 1_000, chars: 0, charsOf: () => 0 }

/** A caller that reaches only its own keys needs further checks, which the plain path makes. */
function mayVerifyAny(principal: Principal): boolean {
  return reachOf(principal, 'VERIFY_APIKEY') === 'ANY' && reachOf(principal, 'REPORT_USAGE') !== null
}

function callOf(hot: HotRequest, principal: Principal): Call {
  return { principal, requestId: hot.requestId, ip: hot.clientIp() }
}

function requireVerifyingAny(principal: Principal): void {
  if (requireAbility(principal, 'VERIFY_APIKEY') !== 'ANY') throw new Fault('permission_denied')
}

function requireCharging(principal: Principal): void {
  requireAbility(principal, 'VERIFY_APIKEY')
  requireAbility(principal, 'REPORT_USAGE')
}

const LENGTH = /^[1-9]\d{0,3}$/
const PLAIN_JSON = 'application/json'

function isSmallJson(headers: Headers): boolean {
  const length = headers.get('content-length')
  return (
    length !== null &&
    LENGTH.test(length) &&
    Number(length) <= SMALL_BYTES &&
    headers.get('content-type') === PLAIN_JSON &&
    headers.get('content-encoding') === null
  )
}
