import { type Logger, pino } from 'pino'
import { withoutSecrets } from '../core/ground/secret.ts'
import type { RequestReport } from '../http/kernel/api.ts'
import type { LineWriter } from './line-writer.ts'

/** How much is logged. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** Writes JSON lines. Takes only what is listed here, so that nothing secret can slip in with an object. */
export interface Log {
  /** One finished request. */
  request(report: RequestReport): void
  /** A fault of the server's own. */
  error(error: unknown, requestId: string): void
  /** Something that an operator should look at. */
  warning(message: string): void
  /** Something that happens to the process as a whole. */
  event(message: string, facts?: Record<string, string | number | boolean | null>): void
}

/** Whether lines of requests are written at this level. */
export function logsRequests(level: LogLevel): boolean {
  return level === 'trace' || level === 'debug' || level === 'info'
}

/** A log that writes its lines there. */
export function createLog(level: LogLevel, lines: Pick<LineWriter, 'write'>): Log {
  const logger: Logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, lines)
  return {
    request({ requestId, method, route, status, seconds, clientIp, keyId, fault }) {
      const ms = Math.round(seconds * 1e6) / 1e3
      logger.info({ requestId, method, route, status, ms, clientIp, keyId, fault }, 'request')
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
