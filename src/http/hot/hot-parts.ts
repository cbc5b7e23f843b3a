import type { Latchkey } from '../../core/latchkey.ts'
import type { RequestReport } from '../kernel/api.ts'
import type { Forwarding } from '../kernel/client-address.ts'
import type { Guards } from '../kernel/dialect.ts'
import type { Connection, Peer } from '../kernel/env.ts'
import type { LoopTurns } from '../kernel/turns.ts'
import type { RulesInForce } from '../native/verify/gateway-request.ts'

/** Answers of one kind, counted. */
export interface AnswerCount {
  /** One more, that took so long. */
  add(seconds: number): void
}

/** Who hears of finished requests. */
export interface RequestNews {
  /** The count of answers of one kind; asked once and kept. */
  countOf(kind: Pick<RequestReport, 'method' | 'route' | 'status'>): AnswerCount
  /** Whether a line is to be logged of the next request that passed. */
  wantsLine(): boolean
  /** The same of a request that was answered with a refusal of this key. */
  wantsRefusal(keyId: string | null): boolean
  /** Logs a request that has been counted. */
  log(report: RequestReport): void
  /** Counts and logs a request. */
  report(report: RequestReport): void
}

/** What the hot path is built from: what the plain path has, so that both decide and count alike. */
export interface HotParts
  extends Pick<
    Guards,
    'rates' | 'dataRate' | 'serviceRate' | 'failedAuthRate' | 'requestTimeoutMs' | 'reportError'
  > {
  latchkey: Latchkey
  loop: LoopTurns
  forwarding: Forwarding
  /** The rules by which gateways are answered. */
  rules: RulesInForce
  news: RequestNews
  /** The plain path, for every request that is not one of the usual. */
  plain(request: Request, connection: Connection): Response | Promise<Response>
}

/**
 * Answers one address. A request that this path does not know is answered by the plain one, with the same bytes; what was read of it
 * is handed on.
 */
export type HotRoute = (request: Request, peer: Peer) => Response | Promise<Response>
