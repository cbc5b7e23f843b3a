import { Failure, Fault } from '../../core/ground/faults.ts'
import type { KeyId } from '../../core/types.ts'
import { requestIdOf } from '../kernel/api.ts'
import { clientAddress } from '../kernel/client-address.ts'
import type { Connection, Peer } from '../kernel/env.ts'
import type { AnyFault } from '../kernel/request-faults.ts'
import { absoluteUrl, withOrigin } from '../kernel/request-target.ts'
import type { AnswerCount, HotParts } from './hot-parts.ts'

/** One request on the hot path: what is found out about it at most once, and only when somebody asks. */
export class HotRequest {
  /** The key that served as the credential, or that was judged instead of one. */
  keyId: KeyId | null = null
  readonly request: Request
  readonly route: string
  private readonly peer: Peer
  private readonly parts: HotParts
  private readonly startedAt = performance.now()
  private id: string | null = null
  private ip: string | null | undefined

  constructor(request: Request, { route, peer, parts }: { route: string; peer: Peer; parts: HotParts }) {
    this.request = request
    this.route = route
    this.peer = peer
    this.parts = parts
  }

  get requestId(): string {
    this.id ??= requestIdOf(this.request.headers, this.parts.latchkey.newId)
    return this.id
  }

  /** The client's address, seen through trusted proxies. */
  readonly clientIp = (): string | null => {
    if (this.ip === undefined)
      this.ip = clientAddress(this.peer(this.request), this.request.headers, this.parts.forwarding)
    return this.ip
  }

  /** Hands the request to the plain path; with its body, if that was read. */
  plain(body?: Uint8Array): Response | Promise<Response> {
    const { request } = this
    const peerAddress = this.peer(request)
    const connection: Connection = peerAddress === undefined ? {} : { peerAddress }
    if (body === undefined) return this.parts.plain(withOrigin(request), connection)
    const { url, method, headers } = request
    return this.parts.plain(new Request(absoluteUrl(url), { method, headers, body }), connection)
  }

  /** Notes that the request has been answered with success. */
  passed(response: Response, count: AnswerCount): Response {
    const seconds = this.seconds()
    count.add(seconds)
    const { news } = this.parts
    if (news.wantsLine()) news.log(this.reportOf(response.status, seconds, null))
    return response
  }

  /** Notes that the request has been refused. */
  refused(response: Response, fault: AnyFault | null): Response {
    this.parts.news.report(this.reportOf(response.status, this.seconds(), fault))
    return response
  }

  private seconds(): number {
    return (performance.now() - this.startedAt) / 1_000
  }

  private reportOf(status: number, seconds: number, fault: AnyFault | null) {
    const { requestId, route, keyId } = this
    const { method } = this.request
    return {
      requestId,
      method,
      route,
      status,
      seconds,
      clientIp: this.clientIp(),
      keyId,
      fault: fault?.code ?? null,
    }
  }
}

/** What was thrown, as a fault; one of the server's own is reported. */
export function faultFrom(error: unknown, { reportError }: HotParts, requestId: string): AnyFault {
  const fault: AnyFault = error instanceof Failure ? error : new Fault('internal', {}, { cause: error })
  if (fault.code === 'internal' || fault.code === 'store_unavailable') reportError(error, requestId)
  return fault
}
