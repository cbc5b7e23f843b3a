import { Fault } from '../core/ground/faults.ts'
import type { Log } from './log.ts'

const PAUSE_MS = 1_000

/**
 * The log, in which requests that fail because the database is away have one line a second. All of them fail for one reason, and
 * as many as a busy server gets would hide it. Each of them still has its line among the requests, within their own bound.
 */
export function withOneLinePerOutage(log: Log, nowMs: () => number): Log {
  let last = Number.NEGATIVE_INFINITY
  return {
    ...log,
    error(what, requestId) {
      if (what instanceof Fault && what.code === 'store_unavailable') {
        const at = nowMs()
        if (at - last < PAUSE_MS && at >= last) return
        last = at
      }
      log.error(what, requestId)
    },
  }
}
