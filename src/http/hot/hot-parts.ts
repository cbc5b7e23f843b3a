import type { LatchkeyProcess } from '../../core/latchkey.ts'
import type { RequestReport } from '../kernel/api.ts'
import type { Forwarding } from '../kernel/client-address.ts'
import type { Guards } from '../kernel/dialect.ts'
import type { Connection, Peer } from '../kernel/env.ts'
import type { LateRefusals } from '../kernel/late-refusals.ts'
import type { LoopTurns } from '../kernel/turns.ts'
import type { RulesInForce } from '../native/verify/gateway-request.ts'

/** The count of answers of one kind. */
export interface AnswerCount {
  /** Adds one answer that took this long. */
  add(seconds: number): void
}

/** Is told about finished requests. */
export interface RequestNews {
  /** The count for one kind of answers; a caller asks for it once and keeps it. */
  countOf(kind: Pick<RequestReport, 'method' | 'route' | 'status'>): AnswerCount
  /** Whether the next request that passed needs a log line. */
  wantsLine(): boolean
  /** Whether the next refusal of this key needs a log line. */
  wantsRefusal(keyId: string | null): boolean
  /** Logs a request that is counted already. */
  log(report: RequestReport): void
  /** Counts and logs a request. */
  report(report: RequestReport): void
}

/** What the hot path is built from: the same parts as the plain path, so both decide and count alike. */
export interface HotParts
  extends Pick<
    Guards,
    'rates' | 'dataRate' | 'serviceRate' | 'failedAuthRate' | 'requestTimeoutMs' | 'reportError'
  > {
  latchkey: LatchkeyProcess
  loop: LoopTurns
  lateRefusals: LateRefusals
  forwarding: Forwarding
  /** The route rules for gateways. */
  rules: RulesInForce
  news: RequestNews
  /** The plain path, for every request that does not have the usual form. */
  plain(request: Request, connection: Connection): Response | Promise<Response>
}

/**
 * Answers the requests of one address. Requests of another form go to the plain path, which gives the same bytes; a body that has been
 * read goes with them.
 */
export type HotRoute = (request: Request, peer: Peer) => Response | Promise<Response>
