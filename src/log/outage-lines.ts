import { Fault } from '../core/ground/faults.ts'
import type { Log } from './log.ts'

const PAUSE_MS = 1_000

/**
 * The log of faults, in which requests that fail because the database is away have one line a second. All of them fail for one reason, and
 * as many as a busy server gets would hide it. Each of them still has its line among the requests, within their own bound.
 */
export function oncePerOutage(error: Log['error'], now: () => number): Log['error'] {
  let last = Number.NEGATIVE_INFINITY
  return (what, requestId) => {
    if (what instanceof Fault && what.code === 'store_unavailable') {
      const at = now()
      if (at - last < PAUSE_MS && at >= last) return
      last = at
    }
    error(what, requestId)
  }
}
