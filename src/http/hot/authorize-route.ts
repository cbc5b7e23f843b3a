import type { Secret } from '../../core/ground/secret.ts'
import type { Key } from '../../core/types.ts'
import type { Verdict } from '../../core/verify/verify.ts'
import { addressGroup } from '../kernel/client-address.ts'
import { heldCredential } from '../kernel/credentials.ts'
import { type FaultResponse, failedAuthentication, mayAskStore } from '../kernel/dialect.ts'
import { renderProblem } from '../kernel/problem.ts'
import { COMMON_HEADERS, problemAnswer } from '../kernel/problem-answer.ts'
import type { AnyFault } from '../kernel/request-faults.ts'
import { requireStorable } from '../kernel/request-target.ts'
import { isMuchToCome, letGoOfBody } from '../kernel/unread-body.ts'
import { isForNginx } from '../native/verify/gateway-request.ts'
import {
  clientCredential,
  faultOf,
  type RefuseCredential,
  renderNoBudget,
} from '../native/verify/gateway-verdict.ts'
import { identityOf, NOBODY } from '../native/verify/identity-headers.ts'
import { plainCredential } from './caller.ts'
import { createGatewayDemands, type GatewayDemand } from './gateway-demands.ts'
import type { AnswerCount, HotParts, HotRoute } from './hot-parts.ts'
import { faultFrom, HotRequest } from './hot-request.ts'
import { createRecent } from './recent.ts'

/** How many keys have their identity headers kept, and of which length at most; the length is up to those who make keys. */
const KEPT = { count: 10_000, chars: 2_048, charsOf }

/** The route in the counts: of the address itself, and of the addresses below it. */
export type AuthorizePattern = '/v2/authorize' | '/v2/authorize/{path}'

/** `ANY /v2/authorize` and below, with and without success; the plain path is `http/native/verify/authorize.ts`. */
export function authorizeRoute(parts: HotParts, route: AuthorizePattern): HotRoute {
  const { latchkey, loop, lateRefusals, rules, news } = parts
  const { facts } = latchkey
  const demands = createGatewayDemands(rules)
  const identities = createRecent<Key, Headers>(KEPT)
  const passedGet = news.countOf({ method: 'GET', route, status: 200 })

  function judge(hot: HotRequest, { known, plain, isHeld }: Asked): Response | Promise<Response> {
    const { request } = hot
    const asNginx = known?.asNginx ?? isForNginx(request, rules())
    const refuse = () => failedAuthentication(hot.clientIp(), parts)
    try {
      // Not on the plain path: below this address the client's path may lead to any other operation there, and to its success.
      if (known === undefined) requireStorable(request.url)
      const secret = plain ?? clientCredential(request.headers, refuse)
      if (!isHeld && !mayAskStore(request.headers, hot.clientIp(), parts)) throw refuse()
      const { permissions, rateCosts, take } = (known ?? demands.read(request)).asked
      const deciding = latchkey.verify({ secret, permissions, rateCosts, take, ip: hot })
      if (!(deciding instanceof Promise)) return conclude(hot, deciding, { asNginx, refuse })
      hot.clientIp()
      return deciding.then(
        (verdict) => conclude(hot, verdict, { asNginx, refuse }),
        (error) => failed(hot, error, asNginx),
      )
    } catch (error) {
      return failed(hot, error, asNginx)
    }
  }

  function conclude(
    hot: HotRequest,
    verdict: Verdict,
    { asNginx, refuse }: Conclusion,
  ): Response | Promise<Response> {
    hot.verdict = verdict
    if (verdict.code !== 'NOT_FOUND') hot.keyId = verdict.key.id
    if (verdict.valid) {
      if (hot.isMuchToCome()) letGoOfBody(hot.request)
      return hot.passed(identified(hot, verdict.key, asNginx), countOf(hot.request))
    }
    if (verdict.code !== 'BUDGET_EXCEEDED') return refused(hot, faultOf(verdict, refuse), asNginx)
    return inTime(hot, hot.refused(answer(hot, renderNoBudget(verdict, hot.requestId), asNginx), null))
  }

  function identified(hot: HotRequest, key: Key, asNginx: boolean): Response {
    const headers =
      identities.get(key) ?? identities.set(key, new Headers({ ...COMMON_HEADERS, ...identityOf(key) }))
    headers.set('x-request-id', hot.requestId)
    // The response copies these headers.
    const response = new Response(null, { headers })
    if (asNginx) response.headers.set('x-auth-status', '200')
    return response
  }

  function countOf({ method }: Request): AnswerCount {
    return method === 'GET' ? passedGet : news.countOf({ method, route, status: 200 })
  }

  function failed(hot: HotRequest, error: unknown, asNginx: boolean): Response | Promise<Response> {
    return refused(hot, faultFrom(error, parts, hot.requestId), asNginx)
  }

  function refused(hot: HotRequest, fault: AnyFault, asNginx: boolean): Response | Promise<Response> {
    const problem = renderProblem(fault, { requestId: hot.requestId, part: 'query' })
    return inTime(hot, hot.refused(answer(hot, problem, asNginx), fault))
  }

  /** A refusal, when it may be sent. */
  function inTime(hot: HotRequest, refusal: Response): Response | Promise<Response> {
    if (!hot.isMuchToCome()) return refusal
    return lateRefusals.wait(hot.request, hot.verifiedKeyId)?.then(() => refusal) ?? refusal
  }

  /**
   * A key that memory holds has turns of its own; anybody can invent others, which share those of strangers. No body is read here, so
   * a request with a large one does not wait for long.
   */
  function begin(hot: HotRequest, held: Secret | null): Promise<void> | undefined {
    if (held !== null) return loop.enter(held.digest(), hot)
    return loop.enterStranger(addressGroup(hot.clientIp()), hot)
  }

  return (request, peer) => {
    const hot = new HotRequest(request, { route, peer, parts })
    const { headers } = request
    const known = demands.recall(request)
    const plain = plainCredential(headers)
    const secret = plain ?? heldCredential(headers, facts)
    const isHeld = secret !== null && facts.holds(secret)
    const turn = begin(hot, isHeld ? secret : null)
    if (turn === undefined) return judge(hot, { known, plain, isHeld })
    // The verdict is noted together with the client's address, and after a wait the connection that knows the address may be gone.
    hot.clientIp()
    return turn.then(() => judge(hot, { known: demands.recall(request), plain, isHeld }))
  }
}

/** What is known of a request before its turn. */
interface Asked {
  /** Its demand, where the same one was read before. */
  known: GatewayDemand | undefined
  /** Its credential, where it has one in the usual form. */
  plain: Secret | null
  /** Whether memory holds the facts of its key. */
  isHeld: boolean
}

function charsOf(_key: Key, headers: Headers): number {
  let chars = 0
  for (const [name, value] of headers) chars += name.length + value.length
  return chars
}

interface Conclusion {
  asNginx: boolean
  refuse: RefuseCredential
}

/** A refusal for a gateway: identity headers without values, and for nginx a status that nginx can pass on. */
function answer({ request, requestId }: HotRequest, problem: FaultResponse, asNginx: boolean): Response {
  const { status } = problem
  const passable = asNginx && (status === 402 || status === 429) ? 403 : status
  const more: Record<string, string> = { ...NOBODY }
  if (asNginx) more['x-auth-status'] = status.toString()
  if (isMuchToCome(request.headers)) more.connection = 'close'
  const response = problemAnswer({ ...problem, status: passable }, requestId, more)
  return request.method === 'HEAD' ? new Response(null, response) : response
}
