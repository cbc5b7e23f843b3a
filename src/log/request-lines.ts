import type { ImmediateRateLimiter } from '../core/verify/rates.ts'
import type { RequestReport } from '../http/kernel/api.ts'

/** Which requests are logged: none, the refused ones, those and one in a hundred of the others, or all. */
export type RequestLogMode = 'none' | 'refused' | 'sampled' | 'all'

/** The facts of a request by which it is chosen. */
type Chosen = Pick<RequestReport, 'status' | 'verdict' | 'verifiedKeyId' | 'keyId' | 'clientIp'>

/** Decides which requests get a line. */
export interface RequestLines {
  wants(report: Chosen): boolean
  /** The same for the next request that passed, before its report is made. */
  wantsPassed(): boolean
  /** The same for a refused request, for callers that know its key. */
  wantsRefused(keyId: string | null): boolean
  /** The number of lines of refused requests that were left out since the last call. */
  takeLeftOut(): number
}

const SAMPLE = 100
const REFUSED_FROM = 400

const MINUTE_MS = 60_000
/** Lines of one key, or of one address without a key: this many at once, then one a second. */
const OF_ONE = { name: 'one', limit: 60, windowMs: MINUTE_MS }
/** Lines of all keys together, and of all addresses without a key, so that these cannot use up the lines of the keys. */
const OF_KEYS = { name: 'all', limit: 1_200, windowMs: MINUTE_MS }
const OF_STRANGERS = { name: 'all', limit: 600, windowMs: MINUTE_MS }

/**
 * Builds the choice. A client that sends refused requests without end gets a bounded number of lines, because the disk of the log is
 * bounded, too. Only when every request must have a line, all of them get one.
 */
export function createRequestLines(
  mode: RequestLogMode,
  rates: Pick<ImmediateRateLimiter, 'take'>,
): RequestLines {
  let passed = 0
  let leftOut = 0

  function wantsPassed(): boolean {
    if (mode !== 'sampled') return mode === 'all'
    passed = (passed + 1) % SAMPLE
    return passed === 1
  }

  function hasRoom(keyId: string | null, clientIp: string | null): boolean {
    const all = keyId === null ? OF_STRANGERS : OF_KEYS
    const { allowed } = rates.take([
      { subject: keyId ?? clientIp ?? 'nobody', rate: OF_ONE, cost: 1 },
      { subject: keyId === null ? 'strangers' : 'keys', rate: all, cost: 1 },
    ])
    if (!allowed) leftOut += 1
    return allowed
  }

  function wantsRefusal(keyId: string | null, clientIp: string | null): boolean {
    if (mode === 'none' || mode === 'all') return mode === 'all'
    return hasRoom(keyId, clientIp)
  }

  return {
    wantsPassed,
    wantsRefused: (keyId) => wantsRefusal(keyId, null),
    wants({ status, verdict, verifiedKeyId, keyId, clientIp }) {
      const isRefused = status >= REFUSED_FROM || (verdict !== null && verdict !== 'VALID')
      return isRefused ? wantsRefusal(verifiedKeyId ?? keyId, clientIp) : wantsPassed()
    },
    takeLeftOut() {
      const count = leftOut
      leftOut = 0
      return count
    },
  }
}
