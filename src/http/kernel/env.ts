import type { Call } from '../../core/access/audit.ts'
import type { Latchkey } from '../../core/latchkey.ts'
import type { Verdict } from '../../core/verify/verify.ts'
import type { ReceivedBody, Receiving } from './body-budget.ts'
import type { AnyFault, AnyFaultCode } from './request-faults.ts'
import type { LoopTurns, Turns } from './turns.ts'

/** The data that the server passes to the application with each request. */
export interface Connection {
  /** Address of the socket's other end; absent where there is no socket. */
  peerAddress?: string
}

/** The address of the socket's peer; read only when needed, because the read costs as much as a decision. */
export type Peer = (request: Request) => string | undefined

/** An address that the server itself routes, past the application, which knows it as well. */
export interface NativeRoute {
  path: string
  /** Null for every method; of others the application says what there is. */
  method: 'GET' | 'POST' | null
  /** A constant, or what makes the answer. */
  answer: Response | ((request: Request, peer: Peer) => Response | Promise<Response>)
}

/** What every handler finds on its context. */
export interface Env {
  Bindings: Connection
  Variables: {
    latchkey: Latchkey
    requestId: string
    /** The client's address, seen through trusted proxies. */
    clientIp: string | null
    /** The caller. Set before the handler of every operation that is not public. */
    call: Call
    /** The verdict on the key of a verify, a hold or a gateway request; the key is null when it is unknown. */
    judged: { code: Verdict['code']; keyId: string | null }
    /** Set for what is asked all the time by those who watch the server. */
    isProbe: true
    /**
     * Counts a failed authentication and gives the fault to throw for it: that the credential is invalid, or that there were too many.
     * For operations that judge a credential by themselves.
     */
    refuseCredential(error?: AnyFault): AnyFault
    /** How the event loop is shared among callers. */
    loop: LoopTurns
    /** The turns of this request. Set before the body of every operation is read. */
    turns: Turns
    /** What receiving a body needs. */
    receiving: Receiving
    /** The body. Set before the handler of every operation that takes one. */
    body: ReceivedBody
    /** How far the body has come; not set before it is read, and for a request without one. */
    bodyArrival: 'begun' | 'ended'
    /** Why the request was refused; not set while it was not. */
    fault: AnyFaultCode
    /** Reports a fault of the server's own that can no longer be answered, because the answer is under way. */
    reportError(error: unknown): void
  }
}
