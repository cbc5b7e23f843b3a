import { MAX } from '../../core/ground/bounds.ts'
import { declaredBytes, letGoOfBody } from './unread-body.ts'

/**
 * Refusals that leave a large body unread. Each ends its connection, so a sender that begins again after every answer makes the server accept,
 * receive and close as fast as it refuses, and everybody else waits for that. Such an answer waits a little. That bounds what a sender does
 * with one connection, and costs the server no work.
 */
export interface LateRefusals {
  /**
   * Resolves when this request's refusal may be sent, and lets go of what has arrived of its body. Undefined when the refusal should be sent at
   * once: the server keeps about a megabyte of a body that it does not read, so only some refusals may wait at the same time, and none waits
   * more than twice as long as the others.
   */
  wait(request: Request): Promise<void> | undefined
}

/** The bounds on late refusals, see `MAX.lateRefusals`. */
interface Bounds {
  ms: number
  apartMs: number
  bytes: number
}

/**
 * Builds the waiting place of one server. Hundreds of senders may begin at the same moment. If their waits ended at the same moment, too, they
 * would all begin again together, and everybody else would wait for all of them; so the ends are apart.
 */
export function createLateRefusals(bounds: Bounds = MAX.lateRefusals): LateRefusals {
  let waiting = 0
  let lastEnd = Number.NEGATIVE_INFINITY
  return {
    wait(request) {
      const bytes = Math.min(declaredBytes(request.headers) ?? MAX.bodyBytes, MAX.bodyBytes)
      const now = performance.now()
      const end = Math.max(now + bounds.ms, lastEnd + bounds.apartMs)
      if (waiting + bytes > bounds.bytes || end - now > 2 * bounds.ms) return undefined
      waiting += bytes
      lastEnd = end
      return new Promise((resolve) => {
        setTimeout(() => {
          waiting -= bytes
          letGoOfBody(request)
          resolve()
        }, end - now)
      })
    },
  }
}
