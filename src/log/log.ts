import { type Logger, pino } from 'pino'
import { withoutSecrets } from '../core/ground/secret.ts'
import type { RequestReport } from '../http/kernel/api.ts'
import type { LineWriter } from './line-writer.ts'

/** How much is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** Writes JSON lines. It takes only the members listed here, so nothing secret can get in with an object. */
export interface Log {
  /** One finished request, and the number of lines of refused requests that were left out before it. */
  request(report: RequestReport, leftOut: number): void
  /** A fault of the server itself. */
  error(error: unknown, requestId: string): void
  /** A problem that an operator should look at. */
  warning(message: string): void
  /** An event of the process as a whole. */
  event(message: string, facts?: Record<string, string | number | boolean | null>): void
}

/** Whether lines of requests are written at this level. */
export function logsRequests(level: LogLevel): boolean {
  return level === 'debug' || level === 'info'
}

/** Whether warnings are written at this level. */
export function logsWarnings(level: LogLevel): boolean {
  return level === 'warn' || logsRequests(level)
}

/** Builds a log over a writer of lines. */
export function createLog(level: LogLevel, lines: Pick<LineWriter, 'write'>): Log {
  const formatters = { level: (word: string) => ({ level: word }) }
  const timestamp = pino.stdTimeFunctions.isoTime
  const logger: Logger = pino({ level, base: null, timestamp, formatters }, lines)
  return {
    request(report, leftOut) {
      const members = requestMembers(report, leftOut)
      // Successful health checks are frequent, so they are logged at debug only.
      if (report.isProbe && report.status < REFUSED_FROM) logger.debug(members, 'request')
      else logger.info(members, 'request')
    },
    error(error, requestId) {
      logger.error({ requestId, error: describe(error) }, 'internal fault')
    },
    warning(message) {
      logger.warn(withoutSecrets(message))
    },
    event(message, facts = {}) {
      logger.info(facts, message)
    },
  }
}

const REFUSED_FROM = 400

/** docs/logs.md describes each member; undefined ones are left out of the line. */
function requestMembers(report: RequestReport, leftOut: number) {
  const { requestId, method, route, status, seconds, clientIp, keyId, fault } = report
  return {
    requestId,
    method,
    route,
    status,
    ms: Math.round(seconds * 1e6) / 1e3,
    clientIp,
    keyId,
    fault,
    verdict: report.verdict ?? undefined,
    verifiedKeyId: report.verifiedKeyId ?? undefined,
    traceparent: report.traceparent ?? undefined,
    leftOut: leftOut > 0 ? leftOut : undefined,
  }
}

function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error }
  const { name, stack, cause } = error
  const message = withoutSecrets(error.message)
  return {
    name,
    message,
    stack: withoutSecrets(stack ?? ''),
    ...(cause === undefined ? {} : { cause: describe(cause) }),
  }
}
