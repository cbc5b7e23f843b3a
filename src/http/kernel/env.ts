import type { Call } from '../../core/access/audit.ts'
import type { CallersSignIn } from '../../core/access/browser-session.ts'
import type { Latchkey } from '../../core/latchkey.ts'
import type { Verdict } from '../../core/verify/verify.ts'
import type { ReceivedBody, Receiving } from './body-budget.ts'
import type { AnyFault, AnyFaultCode } from './request-faults.ts'
import type { LoopTurns, Turns } from './turns.ts'
import type { BodyArrival } from './unread-body.ts'

/** The data that the server passes to the application with each request. */
export interface Connection {
  /** Address of the socket's peer; absent where there is no socket. */
  peerAddress?: string
}

/** The address of the socket's peer. It is read only when needed, because that costs as much as a whole verdict. */
export type Peer = (request: Request) => string | undefined

/** An address that the server routes itself, without the application. The application has the same route. */
export interface NativeRoute {
  path: string
  /** Null for every method. The application answers the methods that are not listed. */
  method: 'GET' | 'POST' | null
  /** A constant answer, or a function that makes one. */
  answer: Response | ((request: Request, peer: Peer) => Response | Promise<Response>)
}

/** The values that every handler finds on its context. */
export interface Env {
  Bindings: Connection
  Variables: {
    latchkey: Latchkey
    requestId: string
    /** The client's address, as trusted proxies name it. */
    clientIp: string | null
    /** The caller. Set before the handler of every operation that is not public. */
    call: Call
    /**
     * Judges the caller again, before anything is answered that was read, and before each part of a long answer. Throws unless the call may
     * still be answered; one that has changed something is. Set before the input is checked, where `call` is set.
     */
    judgeRead(): Promise<void>
    /** Set for calls that come with a cookie and no key. */
    signIn?: CallersSignIn
    /** The verdict of a verify, a hold or a gateway request, and its key; the key is null when it is unknown. */
    judged: { code: Verdict['code']; keyId: string | null }
    /** Set for requests that monitoring sends all the time. */
    isProbe: true
    /**
     * Counts a failed authentication and returns the fault to throw: the credential is invalid, or there were too many failures. For
     * operations that check a credential by themselves.
     */
    refuseCredential(error?: AnyFault): AnyFault
    /** How the event loop is shared among callers. */
    loop: LoopTurns
    /** The turns of this request. Set before the body of every operation is read. */
    turns: Turns
    /** The settings for receiving a body. */
    receiving: Receiving
    /** The body. Set before the handler of every operation that takes one. */
    body: ReceivedBody
    /** How much of the body has arrived; not set before reading begins, and for a request without a body. */
    bodyArrival: BodyArrival
    /** The bytes that an answer keeps in memory which is made while it is read: a page, or the rows of a report. Not set for other answers. */
    keptBytes: number
    /** The code of the refusal; not set for a request that was not refused. */
    fault: AnyFaultCode
    /** Reports a fault of the server that can no longer be answered, because the answer has begun. */
    reportError(error: unknown): void
  }
}
