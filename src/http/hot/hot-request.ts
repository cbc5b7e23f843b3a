import { Failure, Fault } from '../../core/ground/faults.ts'
import type { KeyId } from '../../core/types.ts'
import type { AddressFinder } from '../../core/verify/outcomes.ts'
import type { Verdict } from '../../core/verify/verify.ts'
import { type RequestReport, requestIdOf, traceparentOf } from '../kernel/api.ts'
import { clientAddress } from '../kernel/client-address.ts'
import type { Connection, Peer } from '../kernel/env.ts'
import type { AnyFault } from '../kernel/request-faults.ts'
import { absoluteUrl, withOrigin } from '../kernel/request-target.ts'
import type { Arriving } from '../kernel/turns.ts'
import { isMuchToCome } from '../kernel/unread-body.ts'
import type { AnswerCount, HotParts } from './hot-parts.ts'

/** One request on the hot path. Each of its facts is computed at most once, and only when it is needed. */
export class HotRequest implements AddressFinder, Arriving {
  /** The key of the credential; for an operation that judges another key, that key. */
  keyId: KeyId | null = null
  /** The verdict on a key, once it is known. */
  verdict: Verdict | null = null
  readonly request: Request
  readonly route: string
  private readonly peer: Peer
  private readonly parts: HotParts
  private readonly startedAt = performance.now()
  private id: string | null = null
  private ip: string | null | undefined
  private trace: string | null | undefined

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

  private get traceparent(): string | null {
    if (this.trace === undefined) this.trace = traceparentOf(this.request.headers)
    return this.trace
  }

  /** The client's address, as trusted proxies name it. */
  clientIp(): string | null {
    if (this.ip === undefined)
      this.ip = clientAddress(this.peer(this.request), this.request.headers, this.parts.forwarding)
    return this.ip
  }

  isMuchToCome(): boolean {
    return isMuchToCome(this.request.headers)
  }

  /** Hands the request over to the plain path, with its body if that has been read. */
  plain(body?: Uint8Array): Response | Promise<Response> {
    const { request } = this
    const peerAddress = this.peer(request)
    const connection: Connection = peerAddress === undefined ? {} : { peerAddress }
    if (body === undefined) return this.parts.plain(withOrigin(request), connection)
    const { url, method, headers } = request
    return this.parts.plain(new Request(absoluteUrl(url), { method, headers, body }), connection)
  }

  /** Notes that the request was answered with success. Every answered verify is a success, whatever its verdict. */
  passed(response: Response, count: AnswerCount): Response {
    const seconds = this.seconds()
    count.add(seconds)
    this.mark(response)
    const { news } = this.parts
    const isRefusal = this.verdict !== null && !this.verdict.valid
    // When the verified key is unknown, the line is about the caller's key.
    const subject = this.verifiedKeyId ?? this.keyId
    if (isRefusal ? news.wantsRefusal(subject) : news.wantsLine())
      news.log(this.reportOf(response.status, seconds, null))
    return response
  }

  /** The verified key; null before the verdict, and for an unknown one. */
  get verifiedKeyId(): KeyId | null {
    return this.verdict === null || this.verdict.code === 'NOT_FOUND' ? null : this.verdict.key.id
  }

  /** Notes that the request has been refused. */
  refused(response: Response, fault: AnyFault | null): Response {
    this.parts.news.report(this.reportOf(response.status, this.seconds(), fault))
    this.mark(response)
    return response
  }

  private mark(response: Response): void {
    // The headers of a response are costly to open, and most requests are in no trace.
    if (this.traceparent !== null) response.headers.set('traceparent', this.traceparent)
  }

  private seconds(): number {
    return (performance.now() - this.startedAt) / 1_000
  }

  private reportOf(status: number, seconds: number, fault: AnyFault | null): RequestReport {
    const { requestId, route, keyId, verdict, verifiedKeyId, traceparent } = this
    const { method } = this.request
    return {
      requestId,
      method,
      route,
      status,
      seconds,
      clientIp: this.clientIp(),
      keyId,
      verdict: verdict?.code ?? null,
      verifiedKeyId,
      fault: fault?.code ?? null,
      traceparent,
      isProbe: false,
    }
  }
}

/** The thrown error as a fault; a fault of the server itself is reported. */
export function faultFrom(error: unknown, { reportError }: HotParts, requestId: string): AnyFault {
  const fault: AnyFault = error instanceof Failure ? error : new Fault('internal', {}, { cause: error })
  if (fault.code === 'internal' || fault.code === 'store_unavailable') reportError(error, requestId)
  return fault
}
